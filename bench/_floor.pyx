# cython: language_level=3
# cython: freethreading_compatible=True
# cython: binding=True
# cython: boundscheck=False
# cython: wraparound=False
"""The floor: what it costs to make a row's objects when nobody has to parse.

Each function makes the objects of its rows out of the same bytes as the parsers, in one
call, from positions and sizes that are given to it. Nothing is read of a header, nothing
is checked: what a parser takes beyond this is the price of parsing. (It is no part of
redtrio: on other bytes than its row's it would read rubbish.)
"""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.string cimport memcpy

cdef extern from "Python.h":
    ctypedef struct PyObject:
        pass
    void Py_DECREF(PyObject *)
    void Py_INCREF(object)
    PyObject *PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    object make_bytes "PyBytes_FromStringAndSize"(const char *, Py_ssize_t)
    object PyList_New(Py_ssize_t)
    void PyList_SET_ITEM(object, Py_ssize_t, PyObject *)
    void set_object "PyList_SET_ITEM"(object, Py_ssize_t, object)
    int PyDict_SetItem(object, PyObject *, PyObject *) except -1
    int PySet_Add(object, PyObject *) except -1
    PyObject *PyLong_FromLong(long)
    object PyLong_FromLongLong(long long)
    object PyFloat_FromDouble(double)


cdef inline list strings_at(const char *p, Py_ssize_t n, Py_ssize_t stride, Py_ssize_t size):
    cdef list made = PyList_New(n)
    cdef Py_ssize_t i
    for i in range(n):
        PyList_SET_ITEM(made, i, PyBytes_FromStringAndSize(p, size))
        p += stride
    return made


def strings(bytes wire, Py_ssize_t first, Py_ssize_t n, Py_ssize_t stride, Py_ssize_t size):
    """A list of n strings, the first of them at ``first``, then each ``stride`` on."""
    return strings_at(PyBytes_AS_STRING(wire) + first, n, stride, size)


cdef class Strings:
    """The same strings, one a call, for a caller that asks for one reply a call."""

    cdef bytes wire
    cdef Py_ssize_t first, n, stride, size, given
    cdef readonly object sentinel

    def __init__(self, Py_ssize_t first, Py_ssize_t n, Py_ssize_t stride, Py_ssize_t size):
        self.first, self.n, self.stride, self.size = first, n, stride, size
        self.sentinel = object()

    def feed(self, bytes wire):
        self.wire = wire
        self.given = 0

    def get_object(self):
        cdef const char *p
        if self.given == self.n:
            return self.sentinel
        p = PyBytes_AS_STRING(self.wire) + self.first + self.given * self.stride
        self.given += 1
        return make_bytes(p, self.size)


def integers(bytes wire, Py_ssize_t first, Py_ssize_t n, Py_ssize_t stride, Py_ssize_t digits):
    """A list of n integers of so many digits each."""
    cdef const char *p = PyBytes_AS_STRING(wire) + first
    cdef list made = PyList_New(n)
    cdef Py_ssize_t i, d
    cdef long number
    for i in range(n):
        number = 0
        for d in range(digits):
            number = number * 10 + (p[d] - 48)
        PyList_SET_ITEM(made, i, PyLong_FromLong(number))
        p += stride
    return made


def mapping(
    bytes wire,
    Py_ssize_t first,
    Py_ssize_t n,
    Py_ssize_t stride,
    Py_ssize_t size,
    Py_ssize_t value,
    Py_ssize_t value_size,
):
    """A dict of n strings to strings; each value begins ``value`` behind its key's begin."""
    cdef const char *p = PyBytes_AS_STRING(wire) + first
    cdef dict made = {}
    cdef Py_ssize_t i
    cdef PyObject *key
    cdef PyObject *item
    for i in range(n):
        key = PyBytes_FromStringAndSize(p, size)
        item = PyBytes_FromStringAndSize(p + value, value_size)
        PyDict_SetItem(made, key, item)
        Py_DECREF(key)
        Py_DECREF(item)
        p += stride
    return made


