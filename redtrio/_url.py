"""URLs of servers, taken apart into typed options.

    redis://[[username]:password@][host][:port][/db][?option=value&...]
    rediss://...                                              the same over TLS
    unix://[[username]:password@]/path/of/socket[?option=value&...]

``valkey`` and ``valkeys`` are other names for ``redis`` and ``rediss``. Options have redis-py's
names where it has them. In each part %XX stands for a byte of UTF-8.

Errors name the option and its value, but never a password, nor what may be a part of one that
should have been percent-encoded: a URL that breaks in an unexpected place is not shown. No
exception of another library, which might show it, is kept as a cause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

__all__ = ["REFUSED", "parse_url"]

_TLS_OF_SCHEME = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
_SCHEMES = "redis://, rediss://, valkey://, valkeys:// or unix://"

# Patterns, which are compiled as a URL comes: not who names a host pays for that.
_URL = (
    r"(?s)(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?"
)
_PLACE = r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%.+)?)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[^:]*))?"
_INTEGER = r"[+-]?[0-9]{1,18}"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|inf"
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


class _MalformedError(Exception):
    """The value is not what its option takes; the message says what that is."""


def _integer(text: str) -> int:
    if not re.fullmatch(_INTEGER, text):
        raise _MalformedError("an integer")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(_NUMBER, text):
        raise _MalformedError("a number")
    return float(text)


def _number_or_none(text: str) -> float | None:
    if text.lower() == "none":
        return None
    if not re.fullmatch(_NUMBER, text):
        raise _MalformedError("a number or 'none'")
    return float(text)


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise _MalformedError("true or false") from None


def _protocol(text: str) -> None:
    if text == "2":
        raise _MalformedError("3: pushes and typed replies need RESP3, and RESP2 is not spoken")
    if text != "3":
        raise _MalformedError("3")


# The options that a query may hold: what reads the value, and the parameter it is for.
_OPTIONS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "username": (str, "username"),
    "password": (str, "password"),
    "db": (_integer, "db"),
    "client_name": (str, "client_name"),
    "client_info": (_boolean, "client_info"),
    "connect_timeout": (_number, "connect_timeout"),
    "socket_connect_timeout": (_number, "connect_timeout"),
    "keepalive": (_boolean, "keepalive"),
    "socket_keepalive": (_boolean, "keepalive"),
    "poll_window": (_number, "poll_window"),
    "max_in_flight": (_integer, "max_in_flight"),
    "max_in_flight_bytes": (_integer, "max_in_flight_bytes"),
    "health_check_interval": (_number_or_none, "health_check_interval"),
    "stall_timeout": (_number_or_none, "stall_timeout"),
    "connection_lifetime": (_number_or_none, "connection_lifetime"),
    "ssl_ca_certs": (str, "ssl_ca_certs"),
    "ssl_ca_path": (str, "ssl_ca_path"),
    "ssl_ca_data": (str, "ssl_ca_data"),
    "ssl_certfile": (str, "ssl_certfile"),
    "ssl_keyfile": (str, "ssl_keyfile"),
    "ssl_password": (str, "ssl_password"),
    "ssl_cert_reqs": (str, "ssl_cert_reqs"),
    "ssl_check_hostname": (_boolean, "ssl_check_hostname"),
    "ssl_min_version": (str, "ssl_min_version"),
    "ssl_ciphers": (str, "ssl_ciphers"),
    # Of the client and its pool, not of a connection.
    "connections": (_integer, "connections"),
    "max_connections": (_integer, "max_connections"),
    "decode_responses": (_boolean, "decode_responses"),
    "encoding": (str, "encoding"),
    "encoding_errors": (str, "encoding_errors"),
    # Checked, and then of no further use.
    "protocol": (_protocol, ""),
}

_CANCEL_SCOPES = "a call's time is limited by a cancel scope around it, such as trio.fail_after"
REFUSED: Mapping[str, str] = {
    "socket_timeout": _CANCEL_SCOPES,
    "timeout": _CANCEL_SCOPES,
    "retry_on_timeout": f"{_CANCEL_SCOPES}, and what that cancels is not repeated",
}
"""Options of redis-py that have no meaning here, and what takes their place."""


def parse_url(url: str) -> dict[str, Any]:
    """Take a URL apart into keyword arguments for ``Redis`` or ``Config``.

    Args:
        url: As the head of this module has it. A ``db`` in the query counts before that
            in the path, as in redis-py; credentials may be in one place only.

    Returns:
        The options that the URL names, typed; what it leaves out is not there. Some are
        for a connection and some for its client.

    Raises:
        TypeError: The URL is not a str.
        ValueError: It is malformed, or has an unknown, a repeated or a refused option.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be str, got an instance of {type(url).__name__}")
    match = re.fullmatch(_URL, url)
    scheme = match["scheme"].lower() if match else ""
    if match is None or not (scheme in _TLS_OF_SCHEME or scheme == "unix"):
        raise ValueError(f"a URL must begin with {_SCHEMES}")
    if match["fragment"] is not None:
        raise ValueError("'#' has no meaning in the URL of a server: write it as %23")
    userinfo, at, place = match["authority"].rpartition("@")
    if not at and "@" in url:
        # Behind what looks like the end of the password; nothing of it may be shown.
        raise ValueError(
            "write '@' as %40, and '/' and '?' in username and password as %2F and %3F"
        )
    options = _credentials(userinfo)
    if scheme == "unix":
        options |= _socket(place, match["path"])
    else:
        options |= _server(place) | _database(match["path"])
        if _TLS_OF_SCHEME[scheme]:
            options["ssl"] = True
    return _with_query(options, match["query"] or "")


