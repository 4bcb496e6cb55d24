"""Options: what is accepted and refused, the handshake as data, and that secrets stay so."""

from __future__ import annotations

import math
import pickle
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization as keys  # trustme stands on it

from redtrio._config import Config

SECRET = "hunter2"


class Provider:
    """A credential provider as redis-py has them."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def get_credentials(self) -> Any:
        return self.given

    def __repr__(self) -> str:
        return f"<Provider {self.given}>"


class AsyncProvider(Provider):
    def get_credentials(self) -> Any:
        raise AssertionError("the async one is there")

    async def get_credentials_async(self) -> Any:
        return self.given


@pytest.mark.parametrize(
    ("option", "accepted", "refused"),
    [
        ("db", [0, 15, 10**6], [-1]),
        ("client_name", ["a", "a-b:c", "!~", None], ["", "a b", "a\n", "\x7f", "ä"]),
        ("max_in_flight", [1, 10**9], [0, -1]),
        ("max_in_flight_bytes", [1, 10**12], [0, -1]),
        ("health_check_interval", [0, 0.1, None, math.inf], [-0.1, math.nan]),
        ("stall_timeout", [0.001, None, math.inf], [0, -1, math.nan]),
        ("connection_lifetime", [0.001, None, math.inf], [0, -1, math.nan]),
    ],
)
def test_option_is_accepted_within_its_range_only(
    option: str, accepted: list[Any], refused: list[Any]
) -> None:
    for value in accepted:
        assert getattr(Config(**{option: value}), option) == value
    for value in refused:
        with pytest.raises(ValueError, match=f"^{option} must be .*, got ") as caught:
            Config(**{option: value})
        assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("option", "refused"),
    [
        ("unix_socket_path", [b"/s", 1]),
        ("db", ["0", 1.0, True, None]),
        ("client_name", [b"n", 1]),
        ("client_info", [1, None, "yes"]),
        ("keepalive", [1, None, "yes"]),
        ("max_in_flight", ["1", 1.0, True, None]),
        ("max_in_flight_bytes", ["1", 1.0, True, None]),
        ("health_check_interval", ["1", True]),
        ("stall_timeout", ["1", True]),
        ("connection_lifetime", ["1", True]),
        ("ssl", [1, None, "yes"]),
        ("ssl_context", [True, "x"]),
        ("ssl_ca_certs", [b"x", 1]),
        ("ssl_check_hostname", [None, 1]),
        ("ssl_ciphers", [1]),
        ("ssl_min_version", [2]),
        ("ssl_cert_reqs", [2]),
    ],
)
def test_option_of_another_type_is_refused_with_its_value(option: str, refused: list[Any]) -> None:
    for value in refused:
        with pytest.raises(TypeError, match=f"^{option} must be .*, got ") as caught:
            Config(**{option: value})
        assert repr(value) in str(caught.value)


@pytest.mark.parametrize("option", ["username", "password", "ssl_password"])
def test_secret_of_another_type_is_refused_without_its_value(option: str) -> None:
    with pytest.raises(TypeError, match=f"^{option} must be str or None") as caught:
        Config.take({option: SECRET.encode()})
    assert SECRET not in str(caught.value)


def test_config_is_frozen_and_can_be_replaced() -> None:
    config = Config(ssl=True, db=1)
    with pytest.raises(AttributeError, match="never changes"):
        config.db = 2  # type: ignore[misc]
    assert config.replace(db=2).db == 2


def test_address_is_that_of_the_unix_socket_where_there_is_one(tmp_path: Path) -> None:
    assert Config(unix_socket_path="/run/redis.sock").address == "/run/redis.sock"
    assert Config(unix_socket_path=tmp_path).address == str(tmp_path)
    with pytest.raises(ValueError, match="unix_socket_path must not be empty"):
        Config(unix_socket_path="")


def test_repr_shows_what_matters_and_no_secret(tmp_path: Path) -> None:
    config = Config(host="h", username="u", password=SECRET, ssl=True, ssl_password=SECRET)
    assert SECRET not in repr(config) + str(config)
    assert "host='h'" in repr(config)
    assert SECRET not in repr(Config(credential_provider=Provider((SECRET,))))


# --- handshake ----------------------------------------------------------------------------


def words(config: Config, credentials: Any = None) -> list[tuple[bytes, ...]]:
    return [step.command for step in config.handshake(credentials)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [(b"HELLO", b"3")]),
        ({"password": ""}, [(b"HELLO", b"3")]),
        ({"password": "p"}, [(b"HELLO", b"3", b"AUTH", b"default", b"p")]),
        ({"username": "ü", "password": "ä"}, [(b"HELLO", b"3", b"AUTH", b"\xc3\xbc", b"\xc3\xa4")]),
        ({"username": "u"}, [(b"HELLO", b"3", b"AUTH", b"u", b"")]),
        ({"client_name": "n"}, [(b"HELLO", b"3", b"SETNAME", b"n")]),
        (
            {"password": "p", "client_name": "n", "db": 7},
            [
                (b"HELLO", b"3", b"AUTH", b"default", b"p", b"SETNAME", b"n"),
                (b"SELECT", b"7"),
            ],
        ),
    ],
)
def test_handshake_is_data(options: dict[str, Any], expected: list[tuple[bytes, ...]]) -> None:
    config = Config(client_info=False, **options)
    assert words(config) == expected
    assert not any(step.optional for step in config.handshake())


def test_only_what_tells_the_library_may_be_answered_by_an_error() -> None:
    steps = Config(db=1).handshake()
    assert [step.command[0] for step in steps if not step.optional] == [b"HELLO", b"SELECT"]
    told = [step.command for step in steps if step.optional]
    assert told[0] == (b"CLIENT", b"SETINFO", b"LIB-NAME", b"redtrio")
    assert all(command[2] == b"LIB-VER" for command in told[1:])


# --- credentials --------------------------------------------------------------------------


@pytest.mark.parametrize("given", [("u", "p"), ("p",)])
async def test_credentials_come_from_the_provider(given: tuple[str, ...]) -> None:
    async def ask() -> Any:
        return given

    for provider in (Provider(given), AsyncProvider(given), lambda: given, ask):
        config = Config(credential_provider=provider, client_info=False)
        login = await config.credentials()
        assert login == given
        user = given[0].encode() if len(given) == 2 else b"default"
        assert words(config, login) == [(b"HELLO", b"3", b"AUTH", user, b"p")]


def test_handshake_never_goes_without_what_the_provider_gives() -> None:
    with pytest.raises(ValueError, match="the handshake needs credentials"):
        Config(credential_provider=Provider(("p",))).handshake()


async def test_without_a_provider_they_are_fixed() -> None:
    assert await Config().credentials() is None
    assert await Config(password="p").credentials() == ("p",)
    assert await Config(username="u", password="p").credentials() == ("u", "p")


@pytest.mark.parametrize("given", [None, SECRET, (), ("a", "b", "c"), (SECRET.encode(),), [SECRET]])
async def test_provider_that_gives_something_else_is_told_without_showing_it(given: Any) -> None:
    with pytest.raises(TypeError, match="credential_provider must give") as caught:
        await Config(credential_provider=Provider(given)).credentials()
    assert SECRET not in str(caught.value)


def test_provider_must_be_one_and_alone() -> None:
    with pytest.raises(TypeError, match="credential_provider must be callable"):
        Config(credential_provider=("u", SECRET))
    others: list[dict[str, Any]] = [{"username": "u"}, {"password": SECRET}]
    for other in others:
        with pytest.raises(ValueError, match="excludes username and password"):
            Config(credential_provider=Provider(("p",)), **other)


# --- TLS ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


def test_no_tls_by_default() -> None:
    assert Config().tls is None


def test_certificate_and_hostname_are_verified_by_default(authority: Path) -> None:
    strict: list[dict[str, Any]] = [
        {},
        {"ssl_ca_certs": authority},
        {"ssl_cert_reqs": ssl.CERT_REQUIRED},
    ]
    for options in strict:
        context = Config(ssl=True, **options).tls
        assert context is not None
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_tls_options_make_the_context(authority: Path) -> None:
    context = Config(
        ssl=True,
        ssl_ca_certs=authority,
        ssl_check_hostname=False,
        ssl_min_version="TLSv1.3",
        ssl_cert_reqs="optional",
        ssl_include_verify_flags=[ssl.VERIFY_CRL_CHECK_LEAF],
        ssl_exclude_verify_flags=[ssl.VERIFY_X509_TRUSTED_FIRST],
    ).tls
    assert context is not None
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode is ssl.CERT_OPTIONAL
    assert not context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_flags & ssl.VERIFY_CRL_CHECK_LEAF
    assert not context.verify_flags & ssl.VERIFY_X509_TRUSTED_FIRST
    for data in (authority.read_text(), ssl.PEM_cert_to_DER_cert(authority.read_text())):
        context = Config(ssl=True, ssl_ca_data=data, ssl_ciphers="ECDHE+AESGCM").tls
        assert context is not None
        assert len(context.get_ca_certs()) == 1


def test_without_certificates_no_hostname_is_checked_either() -> None:
    context = Config(ssl=True, ssl_cert_reqs="none").tls
    assert context is not None
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


def test_context_of_ones_own_turns_tls_on_and_stands_alone() -> None:
    context = ssl.create_default_context()
    assert Config(ssl_context=context).tls is context
    with pytest.raises(ValueError, match="ssl_context excludes ssl_ca_certs"):
        Config(ssl_context=context, ssl_ca_certs="x")
    with pytest.raises(ValueError, match="ssl_context excludes ssl_check_hostname"):
        Config(ssl=True, ssl_context=context, ssl_check_hostname=False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ssl_ca_certs": "/no/ca.pem"}, r"ssl_ca_certs='/no/ca.pem': no such file"),
        ({"ssl_ca_path": "/no/dir"}, r"ssl_ca_path='/no/dir': no such directory"),
        ({"ssl_ca_data": "nonsense"}, r"^ssl_ca_data: "),
        ({"ssl_ca_data": b"nonsense"}, r"^ssl_ca_data: "),
        ({"ssl_certfile": "/no/c.pem"}, r"ssl_certfile='/no/c.pem': no such file"),
        ({"ssl_keyfile": "/no/k.pem"}, r"ssl_keyfile='/no/k.pem' needs ssl_certfile"),
        ({"ssl_cert_reqs": "maybe"}, r"ssl_cert_reqs must be .*, got 'maybe'"),
        ({"ssl_min_version": "TLSv1.1"}, r"ssl_min_version must be .*, got 'TLSv1.1'"),
        ({"ssl_min_version": ssl.TLSVersion.TLSv1}, r"ssl_min_version must be .*, got <TLSVersion"),
        ({"ssl_ciphers": "nonsense"}, r"ssl_ciphers='nonsense': no cipher"),
        ({"unix_socket_path": "/s"}, r"unix_socket_path excludes it"),
    ],
)
def test_wrong_tls_option_shows_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Config(ssl=True, **options)


def test_flags_must_be_flags() -> None:
    with pytest.raises(TypeError, match="ssl_include_verify_flags must be"):
        Config(ssl=True, ssl_include_verify_flags=["strict"])  # type: ignore[list-item]


def test_tls_options_without_tls_are_refused() -> None:
    with pytest.raises(ValueError, match="ssl_ca_certs needs ssl=True"):
        Config(ssl_ca_certs="x")


def test_encrypted_key_needs_its_password_and_asks_nobody(tmp_path: Path) -> None:
    from_trustme = trustme.CA().issue_cert("client")
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    from_trustme.cert_chain_pems[0].write_to_path(certificate)
    key.write_bytes(encrypted(from_trustme.private_key_pem.bytes()))
    files: dict[str, Any] = {"ssl_certfile": certificate, "ssl_keyfile": key}
    assert Config(ssl=True, ssl_password=SECRET, **files).tls is not None
    with pytest.raises(ValueError, match="ssl_password is not given"):
        Config(ssl=True, **files)
    with pytest.raises(ValueError, match="ssl_keyfile=") as caught:
        Config(ssl=True, ssl_password=SECRET + "x", **files)
    assert SECRET not in str(caught.value)


def encrypted(pem: bytes) -> bytes:
    return keys.load_pem_private_key(pem, None).private_bytes(
        keys.Encoding.PEM,
        keys.PrivateFormat.PKCS8,
        keys.BestAvailableEncryption(SECRET.encode()),
    )


# --- URLs ---------------------------------------------------------------------------------


def test_url_gives_a_config_and_overrides_count_in_its_place() -> None:
    config = Config.from_url("redis://u:p@h:1/2?client_name=n", db=3)
    assert config == Config(host="h", port=1, username="u", password="p", db=3, client_name="n")
    assert Config.from_url("rediss://h").tls is not None


def test_what_is_no_option_of_a_connection_is_refused() -> None:
    with pytest.raises(ValueError, match="not an option of a connection: decode_responses, nope"):
        Config.from_url("redis://h?decode_responses=1", nope=1)


def test_taking_leaves_the_options_of_others() -> None:
    options: dict[str, Any] = {"host": "h", "max_connections": 7}
    assert Config.take(options) == Config(host="h")
    assert options == {"max_connections": 7}


def test_refusals_show_no_password_of_the_url() -> None:
    for rest in ("?db=x", "?port=1", "/-1", "?stall_timeout=0", "?ssl_ca_certs=x"):
        with pytest.raises(ValueError) as caught:
            Config.from_url(f"redis://{SECRET}:{SECRET}@h{rest}")
        assert SECRET not in repr(caught.value)
        assert SECRET.encode() not in pickle.dumps(caught.value)
