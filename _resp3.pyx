# cython: language_level=3
# cython: freethreading_compatible=True
# cython: binding=True
# cython: embedsignature=True
# cython: embedsignature.format=python
"""The compiled twin of ``redtrio._resp3_py``: RESP3 parser and command encoder.

Same names, results and error texts as the pure twin, which is the specification; the
reference documentation is in ``_resp3.pyi``. This file explains how it is done here.

**Where the bytes are.** Unparsed bytes lie in one contiguous piece of memory,
``_data[_pos:_end]``: either inside a bytes object that the user fed (borrowed: no copy)
or inside ``_arena``, a bytes object of our own. A long bulk string whose payload is not
complete leaves that buffer: its final bytes object is made, grows as its bytes arrive
(never ahead of them by more than a factor of two), and is filled in place.

**Where the parser is.** ``_state`` says what the byte at ``_pos`` begins, ``_frames`` is
the stack of open aggregates. ``_pos`` moves on only when what lies before it is fully
taken over, so that every call can stop anywhere and the next one resumes.

**Two speeds.** ``run`` consumes complete values of the everyday forms as fast as it can
and judges nothing: whatever it does not recognise at a glance (incomplete, malformed,
rare) it leaves untouched to ``_step``, which knows the whole grammar. So every rule is
written once, in ``_step`` and below, and a short cut in ``run`` is right if it accepts
only what ``_step`` would accept with the same value.

**Safety.** A list of preset size has empty slots while it is filled. The collector (and
through it user code) must not see it: it is untracked before anything that may run
Python code. No pointer into a buffer outlives a method call. Partly built values are
owned by frames, never shared, so that the collector need not know of them.
"""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memcmp, memcpy, memmove

from redtrio.exceptions import DataError, ProtocolError, error_from_reply
from redtrio.types import RespPush

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX
    int Py_DTSF_ADD_DOT_0

    void Py_INCREF(PyObject *)
    void Py_DECREF(PyObject *)
    void Py_XDECREF(PyObject *)
    Py_ssize_t Py_REFCNT(PyObject *)
    PyObject *PyErr_Occurred()
    void PyErr_Clear()
    void PyObject_GC_Track(PyObject *)
    void PyObject_GC_UnTrack(PyObject *)
    PyObject *Py_None
    PyObject *Py_True
    PyObject *Py_False

    PyObject *PyBytes_FromStringAndSize_raw "PyBytes_FromStringAndSize"(const char *, Py_ssize_t)
    int _PyBytes_Resize(PyObject **, Py_ssize_t) except -1
    char *PyBytes_AS_STRING_raw "PyBytes_AS_STRING"(PyObject *)
    Py_ssize_t PyBytes_GET_SIZE_raw "PyBytes_GET_SIZE"(PyObject *)
    bint PyBytes_Check_raw "PyBytes_Check"(PyObject *)
    PyObject *PyLong_FromLongLong_raw "PyLong_FromLongLong"(long long)
    PyObject *PyFloat_FromDouble_raw "PyFloat_FromDouble"(double)
    double PyOS_string_to_double(const char *, char **, PyObject *)
    char *PyOS_double_to_string(double, char, int, int, int *) except NULL
    void PyMem_Free(void *)

    PyObject *PyList_New_raw "PyList_New"(Py_ssize_t)
    void PyList_SET_ITEM_raw "PyList_SET_ITEM"(PyObject *, Py_ssize_t, PyObject *)
    int PyList_Append_raw "PyList_Append"(PyObject *, PyObject *)
    PyObject *PyList_AsTuple_raw "PyList_AsTuple"(PyObject *)
    # A dict with room for so many; what Cython itself makes dict displays with. It is a macro
    # that evaluates its argument twice.
    PyObject *PyDict_NewPresized_raw "__Pyx_PyDict_NewPresized"(Py_ssize_t)
    int PyDict_SetItem_raw "PyDict_SetItem"(PyObject *, PyObject *, PyObject *)
    PyObject *PySet_New_raw "PySet_New"(PyObject *)
    PyObject *PyFrozenSet_New_raw "PyFrozenSet_New"(PyObject *)
    int PySet_Add_raw "PySet_Add"(PyObject *, PyObject *)
    PyObject *PyTuple_New_raw "PyTuple_New"(Py_ssize_t)
    void PyTuple_SET_ITEM_raw "PyTuple_SET_ITEM"(PyObject *, Py_ssize_t, PyObject *)
    PyObject *PyTuple_GET_ITEM_raw "PyTuple_GET_ITEM"(PyObject *, Py_ssize_t)
    Py_ssize_t PyTuple_GET_SIZE_raw "PyTuple_GET_SIZE"(PyObject *)

    bint PyUnicode_Check_raw "PyUnicode_Check"(PyObject *)
    const char *PyUnicode_AsUTF8AndSize_raw "PyUnicode_AsUTF8AndSize"(PyObject *, Py_ssize_t *)
    bint PyUnicode_IS_COMPACT_ASCII(PyObject *)
    void *PyUnicode_1BYTE_DATA(PyObject *)
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject *)
    bint PyBool_Check_raw "PyBool_Check"(PyObject *)
    bint PyLong_Check_raw "PyLong_Check"(PyObject *)
    long long PyLong_AsLongLongAndOverflow_raw "PyLong_AsLongLongAndOverflow"(PyObject *, int *)
    bint PyFloat_Check_raw "PyFloat_Check"(PyObject *)
    double PyFloat_AS_DOUBLE_raw "PyFloat_AS_DOUBLE"(PyObject *)
    object PyMemoryView_FromObject(object)
    Py_buffer *PyMemoryView_GET_BUFFER(object)

__all__ = ["MAX_DEPTH", "Resp3Reader", "write_command", "write_commands"]


cdef enum:
    DEPTH_LIMIT = 512
    DIGITS_LIMIT = 100_000
    # No valid line of these types is longer; the two line-end bytes are counted in.
    SHORT_LINE = 32
    DOUBLE_LINE = 325 + 2
    BIG_NUMBER_LINE = 1 + DIGITS_LIMIT + 2
    # So many bytes of the input an error message shows.
    SHOWN = 32
    # The buffer that an idle reader may keep. 64 KiB is what one recv() brings.
    ARENA = 65_536
    # Less room than this behind unparsed bytes is not worth a recv().
    ARENA_ROOM = 16_384
    # get_buffer() does not follow a wish beyond this.
    LARGEST_WISH = 1_048_576
    # An incomplete payload of up to this size waits in the buffer, a longer one gets
    # its bytes object at once.
    SHORT_PAYLOAD = 16_384
    # The first size of the bytes object of a long payload; then it doubles.
    FIRST_PAYLOAD = 1_048_576
    # Slots that the list of a batch gets at most when its first reply is there.
    BATCH_SLOTS = 4096
    # int() always accepts so many digits, whatever sys.set_int_max_str_digits() says.
    ALWAYS_CONVERTIBLE = 640
    # Slots that a list gets at once even where the buffered bytes do not justify them.
    FIRST_SLOTS = 16

cdef uint64_t LENGTH_LIMIT = 0x7FFF_FFFF_FFFF_FFFF
cdef uint64_t ENDLESS = 0xFFFF_FFFF_FFFF_FFFF  # elements to come in a streamed aggregate

MAX_DEPTH = DEPTH_LIMIT

cdef object _SENTINEL = object()
cdef bytes _OK = b"OK"


# --- what the bytes say: pure C, no Python objects -----------------------------------


cdef enum Number:
    NUMBER_OK
    NUMBER_MALFORMED
    NUMBER_TOO_LARGE


