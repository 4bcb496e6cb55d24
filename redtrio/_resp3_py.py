r"""The RESP3 reader and encoder in pure Python: the specification of the compiled twin.

``redtrio._resp3`` has the same names, results and error texts; where the two differ, this
module is right. It is what runs where there is no compiled extension.

**Grammar.** A reply is a type byte and a *line*, which runs to the first LF, ends in CRLF and
holds no other CR. Lengths and counts are 1 to 19 decimal digits, at most 2**63 - 1.

====  ==================================================  =============================
byte  line, and what follows it                           value
====  ==================================================  =============================
``+`` any                                                 bytes
``-`` any                                                 an exception, returned
``:`` sign or none, 1 to 19 digits, within 64 bits        int
``(`` sign or none, 1 to 100,000 digits                   int
``,`` digits, fraction, exponent; or inf, nan             float
``#`` ``t`` or ``f``                                      bool
``_`` empty                                               None
``$`` length; payload CRLF                                bytes
..    ``-1``                                              None
..    ``?``; chunks ``;length`` CRLF payload CRLF;        bytes
      at last ``;0`` CRLF
``!`` length; payload CRLF                                an exception, returned
``=`` length; payload CRLF, which begins ``xxx:``         bytes, without those four
``*`` count; so many values                               list
..    ``-1``                                              None
``~`` count; so many values                               set
``%`` count; so many pairs of values                      dict, the later key wins
``>`` count; so many values, the first of them bytes;     RespPush
      only where no aggregate is open
``|`` count; so many pairs of values; then the value      the value behind it
      that it speaks of
====  ==================================================  =============================

``*?``, ``~?`` and ``%?`` are streams: values until ``.`` CRLF. A map's key and a set's member,
and everything in them, are *frozen*: list and map become tuples (a map of its pairs, as they
stood on the wire), a set a frozenset.

**Outcomes.** ``get_object`` gives a value, the sentinel when bytes are missing, or raises
ProtocolError. Its text names the rule, at most 32 bytes that break it, and where they begin,
counted from the first byte ever fed. The outcome depends on the bytes alone, never on how they
were cut into pieces: a rule is looked at as soon as its bytes are there, in this order.

1. The type byte: known, and allowed here; for ``.`` also that no value is owed.
2. The line is too long: no LF among as many bytes as its type can need (32 for most).
3. The line's shape (its CR), then its syntax, then its range.
4. An empty push; the depth (a null opens nothing, an empty aggregate does).
5. The CRLF behind a payload, byte by byte; then what the payload must hold.
6. A push's first element, when it is complete.

**Invariants.** No recursion. No byte is parsed twice: a token is looked at again only when the
bytes that it lacked are in. While a payload is incomplete, everything fed is in it and nothing
is buffered. Nothing is allocated for what a header promises, only for what arrives.

**Complexity.** Linear in the bytes fed, in whatever pieces; memory is that of the values, the
bytes not yet parsed and, for a payload, at most an eighth more than what has arrived of it.
"""

from __future__ import annotations

import contextlib
import io
from collections import deque
from typing import Final, cast

from redtrio._resp3_py_encoder import write_command, write_commands
from redtrio._resp3_py_grammar import (
    BULK,
    CHUNK,
    CR,
    END,
    IN_NOTHING,
    IN_STREAMED_STRING,
    MAX_DEPTH,
    NOTHING,
    NULL,
    REPLIES,
    SHOWN,
    SIMPLE,
    STREAM,
    STREAMED_STRING,
    Aggregate,
    Blob,
    Frame,
    Line,
    Refused,
    declared,
)
from redtrio.exceptions import ProtocolError

__all__ = ["MAX_DEPTH", "Resp3Reader", "write_command", "write_commands"]

_RECEIVE_SIZE: Final = 65_536  # of what get_buffer() lends if the caller has no wish
_MAX_RECEIVE_SIZE: Final = 1_048_576  # and the most that a wish gets

# A header of a bulk string as nearly all are, CRLF included: looked up, it is also checked.
_COMMON_LENGTHS: Final = {b"%d\r\n" % length: length for length in range(1024)}


