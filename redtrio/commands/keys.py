"""The commands on keys of any type."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, overload

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Words,
    at_least_one,
    at_most_one,
    flag_words,
    flatten,
    milliseconds,
    scan_words,
    whole,
)
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import as_bool, is_ok
from redtrio.commands._scan import ScanIterator
from redtrio.commands.key_expiry import KeyExpiryCommands
from redtrio.commands.sort import SortCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["KeyCommands"]

_COPY = Spec(name="COPY", keys=(1, 2, 1))
_DEL = Spec(name="DEL", keys=(1, -1, 1))
_DUMP = Spec(name="DUMP", keys=(1, 1, 1), readonly=True, raw=True)
_EXISTS = Spec(name="EXISTS", keys=(1, -1, 1), readonly=True)
_KEYS = Spec(name="KEYS", readonly=True)
_MIGRATE = Spec(name="MIGRATE", keys=(3, 3, 1))
_MOVE = Spec(name="MOVE", keys=(1, 1, 1))
_OBJECT_ENCODING = Spec(name="OBJECT ENCODING", keys=(2, 2, 1), readonly=True)
_OBJECT_FREQ = Spec(name="OBJECT FREQ", keys=(2, 2, 1), readonly=True)
_OBJECT_IDLETIME = Spec(name="OBJECT IDLETIME", keys=(2, 2, 1), readonly=True)
_OBJECT_REFCOUNT = Spec(name="OBJECT REFCOUNT", keys=(2, 2, 1), readonly=True)
_OBJECT = {
    spec.name.removeprefix("OBJECT "): spec
    for spec in (_OBJECT_ENCODING, _OBJECT_FREQ, _OBJECT_IDLETIME, _OBJECT_REFCOUNT)
}
_RANDOMKEY = Spec(name="RANDOMKEY", readonly=True)
_RENAME = Spec(name="RENAME", keys=(1, 2, 1))
_RENAMENX = Spec(name="RENAMENX", keys=(1, 2, 1))
_RESTORE = Spec(name="RESTORE", keys=(1, 1, 1))
_SCAN = Spec(name="SCAN", readonly=True)
_TOUCH = Spec(name="TOUCH", keys=(1, -1, 1), readonly=True)
_TYPE = Spec(name="TYPE", keys=(1, 1, 1), readonly=True)
_UNLINK = Spec(name="UNLINK", keys=(1, -1, 1))
# The server tells of a blocking flag for neither in every version, yet both hold their
# connection until replicas or the disk have caught up.
_WAIT = Spec(name="WAIT", blocking=True, block_at=-1, block_unit=1000, looks_back=True)
_WAITAOF = Spec(name="WAITAOF", blocking=True, block_at=-1, block_unit=1000, looks_back=True)


class KeyCommands(KeyExpiryCommands[S], SortCommands[S]):
    """The commands on keys of any type, those on their expiry and SORT among them.

    Where a command writes and its call is cancelled, or fails with a ``ConnectionError``
    whose ``maybe_executed`` is True, the server may have carried it out.
    """

    __slots__ = ()

    def copy(
        self,
        source: Argument,
        destination: Argument,
        destination_db: int | None = None,
        replace: bool = False,
    ) -> Awaitable[bool]:
        """Copy the value of a key to another key, with its expiry.

        Args:
            source: The key to copy.
            destination: The key that gets the copy.
            destination_db: The database of the copy; None: the same.
            replace: Overwrite the destination if it exists.

        Returns:
            Whether it was copied: False if the source is missing, or if the destination
            exists and is not to be replaced.

        Source: COPY. Since 6.2.
        """
        words: Words = (b"COPY", source, destination)
        if destination_db is not None:
            words += (b"DB", whole("destination_db", destination_db, "databases", 0))
        words += flag_words(REPLACE=replace)
        return self._execute(Command(_COPY, words, as_bool))

    def delete(self, *names: Argument) -> Awaitable[int]:
        """Delete keys.

        Args:
            names: The keys, at least one.

        Returns:
            How many of them existed.

        Raises:
            DataError: No key is given.

        Source: DEL. Since 1.0.
        """
        return self._execute(Command(_DEL, (b"DEL", *at_least_one("names", names))))

    def dump(self, name: Argument) -> Awaitable[bytes | None]:
        """Get the value of a key in the server's own format, for ``restore``.

        Args:
            name: The key.

        Returns:
            The serialized value, bytes also with ``decode_responses``; None if the key is
            missing. The expiry is not part of it.

        Source: DUMP. Since 2.6.
        """
        return self._execute(Command(_DUMP, (b"DUMP", name)))

    def exists(self, *names: Argument) -> Awaitable[int]:
        """Count the keys that exist.

        Args:
            names: The keys, at least one; one that is given twice counts twice.

        Returns:
            How many of them exist.

        Raises:
            DataError: No key is given.

        Source: EXISTS. Since 1.0; several keys since 3.0.3.
        """
        return self._execute(Command(_EXISTS, (b"EXISTS", *at_least_one("names", names))))

    def keys(self, pattern: Argument = "*") -> Awaitable[list[S]]:
        """Get the names of all keys that match a pattern, in no order.

        The server does nothing else meanwhile; ``scan_iter`` is for large databases.

        Args:
            pattern: A glob: ``*``, ``?``, ``[abc]``, with a backslash before what is meant
                as it stands.

        Returns:
            The names.

        Source: KEYS. Since 1.0.
        """
        return self._execute(Command(_KEYS, (b"KEYS", pattern)))

    def migrate(
        self,
        host: str,
        port: int,
        keys: Keys,
        destination_db: int,
        timeout: Duration,
        copy: bool = False,
        replace: bool = False,
        auth: str | None = None,
        username: str | None = None,
    ) -> Awaitable[bool]:
        """Move keys to another server.

        Args:
            host: The other server, as this one can reach it.
            port: Its port.
            keys: The key, or an iterable of keys.
            destination_db: The database there.
            timeout: Milliseconds that the servers may be silent to each other, int or
                timedelta, > 0.
            copy: Keep the keys here as well.
            replace: Overwrite keys that exist there.
            auth: Password for the other server.
            username: User for the other server; None: its default user.

        Returns:
            Whether anything was moved: False if none of the keys exists.

        Raises:
            DataError: No key is given, ``timeout`` is out of its range, or ``username``
                comes without ``auth``.
            ResponseError: The other server could not be reached or refused.

        Cancellation: the keys may be here, there, or in both places.

        Source: MIGRATE. Since 2.6; several keys since 3.0.6, ``auth`` since 4.0.7,
        ``username`` since 6.0.
        """
        names: Words = flatten(keys)
        alone = len(names) == 1
        words: Words = (b"MIGRATE", host, port, names[0] if alone else b"", destination_db)
        words += (milliseconds("timeout", timeout), *flag_words(COPY=copy, REPLACE=replace))
        if username is not None:
            if auth is None:
                raise DataError("username needs auth, the password")
            words += (b"AUTH2", username, auth)
        elif auth is not None:
            words += (b"AUTH", auth)
        if not alone:
            words += (b"KEYS", *names)
        return self._execute(Command(_MIGRATE, words, is_ok))

    def move(self, name: Argument, db: int) -> Awaitable[bool]:
        """Move a key to another database.

        Args:
            name: The key.
            db: Number of the database, >= 0.

        Returns:
            Whether it was moved: False if it is missing here or exists there.

        Raises:
            DataError: ``db`` is negative.
            ResponseError: There is no such database, or it is the same.

        Source: MOVE. Since 1.0.
        """
        words = (b"MOVE", name, whole("db", db, "databases", 0))
        return self._execute(Command(_MOVE, words, as_bool))

    @overload
    def object(
        self, infotype: Literal["ENCODING", "encoding"], key: Argument
    ) -> Awaitable[S | None]: ...

    @overload
    def object(
        self,
        infotype: Literal["FREQ", "freq", "IDLETIME", "idletime", "REFCOUNT", "refcount"],
        key: Argument,
    ) -> Awaitable[int | None]: ...

    def object(self, infotype: str, key: Argument) -> Awaitable[Any]:
        """Look at how the server stores a key.

        Args:
            infotype: "ENCODING": the name of the encoding; "FREQ": how often it is used, on a
                logarithmic scale; "IDLETIME": for how many seconds it was not used;
                "REFCOUNT": how often the value is referred to.
            key: The key.

        Returns:
            A string for "ENCODING", else an int; None if the key is missing.

        Raises:
            DataError: ``infotype`` is none of those.
            ResponseError: "FREQ" without an LFU policy of ``maxmemory-policy``, "IDLETIME"
                with one.

        Source: OBJECT ENCODING, OBJECT IDLETIME, OBJECT REFCOUNT. Since 2.2.3. OBJECT FREQ.
        Since 4.0.
        """
        name = infotype.upper()
        if name not in _OBJECT:
            raise DataError(f"infotype must be one of {', '.join(_OBJECT)}, got {infotype!r}")
        return self._execute(Command(_OBJECT[name], (b"OBJECT", name, key)))

    def randomkey(self) -> Awaitable[S | None]:
        """Get the name of any key.

        Returns:
            The name, None if the database is empty.

        Source: RANDOMKEY. Since 1.0.
        """
        return self._execute(Command(_RANDOMKEY, (b"RANDOMKEY",)))

    def rename(self, src: Argument, dst: Argument) -> Awaitable[bool]:
        """Rename a key; what the new name held goes.

        Args:
            src: The key as it is.
            dst: The key as it is to be; what it holds is replaced.

        Returns:
            True.

        Raises:
            ResponseError: The key is missing.

        Source: RENAME. Since 1.0.
        """
        return self._execute(Command(_RENAME, (b"RENAME", src, dst), is_ok))

    def renamenx(self, src: Argument, dst: Argument) -> Awaitable[bool]:
        """Rename a key if the new name is free.

        Args:
            src: The key as it is.
            dst: The key as it is to be, if it is free.

        Returns:
            Whether it was renamed.

        Raises:
            ResponseError: The key is missing.

        Source: RENAMENX. Since 1.0.
        """
        return self._execute(Command(_RENAMENX, (b"RENAMENX", src, dst), as_bool))

    def restore(
        self,
        name: Argument,
        ttl: Duration,
        value: Argument,
        replace: bool = False,
        absttl: bool = False,
        idletime: int | None = None,
        frequency: int | None = None,
    ) -> Awaitable[bool]:
        """Create a key from what ``dump`` gave.

        Args:
            name: The key.
            ttl: Milliseconds until expiry, int or timedelta, >= 0; 0: never.
            value: What ``dump`` gave.
            replace: Overwrite the key if it exists.
            absttl: ``ttl`` is a Unix time in milliseconds.
            idletime: For how many seconds the key counts as not used, >= 0.
            frequency: How often it counts as used, 0 to 255.

        Returns:
            True.

        Raises:
            DataError: A number is out of its range, or both ``idletime`` and ``frequency``
                are given.
            ResponseError: The key exists and is not to be replaced, or ``value`` is damaged
                or of a version that the server does not read.

        Source: RESTORE. Since 2.6; ``replace`` since 3.0, the other options since 5.0.
        """
        at_most_one(idletime=idletime, frequency=frequency)
        words: Words = (b"RESTORE", name, milliseconds("ttl", ttl, 0), value)
        words += flag_words(REPLACE=replace, ABSTTL=absttl)
        if idletime is not None:
            words += (b"IDLETIME", whole("idletime", idletime, "seconds", 0))
        if frequency is not None:
            if whole("frequency", frequency, "uses", 0) > 255:
                raise DataError(f"frequency must be <= 255 uses, got {frequency}")
            words += (b"FREQ", frequency)
        return self._execute(Command(_RESTORE, words, is_ok))

    def scan(
        self,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        _type: str | None = None,
    ) -> Awaitable[tuple[int, list[S]]]:
        """Get one page of the names of keys; ``scan_iter`` goes through all pages.

        Args:
            cursor: 0, or what the page before gave.
            match: Only names that match this glob, as in ``keys``.
            count: About how many to look at, > 0; None: 10.
            _type: Only keys of this type, as ``type`` tells it.

        Returns:
            The cursor of the next page, 0 if there is none, and the names of this page,
            which may be none although more follow.

        Raises:
            DataError: ``count`` is out of its range.

        Source: SCAN. Since 2.8; ``_type`` since 6.0.
        """
        words: Words = (b"SCAN", cursor, *scan_words(match, count))
        if _type is not None:
            words += (b"TYPE", _type)
        return self._execute(Command(_SCAN, words, _page))

    def scan_iter(
        self,
        match: Argument | None = None,
        count: int | None = None,
        _type: str | None = None,
    ) -> ScanIterator[S]:
        """Go through the names of all keys: ``async for name in r.scan_iter()``.

        Args:
            match: As in ``scan``.
            count: As in ``scan``: about how many to look at in one round trip.
            _type: As in ``scan``.

        Returns:
            An async iterator of names, in no order; a name may come twice.

        Raises:
            DataError: ``count`` is out of its range.

        Source: SCAN. Since 2.8.
        """
        scan_words(match, count)
        return ScanIterator(lambda cursor: self.scan(cursor, match, count, _type))

    def touch(self, *args: Argument) -> Awaitable[int]:
        """Count the keys that exist, and note them as used now.

        Args:
            args: The keys, at least one.

        Returns:
            How many of them exist.

        Raises:
            DataError: No key is given.

        Source: TOUCH. Since 3.2.1.
        """
        return self._execute(Command(_TOUCH, (b"TOUCH", *at_least_one("args", args))))

    def type(self, name: Argument) -> Awaitable[S]:
        """Tell of which type the value of a key is.

        Args:
            name: The key.

        Returns:
            "string", "list", "set", "zset", "hash", "stream" or the name that a module
            gives; "none" if the key is missing.

        Source: TYPE. Since 1.0.
        """
        return self._execute(Command(_TYPE, (b"TYPE", name)))

    def unlink(self, *names: Argument) -> Awaitable[int]:
        """Delete keys, and let the server free their memory in the background.

        Args:
            names: The keys, at least one.

        Returns:
            How many of them existed.

        Raises:
            DataError: No key is given.

        Source: UNLINK. Since 4.0.
        """
        return self._execute(Command(_UNLINK, (b"UNLINK", *at_least_one("names", names))))

    def wait(self, num_replicas: int, timeout: Duration | None = None) -> Awaitable[int]:
        """Wait until replicas have what this connection wrote.

        Only in a block of ``exclusive`` or in a pipeline, behind the writes that it is about:
        elsewhere these went over another connection, of which the server would say nothing.

        Args:
            num_replicas: How many replicas, >= 0.
            timeout: Milliseconds to wait at most, int or timedelta; 0: for ever. None: as
                long as the cancel scope around the call allows.

        Returns:
            How many replicas have it, which may be fewer after the timeout.

        Raises:
            DataError: A number is out of its range, or the client is one that tasks share.

        Source: WAIT. Since 3.0.
        """
        words = (b"WAIT", whole("num_replicas", num_replicas, "replicas", 0), _limit(timeout))
        return self._execute(Command(_WAIT, words))

    def waitaof(
        self, num_local: int, num_replicas: int, timeout: Duration | None = None
    ) -> Awaitable[tuple[int, int]]:
        """Wait until what this connection wrote is in the append-only files on disk.

        Only where ``wait`` may be called.

        Args:
            num_local: 1 to wait for this server's own file, else 0.
            num_replicas: How many replicas' files, >= 0.
            timeout: As in ``wait``.

        Returns:
            How many of each have it, which may be fewer after the timeout.

        Raises:
            DataError: A number is out of its range, or the client is one that tasks share.
            ResponseError: ``num_local`` is 1 and the server has no append-only file.

        Source: WAITAOF. Since 7.2.
        """
        counts: Words = (
            whole("num_local", num_local, "servers", 0),
            whole("num_replicas", num_replicas, "replicas", 0),
        )
        return self._execute(Command(_WAITAOF, (b"WAITAOF", *counts, _limit(timeout)), tuple))


def _limit(timeout: Duration | None) -> int | None:
    return None if timeout is None else milliseconds("timeout", timeout, 0)


def _page(reply: Any) -> tuple[int, list[Any]]:
    cursor, names = reply
    return int(cursor), names
