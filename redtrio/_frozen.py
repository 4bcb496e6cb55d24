"""Values that never change: what a frozen dataclass is, at a fraction of its time to make.

That time is part of every ``import redtrio``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: bool) -> Any:
        return lambda whole: whole


__all__ = ["Frozen"]


@dataclass_transform(frozen_default=True)
class Frozen:
    """The base of such a class, whose annotated attributes are its options, each with a default.

    Two are equal if all options are.

    Args:
        args: The options in the order of the class; none with ``kw_only``.
        options: Those by name.

    Raises:
        TypeError: There is no such option, or one is given twice.
    """

    _names: ClassVar[tuple[str, ...]] = ()
    _positional: ClassVar[tuple[str, ...]] = ()
    # Those that no ``repr`` shows.
    _hidden: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        own = [name for name in cls.__annotations__ if not name.startswith("_")]
        cls._names = (*cls._names, *own)
        if not kw_only:
            cls._positional = (*cls._positional, *own)

    def __init__(self, *args: Any, **options: Any) -> None:
        kind, most = type(self).__name__, len(self._positional)
        if len(args) > most:
            raise TypeError(f"{kind} takes {most} options by place, got {len(args)}")
        by_place = dict(zip(self._positional, args, strict=False))
        for name in options:
            if name not in self._names:
                raise TypeError(f"{kind} has no option {name}")
            if name in by_place:
                raise TypeError(f"{kind} got {name} twice")
        vars(self).update(by_place, **options)
        self._check()

    def _check(self) -> None:
        """Refuse options that make no sense."""

    def replace(self, **options: Any) -> Self:
        """Build one that differs in these options.

        Raises:
            TypeError, ValueError: As of the class itself.
        """
        return type(self)(**{**self._options(), **options})

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._names}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} of a {type(self).__name__} never changes")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} of a {type(self).__name__} never changes")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._options() == other._options()

    def __hash__(self) -> int:
        return hash(tuple(self._options().values()))

    def __repr__(self) -> str:
        options = self._options().items()
        shown = [f"{name}={value!r}" for name, value in options if name not in self._hidden]
        return f"{type(self).__name__}({', '.join(shown)})"
