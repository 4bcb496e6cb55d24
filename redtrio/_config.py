"""How a connection is made and kept: every option, its default and its validation.

A ``Config`` is checked when it is built and never changes afterwards. What a new
connection says first is data too (``handshake``), so that it is tested without a socket.

Secrets (``password``, ``ssl_password``, what a credential provider gives) are in no ``repr``
and in no error text.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import isawaitable
from ssl import SSLContext, TLSVersion, VerifyFlags, VerifyMode
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias, TypedDict, cast

from redtrio._frozen import Frozen
from redtrio._url import parse_url
from redtrio._version import __version__

if TYPE_CHECKING:

    class ConnectionOptions(TypedDict, total=False):
        """The options of ``Config`` beside host, port and database, for type checkers."""

        unix_socket_path: str | os.PathLike[str] | None
        username: str | None
        password: str | None
        credential_provider: Any
        client_name: str | None
        client_info: bool
        connect_timeout: float
        keepalive: bool
        poll_window: float
        max_in_flight: int
        max_in_flight_bytes: int
        health_check_interval: float | None
        stall_timeout: float | None
        connection_lifetime: float | None
        ssl: bool
        ssl_context: SSLContext | None
        ssl_ca_certs: str | os.PathLike[str] | None
        ssl_ca_path: str | os.PathLike[str] | None
        ssl_ca_data: str | bytes | None
        ssl_certfile: str | os.PathLike[str] | None
        ssl_keyfile: str | os.PathLike[str] | None
        ssl_password: str | None
        ssl_cert_reqs: str | VerifyMode | None
        ssl_check_hostname: bool
        ssl_min_version: str | TLSVersion | None
        ssl_ciphers: str | None
        ssl_include_verify_flags: Iterable[VerifyFlags] | None
        ssl_exclude_verify_flags: Iterable[VerifyFlags] | None


__all__ = ["Config", "CredentialProvider", "Credentials", "HandshakeStep"]

Credentials: TypeAlias = "tuple[str, str] | tuple[str]"
"""``(username, password)``, or ``(password,)`` for the user "default"."""

CredentialProvider: TypeAlias = Callable[[], "Credentials | Awaitable[Credentials]"]
"""What gives the credentials of each new connection: a function, plain or async.

An object with ``get_credentials_async`` or ``get_credentials``, as redis-py's
``CredentialProvider`` has them, does as well; of the two the async one is asked. A plain
function must not block.

