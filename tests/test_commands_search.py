"""The commands of Search, on a Redis 8 that has the module of Redis Stack 7.4 loaded.

What that module does not know yet (hybrid search, lists of aliases), and how Redis 8's own
replies differ, is in ``test_commands_search_words``.
"""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any

import pytest
import trio
from command_catalog import SPECS
from command_client import Text, check
from servers import Server

from redtrio import Redis
from redtrio.commands.search import (
    AggregateRequest,
    Asc,
    Cursor,
    Desc,
    GeoField,
    GeoFilter,
    GeoShapeField,
    IndexDefinition,
    IndexType,
    NumericField,
    NumericFilter,
    Query,
    Suggestion,
    TagField,
    TextField,
    VectorField,
    reducers,
)
from redtrio.commands.search.aggregation import FIELDNAME
from redtrio.exceptions import ResponseError

ONE, MANY = struct.pack("<f", 1.0), b"\x00\x00\x00\xff"  # the second is no UTF-8

SCHEMA = [
    TextField("title", weight=2, sortable=True),
    NumericField("year", sortable=True),
    TagField("genre", separator=";"),
    GeoField("place"),
    VectorField("v", "FLAT", {"TYPE": "FLOAT32", "DIM": 1, "DISTANCE_METRIC": "L2"}),
]


@pytest.fixture
def server(stack: Server) -> Server:
    """Give the server that has the modules, and it alone."""
    return stack


async def indexed(r: Redis[Any], name: str = "idx") -> None:
    """Wait until the index has seen all documents."""
    with trio.fail_after(10):
        while True:
            info = await r.ft(name).info()
            if info["percent_indexed"] == 1 and not info["indexing"]:
                return
            await trio.sleep(0.01)


@pytest.fixture
async def films(r: Redis[Any]) -> Redis[Any]:
    """Give a client of a server with an index of three documents."""
    alien: dict[Any, Any] = {"title": "alien", "year": 1979, "genre": "horror;scifi"}
    await r.hset("film:1", mapping={**alien, "place": "13.4,52.5", "v": ONE})
    await r.hset("film:2", mapping={"title": "aliens", "year": 1986, "genre": "scifi", "v": MANY})
    await r.hset("film:3", mapping={"title": "heat", "year": 1995, "genre": "crime"})
    made = await r.ft().create_index(SCHEMA, definition=IndexDefinition(prefix=["film:"]))
    check(made, True)
    await indexed(r)
    return r


# --- facts -----------------------------------------------------------------------------


async def test_specs_are_what_the_server_says(server: Server) -> None:
    async with Redis(server.host, server.port) as r:
        for name, spec in SPECS.items():
            if not name.startswith("FT."):
                continue
            (entry,) = await r.call("COMMAND", "INFO", name.partition(" ")[0])
            if entry is None:
                assert name in {"FT.ALIASLIST", "FT.HYBRID"}  # newer
                continue
            # It calls whatever changes no key a reader.
            assert b"readonly" in entry[2] or not spec.readonly, name
            assert not spec.blocking
            if name.startswith("FT.SUG"):
                assert spec.keys == tuple(entry[3:6])


# --- indexes ---------------------------------------------------------------------------


async def test_create_index_takes_every_option(r: Redis[Any], t: Text) -> None:
    definition = IndexDefinition(
        prefix="p:",
        filter="@n > 0",
        language_field="lang",
        language="german",
        score_field="s",
        score=0.5,
        payload_field="pay",
        index_type=IndexType.HASH,
    )
    fields = [
        TextField("a", 1.5, True, "dm:en", True, as_name="b", index_missing=True, index_empty=True),
        TextField("hidden", sortable=True, no_index=True),
        TagField("g", case_sensitive=True, withsuffixtrie=True),
        NumericField("n", sortable=True),
        GeoShapeField("shape", GeoShapeField.FLAT),
        VectorField("w", "hnsw", {"TYPE": "FLOAT32", "DIM": 2, "DISTANCE_METRIC": "IP"}),
    ]
    made = await r.ft("all").create_index(
        fields,
        no_term_offsets=True,
        no_field_flags=True,
        stopwords=["und", "oder"],
        definition=definition,
        max_text_fields=True,
        temporary=timedelta(hours=1),
        no_highlight=True,
        no_term_frequencies=True,
        skip_initial_scan=True,
    )
    check(made, True)
    info = await r.ft("all").info()
    check(info["index_name"], "all")
    check(info["index_definition"]["prefixes"], ["p:"])
    check(info["index_definition"]["default_language"], "german")
    check([one["attribute"] for one in info["attributes"]], ["b", "hidden", "g", "n", "shape", "w"])
    check(sorted(info["stopwords_list"]), ["oder", "und"])
    check(await r.ft().list_indexes(), t({"all"}))


