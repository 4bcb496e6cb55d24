"""The commands on probabilistic structures, without a server: words, replies, refusals.

Few servers have the modules, so what is sent and how replies are read is checked apart from
them. The replies are RedisBloom's by RESP3, and those that valkey-bloom gives other than it.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from command_client import WordsOnly, check

from redtrio import Redis
from redtrio.commands._base import Command
from redtrio.commands._groups import text_of
from redtrio.commands.bloom import BFInfo
from redtrio.commands.count_min import CMSInfo
from redtrio.exceptions import DataError, ResponseError

made = WordsOnly()
bf: Any = made.bf()
cf: Any = made.cf()
cms: Any = made.cms()
tdigest: Any = made.tdigest()
topk: Any = made.topk()

BF_INFO = {
    b"Capacity": 100,
    b"Size": 240,
    b"Number of filters": 1,
    b"Number of items inserted": 2,
    b"Expansion rate": None,
}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (bf.create("k", 0.01, 100), "BF.RESERVE k 0.01 100"),
        (bf.reserve("k", 0.5, 1, 0), "BF.RESERVE k 0.5 1 EXPANSION 0"),
        (bf.create("k", 0.5, 1, noScale=True), "BF.RESERVE k 0.5 1 NONSCALING"),
        (bf.create("k", 0.5, 1, 2, noScale=False), "BF.RESERVE k 0.5 1 EXPANSION 2"),
        (bf.add("k", "a"), "BF.ADD k a"),
        (bf.madd("k", "a", b"b", 3), "BF.MADD k a b 3"),
        (bf.insert("k", "ab"), "BF.INSERT k ITEMS ab"),
        (
            bf.insert("k", ["a", "b"], 10, 0.1, expansion=4),
            "BF.INSERT k CAPACITY 10 ERROR 0.1 EXPANSION 4 ITEMS a b",
        ),
        (
            bf.insert("k", iter("ab"), noCreate=True, noScale=True),
            "BF.INSERT k NONSCALING NOCREATE ITEMS a b",
        ),
        (bf.exists("k", "a"), "BF.EXISTS k a"),
        (bf.mexists("k", "a", "b"), "BF.MEXISTS k a b"),
        (bf.scandump("k", 0), "BF.SCANDUMP k 0"),
        (bf.loadchunk("k", 1, b"part"), "BF.LOADCHUNK k 1 part"),
        (bf.info("k"), "BF.INFO k"),
        (bf.card("k"), "BF.CARD k"),
        (cf.create("k", 100), "CF.RESERVE k 100"),
        (
            cf.reserve("k", 100, 2, 4, 30),
            "CF.RESERVE k 100 EXPANSION 2 BUCKETSIZE 4 MAXITERATIONS 30",
        ),
        (cf.add("k", "a"), "CF.ADD k a"),
        (cf.addnx("k", "a"), "CF.ADDNX k a"),
        (cf.insert("k", "ab"), "CF.INSERT k ITEMS ab"),
        (cf.insert("k", ["a", "b"], 10), "CF.INSERT k CAPACITY 10 ITEMS a b"),
        (cf.insertnx("k", ("a",), nocreate=True), "CF.INSERTNX k NOCREATE ITEMS a"),
        (cf.exists("k", "a"), "CF.EXISTS k a"),
        (cf.mexists("k", "a", "b"), "CF.MEXISTS k a b"),
        (cf.delete("k", "a"), "CF.DEL k a"),
        (cf.count("k", "a"), "CF.COUNT k a"),
        (cf.scandump("k", 5), "CF.SCANDUMP k 5"),
        (cf.loadchunk("k", 1, b"part"), "CF.LOADCHUNK k 1 part"),
        (cf.info("k"), "CF.INFO k"),
        (cms.initbydim("k", 100, 5), "CMS.INITBYDIM k 100 5"),
        (cms.initbyprob("k", 0.01, 0.02), "CMS.INITBYPROB k 0.01 0.02"),
        (cms.incrby("k", ["a", "b"], [1, 0]), "CMS.INCRBY k a 1 b 0"),
        (cms.incrby("k", "ab", 2), "CMS.INCRBY k ab 2"),
        (cms.query("k", "a", "b"), "CMS.QUERY k a b"),
        (cms.merge("k", 1, ["a"]), "CMS.MERGE k 1 a"),
        (cms.merge("k", 2, ["a", "b"], weights=[1, -2]), "CMS.MERGE k 2 a b WEIGHTS 1 -2"),
        (cms.info("k"), "CMS.INFO k"),
        (topk.reserve("k", 3, 8, 7, 0.9), "TOPK.RESERVE k 3 8 7 0.9"),
        (topk.reserve("k", 3, 8, 7, 1), "TOPK.RESERVE k 3 8 7 1"),
        (topk.add("k", "a", "b"), "TOPK.ADD k a b"),
        (topk.incrby("k", ["a", "b"], (0, 100_000)), "TOPK.INCRBY k a 0 b 100000"),
        (topk.query("k", "a"), "TOPK.QUERY k a"),
        (topk.count("k", "a"), "TOPK.COUNT k a"),
        (topk.list("k"), "TOPK.LIST k"),
        (topk.list("k", withcount=True), "TOPK.LIST k WITHCOUNT"),
        (topk.info("k"), "TOPK.INFO k"),
        (tdigest.create("k"), "TDIGEST.CREATE k COMPRESSION 100"),
        (tdigest.create("k", 500), "TDIGEST.CREATE k COMPRESSION 500"),
        (tdigest.reset("k"), "TDIGEST.RESET k"),
        (tdigest.add("k", [1, 2.5]), "TDIGEST.ADD k 1 2.5"),
        (tdigest.merge("k", 1, "a"), "TDIGEST.MERGE k 1 a"),
        (
            tdigest.merge("k", 2, "a", "b", compression=10, override=True),
            "TDIGEST.MERGE k 2 a b COMPRESSION 10 OVERRIDE",
        ),
        (tdigest.min("k"), "TDIGEST.MIN k"),
        (tdigest.max("k"), "TDIGEST.MAX k"),
        (tdigest.quantile("k", 0, 0.5, 1), "TDIGEST.QUANTILE k 0 0.5 1"),
        (tdigest.cdf("k", 1, 2.5), "TDIGEST.CDF k 1 2.5"),
        (tdigest.trimmed_mean("k", 0, 1), "TDIGEST.TRIMMED_MEAN k 0 1"),
        (tdigest.rank("k", 1, -2.5), "TDIGEST.RANK k 1 -2.5"),
        (tdigest.revrank("k", 1), "TDIGEST.REVRANK k 1"),
        (tdigest.byrank("k", 0, 1), "TDIGEST.BYRANK k 0 1"),
        (tdigest.byrevrank("k", 2), "TDIGEST.BYREVRANK k 2"),
        (tdigest.info("k"), "TDIGEST.INFO k"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words(command: Command[Any], words: str) -> None:
    assert " ".join(map(text_of, command.words)) == words


@pytest.mark.parametrize(
    ("command", "reply", "result"),
    [
        (bf.create("k", 0.1, 1), b"OK", True),
        (bf.add("k", "a"), True, True),
        (bf.add("k", "a"), 0, False),  # valkey-bloom
        (bf.madd("k", "a", "b"), [True, False], [True, False]),
        (bf.insert("k", "a"), [1, 0], [True, False]),  # valkey-bloom
        (bf.exists("k", "a"), 1, True),  # valkey-bloom
        (bf.mexists("k", "a", "b"), [0, 1], [False, True]),  # valkey-bloom
        (bf.scandump("k", 0), [1, b"\xff"], (1, b"\xff")),
        (bf.scandump("k", 0), [0, b""], (0, b"")),
        (bf.loadchunk("k", 1, b""), b"OK", True),
        (cf.create("k", 100), b"OK", True),
        (cf.add("k", "a"), True, True),
        (cf.addnx("k", "a"), False, False),
        (cf.insert("k", "ab"), [True, False], [True, False]),
        (cf.exists("k", "a"), True, True),
        (cf.mexists("k", "a"), [False], [False]),
        (cf.delete("k", "a"), False, False),
        (cf.scandump("k", 0), [0, None], (0, None)),
        (cf.loadchunk("k", 1, b""), b"OK", True),
        (cms.initbydim("k", 1, 1), b"OK", True),
        (cms.initbyprob("k", 0.1, 0.1), b"OK", True),
        (cms.incrby("k", "a", 1), [1], [1]),
        (cms.merge("k", 1, ["a"]), b"OK", True),
        (topk.reserve("k", 1, 1, 1, 1), b"OK", True),
        (topk.incrby("k", "a", 1), [None, b"b"], [None, b"b"]),
        (topk.query("k", "a"), [True, False], [True, False]),
        (tdigest.create("k"), b"OK", True),
        (tdigest.reset("k"), b"OK", True),
        (tdigest.add("k", [1]), b"OK", True),
        (tdigest.merge("k", 1, "a"), b"OK", True),
    ],
)
def test_replies(command: Command[Any], reply: Any, result: Any) -> None:
    assert command.parse is not None
    check(command.parse(reply), result)


def test_replies_that_are_results() -> None:
    # They come as the types of RESP3 that are wanted, nan and inf among the doubles.
    as_they_are = [
        bf.card("k"),
        cf.insertnx("k", "a"),
        cf.count("k", "a"),
        cms.query("k", "a"),
        topk.add("k", "a"),
        topk.count("k", "a"),
        topk.list("k"),
        topk.list("k", withcount=True),
        tdigest.min("k"),
        tdigest.max("k"),
        tdigest.quantile("k", 1),
        tdigest.cdf("k", 1),
        tdigest.trimmed_mean("k", 0, 1),
        tdigest.rank("k", 1),
        tdigest.revrank("k", 1),
        tdigest.byrank("k", 1),
        tdigest.byrevrank("k", 1),
    ]
    assert [command.parse for command in as_they_are] == [None] * len(as_they_are)


def test_dumps_are_never_decoded() -> None:
    raw = [bf.scandump("k", 0).spec.raw, cf.scandump("k", 0).spec.raw]
    assert raw == [True, True]


@pytest.mark.parametrize(
    "command",
    [bf.madd("k", "a"), bf.insert("k", "a"), cms.incrby("k", "a", 1), topk.incrby("k", "a", 1)],
)
def test_error_among_the_elements_is_raised(command: Command[Any]) -> None:
    assert command.parse is not None
    with pytest.raises(ResponseError, match="full"):
        command.parse([True, ResponseError("ERR non scaling filter is full")])


# --- information -----------------------------------------------------------------------


def test_information_is_read_by_attribute_and_by_item() -> None:
    told = bf.info("k").parse(BF_INFO)
    assert type(told) is BFInfo
    assert (told.capacity, told["capacity"], told.get("capacity")) == (100, 100, 100)
    assert (told.expansionRate, told["expansionRate"]) == (None, None)
    assert told.get("nonsense") is None
    with pytest.raises(KeyError, match="nonsense"):
        told["nonsense"]
    with pytest.raises(KeyError, match="get"):
        told["get"]


def test_information_may_come_as_a_flat_list_and_with_more_fields() -> None:
    # As valkey-bloom gives it.
    flat = [word for pair in BF_INFO.items() for word in pair]
    assert bf.info("k").parse([*flat, b"Later field", 1]) == bf.info("k").parse(BF_INFO)


def test_information_of_every_kind() -> None:
    told = cf.info("k").parse(
        {
            b"Size": 1,
            b"Number of buckets": 2,
            b"Number of filters": 3,
            b"Number of items inserted": 4,
            b"Number of items deleted": 5,
            b"Bucket size": 6,
            b"Expansion rate": 7,
            b"Max iterations": 8,
        }
    )
    assert repr(told) == (
        "CFInfo(size=1, bucketNum=2, filterNum=3, insertedNum=4, deletedNum=5, bucketSize=6,"
        " expansionRate=7, maxIteration=8)"
    )
    told = topk.info("k").parse({b"k": 1, b"width": 2, b"depth": 3, b"decay": 0.9})
    assert repr(told) == "TopKInfo(k=1, width=2, depth=3, decay=0.9)"
    told = tdigest.info("k").parse(
        {
            b"Compression": 1,
            b"Capacity": 2,
            b"Merged nodes": 3,
            b"Unmerged nodes": 4,
            b"Merged weight": 5,
            b"Unmerged weight": 6,
            b"Observations": 7,
            b"Total compressions": 8,
            b"Memory usage": 9,
        }
    )
    assert repr(told) == (
        "TDigestInfo(compression=1, capacity=2, merged_nodes=3, unmerged_nodes=4,"
        " merged_weight=5, unmerged_weight=6, observations=7, total_compressions=8,"
        " memory_usage=9)"
    )


def test_information_is_equal_by_value_and_kind() -> None:
    sketch = {b"width": 1, b"depth": 2, b"count": 3}
    told = cms.info("k").parse(sketch)
    assert told == CMSInfo(sketch)
    assert told != CMSInfo(sketch | {b"count": 4})
    assert told != {"width": 1, "depth": 2, "count": 3}
    with pytest.raises(TypeError, match="unhashable"):
        hash(told)


# --- what is refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: r.bf().create("k", 0, 1), "errorRate must be between 0 and 1.*, got 0"),
        (lambda r: r.bf().create("k", 1, 1), "errorRate must be between 0 and 1.*, got 1"),
        (lambda r: r.bf().create("k", math.nan, 1), "errorRate must be between .*, got nan"),
        (lambda r: r.bf().create("k", "0.1", 1), "errorRate must be a number, got str"),
        (lambda r: r.bf().create("k", True, 1), "errorRate must be a number, got bool"),
        (lambda r: r.bf().create("k", 0.1, 0), "capacity must be > 0 items, got 0"),
        (lambda r: r.bf().create("k", 0.1, 1, -1), "expansion must be >= 0 times, got -1"),
        (lambda r: r.bf().create("k", 0.1, 1, 2, True), "expansion and noScale exclude"),
        (lambda r: r.bf().madd("k"), "items must hold at least one"),
        (lambda r: r.bf().mexists("k"), "items must hold at least one"),
        (lambda r: r.bf().insert("k", []), "items must hold at least one"),
        (lambda r: r.bf().insert("k", "a", capacity=0), "capacity must be > 0 items, got 0"),
        (lambda r: r.bf().insert("k", "a", error=1.5), "error must be between 0 and 1"),
        (lambda r: r.bf().insert("k", "a", 1, noCreate=True), "noCreate and capacity exclude"),
        (lambda r: r.bf().insert("k", "a", error=0.1, noCreate=True), "noCreate and error exclude"),
        (lambda r: r.bf().scandump("k", -1), "iter must be >= 0 bytes, got -1"),
        (lambda r: r.bf().loadchunk("k", "one", b""), "iter must be a whole number .* got str"),
        (lambda r: r.cf().create("k", 1), "capacity must be >= 2 items, got 1"),
        (lambda r: r.cf().create("k", 7, bucket_size=4), "capacity must be >= 8 items, got 7"),
        (lambda r: r.cf().create("k", 9, bucket_size=0), "bucket_size must be > 0 items, got 0"),
        (lambda r: r.cf().create("k", 9, max_iterations=0), "max_iterations must be > 0 times"),
        (lambda r: r.cf().create("k", 9, expansion=-1), "expansion must be >= 0 times, got -1"),
        (lambda r: r.cf().insert("k", "a", 1, True), "nocreate and capacity exclude"),
        (lambda r: r.cf().insert("k", ()), "items must hold at least one"),
        (lambda r: r.cf().insertnx("k", "a", 0), "capacity must be > 0 items, got 0"),
        (lambda r: r.cf().mexists("k"), "items must hold at least one"),
        (lambda r: r.cf().scandump("k", -1), "iter must be >= 0 bytes, got -1"),
        (lambda r: r.cms().initbydim("k", 0, 1), "width must be > 0 counters, got 0"),
        (lambda r: r.cms().initbydim("k", 1, 0), "depth must be > 0 rows, got 0"),
        (lambda r: r.cms().initbyprob("k", 0, 0.1), "error must be between 0 and 1"),
        (lambda r: r.cms().initbyprob("k", 0.1, 1), "probability must be between 0 and 1"),
        (lambda r: r.cms().incrby("k", [], []), "items must hold at least one"),
        (lambda r: r.cms().incrby("k", ["a"], [1, 2]), "increments must be as many as items, 1"),
        (lambda r: r.cms().incrby("k", "a", -1), "increments must be >= 0 occurrences, got -1"),
        (lambda r: r.cms().query("k"), "items must hold at least one"),
        (lambda r: r.cms().merge("k", 2, ["a"]), "numKeys must be the number of keys, 1, got 2"),
        (lambda r: r.cms().merge("k", 0, []), "keys must hold at least one"),
        (lambda r: r.cms().merge("k", 1, ["a"], [1, 2]), "weights must be as many as keys, 1"),
        (lambda r: r.cms().merge("k", 1, ["a"], [0.5]), "weights must be a whole number"),
        (lambda r: r.topk().reserve("k", 0, 1, 1, 1), "k must be > 0 items, got 0"),
        (lambda r: r.topk().reserve("k", 1, 0, 1, 1), "width must be > 0 counters, got 0"),
        (lambda r: r.topk().reserve("k", 1, 1, 0, 1), "depth must be > 0 arrays, got 0"),
        (lambda r: r.topk().reserve("k", 1, 1, 1, 0), "decay must be a number > 0 and <= 1"),
        (lambda r: r.topk().reserve("k", 1, 1, 1, 1.1), "decay must be .* got 1.1"),
        (lambda r: r.topk().reserve("k", 1, 1, 1, "1"), "decay must be .* got '1'"),
        (lambda r: r.topk().add("k"), "items must hold at least one"),
        (lambda r: r.topk().incrby("k", "a", 100_001), "increments must be <= 100000"),
        (lambda r: r.topk().query("k"), "items must hold at least one"),
        (lambda r: r.topk().count("k"), "items must hold at least one"),
        (lambda r: r.tdigest().create("k", 0), "compression must be > 0 nodes, got 0"),
        (lambda r: r.tdigest().add("k", []), "values must hold at least one"),
        (lambda r: r.tdigest().add("k", [1, math.nan]), "values must hold numbers, got nan"),
        (lambda r: r.tdigest().add("k", "12"), "values must hold numbers, got '1'"),
        (lambda r: r.tdigest().merge("k", 0), "keys must hold at least one"),
        (lambda r: r.tdigest().merge("k", 2, "a"), "num_keys must be the number of keys, 1"),
        (lambda r: r.tdigest().merge("k", 1, "a", compression=0), "compression must be > 0"),
        (lambda r: r.tdigest().quantile("k", -0.1), "quantile must be from 0 to 1, got -0.1"),
        (lambda r: r.tdigest().quantile("k", 0, 1.1), "quantile must be from 0 to 1, got 1.1"),
        (lambda r: r.tdigest().cdf("k", "1"), "values must hold numbers, got '1'"),
        (lambda r: r.tdigest().rank("k", True), "values must hold numbers, got True"),
        (lambda r: r.tdigest().revrank("k", math.nan), "values must hold numbers, got nan"),
        (lambda r: r.tdigest().byrank("k", -1), "rank must be >= 0 observations, got -1"),
        (lambda r: r.tdigest().byrevrank("k", 0, 1.5), "rank must be a whole number"),
        (lambda r: r.tdigest().trimmed_mean("k", -1, 1), "low_cut_quantile must be from 0 to 1"),
        (lambda r: r.tdigest().trimmed_mean("k", 0, 2), "high_cut_quantile must be from 0 to 1"),
        (lambda r: r.tdigest().trimmed_mean("k", 0.5, 0.5), "low_cut_quantile must be < .* 0.5"),
    ],
)
def test_bad_arguments_are_refused(call: Any, message: str, offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match=message):
        call(offline)
