"""How a connection is made: every option, its default and its validation, in one place.

A ``Config`` is checked when it is built and never changes afterwards. What a new
connection says first is data too (``handshake``), so that it is tested without a socket.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Config"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that decides how a connection is made and kept.

    Attributes:
        host: Name or address of the server.
        port: TCP port, 1 to 65535.
        connect_timeout: Seconds until the server must have accepted the connection and
            answered the handshake, > 0. It is the one deadline that is ours and not the
            caller's: without it a name that leads nowhere would hang for minutes.
        keepalive: Whether the operating system probes an idle peer (TCP keepalive).
        poll_window: Microseconds for which a caller looks for its reply between
            scheduler passes before it sleeps, >= 0; 0 always sleeps. Costs nothing
            against a remote server: where replies do not come within the window,
            looking stops.

    Raises:
        TypeError: An option is not of its type.
        ValueError: An option is out of its range. Both name the option and the value.
    """

    host: str = "localhost"
    port: int = 6379
    connect_timeout: float = 5.0
    keepalive: bool = True
    poll_window: float = 1000.0

    def __post_init__(self) -> None:
        _require_type("host", self.host, str)
        _require_type("port", self.port, int)
        _require_type("connect_timeout", self.connect_timeout, int, float)
        _require_type("poll_window", self.poll_window, int, float)
        if not self.host:
            raise ValueError("host must not be empty")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port must be 1 to 65535, got {self.port}")
        if not self.connect_timeout > 0:
            raise ValueError(f"connect_timeout must be > 0 seconds, got {self.connect_timeout}")
        if not self.poll_window >= 0:
            raise ValueError(f"poll_window must be >= 0 microseconds, got {self.poll_window}")

    @property
    def address(self) -> str:
        """Where the server is, for messages: "localhost:6379", "[::1]:6379"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def handshake(self) -> list[tuple[bytes, ...]]:
        """What a new connection says first, in one write.

        Returns:
            The commands, in order. Each must be answered without an error.
        """
        return [(b"HELLO", b"3")]


def _require_type(name: str, value: object, *accepted: type) -> None:
    # bool is an int, but nobody means port=True.
    if not isinstance(value, accepted) or isinstance(value, bool):
        names = " or ".join(kind.__name__ for kind in accepted)
        raise TypeError(f"{name} must be {names}, got {value!r}")
