"""The commands on dictionaries, synonyms and suggestions."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from redtrio.commands._arguments import Words, at_least_one, flag_words, whole
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import as_bool, is_ok
from redtrio.commands.search._index import IndexFamily
from redtrio.commands.search._replies import read_list, read_suggestions, read_synonyms
from redtrio.commands.search.suggestion import Suggestion
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["VocabularyCommands"]

_DICTADD = Spec(name="FT.DICTADD")
_DICTDEL = Spec(name="FT.DICTDEL")
_DICTDUMP = Spec(name="FT.DICTDUMP", readonly=True)
_SUGADD = Spec(name="FT.SUGADD", keys=(1, 1, 1))
_SUGDEL = Spec(name="FT.SUGDEL", keys=(1, 1, 1))
_SUGGET = Spec(name="FT.SUGGET", keys=(1, 1, 1), readonly=True)
_SUGLEN = Spec(name="FT.SUGLEN", keys=(1, 1, 1), readonly=True)
_SYNDUMP = Spec(name="FT.SYNDUMP", readonly=True)
_SYNUPDATE = Spec(name="FT.SYNUPDATE")


class VocabularyCommands(IndexFamily[S]):
    """The commands on dictionaries, synonyms and suggestions.

    Dictionaries, for ``spellcheck``, belong to the server and suggestions to keys; only
    synonyms belong to the index.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def dict_add(self, name: Argument, *terms: Argument) -> Awaitable[int]:
        """Add words to a dictionary, which is made if there is none.

        Args:
            name: Name of the dictionary.
            *terms: The words.

        Returns:
            How many are new.

        Raises:
            DataError: There is no word.

        Source: FT.DICTADD. Since Search 1.4.
        """
        words: Words = (b"FT.DICTADD", name, *at_least_one("terms", terms))
        return self._execute(Command(_DICTADD, words))

    def dict_del(self, name: Argument, *terms: Argument) -> Awaitable[int]:
        """Delete words from a dictionary.

        Args:
            name: Name of the dictionary.
            *terms: The words.

        Returns:
            How many it had.

        Raises:
            DataError: There is no word.

        Source: FT.DICTDEL. Since Search 1.4.
        """
        words: Words = (b"FT.DICTDEL", name, *at_least_one("terms", terms))
        return self._execute(Command(_DICTDEL, words))

    def dict_dump(self, name: Argument) -> Awaitable[list[S]]:
        """List the words of a dictionary.

        Args:
            name: Name of the dictionary.

        Returns:
            The words, in no order.

        Raises:
            ResponseError: There is no such dictionary; Redis 8 gives an empty list.

        Source: FT.DICTDUMP. Since Search 1.4.
        """
        return self._execute(Command(_DICTDUMP, (b"FT.DICTDUMP", name), read_list))

    def synupdate(
        self, groupid: Argument, skipinitial: bool = False, *terms: Argument
    ) -> Awaitable[bool]:
        """Make words synonyms of each other, and of those that the group has.

        Args:
            groupid: Name of the group.
            skipinitial: Whether existing documents are not indexed anew.
            *terms: The words.

        Returns:
            True.

        Raises:
            DataError: There is no word.
            ResponseError: There is no such index.

        Source: FT.SYNUPDATE. Since Search 1.2.
        """
        if not isinstance(skipinitial, bool):
            raise DataError(f"skipinitial must be a bool, ahead of terms, got {skipinitial!r}")
        skip: Words = flag_words(SKIPINITIALSCAN=skipinitial)
        group: Words = (self.index_name, groupid, *skip, *at_least_one("terms", terms))
        return self._execute(Command(_SYNUPDATE, (b"FT.SYNUPDATE", *group), is_ok))

    def syndump(self) -> Awaitable[dict[S, list[S]]]:
        """List the synonyms of the index.

        Returns:
            Dict of word to the groups that it is in.

        Raises:
            ResponseError: There is no such index.

        Source: FT.SYNDUMP. Since Search 1.2.
        """
        return self._execute(Command(_SYNDUMP, (b"FT.SYNDUMP", self.index_name), read_synonyms))

    def sugadd(
        self, key: Argument, suggestion: Suggestion, *, increment: bool = False
    ) -> Awaitable[int]:
        """Add a suggestion. For several at once, call it in a pipeline.

        Args:
            key: Key of the suggestions.
            suggestion: The one to add.
            increment: Whether its score is added to that which it has.

        Returns:
            How many suggestions the key has.

        Raises:
            DataError: It is no Suggestion.

        Source: FT.SUGADD. Since Search 1.0.
        """
        if not isinstance(suggestion, Suggestion):
            raise DataError(f"suggestion must be a Suggestion, got {type(suggestion).__name__}")
        words: Words = (b"FT.SUGADD", key, suggestion.string, suggestion.score)
        words += flag_words(INCR=increment)
        if suggestion.payload is not None:
            words += ("PAYLOAD", suggestion.payload)
        return self._execute(Command(_SUGADD, words))

    def sugget(
        self,
        key: Argument,
        prefix: Argument,
        fuzzy: bool = False,
        num: int = 10,
        with_scores: bool = False,
        with_payloads: bool = False,
    ) -> Awaitable[list[Suggestion]]:
        """Find suggestions.

        Args:
            key: Key of the suggestions.
            prefix: What they begin with.
            fuzzy: Whether one letter of that may be wrong.
            num: The most to find, >= 1.
            with_scores: Whether to have their scores; as the server ranks them here, not as
                they were given.
            with_payloads: Whether to have their payloads.

        Returns:
            The suggestions, the best first; empty if there is none, or no such key.

        Raises:
            DataError: ``num`` is less than 1.

        Source: FT.SUGGET. Since Search 1.0.
        """
        words: Words = (b"FT.SUGGET", key, prefix, "MAX", whole("num", num, "suggestions", 1))
        words += flag_words(FUZZY=fuzzy, WITHSCORES=with_scores, WITHPAYLOADS=with_payloads)
        parse = partial(read_suggestions, with_scores, with_payloads)
        return self._execute(Command(_SUGGET, words, parse))

    def suglen(self, key: Argument) -> Awaitable[int]:
        """Count suggestions.

        Args:
            key: Key of the suggestions.

        Returns:
            How many there are; 0 if there is no such key.

        Source: FT.SUGLEN. Since Search 1.0.
        """
        return self._execute(Command(_SUGLEN, (b"FT.SUGLEN", key)))

    def sugdel(self, key: Argument, string: Argument) -> Awaitable[bool]:
        """Delete a suggestion.

        Args:
            key: Key of the suggestions.
            string: Its text.

        Returns:
            Whether there was one.

        Source: FT.SUGDEL. Since Search 1.0.
        """
        return self._execute(Command(_SUGDEL, (b"FT.SUGDEL", key, string), as_bool))
