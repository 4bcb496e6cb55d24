"""Checking and rendering of what several groups of commands take: keys, times, options.

What is wrong here is refused with ``DataError`` before anything is sent. Everything else is
checked once, by the encoder (which types an argument may have) or by the server.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from redtrio.exceptions import DataError
from redtrio.types import Argument

# Loaded as one is given: who gives plain numbers need not wait for it.
if TYPE_CHECKING:
    from datetime import datetime, timedelta

__all__ = [
    "Duration",
    "Keys",
    "Moment",
    "Words",
    "at_least_one",
    "at_most_one",
    "block_time",
    "choice",
    "condition",
    "count_word",
    "counted_keys",
    "expiry",
    "flag_words",
    "flatten",
    "limit_words",
    "milliseconds",
    "pairs",
    "scan_words",
    "seconds",
    "unix_milliseconds",
    "unix_seconds",
    "whole",
]

Words: TypeAlias = tuple[Argument, ...]
"""What is sent, or a part of it."""

Keys: TypeAlias = Argument | Iterable[Argument]
"""One key (member, field), or several in any iterable; a dict stands for its keys."""

Duration: TypeAlias = "int | timedelta"
"""A length of time: a whole number of the command's unit, or a timedelta."""

Moment: TypeAlias = "int | datetime"
"""A point in time: Unix time in the command's unit, or a datetime; a naive one is local."""


def flatten(keys: Keys, args: Iterable[Argument] = (), name: str = "keys") -> Words:
    """Join what redis-py takes as ``keys, *args``: one key, or an iterable, and more keys.

    Args:
        keys: A single key, or an iterable of keys.
        args: Further keys.
        name: The parameter's name, for the message.

    Raises:
        DataError: There is not one key.
    """
    # Whatever cannot be gone through is left to the encoder, which names its type.
    if isinstance(keys, (str, bytes, bytearray, memoryview)) or not isinstance(keys, Iterable):
        return (cast("Argument", keys), *args)
    return at_least_one(name, (*keys, *args))


def at_least_one(name: str, values: Words) -> Words:
    """Return the values of a parameter that must not be empty.

    Raises:
        DataError: It is.
    """
    if not values:
        raise DataError(f"{name} must hold at least one, got none")
    return values


def pairs(mapping: Mapping[Argument, Argument], name: str = "mapping") -> Words:
    """Render a mapping as key, value, key, value.

    Raises:
        DataError: It is empty, or no mapping.
    """
    if not isinstance(mapping, Mapping):
        raise DataError(f"{name} must be a mapping, got {type(mapping).__name__}")
    if not mapping:
        raise DataError(f"{name} must hold at least one pair, got none")
    return tuple(word for pair in mapping.items() for word in pair)


def at_most_one(**options: object) -> None:
    """Check that no two of some options that exclude each other are given.

    Args:
        options: By name; None and False mean that one is not given.

    Raises:
        DataError: Two or more are.
    """
    given = [name for name, value in options.items() if value is not None and value is not False]
    if len(given) > 1:
        raise DataError(
            f"{' and '.join(given)} exclude each other, give at most one of {', '.join(options)}"
        )


def condition(*, nx: bool = False, xx: bool = False, gt: bool = False, lt: bool = False) -> Words:
    """Render the conditions of the EXPIRE family, of which XX goes with GT or LT.

    Raises:
        DataError: Two of them exclude each other.
    """
    at_most_one(nx=nx, xx=xx)
    at_most_one(nx=nx, gt=gt, lt=lt)
    return flag_words(NX=nx, XX=xx, GT=gt, LT=lt)


def flag_words(**flags: bool) -> Words:
    """Render options that are a word of their own, in the order given."""
    return tuple(word for word, given in flags.items() if given)


def whole(name: str, value: object, unit: str, minimum: int | None = None) -> int:
    """Check a whole number; one in decimal digits, as configurations hold it, is as good.

    Args:
        name: The parameter's name, for the message.
        value: What the caller gave.
        unit: What it counts, for the message.
        minimum: The least accepted; None: any.

    Raises:
        DataError: It is not an int, or less.
    """
    if isinstance(value, (str, bytes)):
        number = _decimal(value)
    else:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if number is None:
        raise DataError(f"{name} must be a whole number of {unit}, got {type(value).__name__}")
    if minimum is not None and number < minimum:
        bound = "> 0" if minimum == 1 else f">= {minimum}"
        raise DataError(f"{name} must be {bound} {unit}, got {number}")
    return number


def seconds(name: str, value: Duration, minimum: int | None = 1) -> int:
    """Render a length of time in seconds; of a timedelta, what is not whole is cut off.

    Args:
        name: The parameter's name, for the message.
        value: Seconds, or a timedelta.
        minimum: The least accepted; None: any.

    Raises:
        DataError: It is less, or a timedelta of which nothing would be left.
    """
    return _duration(name, value, "seconds", minimum)


