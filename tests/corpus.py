"""Replies on the wire and what they mean: the one table that all parser tests share.

``GOOD`` holds complete replies with their values, ``BAD`` holds bytes that must be refused with
the text of the refusal. Where a sentence of the grammar and an entry disagree, the entry wins.
A wire in ``BAD`` ends with the byte that breaks the rule: one byte less, and more are awaited.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from redtrio.exceptions import error_from_reply
from redtrio.types import RespPush

CRLF = b"\r\n"
DEPTH = 512
DIGITS = 100_000


class Good(NamedTuple):
    name: str
    wire: bytes
    value: object

    def outcome(self) -> tuple[list[object], str | None]:
        """What ``resp3_twins.outcome`` gives for this wire."""
        return [described(self.value)], None


class Bad(NamedTuple):
    name: str
    wire: bytes
    what: str
    shown: bytes
    offset: int

    def outcome(self) -> tuple[list[object], str | None]:
        return [], self.text()

    def text(self, before: int = 0) -> str:
        """The error's text when so many bytes came before this wire."""
        return f"{self.what} {self.shown!r} at offset {self.offset + before}"


def described(value: object) -> list[object]:
    """A flat form of a value by which two are equal exactly if nobody can tell them apart.

    Beside ``==`` it tells True from 1 and 1.0, 0.0 from -0.0, takes any two NaN as equal, and
    errors as equal if class and text are. Without recursion but for sets: values are deep.
    """
    tokens: list[object] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        children: list[object] = []
        if isinstance(item, RespPush):
            children = [item.push_type, item.data]
        elif isinstance(item, Exception):
            children = [str(item)]
        elif isinstance(item, dict):
            children = [child for pair in item.items() for child in pair]
        elif isinstance(item, (set, frozenset)):
            tokens.append(sorted(repr(described(member)) for member in item))
        elif isinstance(item, (list, tuple)):
            children = [*item]
        else:
            tokens.append(item.hex() if isinstance(item, float) else item)
        tokens += (type(item).__name__, len(children))
        waiting += reversed(children)
    return tokens


def bulk(payload: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(payload), payload)


def nested(depth: int, innermost: bytes) -> bytes:
    return b"*1\r\n" * depth + innermost


def nested_list(depth: int, innermost: object) -> object:
    for _ in range(depth):
        innermost = [innermost]
    return innermost


def nested_tuple(depth: int, innermost: object) -> object:
    for _ in range(depth):
        innermost = (innermost,)
    return innermost


def decimal(number: int) -> bytes:
    """The digits of a number of any size, whatever limit str() has."""
    digits = b""
    while number >= 10**600:
        number, low = divmod(number, 10**600)
        digits = b"%0600d" % low + digits
    return b"%d" % number + digits


error = error_from_reply

# --- Lines ----------------------------------------------------------------------------------

