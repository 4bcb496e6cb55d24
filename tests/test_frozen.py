"""Values that never change: Config, Retry, and what users derive of them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from redtrio import Config, Retry


class Patient(Retry):
    note: str = ""


def test_options_are_taken_by_place_and_by_name_and_the_others_are_the_defaults() -> None:
    retry = Retry(5, cap=2.0)
    assert (retry.retries, retry.base, retry.cap) == (5, 0.02, 2.0)
    assert Patient(1, 0.1, 0.2, "n").note == "n"
    assert (Config(port=7).port, Config().port) == (7, 6379)


@pytest.mark.parametrize(
    ("kind", "args", "options", "message"),
    [
        (Retry, (1, 2, 3, 4), {}, "Retry takes 3 options by place, got 4"),
        (Retry, (1,), {"retries": 2}, "Retry got retries twice"),
        (Retry, (), {"nope": 2}, "Retry has no option nope"),
        (Config, ("h",), {}, "Config takes 0 options by place, got 1"),
        (Config, (), {"hots": "h"}, "Config has no option hots"),
    ],
)
def test_option_that_is_none_is_refused_by_name(
    kind: Any, args: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        kind(*args, **options)


@pytest.mark.parametrize("value", [Retry(2), Config(db=2)])
def test_nothing_of_a_value_changes(value: Any) -> None:
    before = repr(value)
    for change in (setattr, lambda value, name, _: delattr(value, name)):
        for name in ("retries", "db", "anew"):
            with pytest.raises(AttributeError, match=f"{name} of a .* never changes"):
                change(value, name, 1)
    assert repr(value) == before


def test_values_are_equal_if_their_options_are() -> None:
    assert Retry(2) == Retry(retries=2)
    assert hash(Retry(2)) == hash(Retry(retries=2))
    assert Retry(2) != Retry(3)
    assert Retry() != Patient()
    assert Config() == Config(db=0)
    assert Config() != Config(db=1)
    assert len({Config(), Config(port=6379), Config(port=1)}) == 2


def test_repr_shows_the_options() -> None:
    assert repr(Retry(2)) == "Retry(retries=2, base=0.02, cap=1.0)"


def test_replaced_options_are_checked_and_the_others_kept() -> None:
    assert Retry(2, 0.5).replace(cap=3) == Retry(2, 0.5, 3)
    assert Config(ssl=True, db=1).replace(ssl=False).tls is None
    with pytest.raises(ValueError, match="cap must be >= 0"):
        Retry().replace(cap=-1)
    with pytest.raises(TypeError, match="Retry has no option nope"):
        Retry().replace(nope=1)


@pytest.mark.parametrize("value", [Retry(2), Patient(note="n"), Config(db=2)])
def test_copies_are_equal(value: Any) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value
