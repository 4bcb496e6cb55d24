"""The families of commands that come with modules, each under a name of its own."""

from __future__ import annotations

from typing import Any

from redtrio.commands._base import CommandGroup, Family, S

__all__ = ["FAMILIES", "FamilyCommands"]

FAMILIES: tuple[type[Family[Any]], ...] = ()
"""Every one of them."""


class FamilyCommands(CommandGroup[S]):
    """Where a client's families of commands are found.

    Each method gives the family on the client, or on the pipeline, that it is called on; it
    costs nothing worth keeping, so that calling it anew for each command is as well.
    """

    __slots__ = ()
