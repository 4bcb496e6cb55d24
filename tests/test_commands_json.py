"""The commands on JSON documents, on a server with the module, for clients of bytes and of str.

What goes over the wire, and how replies of either module are read, is checked without a server
as well: it takes a package that need not be installed to run one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from json import JSONDecoder, JSONEncoder
from typing import Any

import pytest
from command_catalog import SPECS
from command_client import WordsOnly, check
from servers import Server

from redtrio import Redis
from redtrio.commands.families import families
from redtrio.commands.json_documents import JSON
from redtrio.commands.json_values import FPHAType, Path
from redtrio.exceptions import DataError, ResponseError

DOCUMENT = {
    "a": [1, 2.5, "x", None, True, {"k": 1}],
    "n": 5,
    "f": 1.5,
    "s": "hé",
    "b": True,
    "o": {"n": 7, "a": []},
}


@pytest.fixture
def server(stack: Server) -> Server:
    """Give the server that has the modules, and it alone."""
    return stack


@pytest.fixture
async def j(r: Redis[Any]) -> JSON[Any]:
    """Give the commands, with a document under the key "d"."""
    await r.json().set("d", ".", DOCUMENT)
    return r.json()


def same(result: Any, expected: Any) -> None:
    """Check a value and the types in it, within dicts also."""
    check(result, expected)
    assert repr(result) == repr(expected)


# --- documents -------------------------------------------------------------------------


async def test_set_and_get_of_every_kind_of_value(j: JSON[Any]) -> None:
    for value in (DOCUMENT, [], {}, [1, 1.0], "", "é\n\"'", 0, -1.5, 2**53, True, False, None):
        same(await j.set("k", "$", value), True)
        same(await j.get("k"), value)
        same(await j.get("k", "$"), [value])


async def test_get_by_paths(j: JSON[Any]) -> None:
    same(await j.get("d", ".n"), 5)
    same(await j.get("d", Path(".o"), no_escape=True), {"n": 7, "a": []})
    same(await j.get("d", "$..n"), [5, 7])
    same(await j.get("d", "$.nothing"), [])
    assert await j.get("d", ".n", ".s") == {".n": 5, ".s": "hé"}
    assert await j.get("d", "$.n", Path(".s")) == {"$.n": [5], ".s": ["hé"]}
    same(await j.get("missing"), None)
    same(await j.get("missing", "$"), None)
    with pytest.raises(ResponseError, match="does not exist"):
        await j.get("d", ".nothing")


async def test_set_with_a_condition(j: JSON[Any]) -> None:
    same(await j.set("d", ".n", 6, nx=True), None)
    same(await j.set("d", ".m", 6, xx=True), None)
    same(await j.set("d", ".n", 6, xx=True), True)
    same(await j.set("d", ".m", 6, nx=True), True)
    same(await j.get("d", ".n"), 6)
    same(await j.set("d", "$.no.place", 1), None)
    with pytest.raises(ResponseError, match="root"):
        await j.set("missing", ".n", 1)


async def test_set_with_keys_of_bytes(j: JSON[Any]) -> None:
    value: Any = {b"a\xc3\xa9": [{b"b": 1}], "c": ({b"d": None},)}
    same(await j.set("k", ".", value, decode_keys=True), True)
    same(await j.get("k"), {"aé": [{"b": 1}], "c": [{"d": None}]})
    same(await j.merge("k", ".", {b"c": 2}, decode_keys=True), True)
    same(await j.get("k", ".c"), 2)


async def test_mset_and_mget(j: JSON[Any]) -> None:
    same(await j.mset([("x", ".", {"n": 1}), (b"y", Path("$"), {"n": 2})]), True)
    same(await j.mget(["x", "y", "missing"], ".n"), [1, 2, None])
    same(await j.mget(["x", "d"], "$..n"), [[1], [5, 7]])
    same(await j.mget("x", ".nothing"), [None])
    # Since Redis 8.10 this is None.
    same(await j.mset([("x", "$.no.place", 1), ("y", ".n", 3)]), True)
    same(await j.mget(["x", "y"], ".n"), [1, 3])
    with pytest.raises(ResponseError, match="root"):
        await j.mset([("missing", ".n", 1)])


async def test_merge(j: JSON[Any]) -> None:
    same(await j.merge("d", "$", {"o": {"n": None, "m": 1}, "a": [0]}), True)
    same(await j.get("d", ".o"), {"a": [], "m": 1})
    same(await j.get("d", ".a"), [0])
    same(await j.merge("d", "$.no.place", 1), None)
    same(await j.merge("new", "$", {"a": 1}), True)
    same(await j.get("new"), {"a": 1})


async def test_delete_and_forget(j: JSON[Any]) -> None:
    same(await j.delete("d", "$..n"), 2)
    same(await j.forget("d", ".s"), 1)
    same(await j.delete("d", ".s"), 0)
    same(await j.forget("d"), 1)
    same(await j.get("d"), None)
    same(await j.delete("d"), 0)


async def test_clear(j: JSON[Any]) -> None:
    same(await j.clear("d", "$..n"), 2)
    same(await j.clear("d", ".a"), 1)
    assert await j.get("d", "$.n", "$.a") == {"$.n": [0], "$.a": [[]]}
    same(await j.clear("d"), 1)
    same(await j.get("d"), {})
    with pytest.raises(ResponseError, match="doesn't exist"):
        await j.clear("missing")


async def test_type(j: JSON[Any]) -> None:
    same(await j.type("d"), ["object"])
    same(await j.type("d", ".n"), ["integer"])
    same(await j.type("d", "$"), [["object"]])
    types = ["integer", "number", "string", "null", "boolean", "object"]
    same(await j.type("d", "$.a[*]"), [types])
    same(await j.type("d", "$.nothing"), [[]])
    same(await j.type("d", ".nothing"), None)
    same(await j.type("missing"), None)
    same(await j.type("missing", "$"), None)


async def test_resp(j: JSON[Any]) -> None:
    same(await j.resp("d", ".a"), ["[", 1, 2.5, "x", None, "true", ["{", "k", 1]])
    same(await j.resp("d", "$..n"), [5, 7])
    same(await j.resp("d", ".s"), "hé")
    same(await j.resp("missing"), None)
    same(await j.resp("missing", "$"), None)
    same(await j.resp("d", "$"), [await j.resp("d")])


async def test_debug(j: JSON[Any]) -> None:
    whole = await j.debug("MEMORY", "d")
    assert type(whole) is int
    assert whole > 100
    each = await j.debug("MEMORY", "d", "$..n")
    assert isinstance(each, list)
    assert [type(one) for one in each] == [int, int]
    same(await j.debug("MEMORY", "missing"), 0)
    same(await j.debug("MEMORY", "missing", "$"), [])
    lines = await j.debug("HELP")
    assert {type(line) for line in lines} == {str}


async def test_another_type_of_value_is_an_error(r: Redis[Any], j: JSON[Any]) -> None:
    await r.set("k", "v")
    with pytest.raises(ResponseError, match="wrong"):
        await j.get("k")


# --- arrays ----------------------------------------------------------------------------


async def test_arrappend_and_arrlen(j: JSON[Any]) -> None:
    same(await j.arrappend("d", ".a", {"x": 1}, None), 8)
    same(await j.arrappend("d", "$..a", 1), [9, 1])
    same(await j.arrappend("d", "$.n", 1), [None])
    same(await j.arrlen("d", ".a"), 9)
    same(await j.arrlen("d", "$..a"), [9, 1])
    same(await j.arrlen("missing"), None)
    await j.set("list", ".", [1])
    same(await j.arrlen("list"), 1)
    same(await j.arrlen("list", "$"), [1])
    same(await j.arrappend("list", ".", 2), 2)
    same(await j.arrappend("list", "$", 3), [3])
    for refused in (j.arrlen("d", ".n"), j.arrappend("d", ".n", 1), j.arrlen("missing", "$")):
        with pytest.raises(ResponseError):
            await refused


async def test_arrindex(j: JSON[Any]) -> None:
    same(await j.arrindex("d", ".a", "x"), 2)
    same(await j.arrindex("d", "$..a", "x"), [2, -1])
    same(await j.arrindex("d", "$.n", 1), [None])
    same(await j.arrindex("d", ".a", None), 3)
    same(await j.arrindex("d", ".a", {"k": 1}), 5)
    same(await j.arrindex("d", ".a", "x", 3), -1)
    same(await j.arrindex("d", ".a", "x", 1, 3), 2)
    same(await j.arrindex("d", ".a", "x", stop=2), -1)
    with pytest.raises(ResponseError):
        await j.arrindex("missing", ".", 1)


async def test_arrinsert(j: JSON[Any]) -> None:
    same(await j.arrinsert("d", ".a", 0, "first", [2]), 8)
    same(await j.arrinsert("d", "$..a", 0, 9), [9, 1])
    same(await j.arrinsert("d", ".a", -1, "last but one"), 10)
    same(await j.get("d", "$.a[8:]"), ["last but one", {"k": 1}])
    same(await j.arrinsert("d", "$.n", 0, 9), [None])
    same(await j.get("d", ".o.a"), [9])
    with pytest.raises(ResponseError, match="out of bounds"):
        await j.arrinsert("d", ".o.a", 3, 1)


async def test_arrpop(j: JSON[Any]) -> None:
    same(await j.arrpop("d", ".a"), {"k": 1})
    same(await j.arrpop("d", ".a", 0), 1)
    same(await j.arrpop("d", ".a", 99), True)
    same(await j.arrpop("d", "$..a", 1), ["x", None])
    same(await j.arrpop("d", "$.n"), [None])
    same(await j.arrpop("d", ".o.a"), None)
    await j.set("list", ".", ["a", "b"])
    same(await j.arrpop("list"), "b")
    same(await j.arrpop("list", "$"), ["a"])
    with pytest.raises(ResponseError):
        await j.arrpop("missing")


async def test_arrtrim(j: JSON[Any]) -> None:
    same(await j.arrtrim("d", ".a", 1, -2), 4)
    same(await j.arrtrim("d", "$..a", 0, 1), [2, 0])
    same(await j.get("d", ".a"), [2.5, "x"])
    same(await j.arrtrim("d", "$.n", 0, 1), [None])
    same(await j.arrtrim("d", ".a", 1, 0), 0)


# --- objects, text, numbers, truth values ----------------------------------------------


async def test_numincrby_nummultby_numpowby(j: JSON[Any]) -> None:
    same(await j.numincrby("d", ".n", 2), [7])
    same(await j.numincrby("d", "$..n", -1), [6, 6])
    same(await j.numincrby("d", "$.f", 0.25), [1.75])
    same(await j.nummultby("d", ".n", 2), [12])
    same(await j.nummultby("d", "$.*", 2), [None, 24, 3.5, None, None, None])
    same(await j.numpowby("d", ".f", 2), [12.25])
    same(await j.numincrby("d", "$.nothing", 1), [])
    with pytest.raises(ResponseError, match="doesn't exist"):
        await j.numincrby("missing", ".", 1)


async def test_objkeys_and_objlen(j: JSON[Any]) -> None:
    same(await j.objkeys("d"), ["a", "n", "f", "s", "b", "o"])
    same(await j.objkeys("d", "$"), [["a", "n", "f", "s", "b", "o"]])
    same(await j.objkeys("d", "$..o"), [["n", "a"]])
    same(await j.objkeys("d", "$.n"), [None])
    same(await j.objkeys("d", ".nothing"), None)
    same(await j.objkeys("missing"), None)
    same(await j.objlen("d"), 6)
    same(await j.objlen("d", "$.*"), [None, None, None, None, None, 2])
    same(await j.objlen("d", "$"), [6])
    same(await j.objlen("missing"), None)
    for refused in (j.objkeys("d", ".n"), j.objlen("d", ".n"), j.objkeys("missing", "$")):
        with pytest.raises(ResponseError):
            await refused


async def test_strappend_and_strlen(j: JSON[Any]) -> None:
    same(await j.strlen("d", ".s"), 3)
    same(await j.strappend("d", "llo", ".s"), 6)
    same(await j.strappend("d", "!", "$.*"), [None, None, None, 7, None, None])
    same(await j.get("d", ".s"), "héllo!")
    same(await j.strlen("d", "$..s"), [7])
    same(await j.strlen("missing"), None)
    await j.set("text", ".", "a")
    same(await j.strappend("text", "b"), 2)
    same(await j.strappend("text", "c", "$"), [3])
    same(await j.strlen("text"), 3)
    same(await j.strlen("text", "$"), [3])
    for refused in (j.strlen("d", ".n"), j.strlen("missing", "$"), j.strappend("missing", "a")):
        with pytest.raises(ResponseError):
            await refused


async def test_toggle(j: JSON[Any]) -> None:
    same(await j.toggle("d", ".b"), False)
    same(await j.toggle("d", "$.*"), [None, None, None, None, True, None])
    await j.set("truth", ".", False)
    same(await j.toggle("truth"), True)
    same(await j.toggle("truth", "$"), [False])
    for refused in (j.toggle("missing"), j.toggle("d", ".n")):
        with pytest.raises(ResponseError):
            await refused


# --- encoders, pipelines, facts --------------------------------------------------------


class Dates(JSONEncoder):
    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


async def test_encoder_and_decoder_of_the_callers_own(r: Redis[Any]) -> None:
    j = r.json(encoder=Dates(), decoder=JSONDecoder(parse_float=Decimal))
    await j.set("k", ".", {"t": datetime(2024, 1, 2, tzinfo=timezone.utc), "f": 0.1})
    assert await j.get("k") == {"t": "2024-01-02T00:00:00+00:00", "f": Decimal("0.1")}


async def test_in_a_pipeline(r: Redis[Any]) -> None:
    async with r.pipeline(transaction=True) as pipe:
        was_set = pipe.json().set("k", ".", {"a": [1]})
        value = pipe.json().get("k", "$.a")
        pipe.json().arrpop("k", ".a")
    assert await was_set is True
    same(await value, [[1]])


def test_family_is_known() -> None:
    assert JSON in families()
    names = [name for name in SPECS if name.startswith("JSON.")]
    assert len(names) == 25


async def test_specs_are_what_the_server_says(r: Redis[Any]) -> None:
    for name in sorted(name for name in SPECS if name.startswith("JSON.")):
        (said,) = await r.with_options(decode_responses=True).call("COMMAND", "INFO", name)
        spec = SPECS[name]
        assert spec.readonly == ("readonly" in said[2]), name
        if name == "JSON.MGET":  # RedisJSON tells of its first key only
            assert spec.keys == (1, -2, 1)
        else:
            assert list(spec.keys) == said[3:6], name


# --- words, and replies of both modules ------------------------------------------------

WORDS: list[tuple[Callable[[JSON[bytes]], Any], str]] = [
    (lambda j: j.arrappend("k", ".a", 1, "x"), 'JSON.ARRAPPEND k .a 1 "x"'),
    (lambda j: j.arrindex("k", ".a", "x"), 'JSON.ARRINDEX k .a "x"'),
    (lambda j: j.arrindex("k", ".a", 1, 2), "JSON.ARRINDEX k .a 1 2"),
    (lambda j: j.arrindex("k", ".a", 1, stop=2), "JSON.ARRINDEX k .a 1 0 2"),
    (lambda j: j.arrinsert("k", ".a", -1, None, True), "JSON.ARRINSERT k .a -1 null true"),
    (lambda j: j.arrlen("k"), "JSON.ARRLEN k ."),
    (lambda j: j.arrpop("k"), "JSON.ARRPOP k . -1"),
    (lambda j: j.arrpop("k", "$.a", 0), "JSON.ARRPOP k $.a 0"),
    (lambda j: j.arrtrim("k", ".a", 0, -2), "JSON.ARRTRIM k .a 0 -2"),
    (lambda j: j.clear("k"), "JSON.CLEAR k ."),
    (lambda j: j.debug("MEMORY", "k"), "JSON.DEBUG MEMORY k ."),
    (lambda j: j.debug("HELP"), "JSON.DEBUG HELP"),
    (lambda j: j.delete("k"), "JSON.DEL k ."),
    (lambda j: j.forget("k", "$.a"), "JSON.FORGET k $.a"),
    (lambda j: j.get("k"), "JSON.GET k ."),
    (lambda j: j.get("k", ".a", Path("$.b"), no_escape=True), "JSON.GET k NOESCAPE .a $.b"),
    (lambda j: j.merge("k", "$", {"a": [1, "é"]}), 'JSON.MERGE k $ {"a":[1,"é"]}'),
    (lambda j: j.mget(["k", "l"], "$"), "JSON.MGET k l $"),
    (lambda j: j.mset([("k", "$", 1), ("l", ".", 2)]), "JSON.MSET k $ 1 l . 2"),
    (lambda j: j.numincrby("k", ".n", 1.5), "JSON.NUMINCRBY k .n 1.5"),
    (lambda j: j.nummultby("k", ".n", 2), "JSON.NUMMULTBY k .n 2"),
    (lambda j: j.numpowby("k", ".n", 2), "JSON.NUMPOWBY k .n 2"),
    (lambda j: j.objkeys("k"), "JSON.OBJKEYS k ."),
    (lambda j: j.objlen("k"), "JSON.OBJLEN k ."),
    (lambda j: j.resp("k"), "JSON.RESP k ."),
    (lambda j: j.set("k", Path.root_path(), {}), "JSON.SET k . {}"),
    (lambda j: j.set("k", "$", 1, nx=True), "JSON.SET k $ 1 NX"),
    (lambda j: j.set("k", "$", [1.5], xx=True, fpha="BF16"), "JSON.SET k $ [1.5] XX FPHA BF16"),
    (lambda j: j.set("k", "$", [1.5], fpha=FPHAType.FP32), "JSON.SET k $ [1.5] FPHA FP32"),
    (lambda j: j.strappend("k", "x"), 'JSON.STRAPPEND k . "x"'),
    (lambda j: j.strlen("k"), "JSON.STRLEN k ."),
    (lambda j: j.toggle("k"), "JSON.TOGGLE k ."),
    (lambda j: j.type("k", Path("$.a")), "JSON.TYPE k $.a"),
]


@pytest.mark.parametrize(("call", "words"), WORDS, ids=[words for _, words in WORDS])
def test_words(call: Callable[[JSON[bytes]], Any], words: str) -> None:
    command = call(WordsOnly().json())
    parts = [part.decode() if isinstance(part, bytes) else str(part) for part in command.words]
    assert parts == words.split(" ")


# As RedisJSON 2.8 and valkey-json were seen to give them, or as their sources say.
REPLIES: list[tuple[Callable[[JSON[bytes]], Any], Any, Any]] = [
    (lambda j: j.get("k"), b'{"a":[1,2.5,"\xc3\xa9",null,true]}', {"a": [1, 2.5, "é", None, True]}),
    (lambda j: j.get("k"), None, None),
    (lambda j: j.mget(["k", "l"], "."), [b"1", None], [1, None]),
    (lambda j: j.set("k", ".", 1), b"OK", True),
    (lambda j: j.set("k", ".", 1, nx=True), None, None),
    (lambda j: j.mset([("k", ".", 1)]), b"OK", True),
    (lambda j: j.mset([("k", "$.a.b", 1)]), None, None),
    (lambda j: j.merge("k", ".", 1), None, None),
    (lambda j: j.arrpop("k"), b'"x"', "x"),
    (lambda j: j.arrpop("k"), None, None),
    (lambda j: j.arrpop("k", "$.a"), [b'"x"', None], ["x", None]),
    (lambda j: j.type("k"), [b"object"], ["object"]),
    (lambda j: j.type("k"), b"object", ["object"]),
    (lambda j: j.type("k"), [None], None),
    (lambda j: j.type("k"), None, None),
    (lambda j: j.type("k", "$.a"), [[b"integer", b"null"]], [["integer", "null"]]),
    (lambda j: j.type("k", "$.a"), [b"integer", b"null"], [["integer", "null"]]),
    (lambda j: j.type("k", "$.a"), [[]], [[]]),
    (lambda j: j.type("k", "$.a"), [], [[]]),
    (lambda j: j.type("k", "$.a"), [None], None),
    (lambda j: j.type("k", "$.a"), None, None),
    (lambda j: j.numincrby("k", ".n", 1), [7], [7]),
    (lambda j: j.numincrby("k", ".n", 1), b"7", [7]),
    (lambda j: j.numincrby("k", "$.n", 1), [7, 1.5, None], [7, 1.5, None]),
    (lambda j: j.nummultby("k", "$.n", 1), b"[7,1.5,null]", [7, 1.5, None]),
    (lambda j: j.numpowby("k", "$.n", 1), [], []),
    (lambda j: j.objkeys("k"), [b"a", b"\xc3\xa9"], ["a", "é"]),
    (lambda j: j.objkeys("k", "$"), [[b"a"], None], [["a"], None]),
    (lambda j: j.objkeys("k"), None, None),
    (lambda j: j.toggle("k"), b"true", True),
    (lambda j: j.toggle("k"), b"false", False),
    (lambda j: j.toggle("k", "$"), [1, 0, None], [True, False, None]),
    (lambda j: j.resp("k"), [b"{", b"a", [b"[", 1, 2.5, None]], ["{", "a", ["[", 1, 2.5, None]]),
    (lambda j: j.debug("HELP"), [b"MEMORY", b"HELP"], ["MEMORY", "HELP"]),
]


@pytest.mark.parametrize(("call", "reply", "result"), REPLIES)
def test_replies(call: Callable[[JSON[bytes]], Any], reply: Any, result: Any) -> None:
    same(call(WordsOnly().json()).parse(reply), result)


# --- refusals --------------------------------------------------------------------------

REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda j: j.set("k", ".", 1, nx=True, xx=True), "nx and xx exclude each other"),
    (lambda j: j.set("k", ".", object()), "obj must be what can be written as JSON, got object"),
    (lambda j: j.set("k", ".", {"a": float("nan")}), "obj must be what .* got dict"),
    (lambda j: j.set("k", ".", {b"a": 1}), "obj must be what .* got dict"),
    (lambda j: j.set("k", ".", {b"\xff": 1}, decode_keys=True), "obj must be what .* got dict"),
    (lambda j: j.set("k", ".", 1, fpha="FP8"), "fpha must be BF16 or FP16 or FP32 or FP64"),
    (lambda j: j.set("k", b".", 1), "path must be a str or a Path, got bytes"),
    (lambda j: j.get("k", None), "path must be a str or a Path, got NoneType"),
    (lambda j: j.mset([]), "triplets must hold at least one"),
    (lambda j: j.mset([("k", ".")]), r"triplets must hold \(key, path, value\)"),
    (lambda j: j.mset([1]), r"triplets must hold .* got int"),
    (lambda j: j.mget([], "."), "keys must hold at least one"),
    (lambda j: j.arrappend("k", "."), "args must hold at least one"),
    (lambda j: j.arrinsert("k", ".", 0), "args must hold at least one"),
    (lambda j: j.arrappend("k", ".", {1, 2}), "args must be what .* got set"),
    (lambda j: j.strappend("k", 1), "value must be a str, got int"),
    (lambda j: j.numincrby("k", ".", "1"), "number must be an int or a float, got str"),
    (lambda j: j.numincrby("k", ".", True), "number must be an int or a float, got bool"),
    (lambda j: j.nummultby("k", ".", float("inf")), "number must be what .* got float"),
    (lambda j: j.debug("MEMORY"), "key must be the document's key"),
    (lambda j: j.debug("DEPTH", "k"), "subcommand must be MEMORY or HELP, got 'DEPTH'"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_wrong_is_refused_before_it_is_sent(
    offline: Redis[Any], call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        call(offline.json())


def test_a_value_without_end_is_refused(offline: Redis[Any]) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(DataError, match="obj must be"):
        offline.json().set("k", ".", endless)
    with pytest.raises(DataError, match="obj must be"):
        offline.json().set("k", ".", endless, decode_keys=True)


def test_path() -> None:
    path = Path("$.a")
    assert str(path) == "$.a"
    assert repr(path) == "Path('$.a')"
    assert path == Path("$.a")
    assert path != Path("$.b")
    assert path != "$.a"
    assert len({path, Path("$.a")}) == 1
    assert Path.root_path() == "."
    with pytest.raises(TypeError, match="path must be str, got int"):
        Path(1)  # type: ignore[arg-type]


def test_default_json_has_no_spaces_and_no_escapes() -> None:
    command: Any = WordsOnly().json().set("k", ".", {"é": [1, {"a": None}]})
    assert command.words[-1] == '{"é":[1,{"a":null}]}'
    assert json.loads(command.words[-1]) == {"é": [1, {"a": None}]}
