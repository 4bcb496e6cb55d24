"""Readers of the replies of the commands on streams, and the types of what they make.

As everywhere, the readers give bytes, which the client decodes afterwards; only the server's
own words, the names of fields in what XINFO tells, are str in either mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, cast

from redtrio.commands._base import S
from redtrio.commands._replies import text

if TYPE_CHECKING:
    # typing's own cannot be generic before Python 3.11.
    from typing_extensions import TypedDict

__all__ = [
    "Autoclaimed",
    "ClaimedEntry",
    "StreamEntry",
    "as_autoclaimed",
    "as_autoclaimed_ids",
    "as_claimed_entries_by_stream",
    "as_entries",
    "as_entries_by_stream",
    "as_full_stream",
    "as_named_fields",
    "as_pending",
    "as_pending_entries",
    "as_stream",
]

StreamEntry: TypeAlias = tuple[S, dict[S, S]]
"""An entry of a stream: its ID, and its fields with their values."""

ClaimedEntry: TypeAlias = tuple[S, dict[S, S], int, int]
"""An entry as XREADGROUP gives it with CLAIM: its ID, its fields with their values, the
milliseconds since it was last delivered, and how often it had been."""

Autoclaimed: TypeAlias = tuple[S, list[StreamEntry[S]], list[S]]
"""Where XAUTOCLAIM goes on, the entries that it claimed, and the IDs of deleted ones."""

if TYPE_CHECKING:

    class PendingConsumer(TypedDict, Generic[S]):
        """How many entries of a group are pending for a consumer; a plain dict at run time."""

        name: S
        pending: int

    class Pending(TypedDict, Generic[S]):
        """What is pending in a group; a plain dict at run time.

        Attributes:
            pending: How many entries.
            min: The least ID among them, None if there are none.
            max: The greatest one.
            consumers: Those for which entries are pending.
        """

        pending: int
        min: S | None
        max: S | None
        consumers: list[PendingConsumer[S]]

    class PendingEntry(TypedDict, Generic[S]):
        """One entry that is pending in a group; a plain dict at run time.

        Attributes:
            message_id: Its ID.
            consumer: Name of the consumer that it was delivered to.
            time_since_delivered: Milliseconds since it was, the last time.
            times_delivered: How often it was.
        """

        message_id: S
        consumer: S
        time_since_delivered: int
        times_delivered: int


def as_entries(reply: Any) -> list[Any]:
    """Read entries. One that is null (deleted, before Redis 7.0) is left out."""
    return [(entry[0], _fields(entry[1])) for entry in reply or () if entry is not None]


def as_entries_by_stream(reply: Any) -> dict[Any, Any]:
    """Read entries of several streams; null stands for none at all."""
    return {} if reply is None else {name: as_entries(entries) for name, entries in reply.items()}


def as_claimed_entries_by_stream(reply: Any) -> dict[Any, Any]:
    """Read entries of several streams with the time since delivery and the number of them."""
    return {} if reply is None else {name: _claimed(entries) for name, entries in reply.items()}


def as_autoclaimed(reply: Any) -> tuple[Any, Any, Any]:
    """Read what was claimed. The IDs of deleted entries came with Redis 7.0."""
    return (reply[0], as_entries(reply[1]), reply[2] if len(reply) > 2 else [])


def as_autoclaimed_ids(reply: Any) -> list[Any]:
    """Read what was claimed where only its IDs were asked for."""
    return cast("list[Any]", reply[1])


def as_pending(reply: Any) -> Any:
    """Read the summary of what is pending, in which nulls stand for none."""
    total, least, greatest, consumers = reply
    return {
        "pending": total,
        "min": least,
        "max": greatest,
        "consumers": [{"name": name, "pending": int(count)} for name, count in consumers or ()],
    }


def as_pending_entries(reply: Any) -> list[Any]:
    """Read the list of entries that are pending."""
    return [
        {
            "message_id": entry,
            "consumer": consumer,
            "time_since_delivered": idle,
            "times_delivered": times,
        }
        for entry, consumer, idle, times in reply
    ]


def as_named_fields(reply: Any) -> list[dict[str, Any]]:
    """Read a list of groups or consumers."""
    return [_named(fields) for fields in reply]


def as_stream(reply: Any) -> dict[str, Any]:
    """Read what is told of a stream."""
    told = _named(reply)
    for name in ("first-entry", "last-entry"):
        entry = told[name]
        told[name] = None if entry is None else (entry[0], _fields(entry[1]))
    return told


def as_full_stream(reply: Any) -> dict[str, Any]:
    """Read all that is told of a stream, its entries, groups and their consumers included."""
    told = _named(reply)
    told["entries"] = dict(as_entries(told["entries"]))
    told["groups"] = as_named_fields(told["groups"])
    for group in told["groups"]:
        group["consumers"] = as_named_fields(group["consumers"])
    return told


def _claimed(entries: Any) -> list[Any]:
    return [(entry, _fields(flat), int(idle), int(times)) for entry, flat, idle, times in entries]


def _fields(flat: Any) -> dict[Any, Any]:
    # Of a pending entry that is no longer in the stream they are null.
    return dict(zip(flat[::2], flat[1::2], strict=True)) if flat else {}


def _named(fields: Any) -> dict[str, Any]:
    return {text(name): value for name, value in fields.items()}
