"""The Redis and Valkey client for Trio.

``Redis`` is the client for services: all tasks share it. The low-level client is
``redtrio.lowlevel.RedisClient``; every error is in ``redtrio.exceptions``, and the values that
replies are made of in ``redtrio.types``.
"""

# Before all else: what lies below it is imported by way of this package.
from redtrio.lowlevel import ConnectionPool, RedisClient  # isort: split

from redtrio._config import Config
from redtrio._hook import Hook
from redtrio._retry import Retry
from redtrio._version import __version__
from redtrio.client import ExclusiveRedis, Redis, from_url
from redtrio.exceptions import (
    AskError,
    AuthenticationError,
    BusyGroupError,
    BusyLoadingError,
    BusyScriptError,
    ClusterCrossSlotError,
    ClusterDownError,
    ConnectionError,
    DataError,
    ExecAbortError,
    InvalidResponse,
    MasterDownError,
    MisconfigurationError,
    MovedError,
    NoGroupError,
    NoPermissionError,
    NoReplicasError,
    NoScriptError,
    NotBusyError,
    OutOfMemoryError,
    ProtocolError,
    ProtocolVersionError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
    UnblockedError,
    UnkillableError,
    WatchError,
    WrongTypeError,
)
from redtrio.pipeline import Pipeline
from redtrio.types import RespPush, Statistics

__all__ = [
    "AskError",
    "AuthenticationError",
    "BusyGroupError",
    "BusyLoadingError",
    "BusyScriptError",
    "ClusterCrossSlotError",
    "ClusterDownError",
    "Config",
    "ConnectionError",
    "ConnectionPool",
    "DataError",
    "ExclusiveRedis",
    "ExecAbortError",
    "Hook",
    "InvalidResponse",
    "MasterDownError",
    "MisconfigurationError",
    "MovedError",
    "NoGroupError",
    "NoPermissionError",
    "NoReplicasError",
    "NoScriptError",
    "NotBusyError",
    "OutOfMemoryError",
    "Pipeline",
    "ProtocolError",
    "ProtocolVersionError",
    "ReadOnlyError",
    "Redis",
    "RedisClient",
    "RedisError",
    "RespPush",
    "ResponseError",
    "Retry",
    "Statistics",
    "TimeoutError",
    "TryAgainError",
    "UnblockedError",
    "UnkillableError",
    "WatchError",
    "WrongTypeError",
    "__version__",
    "from_url",
]
