"""Expressions of an exported program: how each reads, and how it is computed here, to compare its results before it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from glassworks.export.merging import MergedValue
from glassworks.export.sizes import Dimension, Size, Varying
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError

# How strongly an expression binds: sums, products, powers, and what never needs parentheses.
COMPARISON, SUM, PRODUCT, POWER, ATOM = range(5)
_LEVELS = {"": COMPARISON, "s": SUM, "p": PRODUCT, "a": ATOM}


@dataclass
class Code:
    """An expression.

    Attributes:
        text: Its source, with `{0}`, `{1}` ... for the operands: `{0:s}`, `{0:p}` and `{0:a}` add parentheses to operands that bind
            less strongly than sums, products and atoms do.
        function: A function `(sizes, *arrays)` that computes it, where `sizes` are the numbers of the open sizes.
        operands: The values that it reads.
        level: How strongly it binds.
        helpers: The functions whose source the program needs for it.
        results: The number of its results, if it gives fewer than the node that it stands for.
    """

    text: str
    function: Callable[..., object]
    operands: Sequence[MergedValue]
    level: int = ATOM
    helpers: tuple[Callable, ...] = field(default=())
    results: int | None = None


class Shown(str):
    """The source of an operand, which gets parentheses where it is put between operators."""

    level: int

    def __new__(cls, text: str, level: int = ATOM) -> Shown:
        """Text that binds as strongly as the level says."""
        shown = super().__new__(cls, text)
        shown.level = level
        return shown

    def __format__(self, spec: str) -> str:
        return f"({self})" if self.level < _LEVELS[spec] else str(self)


class OpenSizes:
    """The sizes that are not known when the program is written, by the names of variables that the program sets from its inputs."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.used: set[str] = set()

    def text(self, size: Dimension | Varying, where: str) -> str:
        """The source of a size.

        Raises:
            UnexportableError: It does not follow from the open sizes by sums of multiples.
        """
        if size is None or isinstance(size, Varying):
            raise UnexportableError(
                "a size that does not follow from the size of the batch by sums and multiples",
                GIVE_SIZES,
                where,
            )
        if isinstance(size, int):
            return str(size)
        terms = []
        for name, factor in zip(self.names, size.factors, strict=True):
            if factor:
                self.used.add(name)
                terms.append(name if factor == 1 else f"{factor} * {name}")
        text = " + ".join(terms)
        if size.constant:
            text += f" {'-' if size.constant < 0 else '+'} {abs(size.constant)}"
        return text

    def label(self, size: Dimension | Varying) -> str:
        """A size in a comment."""
        if isinstance(size, Size):
            terms = [name if factor == 1 else f"{factor}{name}" for name, factor in zip(self.names, size.factors, strict=True) if factor]
            return "+".join(terms) + (f"{size.constant:+d}" if size.constant else "")
        return str(size) if isinstance(size, int) else "?"


def value_of(size: Dimension | Varying, sizes: Sequence[int]) -> int:
    """The number of a size, given the open ones."""
    if size is None or isinstance(size, Varying):
        raise ValueError("a size that is not known")
    return size.at(sizes) if isinstance(size, Size) else size


def literal(number: np.ndarray | np.generic) -> str:
    """The shortest source of a number that its dtype rounds to it.

    >>> literal(np.float32(0.001)), literal(np.bool_(True)), literal(np.float32("-inf"))
    ('0.001', 'True', '-np.inf')
    """
    if number.dtype.kind == "b":
        return str(bool(number))
    if number.dtype.kind in "iu":
        return str(int(number))
    value = float(number.item())
    if np.isnan(value):
        return "np.nan"
    if np.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(float(np.format_float_positional(number, unique=True)))  # type: ignore[arg-type]  # bfloat16 is not one of NumPy's own floats