_LINES = [
    Good("simple string", b"+OK\r\n", b"OK"),
    Good("simple string, empty", b"+\r\n", b""),
    Good("simple string that begins like OK", b"+OKAY\r\n", b"OKAY"),
    Good("simple string of one letter", b"+O\r\n", b"O"),
    Good("simple string, queued", b"+QUEUED\r\n", b"QUEUED"),
    Good("simple string, any bytes", b"+\x00\xff +$:\t\r\n", b"\x00\xff +$:\t"),
    Good("simple string of 31 bytes", b"+" + b"x" * 31 + CRLF, b"x" * 31),
    Good("simple string of 33 bytes", b"+" + b"x" * 33 + CRLF, b"x" * 33),
    Good("simple string, long", b"+" + b"x" * 70_000 + CRLF, b"x" * 70_000),
    Good("integer 0", b":0\r\n", 0),
    Good("integer 7", b":7\r\n", 7),
    Good("integer, negative", b":-1\r\n", -1),
    Good("integer, minus 0", b":-0\r\n", 0),
    Good("integer, plus", b":+42\r\n", 42),
    Good("integer, leading zeros", b":007\r\n", 7),
    Good("integer of 18 digits", b":999999999999999999\r\n", 10**18 - 1),
    Good("integer, minus 18 digits", b":-999999999999999999\r\n", 1 - 10**18),
    Good("integer of 19 zeros", b":0000000000000000000\r\n", 0),
    Good("integer, largest", b":9223372036854775807\r\n", 2**63 - 1),
    Good("integer, largest with plus", b":+9223372036854775807\r\n", 2**63 - 1),
    Good("integer, smallest", b":-9223372036854775808\r\n", -(2**63)),
    Good("big number", b"(3492890328409238509324850943\r\n", 3492890328409238509324850943),
    Good("big number 0", b"(0\r\n", 0),
    Good("big number, minus 0", b"(-0\r\n", 0),
    Good("big number, negative", b"(-18446744073709551616\r\n", -(2**64)),
    Good("big number, plus", b"(+18446744073709551616\r\n", 2**64),
    Good("big number, leading zeros", b"(" + b"0" * 50 + b"12\r\n", 12),
    Good("big number of 512 digits", b"(" + b"9" * 512 + CRLF, 10**512 - 1),
    Good("big number of 513 digits", b"(1" + b"0" * 512 + CRLF, 10**512),
    Good("big number of 640 digits", b"(" + b"9" * 640 + CRLF, 10**640 - 1),
    Good("big number of 641 digits", b"(-1" + b"0" * 640 + CRLF, -(10**640)),
    Good("big number of 1537 digits", b"(7" + b"0" * 1535 + b"5\r\n", 7 * 10**1536 + 5),
    Good("big number of 4300 digits", b"(" + b"9" * 4300 + CRLF, 10**4300 - 1),
    Good("big number of 4301 digits", b"(1" + b"0" * 4300 + CRLF, 10**4300),
    Good("big number, odd digits", b"(-" + decimal(3**9000) + CRLF, -(3**9000)),
    Good("big number, most digits", b"(-" + b"9" * DIGITS + CRLF, 1 - 10**DIGITS),
    Good("big number, most zeros", b"(" + b"0" * DIGITS + CRLF, 0),
    Good("true", b"#t\r\n", True),
    Good("false", b"#f\r\n", False),
    Good("null", b"_\r\n", None),
    *(
        Good(f"double {line.decode()}", b"," + line + CRLF, float(line))
        for line in (
            *(b"0", b"-0", b"+0", b"1", b"10", b"-1", b"1.", b"1.5", b"-1.5", b"+1.5", b"007.50"),
            *(b"3.141592653589793", b"0.1", b"0.30000000000000004", b"123456789012345.6"),
            *(b"9007199254740993", b"1e10", b"1E10", b"1e+10", b"1e-10", b"1.e5", b"-2.5E-7"),
            *(b"1e22", b"1e23", b"1.7976931348623157e308", b"5e-324", b"2.2250738585072014e-308"),
            *(b"0.000000000000000000000012345", b"1" * 40, b"0." + b"3" * 60),
        )
    ),
    Good("double beyond range", b",1e309\r\n", math.inf),
    Good("double beyond range, negative", b",-1e999999999999\r\n", -math.inf),
    Good("double below range", b",1e-999999999999\r\n", 0.0),
    Good("double inf", b",inf\r\n", math.inf),
    Good("double +inf", b",+inf\r\n", math.inf),
    Good("double -inf", b",-inf\r\n", -math.inf),
    Good("double INF", b",INF\r\n", math.inf),
    Good("double -Inf", b",-Inf\r\n", -math.inf),
    Good("double nan", b",nan\r\n", math.nan),
    Good("double -nan", b",-nan\r\n", math.nan),
    Good("double NaN", b",NaN\r\n", math.nan),
    Good("double, 31 bytes", b",1." + b"5" * 29 + CRLF, float("1." + "5" * 29)),
    Good("double, 33 bytes", b",1." + b"5" * 31 + CRLF, float("1." + "5" * 31)),
    Good("double, longest", b"," + b"1" * 300 + b"." + b"5" * 24 + CRLF, float("1" * 300)),
]

# --- Errors that are values -----------------------------------------------------------------

_ERRORS = [
    *(
        Good(f"error {line.decode('latin-1')}", b"-" + line + CRLF, error(line))
        for line in (
            b"ERR unknown command 'x'",
            b"",
            b"ERR",
            b"no code here",
            b"WRONGTYPE Operation against a key holding the wrong kind of value",
            *(b"NOAUTH x", b"WRONGPASS x", b"NOPERM x", b"LOADING x", b"BUSY x", b"BUSYGROUP x"),
            *(b"NOSCRIPT x", b"READONLY x", b"OOM x", b"MISCONF x", b"EXECABORT x", b"NOGROUP x"),
            *(b"TRYAGAIN x", b"CLUSTERDOWN x", b"CROSSSLOT x", b"MASTERDOWN x", b"NOREPLICAS x"),
            *(b"UNBLOCKED x", b"UNKILLABLE x", b"NOTBUSY x", b"NOPROTO x"),
            *(b"MOVED 3999 127.0.0.1:6381", b"ASK 1 ::1:6381", b"MOVED nowhere", b"ASK"),
            b"ERR caf\xc3\xa9 \xff\x00",
        )
    ),
    Good("blob error", b"!21\r\nSYNTAX invalid syntax\r\n", error(b"SYNTAX invalid syntax")),
    Good("blob error, empty", b"!0\r\n\r\n", error(b"")),
    Good("blob error, two lines", b"!9\r\nERR a\r\nb\n\r\n", error(b"ERR a\r\nb\n")),
    Good("blob error with a class", b"!5\r\nOOM x\r\n", error(b"OOM x")),
    Good("error in an array", b"*2\r\n-ERR x\r\n+y\r\n", [error(b"ERR x"), b"y"]),
    Good("error as value of a map", b"%1\r\n+k\r\n!5\r\nERR x\r\n", {b"k": error(b"ERR x")}),
]

# --- Payloads -------------------------------------------------------------------------------