@cython.cdivision(True)
cdef inline Py_ssize_t read_header(const char *p, const char *end, uint64_t *number) noexcept:
    """The size of a header such as ``$12\\r\\n`` at ``p``, 0 if it is not complete and plain.

    Reads p[1] to end[-1] only.
    """
    cdef const char *q = p + 1
    cdef const char *stop
    cdef uint64_t total
    cdef unsigned int digit
    if end - p < 4:
        return 0
    total = <unsigned char>q[0] - 48u
    if total > 9:
        return 0
    q += 1
    # 18 digits cannot overflow; longer numbers take the slow way.
    stop = end if end - q < 17 else q + 17
    while q < stop:
        digit = <unsigned char>q[0] - 48u
        if digit > 9:
            break
        total = total * 10 + digit
        q += 1
    if end - q < 2 or q[0] != c"\r" or q[1] != c"\n":
        return 0
    number[0] = total
    return q + 2 - p


cdef Number parse_length(const char *p, Py_ssize_t n, uint64_t *number) noexcept:
    """``[0-9]{1,19}`` up to 2**63 - 1."""
    cdef uint64_t total = 0
    cdef unsigned int digit
    cdef Py_ssize_t i
    if n < 1 or n > 19:
        return NUMBER_MALFORMED
    for i in range(n):
        digit = <unsigned char>p[i] - 48u
        if digit > 9:
            return NUMBER_MALFORMED
        total = total * 10 + digit  # 19 digits fit into 64 bits
    if total > LENGTH_LIMIT:
        return NUMBER_TOO_LARGE
    number[0] = total
    return NUMBER_OK


cdef Number parse_integer(const char *p, Py_ssize_t n, int64_t *number) noexcept:
    """``[+-]?[0-9]{1,19}`` within 64 bits."""
    cdef bint negative = n > 0 and p[0] == c"-"
    cdef uint64_t total = 0
    cdef unsigned int digit
    cdef Py_ssize_t i
    if n > 0 and (negative or p[0] == c"+"):
        p += 1
        n -= 1
    if n < 1 or n > 19:
        return NUMBER_MALFORMED
    for i in range(n):
        digit = <unsigned char>p[i] - 48u
        if digit > 9:
            return NUMBER_MALFORMED
        total = total * 10 + digit
    if total > LENGTH_LIMIT + negative:
        return NUMBER_TOO_LARGE
    number[0] = <int64_t>(0 - total) if negative else <int64_t>total
    return NUMBER_OK


cdef inline bint is_word(const char *p, Py_ssize_t n, const char *word) noexcept:
    """Whether the three letters at ``p`` are ``word``, in any case."""
    return n == 3 and (p[0] | 32) == word[0] and (p[1] | 32) == word[1] and (p[2] | 32) == word[2]


cdef double[23] POWERS_OF_TEN
POWERS_OF_TEN[:] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]


cdef Number parse_double(const char *p, Py_ssize_t n, double *number) noexcept:
    """A RESP3 double; the byte behind it must be readable and no part of a number."""
    cdef const char *start = p
    cdef const char *end = p + n
    cdef const char *mark
    cdef char *tail
    cdef uint64_t mantissa = 0
    cdef Py_ssize_t digits = 0
    cdef Py_ssize_t fraction = 0
    cdef bint simple = True
    cdef bint negative = n > 0 and p[0] == c"-"
    if n > 0 and (negative or p[0] == c"+"):
        p += 1
    if is_word(p, end - p, b"inf"):
        number[0] = -INFINITY if negative else INFINITY
        return NUMBER_OK
    if is_word(p, end - p, b"nan") and start[0] != c"+":
        number[0] = NAN
        return NUMBER_OK
    mark = p
    while p < end and <unsigned char>p[0] - 48u <= 9u:
        mantissa = mantissa * 10 + (<unsigned char>p[0] - 48u)
        p += 1
    digits = p - mark
    if digits == 0:
        return NUMBER_MALFORMED
    if p < end and p[0] == c".":
        p += 1
        mark = p
        while p < end and <unsigned char>p[0] - 48u <= 9u:
            mantissa = mantissa * 10 + (<unsigned char>p[0] - 48u)
            p += 1
        fraction = p - mark
        digits += fraction
    if p < end and (p[0] == c"e" or p[0] == c"E"):
        simple = False
        p += 1
        if p < end and (p[0] == c"-" or p[0] == c"+"):
            p += 1
        mark = p
        while p < end and <unsigned char>p[0] - 48u <= 9u:
            p += 1
        if p == mark:
            return NUMBER_MALFORMED
    if p != end:
        return NUMBER_MALFORMED
    # Up to 15 digits and 10**22 are exact in a double, so one division rounds correctly.
    if simple and digits <= 15 and fraction <= 22:
        number[0] = <double>mantissa / POWERS_OF_TEN[fraction]
        if negative:
            number[0] = -number[0]
    else:
        number[0] = PyOS_string_to_double(start, &tail, NULL)
    return NUMBER_OK


# --- what the bytes mean: everyday values in one go ----------------------------------


cdef inline PyObject *read_value(const char **cursor, const char *end) noexcept:
    """The complete scalar value at the cursor, a new reference, and the cursor behind it.

    NULL where there is none that can be read at a glance, the cursor unmoved; where memory
    ran out, with the error set. Reads cursor[0] to end[-1] only.
    """
    cdef const char *p = cursor[0]
    cdef const char *mark
    cdef PyObject *value = NULL
    cdef uint64_t length
    cdef int64_t integer
    cdef double number
    cdef Py_ssize_t n
    if end - p < 3:
        return NULL
    if p[0] == c"$":
        n = read_header(p, end, &length)
        if n == 0:
            return NULL
        p += n
        if <uint64_t>(end - p) < length + 2:
            return NULL
        mark = p + length
        if mark[0] != c"\r" or mark[1] != c"\n":
            return NULL
        value = PyBytes_FromStringAndSize_raw(p, <Py_ssize_t>length)
        p = mark
    elif p[0] == c":":
        if p[1] == c"-":
            n = read_header(p + 1, end, &length)
            integer = -<int64_t>length
            p += 1
        else:
            n = read_header(p, end, &length)
            integer = <int64_t>length
        if n == 0:
            return NULL
        value = PyLong_FromLongLong_raw(integer)
        p += n - 2
    elif p[0] == c"+":
        if end - p >= 5 and memcmp(p + 1, b"OK\r\n", 4) == 0:
            value = <PyObject *>_OK
            Py_INCREF(value)
            p += 3
        else:
            mark = <const char *>memchr(p + 1, c"\n", end - p - 1)
            if mark == NULL or memchr(p + 1, c"\r", mark - p - 1) != mark - 1:
                return NULL
            value = PyBytes_FromStringAndSize_raw(p + 1, mark - p - 2)
            p = mark - 1
    elif p[0] == c"_":
        if p[1] != c"\r" or p[2] != c"\n":
            return NULL
        value = Py_None
        Py_INCREF(value)
        p += 1
    elif p[0] == c"#":
        if end - p < 4 or p[2] != c"\r" or p[3] != c"\n":
            return NULL
        if p[1] == c"t":
            value = Py_True
        elif p[1] == c"f":
            value = Py_False
        else:
            return NULL
        Py_INCREF(value)
        p += 2
    elif p[0] == c",":
        mark = <const char *>memchr(p, c"\n", min(end - p, 1 + DOUBLE_LINE))
        if mark == NULL or mark[-1] != c"\r":
            return NULL
        if parse_double(p + 1, mark - p - 2, &number) != NUMBER_OK:
            return NULL
        value = PyFloat_FromDouble_raw(number)
        p = mark - 1
    else:
        return NULL
    if value != NULL:
        cursor[0] = p + 2
    return value


