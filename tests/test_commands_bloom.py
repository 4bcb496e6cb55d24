"""The commands on probabilistic structures, on a server that has them, for bytes and str."""

from __future__ import annotations

import math
from typing import Any

import pytest
from command_catalog import SPECS
from command_client import Text, check
from servers import Server
from test_command_specs import told_by

from redtrio import Redis
from redtrio.commands.bloom import BFInfo
from redtrio.commands.count_min import CMSInfo
from redtrio.commands.cuckoo import CFInfo
from redtrio.commands.t_digest import TDigestInfo
from redtrio.commands.top_k import TopKInfo
from redtrio.exceptions import ResponseError, WrongTypeError

PREFIXES = ("BF.", "CF.", "CMS.", "TDIGEST.", "TOPK.")


@pytest.fixture
def server(stack: Server) -> Server:
    """Give the server that has the modules, and it alone."""
    return stack


# --- Bloom filters ---------------------------------------------------------------------


async def test_bloom_filter_tells_what_is_new(r: Redis[Any]) -> None:
    check(await r.bf().create("b", 0.01, 100), True)
    check(await r.bf().add("b", "x"), True)
    check(await r.bf().add("b", b"x"), False)
    check(await r.bf().madd("b", "x", "y", 3), [False, True, True])
    check(await r.bf().exists("b", "x"), True)
    check(await r.bf().exists("b", "z"), False)
    check(await r.bf().exists("missing", "x"), False)
    check(await r.bf().mexists("b", "z", "y"), [False, True])
    check(await r.bf().mexists("missing", "z"), [False])
    check(await r.bf().card("b"), 3)
    check(await r.bf().card("missing"), 0)


async def test_bloom_filter_is_created_once(r: Redis[Any]) -> None:
    check(await r.bf().reserve("b", 0.25, 1, expansion=4), True)
    with pytest.raises(ResponseError, match="exists"):
        await r.bf().create("b", 0.01, 100)
    check((await r.bf().info("b")).expansionRate, 4)


async def test_bloom_filter_that_is_full_refuses(r: Redis[Any]) -> None:
    await r.bf().create("b", 0.01, 2, noScale=True)
    with pytest.raises(ResponseError, match="full"):
        await r.bf().madd("b", "1", "2", "3", "4")
    check(await r.bf().mexists("b", "1", "2"), [True, True])
    with pytest.raises(ResponseError, match="full"):
        await r.bf().add("b", "5")
    with pytest.raises(ResponseError, match="full"):
        await r.bf().insert("b", ["5", "6"])


async def test_bloom_insert_creates_as_it_is_told(r: Redis[Any]) -> None:
    check(await r.bf().insert("b", ["x", "y", "x"], capacity=7, error=0.1), [True, True, False])
    check((await r.bf().info("b")).capacity, 7)
    check(await r.bf().insert("b", "xy", noCreate=True, expansion=3), [True])
    check(await r.bf().insert("c", "x", noScale=True), [True])
    check((await r.bf().info("c")).expansionRate, None)
    with pytest.raises(ResponseError, match="not found"):
        await r.bf().insert("missing", "x", noCreate=True)


async def test_bloom_info(r: Redis[Any]) -> None:
    await r.bf().create("b", 0.01, 100)
    await r.bf().add("b", "x")
    told = await r.bf().info("b")
    assert type(told) is BFInfo
    check([told.capacity, told["filterNum"], told.get("insertedNum")], [100, 1, 1])
    check(told.expansionRate, 2)
    assert type(told.size) is int
    assert told.size > 100
    with pytest.raises(ResponseError, match="not found"):
        await r.bf().info("missing")


async def test_bloom_filter_is_dumped_and_restored(r: Redis[Any]) -> None:
    await r.bf().madd("b", *range(20))
    position, parts = 0, 0
    while True:
        position, part = await r.bf().scandump("b", position)
        check(type(part), bytes)
        if position == 0:
            break
        parts += 1
        check(await r.bf().loadchunk("copy", position, part), True)
    check(parts, 2)
    check(part, b"")
    with pytest.raises(ResponseError):
        await r.bf().loadchunk("copy", *await r.bf().scandump("b", 0))
    check(await r.bf().mexists("copy", *range(20)), [True] * 20)
    assert await r.bf().info("copy") == await r.bf().info("b")


async def test_other_types_are_no_bloom_filter(r: Redis[Any]) -> None:
    await r.set("k", "v")
    with pytest.raises(WrongTypeError):
        await r.bf().add("k", "x")
    with pytest.raises(WrongTypeError):
        await r.bf().info("k")
    check(await r.bf().exists("k", "v"), False)


# --- cuckoo filters --------------------------------------------------------------------


