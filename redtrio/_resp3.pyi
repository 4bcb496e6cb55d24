# ruff: noqa: PYI021 - this stub is the reference: the extension has no docstrings of its own
"""The compiled parser of replies and encoder of commands: reference.

Import these names from ``redtrio.lowlevel.protocol``, which takes the pure Python twin,
``redtrio._resp3_py``, where there is no compiled extension. Both have the same names,
results, errors and texts of errors.

Source: the RESP3 specification, https://github.com/redis/redis-specifications.
"""

from collections.abc import Iterable, Sequence
from typing import Final, final

from redtrio.types import Argument

__all__ = ["MAX_DEPTH", "Resp3Reader", "write_command", "write_commands"]

MAX_DEPTH: Final = 512
"""How many aggregates may be open inside each other; attributes count, one more is refused."""

@final
class Resp3Reader:
    """A parser of RESP3 replies out of bytes that arrive in any pieces.

    Bytes go in by ``feed``, or without a copy by ``get_buffer`` and ``buffer_updated``;
    replies come out by ``get_object`` one at a time, or by ``get_objects`` all at once.
    It does no I/O and knows nothing of commands. ::

        reader = Resp3Reader()
        reader.feed(b"+OK\\r\\n:1")
        reader.get_objects()  # [b"OK"]
        reader.feed(b"2\\r\\n")
        reader.get_objects()  # [12]

    **Values.** What each type of RESP3 becomes:

    ====== ======================== ============================================================
    byte   type                     value
    ====== ======================== ============================================================
    ``+``  simple string            bytes
    ``-``  simple error             an instance of ``redtrio.exceptions.ResponseError``, of the
                                    class that its first word names; returned, never raised,
                                    inside of aggregates too
    ``:``  number                   int; beyond 64 bits it is refused
    ``(``  big number               int, of up to 100,000 digits, whatever
                                    ``sys.set_int_max_str_digits`` says
    ``,``  double                   float; ``inf``, ``-inf``, ``nan``, fractions, exponents
    ``#``  boolean                  bool
    ``_``  null                     None; so are the RESP2 nulls ``$-1`` and ``*-1``
    ``$``  blob (bulk) string       bytes; the streamed form ``$?`` as well, in one piece
    ``!``  blob error               as a simple error
    ``=``  verbatim string          bytes, without the format and its colon (``txt:``)
    ``*``  array                    list
    ``%``  map                      dict; of equal keys the later one wins
    ``~``  set                      set
    ``>``  push                     ``redtrio.types.RespPush``
    ``|``  attribute                none: it is checked and dropped
    ====== ======================== ============================================================

    The streamed forms ``*?``, ``%?`` and ``~?`` are as the others. What stands as a key of a
    map or as a member of a set, and everything within it, is made hashable: a list becomes a
    tuple, a set a frozenset, a map a tuple of its (key, value) pairs as they stood on the wire.

    **Errors.** What breaks the grammar raises ``redtrio.exceptions.ProtocolError``; its text
    names the rule, at most 32 bytes that broke it, and their offset from the first byte ever
    fed: ``malformed length b'1x' at offset 4711``. The text is the same however the bytes were
    cut into pieces, and replies in front of the error are given first. After it every method
    raises a ProtocolError of that text: nothing behind the error can be told apart any more.
    No other exception comes out of bytes. An interruption (KeyboardInterrupt, MemoryError) in
    the middle of a reply breaks the reader in the same way.

    **Costs.** Time is linear in the bytes, in whatever pieces: none is parsed twice. Memory is
    that of the values, of the bytes not yet parsed and, for a long string, up to as much again
    as has arrived of it (never more than its length). What a header announces allocates
    nothing before it arrives. An idle reader keeps at most 64 KiB.

    **Threads.** A reader belongs to one task at a time. Entering one that is at work, from a
    finalizer, a signal handler or another thread, raises RuntimeError("the reader is in use")
    and harms nothing.

    Attributes:
        sentinel: What ``get_object`` returns when more bytes are needed. It is equal to
            nothing that a reply can hold; compare with ``is``.
    """

    sentinel: object

    def __new__(cls) -> Resp3Reader: ...
    @property
    def pending(self) -> bool:
        """Whether unparsed bytes or half a reply are held.

        False means that every byte so far belonged to a reply that has been given out: the
        connection can be handed to another caller. True for ever after an error. Never raises.
        """

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes that arrived. Parses nothing.

        Bytes within a long string that is being read go to their final place at once. Other
        bytes are kept until they are parsed; a bytes object is kept as it is, without a copy,
        where nothing unparsed is in front of it. Withdraws the view of ``get_buffer``.

        Args:
            data: Any number of bytes, also none. A memoryview stands for its bytes
                (``tobytes()``), of whatever format and strides. bytearray and memoryview are
                copied: their owner may change or resize them at once.

        Raises:
            TypeError: ``data`` is of another type; the reader goes on as before.
            ProtocolError: The reader met an error before.
            RuntimeError: The reader is in use.
        """

    def get_object(self) -> object:
        """Return the next reply.

        Returns:
            The value of the reply, or ``sentinel`` when its bytes are not all there.

        Raises:
            ProtocolError: The bytes break the grammar here, or did so before.
            RuntimeError: The reader is in use.
        """

    def get_objects(self) -> list[object]:
        """Return every reply whose bytes are all there, in one call.

        Several times as fast as ``get_object`` where replies are short.

        Returns:
            A new list of the values in the order of the replies; empty when there is none.
            Where an error stands behind replies, they are returned, and the next use of the
            reader raises.

        Raises:
            ProtocolError: The bytes break the grammar, and no reply stands in front; or they
                did so before.
            RuntimeError: The reader is in use.
        """

    def get_buffer(self, sizehint: int = -1) -> memoryview:
        """Lend memory to receive into: ``n = socket.recv_into(view)``, ``buffer_updated(n)``.

        In the middle of a long string (its header parsed, its payload of more than 16 KiB not
        complete) the view is of the string's final memory, and ends where the string ends:
        its bytes are never copied.

        The view is lent until the next ``buffer_updated``, ``feed`` or ``get_buffer``, which
        releases it. Parts of it that are kept all the same (slices, other exports) stay valid
        memory, but the reader does not look at them again and nothing that it has given out
        changes with them.

        Args:
            sizehint: How many bytes are wished for, up to 1 MiB; the view may be shorter in
                the middle of a long string, and is never longer. 0 or less: the reader
                chooses, at least 16 KiB outside of long strings.

        Returns:
            A writable, contiguous view of single bytes, at least one. What it holds at first
            is undefined.

        Raises:
            ProtocolError: The reader met an error before.
            RuntimeError: The reader is in use.
        """

    def buffer_updated(self, nbytes: int) -> None:
        """Take over the first ``nbytes`` of the view that ``get_buffer`` lent. Parses nothing.

        Args:
            nbytes: How many bytes were received, 0 to the view's length.

        Raises:
            ValueError: ``nbytes`` is beyond that; the view stays lent.
            RuntimeError: No view is lent, or the reader is in use.
            ProtocolError: The reader met an error before.
        """

def write_command(command: Argument, *args: Argument) -> bytes:
    """Encode one command as an array of bulk strings, as servers take it.

    ``write_command("GET", b"key")`` is ``b"*2\\r\\n$3\\r\\nGET\\r\\n$3\\r\\nkey\\r\\n"``.

    Args:
        command: The command's name, as any argument. It is not split at blanks: subcommands
            are arguments.
        *args: Its arguments. bytes and bytearray are taken as they are; a memoryview as its
            bytes (``tobytes()``); str as UTF-8; int in decimal digits; float as ``repr``
            writes it. Subclasses count by their value.

    Returns:
        The encoded command.

    Raises:
        DataError: An argument is of another type (None, bool and containers too), a str with
            lone surrogates, or an int of more digits than Python converts. The text names its
            number (0 is the command's name) and type, never its value.
    """

def write_commands(commands: Iterable[Sequence[Argument]]) -> bytes:
    """Encode many commands into one buffer, for a pipeline.

    Several times as fast as joining the results of ``write_command``.

    Args:
        commands: For each command a list or tuple of its name and arguments.

    Returns:
        The encoded commands, one behind the other; empty for none.

    Raises:
        DataError: As for ``write_command``, with the command's number in front; also if a
            command is empty or no list or tuple. Nothing is returned then.
    """