_PAYLOADS = [
    Good("bulk string", b"$5\r\nhello\r\n", b"hello"),
    Good("bulk string, empty", b"$0\r\n\r\n", b""),
    Good("bulk string of one byte", b"$1\r\na\r\n", b"a"),
    Good("bulk string with line ends", b"$6\r\n\r\n\r\n\n\r\r\n", b"\r\n\r\n\n\r"),
    Good("bulk string that looks like replies", bulk(b"+OK\r\n:1\r\n"), b"+OK\r\n:1\r\n"),
    Good("bulk string, leading zeros", b"$003\r\nabc\r\n", b"abc"),
    Good("bulk string, 19 digits of length", b"$0000000000000000003\r\nabc\r\n", b"abc"),
    *(
        Good(f"bulk string of {size}", bulk(b"\n" * size), b"\n" * size)
        for size in (9, 10, 99, 100, 511, 512, 1000, 1023, 1024, 1025, 16_384, 16_385, 65_536)
    ),
    Good("bulk string of 70000", bulk(bytes(range(250)) * 280), bytes(range(250)) * 280),
    Good("null bulk string", b"$-1\r\n", None),
    Good("verbatim string", b"=15\r\ntxt:Some string\r\n", b"Some string"),
    Good("verbatim string, empty", b"=4\r\ntxt:\r\n", b""),
    Good("verbatim string, markdown", b"=7\r\nmkd:# x\r\n", b"# x"),
    Good("verbatim string, odd format", b"=6\r\n\r\n::\r\n\r\n", b"\r\n"),
    Good("verbatim string, long", b"=70004\r\ntxt:" + b"v" * 70_000 + CRLF, b"v" * 70_000),
    Good("streamed string", b"$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;1\r\nd\r\n;0\r\n", b"Hello word"),
    Good("streamed string, empty", b"$?\r\n;0\r\n", b""),
    Good("streamed string, one chunk", b"$?\r\n;2\r\n\r\n\r\n;0\r\n", b"\r\n"),
    Good("streamed string, zeros", b"$?\r\n;002\r\nab\r\n;000\r\n", b"ab"),
    Good(
        "streamed string, many chunks", b"$?\r\n" + b";2\r\nab\r\n" * 999 + b";0\r\n", b"ab" * 999
    ),
    Good(
        "streamed string, long chunk",
        b"$?\r\n;70000\r\n" + b"c" * 70_000 + b"\r\n;1\r\nd\r\n;0\r\n",
        b"c" * 70_000 + b"d",
    ),
    Good("streamed strings in an array", b"*2\r\n$?\r\n;1\r\na\r\n;0\r\n$?\r\n;0\r\n", [b"a", b""]),
    Good("streamed string as a key", b"%1\r\n$?\r\n;1\r\na\r\n;0\r\n+b\r\n", {b"a": b"b"}),
]

# --- Aggregates -----------------------------------------------------------------------------

_AGGREGATES = [
    Good("array", b"*2\r\n$5\r\nhello\r\n$5\r\nworld\r\n", [b"hello", b"world"]),
    Good("array, empty", b"*0\r\n", []),
    Good("array, null", b"*-1\r\n", None),
    Good("array, leading zeros", b"*002\r\n:1\r\n:2\r\n", [1, 2]),
    Good("array of arrays", b"*3\r\n*2\r\n:1\r\n:2\r\n*0\r\n*-1\r\n", [[1, 2], [], None]),
    Good(
        "array of every type",
        b"*12\r\n+a\r\n:1\r\n$1\r\nb\r\n_\r\n#t\r\n,1.5\r\n(1\r\n=5\r\ntxt:c\r\n*0\r\n~0\r\n%0\r\n-E\r\n",
        [b"a", 1, b"b", None, True, 1.5, 1, b"c", [], set(), {}, error(b"E")],
    ),
    Good("array of 1000", b"*1000\r\n" + b":1\r\n" * 1000, [1] * 1000),
    Good("array of 17 nulls", b"*17\r\n" + b"_\r\n" * 17, [None] * 17),
    Good(
        "array like that of XRANGE",
        b"*2\r\n" + b"*2\r\n$3\r\n1-0\r\n*4\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n" * 2,
        [[b"1-0", [b"a", b"b", b"c", b"d"]]] * 2,
    ),
    Good("map", b"%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", {b"a": 1, b"b": 2}),
    Good("map, empty", b"%0\r\n", {}),
    Good("map, later key wins", b"%3\r\n+a\r\n:1\r\n+b\r\n:2\r\n+a\r\n:3\r\n", {b"a": 3, b"b": 2}),
    Good(
        "map, equal keys of other types", b"%3\r\n:1\r\n+a\r\n#t\r\n+b\r\n,1\r\n+c\r\n", {1: b"c"}
    ),
    Good("map of maps", b"%1\r\n+a\r\n%1\r\n+b\r\n%0\r\n", {b"a": {b"b": {}}}),
    Good("map, unfrozen values", b"%1\r\n+a\r\n*1\r\n~1\r\n:1\r\n", {b"a": [{1}]}),
    Good("map, null key", b"%2\r\n_\r\n:1\r\n$-1\r\n:2\r\n", {None: 2}),
    Good("map, null array as key", b"%1\r\n*-1\r\n*-1\r\n", {None: None}),
    Good("set", b"~3\r\n+a\r\n:1\r\n#t\r\n", {b"a", 1}),
    Good("set, empty", b"~0\r\n", set()),
    Good("set, member twice", b"~2\r\n+a\r\n+a\r\n", {b"a"}),
    Good("set of NaN", b"~1\r\n,nan\r\n", {math.nan}),
    Good("set with an error", b"~1\r\n-ERR x\r\n", {error(b"ERR x")}),
    Good("map, error as key", b"%1\r\n-ERR x\r\n:1\r\n", {error(b"ERR x"): 1}),
]

