"""What Search is sent word by word, and how replies are read that the module at hand never gives.

That module is of Redis 7.4: FT.HYBRID and FT.ALIASLIST are newer, Redis 8 says in other words
what FT.PROFILE found, and Search before 2.8 knew nothing of RESP3.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from command_client import WordsOnly, check

from redtrio import Redis
from redtrio.commands.search import (
    AggregateRequest,
    Asc,
    Cursor,
    Desc,
    Document,
    GeoField,
    GeoFilter,
    GeoShapeField,
    IndexDefinition,
    NumericField,
    NumericFilter,
    Query,
    Suggestion,
    TagField,
    TextField,
    VectorField,
    reducers,
)
from redtrio.commands.search import querystring as q
from redtrio.commands.search.aggregation import FIELDNAME, Limit
from redtrio.commands.search.hybrid_query import (
    CombinationMethods,
    CombineResultsMethod,
    HybridCursorQuery,
    HybridFilter,
    HybridPostProcessingConfig,
    HybridQuery,
    HybridSearchQuery,
    HybridVsimQuery,
    VectorSearchMethods,
)
from redtrio.commands.search.query import SortbyField
from redtrio.exceptions import DataError


def made(call: Callable[[Any], Any]) -> Any:
    """Give the command that a method of the family makes."""
    return call(WordsOnly().ft("i"))


def words(call: Callable[[Any], Any]) -> str:
    return " ".join(
        word.decode() if isinstance(word, bytes) else str(word) for word in made(call).words
    )


# --- words -----------------------------------------------------------------------------


def test_an_index_is_sent_as_redis_py_sends_it() -> None:
    fields = [
        TextField("a", no_stem=True, phonetic_matcher="dm:fr", withsuffixtrie=True, as_name="b"),
        TagField("t", ";", case_sensitive=True, index_empty=True),
        NumericField("n", sortable=True, no_index=True, index_missing=True),
        GeoField("g"),
        GeoShapeField("s", GeoShapeField.SPHERICAL),
        VectorField("v", "HNSW", {"TYPE": "FLOAT32", "DIM": 2}, as_name="w"),
    ]
    assert words(lambda f: f.create_index(fields, stopwords=[], temporary=5)) == (
        "FT.CREATE i TEMPORARY 5 STOPWORDS 0 SCHEMA"
        " a AS b TEXT WEIGHT 1.0 NOSTEM PHONETIC dm:fr WITHSUFFIXTRIE"
        " t TAG SEPARATOR ; CASESENSITIVE INDEXEMPTY"
        " n NUMERIC NOINDEX INDEXMISSING SORTABLE"
        " g GEO s GEOSHAPE SPHERICAL v AS w VECTOR HNSW 4 TYPE FLOAT32 DIM 2"
    )
    definition = IndexDefinition(["a:", "b:"], "@x", "l", "german", "s", 0.5, "p")
    sent = words(lambda f: f.create_index(GeoField("g"), definition=definition))
    assert sent == (
        "FT.CREATE i PREFIX 2 a: b: FILTER @x LANGUAGE_FIELD l LANGUAGE german SCORE_FIELD s"
        " SCORE 0.5 PAYLOAD_FIELD p SCHEMA g GEO"
    )
    assert words(lambda f: f.alter_schema_add(GeoField("g"))) == "FT.ALTER i SCHEMA ADD g GEO"
    assert words(lambda f: f.dropindex(True)) == "FT.DROPINDEX i DD"
    assert words(lambda f: f.aliasadd("a")) == "FT.ALIASADD a i"
    assert words(lambda f: f.aliasupdate("a")) == "FT.ALIASUPDATE a i"
    assert words(lambda f: f.aliasdel("a")) == "FT.ALIASDEL a"
    assert words(lambda f: f.aliaslist()) == "FT.ALIASLIST i"


def test_a_query_is_sent_as_redis_py_sends_it() -> None:
    plain = "FT.SEARCH i x DIALECT 2 LIMIT 0 10"
    assert words(lambda f: f.search("x")) == plain
    assert words(lambda f: f.search("x", {})) == plain
    assert words(lambda f: f.search(Query("x"), {"a": 1})) == f"{plain} PARAMS 2 a 1"
    everything = (
        Query("x")
        .no_content()
        .limit_fields("f", "g")
        .verbatim()
        .no_stopwords()
        .add_filter(NumericFilter("n", 1, 2, maxExclusive=True))
        .add_filter(GeoFilter("g", 1, 2, 3, GeoFilter.MILES))
        .with_payloads()
        .scorer("BM25")
        .with_scores()
        .limit_ids("k")
        .slop(1)
        .timeout(5)
        .in_order()
        .return_field("a", as_field="b")
        .sort_by("n")
        .language("german")
        .expander("e")
        .dialect(4)
        .summarize(["a", "b"], 1, 2, "|")
        .highlight()
        .paging(5, 6)
    )
    assert words(lambda f: f.search(everything)) == (
        "FT.SEARCH i x NOCONTENT INFIELDS 2 f g VERBATIM NOSTOPWORDS FILTER n 1 (2"
        " GEOFILTER g 1 2 3 mi WITHPAYLOADS SCORER BM25 WITHSCORES INKEYS 1 k SLOP 1 TIMEOUT 5"
        " INORDER RETURN 3 a AS b SORTBY n ASC LANGUAGE german EXPANDER e DIALECT 4"
        " SUMMARIZE FIELDS 2 a b LEN 1 FRAGS 2 SEPARATOR | HIGHLIGHT LIMIT 5 6"
    )
    assert everything.query_string() == "x"


def test_a_request_is_sent_as_redis_py_sends_it() -> None:
    plain = "FT.AGGREGATE i * SCORER TFIDF DIALECT 2"
    assert words(lambda f: f.aggregate(AggregateRequest())) == plain
    everything = (
        AggregateRequest("x")
        .verbatim()
        .scorer("BM25")
        .add_scores()
        .cursor(5, timedelta(milliseconds=1500))
        .load("@a", "@b")
        .dialect(3)
        .apply(c="@a + 1")
        .filter(["@a", "@b"])
        .group_by(["@a", "@b"], reducers.avg("@c").alias(FIELDNAME))
        .sort_by(Asc("@c"), "@b", max=3)
        .limit(0, 0)
    )
    assert words(lambda f: f.aggregate(everything, {"p": 1})) == (
        "FT.AGGREGATE i x VERBATIM SCORER BM25 ADDSCORES WITHCURSOR COUNT 5 MAXIDLE 1500"
        " LOAD 2 @a @b DIALECT 3 APPLY @a + 1 AS c FILTER @a FILTER @b GROUPBY 2 @a @b"
        " REDUCE AVG 1 @c AS c SORTBY 3 @c ASC @b MAX 3 LIMIT 0 0 PARAMS 2 p 1"
    )
    cursor = Cursor(7)
    cursor.count = 9
    assert words(lambda f: f.aggregate(cursor)) == "FT.CURSOR READ i 7 COUNT 9"
    assert words(lambda f: f.cursor_del(cursor)) == "FT.CURSOR DEL i 7"


def test_collect_is_sent_as_redis_py_sends_it() -> None:
    assert reducers.collect().build_args() == ["REDUCE", "COLLECT", 2, "FIELDS", "*"]
    reducer = reducers.collect(["a", "@b"], True, [Desc("c")], (0, 3)).alias("x")
    assert " ".join(map(str, reducer.build_args())) == (
        "REDUCE COLLECT 12 FIELDS 2 @a @b DISTINCT SORTBY 2 @c DESC LIMIT 0 3 AS x"
    )


def test_hybrid_search_is_sent_as_redis_py_sends_it() -> None:
    text = HybridSearchQuery("shoes").scorer("TFIDF").yield_score_as("t")
    vector = HybridVsimQuery("@v", "$vec").vsim_method_params(VectorSearchMethods.KNN, K=10)
    vector.filter(HybridFilter("@price:[1 2]")).yield_score_as("d")
    after = HybridPostProcessingConfig().load("@a", "@b AS c").group_by("@a", reducers.count())
    after.apply(x="@a * 2").sort_by(SortbyField("@a", asc=False)).limit(0, 5)
    after.filter(HybridFilter("@x > 1"))
    sent = words(
        lambda f: f.hybrid_search(
            HybridQuery(text, vector),
            CombineResultsMethod(CombinationMethods.RRF, WINDOW=3),
            after,
            {"vec": "V"},
            timeout=timedelta(seconds=1),
            cursor=HybridCursorQuery(2, 3),
        )
    )
    assert sent == (
        "FT.HYBRID i SEARCH shoes SCORER TFIDF YIELD_SCORE_AS t VSIM @v $vec KNN 2 K 10"
        " FILTER @price:[1 2] YIELD_SCORE_AS d COMBINE RRF 2 WINDOW 3 LOAD 4 @a @b AS c"
        " GROUPBY 1 @a REDUCE COUNT 0 APPLY @a * 2 AS x SORTBY 2 @a DESC FILTER @x > 1"
        " LIMIT 0 5 PARAMS 2 vec V TIMEOUT 1000 WITHCURSOR COUNT 2 MAXIDLE 3"
    )
    vector = HybridVsimQuery("@v", b"\0", VectorSearchMethods.RANGE, {"RADIUS": 2})
    assert vector.get_args() == ["VSIM", "@v", b"\0", "RANGE", 2, "RADIUS", 2]
    assert (vector.vector_field(), vector.vector_data()) == ("@v", b"\0")
    assert text.query_string() == "shoes"
    assert CombineResultsMethod(CombinationMethods.LINEAR).get_args() == ["COMBINE", "LINEAR"]
    assert HybridCursorQuery().build_args() == ["WITHCURSOR"]


def test_queries_are_written_in_python() -> None:
    assert q.querystring("hello", year=q.between(1, 2, inclusive_min=False)) == (
        "(hello @year:[(1 2])"
    )
    assert q.querystring(a=[1, "x"], b=q.tags("t", "u")) == "(@a:(1 x) @b:{t | u})"
    assert str(q.union(a=["x", "y"], n=q.ge(3))) == "(@a:(x|y)|@n:[3 inf])"
    assert str(q.intersect(n=[q.lt(1), q.gt(2)])) == "(@n:[-inf (1] @n:[(2 inf])"
    assert str(q.disjunct_union(c=("il", "jp"))) == "-@c:(il|jp)"
    assert str(q.intersect(q.disjunct("a", "b"), q.OptionalNode(c="d"))) == "(-(a b) ~@c:d)"
    assert str(q.union(q.equal(1).to_string(), p=q.geo(1, 2, 3))) == "([1 1]|@p:[2 1 3 km])"
    assert q.intersect(n=q.le(1)).to_string() == "@n:[-inf 1]"
    assert str(q.intersect(p=q.GeoValue(2, 1, 3, "mi"), t=q.TagValue("t"))) == (
        "(@p:[2 1 3 mi] @t:{t})"
    )
    assert str(q.union(n=[q.RangeValue(1, None), q.RangeValue(None, 2, True, True)])) == (
        "(@n:[(1 (inf]|@n:[-inf 2])"
    )
    assert str(q.intersect(a=[q.ScalarValue(1), "x"])) == "@a:(1 x)"


# --- replies ---------------------------------------------------------------------------

FOUND: dict[bytes, Any] = {
    b"attributes": [],
    b"format": b"STRING",
    b"total_results": 7,
    b"warning": [b"Timeout limit was reached"],
    b"results": [
        {
            b"id": b"k",
            b"score": [0.5, [b"why", [b"because"]]],
            b"payload": b"p",
            b"extra_attributes": {b"id": b"x", b"$": b"{}", b"v": b"\xff", b"n": None},
            b"values": [],
        }
    ],
}


def test_what_is_no_document_is_left_out() -> None:
    # As Search 2.10 puts it there where time has run out.
    nothing: dict[bytes, Any] = {b"extra_attributes": [], b"values": []}
    reply = {**FOUND, b"total_results": 1, b"results": [nothing, *FOUND[b"results"]]}
    found = made(lambda f: f.search("x")).parse(reply)
    check([doc.id for doc in found.docs], ["k"])
    check((found.total, found.warnings), (1, ["Timeout limit was reached"]))


def test_sets_become_lists_in_order() -> None:
    check(made(lambda f: f.dict_dump("d")).parse({b"c", b"a", b"b"}), [b"a", b"b", b"c"])
    check(made(lambda f: f.tagvals("t")).parse([b"b", b"a"]), [b"b", b"a"])


def test_one_prefix_may_be_any_bytes() -> None:
    for prefix in (b"p:", bytearray(b"p:"), memoryview(b"p:")):
        assert IndexDefinition(prefix, score=None).args == ["PREFIX", 1, prefix]


def test_redis_8_profiles_beside_the_result() -> None:
    profile = {b"Shards": [{b"Warning": [b"None"], b"Time": 0.5}], b"Coordinator": {}}
    command = made(lambda f: f.profile("x"))
    found, told = command.parse({b"Results": FOUND, b"Profile": profile})
    check((found.total, found.warnings), (7, ["Timeout limit was reached"]))
    (doc,) = found.docs
    expected = {"id": "k", "payload": "p", "score": 0.5, "json": "{}", "v": "\udcff", "n": None}
    assert vars(doc) == expected
    check(told.info, {"Shards": [{"Warning": ["None"], "Time": 0.5}], "Coordinator": {}})


def test_hybrid_results_stay_bytes_if_nothing_else_is_said() -> None:
    query = HybridQuery(HybridSearchQuery("x"), HybridVsimQuery("@v", "$v"))
    after = HybridPostProcessingConfig().load("@a", decode_field=True).load("@b")
    after.load("@c AS d", "@e", decode_field=True, encoding="latin-1")
    row = {b"__score": b"0.5", b"a": b"1", b"b": b"2", b"c": b"3", b"d": b"\xe4", b"e": b"5"}
    values = {"__score": b"0.5", "a": "1", "b": b"2", "c": b"3", "d": "ä", "e": "5"}
    reply = {
        b"total_results": 3,
        b"results": [row],
        b"warnings": [b"slow"],
        b"execution_time": 0.25,
    }
    flat = [word for pair in reply.items() for word in pair]
    command = made(lambda f: f.hybrid_search(query, post_processing=after))
    for told in (reply, flat):
        found = command.parse(told)
        assert found.results == [values]
        check((found.total_results, found.warnings, found.execution_time), (3, ["slow"], 0.25))
    command = made(lambda f: f.hybrid_search(query, cursor=HybridCursorQuery()))
    halves = command.parse({b"SEARCH": 1, b"VSIM": 2, b"warnings": [b"slow"]})
    check((halves.search_cursor_id, halves.vsim_cursor_id, halves.warnings), (1, 2, ["slow"]))


def test_aliases_are_a_set() -> None:
    parse = made(lambda f: f.aliaslist()).parse
    check(parse({b"a", b"b"}), {b"a", b"b"})
    check(parse([]), set())


def test_flat_replies_of_old_are_read_as_well() -> None:
    asked = Query("x").with_scores().with_payloads()
    found = made(lambda f: f.search(asked)).parse([2, b"a", b"1", None, [b"t", b"x"]])
    assert found.total == 2
    assert [vars(doc) for doc in found.docs] == [
        {"id": "a", "payload": None, "score": 1.0, "t": "x"}
    ]
    found = made(lambda f: f.search(Query("x").no_content())).parse([9, b"a", b"b"])
    check([doc.id for doc in found.docs], ["a", "b"])
    request = AggregateRequest().cursor()
    found = made(lambda f: f.aggregate(request)).parse([[1, [b"t", [b"x"]]], 5])
    check((found.rows, found.total, found.cursor.cid), ([["t", ["x"]]], 1, 5))
    gone = {b"results": [{b"extra_attributes": None}], b"total_results": 1, b"warning": []}
    found = made(lambda f: f.aggregate(AggregateRequest())).parse(gone)
    assert (found.rows, found.total) == ([[]], 1)  # a document that expired meanwhile
    found, told = made(lambda f: f.profile("x")).parse([[0], [[b"Parsing time", b"1"]]])
    check((found.total, told.info), (0, [["Parsing time", "1"]]))
    reply = [[b"TERM", b"helo", [[b"0.5", b"hello"]]], [b"TERM", b"xyz", []]]
    check(
        made(lambda f: f.spellcheck("helo xyz")).parse(reply),
        {b"helo": [{"score": b"0.5", "suggestion": b"hello"}]},
    )
    check(made(lambda f: f.info()).parse([b"num_docs", b"1"]), {"num_docs": "1"})
    check(
        made(lambda f: f.config_get("x")).parse([[b"A", b"1"], [b"B", None]]), {"A": "1", "B": None}
    )
    check(made(lambda f: f.syndump()).parse([b"a", [b"g"]]), {b"a": [b"g"]})


def test_what_was_found_can_be_looked_at() -> None:
    command = made(lambda f: f.search("x"))
    found = command.parse(FOUND)
    assert repr(found).startswith("<Result 7 total, docs: [Document {'id': 'k'")
    assert repr(made(lambda f: f.aggregate(AggregateRequest())).parse([1, [b"a", b"b"]])) == (
        "<AggregateResult rows: 1, cursor: None>"
    )
    assert repr(WordsOnly().ft("i")) == "<Search 'i'>"
    assert repr(Query("x")) == "<Query 'x'>"
    assert repr(AggregateRequest()) == "<AggregateRequest '*'>"
    assert repr(Cursor(3)) == "<Cursor 3>"
    assert repr(FIELDNAME) == "FIELDNAME"
    assert repr(Suggestion("x")) == "<Suggestion 'x' score=1.0 payload=None>"
    assert repr(GeoField("g")) == "<GeoField g GEO>"
    assert repr(NumericFilter("n", 1, 2)) == "<NumericFilter FILTER n 1 2>"
    assert repr(IndexDefinition("p:")) == "<IndexDefinition PREFIX 1 p: SCORE 1.0>"


def test_documents_are_compared_and_copied() -> None:
    doc = Document("k", title="x")
    assert copy.copy(doc) == doc
    assert doc != Document("k", title="y")
    assert doc != "k"
    assert Suggestion("x") != "x"


# --- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f.create_index([]), "fields must hold at least one"),
        (lambda f: f.create_index(["a"]), "fields must be Field objects, got str"),
        (lambda f: f.create_index(GeoField("g"), temporary=0), "temporary must be > 0 seconds"),
        (lambda f: f.create_index(GeoField("g"), stopwords="und"), "stopwords must be several"),
        (lambda f: f.search(5), "query must be a Query or its text, got int"),
        (lambda f: f.search("x", [1]), "query_params must be a mapping, got list"),
        (lambda f: f.aggregate("x"), "query must be an AggregateRequest or a Cursor, got str"),
        (lambda f: f.aggregate(Cursor(1), {"a": 1}), "cursor and query_params exclude"),
        (lambda f: f.profile(None), "query must be a Query or its text, got NoneType"),
        (lambda f: f.spellcheck("x", distance=5), "distance must be from 1 to 4 letters, got 5"),
        (lambda f: f.dict_add("d"), "terms must hold at least one"),
        (lambda f: f.dict_del("d"), "terms must hold at least one"),
        (lambda f: f.synupdate("g"), "terms must hold at least one"),
        (lambda f: f.synupdate("g", "a", "b"), "skipinitial must be a bool, ahead of terms"),
        (lambda f: f.sugadd("ac", "x"), "suggestion must be a Suggestion, got str"),
        (lambda f: f.sugget("ac", "x", num=0), "num must be > 0 suggestions, got 0"),
        (lambda f: f.add_document("k"), "fields must hold at least one"),
        (lambda f: f.add_document("k", score=2, a=1), "score must be from 0.0 to 1.0, got 2"),
        (lambda f: f.get(), "ids must hold at least one"),
    ],
)
def test_bad_arguments_are_refused(
    offline: Redis[Any], call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        call(offline.ft())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TextField("a", no_index=True), "no_index needs sortable"),
        (lambda: TextField("a", phonetic_matcher="x"), "phonetic_matcher must be dm:en or"),  # type: ignore[arg-type]
        (lambda: TagField("a", separator=""), "separator must be one character, got ''"),
        (lambda: GeoShapeField("a", "x"), "coord_system must be SPHERICAL or FLAT"),  # type: ignore[arg-type]
        (lambda: VectorField("a", "x", {}), "algorithm must be FLAT or HNSW or"),
        (lambda: IndexDefinition(score=2), "score must be from 0.0 to 1.0, got 2"),
        (lambda: IndexDefinition(index_type="JSON"), "index_type must be an IndexType"),  # type: ignore[arg-type]
        (lambda: GeoFilter("a", 1, 2, 0), "radius must be > 0 km, got 0"),
        (lambda: GeoFilter("a", 1, 2, 3, "x"), "unit must be m or km or ft or mi"),  # type: ignore[arg-type]
        (lambda: Query("x").add_filter("y"), "flt must be a Filter, got str"),  # type: ignore[arg-type]
        (lambda: Query("x").slop(-1), "slop must be >= 0 words, got -1"),
        (lambda: Query("x").timeout(-1), "timeout must be >= 0 milliseconds"),
        (lambda: Query("x").paging(0, -1), "num must be >= 0 documents"),
        (lambda: Query("x").dialect(0), "dialect must be > 0"),
        (lambda: Query("x").highlight(tags="ab"), "tags must be two"),
        (lambda: Query("x").summarize(num_frags=0), "num_frags must be > 0 fragments"),
        (lambda: AggregateRequest().sort_by(), "fields must hold at least one"),
        (lambda: AggregateRequest().limit(-1, 0), "offset must be >= 0 rows"),
        (lambda: AggregateRequest().cursor(-1), "count must be >= 0 rows"),
        (lambda: AggregateRequest().cursor(max_idle=-1), "max_idle must be >= 0 milliseconds"),
        (lambda: Limit(0, -1), "count must be >= 0 rows"),
        (lambda: reducers.count().alias(FIELDNAME), "alias must be a name, as COUNT reduces no"),
        (lambda: reducers.quantile("@a", 2), "pct must be from 0 to 1, got 2"),
        (lambda: reducers.random_sample("@a", 0), "size must be > 0 values"),
        (lambda: reducers.collect([]), "fields must be '\\*' or names"),
        (lambda: reducers.collect(sort_by=[]), "sort_by must hold at least one"),
        (lambda: HybridVsimQuery("@v", "", VectorSearchMethods.KNN), "vsim_search_method needs"),
        (lambda: HybridPostProcessingConfig().sort_by(), "sortby must hold at least one"),
        (lambda: HybridCursorQuery(-1), "count must be >= 0 documents"),
        (q.tags, "t must hold at least one tag"),
        (lambda: q.union(a=[]), "a must be at least one value"),
    ],
)
def test_bad_options_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        make()
