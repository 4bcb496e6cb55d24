"""Build redtrio: compiled where that is possible, pure otherwise, and say loudly which.

One file is compiled, ``_resp3.pyx``, into the extension ``redtrio._resp3``. Its pure twin
``redtrio/_resp3_py.py`` gives the same results, so whatever stops the compilation (no
compiler, no headers, an interpreter other than CPython) costs speed, never the install.

Environment:
    REDTRIO_PURE_PYTHON=1: do not compile; the wheel is ``py3-none-any``.
    REDTRIO_DEBUG=1: compile with every Cython check, line tracing and the annotated
        listing (``build/temp.*/_resp3.html``); a failing compilation is then an error.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

DEBUG = os.environ.get("REDTRIO_DEBUG", "") not in ("", "0")

CHECKS = ("boundscheck", "wraparound", "initializedcheck", "linetrace")

# Tried one by one, since compilers differ. -O3: a distribution's Python may hand down -O2, with
# which arrays take a tenth longer. -g0: debug information would make the wheel four times as
# large. Refused, for want of a difference that could be measured: -fno-semantic-interposition.
UNIX_FLAGS = ("-O3", "-g0")


def reason_for_pure() -> str:
    """Return why nothing shall be compiled, or an empty string."""
    if os.environ.get("REDTRIO_PURE_PYTHON", "") not in ("", "0"):
        return "REDTRIO_PURE_PYTHON is set"
    if platform.python_implementation() != "CPython":
        return f"{platform.python_implementation()} runs the Python code faster than extensions"
    return ""


def announce(*lines: str) -> None:
    """Print a banner on stderr: pip shows it with -v, and whenever a build fails."""
    rule = "*" * 78
    print(rule, *(f"* {line}" for line in lines), rule, sep="\n", file=sys.stderr, flush=True)


class BuildExtension(build_ext):
    """Compile the extension, or leave it out and say why."""

    def initialize_options(self) -> None:
        super().initialize_options()
        self.cython_c_in_temp = True  # the generated C is no part of the source tree

    def finalize_options(self) -> None:
        super().finalize_options()
        # What is built depends on the environment, of which file times know nothing.
        self.force = True

    def run(self) -> None:
        """Build, and remember whether it is for the source tree: the base class forgets."""
        self.in_tree = bool(self.inplace)
        super().run()

    def build_extension(self, ext: Extension) -> None:
        """Compile ``ext``; whatever goes wrong leaves the pure package."""
        try:
            self._configure(ext)
            super().build_extension(ext)
        except Exception as exc:
            if DEBUG:
                raise
            self._fall_back(ext)
            announce(
                "redtrio: PURE PYTHON build, several times slower than the compiled one.",
                f"Compiling {ext.name} failed: {type(exc).__name__}: {exc}",
                "To have it compiled install a C compiler and Python's headers, then reinstall.",
            )
        else:
            kind = "DEBUG" if DEBUG else "COMPILED"
            announce(f"redtrio: {kind} build, with {self.get_ext_filename(ext.name)}")

    def _fall_back(self, ext: Extension) -> None:
        """Leave the extension out, so that a wheel's tag tells what is really inside."""
        Path(self.get_ext_fullpath(ext.name)).unlink(missing_ok=True)  # of an earlier build
        if self.in_tree:
            Path(self.get_ext_filename(ext.name)).unlink(missing_ok=True)
        self.distribution.ext_modules = []
        wheel = self.distribution.get_command_obj("bdist_wheel", create=False)
        if wheel is not None:
            wheel.root_is_pure = True

    def _configure(self, ext: Extension) -> None:
        if DEBUG:
            from Cython.Compiler import Options  # noqa: PLC0415  (build requirement, debug only)

            Options.annotate = True
            ext.cython_directives = dict.fromkeys(CHECKS, True)
            ext.define_macros = [("CYTHON_TRACE_NOGIL", "1")]
        elif self.compiler.compiler_type != "msvc":
            ext.extra_compile_args = [flag for flag in UNIX_FLAGS if self._takes(flag)]

    def _takes(self, flag: str) -> bool:
        """Tell whether the compiler takes ``flag`` without a word."""
        with tempfile.TemporaryDirectory() as directory:
            probe = Path(directory, "probe.c")
            probe.write_text("int probe;\n", encoding="utf-8")
            try:
                self.compiler.compile(
                    [str(probe)], output_dir=directory, extra_postargs=["-Werror", flag]
                )
            except Exception:
                return False
        return True


pure = reason_for_pure()
if pure:
    announce(f"redtrio: PURE PYTHON build: {pure}")
setup(
    ext_modules=[] if pure else [Extension("redtrio._resp3", ["_resp3.pyx"], optional=True)],
    cmdclass={"build_ext": BuildExtension},
)