_FROZEN = [
    Good("array as key", b"%1\r\n*2\r\n:1\r\n:2\r\n*2\r\n:1\r\n:2\r\n", {(1, 2): [1, 2]}),
    Good("set as key", b"%1\r\n~1\r\n:1\r\n~1\r\n:1\r\n", {frozenset({1}): {1}}),
    Good("map as key", b"%1\r\n%1\r\n:1\r\n:2\r\n%1\r\n:1\r\n:2\r\n", {((1, 2),): {1: 2}}),
    Good(
        "empty aggregates as keys", b"%2\r\n*0\r\n%0\r\n~0\r\n~0\r\n", {(): {}, frozenset(): set()}
    ),
    Good("empty map as key", b"%1\r\n%0\r\n*0\r\n", {(): []}),
    Good("second key after an aggregate", b"%2\r\n+a\r\n*0\r\n*0\r\n*0\r\n", {b"a": [], (): []}),
    Good("array in a set", b"~2\r\n*1\r\n*1\r\n:1\r\n*0\r\n", {((1,),), ()}),
    Good("set in a set", b"~1\r\n~1\r\n~0\r\n", {frozenset({frozenset()})}),
    Good(
        "frozen map keeps order and duplicates",
        b"~1\r\n%3\r\n+b\r\n*1\r\n:1\r\n+a\r\n:2\r\n+b\r\n:3\r\n",
        {((b"b", (1,)), (b"a", 2), (b"b", 3))},
    ),
    Good("frozen map with a list as key", b"~1\r\n%1\r\n*0\r\n%0\r\n", {(((), ()),)}),
    Good(
        "all in a frozen array",
        b"%1\r\n*4\r\n~1\r\n:1\r\n%1\r\n:1\r\n~0\r\n*-1\r\n-E\r\n+v\r\n",
        {(frozenset({1}), ((1, frozenset()),), None, error(b"E")): b"v"},
    ),
    Good("not frozen behind a frozen one", b"*2\r\n~1\r\n*0\r\n*1\r\n*0\r\n", [{()}, [[]]]),
    Good(
        "the same key, as deep as can be, twice",
        b"%2\r\n" + (nested(DEPTH - 1, b":1\r\n") + b"+v\r\n") * 2,
        {nested_tuple(DEPTH - 1, 1): b"v"},
    ),
]

_STREAMS = [
    Good("streamed array", b"*?\r\n:1\r\n+a\r\n.\r\n", [1, b"a"]),
    Good("streamed array, empty", b"*?\r\n.\r\n", []),
    Good(
        "streamed array of streamed arrays", b"*?\r\n*?\r\n:1\r\n.\r\n*?\r\n.\r\n.\r\n", [[1], []]
    ),
    Good("streamed map", b"%?\r\n+a\r\n:1\r\n+b\r\n*?\r\n.\r\n.\r\n", {b"a": 1, b"b": []}),
    Good("streamed map, empty", b"%?\r\n.\r\n", {}),
    Good("streamed set", b"~?\r\n+a\r\n*?\r\n:1\r\n.\r\n.\r\n", {b"a", (1,)}),
    Good("streamed set, empty", b"~?\r\n.\r\n", set()),
    Good(
        "streamed aggregates as keys",
        b"%2\r\n*?\r\n.\r\n:1\r\n%?\r\n:1\r\n:2\r\n.\r\n:2\r\n",
        {(): 1, ((1, 2),): 2},
    ),
    Good("streamed array of 1000", b"*?\r\n" + b"+OK\r\n" * 1000 + b".\r\n", [b"OK"] * 1000),
    Good(
        "counted in streamed", b"*?\r\n*2\r\n:1\r\n:2\r\n%1\r\n:1\r\n:2\r\n.\r\n", [[1, 2], {1: 2}]
    ),
    Good("streamed in counted", b"*2\r\n~?\r\n:1\r\n.\r\n:2\r\n", [{1}, 2]),
    Good("streamed string in a stream", b"*?\r\n$?\r\n;1\r\na\r\n;0\r\n.\r\n", [b"a"]),
]

_PUSHES = [
    Good("push", b">3\r\n+message\r\n$1\r\na\r\n$1\r\nb\r\n", RespPush([b"message", b"a", b"b"])),
    Good("push of only a type", b">1\r\n$1\r\na\r\n", RespPush([b"a"])),
    Good(
        "push with aggregates",
        b">3\r\n+a\r\n*1\r\n*0\r\n%1\r\n*0\r\n~0\r\n",
        RespPush([b"a", [[]], {(): set()}]),
    ),
    Good("push with a null", b">2\r\n$10\r\ninvalidate\r\n_\r\n", RespPush([b"invalidate", None])),
    Good("push, verbatim type", b">2\r\n=5\r\ntxt:a\r\n:1\r\n", RespPush([b"a", 1])),
    Good("push, streamed type", b">2\r\n$?\r\n;1\r\na\r\n;0\r\n:1\r\n", RespPush([b"a", 1])),
    Good("push with an error", b">2\r\n+a\r\n-ERR x\r\n", RespPush([b"a", error(b"ERR x")])),
    Good("push, leading zeros", b">02\r\n+a\r\n+b\r\n", RespPush([b"a", b"b"])),
]

_ATTRIBUTE = b"|1\r\n+key-popularity\r\n%1\r\n$1\r\na\r\n,0.1923\r\n"

