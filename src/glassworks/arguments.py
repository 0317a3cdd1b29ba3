"""Arguments as data: one declaration gives the check, the conversion, the type, the config, the error text and the negative tests.

A class declares what its arguments may be as if they were attributes, which they become (see `configured.py`):

    units = Integer(minimum=1)
    rate = Number(0, 1, closed="left")

A function calls `check(name, arguments, units=units, rate=rate)` with a dict of them.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable as Function
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeGuard, TypeVar

import numpy as np

from glassworks import registry
from glassworks.errors import ArgumentError, suggest

T = TypeVar("T", covariant=True)
# Values of all kinds; nearly every argument refuses some of them.
_OF_ALL_KINDS: tuple[Any, ...] = (None, True, 1, -1, 0.5, math.nan, "no such value", [], {}, object)


class Argument(ABC, Generic[T]):
    """The allowed values of an argument, their conversion, and their form in a config.

    Attributes:
        saved: Whether configs contain the argument.
    """

    saved = True

    if TYPE_CHECKING:  # in objects of the class that declares it, the name is an attribute with the converted value

        def __get__(self, instance: object, owner: type) -> T: ...

        def __set__(self, instance: object, value: object) -> None: ...

    @abstractmethod
    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""

    def fix(self, value: object) -> str:
        """The fix for a value that is not allowed."""
        return ""

    def convert(self, value: Any) -> T:
        """The attribute's value for an allowed value."""
        return value

    def serialize(self, value: object) -> object:
        """The form of an attribute's value in a config."""
        return value

    def unsaved(self) -> Self:
        """The same argument, left out of configs."""
        argument = copy.copy(self)
        argument.saved = False
        return argument

    def of(self, cls: type) -> Argument[T]:
        """The argument of a class that declares or inherits it; it may depend on attributes of the class."""
        return self

    def invalid(self) -> list[object]:
        """Values that are not allowed, for tests."""
        return [value for value in (*self.near(), *_OF_ALL_KINDS) if not self.allows(value)]

    def near(self) -> Iterable[object]:
        """Values near the limits of what is allowed, on either side."""
        return ()


class Anything(Argument[Any]):
    """Any value; wrong ones raise an error where they are used."""

    def allows(self, value: object) -> bool:
        return True

    def __str__(self) -> str:
        return "any value"


# An argument of a base class that a subclass sets itself: the subclass neither takes it nor has it in configs.
FIXED: Any = Anything().unsaved()


class Serialized(Anything):
    """Any value that `registry.serialize` can put into a config: an object of the library, a registered function, an array.

    Args:
        kind: The only kind of object that a config may put here; `"values"` for none, None for any.
    """

    def __init__(self, kind: str | None = None) -> None:
        self.kind = kind

    def convert(self, value: Any) -> Any:
        return registry.deserialize(value, kind=self.kind)

    def serialize(self, value: object) -> object:
        return registry.serialize(value)


class Optional(Argument[T | None]):
    """None, or a value that another argument allows."""

    def __init__(self, inner: Argument[T]) -> None:
        self.inner = inner

    def allows(self, value: object) -> bool:
        return value is None or self.inner.allows(value)

    def fix(self, value: Any) -> str:
        return self.inner.fix(value)

    def convert(self, value: Any) -> T | None:
        return None if value is None else self.inner.convert(value)

    def serialize(self, value: object) -> object:
        return None if value is None else self.inner.serialize(value)

    def of(self, cls: type) -> Argument[T | None]:
        argument = copy.copy(self)
        argument.inner = self.inner.of(cls)
        return argument

    def near(self) -> Iterable[object]:
        return self.inner.near()

    def __str__(self) -> str:
        return f"None or {self.inner}"


def _around(*limits: float | None) -> list[float]:
    """The limits that there are, and the numbers one below and one above."""
    return [limit + step for limit in limits if limit is not None for step in (-1, 0, 1)]


