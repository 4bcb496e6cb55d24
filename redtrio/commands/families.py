"""The families of commands that come with modules, each under a name of its own.

They are imported as they are first asked for: all of them together take a quarter of the time
of importing the client, and most services use none.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from redtrio.commands._base import CommandGroup, Family, S
from redtrio.types import Argument

if TYPE_CHECKING:
    from json import JSONDecoder, JSONEncoder

    from redtrio.commands.bloom import BloomCommands
    from redtrio.commands.count_min import CountMinCommands
    from redtrio.commands.cuckoo import CuckooCommands
    from redtrio.commands.json_documents import JSON
    from redtrio.commands.search.commands import Search
    from redtrio.commands.t_digest import TDigestCommands
    from redtrio.commands.time_series import TimeSeries
    from redtrio.commands.top_k import TopKCommands
    from redtrio.commands.vector_sets import VectorSetCommands

__all__ = ["FamilyCommands", "families"]


class FamilyCommands(CommandGroup[S]):
    """Where a client's families of commands are found.

    Each method gives the family on the client, or on the pipeline, that it is called on. The
    first one of a process imports the family, which takes milliseconds; after that it costs
    nothing worth keeping, so that calling it anew for each command is as well.
    """

    __slots__ = ()

    def bf(self) -> BloomCommands[S]:
        """Give the commands on Bloom filters."""
        from redtrio.commands.bloom import BloomCommands

        return BloomCommands(self)

    def cf(self) -> CuckooCommands[S]:
        """Give the commands on cuckoo filters."""
        from redtrio.commands.cuckoo import CuckooCommands

        return CuckooCommands(self)

    def cms(self) -> CountMinCommands[S]:
        """Give the commands on count-min sketches."""
        from redtrio.commands.count_min import CountMinCommands

        return CountMinCommands(self)

    def tdigest(self) -> TDigestCommands[S]:
        """Give the commands on t-digests, which estimate quantiles."""
        from redtrio.commands.t_digest import TDigestCommands

        return TDigestCommands(self)

    def topk(self) -> TopKCommands[S]:
        """Give the commands on lists of the most frequent items."""
        from redtrio.commands.top_k import TopKCommands

        return TopKCommands(self)

    def vset(self) -> VectorSetCommands[S]:
        """Give the commands on vector sets."""
        from redtrio.commands.vector_sets import VectorSetCommands

        return VectorSetCommands(self)

    def json(
        self, encoder: JSONEncoder | None = None, decoder: JSONDecoder | None = None
    ) -> JSON[S]:
        """Give the commands on JSON documents.

        Args:
            encoder: Makes JSON of values, None: the standard library's, without spaces.
            decoder: Makes values of JSON, None: the standard library's.
        """
        from redtrio.commands.json_documents import JSON

        return JSON(self, encoder, decoder)

    def ts(self) -> TimeSeries[S]:
        """Give the commands on time series."""
        from redtrio.commands.time_series import TimeSeries

        return TimeSeries(self)

    def ft(self, index_name: Argument = "idx") -> Search[S]:
        """Give the commands of Search on an index.

        Args:
            index_name: Name of the index, or an alias.
        """
        from redtrio.commands.search.commands import Search

        return Search(self, index_name)


@cache
def families() -> tuple[type[Family[Any]], ...]:
    """Import every one of them."""
    from redtrio.commands.bloom import BloomCommands
    from redtrio.commands.count_min import CountMinCommands
    from redtrio.commands.cuckoo import CuckooCommands
    from redtrio.commands.json_documents import JSON
    from redtrio.commands.search.commands import Search
    from redtrio.commands.t_digest import TDigestCommands
    from redtrio.commands.time_series import TimeSeries
    from redtrio.commands.top_k import TopKCommands
    from redtrio.commands.vector_sets import VectorSetCommands

    return (
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