_ATTRIBUTES = [
    *(
        Good(f"attribute before: {good.name}", _ATTRIBUTE + good.wire, good.value)
        for good in (
            *(_LINES[0], _LINES[9], _LINES[-1], _ERRORS[0], _ERRORS[-6]),
            *(_PAYLOADS[0], _PAYLOADS[1], Good("null bulk string", b"$-1\r\n", None)),
            *(Good("verbatim string", b"=5\r\ntxt:a\r\n", b"a"), Good("null", b"_\r\n", None)),
            Good("streamed string", b"$?\r\n;1\r\na\r\n;0\r\n", b"a"),
            *(_AGGREGATES[0], _AGGREGATES[1], _AGGREGATES[2], _FROZEN[0], _STREAMS[0]),
            *(_PUSHES[0], _PUSHES[1]),
        )
    ),
    Good("attribute, empty", b"|0\r\n:1\r\n", 1),
    Good("attributes in a row", b"|0\r\n" + _ATTRIBUTE * 3 + b":1\r\n", 1),
    Good("attribute before an item", b"*2\r\n" + _ATTRIBUTE + b":1\r\n:2\r\n", [1, 2]),
    Good("attribute before the last item", b"*2\r\n:1\r\n" + _ATTRIBUTE + b":2\r\n", [1, 2]),
    Good("attribute before a key", b"%1\r\n" + _ATTRIBUTE + b"*0\r\n*0\r\n", {(): []}),
    Good("attribute before a value", b"%1\r\n+a\r\n" + _ATTRIBUTE + b"*0\r\n", {b"a": []}),
    Good("attribute before a member", b"~1\r\n|0\r\n*0\r\n", {()}),
    Good(
        "attribute before the type of a push",
        b">2\r\n|0\r\n+a\r\n|0\r\n:1\r\n",
        RespPush([b"a", 1]),
    ),
    Good("attribute in a stream", b"*?\r\n|0\r\n:1\r\n" + _ATTRIBUTE + b":2\r\n.\r\n", [1, 2]),
    Good("attribute in a streamed map", b"%?\r\n|0\r\n:1\r\n|0\r\n:2\r\n.\r\n", {1: 2}),
    Good("attribute in an attribute", b"|1\r\n|1\r\n+a\r\n+b\r\n+c\r\n|0\r\n+d\r\n:1\r\n", 1),
    Good("attribute with an array as key", b"|1\r\n*1\r\n%0\r\n*?\r\n.\r\n:1\r\n", 1),
    Good("attribute with an error", b"|1\r\n-ERR x\r\n!5\r\nERR y\r\n:1\r\n", 1),
    Good("attribute with a streamed string", b"|1\r\n$?\r\n;1\r\na\r\n;0\r\n_\r\n:1\r\n", 1),
    Good("attribute with sets", b"|1\r\n~1\r\n~0\r\n~1\r\n*0\r\n:1\r\n", 1),
    Good("attribute, leading zeros", b"|01\r\n+a\r\n+b\r\n:1\r\n", 1),
    Good("attribute, long", b"|1\r\n+a\r\n" + bulk(b"x" * 70_000) + b":1\r\n", 1),
]

_DEPTHS = [
    Good("deepest arrays", nested(DEPTH, b":1\r\n"), nested_list(DEPTH, 1)),
    Good("deepest array is empty", nested(DEPTH - 1, b"*0\r\n"), nested_list(DEPTH - 1, [])),
    Good("null below the deepest array", nested(DEPTH, b"*-1\r\n"), nested_list(DEPTH, None)),
    Good("string below the deepest array", nested(DEPTH, bulk(b"x")), nested_list(DEPTH, b"x")),
    Good(
        "streamed string below the deepest array",
        nested(DEPTH, b"$?\r\n;1\r\nx\r\n;0\r\n"),
        nested_list(DEPTH, b"x"),
    ),
    Good("deepest attribute", nested(DEPTH - 1, b"|0\r\n:1\r\n"), nested_list(DEPTH - 1, 1)),
    Good("attributes close in time", b"|1\r\n+a\r\n+b\r\n" * (DEPTH + 1) + b":1\r\n", 1),
    Good(
        "deepest attributes",
        b"|1\r\n+a\r\n" * DEPTH + b"+b\r\n" + b"+v\r\n" * DEPTH,
        b"v",
    ),
    Good(
        "deepest push",
        b">2\r\n+a\r\n" + nested(DEPTH - 1, b":1\r\n"),
        RespPush([b"a", nested_list(DEPTH - 1, 1)]),
    ),
    Good("deepest streams", b"*?\r\n" * DEPTH + b".\r\n" * DEPTH, nested_list(DEPTH - 1, [])),
    Good(
        "depth is given back",
        b"*2\r\n" + nested(DEPTH - 1, b":1\r\n") * 2,
        [nested_list(511, 1)] * 2,
    ),
]

GOOD: tuple[Good, ...] = (
    *_LINES,
    *_ERRORS,
    *_PAYLOADS,
    *_AGGREGATES,
    *_FROZEN,
    *_STREAMS,
    *_PUSHES,
    *_ATTRIBUTES,
    *_DEPTHS,
)

# --- What is refused ------------------------------------------------------------------------

