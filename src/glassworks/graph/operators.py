"""Python's operators on values: `+`, `@`, `[]` and the rest.

The graph does not import ops, so `ops/operator_table.py` fills in this table when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from glassworks.typing import ArrayLike, Index, Tensor

table: dict[str, Callable] = {}


def install(**functions: Callable) -> None:
    """Set the functions that the operators call, by name."""
    table.update(functions)


# NumPy's names of what Python's operators call when a NumPy number or array stands on the left, and the op of each.
UFUNCS = {
    name: name
    for name in [
        "add",
        "subtract",
        "multiply",
        "floor_divide",
        "power",
        "matmul",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "equal",
        "not_equal",
        "left_shift",
        "right_shift",
    ]
} | {
    "divide": "true_divide",
    "remainder": "mod",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
}


def has_no_numbers(other: object) -> bool:
    """Whether equality with an object is Python's own: a bool, and not elementwise.

    >>> has_no_numbers(None), has_no_numbers(0)
    (True, False)
    """
    return other is None or isinstance(other, (str, bytes, type))


class Operators:
    """Mixin of arrays, symbolic values and variables: every operator calls the op of the same name in Keras."""

    __slots__ = ()
    __array_priority__ = 1000

    def __add__(self, other: ArrayLike) -> Tensor:
        return table["add"](self, other)

    def __radd__(self, other: ArrayLike) -> Tensor:
        return table["add"](other, self)

    def __sub__(self, other: ArrayLike) -> Tensor:
        return table["subtract"](self, other)

    def __rsub__(self, other: ArrayLike) -> Tensor:
        return table["subtract"](other, self)

    def __mul__(self, other: ArrayLike) -> Tensor:
        return table["multiply"](self, other)

    def __rmul__(self, other: ArrayLike) -> Tensor:
        return table["multiply"](other, self)

    def __truediv__(self, other: ArrayLike) -> Tensor:
        return table["true_divide"](self, other)

    def __rtruediv__(self, other: ArrayLike) -> Tensor:
        return table["true_divide"](other, self)

    def __floordiv__(self, other: ArrayLike) -> Tensor:
        return table["floor_divide"](self, other)

    def __rfloordiv__(self, other: ArrayLike) -> Tensor:
        return table["floor_divide"](other, self)

    def __mod__(self, other: ArrayLike) -> Tensor:
        return table["mod"](self, other)

    def __rmod__(self, other: ArrayLike) -> Tensor:
        return table["mod"](other, self)

    def __pow__(self, other: ArrayLike) -> Tensor:
        return table["power"](self, other)

    def __rpow__(self, other: ArrayLike) -> Tensor:
        return table["power"](other, self)

    def __matmul__(self, other: ArrayLike) -> Tensor:
        return table["matmul"](self, other)

    def __rmatmul__(self, other: ArrayLike) -> Tensor:
        return table["matmul"](other, self)

    def __neg__(self) -> Tensor:
        return table["negative"](self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Tensor:
        return table["absolute"](self)

    def __invert__(self) -> Tensor:
        return table["invert"](self)

    def __and__(self, other: ArrayLike) -> Tensor:
        return table["and"](self, other)

    def __rand__(self, other: ArrayLike) -> Tensor:
        return table["and"](other, self)

    def __or__(self, other: ArrayLike) -> Tensor:
        return table["or"](self, other)

    def __ror__(self, other: ArrayLike) -> Tensor:
        return table["or"](other, self)

    def __xor__(self, other: ArrayLike) -> Tensor:
        return table["xor"](self, other)

    def __rxor__(self, other: ArrayLike) -> Tensor:
        return table["xor"](other, self)

    def __lshift__(self, other: ArrayLike) -> Tensor:
        return table["left_shift"](self, other)

    def __rlshift__(self, other: ArrayLike) -> Tensor:
        return table["left_shift"](other, self)

    def __rshift__(self, other: ArrayLike) -> Tensor:
        return table["right_shift"](self, other)

    def __rrshift__(self, other: ArrayLike) -> Tensor:
        return table["right_shift"](other, self)

    def __divmod__(self, other: ArrayLike) -> tuple[Tensor, Tensor]:
        return table["floor_divide"](self, other), table["mod"](self, other)

    def __rdivmod__(self, other: ArrayLike) -> tuple[Tensor, Tensor]:
        return table["floor_divide"](other, self), table["mod"](other, self)

    def __lt__(self, other: ArrayLike) -> Tensor:
        return table["less"](self, other)

    def __le__(self, other: ArrayLike) -> Tensor:
        return table["less_equal"](self, other)

    def __gt__(self, other: ArrayLike) -> Tensor:
        return table["greater"](self, other)

    def __ge__(self, other: ArrayLike) -> Tensor:
        return table["greater_equal"](self, other)

    # Elementwise, where `object` promises a bool.
    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return NotImplemented if has_no_numbers(other) else table["equal"](self, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return NotImplemented if has_no_numbers(other) else table["not_equal"](self, other)

    def __getitem__(self, key: Index) -> Tensor:
        return table["get_item"](self, key)

    def __round__(self, decimals: int | None = None) -> Tensor:
        return table["round"](self, decimals or 0)

    # Equality is elementwise, so the hash is that of the identity.
    __hash__ = object.__hash__