If the object has ``on_next``, as redis-py's ``StreamingCredentialProvider``, a client registers
a callback with it, which may be called in any thread: each time it is, the client asks for the
credentials and logs in anew on its connections. Such a client is used inside of ``async with``.
"""


class HandshakeStep(NamedTuple):
    """One command of the handshake.

    Attributes:
        command: The words.
        optional: An error reply to it is ignored.
    """

    command: tuple[bytes, ...]
    optional: bool = False


class Config(Frozen, kw_only=True):
    """Everything that decides how a connection is made and kept.

    Attributes:
        host: Name or address of the server.
        port: TCP port, 1 to 65535.
        unix_socket_path: Path of the server's Unix socket, used in place of host and port.
            None: TCP.
        username: ACL user to log in as. None: "default", where there is a password.
        password: Password to log in with. None or empty, with no username: no login.
        credential_provider: Asked for the credentials of each new connection, in place of
            username and password; see ``CredentialProvider``.
        db: Number of the database, >= 0.
        client_name: Name of the connections in CLIENT LIST: printable ASCII without
            spaces. None: no name.
        client_info: Whether the server is told library and version (CLIENT SETINFO, since
            7.2; one that does not know the command is not asked twice). Some proxies
            dislike it.
        connect_timeout: Seconds until the server must have accepted the connection and
            answered the handshake, > 0. It is the one deadline that is ours and not the
            caller's: without it a name that leads nowhere would hang for minutes.
        keepalive: Whether the operating system probes an idle peer (TCP keepalive).
        poll_window: Microseconds for which a caller looks for its reply between
            scheduler passes before it sleeps, >= 0; 0 always sleeps. Costs nothing
            against a remote server: where replies do not come within the window,
            looking stops.
        max_in_flight: How many commands may be sent and unanswered on one connection, >= 1.
            Past that, callers wait in order; a larger pipeline is let in alone. A command
            that nobody else's is beside is not counted.
        max_in_flight_bytes: How many bytes those commands may have, >= 1. A larger one is let
            in alone.
        health_check_interval: A connection that lay idle for more than so many seconds is
            greeted with PING before it is used, >= 0. 0 or None: never.
        stall_timeout: Seconds without a byte from a server that owes replies, > 0, after
            which the connection is given up. A command that blocks is given its own time to
            block and a second more; one that may block for ever is waited for. None: never,
            for scripts that run long.
        connection_lifetime: Seconds after which a connection is replaced by a new one,
            > 0. None: never.
        ssl: Whether to speak TLS.
        ssl_context: A context of your own to speak TLS with; then no other ``ssl_*``
            option may be given, and ``ssl`` need not be. Verification is what it says.
        ssl_ca_certs: File of the certificates of the authorities to trust, in PEM.
        ssl_ca_path: Directory of such files, named by OpenSSL's hashes.
        ssl_ca_data: Such certificates themselves, str in PEM or bytes in DER. With none of
            the three, the authorities that the system trusts.
        ssl_certfile: File of the client's certificate, in PEM.
        ssl_keyfile: File of its key. None: the key is in ``ssl_certfile``.
        ssl_password: What the key is encrypted with.
        ssl_cert_reqs: "required" (or ``ssl.CERT_REQUIRED``): the server must show a
            certificate that an authority vouches for. "optional": the same, in a client.
            "none", or None: anything goes, and anybody can listen; the host name is not
            checked either.
        ssl_check_hostname: Whether the certificate must be for ``host``.
        ssl_min_version: "TLSv1.2", "TLSv1.3" or the like of ``ssl.TLSVersion``. None:
            Python's default.
        ssl_ciphers: Ciphers for TLS 1.2, in OpenSSL's notation. None: Python's choice.
        ssl_include_verify_flags: ``ssl.VerifyFlags`` to set beside the default ones.
        ssl_exclude_verify_flags: ``ssl.VerifyFlags`` to clear of the default ones.

    Raises:
        TypeError: An option is not of its type.
        ValueError: An option is out of its range, a file cannot be loaded, or two options
            exclude each other. All name the option, and its value unless it is secret.
    """

    host: str = "localhost"
    port: int = 6379
    unix_socket_path: str | os.PathLike[str] | None = None
    username: str | None = None
    password: str | None = None
    credential_provider: Any = None
    db: int = 0
    client_name: str | None = None
    client_info: bool = True
    connect_timeout: float = 5.0
    keepalive: bool = True
    poll_window: float = 1000.0
    max_in_flight: int = 65536
    max_in_flight_bytes: int = 64 * 1024 * 1024
    health_check_interval: float | None = 30.0
    stall_timeout: float | None = 60.0
    connection_lifetime: float | None = None
    ssl: bool = False
    ssl_context: SSLContext | None = None
    ssl_ca_certs: str | os.PathLike[str] | None = None
    ssl_ca_path: str | os.PathLike[str] | None = None
    ssl_ca_data: str | bytes | None = None
    ssl_certfile: str | os.PathLike[str] | None = None
    ssl_keyfile: str | os.PathLike[str] | None = None
    ssl_password: str | None = None
    ssl_cert_reqs: str | VerifyMode | None = "required"
    ssl_check_hostname: bool = True
    ssl_min_version: str | TLSVersion | None = None
    ssl_ciphers: str | None = None
    ssl_include_verify_flags: Iterable[VerifyFlags] | None = None
    ssl_exclude_verify_flags: Iterable[VerifyFlags] | None = None

    # The provider is somebody else's object: what its repr shows nobody knows.
    _hidden: ClassVar[frozenset[str]] = frozenset(
        {"password", "credential_provider", "ssl_ca_data", "ssl_password"}
    )

    def _check(self) -> None:
        for name, (accepted, secret) in _TYPES.items():
            _require_type(name, getattr(self, name), accepted, secret=secret)
        for name, (within, range_in_words) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not within(value):
                raise ValueError(f"{name} must be {range_in_words}, got {value!r}")
        if not self.host:
            raise ValueError("host must not be empty")
        if self.unix_socket_path is not None and not os.fspath(self.unix_socket_path):
            raise ValueError("unix_socket_path must not be empty")
        self._check_credentials()
        vars(self)["_tls"] = self._tls_context()

    @property
    def tls(self) -> SSLContext | None:
        """The context to speak TLS with, made of the options; None: no TLS."""
        return cast("SSLContext | None", vars(self)["_tls"])

    @classmethod
    def from_url(cls, url: str, **overrides: Any) -> Config:
        """Build a configuration from a URL; see ``parse_url`` for what it may hold.

        Args:
            url: Such as "rediss://user:password@host:6380/0".
            overrides: Options that count in place of those of the URL.

        Raises:
            TypeError: An option is not of its type.
            ValueError: The URL or an option is wrong, or no option of a connection. No
                text shows a password.
        """
        options = {**parse_url(url), **overrides}
        config = cls.take(options)
        if options:
            names = ", ".join(sorted(options))
            raise ValueError(f"not an option of a connection: {names}")
        return config

    @classmethod
    def take(cls, options: dict[str, Any]) -> Config:
        """Build a configuration from its own of these options, which are removed there."""
        own = {name: options.pop(name) for name in cls._names if name in options}
        return cls(**own)

    @property
    def address(self) -> str:
        """Where the server is, for messages: "localhost:6379", "[::1]:6379", "/run/redis"."""
        if self.unix_socket_path is not None:
            return os.fspath(self.unix_socket_path)
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def credentials(self) -> Credentials | None:
        """Return what to log in with now, asking the provider if there is one.

        Returns:
            (username, password), or (password,); None: no login.

        Raises:
            TypeError: The provider gave something else; it is not shown.
            Exception: Whatever the provider raises.

        Cancellation: passes a checkpoint only if the provider does.
        """
        provider = self.credential_provider
        if provider is None:
            return self._fixed_credentials()
        ask = (
            getattr(provider, "get_credentials_async", None)
            or getattr(provider, "get_credentials", None)
            or provider
        )
        given = ask()
        return _checked_credentials(await given if isawaitable(given) else given)

    def handshake(self, credentials: Credentials | None = None) -> list[HandshakeStep]:
        """What a new connection says first, in one write.

        Args:
            credentials: What ``credentials()`` gave. None: username and password, where no
                provider takes their place.

        Returns:
            The commands, in order.

        Raises:
            ValueError: There is a provider, and what it gave is missing.
        """
        if credentials is None and self.credential_provider is not None:
            raise ValueError("with a credential_provider the handshake needs credentials")
        hello = [b"HELLO", b"3"]
        login = credentials or self._fixed_credentials()
        if login is not None:
            # HELLO has no short form: the user of a password alone is called by name.
            username, password = login if len(login) == 2 else ("default", login[0])
            hello += [b"AUTH", username.encode(), password.encode()]
        if self.client_name is not None:
            hello += [b"SETNAME", self.client_name.encode()]
        steps = [HandshakeStep(tuple(hello))]
        if self.client_info:
            steps += _CLIENT_INFORMATION
        if self.db:
            steps.append(HandshakeStep((b"SELECT", b"%d" % self.db)))
        return steps

    def _fixed_credentials(self) -> Credentials | None:
        password = self.password or ""
        if self.username:
            return (self.username, password)
        return (password,) if password else None

    def _check_credentials(self) -> None:
        provider = self.credential_provider
        if provider is None:
            return
        if not (
            callable(provider)
            or callable(getattr(provider, "get_credentials_async", None))
            or callable(getattr(provider, "get_credentials", None))
        ):
            raise TypeError(
                "credential_provider must be callable or have get_credentials,"
                f" got an instance of {type(provider).__name__}"
            )
        if self.username is not None or self.password is not None:
            raise ValueError("credential_provider excludes username and password")

    def _tls_context(self) -> SSLContext | None:
        options = {
            name: value
            for name, value in self._options().items()
            if name.startswith("ssl_") and name != "ssl_context"
        }
        given = [name for name, value in options.items() if value != getattr(Config, name)]
        if not (self.ssl or self.ssl_context is not None):
            if given:
                # Who names an authority wants no connection in the clear.
                raise ValueError(f"{given[0]} needs ssl=True")
            return None
        if self.unix_socket_path is not None:
            raise ValueError("ssl is for TCP: unix_socket_path excludes it")
        if self.ssl_context is not None:
            if given:
                raise ValueError(f"ssl_context excludes {given[0]}")
            return self.ssl_context
        # Who speaks no TLS need not load it.
        from redtrio._tls_context import TlsOptions  # noqa: PLC0415

        short = {name.removeprefix("ssl_"): value for name, value in options.items()}
        return TlsOptions(**short).context()


_PATH = (str, os.PathLike, None)
_SECONDS = (int, float)

# The types of each option, None among them where it is accepted, and whether it is secret.
_TYPES: Mapping[str, tuple[tuple[type | None, ...], bool]] = {
    "host": ((str,), False),
    "port": ((int,), False),
    "unix_socket_path": (_PATH, False),
    "username": ((str, None), True),
    "password": ((str, None), True),
    "db": ((int,), False),
    "client_name": ((str, None), False),
    "client_info": ((bool,), False),
    "connect_timeout": (_SECONDS, False),
    "keepalive": ((bool,), False),
    "poll_window": (_SECONDS, False),
    "max_in_flight": ((int,), False),
    "max_in_flight_bytes": ((int,), False),
    "health_check_interval": ((*_SECONDS, None), False),
    "stall_timeout": ((*_SECONDS, None), False),
    "connection_lifetime": ((*_SECONDS, None), False),
    "ssl": ((bool,), False),
    "ssl_context": ((SSLContext, None), False),
    "ssl_ca_certs": (_PATH, False),
    "ssl_ca_path": (_PATH, False),
    "ssl_ca_data": ((str, bytes, None), True),
    "ssl_certfile": (_PATH, False),
    "ssl_keyfile": (_PATH, False),
    "ssl_password": ((str, None), True),
    "ssl_cert_reqs": ((str, VerifyMode, None), False),
    "ssl_check_hostname": ((bool,), False),
    "ssl_min_version": ((str, TLSVersion, None), False),
    "ssl_ciphers": ((str, None), False),
}


def _is_name(value: str) -> bool:
    # What the server accepts.
    return bool(value) and all("!" <= character <= "~" for character in value)


# What each option must fulfil (None is beyond it), and that in words.
_RANGES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "port": (lambda value: 1 <= value <= 65535, "1 to 65535"),
    "db": (lambda value: value >= 0, ">= 0"),
    "client_name": (_is_name, "printable ASCII without spaces, and not empty"),
    "connect_timeout": (lambda value: value > 0, "> 0 seconds"),
    "poll_window": (lambda value: value >= 0, ">= 0 microseconds"),
    "max_in_flight": (lambda value: value >= 1, ">= 1"),
    "max_in_flight_bytes": (lambda value: value >= 1, ">= 1"),
    "health_check_interval": (lambda value: value >= 0, ">= 0 seconds"),
    "stall_timeout": (lambda value: value > 0, "> 0 seconds, or None for never"),
    "connection_lifetime": (lambda value: value > 0, "> 0 seconds, or None for never"),
}


def _require_type(
    name: str, value: object, accepted: tuple[type | None, ...], *, secret: bool
) -> None:
    if value is None and None in accepted:
        return
    kinds = tuple(kind for kind in accepted if kind is not None)
    # bool is an int, but nobody means port=True.
    if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
        return
    names = " or ".join("None" if kind is None else kind.__name__ for kind in accepted)
    shown = f"an instance of {type(value).__name__}" if secret else repr(value)
    raise TypeError(f"{name} must be {names}, got {shown}")


def _checked_credentials(given: object) -> Credentials:
    kind = type(given).__name__
    if isinstance(given, tuple):
        words = cast("tuple[object, ...]", given)
        if len(words) in (1, 2) and all(isinstance(word, str) for word in words):
            return cast("Credentials", words)
    raise TypeError(
        "credential_provider must give (username, password) or (password,), all str;"
        f" it gave something else, of type {kind}"
    )


_CLIENT_INFORMATION = tuple(
    HandshakeStep((b"CLIENT", b"SETINFO", name, value), optional=True)
    for name, value in ((b"LIB-NAME", b"redtrio"), (b"LIB-VER", __version__.encode()))
)
