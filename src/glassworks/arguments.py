"""Argument constraints as data: one declaration gives the check, the error text and the negative tests.

A class declares what its arguments may be:

    constraints = {"units": Integer(minimum=1), "rate": Number(0, 1, closed="left")}

and calls `check(self_or_name, constraints, units=units, rate=rate)` first thing in its constructor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, suggest


class Constraint:
    """What an argument may be."""

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        raise NotImplementedError("a constraint says what it allows")

    def fix(self, value: Any) -> str:
        """What to change."""
        return ""


class Optional(Constraint):
    """None, or what another constraint allows."""

    def __init__(self, inner: Constraint) -> None:
        self.inner = inner

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        return value is None or self.inner.allows(value)

    def fix(self, value: Any) -> str:
        """What to change."""
        return self.inner.fix(value)

    def __str__(self) -> str:
        return f"None or {self.inner}"


class Number(Constraint):
    """A real number in an interval.

    Args:
        minimum, maximum: The ends; None for no end.
        closed: Which ends belong to the interval: "both", "left", "right" or "neither".
    """

    def __init__(self, minimum: float | None = None, maximum: float | None = None, closed: str = "both") -> None:
        self.minimum, self.maximum, self.closed = minimum, maximum, closed

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)) or math.isnan(value):
            return False
        low = self.minimum is None or value > self.minimum or (value == self.minimum and self.closed in ("both", "left"))
        high = self.maximum is None or value < self.maximum or (value == self.maximum and self.closed in ("both", "right"))
        return bool(low and high)

    def fix(self, value: Any) -> str:
        """What to change."""
        if isinstance(value, str):
            return f"pass a number, not the string {value!r}"
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
            return "pass a number"
        if (self.minimum, self.maximum) == (0, 1) and 1 < value <= 100:
            return f"pass a fraction: {value / 100:g} for {value:g} %"
        if math.isnan(value):
            return "look at where the NaN comes from"
        end = self.minimum if self.minimum is not None and value <= self.minimum else self.maximum
        return f"pass a {'larger' if end == self.minimum else 'smaller'} number than {value:g}"

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


class Integer(Constraint):
    """A whole number, at least `minimum` and at most `maximum` where those are given."""

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum, self.maximum = minimum, maximum

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            return False
        return bool((self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum))

    def fix(self, value: Any) -> str:
        """What to change."""
        if isinstance(value, float):
            return f"pass an int, for example {self._nearest(int(value)) if math.isfinite(value) else self._nearest(1)}"
        if isinstance(value, str):
            known = value.strip().lstrip("+-").isdecimal()
            return f"pass the number without quotes, for example {self._nearest(int(value) if known else 1)}"
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            return f"pass an int, for example {self._nearest(1)}"
        end = "smallest" if self.minimum is not None and value < self.minimum else "largest"
        return f"the {end} that is allowed is {self._nearest(int(value))}"

    def _nearest(self, value: int) -> int:
        """The nearest integer that is allowed."""
        value = value if self.minimum is None else max(value, self.minimum)
        return value if self.maximum is None else min(value, self.maximum)

    def __str__(self) -> str:
        names = {0: "an integer >= 0", 1: "a positive integer"}
        if self.maximum is None:
            return "an integer" if self.minimum is None else names.get(self.minimum, f"an integer >= {self.minimum}")
        return f"an integer from {self.minimum} to {self.maximum}"


class OneOf(Constraint):
    """One of a few values, usually strings."""

    def __init__(self, *choices: Any) -> None:
        self.choices = choices

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        return any(value is choice or (type(value) is type(choice) and value == choice) for choice in self.choices)

    def fix(self, value: Any) -> str:
        """What to change."""
        names = [choice for choice in self.choices if isinstance(choice, str)]
        return suggest(value, names) if isinstance(value, str) and names else f"pass {self.choices[0]!r}, for example"

    def __str__(self) -> str:
        return f"one of {', '.join(repr(choice) for choice in self.choices)}"


class Instance(Constraint):
    """A value of given types, described in words."""

    def __init__(self, types: type | tuple[type, ...], description: str) -> None:
        self.types, self.description = types, description

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        return isinstance(value, self.types)

    def __str__(self) -> str:
        return self.description


class Callable(Constraint):
    """A function or any other callable."""

    def allows(self, value: Any) -> bool:
        """Whether the value satisfies the constraint."""
        return callable(value)

    def fix(self, value: Any) -> str:
        """What to change."""
        return "pass the function itself, without quotes" if isinstance(value, str) else "pass a function"

    def __str__(self) -> str:
        return "a callable"


def check(where: str, constraints: Mapping[str, Constraint], **values: Any) -> None:
    """Raise an `ArgumentError` for the first value that its constraint does not allow.

    Args:
        where: The class or function, for the message.
        constraints: Constraint by argument name; arguments without one are not checked.
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
        constraint = constraints.get(name)
        if constraint is not None and not constraint.allows(value):
            raise ArgumentError(f"{name}={value!r}", f"{name} to be {constraint}", constraint.fix(value), where=where)
