"""What TS.INFO tells of a time series."""

from __future__ import annotations

from typing import Any, NamedTuple

from redtrio.commands._replies import plain_words

__all__ = ["TSInfo", "TSRule"]

# The names that TS.INFO itself uses, for those who look fields up by them.
_ALIASES = {
    "chunkCount": "chunk_count",
    "chunkSize": "chunk_size",
    "chunkType": "chunk_type",
    "duplicatePolicy": "duplicate_policy",
    "firstTimestamp": "first_timestamp",
    "ignoreMaxTimeDiff": "ignore_max_time_diff",
    "ignoreMaxValDiff": "ignore_max_val_diff",
    "lastTimestamp": "last_timestamp",
    "memoryUsage": "memory_usage",
    "retentionTime": "retention_msecs",
    "sourceKey": "source_key",
    "totalSamples": "total_samples",
}


class TSRule(NamedTuple):
    """A rule by which samples are compacted into another series.

    Attributes:
        bucket_size_msec: Length of a bucket in milliseconds.
        aggregation_type: The aggregator in capitals ("AVG").
        align_timestamp: The timestamp that one bucket begins at, in milliseconds.
    """

    bucket_size_msec: int
    aggregation_type: str
    align_timestamp: int


class TSInfo:
    """What TS.INFO tells of a time series. Text is str, for a client of bytes also.

    Fields can be read as attributes, and looked up by name: ``info["chunk_count"]`` or, as the
    server has it, ``info["chunkCount"]``; ``get`` gives None for a name that there is not.

    Args:
        reply: The reply, a dict of names to values.

    Attributes:
        total_samples: How many samples it holds.
        memory_usage: How many bytes it takes.
        first_timestamp: The first sample's timestamp in milliseconds, 0 if there is none.
        last_timestamp: The last sample's timestamp in milliseconds, 0 if there is none.
        retention_msecs: How many milliseconds samples are kept, 0 for ever.
        chunk_count: How many chunks of memory it has.
        chunk_size: Size of a chunk in bytes.
        chunk_type: "compressed" or "uncompressed".
        duplicate_policy: What becomes of a sample where there is one already ("last"); None:
            what the server's configuration says.
        labels: Its labels, a dict of name to value.
        source_key: Key of the series that is compacted into it, None if there is none.
        rules: A dict of key to ``TSRule``: the series that it is compacted into.
        ignore_max_time_diff: With ``ignore_max_val_diff``: how close to the last sample in
            milliseconds a new one is ignored.
        ignore_max_val_diff: How close to it in value.
    """

    __slots__ = (
        "chunk_count",
        "chunk_size",
        "chunk_type",
        "duplicate_policy",
        "first_timestamp",
        "ignore_max_time_diff",
        "ignore_max_val_diff",
        "labels",
        "last_timestamp",
        "memory_usage",
        "retention_msecs",
        "rules",
        "source_key",
        "total_samples",
    )

    def __init__(self, reply: dict[bytes, Any]) -> None:
        fields: dict[str, Any] = plain_words(reply)
        self.total_samples: int = fields["totalSamples"]
        self.memory_usage: int = fields["memoryUsage"]
        self.first_timestamp: int = fields["firstTimestamp"]
        self.last_timestamp: int = fields["lastTimestamp"]
        self.retention_msecs: int = fields["retentionTime"]
        self.chunk_count: int = fields["chunkCount"]
        self.chunk_size: int = fields["chunkSize"]
        self.chunk_type: str = fields["chunkType"]
        self.duplicate_policy: str | None = fields["duplicatePolicy"]
        self.labels: dict[str, str] = fields["labels"]
        self.source_key: str | None = fields["sourceKey"]
        self.rules: dict[str, TSRule] = {
            key: TSRule(*rule) for key, rule in fields["rules"].items()
        }
        # Modules older than that of Redis 7.4 know no such thing, so that nothing is ignored.
        self.ignore_max_time_diff: int = fields.get("ignoreMaxTimeDiff", 0)
        self.ignore_max_val_diff: float = fields.get("ignoreMaxValDiff", 0.0)

    def __repr__(self) -> str:
        return f"<TSInfo {', '.join(f'{name}={self[name]!r}' for name in self.__slots__)}>"

    def __getitem__(self, item: str) -> Any:
        name = _ALIASES.get(item, item)
        if name not in self.__slots__:
            raise KeyError(item)
        return getattr(self, name)

    def get(self, item: str) -> Any:
        """Look a field up by name.

        Args:
            item: The attribute's name, or the server's ("chunkCount").

        Returns:
            Its value; None where there is no field of this name.
        """
        try:
            return self[item]
        except KeyError:
            return None