cdef object big_number(bytes digits):
    """The int of a decimal number of any length, without sign.

    int() would refuse what sys.set_int_max_str_digits() forbids; joining neighbours in
    pairs needs no such call and is faster than int() from a few thousand digits on.
    """
    cdef Py_ssize_t width = ALWAYS_CONVERTIBLE
    cdef Py_ssize_t first = len(digits) % width
    cdef list parts = [int(digits[:first] or b"0")]
    parts += [int(digits[i : i + width]) for i in range(first, len(digits), width)]
    base = 10**<object>width
    while len(parts) > 1:
        if len(parts) % 2:
            parts.insert(0, 0)
        parts = [parts[i] * base + parts[i + 1] for i in range(0, len(parts), 2)]
        base *= base
    return parts[0]


cdef inline object take(PyObject *value):
    """The value as Cython handles it; gives up the reference."""
    made = <object>value
    Py_DECREF(value)
    return made


cdef inline int append(PyObject *replies, PyObject *reply) except -1:
    """Append and give up the reference."""
    cdef int failed = PyList_Append_raw(replies, reply)
    Py_DECREF(reply)
    return failed


cdef bytes as_bytes(data):
    """What was fed, as an object that never changes."""
    if type(data) is bytes:
        return data
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(
            f"feed() takes bytes, bytearray or memoryview, not {type(data).__name__}"
        )
    return memoryview(data).tobytes()


# --- the reader ----------------------------------------------------------------------


cdef enum State:
    VALUE  # a value begins at _pos
    ATTRIBUTED  # the same, and an attribute stands before it
    FORMAT  # the four bytes of a verbatim string's format
    PAYLOAD  # the payload of _blob_type
    PAYLOAD_END  # the CRLF behind it
    CHUNK  # a chunk of a streamed string


cdef enum Step:
    MORE  # bytes are missing
    GOT  # there is a value
    ON  # no value yet, but a step further


cdef enum Kind:
    ARRAY  # a list, of preset size; push data too
    MAP
    SET
    PAIRS  # a list of (key, value): a map to be frozen
    DISCARD  # builds nothing: within an attribute


cdef struct Frame:
    PyObject *container  # owned; NULL if kind is DISCARD
    PyObject *key  # owned; the key whose value comes next, else NULL
    uint64_t remaining  # elements still to come; counts down from ENDLESS in a stream
    Py_ssize_t filled  # elements in a list
    Py_ssize_t slots  # its preset size, not more than what will come; of a map, too
    Py_ssize_t offset  # of the type byte
    Kind kind
    char type  # the type byte
    bint streamed
    bint frozen  # becomes a tuple or frozenset, with all that is within
    bint hidden  # untracked, see "Safety" above


cdef inline const char *fill(Frame *frame, const char *p, const char *end) noexcept:
    """Put values into the empty slots of a list as long as they can be read at a glance."""
    cdef PyObject *list = frame.container
    cdef Py_ssize_t slots = frame.slots
    cdef Py_ssize_t i = frame.filled
    cdef PyObject *value
    while i < slots:
        value = read_value(&p, end)
        if value == NULL:
            break
        PyList_SET_ITEM_raw(list, i, value)
        i += 1
    frame.remaining -= i - frame.filled
    frame.filled = i
    return p


cdef int fill_map(Frame *frame, const char **cursor, const char *end) except -1:
    """Put keys and values into a map as long as they can be read at a glance."""
    cdef PyObject *key
    cdef PyObject *value
    cdef int failed
    while frame.remaining:
        value = read_value(cursor, end)
        if value == NULL:
            break
        frame.remaining -= 1
        key = frame.key
        if key == NULL:
            frame.key = value
            continue
        frame.key = NULL
        failed = PyDict_SetItem_raw(frame.container, key, value)
        Py_DECREF(key)
        Py_DECREF(value)
        if failed:
            return -1
    return 0


cdef list finish(Frame *batch):
    """The replies of a batch, without slots that were not needed."""
    cdef Py_ssize_t i
    cdef list replies
    if batch.container == NULL:
        return []
    for i in range(batch.filled, batch.slots):
        Py_INCREF(Py_None)
        PyList_SET_ITEM_raw(batch.container, i, Py_None)
    PyObject_GC_Track(batch.container)
    replies = take(batch.container)
    if batch.filled < batch.slots:
        del replies[batch.filled :]
    return replies


@cython.final
@cython.auto_pickle(False)  # a pickle could name any address
cdef class _Window:
    """The exporter behind the views of get_buffer(): keeps their memory alive."""

    cdef bytes owner  # the bytes object that the view looks into
    cdef char *start
    cdef Py_ssize_t length

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        if self.owner is None:
            raise BufferError("no memory behind it")
        PyBuffer_FillInfo(buffer, self, self.start, self.length, False, flags)


