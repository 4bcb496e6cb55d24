"""The commands that make, change and describe indexes."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any

from redtrio.commands._arguments import Duration, Words, flag_words, seconds
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.commands.search._index import IndexFamily
from redtrio.commands.search._replies import read_config, read_description, read_list, read_set
from redtrio.commands.search.field import Field, schema_words
from redtrio.commands.search.index_definition import IndexDefinition
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["IndexCommands"]

# An index is no key. (Before Redis 8 the module said that its name were one.)
_ALIASADD = Spec(name="FT.ALIASADD")
_ALIASDEL = Spec(name="FT.ALIASDEL")
_ALIASLIST = Spec(name="FT.ALIASLIST", readonly=True)
_ALIASUPDATE = Spec(name="FT.ALIASUPDATE")
_ALTER = Spec(name="FT.ALTER")
_CONFIG_GET = Spec(name="FT.CONFIG GET", readonly=True)
_CONFIG_HELP = Spec(name="FT.CONFIG HELP", readonly=True)
# The module says that it changed nothing, as it changes no key.
_CONFIG_SET = Spec(name="FT.CONFIG SET")
_CREATE = Spec(name="FT.CREATE")
_DROPINDEX = Spec(name="FT.DROPINDEX")
_INFO = Spec(name="FT.INFO", readonly=True)
_LIST = Spec(name="FT._LIST", readonly=True)
_TAGVALS = Spec(name="FT.TAGVALS", readonly=True)


class IndexCommands(IndexFamily[S]):
    """The commands that make, change and describe indexes, and set up the module."""

    __slots__ = ()

    def create_index(
        self,
        fields: Field | Iterable[Field],
        no_term_offsets: bool = False,
        no_field_flags: bool = False,
        stopwords: Iterable[Argument] | None = None,
        definition: IndexDefinition | None = None,
        max_text_fields: bool = False,
        temporary: Duration | None = None,
        no_highlight: bool = False,
        no_term_frequencies: bool = False,
        skip_initial_scan: bool = False,
    ) -> Awaitable[bool]:
        """Create the index. Existing documents are indexed after the reply.

        Args:
            fields: The schema: one field, or several.
            no_term_offsets: Whether not to keep where in a document a word stands; saves
                memory, but there are no phrases, and no highlighting, then.
            no_field_flags: Whether not to keep in which field a word stands; saves memory,
                but there is no searching in some fields only, then.
            stopwords: Words that are left out; empty: none. None: the server's list.
            definition: Which keys are documents. None: all hashes.
            max_text_fields: Whether more than 32 text fields are to be possible by
                ``alter_schema_add``.
            temporary: Seconds, > 0, or timedelta of not being used after which the index
                is dropped, and its documents as well. None: never.
            no_highlight: Whether not to keep what highlighting needs.
            no_term_frequencies: Whether not to keep how often a word stands in a document.
            skip_initial_scan: Whether to leave out documents that exist already.

        Returns:
            True.

        Raises:
            DataError: There is no field, ``temporary`` is not > 0, or ``stopwords`` is a
                single string.
            ResponseError: There is an index of that name.

        Source: FT.CREATE. Since Search 1.0.
        """
        words: list[Argument] = [b"FT.CREATE", self.index_name]
        if definition is not None:
            words += definition.args
        words += flag_words(MAXTEXTFIELDS=max_text_fields)
        if temporary is not None:
            words += ("TEMPORARY", seconds("temporary", temporary))
        words += flag_words(
            NOOFFSETS=no_term_offsets,
            NOHL=no_highlight,
            NOFIELDS=no_field_flags,
            NOFREQS=no_term_frequencies,
            SKIPINITIALSCAN=skip_initial_scan,
        )
        words += _stop_words(stopwords)
        words += ("SCHEMA", *schema_words(fields))
        return self._execute(Command(_CREATE, tuple(words), is_ok))

    def alter_schema_add(self, fields: Field | Iterable[Field]) -> Awaitable[bool]:
        """Add fields to the index. Existing documents are indexed anew after the reply.

        Args:
            fields: One field, or several.

        Returns:
            True.

        Raises:
            DataError: There is no field.
            ResponseError: There is no such index, or such a field already.

        Source: FT.ALTER. Since Search 1.0.
        """
        words: Words = (b"FT.ALTER", self.index_name, "SCHEMA", "ADD", *schema_words(fields))
        return self._execute(Command(_ALTER, words, is_ok))

    def dropindex(self, delete_documents: bool = False) -> Awaitable[bool]:
        """Delete the index.

        Args:
            delete_documents: Whether to delete the documents as well.

        Returns:
            True.

        Raises:
            ResponseError: There is no such index.

        Source: FT.DROPINDEX. Since Search 2.0.
        """
        words: Words = (b"FT.DROPINDEX", self.index_name, *flag_words(DD=delete_documents))
        return self._execute(Command(_DROPINDEX, words, is_ok))

    def info(self) -> Awaitable[dict[str, Any]]:
        """Describe the index.

        Returns:
            Dict of str to what each entry is: ``num_docs`` an int, ``percent_indexed`` a
            float, ``attributes`` a list of a dict for each field, and so on. All strings
            are str, whether or not the client decodes.

        Raises:
            ResponseError: There is no such index.

        Source: FT.INFO. Since Search 1.0.
        """
        return self._execute(Command(_INFO, (b"FT.INFO", self.index_name), read_description))

    def list_indexes(self) -> Awaitable[set[S]]:
        """List all indexes, whichever this one is.

        Returns:
            Their names.

        Source: FT._LIST. Since Search 2.0.
        """
        return self._execute(Command(_LIST, (b"FT._LIST",), read_set))

    def tagvals(self, tagfield: Argument) -> Awaitable[list[S]]:
        """List all tags of a field; of a big index this takes long.

        Args:
            tagfield: Name of a tag field.

        Returns:
            The tags, in no order; in lower case unless the field tells them apart by case.

        Raises:
            ResponseError: There is no such index, or no such field in it.

        Source: FT.TAGVALS. Since Search 1.0.
        """
        words: Words = (b"FT.TAGVALS", self.index_name, tagfield)
        return self._execute(Command(_TAGVALS, words, read_list))

    def aliasadd(self, alias: Argument) -> Awaitable[bool]:
        """Give the index another name.

        Args:
            alias: The name.

        Returns:
            True.

        Raises:
            ResponseError: There is no such index, or that name is in use.

        Source: FT.ALIASADD. Since Search 1.0.
        """
        words: Words = (b"FT.ALIASADD", alias, self.index_name)
        return self._execute(Command(_ALIASADD, words, is_ok))

    def aliasupdate(self, alias: Argument) -> Awaitable[bool]:
        """Give the index another name, and take it from the index that has it.

        Args:
            alias: The name.

        Returns:
            True.

        Raises:
            ResponseError: There is no such index.

        Source: FT.ALIASUPDATE. Since Search 1.0.
        """
        words: Words = (b"FT.ALIASUPDATE", alias, self.index_name)
        return self._execute(Command(_ALIASUPDATE, words, is_ok))

    def aliasdel(self, alias: Argument) -> Awaitable[bool]:
        """Take another name from whichever index has it.

        Args:
            alias: The name.

        Returns:
            True.

        Raises:
            ResponseError: There is no such alias.

        Source: FT.ALIASDEL. Since Search 1.0.
        """
        return self._execute(Command(_ALIASDEL, (b"FT.ALIASDEL", alias), is_ok))

    def aliaslist(self) -> Awaitable[set[S]]:
        """List the other names of the index, which must itself not be given by one.

        Returns:
            The names.

        Raises:
            ResponseError: There is no such index.

        Source: FT.ALIASLIST. Since Redis 8.10.
        """
        return self._execute(Command(_ALIASLIST, (b"FT.ALIASLIST", self.index_name), read_set))

    def config_get(self, option: str) -> Awaitable[dict[str, str | None]]:
        """Read settings of the module.

        Args:
            option: Name of one ("TIMEOUT"), or "*".

        Returns:
            Dict of name to value, both str whether or not the client decodes; None where
            nothing is set. Empty if there is no such setting.

        Source: FT.CONFIG GET. Since Search 1.0; since Redis 8 ``r.config_get`` knows them
        as well ("search-timeout").
        """
        return self._execute(Command(_CONFIG_GET, (b"FT.CONFIG", "GET", option), read_config))

    def config_help(self, option: str) -> Awaitable[dict[str, dict[str, str | None]]]:
        """Explain settings of the module.

        Args:
            option: Name of one ("TIMEOUT"), or "*".

        Returns:
            Dict of name to a dict with "Description" and "Value", str throughout; empty if
            there is no such setting.

        Source: FT.CONFIG HELP. Since Search 1.0.
        """
        return self._execute(Command(_CONFIG_HELP, (b"FT.CONFIG", "HELP", option), read_config))

    def config_set(self, option: str, value: Argument) -> Awaitable[bool]:
        """Change a setting of the module.

        Args:
            option: Its name ("TIMEOUT").
            value: Its value.

        Returns:
            True.

        Raises:
            ResponseError: There is no such setting, it cannot be changed while the server
                runs, or the value does not fit.

        Source: FT.CONFIG SET. Since Search 1.0; since Redis 8 ``r.config_set`` knows them
        as well ("search-timeout").
        """
        words: Words = (b"FT.CONFIG", "SET", option, value)
        return self._execute(Command(_CONFIG_SET, words, is_ok))


def _stop_words(stopwords: Iterable[Argument] | None) -> Words:
    if stopwords is None:
        return ()
    if isinstance(stopwords, str | bytes):
        raise DataError(f"stopwords must be several words, got {stopwords!r}")
    words = tuple(stopwords)
    return ("STOPWORDS", len(words), *words)