async def test_an_index_is_altered_and_dropped(films: Redis[Any]) -> None:
    check(await films.ft().alter_schema_add(TextField("more")), True)
    info = await films.ft().info()
    check(info["attributes"][-1]["identifier"], "more")
    check(info["num_docs"], 3)
    check(await films.ft().dropindex(), True)
    check(await films.exists("film:1"), 1)
    with pytest.raises(ResponseError):
        await films.ft().info()


async def test_dropindex_drops_documents_as_well(films: Redis[Any]) -> None:
    check(await films.ft().dropindex(delete_documents=True), True)
    check(await films.exists("film:1"), 0)


async def test_json_is_indexed(r: Redis[Any]) -> None:
    await r.call("JSON.SET", "doc", "$", '{"a":"x"}')
    definition = IndexDefinition(index_type=IndexType.JSON)
    await r.ft("j").create_index(TextField("$.a", as_name="a"), definition=definition)
    await indexed(r, "j")
    (doc,) = (await r.ft("j").search("x")).docs
    check(doc.json, '{"a":"x"}')
    (doc,) = (await r.ft("j").search(Query("@a:x").return_field("$.a", as_field="it"))).docs
    check(doc["it"], "x")


async def test_aliases(films: Redis[Any]) -> None:
    check(await films.ft().aliasadd("movies"), True)
    check((await films.ft("movies").search("heat")).total, 1)
    check(await films.ft().aliasupdate("movies"), True)
    check(await films.ft().aliasdel("movies"), True)
    with pytest.raises(ResponseError):
        await films.ft().aliasdel("movies")


async def test_tagvals(films: Redis[Any], t: Text) -> None:
    check(sorted(await films.ft().tagvals("genre")), t(["crime", "horror", "scifi"]))


async def test_config(r: Redis[Any]) -> None:
    check(await r.ft().config_set("TIMEOUT", 501), True)
    check(await r.ft().config_get("TIMEOUT"), {"TIMEOUT": "501"})
    check((await r.ft().config_help("TIMEOUT"))["TIMEOUT"]["Value"], "501")
    check((await r.ft().config_get("*"))["EXTLOAD"], None)
    await r.ft().config_set("TIMEOUT", 500)


# --- searching -------------------------------------------------------------------------


async def test_search_gives_documents(films: Redis[Any]) -> None:
    found = await films.ft().search("heat")
    check(found.total, 1)
    check(found.warnings, [])
    assert found.duration > 0
    (doc,) = found.docs
    check(doc.id, "film:3")
    check(doc.payload, None)
    check((doc.title, doc["year"], doc.genre), ("heat", "1995", "crime"))
    with pytest.raises(AttributeError, match="'film:3' has no field 'score'"):
        doc.score  # noqa: B018 - asking is what is tested
    with pytest.raises(KeyError, match="has no field 'v'"):
        doc["v"]


async def test_search_takes_bytes_and_options(films: Redis[Any]) -> None:
    check((await films.ft().search(b"heat")).total, 1)
    found = await films.ft().search(Query("@genre:{scifi}").sort_by("year", asc=False).paging(0, 1))
    check((found.total, [doc.title for doc in found.docs]), (2, ["aliens"]))
    found = await films.ft().search(Query("*").no_content().limit_ids("film:2", "none"))
    check([vars(doc) for doc in found.docs], [{"id": "film:2", "payload": None}])
    asked = Query("alien").with_scores().with_payloads().verbatim().scorer("TFIDF")
    (doc,) = (await films.ft().search(asked)).docs
    assert isinstance(doc.score, float)
    check(doc.payload, None)


async def test_filters(films: Redis[Any]) -> None:
    late = Query("*").add_filter(NumericFilter("year", 1986, NumericFilter.INF, minExclusive=True))
    check([doc.id for doc in (await films.ft().search(late)).docs], ["film:3"])
    near = Query("*").add_filter(GeoFilter("place", 13.4, 52.5, 1))
    check([doc.id for doc in (await films.ft().search(near)).docs], ["film:1"])


