"""The command line: ``redtrio call``, ``redtrio bench``, ``redtrio --version``.

Exit codes: 0 for done; 1 for an error reply of the server, whose message is the output; 2 for
everything that kept the command from being carried out (usage, no server, a missing extra),
with one line on stderr; 130 and 143 after SIGINT and SIGTERM.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import TypeVar

import trio

from redtrio._cli_bench import Load, Subject, measure
from redtrio._cli_reply import WireReader, WireReply, to_json, to_terminal
from redtrio._cli_server import Address, CannotRun, embedded_server, link_trouble, open_client
from redtrio._version import __version__
from redtrio.exceptions import RedisError, ResponseError
from redtrio.lowlevel import protocol
from redtrio.lowlevel.client import PUSH_COMMANDS

try:
    from redtrio import _cli_report as report
except ModuleNotFoundError:  # rich, which it is made of, is an extra
    report = None  # type: ignore[assignment]

__all__ = ["main"]

_T = TypeVar("_T")

# A reply may be 512 aggregates deep, and showing it takes two frames for each.
_RECURSION_LIMIT = 3000


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments behind the program's name; None takes them from ``sys.argv``.

    Returns:
        The exit code.

    Raises:
        SystemExit: Help or the version was asked for, or the usage is wrong.
    """
    options = _parser().parse_args(argv)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
    try:
        with _interruptible() as received:
            try:
                with _server(options) as address:
                    code: int = options.action(address, options)
                    return code
            except _Signalled as stop:
                return 128 + stop.signum
            except KeyboardInterrupt:
                return 128 + (received or [signal.SIGINT])[0]
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter's own flush must not say it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


