"""How long a blocking command blocks: until the caller's deadline, if it does not say."""

from __future__ import annotations

import math
from typing import Any, cast

import trio

from redtrio.commands._base import Command
from redtrio.types import Argument

__all__ = ["with_block_time"]


def with_block_time(command: Command[Any]) -> tuple[Argument, ...]:
    """Give a command's words, with the time to block filled in where the caller gave none."""
    words = command.words
    place = command.spec.block_at
    # Who calls by words may have left that one out, which is for the server to refuse.
    if place and place < len(words) and words[place] is None:
        left = trio.current_effective_deadline() - trio.current_time()
        unit = command.spec.block_unit
        # 0 is for ever. A server counts in milliseconds.
        time: float = 0 if left == math.inf else max(left, 0.001) * unit
        if unit != 1:
            time = math.ceil(time)
        place %= len(words)
        words = (*words[:place], time, *words[place + 1 :])
    # Any other None is refused where the words are encoded.
    return cast("tuple[Argument, ...]", words)