async def test_cuckoo_filter_counts_and_forgets(r: Redis[Any]) -> None:
    check(await r.cf().create("f", 100), True)
    check(await r.cf().add("f", "x"), True)
    check(await r.cf().add("f", "x"), True)
    check(await r.cf().addnx("f", "x"), False)
    check(await r.cf().addnx("f", b"y"), True)
    check(await r.cf().count("f", "x"), 2)
    check(await r.cf().count("missing", "x"), 0)
    check(await r.cf().exists("f", "x"), True)
    check(await r.cf().exists("missing", "x"), False)
    check(await r.cf().mexists("f", "x", "z"), [True, False])
    check(await r.cf().delete("f", "y"), True)
    check(await r.cf().delete("f", "y"), False)
    check(await r.cf().exists("f", "y"), False)
    with pytest.raises(ResponseError, match="Not found"):
        await r.cf().delete("missing", "y")


async def test_cuckoo_filter_that_is_full(r: Redis[Any]) -> None:
    check(await r.cf().reserve("f", 2, expansion=0, bucket_size=1, max_iterations=1), True)
    added = await r.cf().insert("f", map(str, range(8)))
    check({type(one) for one in added}, {bool})
    assert 0 < sum(added) <= 2
    again = await r.cf().insertnx("f", map(str, range(8)))
    check({type(one) for one in again}, {int})
    check(set(again), {0, -1})
    check([one == 0 for one in again], added)
    with pytest.raises(ResponseError, match="full"):
        await r.cf().add("f", "x")


async def test_cuckoo_insert_creates_as_it_is_told(r: Redis[Any]) -> None:
    check(await r.cf().insert("f", "x", capacity=1000), [True])
    check(await r.cf().insertnx("f", ["x", "y"], nocreate=True), [0, 1])
    with pytest.raises(ResponseError, match="not found"):
        await r.cf().insert("missing", "x", nocreate=True)
    with pytest.raises(ResponseError, match="not found"):
        await r.cf().insertnx("missing", "x", nocreate=True)


async def test_cuckoo_info(r: Redis[Any]) -> None:
    await r.cf().create("f", 100, bucket_size=4, max_iterations=30, expansion=2)
    await r.cf().insert("f", ["x", "y"])
    await r.cf().delete("f", "x")
    told = await r.cf().info("f")
    assert type(told) is CFInfo
    assert type(told.size) is int
    numbers = [told.bucketNum, told.filterNum, told.insertedNum, told.deletedNum]
    check(numbers, [32, 1, 1, 1])
    check([told["bucketSize"], told["expansionRate"], told["maxIteration"]], [4, 2, 30])


async def test_cuckoo_filter_is_dumped_and_restored(r: Redis[Any]) -> None:
    await r.cf().insert("f", range(20), capacity=100)
    position, part = await r.cf().scandump("f", 0)
    while part is not None:
        check(type(part), bytes)
        check(await r.cf().loadchunk("copy", position, part), True)
        position, part = await r.cf().scandump("f", position)
    check(position, 0)
    with pytest.raises(ResponseError):
        await r.cf().loadchunk("copy", 1, "nonsense")
    check(await r.cf().mexists("copy", *range(20)), [True] * 20)


# --- count-min sketches ----------------------------------------------------------------


async def test_count_min_sketch_counts(r: Redis[Any]) -> None:
    check(await r.cms().initbydim("m", 100, 5), True)
    check(await r.cms().incrby("m", ["a", b"b"], [3, 4]), [3, 4])
    check(await r.cms().incrby("m", "a", 2), [5])
    check(await r.cms().query("m", "a", "z"), [5, 0])
    told = await r.cms().info("m")
    assert type(told) is CMSInfo
    check([told.width, told["depth"], told.count], [100, 5, 9])
    with pytest.raises(ResponseError, match="does not exist"):
        await r.cms().query("missing", "a")


async def test_count_min_sketch_of_an_error(r: Redis[Any]) -> None:
    check(await r.cms().initbyprob("m", 0.01, 0.01), True)
    check(repr(await r.cms().info("m")), "CMSInfo(width=200, depth=7, count=0)")
    with pytest.raises(ResponseError, match="exists"):
        await r.cms().initbyprob("m", 0.01, 0.01)


async def test_count_min_sketch_that_has_no_room_for_an_increment(r: Redis[Any]) -> None:
    await r.cms().initbydim("m", 100, 5)
    with pytest.raises(ResponseError, match="overflow"):
        await r.cms().incrby("m", ["a", "b"], [2**62, 1])
    check(await r.cms().query("m", "b"), [1])


async def test_count_min_sketches_are_merged(r: Redis[Any]) -> None:
    for key in ("m", "n", "sum"):
        await r.cms().initbydim(key, 100, 5)
    await r.cms().incrby("m", "a", 3)
    await r.cms().incrby("n", "a", 4)
    check(await r.cms().merge("sum", 2, ["m", "n"]), True)
    check(await r.cms().query("sum", "a"), [7])
    check(await r.cms().merge("sum", 2, ["m", "n"], [2, -1]), True)
    check(await r.cms().query("sum", "a"), [2])


# --- the most frequent items -----------------------------------------------------------