async def test_every_option_of_a_query_is_understood(films: Redis[Any]) -> None:
    asked = (
        Query("alien")
        .limit_fields("title")
        .no_stopwords()
        .language("english")
        .slop(0)
        .in_order()
        .timeout(timedelta(seconds=1))
        .expander("SBSTEM")
        .return_fields("title", "year")
        .summarize("title", context_len=5, num_frags=1, sep="|")
        .highlight(["title"], ["[", "]"])
        .dialect(3)
    )
    (first, second) = (await films.ft().search(asked.sort_by("year"))).docs
    check((first.title, first.year), ("[alien]|", "1979"))
    check(second.title, "[aliens]|")


async def test_vectors_stay_bytes_if_they_are_told_to(films: Redis[Any]) -> None:
    asked = Query("*=>[KNN 1 @v $near AS far]").return_field("v", decode_field=False)
    asked.return_field("far").sort_by("far")
    (doc,) = (await films.ft().search(asked, query_params={"near": ONE})).docs
    check((doc.id, doc.v, doc.far), ("film:1", ONE, "0"))


async def test_what_is_no_text_is_not_lost(films: Redis[Any]) -> None:
    (doc,) = (await films.ft().search("@year:[1986 1986]")).docs
    check(doc.v.encode("utf-8", "surrogateescape"), MANY)


async def test_load_document(films: Redis[Any]) -> None:
    doc = await films.ft().load_document("film:1", field_encodings={"v": None})
    check((doc.id, doc.title, doc.v), ("film:1", "alien", ONE))
    check(vars(await films.ft().load_document(b"none")), {"id": "none", "payload": None})


async def test_explain(films: Redis[Any], decodes: bool) -> None:
    tree = await films.ft().explain(Query("heat").verbatim())
    check(tree, "heat\n" if decodes else b"heat\n")
    tree = await films.ft().explain("@year:[$a 2000]", query_params={"a": 1})
    assert isinstance(tree, str if decodes else bytes)
    lines = await films.ft().explain_cli("heat @year:[$a 2000]", query_params={"a": 1})
    check(lines[0], "INTERSECT {" if decodes else b"INTERSECT {")


async def test_spellcheck(films: Redis[Any], t: Text) -> None:
    found = await films.ft().spellcheck("heet year")
    check(list(found), t(["heet"]))
    check(found[t("heet")][0]["suggestion"], t("heat"))
    await films.ft().dict_add("more", "heed")
    check(await films.ft().spellcheck("heed", distance=1, exclude="more"), {})
    found = await films.ft().spellcheck("hexd", include="more")
    expected = {t("hexd"): [{"score": t("0"), "suggestion": t("heed")}]}
    check(found, expected)


async def test_profile(films: Redis[Any]) -> None:
    found, told = await films.ft().profile("heat")
    check((found.total, found.docs[0].id), (1, "film:3"))
    assert "Parsing time" in told.info
    rows, told = await films.ft().profile(
        AggregateRequest("@year:[$a 2000]").group_by([], reducers.count().alias("n")),
        limited=True,
        query_params={"a": 1990},
    )
    check(rows.rows, [["n", "1"]])
    assert "Iterators profile" in told.info


# --- aggregating -----------------------------------------------------------------------


async def test_aggregate_groups(films: Redis[Any]) -> None:
    request = (
        AggregateRequest("*")
        .load("@title", "@year", "AS", "y")
        .filter("@y > 1900")
        .apply(decade="floor(@y / 10) * 10", old="@y < 1980")
        .group_by("@old", reducers.count().alias("n"), reducers.tolist("@title").alias(FIELDNAME))
        .sort_by(Desc("@n"), "@old", max=5)
        .limit(0, 10)
        .verbatim()
        .add_scores()
        .timeout(1000)
        .dialect(2)
    )
    found = await films.ft().aggregate(request)
    check(found.cursor, None)
    check(found.warnings, [])
    assert isinstance(found.total, int)
    first, second = found.rows
    check(first[:4], ["old", "0", "n", "2"])
    check(sorted(first[5]), ["aliens", "heat"])
    check(second, ["old", "1", "n", "1", "title", ["alien"]])


async def test_every_reducer_is_understood(films: Redis[Any]) -> None:
    request = AggregateRequest("*").group_by(
        [],
        reducers.sum("@year").alias("sum"),
        reducers.min("@year").alias("min"),
        reducers.max("@year").alias("max"),
        reducers.avg("@year").alias("avg"),
        reducers.stddev("@year").alias("stddev"),
        reducers.quantile("@year", 0.5).alias("median"),
        reducers.count_distinct("@year").alias("distinct"),
        reducers.count_distinctish("@year").alias("about"),
        reducers.first_value("@title", Asc("@year")).alias("oldest"),
        reducers.first_value("@year", Desc).alias("last"),
        reducers.random_sample("@year", 1).alias("any"),
    )
    (row,) = (await films.ft().aggregate(request)).rows
    named = dict(zip(row[::2], row[1::2], strict=True))
    assert named.pop("any")[0] in {"1979", "1986", "1995"}
    assert float(named.pop("stddev")) == pytest.approx(8.02, abs=0.01)
    assert float(named.pop("avg")) == pytest.approx(5960 / 3)
    expected = {"sum": "5960", "min": "1979", "max": "1995", "median": "1986"}
    check(named, {**expected, "distinct": "3", "about": "3", "oldest": "alien", "last": "1995"})


