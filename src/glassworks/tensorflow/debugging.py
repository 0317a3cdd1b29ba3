"""`tf.debugging`: assertions about tensors; they are checked where the numbers are known, and hold by default while a function is traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassworks import ops
from glassworks.errors import DataError
from glassworks.graph import Symbolic
from glassworks.tensorflow.shaping import ensure_shape
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def _check(name: str, holds: Callable[..., np.ndarray], expected: str, message: str | None, *tensors: ArrayLike) -> None:
    if any(isinstance(x, Symbolic) for x in tensors):
        return
    arrays = [np.asarray(ops.convert_to_tensor(x)) for x in tensors]
    if not np.all(holds(*arrays)):
        shown = " and ".join(str(array)[:80].replace("\n", "") for array in arrays)
        raise DataError(
            f"{message}: {shown}" if message else shown, expected, "look at what makes these numbers", where=f"tf.debugging.{name}"
        )


def _comparison(name: str, holds: Callable[..., np.ndarray], expected: str) -> Callable[..., None]:
    def assertion(x: ArrayLike, y: ArrayLike, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
        _check(title, holds, f"x {expected} y, for every element", message, x, y)

    title = assertion.__name__ = assertion.__qualname__ = name
    assertion.__doc__ = f"Raise `DataError` unless x {expected} y for every element."
    return assertion


def _property(name: str, holds: Callable[..., np.ndarray], expected: str) -> Callable[..., None]:
    def assertion(x: ArrayLike, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
        _check(title, holds, expected, message, x)

    title = assertion.__name__ = assertion.__qualname__ = name
    assertion.__doc__ = f"Raise `DataError` unless there are {expected} alone."
    return assertion


assert_equal = _comparison("assert_equal", np.equal, "==")
assert_none_equal = _comparison("assert_none_equal", np.not_equal, "!=")
assert_greater = _comparison("assert_greater", np.greater, ">")
assert_greater_equal = _comparison("assert_greater_equal", np.greater_equal, ">=")
assert_less = _comparison("assert_less", np.less, "<")
assert_less_equal = _comparison("assert_less_equal", np.less_equal, "<=")
assert_positive = _property("assert_positive", lambda x: x > 0, "positive numbers")
assert_negative = _property("assert_negative", lambda x: x < 0, "negative numbers")
assert_non_negative = _property("assert_non_negative", lambda x: x >= 0, "numbers >= 0")
assert_non_positive = _property("assert_non_positive", lambda x: x <= 0, "numbers <= 0")


def assert_near(
    x: ArrayLike, y: ArrayLike, rtol: float = 1e-6, atol: float = 1e-6, message: str | None = None, summarize: int | None = None
) -> None:
    """Raise `DataError` unless x and y are nearly equal.

    >>> assert_near([1.0], [1.0000001])
    """
    _check("assert_near", lambda a, b: np.abs(a - b) <= atol + rtol * np.abs(b), "nearly equal numbers", message, x, y)


def assert_all_finite(x: ArrayLike, message: str | None = None, name: str | None = None) -> None:
    """Raise `DataError` if there are NaN or infinite numbers.

    >>> assert_all_finite([1.0])
    """
    _check("assert_all_finite", np.isfinite, "finite numbers", message, x)


def check_numerics(tensor: Tensor, message: str, name: str | None = None) -> Tensor:
    """The tensor; raise `DataError` if it has NaN or infinite numbers.

    >>> float(check_numerics(ops.array(1.0), "the loss"))
    1.0
    """
    assert_all_finite(tensor, message)
    return tensor


def assert_shapes(shapes: Sequence[tuple[Tensor, Sequence[int | None]]], message: str | None = None) -> None:
    """Raise `ShapeError` unless tensors have these shapes; None stands for any size.

    >>> assert_shapes([(ops.ones((2, 3)), (None, 3))])
    """
    for tensor, shape in shapes:
        ensure_shape(tensor, [size if isinstance(size, int) else None for size in shape])


def assert_rank(x: ArrayLike, rank: int, message: str | None = None, name: str | None = None) -> None:
    """Raise `ShapeError` unless a tensor has this number of axes.

    >>> assert_rank([1.0], 1)
    """
    ensure_shape(ops.convert_to_tensor(x), [None] * rank)


def assert_type(tensor: ArrayLike, tf_type: DTypeLike, message: str | None = None, name: str | None = None) -> None:
    """Raise `DataError` unless a tensor has this dtype.

    >>> assert_type(ops.ones(1), "float32")
    """
    if ops.dtype(tensor) != tf_type:
        raise DataError(f"dtype {ops.dtype(tensor)}", f"dtype {tf_type}", "cast it", where="tf.debugging.assert_type")


def enable_check_numerics() -> None:
    """Do nothing: `fit` finds the first NaN by itself, and names the layer it comes from.

    >>> enable_check_numerics()
    """