@cython.final
@cython.auto_pickle(False)
cdef class Resp3Reader:
    cdef:
        # Where the unparsed bytes are. One readable byte follows _data[_end].
        const char *_data
        Py_ssize_t _pos
        Py_ssize_t _end
        Py_ssize_t _base  # stream offset of _data[0]
        bytes _fed  # the user's object that _data points into, None if it is _arena
        bytes _arena  # our own memory, None if there is none
        # How far the line at _pos has been searched for its LF.
        Py_ssize_t _searched
        # What comes next at _pos.
        State _state
        Frame *_frames
        int _depth
        int _frames_room
        Py_ssize_t _slots  # of all aggregates on the stack
        # The payload that is being read.
        PyObject *_blob  # owned; its bytes object once there is one, of size _blob_room
        Py_ssize_t _blob_room
        Py_ssize_t _blob_filled
        Py_ssize_t _blob_length
        Py_ssize_t _blob_offset  # of the type byte
        char _blob_type  # ; is a chunk of a streamed string
        char[4] _format  # of a verbatim string
        list _chunks  # of a streamed string
        object _view  # what get_buffer() has lent, else None
        _Window _window  # and the memory behind it, or behind the one before
        # Whether a method is running; what broke the reader.
        bint _busy
        object _failure

    sentinel = _SENTINEL

    def __cinit__(self):
        self._data = b""
        self._state = VALUE

    def __dealloc__(self):
        self._drop()
        free(self._frames)

    @property
    def pending(self):
        return (
            self._failure is not None
            or self._pos != self._end
            or self._state != VALUE
            or self._depth != 0
        )

    def feed(self, data):
        with cython.critical_section(self):
            self._enter()
            try:
                received = as_bytes(data)
                self._withdraw()
                self._take(received)
            finally:
                self._busy = False

    def get_buffer(self, Py_ssize_t sizehint=-1):
        with cython.critical_section(self):
            self._enter()
            try:
                return self._lend(min(sizehint, LARGEST_WISH) if sizehint > 0 else 0)
            finally:
                self._busy = False

    def buffer_updated(self, Py_ssize_t nbytes):
        cdef Py_ssize_t room
        with cython.critical_section(self):
            self._enter()
            try:
                if self._view is None:
                    raise RuntimeError("buffer_updated() without get_buffer()")
                room = len(self._view)
                if not 0 <= nbytes <= room:
                    raise ValueError(f"buffer_updated() takes 0 to {room} bytes, got {nbytes}")
                self._withdraw()
                self._take_lent(nbytes)
            finally:
                self._busy = False

    def get_object(self):
        cdef PyObject *reply = NULL
        cdef const char *p
        with cython.critical_section(self):
            self._enter()
            # Most replies are one value that is read at a glance: no Python code runs.
            if self._state == VALUE and self._depth == 0 and self._searched == 0:
                p = self._data + self._pos
                reply = read_value(&p, self._data + self._end)
                if reply != NULL:
                    self._pos = p - self._data
                    if self._pos == self._end:
                        self._settle()
                    self._busy = False
                    return take(reply)
            try:
                if self._parse(NULL, &reply) == MORE:
                    return _SENTINEL
                return take(reply)
            finally:
                self._busy = False

    def get_objects(self):
        cdef PyObject *reply = NULL
        cdef Frame batch
        with cython.critical_section(self):
            self._enter()
            batch.container = NULL
            batch.kind = ARRAY
            batch.key = NULL
            batch.remaining = ENDLESS
            batch.filled = batch.slots = 0
            batch.offset = self._base + self._pos
            try:
                self._parse(&batch, &reply)
            except ProtocolError:
                if batch.container == NULL:
                    raise
            except BaseException:
                Py_XDECREF(batch.container)
                raise
            finally:
                self._busy = False
        return finish(&batch)

    # --- state of the whole ---

    cdef inline int _enter(self) except -1:
        if self._busy or self._failure is not None:
            return self._reject()
        self._busy = True
        return 0

    cdef int _reject(self) except -1:
        """Raise why no method can run now. Always raises."""
        if self._busy:
            raise RuntimeError("the reader is in use")
        raise ProtocolError(str(self._failure)) from self._failure

    cdef void _drop(self) noexcept:
        """Let go of everything that is half done."""
        cdef Frame *frame
        self._data = b""
        self._base += self._pos
        self._pos = self._end = self._searched = 0
        self._fed = self._arena = None
        self._state = VALUE
        Py_XDECREF(self._blob)
        self._blob = NULL
        self._chunks = None
        self._view = None
        self._window = None
        while self._depth:
            self._depth -= 1
            frame = &self._frames[self._depth]
            Py_XDECREF(frame.container)
            Py_XDECREF(frame.key)

    cdef int _break(self, str text) except -1:
        """Note why this reader can be used no more."""
        self._drop()
        # Not the one that is raised: its traceback would keep the callers' variables.
        self._failure = ProtocolError(text)
        return 0

    cdef int _refuse(self, what, const char *shown, Py_ssize_t n, Py_ssize_t offset) except -1:
        """Raise what breaks a rule of the grammar. Always raises."""
        cdef bytes head = shown[: min(n, <Py_ssize_t>SHOWN)]
        text = f"{what} {head!r} at offset {offset}"
        self._break(text)
        raise ProtocolError(text)

    # --- bytes in ---

    cdef inline bint _filling(self) noexcept:
        """Whether what arrives next belongs into _blob; the buffer is empty then."""
        return self._blob != NULL and self._blob_filled < self._blob_length

    cdef int _take(self, bytes received) except -1:
        cdef const char *start = PyBytes_AS_STRING(received)
        cdef Py_ssize_t n = PyBytes_GET_SIZE(received)
        cdef Py_ssize_t taken
        if self._filling():
            taken = min(n, self._blob_length - self._blob_filled)
            self._grow_blob(taken)
            memcpy(PyBytes_AS_STRING_raw(self._blob) + self._blob_filled, start, taken)
            self._blob_filled += taken
            self._base += taken
        else:
            taken = 0
        if taken == n:
            return 0
        if self._pos == self._end:
            self._base += self._end - taken
            self._fed = received
            self._data = start
            self._pos = taken
            self._end = n
        else:
            self._make_room(n - taken)
            memcpy(<char *>self._data + self._end, start + taken, n - taken)
            self._end += n - taken
        return 0

    cdef int _make_room(self, Py_ssize_t n) except -1:
        """Have the unparsed bytes in _arena, with room for n more behind them."""
        cdef Py_ssize_t unparsed = self._end - self._pos
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self._arena) if self._arena is not None else 0
        cdef const char *start = self._data + self._pos
        cdef bytes arena = self._arena
        if self._fed is None and size - self._end >= n:
            return 0
        if n > PY_SSIZE_T_MAX // 2 - unparsed:
            raise MemoryError
        if unparsed + n > size or (self._fed is None and self._pos < unparsed):
            # Twice what is there, so that a byte is moved a bounded number of times.
            size = max(unparsed * 2, unparsed + n, <Py_ssize_t>ARENA)
            arena = PyBytes_FromStringAndSize(NULL, size)
        memmove(PyBytes_AS_STRING(arena), start, unparsed)
        self._base += self._pos
        self._arena = arena
        self._fed = None
        self._data = PyBytes_AS_STRING(arena)
        self._pos = 0
        self._end = unparsed
        return 0

    cdef int _settle(self) except -1:
        """After parsing: hold no more memory than what is unparsed justifies."""
        cdef Py_ssize_t unparsed = self._end - self._pos
        cdef Py_ssize_t size
        cdef bytes arena
        if self._fed is not None:
            size = PyBytes_GET_SIZE(self._fed)
        elif self._arena is not None:
            size = PyBytes_GET_SIZE(self._arena)
        else:
            return 0
        if unparsed == 0:
            self._base += self._pos
            self._pos = self._end = 0
            if self._fed is not None or size > ARENA:
                self._fed = None
                if self._arena is not None and PyBytes_GET_SIZE(self._arena) > ARENA:
                    self._arena = None
                self._data = b""
                if self._arena is not None:
                    self._data = PyBytes_AS_STRING(self._arena)
        elif size > ARENA and unparsed <= size // 4:
            arena = PyBytes_FromStringAndSize(NULL, max(unparsed * 2, <Py_ssize_t>ARENA))
            memcpy(PyBytes_AS_STRING(arena), self._data + self._pos, unparsed)
            self._base += self._pos
            self._fed = None
            self._arena = arena
            self._data = PyBytes_AS_STRING(arena)
            self._pos = 0
            self._end = unparsed
        return 0


    # --- a view to receive into ---

    cdef object _lend(self, Py_ssize_t wish):
        """A view of free memory; wish is 0 where the caller has none."""
        cdef _Window window = _Window.__new__(_Window)
        self._withdraw()
        if self._filling():
            if self._blob_filled == self._blob_room:
                self._grow_blob(1)
            window.owner = <bytes>self._blob
            window.start = PyBytes_AS_STRING_raw(self._blob) + self._blob_filled
            window.length = self._blob_room - self._blob_filled
        else:
            self._make_room(wish if wish else <Py_ssize_t>ARENA_ROOM)
            window.owner = self._arena
            window.start = <char *>self._data + self._end
            window.length = PyBytes_GET_SIZE(self._arena) - self._end
        if wish:
            window.length = min(window.length, wish)
        self._window = window
        self._view = PyMemoryView_FromObject(window)
        return self._view

    cdef int _take_lent(self, Py_ssize_t n) except -1:
        """Take over the first n bytes of the view that has just been withdrawn."""
        cdef _Window window = self._window
        self._window = None
        if self._filling() and window.owner is <bytes>self._blob:
            self._blob_filled += n
            self._base += n
        elif self._filling() or window.start != self._data + self._end:
            # Parsing has gone on since, and now they belong elsewhere.
            self._take(window.start[:n])
        else:
            self._end += n
        return 0

    cdef int _withdraw(self) except -1:
        """Take back what get_buffer() lent; harmless to memory where the user holds on to it."""
        view = self._view
        if view is not None:
            self._view = None
            try:
                view.release()
            except BufferError:  # somebody works with it still: it lives as long as they do
                return 0
        return 0

    cdef int _grow_blob(self, Py_ssize_t arriving) except -1:
        """Have room in _blob for some more bytes, at least one and up to ``arriving``."""
        cdef Py_ssize_t needed = self._blob_filled + arriving
        cdef Py_ssize_t room
        cdef PyObject *copy
        cdef const char *start
        if needed <= self._blob_room:
            return 0
        room = self._blob_length
        if room // 2 > needed:
            room = max(needed * 2, <Py_ssize_t>FIRST_PAYLOAD)
            room = min(room, self._blob_length)
        if Py_REFCNT(self._blob) == 1:
            _PyBytes_Resize(&self._blob, room)
        else:  # a view of it is still held: leave that memory to the view
            copy = PyBytes_FromStringAndSize_raw(NULL, room)
            if copy == NULL:
                return -1
            start = PyBytes_AS_STRING_raw(self._blob)
            memcpy(PyBytes_AS_STRING_raw(copy), start, self._blob_filled)
            Py_DECREF(self._blob)
            self._blob = copy
        self._blob_room = room
        return 0

    # --- values out ---

    cdef int _parse(self, Frame *batch, PyObject **reply) except -1:
        """Put all complete replies into the batch, or if it is NULL one into ``reply``.

        Returns MORE, or GOT when ``reply`` is set.
        """
        cdef int step
        try:
            while True:
                step = ON
                if self._state == VALUE and not self._searched:
                    step = self._run(batch, reply)
                self._hide()
                if step == ON:
                    step = self._step(reply)
                    if step == GOT:
                        step = self._deliver(batch, reply)
                if step != ON:
                    break
            self._settle()
            return step
        except ProtocolError:
            raise
        except BaseException:
            # KeyboardInterrupt or MemoryError: nobody knows how far the token had come.
            self._break("the reader was interrupted in the middle of a reply")
            raise

    cdef int _run(self, Frame *batch, PyObject **reply) except -1:
        """Consume values as long as they can be read at a glance.

        Returns GOT when there is no batch and ``reply`` is set, MORE when all bytes are
        consumed, ON when _step() must look at what is at _pos.
        """
        cdef const char *p = self._data + self._pos
        cdef const char *end = self._data + self._end
        cdef Frame *frame
        cdef uint64_t count
        cdef Py_ssize_t n
        cdef int step
        while True:
            step = ON
            frame = &self._frames[self._depth - 1] if self._depth else batch
            if frame != NULL and frame.filled < frame.slots:
                if frame.kind == MAP:
                    fill_map(frame, &p, end)
                else:
                    p = fill(frame, p, end)
                if frame.remaining == 0:
                    step = self._close(reply)
            if step == ON:
                reply[0] = read_value(&p, end)
                if reply[0] != NULL:
                    step = GOT
            self._pos = p - self._data
            if step == ON:
                if p == end:
                    return MORE
                if PyErr_Occurred() != NULL:
                    return -1
                if p[0] != c"*" and p[0] != c"%" and p[0] != c"~":
                    return ON
                n = read_header(p, end, &count)
                if n == 0:
                    return ON
                step = self._open(p[0], count, False, end - p - n, reply)
                p += n
                self._pos += n
            if step == GOT:
                step = self._deliver(batch, reply)
                if step == GOT:
                    return GOT
                if self._state != VALUE:
                    return ON

    cdef int _deliver(self, Frame *batch, PyObject **reply) except -1:
        """Hand a value to the open aggregate, and that, if it is complete, to the next.

        Takes over the reference. Returns GOT when there is no batch and ``reply`` is a
        complete reply, else ON.
        """
        cdef Frame *frame
        while self._depth:
            frame = &self._frames[self._depth - 1]
            if frame.kind == ARRAY and frame.filled < frame.slots:
                PyList_SET_ITEM_raw(frame.container, frame.filled, reply[0])
                frame.filled += 1
            else:
                self._put(frame, reply[0])
            frame.remaining -= 1
            if frame.remaining or self._close(reply) == ON:
                return ON
        if batch == NULL:
            return GOT
        return self._collect(batch, reply[0])

    cdef int _collect(self, Frame *batch, PyObject *reply) except -1:
        """Add a complete reply to a batch; takes over the reference. Returns ON."""
        cdef Py_ssize_t taken
        cdef Py_ssize_t left
        if batch.filled < batch.slots:
            PyList_SET_ITEM_raw(batch.container, batch.filled, reply)
        elif batch.container != NULL:
            append(batch.container, reply)
        else:
            # The first one: as if all the others were of its size.
            left = self._end - self._pos
            taken = max(self._base + self._pos - batch.offset, 3)
            batch.slots = 1 + min(left // taken, <Py_ssize_t>BATCH_SLOTS)
            batch.container = PyList_New_raw(batch.slots)
            if batch.container == NULL:
                Py_DECREF(reply)
                return -1
            PyObject_GC_UnTrack(batch.container)
            PyList_SET_ITEM_raw(batch.container, 0, reply)
        batch.filled += 1
        return ON

    cdef int _put(self, Frame *frame, PyObject *value) except -1:
        """Add a value to an aggregate; takes over the reference, also in case of an error."""
        cdef PyObject *pair
        cdef int failed = 0
        if frame.kind == ARRAY:
            if frame.type == c">" and frame.filled == 0 and not PyBytes_Check_raw(value):
                Py_DECREF(value)
                return self._refuse("push type is not a string", b">", 1, frame.offset)
            failed = PyList_Append_raw(frame.container, value)
            frame.filled += 1
        elif frame.kind == SET:
            failed = PySet_Add_raw(frame.container, value)
        elif frame.kind == DISCARD:
            pass
        elif frame.key == NULL:
            frame.key = value
            return 0
        elif frame.kind == MAP:
            failed = PyDict_SetItem_raw(frame.container, frame.key, value)
            Py_DECREF(frame.key)
            frame.key = NULL
        else:
            pair = PyTuple_New_raw(2)
            if pair == NULL:
                failed = -1
            else:
                PyTuple_SET_ITEM_raw(pair, 0, frame.key)
                frame.key = NULL
                PyTuple_SET_ITEM_raw(pair, 1, value)
                failed = PyList_Append_raw(frame.container, pair)
                value = pair
        Py_DECREF(value)
        return failed

    cdef int _open(
        self, char type, uint64_t count, bint streamed, Py_ssize_t behind, PyObject **value
    ) except -1:
        """Begin an aggregate, ``behind`` bytes of which are there. _pos is its type byte.

        Returns ON, or GOT if it is empty and already complete.
        """
        cdef Frame *frame
        cdef Frame *parent = NULL
        cdef bint frozen = False
        cdef bint discarded = type == c"|"
        if self._depth == DEPTH_LIMIT:
            self._refuse(
                f"nesting deeper than {MAX_DEPTH}", &type, 1, self._base + self._pos
            )
        self._make_frame()
        if self._depth:
            parent = &self._frames[self._depth - 1]
            self._hide()
            frozen = (
                parent.frozen or parent.kind == SET or (parent.kind == MAP and parent.key == NULL)
            )
            discarded = discarded or parent.kind == DISCARD
        frame = &self._frames[self._depth]
        frame.key = NULL
        frame.container = NULL
        frame.type = type
        frame.offset = self._base + self._pos
        frame.streamed = streamed
        frame.frozen = frozen
        frame.hidden = False
        frame.filled = frame.slots = 0
        frame.remaining = count * 2 if type == c"%" or type == c"|" else count
        if streamed:
            frame.remaining = ENDLESS
        if discarded:
            frame.kind = DISCARD
        elif type == c"%" and frozen:
            frame.kind = PAIRS
            frame.container = PyList_New_raw(0)
        elif type == c"%":
            frame.kind = MAP
            self._reserve(frame, behind)
            frame.container = PyDict_NewPresized_raw(frame.slots // 2)
        elif type == c"~":
            frame.kind = SET
            frame.container = PySet_New_raw(NULL)
        else:
            frame.kind = ARRAY
            # A push gets its items one by one through _put(), which looks at the first.
            if type != c">":
                self._reserve(frame, behind)
            frame.container = PyList_New_raw(frame.slots)
        if frame.container == NULL and not discarded:
            return -1
        self._depth += 1
        self._state = VALUE
        if frame.remaining == 0:
            return self._close(value)
        return ON

    cdef inline void _reserve(self, Frame *frame, Py_ssize_t behind) noexcept:
        """Set how many slots an aggregate gets at once, before its elements are there."""
        cdef Py_ssize_t slots
        if not frame.streamed:
            # What is buffered can fill so many: no value has less than three bytes, and
            # each byte can fill but one of the aggregates that are open.
            slots = max(behind // 3 - self._slots, <Py_ssize_t>FIRST_SLOTS)
            frame.slots = <Py_ssize_t>min(frame.remaining, <uint64_t>slots)
            self._slots += frame.slots

    cdef int _close(self, PyObject **value) except -1:
        """End the innermost aggregate. Returns GOT and the value, ON if it has none."""
        cdef Frame *frame = &self._frames[self._depth - 1]
        cdef PyObject *made = NULL
        self._depth -= 1
        self._slots -= frame.slots
        if frame.hidden:
            PyObject_GC_Track(frame.container)
        if frame.type == c"|":
            self._state = ATTRIBUTED
            return ON
        if frame.kind == DISCARD:
            made = Py_None
            Py_INCREF(made)
        elif frame.type == c">":
            try:
                push = RespPush(<object>frame.container)
            finally:
                Py_DECREF(frame.container)
            made = <PyObject *>push
            Py_INCREF(made)
        elif not frame.frozen:
            made = frame.container
        else:
            if frame.kind == SET:
                made = PyFrozenSet_New_raw(frame.container)
            else:
                made = PyList_AsTuple_raw(frame.container)
            Py_DECREF(frame.container)
            if made == NULL:
                return -1
        value[0] = made
        return GOT

    cdef int _make_frame(self) except -1:
        """Have room on the stack for one more frame; no pointer to a frame stays valid."""
        cdef int room
        cdef Frame *frames
        if self._depth < self._frames_room:
            return 0
        room = max(self._frames_room * 2, 8)
        frames = <Frame *>realloc(self._frames, room * sizeof(Frame))
        if frames == NULL:
            raise MemoryError
        self._frames = frames
        self._frames_room = room
        return 0

    cdef inline void _hide(self) noexcept:
        """Hide the innermost list, if it has empty slots, from the garbage collector."""
        cdef Frame *frame
        if self._depth:
            frame = &self._frames[self._depth - 1]
            if frame.kind == ARRAY and frame.slots and not frame.hidden:
                PyObject_GC_UnTrack(frame.container)
                frame.hidden = True

    # --- the grammar, one token a call ---

    cdef int _step(self, PyObject **value) except -1:
        """Look at what is at _pos. Returns MORE, ON, or GOT and the value."""
        if self._state == VALUE or self._state == ATTRIBUTED:
            return self._value(value)
        if self._state == CHUNK:
            return self._chunk(value)
        if self._state == FORMAT:
            if self._end - self._pos < 4:
                return MORE
            memcpy(self._format, self._data + self._pos, 4)
            self._pos += 4
            self._state = PAYLOAD
        if self._state == PAYLOAD and self._payload() == MORE:
            return MORE
        return self._payload_end(value)

    cdef int _value(self, PyObject **value) except -1:
        cdef char type
        cdef object made = None
        cdef Py_ssize_t n
        if self._pos == self._end:
            return MORE
        type = self._data[self._pos]
        if type == c"$" or type == c"*" or type == c"%" or type == c"~" or type == c"|":
            return self._counted(type, value)
        if type == c"=" or type == c"!":
            return self._counted(type, value)
        if type == c">":
            if self._depth:
                return self._refuse("push inside another reply", b">", 1, self._base + self._pos)
            return self._counted(type, value)
        if type == c".":
            return self._end_of_stream(value)
        if type == c"+":
            n = self._line(0, None)
            made = self._data[self._pos + 1 : self._pos + 1 + n] if n >= 0 else None
        elif type == c"-":
            n = self._line(0, None)
            if n >= 0:
                made = error_from_reply(self._data[self._pos + 1 : self._pos + 1 + n])
        elif type == c":":
            n = self._line(SHORT_LINE, "malformed integer")
            made = self._integer(n) if n >= 0 else None
        elif type == c",":
            n = self._line(DOUBLE_LINE, "malformed double")
            made = self._double(n) if n >= 0 else None
        elif type == c"#":
            n = self._line(SHORT_LINE, "malformed boolean")
            made = self._boolean(n) if n >= 0 else None
        elif type == c"_":
            n = self._line(SHORT_LINE, "malformed null")
            if n > 0:
                self._refuse_line("malformed null", n)
            made = None
        elif type == c"(":
            n = self._line(BIG_NUMBER_LINE, "malformed big number")
            made = self._big_number(n) if n >= 0 else None
        else:
            return self._refuse("unknown type byte", &type, 1, self._base + self._pos)
        if n < 0:
            return MORE
        self._pass_line(n)
        self._state = VALUE
        value[0] = <PyObject *>made
        Py_INCREF(value[0])
        return GOT

    cdef Py_ssize_t _line(self, Py_ssize_t longest, what) except -2:
        """The size of the line behind the type byte at _pos, without its CRLF; -1: incomplete.

        ``longest`` is how many bytes it may have, with CRLF; 0: any number.
        """
        cdef const char *line = self._data + self._pos + 1
        cdef Py_ssize_t there = self._end - self._pos - 1
        cdef const char *mark
        cdef Py_ssize_t n
        if longest:
            there = min(there, longest)
        mark = <const char *>memchr(line + self._searched, c"\n", there - self._searched)
        if mark == NULL:
            if there == longest and longest:
                self._refuse_line(what, there)
            self._searched = there
            return -1
        n = mark - line
        if memchr(line, c"\r", n) != mark - 1 or n == 0:
            self._refuse_line("malformed line", n)
        return n - 1

    cdef inline void _pass_line(self, Py_ssize_t n) noexcept:
        """Go behind the line of n bytes at _pos."""
        self._pos += n + 3
        self._searched = 0

    cdef int _refuse_line(self, what, Py_ssize_t n) except -1:
        return self._refuse(what, self._data + self._pos + 1, n, self._base + self._pos)

    cdef object _integer(self, Py_ssize_t n):
        cdef int64_t number = 0
        cdef Number outcome = parse_integer(self._data + self._pos + 1, n, &number)
        if outcome == NUMBER_MALFORMED:
            self._refuse_line("malformed integer", n)
        if outcome == NUMBER_TOO_LARGE:
            self._refuse_line("integer beyond 64 bits", n)
        return number

    cdef object _double(self, Py_ssize_t n):
        cdef double number = 0
        if parse_double(self._data + self._pos + 1, n, &number) != NUMBER_OK:
            self._refuse_line("malformed double", n)
        return number

    cdef object _boolean(self, Py_ssize_t n):
        cdef char letter = self._data[self._pos + 1]
        if n != 1 or (letter != c"t" and letter != c"f"):
            self._refuse_line("malformed boolean", n)
        return letter == c"t"

    cdef object _big_number(self, Py_ssize_t n):
        cdef const char *digits = self._data + self._pos + 1
        cdef bint negative = n > 0 and digits[0] == c"-"
        cdef Py_ssize_t size = n
        cdef Py_ssize_t i
        if n > 0 and (negative or digits[0] == c"+"):
            digits += 1
            size -= 1
        for i in range(size):
            if <unsigned char>digits[i] - 48u > 9u:
                self._refuse_line("malformed big number", n)
        if size < 1:
            self._refuse_line("malformed big number", n)
        if size > DIGITS_LIMIT:
            self._refuse_line(f"big number beyond {DIGITS_LIMIT} digits", n)
        number = big_number(digits[:size])
        return -number if negative else number

    cdef int _counted(self, char type, PyObject **value) except -1:
        """A header with a length or count, and what it begins."""
        cdef const char *line = self._data + self._pos + 1
        cdef Py_ssize_t n = self._line(SHORT_LINE, "malformed length")
        cdef uint64_t count = 0
        cdef Number outcome
        cdef Py_ssize_t behind
        cdef int step
        if n < 0:
            return MORE
        if n == 2 and memcmp(line, b"-1", 2) == 0 and (type == c"$" or type == c"*"):
            value[0] = Py_None
            Py_INCREF(Py_None)
            self._pass_line(n)
            self._state = VALUE
            return GOT
        if n == 1 and line[0] == c"?" and (
            type == c"$" or type == c"*" or type == c"%" or type == c"~"
        ):
            if type == c"$":
                self._chunks = []
                self._state = CHUNK
                step = ON
            else:
                step = self._open(type, 0, True, 0, value)
            self._pass_line(n)
            return step
        outcome = parse_length(line, n, &count)
        if outcome == NUMBER_MALFORMED:
            self._refuse_line("malformed length", n)
        if outcome == NUMBER_TOO_LARGE:
            self._refuse_line("length beyond 63 bits", n)
        if type == c";" and count == 0:
            made = b"".join(self._chunks)
            self._chunks = None
            value[0] = <PyObject *>made
            Py_INCREF(value[0])
            self._state = VALUE
            step = GOT
        elif type == c"$" or type == c"!" or type == c"=" or type == c";":
            if type == c"=" and count < 4:
                self._refuse_line("malformed verbatim string", n)
            self._blob_type = type
            self._blob_offset = self._base + self._pos
            self._blob_length = <Py_ssize_t>count - (4 if type == c"=" else 0)
            self._blob_filled = 0
            self._state = FORMAT if type == c"=" else PAYLOAD
            step = ON
        else:
            if type == c">" and count == 0:
                self._refuse_line("empty push", n)
            behind = self._end - self._pos - n - 3
            step = self._open(type, count, False, behind, value)
        self._pass_line(n)
        return step

    cdef int _end_of_stream(self, PyObject **value) except -1:
        cdef Frame *frame = &self._frames[self._depth - 1] if self._depth else NULL
        cdef Py_ssize_t offset = self._base + self._pos
        cdef Py_ssize_t n
        if frame == NULL or not frame.streamed:
            return self._refuse("unknown type byte", b".", 1, offset)
        if self._state == ATTRIBUTED:
            return self._refuse("attribute without a value", b".", 1, offset)
        if frame.type == c"%" and (ENDLESS - frame.remaining) % 2:
            return self._refuse("streamed map ends after a key", b".", 1, offset)
        n = self._line(SHORT_LINE, "malformed end of stream")
        if n < 0:
            return MORE
        if n > 0:
            self._refuse_line("malformed end of stream", n)
        self._pass_line(n)
        return self._close(value)

    cdef int _chunk(self, PyObject **value) except -1:
        """The header of a chunk of a streamed string."""
        cdef const char *p = self._data + self._pos
        if self._pos == self._end:
            return MORE
        if p[0] != c";":
            return self._refuse("streamed string wants ';', got", p, 1, self._base + self._pos)
        return self._counted(c";", value)

    cdef int _payload(self) except -1:
        """Fill _blob. Returns MORE, or ON when the payload is complete."""
        cdef Py_ssize_t there = self._end - self._pos
        cdef Py_ssize_t length = self._blob_length
        if self._blob == NULL:
            if there < length <= SHORT_PAYLOAD:
                return MORE
            self._blob_room = length
            if there < length:
                self._blob_room = min(length, max(there * 2, <Py_ssize_t>FIRST_PAYLOAD))
            self._blob = PyBytes_FromStringAndSize_raw(NULL, self._blob_room)
            if self._blob == NULL:
                return -1
            there = min(there, length)
            memcpy(PyBytes_AS_STRING_raw(self._blob), self._data + self._pos, there)
            self._pos += there
            self._blob_filled = there
        if self._blob_filled < length:
            return MORE
        self._state = PAYLOAD_END
        return ON

    cdef int _payload_end(self, PyObject **value) except -1:
        """The CRLF behind a payload, and what is made of it."""
        cdef const char *p = self._data + self._pos
        cdef Py_ssize_t there = self._end - self._pos
        cdef char type = self._blob_type
        cdef object made
        if there == 0:
            return MORE
        if p[0] != c"\r":
            self._refuse("missing CRLF after payload", p, 1, self._base + self._pos)
        if there == 1:
            return MORE
        if p[1] != c"\n":
            self._refuse("missing CRLF after payload", p, 2, self._base + self._pos)
        if type == c"=" and self._format[3] != c":":
            self._refuse("malformed verbatim string", self._format, 4, self._blob_offset)
        made = self._take_blob()
        self._pos += 2
        self._state = VALUE
        if type == c";":
            self._state = CHUNK
            self._chunks.append(made)
            return ON
        if type == c"!":
            made = error_from_reply(made)
        value[0] = <PyObject *>made
        Py_INCREF(value[0])
        return GOT

    cdef bytes _take_blob(self):
        """The payload as an object that nobody can write to any more."""
        cdef bytes payload = <bytes>self._blob
        Py_DECREF(self._blob)
        self._blob = NULL
        if Py_REFCNT(<PyObject *>payload) > 1 and self._blob_length > 1:
            # A view is held that looks into it. (Bytes objects of size 0 and 1 are shared
            # by all, and never written to.)
            return PyBytes_AS_STRING(payload)[: self._blob_length]
        return payload



# --- the encoder ---------------------------------------------------------------------

cdef enum:
    # Most commands fit in here and are copied once into a bytes object of their size.
    NEAR = 1024
    # What an argument takes beside its bytes: "$", a length of 19 digits, two line ends.
    # An integer of 20 characters fits in as well, with a length of two digits.
    FRAME = 32


cdef struct Output:
    char *start  # where the encoded commands begin
    Py_ssize_t used
    Py_ssize_t room
    PyObject *made  # owned; the bytes object that start points into, NULL if that is near
    char[NEAR] near


cdef inline void begin(Output *out) noexcept:
    out.start = out.near
    out.used = 0
    out.room = NEAR
    out.made = NULL


cdef int grow(Output *out, Py_ssize_t size) except -1:
    """Have room for ``size`` bytes and a frame."""
    cdef Py_ssize_t room
    if size > PY_SSIZE_T_MAX // 2 - out.used - FRAME:
        raise MemoryError
    room = max(out.used + size + FRAME, out.used * 2)
    if out.made != NULL:
        _PyBytes_Resize(&out.made, room)
    else:
        out.made = PyBytes_FromStringAndSize_raw(NULL, room)
        if out.made == NULL:
            return -1
        memcpy(PyBytes_AS_STRING_raw(out.made), out.start, out.used)
    out.start = PyBytes_AS_STRING_raw(out.made)
    out.room = room
    return 0


cdef object end(Output *out):
    """The encoded commands as a bytes object."""
    cdef PyObject *made = out.made
    if made == NULL:
        return PyBytes_FromStringAndSize(out.start, out.used)
    out.made = NULL
    _PyBytes_Resize(&made, out.used)
    return take(made)


@cython.cdivision(True)
cdef inline Py_ssize_t count_digits(uint64_t number) noexcept:
    cdef Py_ssize_t digits = 0
    while number >= 10_000:
        number //= 10_000
        digits += 4
    if number < 10:
        return digits + 1
    if number < 100:
        return digits + 2
    return digits + (3 if number < 1000 else 4)


@cython.cdivision(True)
cdef inline char *write_number(char *p, uint64_t number, Py_ssize_t digits) noexcept:
    """Write exactly so many digits, and return where they end."""
    cdef Py_ssize_t i = digits
    while i > 1:
        i -= 1
        p[i] = <char>(48 + number % 10)
        number //= 10
    p[0] = <char>(48 + number)
    return p + digits


@cython.cdivision(True)
cdef inline char *write_header(char *p, char type, Py_ssize_t number) noexcept:
    """Write ``*3\r\n`` or ``$3\r\n``, and return where it ends."""
    p[0] = type
    if number < 10:
        p[1] = <char>(48 + number)
        p += 2
    elif number < 100:
        p[1] = <char>(48 + number // 10)
        p[2] = <char>(48 + number % 10)
        p += 3
    else:
        p = write_number(p + 1, number, count_digits(number))
    p[0] = c"\r"
    p[1] = c"\n"
    return p + 2


cdef inline void copy(char *to, const char *start, Py_ssize_t n) noexcept:
    """memcpy(), which costs more than the rest of an argument where it has to be called.

    memcpy() of a constant size is two instructions, and the two may overlap.
    """
    if n > 32:
        memcpy(to, start, n)
    elif n >= 16:
        memcpy(to, start, 16)
        memcpy(to + n - 16, start + n - 16, 16)
    elif n >= 8:
        memcpy(to, start, 8)
        memcpy(to + n - 8, start + n - 8, 8)
    elif n >= 4:
        memcpy(to, start, 4)
        memcpy(to + n - 4, start + n - 4, 4)
    elif n >= 2:
        memcpy(to, start, 2)
        memcpy(to + n - 2, start + n - 2, 2)
    elif n == 1:
        to[0] = start[0]


cdef inline int add_count(Output *out, Py_ssize_t count) except -1:
    if out.room - out.used < FRAME:
        grow(out, 0)
    out.used = write_header(out.start + out.used, c"*", count) - out.start
    return 0


cdef inline int add_string(Output *out, const char *string, Py_ssize_t size) except -1:
    cdef char *p
    if size > out.room - out.used - FRAME:
        grow(out, size)
    p = write_header(out.start + out.used, c"$", size)
    copy(p, string, size)
    p += size
    p[0] = c"\r"
    p[1] = c"\n"
    out.used = p + 2 - out.start
    return 0


cdef inline int add_integer(Output *out, int64_t number) except -1:
    cdef uint64_t magnitude = 0 - <uint64_t>number if number < 0 else <uint64_t>number
    cdef Py_ssize_t digits = count_digits(magnitude)
    cdef char *p
    if out.room - out.used < FRAME:
        grow(out, 0)
    p = write_header(out.start + out.used, c"$", digits + (number < 0))
    if number < 0:
        p[0] = c"-"
        p += 1
    p = write_number(p, magnitude, digits)
    p[0] = c"\r"
    p[1] = c"\n"
    out.used = p + 2 - out.start
    return 0


cdef object no_argument(Py_ssize_t command, Py_ssize_t i, str why):
    """The error for an argument that cannot be sent; it never shows the argument."""
    where = f"command {command}: " if command >= 0 else ""
    return DataError(f"{where}argument {i} {why}")


cdef inline int add_argument(
    Output *out, PyObject *argument, Py_ssize_t command, Py_ssize_t i
) except -1:
    """Add argument number i of that command; -1: there is only one command."""
    cdef const char *string
    cdef Py_ssize_t size
    cdef long long number
    cdef int overflow
    if PyBytes_Check_raw(argument):
        return add_string(out, PyBytes_AS_STRING_raw(argument), PyBytes_GET_SIZE_raw(argument))
    if PyUnicode_Check_raw(argument):
        if PyUnicode_IS_COMPACT_ASCII(argument):
            string = <const char *>PyUnicode_1BYTE_DATA(argument)
            return add_string(out, string, PyUnicode_GET_LENGTH(argument))
        string = PyUnicode_AsUTF8AndSize_raw(argument, &size)
        if string == NULL:
            # Cleared and so not chained: a UnicodeEncodeError holds the whole string.
            PyErr_Clear()
            raise no_argument(command, i, "is a str that UTF-8 cannot encode")
        return add_string(out, string, size)
    if PyLong_Check_raw(argument) and not PyBool_Check_raw(argument):
        number = PyLong_AsLongLongAndOverflow_raw(argument, &overflow)
        if not overflow:
            return add_integer(out, number)
    return add_made(out, <object>argument, command, i)


cdef int add_made(Output *out, argument, Py_ssize_t command, Py_ssize_t i) except -1:
    """Add an argument whose bytes must be made, or held in place, first."""
    cdef object made = None
    cdef char *text
    if isinstance(argument, (bytearray, memoryview)):
        # Our own export keeps the memory in place, whatever other threads do.
        made = PyMemoryView_FromObject(argument)
        if made.c_contiguous:
            return add_string(
                out,
                <const char *>PyMemoryView_GET_BUFFER(made).buf,
                PyMemoryView_GET_BUFFER(made).len,
            )
        made = made.tobytes()
    elif isinstance(argument, float):
        text = PyOS_double_to_string(
            PyFloat_AS_DOUBLE_raw(<PyObject *>argument), c"r", 0, Py_DTSF_ADD_DOT_0, NULL
        )
        try:
            made = <bytes>text
        finally:
            PyMem_Free(text)
    elif isinstance(argument, int) and not isinstance(argument, bool):
        try:
            made = int.__repr__(argument).encode()
        except ValueError:
            pass  # raised below, so that it is not chained to this one
        if made is None:
            raise no_argument(command, i, "is an int of too many digits")
    else:
        raise no_argument(
            command,
            i,
            "must be bytes, bytearray, memoryview, str, int or float, "
            f"not {type(argument).__name__}",
        )
    return add_string(out, PyBytes_AS_STRING(made), PyBytes_GET_SIZE(made))


def write_command(command, *args):
    cdef Output out
    cdef Py_ssize_t i
    cdef Py_ssize_t n = PyTuple_GET_SIZE_raw(<PyObject *>args)
    begin(&out)
    try:
        add_count(&out, n + 1)
        add_argument(&out, <PyObject *>command, -1, 0)
        for i in range(n):
            add_argument(&out, PyTuple_GET_ITEM_raw(<PyObject *>args, i), -1, i + 1)
        return end(&out)
    finally:
        Py_XDECREF(out.made)


cdef tuple as_command(given, Py_ssize_t j):
    """The command as a tuple, which nobody can change while it is encoded."""
    if not isinstance(given, (list, tuple)):
        raise DataError(f"command {j} must be a list or tuple, not {type(given).__name__}")
    if not given:
        raise DataError(f"command {j} is empty")
    return tuple(given)


def write_commands(commands):
    cdef Output out
    cdef tuple command
    cdef Py_ssize_t i
    cdef Py_ssize_t n
    cdef Py_ssize_t j = 0
    begin(&out)
    try:
        for given in commands:
            if type(given) is tuple and PyTuple_GET_SIZE_raw(<PyObject *>given):
                command = <tuple>given
            else:
                command = as_command(given, j)
            n = PyTuple_GET_SIZE_raw(<PyObject *>command)
            add_count(&out, n)
            for i in range(n):
                add_argument(&out, PyTuple_GET_ITEM_raw(<PyObject *>command, i), j, i)
            j += 1
        return end(&out)
    finally:
        Py_XDECREF(out.made)
