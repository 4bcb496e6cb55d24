"""The TLS options, redis-py's ``ssl_*`` names, made into an ``ssl.SSLContext``.

It is made when a configuration is, so that a missing file or a wrong cipher shows at once and
not with the first connection. Certificate and host name are verified unless that is switched
off by name.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext, TLSVersion, VerifyFlags, VerifyMode

__all__ = ["TlsOptions"]

_VERIFY_MODES = {
    "required": ssl.CERT_REQUIRED,
    "optional": ssl.CERT_OPTIONAL,
    "none": ssl.CERT_NONE,
}

_VERSIONS = {"TLSv1.2": TLSVersion.TLSv1_2, "TLSv1.3": TLSVersion.TLSv1_3}


@dataclass(frozen=True, kw_only=True)
class TlsOptions:
    """What ``Config`` takes as ``ssl_*``; see there for the meaning of each."""

    ca_certs: str | os.PathLike[str] | None
    ca_path: str | os.PathLike[str] | None
    ca_data: str | bytes | None
    certfile: str | os.PathLike[str] | None
    keyfile: str | os.PathLike[str] | None
    password: str | None = field(repr=False)
    cert_reqs: str | VerifyMode | None
    check_hostname: bool
    min_version: str | TLSVersion | None
    ciphers: str | None
    include_verify_flags: Iterable[VerifyFlags] | None
    exclude_verify_flags: Iterable[VerifyFlags] | None

    def context(self) -> SSLContext:
        """Build the context.

        Raises:
            ValueError: A file cannot be loaded, or an option means nothing to TLS. The
                option and its value are named, passwords and certificates are not shown.
        """
        mode = self._verify_mode()
        context = self._trusting_context()
        # A peer that need not show a certificate need not show one with a name either; in
        # this order, since the one cannot be had without the other.
        context.check_hostname = self.check_hostname and mode != ssl.CERT_NONE
        context.verify_mode = mode
        for flag in _flags("ssl_include_verify_flags", self.include_verify_flags):
            context.verify_flags |= flag
        for flag in _flags("ssl_exclude_verify_flags", self.exclude_verify_flags):
            context.verify_flags &= ~flag
        if self.min_version is not None:
            context.minimum_version = self._minimum_version(self.min_version)
        if self.ciphers is not None:
            with _refusing(f"ssl_ciphers={self.ciphers!r}"):
                context.set_ciphers(self.ciphers)
        self._load_own_certificate(context)
        return context

    def _verify_mode(self) -> VerifyMode:
        if isinstance(self.cert_reqs, VerifyMode):
            return self.cert_reqs
        try:
            return _VERIFY_MODES["none" if self.cert_reqs is None else self.cert_reqs]
        except (KeyError, TypeError):
            raise ValueError(
                f"ssl_cert_reqs must be 'required', 'optional', 'none' or ssl.CERT_*,"
                f" got {self.cert_reqs!r}"
            ) from None

    @staticmethod
    def _minimum_version(wanted: str | TLSVersion) -> TLSVersion:
        version = _VERSIONS.get(wanted) if isinstance(wanted, str) else wanted
        if version not in _VERSIONS.values():
            # What is older is broken, and OpenSSL would refuse it only in the handshake.
            raise ValueError(
                f"ssl_min_version must be 'TLSv1.2', 'TLSv1.3' or the like of"
                f" ssl.TLSVersion, got {wanted!r}"
            )
        assert version is not None
        return version

    def _trusting_context(self) -> SSLContext:
        """A context that trusts the authorities given, or the system's where none is."""
        named = [
            f"{name}={value!r}"
            for name, value in (("ssl_ca_certs", self.ca_certs), ("ssl_ca_path", self.ca_path))
            if value is not None
        ]
        if self.ca_data is not None:
            named.append("ssl_ca_data")
        if self.ca_path is not None and not os.path.isdir(self.ca_path):
            # OpenSSL takes any path, and finds nothing in it later.
            raise ValueError(f"ssl_ca_path={self.ca_path!r}: no such directory")
        with _refusing(", ".join(named) or "the system's certificates"):
            return ssl.create_default_context(
                cafile=self.ca_certs, capath=self.ca_path, cadata=self.ca_data
            )

    def _load_own_certificate(self, context: SSLContext) -> None:
        if self.certfile is None:
            if self.keyfile is not None:
                raise ValueError(f"ssl_keyfile={self.keyfile!r} needs ssl_certfile")
            return
        named = f"ssl_certfile={self.certfile!r}"
        if self.keyfile is not None:
            named += f", ssl_keyfile={self.keyfile!r}"
        with _refusing(named):
            # Without a password OpenSSL would ask for it on the terminal.
            password = self.password if self.password is not None else _no_password
            context.load_cert_chain(self.certfile, self.keyfile, password)


def _flags(name: str, given: Iterable[VerifyFlags] | None) -> list[VerifyFlags]:
    flags = list(given or ())
    if not all(isinstance(flag, VerifyFlags) for flag in flags):
        raise TypeError(f"{name} must be several ssl.VerifyFlags, got {given!r}")
    return flags


def _no_password() -> str:
    raise ValueError("the key is encrypted, and ssl_password is not given")


@contextmanager
def _refusing(named: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        # Where OpenSSL gives no reason, Python has not even the attribute.
        words = getattr(error, "reason", None) or error.args[-1]
        reason = str(words).lower().replace("_", " ")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    except (ValueError, TypeError) as error:
        reason = str(error)
    else:
        return
    raise ValueError(f"{named}: {reason}")
