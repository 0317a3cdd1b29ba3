"""Checks of indices and labels: every op that takes them calls these functions first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentTypeError
from glassworks.graph import Value, apply, conditions, spec_of
from glassworks.ops.convert import operand
from glassworks.ops.primitives.cast import cast
from glassworks.ops.primitives.compare import equal, less, less_equal, logical_and, minimum, not_equal, where
from glassworks.ops.primitives.functions import floor
from glassworks.ops.primitives.in_range import in_range, index_dtype
from glassworks.typing import ArrayLike, Tensor


def indices_into(size: int, indices: ArrayLike, axis: int = 0) -> Tensor:
    """Indices into an axis, with negative ones counted from the end.

    Raises:
        IndexRangeError: One lies outside [-size, size).

    >>> indices_into(3, [-1, 0])
    Array([2, 0], dtype=int32)
    """
    return _checked(indices, -size, size, "index", axis)


def rows_of(size: int, numbers: ArrayLike, argument: str) -> Tensor:
    """Row numbers of a layer's table, whose size an argument of the layer gives. Negative numbers are not allowed."""
    return _checked(numbers, 0, size, "row", argument)


def lengths_up_to(most: int, lengths: ArrayLike, argument: str) -> Tensor:
    """Lengths from 0 to the size of the axis."""
    return _checked(lengths, 0, most + 1, "length", argument)


Ignored = int | Literal["every other"] | None
"""A label that stands for samples without a class; or every number that is not a class."""
_ignored: ContextVar[Ignored] = ContextVar("ignored", default=None)


@contextmanager
def ignoring(label: Ignored) -> Iterator[None]:
    """A block in which `class_numbers` returns -1 for this label, which marks samples without a label, unless it is one of the classes."""
    token = _ignored.set(label)
    try:
        yield
    finally:
        _ignored.reset(token)


def class_numbers(classes: int, labels: ArrayLike) -> Tensor:
    """Labels as integers, with -1 for the ignored label (see `ignoring`).

    Raises:
        DataError: One is missing, has a fraction, or lies outside [0, classes).

    >>> class_numbers(3, [2.0, 0.0])
    Array([2, 0], dtype=int32)
    """
    ignored = _ignored.get()
    if ignored is None or (isinstance(ignored, int) and 0 <= ignored < classes):
        return _checked(labels, 0, classes, "label")
    kept, is_label = _without_invalid(classes, labels) if ignored == "every other" else without(ignored, labels)
    return apply(where, is_label, _checked(kept, 0, classes, "label"), operand(np.array(-1, index_dtype(classes))))


def without(ignored: int, labels: ArrayLike) -> tuple[Tensor, Tensor]:
    """Labels with 0 for the ignored label, and a mask that is False for ignored labels."""
    labels, (zero, label) = _in_common_dtype(labels, 0, ignored)
    is_label = apply(not_equal, labels, label)
    return apply(where, is_label, labels, zero), is_label


def _without_invalid(classes: int, labels: ArrayLike) -> tuple[Tensor, Tensor]:
    """Labels with 0 for every number that is not a class, and a mask that is False for those."""
    labels, (zero, end) = _in_common_dtype(labels, 0, classes)
    is_label = apply(logical_and, apply(less_equal, zero, labels), apply(less, labels, end))
    if dtypes.is_float(spec_of(labels).dtype):
        is_label = apply(logical_and, is_label, apply(equal, labels, apply(floor, labels)))
    return apply(where, is_label, labels, zero), is_label


def _in_common_dtype(labels: ArrayLike, *numbers: int) -> tuple[Tensor, list[Tensor]]:
    """Labels as floats or signed integers, and numbers in the same dtype."""
    labels = operand(labels)
    labels = labels if dtypes.is_float(spec_of(labels).dtype) else signed(labels)
    return labels, [operand(np.array(number, dtypes.numpy_dtype(spec_of(labels).dtype))) for number in numbers]


def input_as(dtype: str, x: Tensor, name: str) -> Tensor:
    """An input's data in the dtype of the input. Integers are never truncated.

    Raises:
        DataError: An integer is too large.
    """
    own = spec_of(x).dtype
    if own == dtype or not (dtypes.is_integer(own) and dtypes.is_integer(dtype)) or _holds(dtype, own):
        return operand(x, dtype)
    return _checked(x, int(dtypes.smallest(dtype)), int(dtypes.largest(dtype)) + 1, "input", (name, dtype), dtype)


def _holds(dtype: str, other: str) -> bool:
    return dtypes.smallest(dtype) <= dtypes.smallest(other) and dtypes.largest(dtype) >= dtypes.largest(other)


def _checked(x: ArrayLike, low: int, high: int, what: str, detail: object = None, dtype: str | None = None) -> Tensor:
    x = operand(x)
    if isinstance(x, Value) and dtype is None and _was_checked(x, high):
        return x
    own = spec_of(x).dtype
    if own in dtypes.COMPLEX:
        raise ArgumentTypeError(f"indices of dtype {own}", "integers", "use ops.cast(indices, 'int32')")
    if own in ("float16", "bfloat16"):
        x = apply(cast, x, dtype="float32")
    # If the numbers are known, the condition does not matter: the branch could not run either.
    needed = conditions() if isinstance(x, Value) else ()
    return apply(in_range, x, *needed, low=low, high=high, dtype=dtype or index_dtype(high), what=what, detail=detail)


def _was_checked(x: Value, high: int) -> bool:
    """Whether these numbers are the result of a check that was as strict."""
    return (
        x.node is not None and x.node.primitive is in_range and x.node.attributes["what"] != "input" and x.node.attributes["high"] <= high
    )


def signed(x: ArrayLike) -> Tensor:
    """Integers of any dtype as int32 or int64, so that they can be used in arithmetic. Numbers too large for the check stay too large."""
    x = operand(x)
    dtype = spec_of(x).dtype
    if dtype in ("int32", "int64"):
        return x
    if dtype == "uint64":
        x = apply(minimum, x, operand(np.uint64(2**63 - 1)))
    return operand(x, "int32" if dtype in ("bool", "int8", "uint8", "int16", "uint16") else "int64")
