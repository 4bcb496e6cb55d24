"""Which implementation is chosen, and what is said about it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest
from resp3_twins import CYTHON, PYTHON

from redtrio.lowlevel import protocol

NAMES = ("MAX_DEPTH", "Resp3Reader", "write_command", "write_commands")


class Extension(MetaPathFinder, Loader):
    """A stand-in for the compiled extension, which may fail to be imported."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.failure = failure

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == "redtrio._resp3" else None

    def exec_module(self, module: ModuleType) -> None:
        if self.failure is not None:
            raise self.failure
        for name in NAMES:
            setattr(module, name, f"compiled {name}")


def choose(patch: pytest.MonkeyPatch, extension: Extension | None = None) -> ModuleType:
    """Import the switch anew, as if ``extension`` were what is installed."""
    patch.delitem(sys.modules, "redtrio._resp3", raising=False)
    if extension is None:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
    else:
        patch.setattr(sys, "meta_path", [extension, *sys.meta_path])
    spec = importlib.util.spec_from_file_location("chosen", protocol.__file__)
    assert spec is not None
    assert spec.loader is not None
    chosen = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(chosen)
    finally:
        patch.undo()
    return chosen


def is_pure(chosen: ModuleType) -> bool:
    return chosen.IMPLEMENTATION == "python" and all(
        getattr(chosen, name) is getattr(PYTHON, name) for name in NAMES
    )


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("REDTRIO_PURE_PYTHON", raising=False)
    return monkeypatch


def test_what_is_in_use_is_what_is_said() -> None:
    used = {"cython": CYTHON, "python": PYTHON}[protocol.IMPLEMENTATION]
    assert used is not None
    for name in NAMES:
        assert getattr(protocol, name) is getattr(used, name)
    assert protocol.IMPLEMENTATION_REASON


def test_twins_have_the_same_names() -> None:
    assert set(PYTHON.__all__) == set(NAMES)
    assert set(NAMES) < set(protocol.__all__)
    if CYTHON is None:
        pytest.skip("the compiled extension redtrio._resp3 is not installed")
    assert set(CYTHON.__all__) == set(NAMES)
    assert CYTHON.MAX_DEPTH == PYTHON.MAX_DEPTH


@pytest.mark.parametrize("setting", [None, "", "0"])
def test_compiled_extension_is_used_where_there_is_one(
    patch: pytest.MonkeyPatch, setting: str | None
) -> None:
    if setting is not None:
        patch.setenv("REDTRIO_PURE_PYTHON", setting)
    chosen = choose(patch, Extension())
    assert chosen.IMPLEMENTATION == "cython"
    assert chosen.IMPLEMENTATION_REASON == "the compiled extension redtrio._resp3 is installed"
    assert [getattr(chosen, name) for name in NAMES] == [f"compiled {name}" for name in NAMES]


def test_pure_python_is_used_where_there_is_no_extension(patch: pytest.MonkeyPatch) -> None:
    chosen = choose(patch)
    assert is_pure(chosen)
    assert chosen.IMPLEMENTATION_REASON == (
        "the compiled extension redtrio._resp3 is not installed (this build is pure Python)"
    )


@pytest.mark.parametrize("setting", ["1", "yes", "no", " "])
def test_environment_can_ask_for_pure_python(patch: pytest.MonkeyPatch, setting: str) -> None:
    patch.setenv("REDTRIO_PURE_PYTHON", setting)
    chosen = choose(patch, Extension(ImportError("it must not even be tried")))
    assert is_pure(chosen)
    reason = f"the environment asks for it: REDTRIO_PURE_PYTHON={setting}"
    assert reason == chosen.IMPLEMENTATION_REASON


def test_other_interpreters_use_pure_python(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sys, "implementation", SimpleNamespace(name="pypy", cache_tag=None))
    chosen = choose(patch, Extension(ImportError("it must not even be tried")))
    assert is_pure(chosen)
    assert chosen.IMPLEMENTATION_REASON == "the interpreter is pypy, not CPython"


@pytest.mark.parametrize(
    "failure",
    [
        ImportError("undefined symbol: PyMystery"),
        ModuleNotFoundError("No module named 'redtrio.types'"),
        RuntimeError("compiled for another Python"),
        AttributeError("no such thing"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_broken_extension_is_told_by_a_warning(
    patch: pytest.MonkeyPatch, failure: Exception
) -> None:
    with pytest.warns(RuntimeWarning) as told:
        chosen = choose(patch, Extension(failure))
    assert is_pure(chosen)
    reason = (
        "the compiled extension redtrio._resp3 cannot be imported"
        f" ({type(failure).__name__}: {failure})"
    )
    assert reason == chosen.IMPLEMENTATION_REASON
    (warning,) = told
    assert str(warning.message) == f"{reason}; redtrio uses its pure Python parser"


def test_extension_without_a_name_is_broken(patch: pytest.MonkeyPatch) -> None:
    class Older(Extension):
        def exec_module(self, module: ModuleType) -> None:
            super().exec_module(module)
            del vars(module)["write_commands"]

    with pytest.warns(RuntimeWarning, match="cannot import name 'write_commands'"):
        assert is_pure(choose(patch, Older()))


def test_interrupted_import_is_not_a_broken_extension(patch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        choose(patch, Extension(KeyboardInterrupt()))


@pytest.mark.parametrize(
    ("setting", "expected"), [("1", "python"), ("0", "cython" if CYTHON else "python")]
)
def test_choice_in_a_fresh_interpreter(setting: str, expected: str) -> None:
    code = (
        "from redtrio.lowlevel import protocol as p; r = p.Resp3Reader();"
        "r.feed(p.write_command('GET', b'k', 1)); print(p.IMPLEMENTATION, r.get_objects())"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "REDTRIO_PURE_PYTHON": setting},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    assert ran.stdout == f"{expected} [[b'GET', b'k', b'1']]\n"


def test_no_warning_is_given_without_need(patch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose(patch)
        choose(patch, Extension())
