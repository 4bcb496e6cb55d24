"""The commands on when keys expire."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._arguments import (
    Duration,
    Moment,
    Words,
    condition,
    milliseconds,
    seconds,
    unix_milliseconds,
    unix_seconds,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_bool
from redtrio.types import Argument

__all__ = ["KeyExpiryCommands"]

_EXPIRE = Spec(name="EXPIRE", keys=(1, 1, 1))
_EXPIREAT = Spec(name="EXPIREAT", keys=(1, 1, 1))
_EXPIRETIME = Spec(name="EXPIRETIME", keys=(1, 1, 1), readonly=True)
_PERSIST = Spec(name="PERSIST", keys=(1, 1, 1))
_PEXPIRE = Spec(name="PEXPIRE", keys=(1, 1, 1))
_PEXPIREAT = Spec(name="PEXPIREAT", keys=(1, 1, 1))
_PEXPIRETIME = Spec(name="PEXPIRETIME", keys=(1, 1, 1), readonly=True)
_PTTL = Spec(name="PTTL", keys=(1, 1, 1), readonly=True)
_TTL = Spec(name="TTL", keys=(1, 1, 1), readonly=True)


class KeyExpiryCommands(CommandGroup[S]):
    """The commands on when keys expire, a part of ``KeyCommands``."""

    __slots__ = ()

    def expire(
        self,
        name: Argument,
        time: Duration,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[bool]:
        """Let a key expire after some seconds.

        Args:
            name: The key.
            time: Seconds, int or timedelta; 0 or less deletes the key at once.
            nx: Only if it has no expiry yet. The conditions since 7.0.
            xx: Only if it has one.
            gt: Only if the new expiry is later than the old one; none counts as never.
            lt: Only if the new expiry is earlier than the old one.

        Returns:
            Whether the expiry was set: False if the key is missing or a condition forbade
            it.

        Raises:
            DataError: Conditions exclude each other (``xx`` goes with ``gt`` or ``lt``), or
                ``time`` is a timedelta of less than a second.

        Source: EXPIRE. Since 1.0.
        """
        words: Words = (b"EXPIRE", name, seconds("time", time, None))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt)
        return self._execute(Command(_EXPIRE, words, as_bool))

    def expireat(
        self,
        name: Argument,
        when: Moment,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[bool]:
        """Let a key expire at a point in time.

        Args:
            name: The key.
            when: Unix time in seconds, or a datetime; one in the past deletes the key.
            nx: As in ``expire``.
            xx: As in ``expire``.
            gt: As in ``expire``.
            lt: As in ``expire``.

        Returns:
            As ``expire``.

        Raises:
            DataError: Conditions exclude each other.

        Source: EXPIREAT. Since 1.2.
        """
        words: Words = (b"EXPIREAT", name, unix_seconds("when", when))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt)
        return self._execute(Command(_EXPIREAT, words, as_bool))

    def expiretime(self, key: Argument) -> Awaitable[int]:
        """Tell when a key expires.

        Args:
            key: The key.

        Returns:
            Unix time in seconds; -1 if it never does, -2 if it is missing.

        Source: EXPIRETIME. Since 7.0.
        """
        return self._execute(Command(_EXPIRETIME, (b"EXPIRETIME", key)))

    def persist(self, name: Argument) -> Awaitable[bool]:
        """Take away the expiry of a key.

        Args:
            name: The key.

        Returns:
            Whether it had one.

        Source: PERSIST. Since 2.2.
        """
        return self._execute(Command(_PERSIST, (b"PERSIST", name), as_bool))

    def pexpire(
        self,
        name: Argument,
        time: Duration,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[bool]:
        """Let a key expire after some milliseconds, otherwise as ``expire``.

        Source: PEXPIRE. Since 2.6.
        """
        words: Words = (b"PEXPIRE", name, milliseconds("time", time, None))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt)
        return self._execute(Command(_PEXPIRE, words, as_bool))

    def pexpireat(
        self,
        name: Argument,
        when: Moment,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[bool]:
        """Let a key expire at a Unix time in milliseconds, otherwise as ``expireat``.

        Source: PEXPIREAT. Since 2.6.
        """
        words: Words = (b"PEXPIREAT", name, unix_milliseconds("when", when))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt)
        return self._execute(Command(_PEXPIREAT, words, as_bool))

    def pexpiretime(self, key: Argument) -> Awaitable[int]:
        """Tell when a key expires.

        Args:
            key: The key.

        Returns:
            Unix time in milliseconds; -1 if it never does, -2 if it is missing.

        Source: PEXPIRETIME. Since 7.0.
        """
        return self._execute(Command(_PEXPIRETIME, (b"PEXPIRETIME", key)))

    def pttl(self, name: Argument) -> Awaitable[int]:
        """Tell how long a key has to live.

        Args:
            name: The key.

        Returns:
            Milliseconds; -1 if it never expires, -2 if it is missing.

        Source: PTTL. Since 2.6.
        """
        return self._execute(Command(_PTTL, (b"PTTL", name)))

    def ttl(self, name: Argument) -> Awaitable[int]:
        """Tell how long a key has to live.

        Args:
            name: The key.

        Returns:
            Seconds; -1 if it never expires, -2 if it is missing.

        Source: TTL. Since 1.0.
        """
        return self._execute(Command(_TTL, (b"TTL", name)))