# Type bytes by the text of what is malformed in their line, and what they need at most.
_NUMBERS = (
    (b":", "malformed integer"),
    (b"#", "malformed boolean"),
    (b"_", "malformed null"),
    *((bytes((byte,)), "malformed length") for byte in b"$!=*%~>|"),
)

_TYPES = [
    *(
        Bad(f"unknown type byte {byte!r}", bytes((byte,)), "unknown type byte", bytes((byte,)), 0)
        for byte in range(256)
        if byte not in b"+-:(,#_$!=*%~>|"
    ),
    Bad("unknown type byte in an array", b"*1\r\nx", "unknown type byte", b"x", 4),
    Bad("chunk outside of a streamed string", b"*1\r\n;", "unknown type byte", b";", 4),
    Bad("end in a counted array", b"*1\r\n.", "unknown type byte", b".", 4),
    Bad("end in a counted map", b"%1\r\n.", "unknown type byte", b".", 4),
    Bad("end in a counted array in a stream", b"*?\r\n*1\r\n.", "unknown type byte", b".", 8),
    Bad("end in an attribute", b"|1\r\n.", "unknown type byte", b".", 4),
    Bad("end in an attribute in a stream", b"*?\r\n|1\r\n.", "unknown type byte", b".", 8),
    Bad("end twice", b"*2\r\n*?\r\n.\r\n.", "unknown type byte", b".", 11),
    Bad("end behind an attribute", b"|0\r\n.", "unknown type byte", b".", 4),
    Bad("end in a push", b">2\r\n+a\r\n.", "unknown type byte", b".", 8),
    Bad("text behind a payload", b"*2\r\n$1\r\na\r\nb", "unknown type byte", b"b", 11),
]

_SHAPES = [
    *(
        Bad(f"{name} in {kind!r}", kind + line + b"\n", "malformed line", line, 0)
        for kind in (b"+", b"-", b":", b"(", b",", b"#", b"_", b"$", b"!", b"=", b"*", b"%", b"~")
        for name, line in (
            *(("no CR", b"1"), ("nothing but LF", b""), ("CR within", b"1\r2\r"), ("CRs", b"\r\r")),
            *(("CR only within", b"1\r2"), ("CR first", b"\r1\r")),
        )
    ),
    Bad("no CR in push", b">1\n", "malformed line", b"1", 0),
    Bad("no CR in attribute", b"|1\n", "malformed line", b"1", 0),
    Bad("no CR in a chunk", b"$?\r\n;1\n", "malformed line", b"1", 4),
    Bad("no CR in an end", b"*?\r\n.\n", "malformed line", b"", 4),
    Bad("CR within an end", b"*?\r\n.\r\r\n", "malformed line", b"\r\r", 4),
    Bad("shown at most 32 bytes", b"+" + b"x" * 40 + b"\n", "malformed line", b"x" * 32, 0),
    Bad("line of 31 bytes without CR", b":" + b"1" * 31 + b"\n", "malformed line", b"1" * 31, 0),
    Bad("double without CR, 326 bytes", b"," + b"1" * 326 + b"\n", "malformed line", b"1" * 32, 0),
    Bad("big number without CR", b"(" + b"1" * 33 + b"\n", "malformed line", b"1" * 32, 0),
    Bad(
        "big number, long without CR",
        b"(" + b"1" * (DIGITS + 2) + b"\n",
        "malformed line",
        b"1" * 32,
        0,
    ),
]

_NUMBER_LINES = [
    *(
        Bad(f"{what} {line!r}", kind + line + CRLF, what, line, 0)
        for kind, what, lines in (
            (
                b":",
                "malformed integer",
                (
                    *(
                        b"",
                        b"-",
                        b"+",
                        b"a",
                        b"1a",
                        b"a1",
                        b" 1",
                        b"1 ",
                        b"1_0",
                        b"0x1",
                        b"--1",
                        b"+-1",
                    ),
                    *(
                        b"1.0",
                        b"1e3",
                        b"\xd9\xa1",
                        b"0" * 20,
                        b"-" + b"0" * 20,
                        b"9" * 20,
                        b"1" * 30,
                    ),
                ),
            ),
            (
                b":",
                "integer beyond 64 bits",
                (
                    *(b"9223372036854775808", b"+9223372036854775808", b"-9223372036854775809"),
                    *(b"9999999999999999999", b"-9999999999999999999"),
                ),
            ),
            (
                b"(",
                "malformed big number",
                (b"", b"-", b"+", b"a", b"1_0", b" 1", b"1 ", b"1.0", b"--1", b"+-1", b"\xd9\xa1"),
            ),
            (
                b",",
                "malformed double",
                (
                    *(b"", b"-", b"+", b".", b".5", b"-.5", b"1e", b"1e+", b"e5", b"1.5.5", b"1,5"),
                    *(
                        b"1_0",
                        b" 1",
                        b"1 ",
                        b"0x1p3",
                        b"infinity",
                        b"+nan",
                        b"nan(1)",
                        b"inf1",
                        b"--1",
                    ),
                    *(
                        b"i",
                        b"in",
                        b"1e5.5",
                        b"1e5e5",
                        b"\xd9\xa1",
                        b"1f",
                        b"--inf",
                        b"nan\0",
                    ),
                ),
            ),
            (b"#", "malformed boolean", (b"", b"T", b"F", b"tt", b"true", b"1", b"t ", b"tf")),
            (b"_", "malformed null", (b"x", b" ", b"-1", b"_")),
        )
        for line in lines
    ),
    *(
        Bad(f"line of {kind!r} too long", kind + b"1" * 32, what, b"1" * 32, 0)
        for kind, what in _NUMBERS
    ),
    *(
        Bad(f"line of {kind!r} too long, CRs", kind + b"\r" * 32, what, b"\r" * 32, 0)
        for kind, what in _NUMBERS
    ),
    Bad("chunk length too long", b"$?\r\n;" + b"0" * 32, "malformed length", b"0" * 32, 4),
    Bad("end too long", b"*?\r\n." + b"x" * 32, "malformed end of stream", b"x" * 32, 4),
    Bad("end with a line", b"*?\r\n.x\r\n", "malformed end of stream", b"x", 4),
    Bad("double too long", b"," + b"1" * 327, "malformed double", b"1" * 32, 0),
    Bad("double of 326 bytes", b"," + b"1" * 326 + b"\r", "malformed double", b"1" * 32, 0),
    Bad("malformed double, long", b"," + b"1" * 300 + b"x\r\n", "malformed double", b"1" * 32, 0),
    Bad(
        "big number of one digit too many",
        b"(" + b"1" * (DIGITS + 1) + CRLF,
        f"big number beyond {DIGITS} digits",
        b"1" * 32,
        0,
    ),
    Bad("big number too long", b"(" + b"1" * (DIGITS + 3), "malformed big number", b"1" * 32, 0),
    Bad(
        "signed big number of one digit too many",
        b"(-" + b"1" * (DIGITS + 1) + b"\r",
        "malformed big number",
        b"-" + b"1" * 31,
        0,
    ),
    Bad(
        "malformed big number, long",
        b"(" + b"1" * 9999 + b"x\r\n",
        "malformed big number",
        b"1" * 32,
        0,
    ),
]