class _Signalled(Exception):
    """SIGINT or SIGTERM ended the job."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redtrio",
        description="Talk to a Redis or Valkey server, or measure one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # keeps the lines of --version
    )
    parser.add_argument("--version", action="version", version=_versions())
    actions = parser.add_subparsers(required=True, metavar="call | bench")

    call = actions.add_parser("call", help="send one command and print the reply")
    call.set_defaults(action=_call, url=None)
    _add_server_options(call)
    call.add_argument("--json", action="store_true", help="print one line of JSON")
    call.add_argument("command", metavar="COMMAND", help="the command's name")
    call.add_argument(
        "arguments", metavar="ARG", nargs=argparse.REMAINDER, help="all that follows is sent as is"
    )

    load = actions.add_parser("bench", help="measure calls per second and latencies")
    load.set_defaults(action=_bench)
    _add_server_options(load)
    load.add_argument("--url", help="where the server is, as Redis.from_url takes it")
    load.add_argument(
        "--lowlevel", action="store_true", help="measure RedisClient, not Redis; it takes no URL"
    )
    load.add_argument(
        "--clients", type=_positive, default=50, metavar="N", help="tasks that call (default: 50)"
    )
    load.add_argument(
        "--seconds", type=_seconds, default=3.0, metavar="S", help="length of load (default: 3)"
    )
    load.add_argument(
        "--pipeline",
        type=_positive,
        default=1,
        metavar="P",
        help="commands at once, by call_many (default: 1)",
    )
    load.add_argument(
        "--size", type=_positive, default=100, metavar="B", help="bytes per value (default: 100)"
    )
    return parser


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="where the server is (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, help="its TCP port (default: 6379)")
    parser.add_argument(
        "--embedded", action="store_true", help="start a Valkey for this run and stop it after"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {text}")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be more than 0, got {text}")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"must be 1 to 65535, got {text}")
    return number


def _versions() -> str:
    return (
        f"redtrio {__version__}\n"
        f"protocol: {protocol.IMPLEMENTATION} ({protocol.IMPLEMENTATION_REASON})\n"
        f"{platform.python_implementation()} {platform.python_version()}, trio {trio.__version__}"
    )


@contextmanager
def _server(options: argparse.Namespace) -> Generator[Address]:
    """Give the address that the options name, starting a server where they say so.

    With a URL, which says more than an address can, it is the default one.
    """
    by_address = options.host is not None or options.port is not None
    if options.url is not None and (options.embedded or by_address):
        raise CannotRun("--url names a server: leave out --host, --port and --embedded")
    if not options.embedded:
        yield Address(options.host or "127.0.0.1", options.port or 6379)
        return
    if by_address:
        raise CannotRun("--embedded starts a server of its own: leave out --host and --port")
    with embedded_server() as address:
        yield address


@contextmanager
def _interruptible() -> Generator[list[int]]:
    """Let SIGTERM do what Ctrl-C does, also in the moments when no signal receiver is open.

    It goes to whichever handler SIGINT has just then, because Trio's knows when it must wait.

    Yields:
        The list that a SIGTERM is added to, to tell one from the other.
    """
    received: list[int] = []

    def terminate(signum: int, frame: FrameType | None) -> None:
        received.append(signum)
        interrupt = signal.getsignal(signal.SIGINT)
        assert callable(interrupt)
        interrupt(signal.SIGINT, frame)

    # A shell starts background jobs with SIGINT ignored, and then Trio would not handle it.
    old_interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    old_terminate = signal.signal(signal.SIGTERM, terminate)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, old_terminate)
        signal.signal(signal.SIGINT, old_interrupt)


def _run(job: Callable[[], Awaitable[_T]]) -> _T:
    """Run the job until it ends, or a signal ends it.

    Raises:
        CannotRun: As the job does.
        ResponseError: As the job does.
        _Signalled: SIGINT or SIGTERM came first.
    """
    result = trio.run(_until_signal, job)
    if isinstance(result, CannotRun | ResponseError | _Signalled):
        raise result
    return result


async def _until_signal(
    job: Callable[[], Awaitable[_T]],
) -> _T | CannotRun | ResponseError | _Signalled:
    """Run the job; what it raises is returned, because the nursery would wrap it in a group."""
    stop: _Signalled | None = None
    result: _T | CannotRun | ResponseError | None = None

    async def watch() -> None:
        nonlocal stop
        async for signum in signals:
            stop = _Signalled(signum)
            nursery.cancel_scope.cancel()

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        # An interrupt from before the receiver comes out here, and not wrapped in a group.
        await trio.lowlevel.checkpoint()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            try:
                result = await job()
            except (CannotRun, ResponseError) as error:
                result = error
            nursery.cancel_scope.cancel()
    return stop or result


def _call(address: Address, options: argparse.Namespace) -> int:
    """Send one command and print its reply."""
    command = [os.fsencode(word) for word in (options.command, *options.arguments)]
    _refuse_endless(command)
    try:
        reply = _run(partial(_fetch, address, command))
    except ResponseError as error:
        reply = WireReply("-", str(error).encode())
    shown = to_json(reply).encode() if options.json else to_terminal(reply)
    sys.stdout.buffer.write(shown + b"\n")
    sys.stdout.buffer.flush()
    return 1 if reply.kind in "-!" else 0


async def _fetch(address: Address, command: list[bytes]) -> WireReply:
    async with open_client(address, reader=WireReader) as client:
        try:
            reply = await client.call(*command)
        except ResponseError:
            raise
        except RedisError as error:
            raise link_trouble(error) from error
    assert isinstance(reply, WireReply)
    return reply


_ENDLESS = PUSH_COMMANDS | {b"MONITOR", b"PSYNC", b"SYNC"}


def _refuse_endless(command: list[bytes]) -> None:
    """Refuse what is not answered by one reply: streams of messages, or silence."""
    name = command[0].upper()
    if name == b"CLIENT" and len(command) > 1:
        name += b" " + command[1].upper()
    if name in _ENDLESS or name == b"CLIENT REPLY":
        raise CannotRun(f"call prints one reply, which {name.decode()} does not have")


def _bench(address: Address, options: argparse.Namespace) -> int:
    """Measure, then print the report."""
    if report is None:
        raise CannotRun('bench needs rich: pip install "redtrio[cli]"')
    if options.url is not None and options.lowlevel:
        raise CannotRun("RedisClient takes no URL: leave out --lowlevel, or name --host and --port")
    subject = Subject(address, options.url, options.lowlevel)
    load = Load(options.clients, options.seconds, options.pipeline, options.size)
    try:
        with report.progress_bar(load) as show_progress:
            measured = _run(partial(measure, subject, load, show_progress))
    except ResponseError as error:
        print(f"(error) {error}")
        return 1
    report.print_report(subject, load, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