def _credentials(userinfo: str) -> dict[str, Any]:
    username, _, password = userinfo.partition(":")
    credentials = {"username": username, "password": password}
    return {name: _decoded(name, text) for name, text in credentials.items() if text}


def _server(place: str) -> dict[str, Any]:
    match = re.fullmatch(_PLACE, place)
    if match is None:
        raise ValueError("host and port are malformed (an IPv6 address stands in brackets)")
    options: dict[str, Any] = {}
    host = match["ipv6"] or match["name"]
    if host:
        options["host"] = _decoded("host", host)
    port = match["port"]
    if port:
        if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
            # It may be a password, if there is no host before it or no number in it.
            shown = f", got {port}" if host and re.fullmatch("[0-9]{1,5}", port) else ""
            raise ValueError(f"port must be 1 to 65535{shown}")
        options["port"] = int(port)
    return options


def _database(path: str) -> dict[str, Any]:
    number = path.strip("/")
    if not number:
        return {}
    if "@" in number:
        raise ValueError("write '/' and '@' in username and password as %2F and %40")
    if not re.fullmatch(_INTEGER, number):
        raise ValueError(f"db must be an integer, got {number!r}")
    return {"db": int(number)}


def _socket(place: str, path: str) -> dict[str, Any]:
    if place:
        raise ValueError("a unix:// URL has no host: unix:///path/of/socket has three slashes")
    if path in ("", "/"):
        raise ValueError("a unix:// URL must name the path of a socket")
    return {"unix_socket_path": _decoded("unix_socket_path", path)}


def _with_query(options: dict[str, Any], query: str) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for pair in query.split("&") if query else ():
        name, equals, text = pair.partition("=")
        if not equals or not re.fullmatch("[a-z_]+", name):
            raise ValueError("the query of a URL is option=value&option=value")
        value = _decoded(name, text, plus=True)
        if name in REFUSED:
            raise ValueError(f"{name}{_shown('=', value)} is not supported: {REFUSED[name]}")
        if name not in _OPTIONS:
            # A misspelt password is one, too.
            raise ValueError(f"unknown option in the URL: {name}")
        read, parameter = _OPTIONS[name]
        if parameter in asked or (parameter in options and parameter != "db"):
            raise ValueError(f"{name} is given twice in the URL")
        try:
            asked[parameter] = read(value)
        except _MalformedError as error:
            raise ValueError(f"{name} must be {error}{_shown(', got ', value)}") from None
    asked.pop("", None)
    return options | asked


def _shown(before: str, value: str) -> str:
    # With an '@' in it, it may be the end of a password with a '?' in it.
    return "" if "@" in value else f"{before}{value!r}"


def _decoded(name: str, text: str, *, plus: bool = False) -> str:
    try:
        return (unquote_plus if plus else unquote)(text, errors="strict")
    except UnicodeDecodeError:
        pass
    raise ValueError(f"{name} is not UTF-8 behind its percent signs")