class _Payload:
    """The payload of one reply while it arrives.

    A BytesIO is a bytes object that may still grow and be written to. When it is complete,
    ``getvalue()`` gives that very object, so a payload is copied into place just once, or not
    at all where a socket writes into ``view()``.
    """

    __slots__ = ("_file", "filled", "length", "offset", "rule")

    def __init__(self, rule: Blob, length: int, offset: int) -> None:
        self.rule = rule
        self.length = length
        self.offset = offset  # of the type byte
        self.filled = 0
        self._file = io.BytesIO()

    def write(self, received: bytes | memoryview) -> int:
        """Take what belongs to this payload; returns how much that was."""
        taken = min(self.length - self.filled, len(received))
        if taken:
            self._put(self.filled, memoryview(received)[:taken])
            self.filled += taken
        return taken

    def view(self, size: int) -> memoryview:
        """Lend the memory that the next bytes belong in, at most for what is missing."""
        stop = min(self.filled + size, self.length)
        self._put(stop - 1, b"\0")
        return self._file.getbuffer()[self.filled : stop]

    def value(self) -> object:
        """What the complete payload stands for."""
        try:
            self._file.truncate(self.length)
            payload = self._file.getvalue()
        except BufferError:  # a part of a view is kept: what is delivered must not change
            payload = self._file.getbuffer()[: self.length].tobytes()
        return self.rule.convert(payload)

    def _put(self, position: int, piece: bytes | memoryview) -> None:
        try:
            self._file.seek(position)
            self._file.write(piece)
        except BufferError:  # as above; what somebody else may write to cannot grow
            self._file = io.BytesIO(self._file.getbuffer()[: self.filled])
            self._file.seek(position)
            self._file.write(piece)


def _copied(data: object) -> bytes:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        name = type(data).__name__
        raise TypeError(f"feed() takes bytes, bytearray or memoryview, not {name}")
    return memoryview(cast("bytes", data)).tobytes()


