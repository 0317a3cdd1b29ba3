"""`Card` and `WeightedSum`: what all cards share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice
from typing import NamedTuple

import numpy as np

from glassworks.errors import IndexRangeError, StateError
from glassworks.insight.stages import Stage

SHOWN = 6
"""How many contributions are written out."""


def number(value: float, digits: int = 4) -> str:
    """A number in a few digits, as cards write it.

    >>> number(0.912345), number(-12.0), number(1e-7), number(0)
    ('0.9123', '-12', '1e-07', '0')
    """
    return f"{float(value):.{digits}g}"


def factor(value: float) -> str:
    """A number as a factor: negative ones stand in parentheses.

    >>> factor(-0.4), factor(1.2)
    ('(-0.4)', '1.2')
    """
    return f"({number(value)})" if value < 0 else number(value)


def numbers(values: np.ndarray, shown: int = SHOWN) -> str:
    """The first numbers of an array.

    >>> numbers(np.arange(8.0), 3)
    '[0 1 2 ...]'
    """
    flat = np.asarray(values).reshape(-1)
    return "[" + " ".join([number(value) for value in flat[:shown]] + (["..."] if flat.size > shown else [])) + "]"


class Term(NamedTuple):
    """One contribution to a weighted sum.

    Attributes:
        label: What is weighted: `"x[3]"`, `"h[2]"`.
        weight, value: The weight, and the number that it multiplies.
    """

    label: str
    weight: float
    value: float

    @property
    def product(self) -> float:
        """The contribution."""
        return self.weight * self.value


class WeightedSum:
    """`w1*x1 + w2*x2 + ... + b`, and what the activation function makes of it.

    Args:
        labels: A label for each term, or a prefix and an array of indexes, a row for each term.
        weights, values: The numbers of the terms.
        bias: The bias; None if the layer has none.
        total: The sum as the run computed it.
        activation: The name of the activation function; "" for none.
        result: What it gave in the run.

    Attributes:
        computed: The sum computed again, in 64 bits. It differs from `total` by rounding alone.
        largest: The terms, those of the largest contribution first.

    >>> total = WeightedSum(("x", np.array([[0], [1]])), np.array([0.5, 0.8]), np.array([-1.0, 1.5]), 0.1, 0.8, "relu", 0.8)
    >>> print(total)
    0.8*1.5 + 0.5*(-1) + bias 0.1 = 0.8 -> relu -> 0.8
    """

    def __init__(
        self,
        labels: Sequence[str] | tuple[str, np.ndarray],
        weights: np.ndarray,
        values: np.ndarray,
        bias: float | None,
        total: float,
        activation: str = "",
        result: float | None = None,
    ) -> None:
        self._labels = labels
        self.weights, self.values = np.asarray(weights, np.float64).reshape(-1), np.asarray(values, np.float64).reshape(-1)
        self.products = self.weights * self.values
        self.bias = None if bias is None else float(bias)
        self.total, self.activation = float(total), activation
        self.result = self.total if result is None else float(result)
        self.computed = float(self.products.sum()) + (self.bias or 0.0)
        self._order = np.argsort(-np.abs(self.products), kind="stable")

    def __len__(self) -> int:
        return len(self.products)

    def _label(self, term: int) -> str:
        if isinstance(self._labels, tuple) and len(self._labels) == 2 and isinstance(self._labels[1], np.ndarray):
            return f"{self._labels[0]}[{', '.join(str(int(i)) for i in self._labels[1][term])}]"
        return str(self._labels[term])

    @property
    def largest(self) -> Iterator[Term]:
        """The terms, those of the largest contribution first."""
        return (Term(self._label(i), float(self.weights[i]), float(self.values[i])) for i in self._order)

    def require_close(self, stage: Stage, dtype: np.dtype) -> None:
        """Raise an error if the run computed something else, as a layer with a `call` of its own may."""
        scale = float(np.abs(self.products).sum()) + abs(self.bias or 0.0) + 1e-6
        tolerance = 3e-2 if np.dtype(dtype).itemsize <= 2 else 1e-3
        if np.isfinite(self.total) and not abs(self.total - self.computed) <= tolerance * scale:
            raise StateError(
                f"{number(self.total)} in the run, {number(self.computed)} as a weighted sum of the inputs",
                "a layer that computes a weighted sum with its weights",
                f"the arrays of the run are in trace[{stage.name!r}]",
                where=f"layer '{stage.name}'",
            )

    def text(self, shown: int = SHOWN) -> str:
        """The sum in one line: the largest terms, then the sum of the others.

        Args:
            shown: How many terms are written out.
        """
        parts = [f"{factor(term.weight)}*{factor(term.value)}" for term in islice(self.largest, shown)] or ["0"]
        if len(self) > shown:
            parts.append(f"({len(self) - shown:,} more: {number(self.products[self._order[shown:]].sum())})")
        if self.bias is not None:
            parts.append(f"bias {number(self.bias)}")
        end = f" -> {self.activation} -> {number(self.result)}" if self.activation else ""
        return f"{' + '.join(parts)} = {number(self.total)}{end}"

    def inputs_text(self, shown: int = SHOWN) -> str:
        """What the terms written out are: `x[3] = 1.5, h[0] = -0.2`."""
        return ", ".join(f"{term.label} = {number(term.value)}" for term in islice(self.largest, shown))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


class Card:
    """Some numbers of a run, written out. Print it, or show it in a notebook.

    Attributes:
        title: What it shows.
        lines: The text, line by line.
    """

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        self.title, self.lines = title, list(lines)

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {line}" for line in self.lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        body = escape("\n".join(self.lines))
        return f'<div><b>{escape(self.title)}</b><pre style="margin:.3em 0;white-space:pre-wrap">{body}</pre></div>'


def checked_index(index: int, size: int, what: str, stage: Stage) -> int:
    """An index as a number from 0.

    Raises:
        IndexRangeError: It is outside of the axis.
    """
    if not isinstance(index, (int, np.integer)) or isinstance(index, bool) or not -size <= index < size:
        raise IndexRangeError(
            f"{what} {index!r} of layer '{stage.name}' ({stage.kind})",
            f"an integer from 0 to {size - 1} (or from -{size} to -1, counted from the end)" if size else "a layer that has one",
            f"'{stage.name}' gives shape {stage.output.shape[1:] if stage.output is not None else ()} for each sample",
            where="trace",
        )
    return int(index) % size


def checked_place(place: Sequence[int] | int | None, sizes: Sequence[int], what: str, stage: Stage) -> tuple[int, ...]:
    """A place along some axes as numbers from 0; the first one where none is given."""
    given = (0,) * len(sizes) if place is None else (place,) if isinstance(place, (int, np.integer)) else tuple(place)
    if len(given) != len(sizes):
        raise IndexRangeError(
            f"{what} {given} of layer '{stage.name}' ({stage.kind})",
            f"{len(sizes)} numbers, for axes of sizes {tuple(sizes)}",
            f"for example {tuple(size // 2 for size in sizes)}",
            where="trace",
        )
    return tuple(checked_index(i, size, what, stage) for i, size in zip(given, sizes, strict=True))