async def test_most_frequent_items(r: Redis[Any], t: Text) -> None:
    check(await r.topk().reserve("t", 2, 8, 7, 0.9), True)
    check(await r.topk().add("t", "a", "b", "a"), [None, None, None])
    check(await r.topk().incrby("t", ["c", "a"], [5, 1]), [t("b"), None])
    check(await r.topk().list("t"), t(["c", "a"]))
    check(await r.topk().list("t", withcount=True), [t("c"), 5, t("a"), 3])
    check(await r.topk().query("t", "a", "b"), [True, False])
    check(await r.topk().count("t", "a", "z"), [3, 0])
    told = await r.topk().info("t")
    assert type(told) is TopKInfo
    check([told.k, told.width, told.depth, told["decay"]], [2, 8, 7, 0.9])
    with pytest.raises(ResponseError, match="does not exist"):
        await r.topk().list("missing")


# --- t-digests -------------------------------------------------------------------------


async def test_t_digest_without_observations(r: Redis[Any]) -> None:
    check(await r.tdigest().create("d"), True)
    empty = [await r.tdigest().min("d"), await r.tdigest().max("d")]
    empty += await r.tdigest().quantile("d", 0.5)
    empty += await r.tdigest().cdf("d", 1)
    empty += [await r.tdigest().trimmed_mean("d", 0.1, 0.9)]
    empty += await r.tdigest().byrank("d", 0)
    empty += await r.tdigest().byrevrank("d", 0)
    check([type(one) for one in empty], [float] * 7)
    assert all(math.isnan(one) for one in empty)
    check(await r.tdigest().rank("d", 1), [-2])
    check(await r.tdigest().revrank("d", 1), [-2])


async def test_t_digest_estimates(r: Redis[Any]) -> None:
    d = r.tdigest()
    await d.create("d", compression=500)
    check(await d.add("d", [1, 2, 3, 4.5]), True)
    check(await d.min("d"), 1.0)
    check(await d.max("d"), 4.5)
    check(await d.quantile("d", 0, 0.5, 1), [1.0, 3.0, 4.5])
    check(await d.cdf("d", 1, 2, math.inf), [0.125, 0.375, 1.0])
    check(await d.trimmed_mean("d", 0.1, 0.9), 2.625)
    check(await d.rank("d", 0, 1, 10), [-1, 0, 4])
    check(await d.revrank("d", 0, 1, 10), [4, 3, -1])
    check(await d.byrank("d", 0, 1, 5), [1.0, 2.0, math.inf])
    check(await d.byrevrank("d", 0, 1, 5), [4.5, 3.0, -math.inf])


async def test_t_digest_is_reset_and_merged(r: Redis[Any]) -> None:
    for key, value in (("d", 1), ("e", 2), ("sum", 9)):
        await r.tdigest().create(key)
        await r.tdigest().add(key, [value])
    check(await r.tdigest().merge("sum", 2, "d", "e"), True)
    check(await r.tdigest().max("sum"), 9.0)
    check(await r.tdigest().merge("sum", 2, "d", "e", compression=200, override=True), True)
    check(await r.tdigest().max("sum"), 2.0)
    told = await r.tdigest().info("sum")
    assert type(told) is TDigestInfo
    check([told.compression, told.observations, told["capacity"]], [200, 2, 1210])
    check(told.merged_nodes + told.unmerged_nodes, 2)
    check(told.merged_weight + told.unmerged_weight, 2)
    assert type(told.total_compressions) is int
    assert told.memory_usage > 1210
    check(await r.tdigest().reset("sum"), True)
    check((await r.tdigest().info("sum")).observations, 0)


async def test_t_digest_refuses_what_is_infinite_or_missing(r: Redis[Any]) -> None:
    await r.tdigest().create("d")
    with pytest.raises(ResponseError, match="finite"):
        await r.tdigest().add("d", [1, math.inf])
    with pytest.raises(ResponseError, match="does not exist"):
        await r.tdigest().max("missing")
    with pytest.raises(ResponseError, match="already exists"):
        await r.tdigest().create("d")


# --- all of them -----------------------------------------------------------------------


async def test_specs_are_what_the_modules_say(server: Server) -> None:
    names = sorted(name for name in SPECS if name.startswith(PREFIXES))
    told = await told_by(server, names)
    assert sorted(told) == names
    for name in names:
        assert told[name].keys == {SPECS[name].keys}, name
        # Module versions before 2.8.3 took this one for a write.
        if name != "TOPK.COUNT":
            assert ("readonly" in told[name].flags) == SPECS[name].readonly, name
        assert "blocking" not in told[name].flags


async def test_families_queue_in_a_pipeline(r: Redis[Any], t: Text) -> None:
    async with r.pipeline() as pipe:
        pipe.bf().madd("b", "x", "x")
        pipe.cf().count("f", "x")
        listed: Any = pipe.topk().list("missing")
        results = await pipe.execute(raise_on_error=False)
    check(results[:2], [[True, False], 0])
    with pytest.raises(ResponseError):
        await listed