def milliseconds(name: str, value: Duration, minimum: int | None = 1) -> int:
    """Render a length of time in milliseconds, as ``seconds`` does.

    Raises:
        DataError: As ``seconds``.
    """
    return _duration(name, value, "milliseconds", minimum)


def unix_seconds(name: str, value: Moment, minimum: int | None = None) -> int:
    """Render a point in time as Unix time in seconds; a naive datetime is local time.

    Args:
        name: The parameter's name, for the message.
        value: Unix time in seconds, or a datetime.
        minimum: The least accepted; None: any.

    Raises:
        DataError: It is less, or neither an int nor a datetime.
    """
    return _moment(name, value, "seconds", minimum)


def unix_milliseconds(name: str, value: Moment, minimum: int | None = None) -> int:
    """Render a point in time as Unix time in milliseconds, as ``unix_seconds`` does.

    Raises:
        DataError: As ``unix_seconds``.
    """
    return _moment(name, value, "milliseconds", minimum)


def expiry(
    *,
    ex: Duration | None = None,
    px: Duration | None = None,
    exat: Moment | None = None,
    pxat: Moment | None = None,
    **alternatives: bool,
) -> Words:
    """Render the options EX, PX, EXAT, PXAT and a word that stands for none of them.

    Args:
        ex: Seconds until expiry.
        px: Milliseconds until expiry.
        exat: Unix time of expiry in seconds.
        pxat: Unix time of expiry in milliseconds.
        alternatives: ``keepttl`` or ``persist``: whether that word is given instead.

    Raises:
        DataError: More than one is given, or one is out of its range.
    """
    at_most_one(ex=ex, px=px, exat=exat, pxat=pxat, **alternatives)
    if ex is not None:
        return (b"EX", seconds("ex", ex))
    if px is not None:
        return (b"PX", milliseconds("px", px))
    if exat is not None:
        return (b"EXAT", unix_seconds("exat", exat, 1))
    if pxat is not None:
        return (b"PXAT", unix_milliseconds("pxat", pxat, 1))
    return tuple(name.upper() for name, given in alternatives.items() if given)


def scan_words(match: Argument | None, count: int | None) -> Words:
    """Render the options that all commands of the SCAN family share.

    Raises:
        DataError: ``count`` is below 1.
    """
    words: Words = ()
    if match is not None:
        words += (b"MATCH", match)
    if count is not None:
        words += (b"COUNT", whole("count", count, "elements", 1))
    return words


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


def choice(name: str, value: object, accepted: tuple[str, ...]) -> str:
    """Return a word of the protocol in capitals, after a check that it is one of those accepted.

    Raises:
        DataError: It is not.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        word = str(cast("bytes", value), "latin-1").upper()
    else:
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
    if whole(name, numkeys, "keys") != len(words):
        raise DataError(f"{name} must be the number of keys, {len(words)}, got {numkeys!r}")
    return (len(words), *words)


def limit_words(limit: int) -> Words:
    """Render where to stop counting, or nothing for 0, nowhere.

    Raises:
        DataError: It is negative.
    """
    return (b"LIMIT", limit) if whole("limit", limit, "members", 0) else ()


def _decimal(value: str | bytes) -> int | None:
    """Read a whole number as the server would, None: it is none."""
    try:
        number = int(value)
    except ValueError:
        return None
    # Python reads "1_000", " 1" and "+1" as numbers, too.
    text = value if isinstance(value, str) else value.decode("latin-1")
    return number if text == str(number) else None


def _duration(name: str, value: Duration, unit: str, minimum: int | None) -> int:
    """Count in "seconds" or "milliseconds"."""
    if not isinstance(value, int):
        from datetime import timedelta  # noqa: PLC0415 - as above

        if isinstance(value, timedelta):
            count = _truncated(value, timedelta(**{unit: 1}))
            if value and not count:
                raise DataError(
                    f"{name} must not be a fraction of its unit ({unit}), got {value!r}"
                )
            value = count
    return whole(name, value, unit, minimum)


def _moment(name: str, value: Moment, unit: str, minimum: int | None) -> int:
    """Count in "seconds" or "milliseconds" since 1970."""
    if not isinstance(value, int):
        from datetime import datetime, timedelta, timezone  # noqa: PLC0415 - as above

        if isinstance(value, datetime):
            age = value.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
            value = _truncated(age, timedelta(**{unit: 1}))
    return whole(name, value, unit, minimum)


def _truncated(value: timedelta, unit: timedelta) -> int:
    # In whole numbers: by way of float, timestamps lose milliseconds.
    return value // unit if value.days >= 0 else -(-value // unit)
