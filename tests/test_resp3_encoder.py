"""What the encoders make of commands, and what they refuse."""

from __future__ import annotations

import enum
import math
import sys
from array import array
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from corpus import bulk
from resp3_twins import on_both_twins

from redtrio.exceptions import DataError


def accepted(number: int, value: object) -> str:
    name = type(value).__name__
    return f"argument {number} must be bytes, bytearray, memoryview, str, int or float, not {name}"


def command(*payloads: bytes) -> bytes:
    return b"*%d\r\n" % len(payloads) + b"".join(map(bulk, payloads))


class Colour(enum.IntEnum):
    RED = 3


class Text(str):
    def __str__(self) -> str:
        return "not its value"

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"not its value"


class Whole(int):
    def __repr__(self) -> str:
        return "not its value"

    __str__ = __repr__

    def __int__(self) -> int:
        return 13

    __index__ = __int__


class Real(float):
    def __repr__(self) -> str:
        return "not its value"

    __str__ = __repr__

    def __float__(self) -> float:
        return 1.3


class Raw(bytes):
    def __bytes__(self) -> bytes:
        return b"not its value"

    def __len__(self) -> int:
        return 1


class Buffer(bytearray):
    def __len__(self) -> int:
        return 1


VALUES: list[tuple[str, Any, bytes]] = [
    ("bytes", b"value", b"value"),
    ("empty bytes", b"", b""),
    ("bytes with line ends", b"\r\n$1\r\n", b"\r\n$1\r\n"),
    ("all bytes", bytes(range(256)), bytes(range(256))),
    *((f"{size} bytes", b"x" * size, b"x" * size) for size in (9, 10, 99, 100, 999, 1000, 10**6)),
    ("bytearray", bytearray(b"value"), b"value"),
    ("empty bytearray", bytearray(), b""),
    ("memoryview", memoryview(b"value"), b"value"),
    ("empty memoryview", memoryview(b""), b""),
    ("memoryview of a bytearray", memoryview(bytearray(b"value")), b"value"),
    ("part of a memoryview", memoryview(b"a value b")[2:-2], b"value"),
    ("every other byte", memoryview(b"v-a-l-u-e")[::2], b"value"),
    ("backwards", memoryview(b"eulav")[::-1], b"value"),
    ("memoryview of shorts", memoryview(array("H", [1, 2])), array("H", [1, 2]).tobytes()),
    ("every other short", memoryview(array("H", [1, 2, 3]))[::2], array("H", [1, 3]).tobytes()),
    ("memoryview of two dimensions", memoryview(b"abcdef").cast("B", [2, 3]), b"abcdef"),
    ("str", "value", b"value"),
    ("empty str", "", b""),
    ("str beyond ASCII", "caf\xe9 \u20ac \U0001f600 \0", "caf\xe9 \u20ac \U0001f600 \0".encode()),
    ("long str", "\u20ac" * 400, b"\xe2\x82\xac" * 400),
    ("0", 0, b"0"),
    ("7", 7, b"7"),
    ("-1", -1, b"-1"),
    *(
        (f"{sign}10**{power}{offset:+}", number, str(number).encode())
        for power in (1, 2, 5, 9, 10, 17, 18, 19, 20, 40)
        for offset in (-1, 0)
        for sign in "+-"
        for number in (int(sign + "1") * (10**power + offset),)
    ),
    *(
        (f"{number}", number, str(number).encode())
        for number in (2**31, 2**63 - 1, 2**63, 2**64, -(2**63), -(2**63) - 1)
    ),
    ("int of 4300 digits", 10**4299, b"1" + b"0" * 4299),
    ("negative int of 4300 digits", -(10**4299), b"-1" + b"0" * 4299),
    *(
        (f"float {number!r}", number, repr(number).encode())
        for number in (
            *(0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 1e-5, 123456789.123456789, 1e22, 1e100, 5e-324),
            *(sys.float_info.max, math.inf, -math.inf, math.nan, 2 / 3),
        )
    ),
    ("IntEnum", Colour.RED, b"3"),
    ("subclass of str", Text("value"), b"value"),
    ("subclass of int", Whole(7), b"7"),
    ("subclass of int, large", Whole(10**30), b"1" + b"0" * 30),
    ("subclass of float", Real(1.5), b"1.5"),
    ("subclass of bytes", Raw(b"value"), b"value"),
    ("subclass of bytearray", Buffer(b"value"), b"value"),
]

REFUSED: list[object] = [
    *(None, True, False, [], (), {}, set(), [b"a"], (b"a",), {b"a": 1}, object(), range(3)),
    *(1j, Decimal("1.5"), array("b", [1]), bytes, str, DataError("x"), iter(b"ab"), lambda: b"a"),
]


# --- One command ----------------------------------------------------------------------------


@on_both_twins
@pytest.mark.parametrize(
    ("value", "payload"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES]
)
def test_argument_is_sent_as_its_bytes(resp3: ModuleType, value: Any, payload: bytes) -> None:
    for around in range(3):
        given = [b"a"] * around + [value] + ["b"] * around
        expected = [b"a"] * around + [payload] + [b"b"] * around
        encoded = resp3.write_command(*given)
        assert type(encoded) is bytes
        assert encoded == command(*expected)
        assert resp3.write_commands([given, tuple(given)]) == command(*expected) * 2


