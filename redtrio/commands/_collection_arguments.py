"""Checking and rendering of what the commands on lists, sets and sorted sets share.

What is wrong is refused with ``DataError`` before anything is sent.
"""

from __future__ import annotations

import math

from redtrio.commands._arguments import Keys, Words, flatten, whole
from redtrio.exceptions import DataError

__all__ = ["block_time", "choice", "count_word", "counted_keys", "limit_words"]


def block_time(timeout: float | None) -> float | None:
    """Check the seconds that a command may block; None stays None, for the caller's deadline.

    Raises:
        DataError: It is negative, infinite or no number.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise DataError(f"timeout must be a number of seconds, got {type(timeout).__name__}")
    if not 0 <= timeout < math.inf:
        raise DataError(f"timeout must be >= 0 seconds, 0 to wait for ever, got {timeout}")
    return timeout


def choice(name: str, value: str, accepted: tuple[str, ...]) -> str:
    """Return a word of the protocol in capitals, after a check that it is one of those accepted.

    Raises:
        DataError: It is not.
    """
    word = str(value).upper()
    if word not in accepted:
        raise DataError(f"{name} must be {' or '.join(accepted)}, got {value!r}")
    return word


def count_word(count: int | None, minimum: int = 0) -> Words:
    """Render a number of elements that stands by itself, or nothing for None.

    Raises:
        DataError: It is below ``minimum``.
    """
    return () if count is None else (whole("count", count, "elements", minimum),)


def counted_keys(name: str, numkeys: int, keys: Keys) -> Words:
    """Render keys behind their number, as several commands want them.

    redtrio could count them itself, but redis-py takes the number, so it is checked.

    Args:
        name: The name of the number's parameter, for the message.
        numkeys: How many keys there should be.
        keys: The keys.

    Raises:
        DataError: There is no key, or another number of them.
    """
    words = flatten(keys)
    if numkeys != len(words):
        raise DataError(f"{name} must be the number of keys, {len(words)}, got {numkeys!r}")
    return (len(words), *words)


def limit_words(limit: int) -> Words:
    """Render where to stop counting, or nothing for 0, nowhere.

    Raises:
        DataError: It is negative.
    """
    return (b"LIMIT", limit) if whole("limit", limit, "members", 0) else ()