def _is_scalar(value: object, kinds: str) -> TypeGuard[float]:
    """Whether a value is a number, or an array without axes, whose dtype is of one of NumPy's kinds: "i", "u" or "f". A bool is not."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.ndim == 0 and value.dtype.kind in kinds
    return isinstance(value, (int, float) if "f" in kinds else int) and not isinstance(value, bool)


class Number(Argument[float]):
    """A real number in an interval; an array without axes counts as its number.

    Args:
        minimum, maximum: The ends; None for no end.
        closed: Which ends belong to the interval: "both", "left", "right" or "neither".
    """

    def __init__(self, minimum: float | None = None, maximum: float | None = None, closed: str = "both") -> None:
        self.minimum, self.maximum, self.closed = minimum, maximum, closed

    def allows(self, value: object) -> bool:
        if not _is_scalar(value, "iuf") or math.isnan(value):
            return False
        low = self.minimum is None or value > self.minimum or (value == self.minimum and self.closed in ("both", "left"))
        high = self.maximum is None or value < self.maximum or (value == self.maximum and self.closed in ("both", "right"))
        return bool(low and high)

    def fix(self, value: Any) -> str:
        if isinstance(value, str):
            return f"pass a number, not the string {value!r}"
        if not _is_scalar(value, "iuf"):
            return "pass a number"
        if (self.minimum, self.maximum) == (0, 1) and 1 < value <= 100:
            return f"pass a fraction: {value / 100:g} for {value:g} %"
        if math.isnan(value):
            return "look at where the NaN comes from"
        end = self.minimum if self.minimum is not None and value <= self.minimum else self.maximum
        return f"pass a {'larger' if end == self.minimum else 'smaller'} number than {value:g}"

    def convert(self, value: Any) -> float:
        """The value as a number of Python, which configs can hold."""
        return value.item() if isinstance(value, (np.generic, np.ndarray)) else value

    def near(self) -> Iterable[object]:
        return _around(self.minimum, self.maximum)

    def __str__(self) -> str:
        if self.minimum is None and self.maximum is None:
            return "a number"
        if self.maximum is None:
            return f"a number {'>=' if self.closed in ('both', 'left') else '>'} {self.minimum}"
        if self.minimum is None:
            return f"a number {'<=' if self.closed in ('both', 'right') else '<'} {self.maximum}"
        left = "[" if self.closed in ("both", "left") else "("
        right = "]" if self.closed in ("both", "right") else ")"
        return f"a number in {left}{self.minimum}, {self.maximum}{right}"


class Float(Number):
    """A real number that is converted to a float."""

    def convert(self, value: float) -> float:
        return float(value)


class Integer(Argument[int]):
    """An integer.

    Args:
        minimum, maximum: The least and the largest that is allowed, if there is one.
        floats: Whether floats such as 3.0 count as integers, where Keras takes them.
    """

    def __init__(self, minimum: int | None = None, maximum: int | None = None, *, floats: bool = False) -> None:
        self.minimum, self.maximum, self.floats = minimum, maximum, floats

    def allows(self, value: object) -> bool:
        if self.floats and _is_scalar(value, "f") and float(value).is_integer():
            value = int(value)
        if not _is_scalar(value, "iu"):
            return False
        number = int(value)
        return (self.minimum is None or number >= self.minimum) and (self.maximum is None or number <= self.maximum)

    def fix(self, value: Any) -> str:
        if isinstance(value, float):
            return f"pass an int, for example {self._nearest(int(value)) if math.isfinite(value) else self._nearest(1)}"
        if isinstance(value, str):
            known = value.strip().lstrip("+-").isdecimal()
            return f"pass the number without quotes, for example {self._nearest(int(value) if known else 1)}"
        if not _is_scalar(value, "iu"):
            return f"pass an int, for example {self._nearest(1)}"
        end = "smallest" if self.minimum is not None and value < self.minimum else "largest"
        return f"the {end} that is allowed is {self._nearest(int(value))}"

    def convert(self, value: Any) -> int:
        """The value as an int of Python, which configs can hold."""
        return int(value)

    def _nearest(self, value: int) -> int:
        """The nearest integer that is allowed."""
        value = value if self.minimum is None else max(value, self.minimum)
        return value if self.maximum is None else min(value, self.maximum)

    def near(self) -> Iterable[object]:
        return _around(self.minimum, self.maximum)

    def __str__(self) -> str:
        names = {0: "an integer >= 0", 1: "a positive integer"}
        if self.maximum is None:
            return "an integer" if self.minimum is None else names.get(self.minimum, f"an integer >= {self.minimum}")
        return f"an integer from {self.minimum} to {self.maximum}"


class OneOf(Argument[T]):
    """One of a few values, usually strings."""

    def __init__(self, *choices: T) -> None:
        self.choices = choices

    def allows(self, value: object) -> bool:
        return any(value is choice or (type(value) is type(choice) and value == choice) for choice in self.choices)

    def fix(self, value: Any) -> str:
        names = [choice for choice in self.choices if isinstance(choice, str)]
        return suggest(value, names) if isinstance(value, str) and names else f"pass {self.choices[0]!r}, for example"

    def __str__(self) -> str:
        return f"one of {', '.join(repr(choice) for choice in self.choices)}"


class AnyCase(OneOf[str]):
    """One of a few names, in lower or upper case."""

    def allows(self, value: object) -> bool:
        return isinstance(value, str) and value.lower() in map(str.lower, self.choices)

    def convert(self, value: str) -> str:
        return next(choice for choice in self.choices if choice.lower() == value.lower())


class Instance(Argument[Any]):
    """A value of given types, described in words."""

    def __init__(self, types: type | tuple[type, ...], description: str) -> None:
        self.types, self.description = types, description

    def allows(self, value: object) -> bool:
        return isinstance(value, self.types)

    def __str__(self) -> str:
        return self.description


AXES = Instance((int, list, tuple, type(None)), "an axis or a list of axes, None for all")


class Tuple(Argument[tuple]):
    """Several values in a list, a tuple or an array of one axis, described in words; converted to a tuple.

    Args:
        description: The values in words.
        entry: The argument that each value must satisfy.
        count: The number of values; None for any number.
    """

    def __init__(self, description: str, entry: Argument | None = None, count: int | None = None) -> None:
        self.description, self.entry, self.count = description, entry or Anything(), count

    def allows(self, value: object) -> bool:
        if isinstance(value, np.ndarray) and value.ndim == 1:
            value = value.tolist()
        return isinstance(value, (list, tuple)) and self.count in (None, len(value)) and all(map(self.entry.allows, value))

    def convert(self, value: Any) -> tuple:
        return tuple(map(self.entry.convert, value.tolist() if isinstance(value, np.ndarray) else value))

    def near(self) -> list[object]:
        """Tuples of values near the limits of the entries, and of more of them."""
        count = self.count or 2
        return [*((value,) * count for value in self.entry.near()), (1,) * (count + 1)]

    def __str__(self) -> str:
        return self.description


class Flag(Argument[bool]):
    """True or False, or what programs for Keras pass in their place: 1, 0, NumPy's booleans, and None for False."""

    def allows(self, value: object) -> bool:
        if isinstance(value, np.ndarray):
            return value.ndim == 0 and value.dtype.kind == "b"
        return value is None or (isinstance(value, (int, np.integer, np.bool_)) and value in (0, 1))

    def fix(self, value: object) -> str:
        return f"pass {str(value).capitalize()}, without quotes" if str(value).lower() in ("true", "false") else "pass True or False"

    def convert(self, value: object) -> bool:
        return bool(value)

    def __str__(self) -> str:
        return "True or False"


