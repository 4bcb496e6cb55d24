"""When a call is tried again, and how long to wait before.

What was never sent is tried again. What was sent and not answered, so that nobody knows
whether the server carried it out, is tried again only if that does no harm: the command is
read-only, or the caller says that it may be repeated. What the server refused for the time
being (LOADING and its kin) was not carried out, and is tried again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from redtrio._frozen import Frozen
from redtrio.exceptions import ConnectionError, ExecAbortError, ResponseError, TimeoutError

__all__ = ["Retry"]

# What the server answers for a while, having carried out nothing.
_TRANSIENT = frozenset({"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"})


class Retry(Frozen):
    """How often a call is tried again, with growing waits between.

    A wait is drawn evenly from 0 to ``base * 2 ** n`` seconds for the n-th try, and at most
    to ``cap``: callers that failed together do not come back together. The caller's own
    deadline, a cancel scope, ends it in any case.

    Args:
        retries: How often a call is tried again, >= 0; 0: never. Default: 3.
        base: Seconds that the first wait takes at most, >= 0. Default: 0.02.
        cap: Seconds that any wait takes at most, >= 0. Default: 1.

    Raises:
        TypeError: An argument is not of its type.
        ValueError: An argument is out of its range.
    """

    retries: int = 3
    base: float = 0.02
    cap: float = 1.0

    def _check(self) -> None:
        if type(self.retries) is not int:
            raise TypeError(f"retries must be int, got {self.retries!r}")
        if self.retries < 0:
            raise ValueError(f"retries must be >= 0, got {self.retries}")
        for name in ("base", "cap"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name} must be int or float, got {value!r}")
            if not value >= 0:
                raise ValueError(f"{name} must be >= 0 seconds, got {value!r}")

    def delay(self, failures: int) -> float:
        """Draw the seconds to wait after so many failures in a row, >= 1."""
        # Beyond 2 ** 32 the cap has long been reached.
        return random.uniform(0, min(self.cap, self.base * 2 ** min(failures - 1, 32)))


def is_repeatable(failure: Exception, harmless: bool, scripted: bool = False) -> bool:
    """Tell whether a call that failed so may be sent again.

    Args:
        failure: What it failed with.
        harmless: Whether carrying it out twice does no harm.
        scripted: Whether an error may be a script's own, which had done something before.
    """
    if isinstance(failure, ConnectionError | TimeoutError):
        return harmless or not failure.maybe_executed
    return _is_transient(failure) and (harmless or not scripted)


def refusal_of(
    replies: Sequence[Any], harmless: bool, scripted: bool = False
) -> ResponseError | None:
    """Find why several commands can be sent again, having been refused for the time being.

    That is where the server carried out none of them, or they do no harm twice.

    Args:
        replies: Theirs; of a transaction those of MULTI and EXEC as well.
        harmless: Whether carrying them out twice does no harm.
        scripted: Whether an error may be a script's own, which had done something before.
    """
    refusals = [reply for reply in replies if _is_transient(reply)]
    if not refusals:
        return None
    none_done = isinstance(replies[-1], ExecAbortError) or (
        len(refusals) == len(replies) and not scripted
    )
    return refusals[0] if none_done or harmless else None


def _is_transient(reply: object) -> bool:
    return isinstance(reply, ResponseError) and reply.code in _TRANSIENT
