"""Where a user's own code is told of what a client does: connecting, calls, pipelines."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

__all__ = ["NO_HOOK", "Hook"]


class Hook:
    """Wraps what a client does; a base class whose methods do nothing.

    Each method gives a context manager that is entered before and left after, with the
    exception if there is one (an error of the server included). It must not block. What it
    raises on entering, the caller gets, and nothing is sent. Arguments of commands, which may
    be secrets, are never passed.
    """

    __slots__ = ()

    def connect(self, address: str) -> AbstractContextManager[Any]:
        """Wrap the opening of a connection that callers share.

        Args:
            address: Where the server is ("localhost:6379").
        """
        return nullcontext()

    def call(self, name: str, address: str) -> AbstractContextManager[Any]:
        """Wrap one command, its retries included.

        Args:
            name: Of the command, in capitals ("GET", "CLIENT ID").
            address: Where the server is.
        """
        return nullcontext()

    def pipeline(self, names: list[str], address: str) -> AbstractContextManager[Any]:
        """Wrap one pipeline or transaction, its retries included.

        Errors of single commands are told of only where the caller lets the first one be raised.

        Args:
            names: Of its commands, in order.
            address: Where the server is.
        """
        return nullcontext()


NO_HOOK = Hook()
