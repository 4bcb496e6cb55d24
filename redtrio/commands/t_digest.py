"""The commands on t-digests, which a client has as ``r.tdigest()``."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import ClassVar

from redtrio.commands._arguments import Words, at_least_one, counted_keys, whole
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._probabilistic import Information, Names, fraction, number_words, numbers
from redtrio.commands._replies import is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["TDigestCommands", "TDigestInfo"]

_ADD = Spec(name="TDIGEST.ADD", keys=(1, 1, 1))
_BYRANK = Spec(name="TDIGEST.BYRANK", keys=(1, 1, 1), readonly=True)
_BYREVRANK = Spec(name="TDIGEST.BYREVRANK", keys=(1, 1, 1), readonly=True)
_CDF = Spec(name="TDIGEST.CDF", keys=(1, 1, 1), readonly=True)
_CREATE = Spec(name="TDIGEST.CREATE", keys=(1, 1, 1))
_INFO = Spec(name="TDIGEST.INFO", keys=(1, 1, 1), readonly=True)
_MAX = Spec(name="TDIGEST.MAX", keys=(1, 1, 1), readonly=True)
_MERGE = Spec(name="TDIGEST.MERGE", keys=(1, 1, 1))
_MIN = Spec(name="TDIGEST.MIN", keys=(1, 1, 1), readonly=True)
_QUANTILE = Spec(name="TDIGEST.QUANTILE", keys=(1, 1, 1), readonly=True)
_RANK = Spec(name="TDIGEST.RANK", keys=(1, 1, 1), readonly=True)
_RESET = Spec(name="TDIGEST.RESET", keys=(1, 1, 1))
_REVRANK = Spec(name="TDIGEST.REVRANK", keys=(1, 1, 1), readonly=True)
_TRIMMED_MEAN = Spec(name="TDIGEST.TRIMMED_MEAN", keys=(1, 1, 1), readonly=True)


class TDigestInfo(Information[int]):
    """What TDIGEST.INFO says of a t-digest.

    Attributes:
        compression: How exact it is: what ``create`` was given.
        capacity: How many nodes it has room for.
        merged_nodes: How many nodes summarize observations.
        unmerged_nodes: How many nodes wait to be merged into those.
        merged_weight: How many observations are in the merged nodes.
        unmerged_weight: How many observations are in the others.
        observations: How many observations there are.
        total_compressions: How often nodes were merged.
        memory_usage: The bytes of memory that it takes.
    """

    __slots__ = (
        "capacity",
        "compression",
        "memory_usage",
        "merged_nodes",
        "merged_weight",
        "observations",
        "total_compressions",
        "unmerged_nodes",
        "unmerged_weight",
    )

    _names: ClassVar[Names] = {
        b"Compression": "compression",
        b"Capacity": "capacity",
        b"Merged nodes": "merged_nodes",
        b"Unmerged nodes": "unmerged_nodes",
        b"Merged weight": "merged_weight",
        b"Unmerged weight": "unmerged_weight",
        b"Observations": "observations",
        b"Total compressions": "total_compressions",
        b"Memory usage": "memory_usage",
    }

    compression: int
    capacity: int
    merged_nodes: int
    unmerged_nodes: int
    merged_weight: int
    unmerged_weight: int
    observations: int
    total_compressions: int
    memory_usage: int


class TDigestCommands(Family[S]):
    """The commands on t-digests.

    A t-digest estimates quantiles and ranks among many observations (numbers), in little
    memory; it is most exact near the least and the greatest of them.

    They need a module: it comes with Redis 8, for older ones with Redis Stack;
    versions below are those of the module. Where the server has none, and where there is no
    t-digest at a key, all but ``create`` and ``merge`` raise ``ResponseError``; where a key
    holds something else, ``WrongTypeError``.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def create(self, key: Argument, compression: int = 100) -> Awaitable[bool]:
        """Create an empty t-digest.

        Args:
            key: Key of the t-digest; must be free.
            compression: How exact it is, >= 1: the more, the more exact, and the larger.

        Returns:
            True.

        Raises:
            DataError: ``compression`` is out of its range.
            ResponseError: The key exists.

        Source: TDIGEST.CREATE. Since 2.4.
        """
        words = (b"TDIGEST.CREATE", key, *_compression(compression))
        return self._execute(Command(_CREATE, words, is_ok))

    def reset(self, key: Argument) -> Awaitable[bool]:
        """Empty a t-digest.

        Args:
            key: Key of the t-digest.

        Returns:
            True.

        Source: TDIGEST.RESET. Since 2.4.
        """
        return self._execute(Command(_RESET, (b"TDIGEST.RESET", key), is_ok))

    def add(self, key: Argument, values: Iterable[float]) -> Awaitable[bool]:
        """Put observations into a t-digest.

        Args:
            key: Key of the t-digest.
            values: The observations, finite numbers.

        Returns:
            True.

        Raises:
            DataError: There are none, or one is no number.
            ResponseError: One is infinite: those before it are in.

        Source: TDIGEST.ADD. Since 2.4.
        """
        words = (b"TDIGEST.ADD", key, *numbers("values", values))
        return self._execute(Command(_ADD, words, is_ok))

    def merge(
        self,
        destination_key: Argument,
        num_keys: int,
        *keys: Argument,
        compression: int | None = None,
        override: bool = False,
    ) -> Awaitable[bool]:
        """Put the observations of t-digests into one, which is created where there is none.

        Args:
            destination_key: Key of the t-digest to write to.
            num_keys: How many keys follow.
            *keys: Keys of the t-digests to read.
            compression: How exact the one written to becomes, >= 1. None: as exact as the
                most exact of them all.
            override: Replace what it holds. Otherwise that is kept.

        Returns:
            True.

        Raises:
            DataError: There is no key, ``num_keys`` does not count them, or ``compression``
                is out of its range.
            ResponseError: One of ``keys`` is missing.

        Source: TDIGEST.MERGE. Since 2.4.
        """
        words: Words = (
            b"TDIGEST.MERGE",
            destination_key,
            *counted_keys("num_keys", num_keys, at_least_one("keys", keys)),
            *_compression(compression),
            *((b"OVERRIDE",) if override else ()),
        )
        return self._execute(Command(_MERGE, words, is_ok))

    def min(self, key: Argument) -> Awaitable[float]:
        """Get the least observation, exactly.

        Args:
            key: Key of the t-digest.

        Returns:
            The observation; nan if there is none.

        Source: TDIGEST.MIN. Since 2.4.
        """
        return self._execute(Command(_MIN, (b"TDIGEST.MIN", key)))

    def max(self, key: Argument) -> Awaitable[float]:
        """Get the greatest observation, exactly.

        Args:
            key: Key of the t-digest.

        Returns:
            The observation; nan if there is none.

        Source: TDIGEST.MAX. Since 2.4.
        """
        return self._execute(Command(_MAX, (b"TDIGEST.MAX", key)))

    def quantile(self, key: Argument, quantile: float, *quantiles: float) -> Awaitable[list[float]]:
        """Estimate below which value a given part of the observations lies.

        Args:
            key: Key of the t-digest.
            quantile: The part, from 0 (the least observation) to 1 (the greatest one).
            *quantiles: Further ones.

        Returns:
            For each part the value; nan if there is no observation.

        Raises:
            DataError: One of them is out of its range.

        Source: TDIGEST.QUANTILE. Since 2.4.
        """
        parts: tuple[float, ...] = (quantile, *quantiles)
        words = (b"TDIGEST.QUANTILE", key, *(fraction("quantile", q, closed=True) for q in parts))
        return self._execute(Command(_QUANTILE, words))

    def cdf(self, key: Argument, value: float, *values: float) -> Awaitable[list[float]]:
        """Estimate which part of the observations lies below a value; of equal ones, half does.

        Args:
            key: Key of the t-digest.
            value: The value.
            *values: Further ones.

        Returns:
            For each value the part, from 0 to 1; nan if there is no observation.

        Raises:
            DataError: One of them is no number.

        Source: TDIGEST.CDF. Since 2.4.
        """
        words = (b"TDIGEST.CDF", key, *numbers("values", (value, *values)))
        return self._execute(Command(_CDF, words))

    def info(self, key: Argument) -> Awaitable[TDigestInfo]:
        """Get information about a t-digest.

        Args:
            key: Key of the t-digest.

        Returns:
            A ``TDigestInfo``, with ``compression``, ``capacity``, ``merged_nodes``,
            ``unmerged_nodes``, ``merged_weight``, ``unmerged_weight``, ``observations``,
            ``total_compressions`` and ``memory_usage``.

        Source: TDIGEST.INFO. Since 2.4.
        """
        return self._execute(Command(_INFO, (b"TDIGEST.INFO", key), TDigestInfo))

    def trimmed_mean(
        self, key: Argument, low_cut_quantile: float, high_cut_quantile: float
    ) -> Awaitable[float]:
        """Estimate the mean of the observations without the least and the greatest ones.

        Args:
            key: Key of the t-digest.
            low_cut_quantile: Which part of them is left out below, 0 to 1: 0 for none.
            high_cut_quantile: Up to which part they count, 0 to 1: 1 for all; above the
                other one.

        Returns:
            The mean; nan if there is no observation.

        Raises:
            DataError: One of them is out of its range, or the first is not the lower one.

        Source: TDIGEST.TRIMMED_MEAN. Since 2.4.
        """
        low = fraction("low_cut_quantile", low_cut_quantile, closed=True)
        high = fraction("high_cut_quantile", high_cut_quantile, closed=True)
        if low >= high:
            raise DataError(f"low_cut_quantile must be < high_cut_quantile {high}, got {low}")
        return self._execute(Command(_TRIMMED_MEAN, (b"TDIGEST.TRIMMED_MEAN", key, low, high)))

    def rank(self, key: Argument, value: float, *values: float) -> Awaitable[list[int]]:
        """Estimate how many observations are less than a value; of equal ones, half counts.

        Args:
            key: Key of the t-digest.
            value: The value.
            *values: Further ones.

        Returns:
            For each value how many are less: -1 if it is less than all; as many as there are
            if it is greater than all; -2 if there is none.

        Raises:
            DataError: One of them is no number.

        Source: TDIGEST.RANK. Since 2.4.
        """
        words = (b"TDIGEST.RANK", key, *numbers("values", (value, *values)))
        return self._execute(Command(_RANK, words))

    def revrank(self, key: Argument, value: float, *values: float) -> Awaitable[list[int]]:
        """Estimate how many observations are greater than a value; of equal ones, half counts.

        Args:
            key: Key of the t-digest.
            value: The value.
            *values: Further ones.

        Returns:
            For each value how many are greater: -1 if it is greater than all; as many as
            there are if it is less than all; -2 if there is none.

        Raises:
            DataError: One of them is no number.

        Source: TDIGEST.REVRANK. Since 2.4.
        """
        words = (b"TDIGEST.REVRANK", key, *numbers("values", (value, *values)))
        return self._execute(Command(_REVRANK, words))

    def byrank(self, key: Argument, rank: int, *ranks: int) -> Awaitable[list[float]]:
        """Estimate the observation of a rank, counted from the least one.

        Args:
            key: Key of the t-digest.
            rank: The rank, >= 0: 0 is the least observation.
            *ranks: Further ones.

        Returns:
            For each rank the observation: inf if there are not so many; nan if there is none.

        Raises:
            DataError: One of them is negative.

        Source: TDIGEST.BYRANK. Since 2.4.
        """
        words = (b"TDIGEST.BYRANK", key, *_ranks(rank, *ranks))
        return self._execute(Command(_BYRANK, words))

    def byrevrank(self, key: Argument, rank: int, *ranks: int) -> Awaitable[list[float]]:
        """Estimate the observation of a rank, counted from the greatest one.

        Args:
            key: Key of the t-digest.
            rank: The rank, >= 0: 0 is the greatest observation.
            *ranks: Further ones.

        Returns:
            For each rank the observation: -inf if there are not so many; nan if there is
            none.

        Raises:
            DataError: One of them is negative.

        Source: TDIGEST.BYREVRANK. Since 2.4.
        """
        words = (b"TDIGEST.BYREVRANK", key, *_ranks(rank, *ranks))
        return self._execute(Command(_BYREVRANK, words))


def _compression(compression: int | None) -> Words:
    return number_words(b"COMPRESSION", "compression", compression, "nodes", 1)


def _ranks(*ranks: int) -> tuple[int, ...]:
    return tuple(whole("rank", rank, "observations", 0) for rank in ranks)
