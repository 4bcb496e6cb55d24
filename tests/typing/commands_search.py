"""What type checkers make of the commands of Search. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from redtrio import Redis
from redtrio.commands.search import (
    AggregateRequest,
    AggregateResult,
    Cursor,
    Document,
    IndexDefinition,
    IndexType,
    ProfileInformation,
    Query,
    Result,
    Search,
    Suggestion,
    TextField,
    reducers,
)
from redtrio.commands.search.aggregation import Reducer
from redtrio.commands.search.hybrid_query import HybridCursorQuery, HybridQuery
from redtrio.commands.search.hybrid_result import HybridCursorResult, HybridResult


async def of_bytes(r: Redis[bytes], hybrid: HybridQuery) -> None:
    ft = r.ft()
    assert_type(ft, Search[bytes])
    definition = IndexDefinition(prefix=["a"], index_type=IndexType.HASH)
    assert_type(await ft.create_index([TextField("t")], definition=definition), bool)
    assert_type(await ft.alter_schema_add(TextField("t")), bool)
    assert_type(await ft.dropindex(delete_documents=True), bool)
    assert_type(await ft.info(), dict[str, Any])
    assert_type(await ft.list_indexes(), set[bytes])
    assert_type(await ft.tagvals("t"), list[bytes])
    assert_type(await ft.aliasadd("a"), bool)
    assert_type(await ft.aliasupdate("a"), bool)
    assert_type(await ft.aliasdel("a"), bool)
    assert_type(await ft.aliaslist(), set[bytes])
    assert_type(await ft.config_get("*"), dict[str, str | None])
    assert_type(await ft.config_help("*"), dict[str, dict[str, str | None]])
    assert_type(await ft.config_set("TIMEOUT", 5), bool)
    found = await ft.search(Query("x").paging(0, 5).with_scores(), {"a": 1, "b": b"x"})
    assert_type(found, Result)
    assert_type(found.docs, list[Document])
    assert_type(found.docs[0].id, str)
    assert_type(found.total, int)
    assert_type(await ft.search("x"), Result)
    request = AggregateRequest().group_by("@a", reducers.count().alias("n")).cursor(5)
    assert_type(request, AggregateRequest)
    assert_type(reducers.count().alias("n"), Reducer)
    assert_type(await ft.aggregate(request), AggregateResult)
    assert_type(await ft.aggregate(Cursor(5)), AggregateResult)
    assert_type((await ft.aggregate(request)).cursor, Cursor | None)
    assert_type(await ft.cursor_del(Cursor(5)), bool)
    assert_type(await ft.cursor_del(5), bool)
    assert_type(await ft.hybrid_search(hybrid), HybridResult)
    assert_type(await ft.hybrid_search(hybrid, cursor=HybridCursorQuery()), HybridCursorResult)
    assert_type(await ft.profile("x"), tuple[Result, ProfileInformation])
    assert_type(await ft.profile(Query("x"), limited=True), tuple[Result, ProfileInformation])
    assert_type(await ft.profile(request), tuple[AggregateResult, ProfileInformation])
    assert_type(await ft.explain("x"), bytes)
    assert_type(await ft.explain_cli("x"), list[bytes])
    assert_type(await ft.spellcheck("x", distance=2), dict[bytes, list[dict[str, bytes]]])
    assert_type(await ft.load_document("k"), Document)
    assert_type(await ft.dict_add("d", "a"), int)
    assert_type(await ft.dict_del("d", "a"), int)
    assert_type(await ft.dict_dump("d"), list[bytes])
    assert_type(await ft.synupdate("g", False, "a"), bool)
    assert_type(await ft.syndump(), dict[bytes, list[bytes]])
    assert_type(await ft.sugadd("ac", Suggestion("x")), int)
    assert_type(await ft.sugget("ac", "x"), list[Suggestion])
    assert_type(await ft.suglen("ac"), int)
    assert_type(await ft.sugdel("ac", "x"), bool)
    assert_type(await ft.add_document("k", title="x"), bool)
    assert_type(await ft.delete_document("k"), bool)
    assert_type(await ft.get("k"), list[list[bytes] | None])


async def of_str(r: Redis[str]) -> None:
    ft = r.ft("i")
    assert_type(ft, Search[str])
    assert_type(await ft.search("x"), Result)
    assert_type(await ft.explain("x"), str)
    assert_type(await ft.explain_cli("x"), list[str])
    assert_type(await ft.tagvals("t"), list[str])
    assert_type(await ft.spellcheck("x"), dict[str, list[dict[str, str]]])
    assert_type(await ft.syndump(), dict[str, list[str]])
    assert_type(await ft.get("k"), list[list[str] | None])
    async with r.pipeline() as pipe:
        assert_type(pipe.ft(), Search[str])


def refused(ft: Search[bytes]) -> None:
    ft.search(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ft.aggregate("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ft.sugadd("ac", "x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ft.create_index(["t"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