class Resp3Reader:
    """Parse replies out of bytes that arrive in any pieces.

    ``redtrio._resp3.Resp3Reader`` describes each method in full.

    Attributes:
        sentinel: What ``get_object`` returns when more bytes are needed.
    """

    __slots__ = (
        "_arrived",
        "_buffer",
        "_busy",
        "_failure",
        "_floor",
        "_frame",
        "_lender",
        "_offset",
        "_payload",
        "_ready",
        "_refusing",
        "_searched",
        "_view",
        "_wanted",
    )

    sentinel: Final = object()

    def __init__(self) -> None:
        self._busy = False
        self._ready: deque[object] = deque()  # parsed, not yet asked for
        self._failure: ProtocolError | None = None  # what stands behind them
        self._refusing = False  # the failure has been told, or the next use will tell it
        self._offset = 0  # of the first byte of _buffer, from the first byte ever fed
        self._forget()

    def _forget(self) -> None:
        self._buffer = b""  # not yet parsed; never changed in place, since it may be the user's
        self._arrived = bytearray()  # what was fed behind a _buffer that is not empty
        self._searched = 0  # so much of _arrived is known to hold no LF
        self._wanted = 1  # unparsed bytes without which, or an LF, parsing leads nowhere
        self._payload: _Payload | None = None  # while it is incomplete, no byte is buffered
        self._view: memoryview | None = None  # lent by get_buffer()
        self._lender: _Payload | None = None  # whose memory that is; None: nobody's
        self._floor = self._frame = Frame(REPLIES, IN_NOTHING, None, 0, 0)

    @property
    def pending(self) -> bool:
        """Whether unparsed bytes or half a reply are held; True for ever after an error."""
        return (
            bool(self._ready)
            or bool(self._buffer)
            or self._frame is not self._floor
            or self._payload is not None
            or self._floor.attributed >= 0
            or self._failure is not None
        )

    # --- Bytes in ---

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes; ``data`` may be changed at once."""
        self._enter()
        try:
            received = data if type(data) is bytes else _copied(data)
            self._withdraw()
            self._take(received)
        finally:
            self._busy = False

    def get_buffer(self, sizehint: int = -1) -> memoryview:
        """Lend memory to receive into, about ``sizehint`` bytes, until ``buffer_updated``."""
        self._enter()
        try:
            size = min(sizehint, _MAX_RECEIVE_SIZE) if sizehint > 0 else _RECEIVE_SIZE
            self._withdraw()
            payload = self._payload
            if payload is not None and payload.filled < payload.length:
                self._lender = payload
                self._view = payload.view(size)
            else:
                self._view = memoryview(bytearray(size))
            return self._view
        finally:
            self._busy = False

    def buffer_updated(self, nbytes: int) -> None:
        """Take the first ``nbytes`` of what ``get_buffer`` lent, which ends the loan."""
        self._enter()
        try:
            view = self._view
            if view is None:
                raise RuntimeError("buffer_updated() without get_buffer()")
            if not 0 <= nbytes <= len(view):
                raise ValueError(f"buffer_updated() takes 0 to {len(view)} bytes, got {nbytes}")
            if self._lender is not None:
                self._lender.filled += nbytes
                self._offset += nbytes
                self._withdraw()
            else:
                received = view[:nbytes].tobytes()
                self._withdraw()
                self._take(received)
        finally:
            self._busy = False

    def _take(self, received: bytes) -> None:
        if self._failure is not None:  # not told yet: bytes behind it make no difference
            return
        if self._payload is not None:
            taken = self._payload.write(received)
            self._offset += taken
            received = received[taken:]
        if self._buffer:
            self._arrived += received
        elif received:
            self._buffer = received
            self._wanted = 0

    def _withdraw(self) -> None:
        view, self._view, self._lender = self._view, None, None
        if view is not None:
            # Somebody who works with the view still keeps it, and its memory, alive.
            with contextlib.suppress(BufferError):
                view.release()

    # --- Values out ---

    def get_object(self) -> object:
        """Return the next reply, or ``sentinel`` when more bytes are needed."""
        # Parsing what is there in one go halves the time of a reply. The error that may stand
        # behind the replies is told when its turn has come, as if it had not been seen before.
        if self._ready:
            return self._ready.popleft()
        self._ready.extend(self._parse())
        if self._ready:
            return self._ready.popleft()
        if self._failure is not None:
            self._refusing = True
            raise ProtocolError(str(self._failure))
        return self.sentinel

    def get_objects(self) -> list[object]:
        """Return every complete reply; an error behind them is raised by the next use."""
        replies = [*self._ready, *self._parse()]
        self._ready.clear()
        self._refusing = self._failure is not None
        if self._failure is not None and not replies:
            raise ProtocolError(str(self._failure))
        return replies

    def _enter(self) -> None:
        # What comes in the middle of a method is a finalizer, a signal handler or a thread.
        if self._busy:
            raise RuntimeError("the reader is in use")
        if self._refusing:
            raise ProtocolError(str(self._failure)) from self._failure
        self._busy = True

    def _parse(self) -> list[object]:
        """Parse all that is there; an error behind the replies is kept as ``_failure``."""
        self._enter()
        floor = self._floor
        try:
            while not self._wanted or self._refill():
                self._run()
        except BaseException:
            # KeyboardInterrupt or MemoryError: nobody knows how far the token had come.
            self._fail("the reader was interrupted in the middle of a reply")
            self._refusing = True
            raise
        finally:
            self._busy = False
        return floor.take_items()

    def _fail(self, text: str) -> None:
        # Never raised itself: its traceback would lead back to this reader, in a circle.
        self._failure = ProtocolError(text)
        self._forget()

    def _refill(self) -> bool:
        """Add what was fed since; False: it would lead nowhere, more bytes are needed."""
        arrived = self._arrived
        if (
            len(self._buffer) + len(arrived) < self._wanted
            and arrived.find(b"\n", self._searched) < 0
        ):
            self._searched = len(arrived)
            return False
        self._buffer += arrived
        arrived.clear()
        self._wanted = 0
        return True

    def _run(self) -> None:
        """Parse what ``_buffer`` holds; whole replies go to the floor.

        One piece and full of local names, since each call and each attribute would cost a
        tenth of the time that a value takes. Two steps alternate: make a value of the next
        token (or open a frame for it), and hand it to the innermost frame (which may close
        and so become the next value).
        """
        frame = self._frame
        payload = self._payload
        buffer = self._buffer
        size = len(buffer)
        find = buffer.find
        common_length = _COMMON_LENGTHS.get
        position = start = 0
        line = b""
        wanted = 1
        value: object = NOTHING
        try:
            while True:
                if value is not NOTHING:
                    frame.append(value)
                    frame.missing -= 1
                    value = NOTHING
                    if not frame.missing:
                        frame, value = frame.close()
                    continue
                if position == size:
                    break
                if payload is not None:
                    start = payload.offset - self._offset
                    tail = buffer[position : position + 2]
                    if tail == b"\r":
                        wanted = 2
                        break
                    if tail != b"\r\n":
                        shown = tail if tail.startswith(b"\r") else tail[:1]
                        raise Refused("missing CRLF after payload", shown, self._offset + position)
                    value = payload.value()
                    payload = None
                    position += 2
                    continue
                start = position
                rule = frame.rules[buffer[start]]
                end = find(b"\n", start)
                # What most replies consist of: short bulk strings that are all there.
                if (
                    rule is BULK
                    and (length := common_length(buffer[start + 1 : end + 1])) is not None
                    and buffer[(stop := end + 1 + length) : stop + 2] == b"\r\n"
                ):
                    value = buffer[end + 1 : stop]
                    position = stop + 2
                    continue
                if rule is None or (rule is END and frame.owes_value()):
                    raise frame.refusal(buffer[start : start + 1])
                if end < 0 or end - start > rule.window:
                    if size - start > rule.window:
                        raise Refused(rule.what, buffer[start + 1 : start + 1 + SHOWN])
                    wanted = rule.window + 1
                    break
                line = buffer[start + 1 : end - 1]
                if buffer[end - 1] != CR or CR in line:
                    raise Refused("malformed line", buffer[start + 1 : end])
                position = end + 1
                if isinstance(rule, Line):
                    value = line if rule is SIMPLE else rule.convert(line)
                elif isinstance(rule, Aggregate):
                    count = declared(rule, line)
                    if count == NULL:
                        value = None
                        continue
                    frame = frame.open(rule, count, buffer[start : start + 1], self._offset + start)
                    if not count:
                        frame, value = frame.close()
                elif isinstance(rule, Blob):
                    count = declared(rule, line)
                    if count == NULL:
                        value = None
                    elif count == STREAM:
                        frame = Frame(STREAMED_STRING, IN_STREAMED_STRING, frame, STREAM, 0)
                    elif count == 0 and rule is CHUNK:
                        frame, value = frame.close()
                    elif count < rule.shortest:
                        raise Refused("malformed verbatim string")
                    else:
                        payload = _Payload(rule, count, self._offset + start)
                        position += payload.write(memoryview(buffer)[position:])
                elif line:
                    raise Refused(rule.what)
                else:
                    frame, value = frame.close()
        except Refused as refused:
            shown = line if refused.shown is None else refused.shown
            offset = self._offset + start if refused.offset is None else refused.offset
            # Not raised from here: its traceback and context would keep the buffer alive.
            self._fail(f"{refused} {shown[:SHOWN]!r} at offset {offset}")
            return
        self._frame = frame
        self._payload = payload
        self._pause(position, wanted)

    def _pause(self, position: int, wanted: int) -> None:
        """Let go of what has been parsed; the rest leads nowhere without ``wanted`` bytes."""
        self._offset += position
        self._buffer = self._buffer[position:]
        self._wanted = wanted
        self._searched = 0
        if not self._buffer and self._arrived:
            received = bytes(self._arrived)
            self._arrived.clear()
            self._take(received)
