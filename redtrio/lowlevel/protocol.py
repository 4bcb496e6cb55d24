"""The reader of replies and the encoder of commands: compiled where possible, else pure Python.

This module chooses once, when it is imported. ``redtrio._resp3``, the compiled extension, is
used unless

- it is not installed (a build without a compiler, or one that was asked to be pure),
- the interpreter is not CPython, where extensions are slower than Python code, or
- the environment variable ``REDTRIO_PURE_PYTHON`` is set to anything but the empty string or
  ``0``.

Then ``redtrio._resp3_py`` takes its place, which has the same names, results and error texts.
An extension that is installed but cannot be imported is told by a RuntimeWarning, and the pure
Python takes its place as well.

Attributes:
    IMPLEMENTATION: Which one is in use: ``"cython"`` or ``"python"``.
    IMPLEMENTATION_REASON: Why, as a sentence for people.
    MAX_DEPTH: How many aggregates of a reply may be open at once; one more is an error.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from typing import TYPE_CHECKING, Final, Literal, Protocol

__all__ = [
    "IMPLEMENTATION",
    "IMPLEMENTATION_REASON",
    "MAX_DEPTH",
    "Reader",
    "Resp3Reader",
    "write_command",
    "write_commands",
]


class Reader(Protocol):
    """What a class must offer to serve as the ``Reader`` of a client.

    It is called without arguments, once for each connection. An exception instance that
    ``get_object`` returns counts as the server's error reply; what it raises ends the
    connection. A value with an attribute ``push_type`` is a push.

    ``get_objects``, ``get_buffer`` and ``buffer_updated``, with the meaning that they have in
    ``Resp3Reader``, are used where a class has them too.
    """

    @property
    def sentinel(self) -> object:
        """What ``get_object`` returns when more bytes are needed."""

    def feed(self, data: bytes, /) -> object:
        """Take bytes that the server sent, in whatever pieces. What it returns is ignored."""

    def get_object(self) -> object:
        """Return the next reply, or ``sentinel`` when more bytes are needed."""


def _why_pure() -> str | None:
    """Why the compiled extension is not even to be tried; None if it is."""
    setting = os.environ.get("REDTRIO_PURE_PYTHON", "")
    if setting not in ("", "0"):
        return f"the environment asks for it: REDTRIO_PURE_PYTHON={setting}"
    if sys.implementation.name != "cpython":
        return f"the interpreter is {sys.implementation.name}, not CPython"
    # Looked for, not just imported: an ImportError can also come out of a broken extension.
    if importlib.util.find_spec("redtrio._resp3") is None:
        return "the compiled extension redtrio._resp3 is not installed (this build is pure Python)"
    return None


if TYPE_CHECKING:
    # The stub describes both, so that types do not depend on what is installed.
    from redtrio._resp3 import MAX_DEPTH, Resp3Reader, write_command, write_commands

    IMPLEMENTATION: Final[Literal["cython", "python"]] = "cython"
    IMPLEMENTATION_REASON: Final[str] = ""
else:
    _reason = _why_pure()
    if _reason is None:
        try:
            from redtrio._resp3 import MAX_DEPTH, Resp3Reader, write_command, write_commands
        except Exception as error:  # noqa: BLE001 - an extension may fail in any way
            # Whatever it is, commands can still be sent; but slower than was paid for.
            _reason = (
                "the compiled extension redtrio._resp3 cannot be imported"
                f" ({type(error).__name__}: {error})"
            )
            warnings.warn(
                f"{_reason}; redtrio uses its pure Python parser", RuntimeWarning, stacklevel=2
            )
    if _reason is None:
        IMPLEMENTATION = "cython"
        IMPLEMENTATION_REASON = "the compiled extension redtrio._resp3 is installed"
    else:
        from redtrio._resp3_py import MAX_DEPTH, Resp3Reader, write_command, write_commands

        IMPLEMENTATION = "python"
        IMPLEMENTATION_REASON = _reason
