"""The families of commands that come with modules, each under a name of its own."""

from __future__ import annotations

from json import JSONDecoder, JSONEncoder
from typing import Any

from redtrio.commands._base import CommandGroup, Family, S
from redtrio.commands.bloom import BloomCommands
from redtrio.commands.count_min import CountMinCommands
from redtrio.commands.cuckoo import CuckooCommands
from redtrio.commands.json_documents import JSON
from redtrio.commands.search.commands import Search
from redtrio.commands.t_digest import TDigestCommands
from redtrio.commands.time_series import TimeSeries
from redtrio.commands.top_k import TopKCommands
from redtrio.commands.vector_sets import VectorSetCommands
from redtrio.types import Argument

__all__ = ["FAMILIES", "FamilyCommands"]

FAMILIES: tuple[type[Family[Any]], ...] = (
    BloomCommands,
    CountMinCommands,
    CuckooCommands,
    TDigestCommands,
    TopKCommands,
    VectorSetCommands,
    JSON,
    TimeSeries,
    Search,
)
"""Every one of them."""


class FamilyCommands(CommandGroup[S]):
    """Where a client's families of commands are found.

    Each method gives the family on the client, or on the pipeline, that it is called on; it
    costs nothing worth keeping, so that calling it anew for each command is as well.
    """

    __slots__ = ()

    def bf(self) -> BloomCommands[S]:
        """Give the commands on Bloom filters."""
        return BloomCommands(self)

    def cf(self) -> CuckooCommands[S]:
        """Give the commands on cuckoo filters."""
        return CuckooCommands(self)

    def cms(self) -> CountMinCommands[S]:
        """Give the commands on count-min sketches."""
        return CountMinCommands(self)

    def tdigest(self) -> TDigestCommands[S]:
        """Give the commands on t-digests, which estimate quantiles."""
        return TDigestCommands(self)

    def topk(self) -> TopKCommands[S]:
        """Give the commands on lists of the most frequent items."""
        return TopKCommands(self)

    def vset(self) -> VectorSetCommands[S]:
        """Give the commands on vector sets."""
        return VectorSetCommands(self)

    def json(
        self, encoder: JSONEncoder | None = None, decoder: JSONDecoder | None = None
    ) -> JSON[S]:
        """Give the commands on JSON documents.

        Args:
            encoder: Makes JSON of values, None: the standard library's, without spaces.
            decoder: Makes values of JSON, None: the standard library's.
        """
        return JSON(self, encoder, decoder)

    def ts(self) -> TimeSeries[S]:
        """Give the commands on time series."""
        return TimeSeries(self)

    def ft(self, index_name: Argument = "idx") -> Search[S]:
        """Give the commands of Search on an index.

        Args:
            index_name: Name of the index, or an alias.
        """
        return Search(self, index_name)