FLAG = Flag()


class Callable(Argument[Function[..., Any]]):
    """A function or any other callable."""

    def allows(self, value: object) -> bool:
        return callable(value)

    def fix(self, value: Any) -> str:
        return "pass the function itself, without quotes" if isinstance(value, str) else "pass a function"

    def __str__(self) -> str:
        return "a callable"


def check(where: str, arguments: Mapping[str, Argument], /, **values: Any) -> None:
    """Raise an `ArgumentError` for the first value that is not allowed.

    Args:
        where: The class or function, for the message.
        arguments: The declarations by name; values without one are not checked.
        values: The arguments as received.

    >>> check("Dense", {"units": Integer(minimum=1)}, units=0)
    Traceback (most recent call last):
    ...
    glassworks.errors.ArgumentError: [Dense]
      found:    units=0
      expected: units to be a positive integer
      fix:      the smallest that is allowed is 1
    """
    for name, value in values.items():
        argument = arguments.get(name)
        if argument is not None and not argument.allows(value):
            raise refusal(where, name, value, argument)


def accept(where: str, arguments: Mapping[str, Argument], /, **values: Any) -> dict[str, Any]:
    """The values as the declarations convert them; an `ArgumentError` for the first that is not allowed.

    >>> accept("fit", {"epochs": Integer(), "shuffle": FLAG}, epochs=np.int64(3), shuffle=1)
    {'epochs': 3, 'shuffle': True}
    """
    check(where, arguments, **values)
    return {name: arguments[name].convert(value) if name in arguments else value for name, value in values.items()}


def refusal(where: str, name: str, value: Any, argument: Argument) -> ArgumentError:
    """The error for a value that is not allowed."""
    return ArgumentError(f"{name}={value!r}", f"{name} to be {argument}", argument.fix(value), where=where)
