# ruff: noqa: A002  (parameters bear redis-py's names)
"""The commands on vector sets, which a client has as ``r.vset()``."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, overload

from redtrio.commands._arguments import Words, flag_words, whole
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._probabilistic import number_words
from redtrio.commands._replies import as_bool
from redtrio.commands._vectors import (
    QuantizationOptions,
    RawVector,
    SimilarElement,
    VectorSetInfo,
    as_attributed,
    as_attributes,
    as_information,
    as_raw_vector,
    as_scored,
    as_scored_and_attributed,
    attribute_word,
    quantization_words,
    vector_words,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "QuantizationOptions",
    "RawVector",
    "SimilarElement",
    "Vector",
    "VectorSetCommands",
    "VectorSetInfo",
]

Vector: TypeAlias = Sequence[float] | bytes | bytearray
"""A vector: numbers, or 32-bit little-endian floats in bytes, which take less room."""

_VADD = Spec(name="VADD", keys=(1, 1, 1))
_VCARD = Spec(name="VCARD", keys=(1, 1, 1), readonly=True)
_VDIM = Spec(name="VDIM", keys=(1, 1, 1), readonly=True)
# No part of its reply is a user's text: numbers, or the bytes that stand for them.
_VEMB = Spec(name="VEMB", keys=(1, 1, 1), readonly=True, raw=True)
_VGETATTR = Spec(name="VGETATTR", keys=(1, 1, 1), readonly=True)
_VINFO = Spec(name="VINFO", keys=(1, 1, 1), readonly=True)
_VISMEMBER = Spec(name="VISMEMBER", keys=(1, 1, 1), readonly=True)
_VLINKS = Spec(name="VLINKS", keys=(1, 1, 1), readonly=True)
_VRANDMEMBER = Spec(name="VRANDMEMBER", keys=(1, 1, 1), readonly=True)
_VRANGE = Spec(name="VRANGE", keys=(1, 1, 1), readonly=True)
_VREM = Spec(name="VREM", keys=(1, 1, 1))
_VSETATTR = Spec(name="VSETATTR", keys=(1, 1, 1))
_VSIM = Spec(name="VSIM", keys=(1, 1, 1), readonly=True)

_SIMILAR = {
    (False, False): None,
    (True, False): as_scored,
    (False, True): as_attributed,
    (True, True): as_scored_and_attributed,
}


class VectorSetCommands(Family[S]):
    """The commands on vector sets.

    A vector set holds elements, each with a vector, and finds those whose vectors are
    similar to a given one. All its vectors have the same number of dimensions. An element may
    have attributes, a JSON object, by which a search is filtered; they are dicts with str
    keys, also where the client does not decode.

    All raise ``WrongTypeError`` where a key holds something other than a vector set. They
    are part of Redis 8; other servers do not know them.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out. To do it again does no harm.
    """

    __slots__ = ()

    def vadd(
        self,
        key: Argument,
        vector: Vector,
        element: Argument,
        reduce_dim: int | None = None,
        cas: bool | None = False,
        quantization: QuantizationOptions | Literal["NOQUANT", "BIN", "Q8"] | None = None,
        ef: int | None = None,
        attributes: Mapping[str, Any] | str | bytes | None = None,
        numlinks: int | None = None,
    ) -> Awaitable[bool]:
        """Put an element into a vector set, or give it another vector.

        The vector set is created where there is none, and then takes its number of dimensions,
        ``reduce_dim``, ``quantization`` and ``numlinks`` from this call. All later calls must
        give the same ones.

        Args:
            key: Key of the vector set.
            vector: Its numbers, as a sequence or as bytes of 32-bit floats.
            element: The element, not empty.
            reduce_dim: How many dimensions to reduce the vectors to, >= 1. None: no fewer.
            cas: Let the server look for neighbours in a thread of its own.
            quantization: How numbers are stored: NOQUANT as they are, BIN as one bit, Q8 in
                8 bits. None: the server's default, Q8.
            ef: How thoroughly to look for neighbours, 1 to 1000000. None: the server's
                default, 200.
            attributes: A dict that JSON can hold, or the text of a JSON object. None or an
                empty one: none are set, and what the element has is kept.
            numlinks: How many neighbours an element is linked to, 4 to 4096. None: the server's
                default, 16.

        Returns:
            True if the element is new, False if it was there already.

        Raises:
            DataError: An argument is none of those.
            ResponseError: The vector has another number of dimensions than the others, or
                another option differs from the vector set's.

        Source: VADD. Since 8.0.
        """
        if not element and element != 0:
            raise DataError(f"element must not be empty, got {element!r}")
        words: Words = (
            *number_words(b"REDUCE", "reduce_dim", reduce_dim, "dimensions", 1),
            *vector_words("vector", vector),
            element,
            *((b"CAS",) if cas else ()),
            *quantization_words(quantization),
            *number_words(b"EF", "ef", ef, "candidates", 1),
            *((b"SETATTR", attribute_word(attributes)) if attributes else ()),
            *number_words(b"M", "numlinks", numlinks, "links", 4),
        )
        return self._execute(Command(_VADD, (b"VADD", key, *words), as_bool))

    @overload
    def vsim(
        self,
        key: Argument,
        input: Vector | str,
        with_scores: Literal[False] = False,
        with_attribs: Literal[False] = False,
        count: int | None = None,
        ef: int | None = None,
        filter: str | None = None,
        filter_ef: int | None = None,
        truth: bool | None = False,
        no_thread: bool | None = False,
        epsilon: float | None = None,
    ) -> Awaitable[list[S]]: ...
    @overload
    def vsim(
        self,
        key: Argument,
        input: Vector | str,
        with_scores: Literal[True],
        with_attribs: Literal[False] = False,
        count: int | None = None,
        ef: int | None = None,
        filter: str | None = None,
        filter_ef: int | None = None,
        truth: bool | None = False,
        no_thread: bool | None = False,
        epsilon: float | None = None,
    ) -> Awaitable[dict[S, float]]: ...
    @overload
    def vsim(
        self,
        key: Argument,
        input: Vector | str,
        *,
        with_scores: Literal[False] = False,
        with_attribs: Literal[True],
        count: int | None = None,
        ef: int | None = None,
        filter: str | None = None,
        filter_ef: int | None = None,
        truth: bool | None = False,
        no_thread: bool | None = False,
        epsilon: float | None = None,
    ) -> Awaitable[dict[S, dict[str, Any] | None]]: ...
    @overload
    def vsim(
        self,
        key: Argument,
        input: Vector | str,
        with_scores: Literal[True],
        with_attribs: Literal[True],
        count: int | None = None,
        ef: int | None = None,
        filter: str | None = None,
        filter_ef: int | None = None,
        truth: bool | None = False,
        no_thread: bool | None = False,
        epsilon: float | None = None,
    ) -> Awaitable[dict[S, SimilarElement]]: ...
    @overload
    def vsim(
        self,
        key: Argument,
        input: Vector | str,
        with_scores: bool = False,
        with_attribs: bool = False,
        count: int | None = None,
        ef: int | None = None,
        filter: str | None = None,
        filter_ef: int | None = None,
        truth: bool | None = False,
        no_thread: bool | None = False,
        epsilon: float | None = None,
    ) -> Awaitable[
        list[S] | dict[S, float] | dict[S, dict[str, Any] | None] | dict[S, SimilarElement]
    ]: ...
    def vsim(
        self,
        key: Argument,
        input: Vector | str,
        with_scores: bool = False,
        with_attribs: bool = False,
        count: int | None = None,
        ef: int | None = None,
        filter: str | None = None,
        filter_ef: int | None = None,
        truth: bool | None = False,
        no_thread: bool | None = False,
        epsilon: float | None = None,
    ) -> Awaitable[Any]:
        """Get the elements that are most similar to a vector, or to an element.

        Args:
            key: Key of the vector set.
            input: A vector, as numbers or as bytes of 32-bit floats; or an element, as str.
            with_scores: Get as well how similar each one is.
            with_attribs: Get as well the attributes of each one.
            count: The most elements to get, >= 1. None: the server's default, 10.
            ef: How thoroughly to look, >= 1. None: the server's default, 100, or ``count`` if
                that is more.
            filter: An expression that the attributes must fulfil: ``".year >= 1980"``.
            filter_ef: How many elements to try the filter on, >= 1. None: the server's
                default, 100 for each one to get.
            truth: Compare with every element, exactly and slowly.
            no_thread: Let the server look in its main thread, where it is busy with nothing
                else.
            epsilon: Leave out what is less similar than 1 - epsilon, > 0.

        Returns:
            The most similar first, none where there is no vector set: a list of elements;
            with ``with_scores`` a dict of element to score, from 0 (opposite) to 1 (the same
            direction); with ``with_attribs`` a dict of element to its attributes, a dict, or
            None if it has none; with both a dict of element to a dict with ``score`` and
            ``attributes``.

        Raises:
            DataError: An argument is none of those.
            ResponseError: The vector has another number of dimensions; there is no such
                element; or ``filter`` is no expression.
            ValueError: Attributes that somebody has set are not JSON.

        Source: VSIM. Since 8.0; ``with_attribs`` and ``epsilon`` since 8.2.
        """
        if epsilon is not None and not epsilon > 0:
            raise DataError(f"epsilon must be > 0, got {epsilon}")
        words: Words = (
            *_target(input),
            *flag_words(WITHSCORES=with_scores, WITHATTRIBS=with_attribs),
            *number_words(b"COUNT", "count", count, "elements", 1),
            *(() if epsilon is None else (b"EPSILON", epsilon)),
            *number_words(b"EF", "ef", ef, "candidates", 1),
            *(() if filter is None else (b"FILTER", filter)),
            *number_words(b"FILTER-EF", "filter_ef", filter_ef, "candidates", 1),
            *flag_words(TRUTH=bool(truth), NOTHREAD=bool(no_thread)),
        )
        parse = _SIMILAR[bool(with_scores), bool(with_attribs)]
        return self._execute(Command(_VSIM, (b"VSIM", key, *words), parse))

    def vdim(self, key: Argument) -> Awaitable[int]:
        """Get how many dimensions the vectors of a vector set have.

        Args:
            key: Key of the vector set.

        Returns:
            How many; where vectors are reduced, those that are left.

        Raises:
            ResponseError: There is no vector set.

        Source: VDIM. Since 8.0.
        """
        return self._execute(Command(_VDIM, (b"VDIM", key)))

    def vcard(self, key: Argument) -> Awaitable[int]:
        """Count the elements of a vector set.

        Args:
            key: Key of the vector set.

        Returns:
            How many there are; 0 if there is no vector set.

        Source: VCARD. Since 8.0.
        """
        return self._execute(Command(_VCARD, (b"VCARD", key)))

    def vrem(self, key: Argument, element: Argument) -> Awaitable[bool]:
        """Remove an element from a vector set.

        Args:
            key: Key of the vector set; the key goes with its last element.
            element: The element.

        Returns:
            Whether it was there.

        Source: VREM. Since 8.0.
        """
        return self._execute(Command(_VREM, (b"VREM", key, element), as_bool))

    @overload
    def vemb(
        self, key: Argument, element: Argument, raw: Literal[False] | None = False
    ) -> Awaitable[list[float] | None]: ...
    @overload
    def vemb(
        self, key: Argument, element: Argument, raw: Literal[True]
    ) -> Awaitable[RawVector | None]: ...
    @overload
    def vemb(
        self, key: Argument, element: Argument, raw: bool | None
    ) -> Awaitable[list[float] | RawVector | None]: ...
    def vemb(
        self, key: Argument, element: Argument, raw: bool | None = False
    ) -> Awaitable[list[float] | RawVector | None]:
        """Get the vector of an element, about as it was given.

        Args:
            key: Key of the vector set.
            element: The element.
            raw: Get it as the server stores it.

        Returns:
            A list of numbers, less exact the fewer bits they are stored in; with ``raw`` a
            dict with ``quantization`` ("f32", "int8" or "bin"), ``raw`` (bytes, also with
            ``decode_responses``), ``l2`` (the vector's length before it was made one of
            length 1), and with "int8" ``range`` (the number that 127 stands for). None if
            there is no such element.

        Source: VEMB. Since 8.0.
        """
        if raw:
            return self._execute(Command(_VEMB, (b"VEMB", key, element, b"RAW"), as_raw_vector))
        return self._execute(Command(_VEMB, (b"VEMB", key, element)))

    @overload
    def vlinks(
        self, key: Argument, element: Argument, with_scores: Literal[False] | None = False
    ) -> Awaitable[list[list[S]] | None]: ...
    @overload
    def vlinks(
        self, key: Argument, element: Argument, with_scores: Literal[True]
    ) -> Awaitable[list[dict[S, float]] | None]: ...
    @overload
    def vlinks(
        self, key: Argument, element: Argument, with_scores: bool | None
    ) -> Awaitable[list[list[S]] | list[dict[S, float]] | None]: ...
    def vlinks(
        self, key: Argument, element: Argument, with_scores: bool | None = False
    ) -> Awaitable[list[list[S]] | list[dict[S, float]] | None]:
        """Get the elements that an element is linked to, in each level of the graph.

        Args:
            key: Key of the vector set.
            element: The element.
            with_scores: Get as well how similar each one is.

        Returns:
            For each level that the element is in, the uppermost first, a list of elements;
            with ``with_scores`` a dict of element to score, from 0 to 1. None if there is no
            such element.

        Source: VLINKS. Since 8.0.
        """
        words: Words = (b"VLINKS", key, element)
        if with_scores:
            words += (b"WITHSCORES",)
        return self._execute(Command(_VLINKS, words))

    def vinfo(self, key: Argument) -> Awaitable[VectorSetInfo | None]:
        """Get information about a vector set.

        Args:
            key: Key of the vector set.

        Returns:
            A dict of the server's names, as str, to values: "quant-type" ("f32", "int8" or
            "bin"), "hnsw-m" (how many neighbours an element is linked to), "vector-dim",
            "projection-input-dim" (how many dimensions vectors are given with where they are
            reduced, else 0), "size" (how many elements there are), "max-level",
            "attributes-count" (how many have attributes), "vset-uid", "hnsw-max-node-uid".
            None if there is no vector set.

        Source: VINFO. Since 8.0.
        """
        return self._execute(Command(_VINFO, (b"VINFO", key), as_information))

    def vismember(self, key: Argument, element: Argument) -> Awaitable[bool]:
        """Tell whether an element is in a vector set.

        Args:
            key: Key of the vector set.
            element: The element.

        Returns:
            Whether it is; False also if there is no vector set.

        Source: VISMEMBER. Since 8.2.
        """
        return self._execute(Command(_VISMEMBER, (b"VISMEMBER", key, element), as_bool))

    def vsetattr(
        self,
        key: Argument,
        element: Argument,
        attributes: Mapping[str, Any] | str | bytes | None = None,
    ) -> Awaitable[bool]:
        """Set the attributes of an element in place of those that it has, or remove them.

        Args:
            key: Key of the vector set.
            element: The element.
            attributes: A dict that JSON can hold, or the text of a JSON object. None: remove
                them.

        Returns:
            Whether there is such an element.

        Raises:
            DataError: ``attributes`` is none of those.

        Source: VSETATTR. Since 8.0.
        """
        word = b"" if attributes is None else attribute_word(attributes)
        return self._execute(Command(_VSETATTR, (b"VSETATTR", key, element, word), as_bool))

    def vgetattr(self, key: Argument, element: Argument) -> Awaitable[dict[str, Any] | None]:
        """Get the attributes of an element.

        Args:
            key: Key of the vector set.
            element: The element.

        Returns:
            The attributes as a dict, its keys str; None if it has none, or there is no such
            element.

        Raises:
            ValueError: What somebody has set is not JSON.

        Source: VGETATTR. Since 8.0.
        """
        return self._execute(Command(_VGETATTR, (b"VGETATTR", key, element), as_attributes))

    @overload
    def vrandmember(self, key: Argument, count: None = None) -> Awaitable[S | None]: ...
    @overload
    def vrandmember(self, key: Argument, count: int) -> Awaitable[list[S]]: ...
    def vrandmember(
        self, key: Argument, count: int | None = None
    ) -> Awaitable[S | None] | Awaitable[list[S]]:
        """Get random elements of a vector set.

        Args:
            key: Key of the vector set.
            count: How many different ones to get at most; negative: exactly so many, of which
                some may be the same. None: one, returned by itself.

        Returns:
            An element, or None if there is no vector set; with ``count`` a list of elements.

        Raises:
            DataError: ``count`` is no whole number.

        Source: VRANDMEMBER. Since 8.0.
        """
        words = (b"VRANDMEMBER", key, *_any_count(count))
        return self._execute(Command(_VRANDMEMBER, words))

    def vrange(
        self, key: Argument, start: Argument, end: Argument, count: int | None = None
    ) -> Awaitable[list[S]]:
        """Get the elements of a vector set between two, in the order of their bytes.

        To go through a large vector set, begin with ``"-"`` and go on with ``"("`` and the
        last element that came.

        Args:
            key: Key of the vector set.
            start: Lower bound: ``"[a"`` with that element, ``"(a"`` without it, ``"-"``: none.
            end: Upper bound: ``"[z"``, ``"(z"`` or ``"+"``.
            count: The most elements to get; None or negative: all.

        Returns:
            A list of elements; empty if there is no vector set.

        Raises:
            DataError: ``count`` is no whole number.

        Source: VRANGE. Since 8.4.
        """
        words = (b"VRANGE", key, start, end, *_any_count(count))
        return self._execute(Command(_VRANGE, words))


def _any_count(count: int | None) -> Words:
    return () if count is None else (whole("count", count, "elements"),)


def _target(target: Vector | str) -> Words:
    if not isinstance(target, str):
        return vector_words("input", target)
    if not target:
        raise DataError("input must not be empty, got ''")
    return (b"ELE", target)
