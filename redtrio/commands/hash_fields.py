"""The commands on the expiry of single fields of a hash. Since Redis 7.4 and Valkey 9.0."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._arguments import (
    Duration,
    Moment,
    Words,
    at_least_one,
    condition,
    unix_milliseconds,
    unix_seconds,
)
from redtrio.commands._arguments import milliseconds as in_milliseconds
from redtrio.commands._arguments import seconds as in_seconds
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.types import Argument

__all__ = ["FieldExpiryCommands"]

_HEXPIRE = Spec(name="HEXPIRE", keys=(1, 1, 1))
_HEXPIREAT = Spec(name="HEXPIREAT", keys=(1, 1, 1))
_HEXPIRETIME = Spec(name="HEXPIRETIME", keys=(1, 1, 1), readonly=True)
_HPERSIST = Spec(name="HPERSIST", keys=(1, 1, 1))
_HPEXPIRE = Spec(name="HPEXPIRE", keys=(1, 1, 1))
_HPEXPIREAT = Spec(name="HPEXPIREAT", keys=(1, 1, 1))
_HPEXPIRETIME = Spec(name="HPEXPIRETIME", keys=(1, 1, 1), readonly=True)
_HPTTL = Spec(name="HPTTL", keys=(1, 1, 1), readonly=True)
_HTTL = Spec(name="HTTL", keys=(1, 1, 1), readonly=True)


class FieldExpiryCommands(CommandGroup[S]):
    """The commands on the expiry of single fields of a hash.

    All of them give one number for each field, in the order given, of which -2 means that
    the field, or the whole hash, is missing. They raise ``WrongTypeError`` where the key holds
    something else. Where a command writes and its call is cancelled, or fails with a
    ``ConnectionError`` whose ``maybe_executed`` is True, the server may have carried it out.
    """

    __slots__ = ()

    def hexpire(
        self,
        name: Argument,
        seconds: Duration,
        *fields: Argument,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[list[int]]:
        """Let fields expire after some seconds.

        Args:
            name: The key of the hash.
            seconds: Seconds until expiry, int or timedelta, >= 0; 0 deletes at once.
            fields: The fields, at least one.
            nx: Only if the field has no expiry yet.
            xx: Only if it has one. With ``gt`` or ``lt`` on Valkey alone.
            gt: Only if the new expiry is later than the old one; none counts as never.
            lt: Only if the new expiry is earlier than the old one.

        Returns:
            For each field 1 if its expiry was set, 0 if a condition forbade it, 2 if it was
            deleted at once as the time has passed, -2 if it is missing.

        Raises:
            DataError: No field is given, conditions exclude each other, or the time is out of
                its range.

        Source: HEXPIRE. Since Redis 7.4, Valkey 9.0.
        """
        words: Words = (b"HEXPIRE", name, in_seconds("seconds", seconds, 0))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt) + _counted(fields)
        return self._execute(Command(_HEXPIRE, words))

    def hexpireat(
        self,
        name: Argument,
        unix_time_seconds: Moment,
        *fields: Argument,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[list[int]]:
        """Let fields expire at a point in time.

        Args:
            name: The key of the hash.
            unix_time_seconds: Unix time in seconds, or a datetime.
            fields: The fields, at least one.
            nx: Only if the field has no expiry yet.
            xx: Only if it has one. With ``gt`` or ``lt`` on Valkey alone.
            gt: Only if the new expiry is later than the old one; none counts as never.
            lt: Only if the new expiry is earlier than the old one.

        Returns:
            For each field 1 if its expiry was set, 0 if a condition forbade it, 2 if it was
            deleted at once as the time has passed, -2 if it is missing.

        Raises:
            DataError: No field is given, conditions exclude each other, or the time is out of
                its range.

        Source: HEXPIREAT. Since Redis 7.4, Valkey 9.0.
        """
        words: Words = (b"HEXPIREAT", name, unix_seconds("unix_time_seconds", unix_time_seconds, 0))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt) + _counted(fields)
        return self._execute(Command(_HEXPIREAT, words))

    def hexpiretime(self, key: Argument, *fields: Argument) -> Awaitable[list[int]]:
        """Tell when fields expire.

        Args:
            key: The key of the hash.
            fields: The fields, at least one.

        Returns:
            For each field the Unix time in seconds, -1 if it never expires, -2 if it is
            missing.

        Raises:
            DataError: No field is given.

        Source: HEXPIRETIME. Since Redis 7.4, Valkey 9.0.
        """
        return self._execute(Command(_HEXPIRETIME, (b"HEXPIRETIME", key, *_counted(fields))))

    def hpersist(self, name: Argument, *fields: Argument) -> Awaitable[list[int]]:
        """Take away the expiry of fields.

        Args:
            name: The key of the hash.
            fields: The fields, at least one.

        Returns:
            For each field 1 if it had an expiry, -1 if it had none, -2 if it is
            missing.

        Raises:
            DataError: No field is given.

        Source: HPERSIST. Since Redis 7.4, Valkey 9.0.
        """
        return self._execute(Command(_HPERSIST, (b"HPERSIST", name, *_counted(fields))))

    def hpexpire(
        self,
        name: Argument,
        milliseconds: Duration,
        *fields: Argument,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[list[int]]:
        """Let fields expire after some milliseconds, otherwise as ``hexpire``.

        Source: HPEXPIRE. Since Redis 7.4, Valkey 9.0.
        """
        words: Words = (b"HPEXPIRE", name, in_milliseconds("milliseconds", milliseconds, 0))
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt) + _counted(fields)
        return self._execute(Command(_HPEXPIRE, words))

    def hpexpireat(
        self,
        name: Argument,
        unix_time_milliseconds: Moment,
        *fields: Argument,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[list[int]]:
        """Let fields expire at a Unix time in milliseconds, otherwise as ``hexpireat``.

        Source: HPEXPIREAT. Since Redis 7.4, Valkey 9.0.
        """
        words: Words = (
            b"HPEXPIREAT",
            name,
            unix_milliseconds("unix_time_milliseconds", unix_time_milliseconds, 0),
        )
        words += condition(nx=nx, xx=xx, gt=gt, lt=lt) + _counted(fields)
        return self._execute(Command(_HPEXPIREAT, words))

    def hpexpiretime(self, key: Argument, *fields: Argument) -> Awaitable[list[int]]:
        """Tell when fields expire.

        Args:
            key: The key of the hash.
            fields: The fields, at least one.

        Returns:
            For each field the Unix time in milliseconds, -1 if it never expires, -2 if it is
            missing.

        Raises:
            DataError: No field is given.

        Source: HPEXPIRETIME. Since Redis 7.4, Valkey 9.0.
        """
        return self._execute(Command(_HPEXPIRETIME, (b"HPEXPIRETIME", key, *_counted(fields))))

    def hpttl(self, key: Argument, *fields: Argument) -> Awaitable[list[int]]:
        """Tell how long fields have to live.

        Args:
            key: The key of the hash.
            fields: The fields, at least one.

        Returns:
            For each field the milliseconds, -1 if it never expires, -2 if it is
            missing.

        Raises:
            DataError: No field is given.

        Source: HPTTL. Since Redis 7.4, Valkey 9.0.
        """
        return self._execute(Command(_HPTTL, (b"HPTTL", key, *_counted(fields))))

    def httl(self, key: Argument, *fields: Argument) -> Awaitable[list[int]]:
        """Tell how long fields have to live.

        Args:
            key: The key of the hash.
            fields: The fields, at least one.

        Returns:
            For each field the seconds, -1 if it never expires, -2 if it is
            missing.

        Raises:
            DataError: No field is given.

        Source: HTTL. Since Redis 7.4, Valkey 9.0.
        """
        return self._execute(Command(_HTTL, (b"HTTL", key, *_counted(fields))))


def _counted(fields: Words) -> Words:
    return (b"FIELDS", len(at_least_one("fields", fields)), *fields)