async def test_a_cursor_reads_in_parts(films: Redis[Any]) -> None:
    request = AggregateRequest("*").load("@title").sort_by("@title").cursor(1, max_idle=5)
    found = await films.ft().aggregate(request)
    check(found.rows, [["title", "alien"]])
    cursor = found.cursor
    assert cursor is not None
    assert cursor.cid != 0
    cursor.count = 2
    found = await films.ft().aggregate(cursor)
    check([row[1] for row in found.rows], ["aliens", "heat"])
    assert found.cursor is cursor
    while cursor.cid:
        check((await films.ft().aggregate(cursor)).rows, [])


async def test_a_cursor_is_dropped(films: Redis[Any]) -> None:
    request = AggregateRequest("*").load().cursor(1)
    cursor = (await films.ft().aggregate(request)).cursor
    assert cursor is not None
    check(await films.ft().cursor_del(cursor), True)
    with pytest.raises(ResponseError, match="Cursor"):
        await films.ft().aggregate(cursor)
    with pytest.raises(ResponseError, match="Cursor"):
        await films.ft().cursor_del(Cursor(5).cid)


# --- dictionaries, synonyms, suggestions, documents ------------------------------------


async def test_dictionaries(r: Redis[Any], t: Text) -> None:
    check(await r.ft().dict_add("d", "a", "b"), 2)
    check(await r.ft().dict_add("d", "a"), 0)
    check(await r.ft().dict_dump("d"), t(["a", "b"]))
    check(await r.ft().dict_del("d", "a", "x", "b"), 2)


async def test_synonyms(films: Redis[Any], t: Text) -> None:
    check(await films.ft().synupdate("g", False, "heat", "warmth"), True)
    check(await films.ft().synupdate("h", True, "heat"), True)
    synonyms = await films.ft().syndump()
    check(sorted(synonyms[t("heat")]), t(["g", "h"]))
    check(synonyms[t("warmth")], t(["g"]))


async def test_suggestions(r: Redis[Any]) -> None:
    check(await r.ft().sugadd("ac", Suggestion("hello", 1.5)), 1)
    check(await r.ft().sugadd("ac", Suggestion("help", payload="p")), 2)
    check(await r.ft().sugadd("ac", Suggestion("help", payload="p"), increment=True), 2)
    check(await r.ft().suglen("ac"), 2)
    assert await r.ft().sugget("ac", "hel") == [Suggestion("help"), Suggestion("hello")]
    first, second = await r.ft().sugget("ac", "xel", True, 5, with_scores=True, with_payloads=True)
    check((first.string, first.payload), ("help", "p"))
    check((second.string, second.payload), ("hello", None))
    assert first.score > second.score > 0
    (only,) = await r.ft().sugget("ac", "help", num=1, with_payloads=True)
    check((only.score, only.payload), (1.0, "p"))
    check(await r.ft().sugdel("ac", "help"), True)
    check(await r.ft().sugdel("ac", "help"), False)
    check(await r.ft().sugget("none", "x"), [])
    check(await r.ft().suglen("none"), 0)


async def test_documents_as_of_old(films: Redis[Any], t: Text) -> None:
    added = await films.ft().add_document(
        "film:4", score=0.5, payload="pay", language="english", title="ran"
    )
    check(added, True)
    with pytest.raises(ResponseError):
        await films.ft().add_document("film:4", title="ran")
    check(await films.ft().add_document("film:4", partial=True, no_create=True, year=1985), True)
    fields, missing = await films.ft().get("film:4", "none")
    assert fields is not None
    assert t("ran") in fields
    check(missing, None)
    check(await films.ft().delete_document("film:4", delete_actual_document=True), True)
    check(await films.ft().delete_document("film:4"), False)


async def test_a_pipeline_has_the_family_too(films: Redis[Any]) -> None:
    async with films.pipeline() as pipe:
        found = pipe.ft().search("heat")
        size = pipe.ft().sugadd("ac", Suggestion("x"))
    check((await found).docs[0].title, "heat")
    check(await size, 1)
