"""URLs: what they mean, what is refused, and that no refusal shows a password."""

from __future__ import annotations

import pickle
import traceback
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redtrio._url import parse_url

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("redis://", {}),
        ("redis:///", {}),
        ("redis://h", {"host": "h"}),
        ("REDIS://h", {"host": "h"}),
        ("valkey://h", {"host": "h"}),
        ("rediss://h", {"host": "h", "ssl": True}),
        ("valkeys://h", {"host": "h", "ssl": True}),
        ("redis://h:1", {"host": "h", "port": 1}),
        ("redis://h:65535/", {"host": "h", "port": 65535}),
        ("redis://h:", {"host": "h"}),
        ("redis://:7/3", {"port": 7, "db": 3}),
        ("redis://h/3/", {"host": "h", "db": 3}),
        ("redis://[::1]:7", {"host": "::1", "port": 7}),
        ("redis://[fe80::1%25eth0]", {"host": "fe80::1%eth0"}),
        ("redis://:p@h", {"host": "h", "password": "p"}),
        ("redis://u@h", {"host": "h", "username": "u"}),
        ("redis://u:p:q@h", {"host": "h", "username": "u", "password": "p:q"}),
        ("redis://:@h", {"host": "h"}),
        ("redis://u:p@q@h", {"host": "h", "username": "u", "password": "p@q"}),
        ("redis://u%3A:%2F%C3%A4+@h", {"host": "h", "username": "u:", "password": "/ä+"}),
        ("redis://h/5?db=6", {"host": "h", "db": 6}),
        (
            "redis://h?username=u&password=a%26b+c",
            {"host": "h", "username": "u", "password": "a&b c"},
        ),
        ("unix:///run/s", {"unix_socket_path": "/run/s"}),
        ("unix:///run/a%40b%20c", {"unix_socket_path": "/run/a@b c"}),
        (
            "unix://u:p@/s?db=2",
            {"unix_socket_path": "/s", "username": "u", "password": "p", "db": 2},
        ),
    ],
)
def test_url_means_its_options(url: str, options: dict[str, Any]) -> None:
    assert parse_url(url) == options


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("socket_connect_timeout=1.5", {"connect_timeout": 1.5}),
        ("connect_timeout=inf", {"connect_timeout": float("inf")}),
        ("socket_keepalive=no", {"keepalive": False}),
        ("keepalive=True", {"keepalive": True}),
        ("health_check_interval=0", {"health_check_interval": 0.0}),
        (
            "stall_timeout=none&connection_lifetime=1e3",
            {"stall_timeout": None, "connection_lifetime": 1000.0},
        ),
        ("client_name=a%2Bb&client_info=off", {"client_name": "a+b", "client_info": False}),
        (
            "poll_window=.5&max_in_flight=9&max_in_flight_bytes=10",
            {"poll_window": 0.5, "max_in_flight": 9, "max_in_flight_bytes": 10},
        ),
        ("connections=2&max_connections=5", {"connections": 2, "max_connections": 5}),
        (
            "decode_responses=true&encoding=latin-1&encoding_errors=replace",
            {"decode_responses": True, "encoding": "latin-1", "encoding_errors": "replace"},
        ),
        ("protocol=3", {}),
        (
            "ssl_cert_reqs=none&ssl_check_hostname=False",
            {"ssl_cert_reqs": "none", "ssl_check_hostname": False},
        ),
        (
            "ssl_ca_certs=%2Fa&ssl_ca_path=b&ssl_ca_data=c",
            {"ssl_ca_certs": "/a", "ssl_ca_path": "b", "ssl_ca_data": "c"},
        ),
        (
            "ssl_certfile=a&ssl_keyfile=b&ssl_password=c",
            {"ssl_certfile": "a", "ssl_keyfile": "b", "ssl_password": "c"},
        ),
        (
            "ssl_min_version=TLSv1.3&ssl_ciphers=AES",
            {"ssl_min_version": "TLSv1.3", "ssl_ciphers": "AES"},
        ),
    ],
)
def test_query_options_have_their_types(query: str, options: dict[str, Any]) -> None:
    parsed = parse_url(f"redis://h?{query}")
    assert parsed == {"host": "h", **options}
    assert [type(parsed[name]) for name in options] == [type(value) for value in options.values()]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("h:6379", "a URL must begin with redis://"),
        ("http://h", "a URL must begin with redis://"),
        ("", "a URL must begin with redis://"),
        ("redis:/h", "a URL must begin with redis://"),
        ("redis://h:0", "port must be 1 to 65535, got 0"),
        ("redis://h:65536", "port must be 1 to 65535, got 65536"),
        ("redis://h:x", "port must be 1 to 65535$"),
        ("redis://::1", "IPv6 address stands in brackets"),
        ("redis://[h]", "host and port are malformed"),
        ("redis://h/x", "db must be an integer, got 'x'"),
        ("redis://h/1/2", "db must be an integer, got '1/2'"),
        ("redis://h/²", "db must be an integer"),
        ("redis://h?db=1_0", "db must be an integer, got '1_0'"),
        ("redis://h?db=", "db must be an integer, got ''"),
        ("redis://h?db=1&db=2", "db is given twice"),
        ("redis://h?keepalive=1&socket_keepalive=1", "socket_keepalive is given twice"),
        ("redis://u:p@h?password=x", "password is given twice"),
        ("redis://h?connect_timeout=nan", "connect_timeout must be a number, got 'nan'"),
        ("redis://h?stall_timeout=soon", "stall_timeout must be a number or 'none', got 'soon'"),
        ("redis://h?keepalive=2", "keepalive must be true or false, got '2'"),
        ("redis://h?socket_timeout=5", "socket_timeout='5' is not supported: .*cancel scope"),
        ("redis://h?timeout=5", "timeout='5' is not supported: .*cancel scope"),
        ("redis://h?retry_on_timeout=1", "retry_on_timeout='1' is not supported: .*cancel scope"),
        ("redis://h?protocol=2", "protocol must be 3: .*RESP3.*, got '2'"),
        ("redis://h?protocol=4", "protocol must be 3, got '4'"),
        ("redis://h?nope=1", "unknown option in the URL: nope"),
        ("redis://h?db", "option=value"),
        ("redis://h?=1", "option=value"),
        ("redis://h?db=1&&", "option=value"),
        ("redis://h#1", "write it as %23"),
        ("redis://h?client_name=%ff", "client_name is not UTF-8"),
        ("redis://%ff@h", "username is not UTF-8"),
        ("unix://run/s", "three slashes"),
        ("unix://", "must name the path"),
        ("unix:///", "must name the path"),
    ],
)
def test_malformed_url_is_refused_in_words(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_url(url)


def test_url_must_be_text() -> None:
    with pytest.raises(TypeError, match="url must be str, got an instance of bytes") as caught:
        parse_url(f"redis://:{SECRET}@h".encode())  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


# Passwords that should have been percent-encoded, in URLs that are refused therefore.
LEAKY = [
    f"{scheme}://{user}:{before}{mark}{after}@{rest}"
    for scheme in ("redis", "rediss", "unix", "http")
    for user in ("", "u")
    for mark in "/?#[]@:&= \n"
    for before, after in ((SECRET, "x"), ("x", SECRET), (SECRET, SECRET), ("12", SECRET))
    for rest in ("h:x", "h/nope", "h:6379/0?nope=1", "h?db=x", "h:99999", "[::1", "")
] + [
    f"redis://:{SECRET}",
    f"redis://u:{SECRET}",
    f"redis://h:{SECRET}/0",
    f"http://:{SECRET}@h",
    f"redis://u:%ff{SECRET}@h",
    f"redis://h?pasword={SECRET}",
    f"redis://h?password={SECRET}&db=x",
    f"redis://u:p@h?password={SECRET}",
    f"redis://:a@b?timeout={SECRET}@h",
    f"redis://:a@b?db={SECRET}@h",
    f"redis://:a@b/{SECRET}@h",
    f"redis://h?password=%ff{SECRET}",
]


def refusal(url: str) -> ValueError | None:
    try:
        parse_url(url)
    except ValueError as error:
        return error
    return None


def test_no_refusal_shows_a_password() -> None:
    refused = [error for error in map(refusal, LEAKY) if error is not None]
    assert len(refused) > len(LEAKY) / 2
    for error in refused:
        shown = [repr(error), *traceback.format_exception(error), repr(error.__context__)]
        # A traceback quotes this test, which names none.
        assert SECRET not in "".join(shown)
        assert SECRET.encode() not in pickle.dumps(error)


def test_number_without_a_host_may_be_a_password() -> None:
    assert "99999" not in str(refusal("redis://:99999"))
    assert "1234567" not in str(refusal("redis://u:1234567"))


@given(st.text())
def test_any_text_gives_options_or_a_value_error(text: str) -> None:
    for url in (text, f"redis://{text}", f"unix://{text}", f"redis://h?{text}"):
        with suppress(ValueError):
            parse_url(url)