@on_both_twins
def test_any_number_of_arguments(resp3: ModuleType) -> None:
    for count in (*range(1, 70), 100, 999, 1000, 1001):
        given = [b"%d" % number for number in range(count)]
        assert resp3.write_command(*given) == command(*given)
        assert resp3.write_commands([given]) == command(*given)


@on_both_twins
def test_command_without_name_is_a_type_error(resp3: ModuleType) -> None:
    with pytest.raises(TypeError):
        resp3.write_command()


@on_both_twins
@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_other_types_are_refused_by_number_and_type(resp3: ModuleType, value: Any) -> None:
    for number in (0, 1, 2, 40):
        given = [b"a"] * number + [value, None]
        with pytest.raises(DataError) as raised:
            resp3.write_command(*given)
        assert str(raised.value) == accepted(number, value)
        with pytest.raises(DataError) as raised:
            resp3.write_commands([[b"PING"], given, [None]])
        assert str(raised.value) == "command 1: " + accepted(number, value)


SECRETS: list[tuple[Any, str]] = [
    ("secret \ud800 secret", "is a str that UTF-8 cannot encode"),
    (Text("secret \udfff"), "is a str that UTF-8 cannot encode"),
    (10**4300, "is an int of too many digits"),
    (-(10**4300), "is an int of too many digits"),
    (Whole(10**5000), "is an int of too many digits"),
]


@on_both_twins
@pytest.mark.parametrize(("value", "what"), SECRETS, ids=["str", "subclass", "int", "-int", "sub"])
def test_error_does_not_carry_the_value(resp3: ModuleType, value: Any, what: str) -> None:
    if isinstance(value, int) and not hasattr(sys, "get_int_max_str_digits"):
        pytest.skip("this Python has no limit of digits")
    calls: dict[str, Callable[[], bytes]] = {
        f"argument 1 {what}": lambda: resp3.write_command("SET", value),
        f"command 1: argument 2 {what}": lambda: resp3.write_commands([["A"], ["SET", "k", value]]),
    }
    for text, call in calls.items():
        with pytest.raises(DataError) as raised:
            call()
        assert str(raised.value) == text
        assert raised.value.args == (text,)
        assert raised.value.__cause__ is None
        assert raised.value.__context__ is None


@on_both_twins
def test_released_memoryview_is_a_value_error(resp3: ModuleType) -> None:
    view = memoryview(b"abc")
    view.release()
    with pytest.raises(ValueError, match="released"):
        resp3.write_command(b"SET", view)


@on_both_twins
def test_no_export_is_kept(resp3: ModuleType) -> None:
    value = bytearray(b"value")
    encoded = resp3.write_commands([(value, memoryview(value))])
    value.clear()
    with pytest.raises(DataError):
        resp3.write_command(value, memoryview(value), None)
    value += b"x"
    assert encoded == command(b"value", b"value")


# --- Many commands --------------------------------------------------------------------------


@on_both_twins
def test_no_commands_are_no_bytes(resp3: ModuleType) -> None:
    assert resp3.write_commands([]) == b""
    assert resp3.write_commands(iter(())) == b""


@on_both_twins
def test_commands_stand_in_one_buffer_in_order(resp3: ModuleType) -> None:
    given = [["SET", b"%d" % number, number] for number in range(1000)]
    expected = b"".join(resp3.write_command(*each) for each in given)
    assert resp3.write_commands(given) == expected
    assert resp3.write_commands(tuple(map(tuple, given))) == expected


@on_both_twins
def test_commands_may_be_any_iterable(resp3: ModuleType) -> None:
    def generated() -> Iterator[list[Any]]:
        for number in range(3):
            yield ["INCRBY", "k", number]

    expected = command(b"INCRBY", b"k", b"0") + command(b"INCRBY", b"k", b"1")
    expected += command(b"INCRBY", b"k", b"2")
    assert resp3.write_commands(generated()) == expected
    assert resp3.write_commands({("PING",): 1}) == command(b"PING")


@on_both_twins
def test_command_may_be_a_subclass_of_tuple(resp3: ModuleType) -> None:
    class Get(NamedTuple):
        name: str
        key: str

    assert resp3.write_commands([Get("GET", "k")]) == command(b"GET", b"k")


@on_both_twins
@pytest.mark.parametrize("given", ["PING", b"PING", None, 1, {"GET": "k"}, iter(["GET"])], ids=repr)
def test_command_that_is_no_list_is_refused(resp3: ModuleType, given: Any) -> None:
    with pytest.raises(DataError) as raised:
        resp3.write_commands([["PING"], given])
    name = type(given).__name__
    assert str(raised.value) == f"command 1 must be a list or tuple, not {name}"


@on_both_twins
@pytest.mark.parametrize("given", [[], ()], ids=repr)
def test_empty_command_is_refused(resp3: ModuleType, given: Any) -> None:
    with pytest.raises(DataError, match=r"^command 2 is empty$"):
        resp3.write_commands([["PING"], ["PING"], given])


@on_both_twins
def test_first_error_is_told(resp3: ModuleType) -> None:
    with pytest.raises(DataError, match=r"^command 1: argument 1 must be .*, not NoneType$"):
        resp3.write_commands([["A"], ["B", None, True], [], "C"])


@on_both_twins
def test_commands_that_are_not_iterable_are_a_type_error(resp3: ModuleType) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        resp3.write_commands(None)


@on_both_twins
def test_failing_iterable_fails_the_call(resp3: ModuleType) -> None:
    def failing() -> Iterator[list[Any]]:
        yield ["PING"]
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        resp3.write_commands(failing())