_LENGTHS = [
    *(
        Bad(f"length {line!r} of {kind!r}", kind + line + CRLF, "malformed length", line, 0)
        for kind in (b"$", b"!", b"=", b"*", b"%", b"~", b">", b"|")
        for line in (
            b"",
            b"-",
            b"+1",
            b"-2",
            b"-0",
            b"-01",
            b"1a",
            b" 1",
            b"1 ",
            b"1_0",
            b"1.0",
            b"??",
            *(b"0" * 20, b"9" * 20, b"1" * 30, b"-" + b"1" * 19, b"-1 ", b"\xd9\xa1"),
        )
    ),
    *(
        Bad(f"no null of {kind!r}", kind + b"-1\r\n", "malformed length", b"-1", 0)
        for kind in (b"!", b"=", b"%", b"~", b">", b"|")
    ),
    *(
        Bad(f"no stream of {kind!r}", kind + b"?\r\n", "malformed length", b"?", 0)
        for kind in (b"!", b"=", b">", b"|")
    ),
    *(
        Bad(
            f"length {line!r} of {kind!r} beyond 63 bits",
            kind + line + CRLF,
            "length beyond 63 bits",
            line,
            0,
        )
        for kind in (b"$", b"!", b"=", b"*", b"%", b"~", b">", b"|")
        for line in (b"9223372036854775808", b"9999999999999999999")
    ),
    Bad("length of a chunk", b"$?\r\n;x\r\n", "malformed length", b"x", 4),
    Bad("null chunk", b"$?\r\n;-1\r\n", "malformed length", b"-1", 4),
    Bad("streamed chunk", b"$?\r\n;?\r\n", "malformed length", b"?", 4),
    Bad(
        "chunk beyond",
        b"$?\r\n;9223372036854775808\r\n",
        "length beyond 63 bits",
        b"9223372036854775808",
        4,
    ),
    Bad("length in an array", b"*2\r\n:1\r\n$x\r\n", "malformed length", b"x", 8),
]

_CRLF = "missing CRLF after payload"
_BEHIND_PAYLOADS = [
    Bad("payload too long", b"$1\r\nab", _CRLF, b"b", 5),
    Bad("payload, LF alone", b"$1\r\na\n", _CRLF, b"\n", 5),
    Bad("payload, CR and another", b"$1\r\na\rb", _CRLF, b"\rb", 5),
    Bad("payload, two CRs", b"$1\r\na\r\r", _CRLF, b"\r\r", 5),
    Bad("payload, empty", b"$0\r\nx", _CRLF, b"x", 4),
    Bad("blob error", b"!1\r\nab", _CRLF, b"b", 5),
    Bad("verbatim string", b"=5\r\ntxt:ab", _CRLF, b"b", 9),
    Bad("chunk", b"$?\r\n;1\r\nab", _CRLF, b"b", 9),
    Bad("payload in an array", b"*1\r\n$1\r\na:", _CRLF, b":", 9),
    Bad("payload of 1024", b"$1024\r\n" + b"x" * 1025, _CRLF, b"x", 1031),
    Bad("long payload", b"$70000\r\n" + b"x" * 70_001, _CRLF, b"x", 70_008),
    Bad(
        "long payload, CR and another",
        b"$70000\r\n" + b"x" * 70_000 + b"\rx",
        _CRLF,
        b"\rx",
        70_008,
    ),
]

