r"""The encoder of the pure twin: commands as RESP arrays of bulk strings.

Every argument becomes ``$length CRLF bytes CRLF``. Bytes-like arguments stand for their raw
bytes, str for its UTF-8, int for its decimal digits, float for its ``repr``. Subclasses count
by their value, whatever methods they override; bool, which is an int by accident of history,
is refused, as is all else: a None or a list that became text would be stored without notice.

An error names the argument's number and type, never its value, which may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redtrio.exceptions import DataError
from redtrio.types import Argument

# What stands before an argument: the line end of what precedes it, and its length. Ready-made
# for the usual lengths, which is half of the time.
_HEADS = [b"\r\n$%d\r\n" % length for length in range(1024)]
_COUNTS = [b"*%d" % count for count in range(64)]


def write_command(command: Argument, *args: Argument) -> bytes:
    """Encode one command.

    ``redtrio._resp3.write_command`` describes it in full.
    """
    pieces: list[bytes] = []
    _encode((command, *args), pieces, None)
    return b"".join(pieces)


def write_commands(commands: Iterable[Sequence[Argument]]) -> bytes:
    """Encode many commands into one buffer.

    ``redtrio._resp3.write_commands`` describes it in full.
    """
    pieces: list[bytes] = []
    for number, command in enumerate(commands):
        _check_command(command, number)
        _encode(command, pieces, number)
    return b"".join(pieces)


def _check_command(command: object, number: int) -> None:
    if not isinstance(command, (list, tuple)):
        name = type(command).__name__
        raise DataError(f"command {number} must be a list or tuple, not {name}")
    if not command:
        raise DataError(f"command {number} is empty")


def _encode(arguments: Sequence[Argument], pieces: list[bytes], command: int | None) -> None:
    count = len(arguments)
    pieces.append(_COUNTS[count] if count < len(_COUNTS) else b"*%d" % count)
    for argument in arguments:
        if type(argument) is not bytes:
            argument = _as_bytes(argument, arguments, command)
        length = len(argument)
        # Two pieces, not one: a large value is then copied once, by the join.
        pieces.append(_HEADS[length] if length < 1024 else b"\r\n$%d\r\n" % length)
        pieces.append(argument)
    pieces.append(b"\r\n")


def _as_bytes(argument: Argument, arguments: Sequence[Argument], command: int | None) -> bytes:
    if isinstance(argument, str):
        try:
            return str.encode(argument, "utf-8")
        except UnicodeEncodeError:
            problem = "is a str that UTF-8 cannot encode"
    elif isinstance(argument, int) and not isinstance(argument, bool):
        try:
            return int.__repr__(argument).encode("ascii")
        except ValueError:  # sys.get_int_max_str_digits()
            problem = "is an int of too many digits"
    elif isinstance(argument, float):
        return float.__repr__(argument).encode("ascii")
    elif isinstance(argument, (bytes, bytearray, memoryview)):
        return memoryview(argument).tobytes()
    else:
        name = type(argument).__name__
        problem = f"must be bytes, bytearray, memoryview, str, int or float, not {name}"
    number = next(i for i, other in enumerate(arguments) if other is argument)
    where = "" if command is None else f"command {command}: "
    # Raised here, where no other error is at hand that would carry the value along.
    raise DataError(f"{where}argument {number} {problem}")
