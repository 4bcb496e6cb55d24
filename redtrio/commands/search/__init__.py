"""Search (FT.*): ``r.ft(index_name)``, and what its commands take and give.

The modules are called as those of redis-py are: ``field``, ``index_definition``, ``query``,
``querystring``, ``aggregation``, ``reducers``, ``hybrid_query``, ``hybrid_result``,
``profile_information``, ``document``, ``result``, ``suggestion``.
"""

from __future__ import annotations

from redtrio.commands.search.aggregation import (
    AggregateRequest,
    AggregateResult,
    Asc,
    Cursor,
    Desc,
)
from redtrio.commands.search.commands import Search
from redtrio.commands.search.document import Document
from redtrio.commands.search.field import (
    Field,
    GeoField,
    GeoShapeField,
    NumericField,
    TagField,
    TextField,
    VectorField,
)
from redtrio.commands.search.index_definition import IndexDefinition, IndexType
from redtrio.commands.search.profile_information import ProfileInformation
from redtrio.commands.search.query import GeoFilter, NumericFilter, Query
from redtrio.commands.search.result import Result
from redtrio.commands.search.suggestion import Suggestion

__all__ = [
    "AggregateRequest",
    "AggregateResult",
    "Asc",
    "Cursor",
    "Desc",
    "Document",
    "Field",
    "GeoField",
    "GeoFilter",
    "GeoShapeField",
    "IndexDefinition",
    "IndexType",
    "NumericField",
    "NumericFilter",
    "ProfileInformation",
    "Query",
    "Result",
    "Search",
    "Suggestion",
    "TagField",
    "TextField",
    "VectorField",
]