def members(bytes wire, Py_ssize_t first, Py_ssize_t n, Py_ssize_t stride, Py_ssize_t size):
    """A set of n strings."""
    cdef const char *p = PyBytes_AS_STRING(wire) + first
    cdef set made = set()
    cdef Py_ssize_t i
    cdef PyObject *member
    for i in range(n):
        member = PyBytes_FromStringAndSize(p, size)
        PySet_Add(made, member)
        Py_DECREF(member)
        p += stride
    return made


def entries(
    bytes wire,
    Py_ssize_t first,
    Py_ssize_t n,
    Py_ssize_t stride,
    Py_ssize_t size,
    Py_ssize_t field,
    Py_ssize_t fields,
    Py_ssize_t field_stride,
    Py_ssize_t field_size,
):
    """A list of n entries [id, [field, ...]] of a stream."""
    cdef const char *p = PyBytes_AS_STRING(wire) + first
    cdef list made = PyList_New(n)
    cdef list entry
    cdef Py_ssize_t i
    for i in range(n):
        entry = PyList_New(2)
        PyList_SET_ITEM(entry, 0, PyBytes_FromStringAndSize(p, size))
        inner = strings_at(p + field, fields, field_stride, field_size)
        Py_INCREF(inner)
        set_object(entry, 1, inner)
        Py_INCREF(entry)
        set_object(made, i, entry)
        p += stride
    return made


def large(list chunks, Py_ssize_t first, Py_ssize_t size):
    """One string of ``size`` bytes that begins at ``first`` of the first chunk."""
    cdef bytes made = make_bytes(NULL, size)
    cdef char *out = PyBytes_AS_STRING(made)
    cdef bytes chunk
    cdef Py_ssize_t n
    for chunk in chunks:
        n = min(<Py_ssize_t>len(chunk) - first, size)
        memcpy(out, PyBytes_AS_STRING(chunk) + first, n)
        out += n
        size -= n
        first = 0
    return made


def mixed(bytes wire, Py_ssize_t n, list plan, make_error):
    """n times the replies of ``plan``: tuples (kind, position, size) within one period.

    kind is one of "bulk", "ok", "null", "integer", "double", "array", "error" and, at the
    end, "period". The last three sizes are those of an array's items: it has three.
    """
    cdef const char *p = PyBytes_AS_STRING(wire)
    cdef Py_ssize_t steps = len(plan) - 1
    cdef Py_ssize_t period = plan[steps][1]
    cdef int[64] kinds
    cdef Py_ssize_t[64] starts
    cdef Py_ssize_t[64] sizes
    cdef list made = PyList_New(n * steps)
    cdef Py_ssize_t i, step
    cdef Py_ssize_t filled = 0
    cdef Py_ssize_t d
    cdef long long number
    names = ["bulk", "ok", "null", "integer", "double", "array", "error"]
    for step in range(steps):
        kinds[step] = names.index(plan[step][0])
        starts[step] = plan[step][1]
        sizes[step] = plan[step][2]
    for i in range(n):
        for step in range(steps):
            if kinds[step] == 0 or kinds[step] == 1:
                made_one = make_bytes(p + starts[step], sizes[step])
            elif kinds[step] == 2:
                made_one = None
            elif kinds[step] == 3:
                number = 0
                for d in range(sizes[step]):
                    number = number * 10 + (p[starts[step] + d] - 48)
                made_one = PyLong_FromLongLong(number)
            elif kinds[step] == 4:
                # "12.5": the digits of a decimal of a known form.
                number = 0
                for d in range(sizes[step]):
                    if p[starts[step] + d] != c".":
                        number = number * 10 + (p[starts[step] + d] - 48)
                made_one = PyFloat_FromDouble(number / 10.0)
            elif kinds[step] == 5:
                made_one = strings_at(p + starts[step], 3, sizes[step] + 6, sizes[step])
            else:
                made_one = make_error(make_bytes(p + starts[step], sizes[step]))
            Py_INCREF(made_one)
            set_object(made, filled, made_one)
            filled += 1
        p += period
    return made