_VERBATIM = "malformed verbatim string"
_PUSH_TYPE = "push type is not a string"
_MEANINGS = [
    *(
        Bad(f"verbatim string of {line!r}", b"=" + line + CRLF, _VERBATIM, line, 0)
        for line in (b"0", b"3", b"003")
    ),
    Bad("verbatim string without format", b"=5\r\nhello\r\n", _VERBATIM, b"hell", 0),
    Bad("verbatim string, colon late", b"=5\r\ntext:\r\n", _VERBATIM, b"text", 0),
    Bad("verbatim string in an array", b"*2\r\n_\r\n=4\r\ntxt;\r\n", _VERBATIM, b"txt;", 7),
    Bad("verbatim string, long", b"=70000\r\n" + b"x" * 70_000 + CRLF, _VERBATIM, b"xxxx", 0),
    Bad("empty push", b">0\r\n", "empty push", b"0", 0),
    Bad("empty push, zeros", b">000\r\n", "empty push", b"000", 0),
    *(
        Bad(f"push type {first!r}", b">2\r\n" + first, _PUSH_TYPE, b">", 0)
        for first in (
            *(
                b":1\r\n",
                b"_\r\n",
                b"$-1\r\n",
                b"-ERR x\r\n",
                b"*0\r\n",
                b"*1\r\n+a\r\n",
                b"#t\r\n",
            ),
            *(
                b"*-1\r\n",
                b"~1\r\n+a\r\n",
                b"*?\r\n.\r\n",
                b"|0\r\n:1\r\n",
                b"!1\r\nE\r\n",
                b",1\r\n",
            ),
        )
    ),
    Bad("push type of a push of one", b">1\r\n:1\r\n", _PUSH_TYPE, b">", 0),
    Bad("push type behind an attribute", b"|0\r\n>1\r\n:1\r\n", _PUSH_TYPE, b">", 4),
    *(
        Bad(f"push in {outer!r}", outer + b">", "push inside another reply", b">", len(outer))
        for outer in (
            *(b"*1\r\n", b"*?\r\n", b"%1\r\n", b"%1\r\n+a\r\n", b"~1\r\n", b"|1\r\n", b">1\r\n"),
            *(b">2\r\n+a\r\n", b"*1\r\n|0\r\n", b"%?\r\n"),
        )
    ),
    Bad(
        "end of a stream behind an attribute",
        b"*?\r\n|0\r\n.",
        "attribute without a value",
        b".",
        8,
    ),
    Bad(
        "end behind a full attribute",
        b"~?\r\n:1\r\n|1\r\n:1\r\n:2\r\n.",
        "attribute without a value",
        b".",
        20,
    ),
    Bad("end behind a key's attribute", b"%?\r\n|0\r\n.", "attribute without a value", b".", 8),
    Bad(
        "end behind a value's attribute",
        b"%?\r\n:1\r\n|0\r\n.",
        "attribute without a value",
        b".",
        12,
    ),
    Bad("end behind a key", b"%?\r\n+a\r\n.", "streamed map ends after a key", b".", 8),
    Bad(
        "end behind the second key",
        b"%?\r\n:1\r\n:2\r\n:3\r\n.",
        "streamed map ends after a key",
        b".",
        16,
    ),
    Bad(
        "end behind an aggregate as key",
        b"%?\r\n*?\r\n.\r\n.",
        "streamed map ends after a key",
        b".",
        11,
    ),
    *(
        Bad(
            f"{byte!r} in a streamed string",
            b"$?\r\n;1\r\na\r\n" + byte,
            "streamed string wants ';', got",
            byte,
            11,
        )
        for byte in (b"$", b".", b">", b"|", b":", b"x", b"\r", b"\x00")
    ),
    Bad("no chunk at all", b"$?\r\n+", "streamed string wants ';', got", b"+", 4),
]

_DEEPER = f"nesting deeper than {DEPTH}"
_TOO_DEEP = [
    *(
        Bad(
            f"too deep: {header!r}",
            b"*1\r\n" * DEPTH + header + CRLF,
            _DEEPER,
            header[:1],
            4 * DEPTH,
        )
        for header in (b"*1", b"*0", b"*?", b"%0", b"%1", b"%?", b"~0", b"~1", b"~?", b"|0", b"|1")
    ),
    *(
        Bad(f"too deep in {header!r}", header * DEPTH + b"*0\r\n", _DEEPER, b"*", 4 * DEPTH)
        for header in (b"%1\r\n", b"~1\r\n", b"*?\r\n", b"%?\r\n", b"|1\r\n", b"*2\r\n")
    ),
    Bad("too deep in a push", b">2\r\n+a\r\n" + b"*1\r\n" * DEPTH, _DEEPER, b"*", 4 + 4 * DEPTH),
    Bad("too deep behind values", b"*2\r\n:1\r\n" * DEPTH + b"*0\r\n", _DEEPER, b"*", 8 * DEPTH),
    Bad(
        "too deep but malformed", b"*1\r\n" * DEPTH + b"*x\r\n", "malformed length", b"x", 4 * DEPTH
    ),
]

BAD: tuple[Bad, ...] = (
    *_TYPES,
    *_SHAPES,
    *_NUMBER_LINES,
    *_LENGTHS,
    *_BEHIND_PAYLOADS,
    *_MEANINGS,
    *_TOO_DEEP,
)
