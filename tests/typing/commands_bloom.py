"""What type checkers make of the probabilistic structures. Never run; ``test_typing`` checks it."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio import Redis
from redtrio.commands.bloom import BFInfo, BloomCommands
from redtrio.commands.count_min import CMSInfo, CountMinCommands
from redtrio.commands.cuckoo import CFInfo, CuckooCommands
from redtrio.commands.t_digest import TDigestCommands, TDigestInfo
from redtrio.commands.top_k import TopKCommands, TopKInfo


def families(r: Redis[bytes], s: Redis[str]) -> None:
    assert_type(r.bf(), BloomCommands[bytes])
    assert_type(r.cf(), CuckooCommands[bytes])
    assert_type(r.cms(), CountMinCommands[bytes])
    assert_type(r.tdigest(), TDigestCommands[bytes])
    assert_type(r.topk(), TopKCommands[bytes])
    assert_type(s.bf(), BloomCommands[str])
    assert_type(s.pipeline().topk(), TopKCommands[str])


async def bloom(bf: BloomCommands[bytes]) -> None:
    assert_type(await bf.create("k", 0.01, 100, 2), bool)
    assert_type(await bf.reserve("k", 0.01, 100, noScale=True), bool)
    assert_type(await bf.add("k", "a"), bool)
    assert_type(await bf.madd("k", "a", b"b", 3), list[bool])
    assert_type(await bf.insert("k", ["a", b"b"], 1, 0.1, expansion=2), list[bool])
    assert_type(await bf.exists("k", "a"), bool)
    assert_type(await bf.mexists("k", "a"), list[bool])
    assert_type(await bf.scandump("k", 0), tuple[int, bytes])
    assert_type(await bf.loadchunk("k", 1, b""), bool)
    assert_type(await bf.card("k"), int)
    told = await bf.info("k")
    assert_type(told, BFInfo)
    assert_type(told.capacity, int)
    assert_type(told.expansionRate, int | None)
    assert_type(told["capacity"], int | None)
    assert_type(told.get("capacity"), int | None)


async def cuckoo(cf: CuckooCommands[str]) -> None:
    assert_type(await cf.create("k", 100, 1, 2, 3), bool)
    assert_type(await cf.reserve("k", 100), bool)
    assert_type(await cf.add("k", "a"), bool)
    assert_type(await cf.addnx("k", "a"), bool)
    assert_type(await cf.insert("k", "a", capacity=10), list[bool])
    assert_type(await cf.insertnx("k", ["a"], nocreate=True), list[int])
    assert_type(await cf.exists("k", "a"), bool)
    assert_type(await cf.mexists("k", "a"), list[bool])
    assert_type(await cf.delete("k", "a"), bool)
    assert_type(await cf.count("k", "a"), int)
    assert_type(await cf.scandump("k", 0), tuple[int, bytes | None])
    assert_type(await cf.loadchunk("k", 1, b""), bool)
    told = await cf.info("k")
    assert_type(told, CFInfo)
    assert_type(told.maxIteration, int)
    assert_type(told["size"], int)


async def count_min(cms: CountMinCommands[bytes]) -> None:
    assert_type(await cms.initbydim("k", 1, 1), bool)
    assert_type(await cms.initbyprob("k", 0.1, 0.1), bool)
    assert_type(await cms.incrby("k", ["a", b"b"], [1, 2]), list[int])
    assert_type(await cms.incrby("k", "a", 1), list[int])
    assert_type(await cms.query("k", "a"), list[int])
    assert_type(await cms.merge("k", 1, ["a"], [1]), bool)
    told = await cms.info("k")
    assert_type(told, CMSInfo)
    assert_type(told.count, int)
    assert_type(told["width"], int)


async def top_k_of_bytes(topk: TopKCommands[bytes], flag: bool) -> None:
    assert_type(await topk.reserve("k", 1, 8, 7, 0.9), bool)
    assert_type(await topk.add("k", "a"), list[bytes | None])
    assert_type(await topk.incrby("k", ["a"], [1]), list[bytes | None])
    assert_type(await topk.query("k", "a"), list[bool])
    assert_type(await topk.count("k", "a"), list[int])
    assert_type(await topk.list("k"), list[bytes])
    assert_type(await topk.list("k", withcount=True), list[bytes | int])
    assert_type(await topk.list("k", withcount=flag), list[bytes] | list[bytes | int])
    told = await topk.info("k")
    assert_type(told, TopKInfo)
    assert_type(told.k, int)
    assert_type(told.decay, float)
    assert_type(told["decay"], float)


async def top_k_of_str(topk: TopKCommands[str]) -> None:
    assert_type(await topk.add("k", "a"), list[str | None])
    assert_type(await topk.incrby("k", "a", 1), list[str | None])
    assert_type(await topk.list("k", withcount=False), list[str])
    assert_type(await topk.list("k", True), list[str | int])


async def t_digest(tdigest: TDigestCommands[bytes]) -> None:
    assert_type(await tdigest.create("k", 100), bool)
    assert_type(await tdigest.reset("k"), bool)
    assert_type(await tdigest.add("k", [1, 2.5]), bool)
    assert_type(await tdigest.merge("k", 2, "a", "b", compression=1, override=True), bool)
    assert_type(await tdigest.min("k"), float)
    assert_type(await tdigest.max("k"), float)
    assert_type(await tdigest.quantile("k", 0.5, 1), list[float])
    assert_type(await tdigest.cdf("k", 0.5, 1), list[float])
    assert_type(await tdigest.trimmed_mean("k", 0, 1), float)
    assert_type(await tdigest.rank("k", 1.5), list[int])
    assert_type(await tdigest.revrank("k", 1, 2), list[int])
    assert_type(await tdigest.byrank("k", 1), list[float])
    assert_type(await tdigest.byrevrank("k", 1, 2), list[float])
    told = await tdigest.info("k")
    assert_type(told, TDigestInfo)
    assert_type(told.merged_nodes, int)
    assert_type(told["capacity"], int)


def refused(bf: BloomCommands[bytes], topk: TopKCommands[bytes]) -> None:
    bf.create("k", "0.1", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    bf.insert("k", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    topk.incrby("k", "a", 0.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
