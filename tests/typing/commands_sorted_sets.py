"""What type checkers make of sorted sets' commands. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.sorted_sets import SortedSetCommands


async def of_bytes(r: SortedSetCommands[bytes]) -> None:
    scores: dict[str, float] = {"a": 1.5}
    assert_type(await r.zadd("z", scores), int)
    assert_type(await r.zadd("z", {b"a": 1, b"b": 2}, nx=True), int)
    assert_type(await r.zadd("z", {"a": "inf"}, ch=True), int)
    assert_type(await r.zadd("z", scores, incr=True), float | None)
    assert_type(await r.zincrby("z", 1, "a"), float)
    assert_type(await r.zcard("z"), int)
    assert_type(await r.zcount("z", "-inf", 5), int)
    assert_type(await r.zlexcount("z", "-", "+"), int)
    assert_type(await r.zscore("z", "a"), float | None)
    assert_type(await r.zmscore("z", ["a", "b"]), list[float | None])
    assert_type(await r.zrem("z", "a"), int)
    assert_type(await r.zrank("z", "a"), int | None)
    assert_type(await r.zrank("z", "a", withscore=True), tuple[int, float] | None)
    assert_type(await r.zrank("z", "a", True, int), tuple[int, int] | None)
    assert_type(await r.zrank("z", "a", score_cast_func=int), int | None)
    assert_type(await r.zrevrank("z", "a"), int | None)
    assert_type(await r.zrevrank("z", "a", True), tuple[int, float] | None)
    cast_rank = await r.zrevrank("z", "a", withscore=True, score_cast_func=str)
    assert_type(cast_rank, tuple[int, str] | None)
    assert_type(await r.zrandmember("z"), bytes | None)
    assert_type(await r.zrandmember("z", 2), list[bytes])
    assert_type(await r.zrandmember("z", 2, withscores=True), list[tuple[bytes, float]])
    assert_type(await r.zpopmin("z"), list[tuple[bytes, float]])
    assert_type(await r.zpopmax("z", 2), list[tuple[bytes, float]])
    assert_type(await r.bzpopmin("z"), tuple[bytes, bytes, float] | None)
    assert_type(await r.bzpopmax(["y", "z"], 1), tuple[bytes, bytes, float] | None)
    many = await r.zmpop(1, "z", min=True)
    assert_type(many, tuple[bytes, list[tuple[bytes, float]]] | None)
    many = await r.bzmpop(None, 1, "z", max=True)
    assert_type(many, tuple[bytes, list[tuple[bytes, float]]] | None)
    assert_type(await r.zscan("z"), tuple[int, list[tuple[bytes, float]]])
    assert_type(await r.zscan("z", score_cast_func=int), tuple[int, list[tuple[bytes, int]]])
    assert_type(await r.zscan("z", no_scores=False), tuple[int, list[tuple[bytes, float]]])
    assert_type(await r.zscan("z", 0, None, None, int), tuple[int, list[tuple[bytes, int]]])
    assert_type(await r.zscan("z", 0, "a*", 5, no_scores=True), tuple[int, list[bytes]])
    async for pair in r.zscan_iter("z"):
        assert_type(pair, tuple[bytes, float])
    async for cast_pair in r.zscan_iter("z", score_cast_func=int):
        assert_type(cast_pair, tuple[bytes, int])
    async for plain_pair in r.zscan_iter("z", None, None, int):
        assert_type(plain_pair, tuple[bytes, int])
    async for member in r.zscan_iter("z", no_scores=True):
        assert_type(member, bytes)


async def ranges_of_bytes(r: SortedSetCommands[bytes]) -> None:
    assert_type(await r.zrange("z", 0, -1), list[bytes])
    assert_type(await r.zrange("z", "-", "+", bylex=True, offset=0, num=1), list[bytes])
    assert_type(await r.zrange("z", 0, -1, withscores=True), list[tuple[bytes, float]])
    assert_type(
        await r.zrange("z", 0, -1, True, withscores=True, score_cast_func=int),
        list[tuple[bytes, int]],
    )
    assert_type(await r.zrange("z", 0, -1, False, True), list[tuple[bytes, float]])
    assert_type(await r.zrange("z", 0, 9, False, True, int, True), list[tuple[bytes, int]])
    assert_type(await r.zrevrange("z", 0, -1), list[bytes])
    assert_type(await r.zrevrange("z", 0, -1, True), list[tuple[bytes, float]])
    assert_type(await r.zrevrange("z", 0, -1, True, int), list[tuple[bytes, int]])
    assert_type(await r.zrangebyscore("z", 0, "+inf"), list[bytes])
    assert_type(await r.zrangebyscore("z", 0, 1, withscores=True), list[tuple[bytes, float]])
    assert_type(
        await r.zrangebyscore("z", 0, 1, 0, 1, withscores=True, score_cast_func=str),
        list[tuple[bytes, str]],
    )
    assert_type(await r.zrevrangebyscore("z", "+inf", 0), list[bytes])
    assert_type(await r.zrevrangebyscore("z", 1, 0, withscores=True), list[tuple[bytes, float]])
    assert_type(
        await r.zrevrangebyscore("z", 1, 0, withscores=True, score_cast_func=int),
        list[tuple[bytes, int]],
    )
    assert_type(await r.zrangebyscore("z", 0, 1, 0, 1, True), list[tuple[bytes, float]])
    assert_type(await r.zrangebyscore("z", 0, 1, 0, 1, True, int), list[tuple[bytes, int]])
    assert_type(await r.zrevrangebyscore("z", 1, 0, 0, 1, True), list[tuple[bytes, float]])
    assert_type(await r.zrevrangebyscore("z", 1, 0, 0, 1, True, int), list[tuple[bytes, int]])
    assert_type(await r.zrangebylex("z", "-", "+"), list[bytes])
    assert_type(await r.zrevrangebylex("z", "+", "-"), list[bytes])
    assert_type(await r.zrangestore("d", "z", 0, -1), int)
    assert_type(await r.zremrangebylex("z", "-", "+"), int)
    assert_type(await r.zremrangebyrank("z", 0, -1), int)
    assert_type(await r.zremrangebyscore("z", 0, 1), int)


async def combinations_of_bytes(r: SortedSetCommands[bytes]) -> None:
    weights = {"y": 2, "z": 1}
    assert_type(await r.zdiff(["y", "z"]), list[bytes])
    assert_type(await r.zdiff(["y", "z"], withscores=True), list[tuple[bytes, float]])
    assert_type(await r.zdiffstore("d", ["y", "z"]), int)
    assert_type(await r.zinter(weights), list[bytes])
    assert_type(await r.zinter(["y", "z"], withscores=True), list[tuple[bytes, float]])
    assert_type(await r.zinter(weights, "MAX", True), list[tuple[bytes, float]])
    assert_type(await r.zinterstore("d", weights), int)
    assert_type(await r.zintercard(2, ["y", "z"]), int)
    assert_type(await r.zunion("z", aggregate="sum"), list[bytes])
    assert_type(await r.zunion(weights, withscores=True), list[tuple[bytes, float]])
    assert_type(await r.zunion(weights, None, True), list[tuple[bytes, float]])
    assert_type(await r.zunion(weights, "COUNT", True, int), list[tuple[bytes, int]])
    cast_union = await r.zunion(["z"], withscores=True, score_cast_func=str)
    assert_type(cast_union, list[tuple[bytes, str]])
    assert_type(await r.zunionstore("d", weights, aggregate="MIN"), int)


async def of_str(r: SortedSetCommands[str]) -> None:
    scores: dict[str, float] = {"a": 1.5}
    assert_type(await r.zadd("z", scores), int)
    assert_type(await r.zadd("z", {b"a": 1, b"b": 2}, nx=True), int)
    assert_type(await r.zadd("z", {"a": "inf"}, ch=True), int)
    assert_type(await r.zadd("z", scores, incr=True), float | None)
    assert_type(await r.zincrby("z", 1, "a"), float)
    assert_type(await r.zcard("z"), int)
    assert_type(await r.zcount("z", "-inf", 5), int)
    assert_type(await r.zlexcount("z", "-", "+"), int)
    assert_type(await r.zscore("z", "a"), float | None)
    assert_type(await r.zmscore("z", ["a", "b"]), list[float | None])
    assert_type(await r.zrem("z", "a"), int)
    assert_type(await r.zrank("z", "a"), int | None)
    assert_type(await r.zrank("z", "a", withscore=True), tuple[int, float] | None)
    assert_type(await r.zrank("z", "a", True, int), tuple[int, int] | None)
    assert_type(await r.zrank("z", "a", score_cast_func=int), int | None)
    assert_type(await r.zrevrank("z", "a"), int | None)
    assert_type(await r.zrevrank("z", "a", True), tuple[int, float] | None)
    cast_rank = await r.zrevrank("z", "a", withscore=True, score_cast_func=str)
    assert_type(cast_rank, tuple[int, str] | None)
    assert_type(await r.zrandmember("z"), str | None)
    assert_type(await r.zrandmember("z", 2), list[str])
    assert_type(await r.zrandmember("z", 2, withscores=True), list[tuple[str, float]])
    assert_type(await r.zpopmin("z"), list[tuple[str, float]])
    assert_type(await r.zpopmax("z", 2), list[tuple[str, float]])
    assert_type(await r.bzpopmin("z"), tuple[str, str, float] | None)
    assert_type(await r.bzpopmax(["y", "z"], 1), tuple[str, str, float] | None)
    many = await r.zmpop(1, "z", min=True)
    assert_type(many, tuple[str, list[tuple[str, float]]] | None)
    many = await r.bzmpop(None, 1, "z", max=True)
    assert_type(many, tuple[str, list[tuple[str, float]]] | None)
    assert_type(await r.zscan("z"), tuple[int, list[tuple[str, float]]])
    assert_type(await r.zscan("z", score_cast_func=int), tuple[int, list[tuple[str, int]]])
    assert_type(await r.zscan("z", no_scores=False), tuple[int, list[tuple[str, float]]])
    assert_type(await r.zscan("z", 0, None, None, int), tuple[int, list[tuple[str, int]]])
    assert_type(await r.zscan("z", 0, "a*", 5, no_scores=True), tuple[int, list[str]])
    async for pair in r.zscan_iter("z"):
        assert_type(pair, tuple[str, float])
    async for cast_pair in r.zscan_iter("z", score_cast_func=int):
        assert_type(cast_pair, tuple[str, int])
    async for plain_pair in r.zscan_iter("z", None, None, int):
        assert_type(plain_pair, tuple[str, int])
    async for member in r.zscan_iter("z", no_scores=True):
        assert_type(member, str)


async def ranges_of_str(r: SortedSetCommands[str]) -> None:
    assert_type(await r.zrange("z", 0, -1), list[str])
    assert_type(await r.zrange("z", "-", "+", bylex=True, offset=0, num=1), list[str])
    assert_type(await r.zrange("z", 0, -1, withscores=True), list[tuple[str, float]])
    assert_type(
        await r.zrange("z", 0, -1, True, withscores=True, score_cast_func=int),
        list[tuple[str, int]],
    )
    assert_type(await r.zrange("z", 0, -1, False, True), list[tuple[str, float]])
    assert_type(await r.zrange("z", 0, 9, False, True, int, True), list[tuple[str, int]])
    assert_type(await r.zrevrange("z", 0, -1), list[str])
    assert_type(await r.zrevrange("z", 0, -1, True), list[tuple[str, float]])
    assert_type(await r.zrevrange("z", 0, -1, True, int), list[tuple[str, int]])
    assert_type(await r.zrangebyscore("z", 0, "+inf"), list[str])
    assert_type(await r.zrangebyscore("z", 0, 1, withscores=True), list[tuple[str, float]])
    assert_type(
        await r.zrangebyscore("z", 0, 1, 0, 1, withscores=True, score_cast_func=str),
        list[tuple[str, str]],
    )
    assert_type(await r.zrevrangebyscore("z", "+inf", 0), list[str])
    assert_type(await r.zrevrangebyscore("z", 1, 0, withscores=True), list[tuple[str, float]])
    assert_type(
        await r.zrevrangebyscore("z", 1, 0, withscores=True, score_cast_func=int),
        list[tuple[str, int]],
    )
    assert_type(await r.zrangebyscore("z", 0, 1, 0, 1, True), list[tuple[str, float]])
    assert_type(await r.zrangebyscore("z", 0, 1, 0, 1, True, int), list[tuple[str, int]])
    assert_type(await r.zrevrangebyscore("z", 1, 0, 0, 1, True), list[tuple[str, float]])
    assert_type(await r.zrevrangebyscore("z", 1, 0, 0, 1, True, int), list[tuple[str, int]])
    assert_type(await r.zrangebylex("z", "-", "+"), list[str])
    assert_type(await r.zrevrangebylex("z", "+", "-"), list[str])
    assert_type(await r.zrangestore("d", "z", 0, -1), int)
    assert_type(await r.zremrangebylex("z", "-", "+"), int)
    assert_type(await r.zremrangebyrank("z", 0, -1), int)
    assert_type(await r.zremrangebyscore("z", 0, 1), int)


async def combinations_of_str(r: SortedSetCommands[str]) -> None:
    weights = {"y": 2, "z": 1}
    assert_type(await r.zdiff(["y", "z"]), list[str])
    assert_type(await r.zdiff(["y", "z"], withscores=True), list[tuple[str, float]])
    assert_type(await r.zdiffstore("d", ["y", "z"]), int)
    assert_type(await r.zinter(weights), list[str])
    assert_type(await r.zinter(["y", "z"], withscores=True), list[tuple[str, float]])
    assert_type(await r.zinter(weights, "MAX", True), list[tuple[str, float]])
    assert_type(await r.zinterstore("d", weights), int)
    assert_type(await r.zintercard(2, ["y", "z"]), int)
    assert_type(await r.zunion("z", aggregate="sum"), list[str])
    assert_type(await r.zunion(weights, withscores=True), list[tuple[str, float]])
    assert_type(await r.zunion(weights, None, True), list[tuple[str, float]])
    assert_type(await r.zunion(weights, "COUNT", True, int), list[tuple[str, int]])
    cast_union = await r.zunion(["z"], withscores=True, score_cast_func=str)
    assert_type(cast_union, list[tuple[str, str]])
    assert_type(await r.zunionstore("d", weights, aggregate="MIN"), int)


async def plain_bools_of_bytes(r: SortedSetCommands[bytes], flag: bool) -> None:
    assert_type(await r.zadd("z", {"a": 1}, incr=flag), int | float | None)
    assert_type(await r.zrank("z", "a", withscore=flag), int | tuple[int, float] | None)
    assert_type(await r.zrank("z", "a", flag, str), int | tuple[int, str] | None)
    assert_type(await r.zrevrank("z", "a", flag), int | tuple[int, float] | None)
    cast_rank = await r.zrevrank("z", "a", withscore=flag, score_cast_func=str)
    assert_type(cast_rank, int | tuple[int, str] | None)
    some = await r.zrandmember("z", 2, withscores=flag)
    assert_type(some, list[bytes] | list[tuple[bytes, float]])
    cursor, page = await r.zscan("z", no_scores=flag)
    assert_type(cursor, int)
    assert_type(page, list[bytes] | list[tuple[bytes, float]])
    async for element in r.zscan_iter("z", no_scores=flag):
        assert_type(element, bytes | tuple[bytes, float])


async def plain_bools_of_ranges(r: SortedSetCommands[bytes], flag: bool) -> None:
    by_rank = await r.zrange("z", 0, -1, withscores=flag, byscore=flag)
    assert_type(by_rank, list[bytes] | list[tuple[bytes, float]])
    by_score = await r.zrange("z", 0, 9, False, flag, int, True)
    assert_type(by_score, list[bytes] | list[tuple[bytes, int]])
    assert_type(await r.zrange("z", "-", "+", flag, bylex=flag), list[bytes])
    by_rank = await r.zrevrange("z", 0, -1, withscores=flag)
    assert_type(by_rank, list[bytes] | list[tuple[bytes, float]])
    of_text = await r.zrevrange("z", 0, -1, flag, str)
    assert_type(of_text, list[bytes] | list[tuple[bytes, str]])
    by_rank = await r.zrangebyscore("z", 0, 1, withscores=flag)
    assert_type(by_rank, list[bytes] | list[tuple[bytes, float]])
    of_text = await r.zrangebyscore("z", 0, 1, 0, 1, flag, str)
    assert_type(of_text, list[bytes] | list[tuple[bytes, str]])
    by_rank = await r.zrevrangebyscore("z", 1, 0, withscores=flag)
    assert_type(by_rank, list[bytes] | list[tuple[bytes, float]])
    of_text = await r.zrevrangebyscore("z", 1, 0, withscores=flag, score_cast_func=str)
    assert_type(of_text, list[bytes] | list[tuple[bytes, str]])


async def plain_bools_of_combinations(r: SortedSetCommands[bytes], flag: bool) -> None:
    weights = {"y": 2, "z": 1}
    all_of_them = await r.zdiff(["y", "z"], withscores=flag)
    assert_type(all_of_them, list[bytes] | list[tuple[bytes, float]])
    all_of_them = await r.zinter(weights, withscores=flag)
    assert_type(all_of_them, list[bytes] | list[tuple[bytes, float]])
    all_of_them = await r.zunion(weights, "MAX", withscores=flag)
    assert_type(all_of_them, list[bytes] | list[tuple[bytes, float]])
    cast_union = await r.zunion(weights, withscores=flag, score_cast_func=int)
    assert_type(cast_union, list[bytes] | list[tuple[bytes, int]])


async def plain_bools_of_str(r: SortedSetCommands[str], flag: bool) -> None:
    by_rank = await r.zrange("z", 0, -1, withscores=flag)
    assert_type(by_rank, list[str] | list[tuple[str, float]])
    some = await r.zrandmember("z", 2, flag)
    assert_type(some, list[str] | list[tuple[str, float]])
    async for element in r.zscan_iter("z", no_scores=flag):
        assert_type(element, str | tuple[str, float])


def refused(r: SortedSetCommands[bytes], flag: bool) -> None:
    r.zadd("z", {"a": None})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    r.zrandmember("z", withscores=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    r.zunion(["z"], "AVG")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    r.zrange("z", "-", "+", withscores=True, bylex=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.zrange("z", "-", "+", withscores=flag, bylex=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.zrange("z", "-", "+", withscores=flag, bylex=flag)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.zrandmember("z", withscores=flag)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    r.zscan("z", no_scores=True, score_cast_func=int)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
