"""`Array`: the result of eager ops, a NumPy array whose operators are the library's ops.

It is a `numpy.ndarray` in every respect (plotting, saving, slicing work), with `.numpy()` as in TensorFlow,
with Keras's dtype promotion in its operators, and gradient tapes record it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.context import context
from glassworks.errors import GraphError
from glassworks.graph.operators import UFUNCS, Operators, table
from glassworks.plain_forms import Form, add_form, array_config, array_of

if TYPE_CHECKING:
    from glassworks.typing import DTypeLike, Tensor

# Constants of this number of bytes or more are searched for repetition: missing gradients are arrays of zeros.
_LARGE = 1 << 16


class Array(Operators, np.ndarray):  # type: ignore[misc]
    """An eager result.

    >>> from glassworks import ops
    >>> x = ops.add([1.0, 2.0], 1)
    >>> x.numpy(), float(x[0])
    (array([2., 3.], dtype=float32), 2.0)
    """

    _keras_mask: Tensor  # which entries count, where a layer or loss says so
    __hash__ = Operators.__hash__  # type: ignore

    def numpy(self) -> np.ndarray:
        """The same numbers as a plain `numpy.ndarray` that may be written to: a copy, where the array itself must not change."""
        return self.view(np.ndarray) if self.flags.writeable else np.array(self)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray)).replace("array(", "Array(", 1)

    def __str__(self) -> str:
        return str(self.view(np.ndarray))

    def __iter__(self) -> Any:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    # In-place operators make a new array, other than those of the base class that the type checker compares them with: tapes and
    # graphs rely on arrays never changing.
    __iadd__ = Operators.__add__  # type: ignore[assignment]
    __isub__ = Operators.__sub__  # type: ignore[assignment]
    __imul__ = Operators.__mul__  # type: ignore[assignment]
    __itruediv__ = Operators.__truediv__  # type: ignore[assignment]
    __ifloordiv__ = Operators.__floordiv__  # type: ignore[assignment]
    __imod__ = Operators.__mod__  # type: ignore[assignment]
    __ipow__ = Operators.__pow__  # type: ignore[assignment]
    __imatmul__ = Operators.__matmul__  # type: ignore[assignment]
    __iand__ = Operators.__and__  # type: ignore[assignment]
    __ior__ = Operators.__or__  # type: ignore[assignment]
    __ixor__ = Operators.__xor__  # type: ignore[assignment]
    __ilshift__ = Operators.__lshift__  # type: ignore[assignment]
    __irshift__ = Operators.__rshift__  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's own functions give plain NumPy results, except where a tape would lose track of the numbers."""
        if any(tape.tracks(array) for tape in context.tapes for array in inputs if isinstance(array, Array)):
            known = table.get(f"numpy.{ufunc.__name__}") if method == "__call__" and not kwargs else None
            if known is None:
                fix = f"ops.{ufunc.__name__}(x)" if method == "__call__" else "ops.sum(x), ops.max(x) and the like"
                called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
                raise GraphError(
                    f"numpy.{called} on an array that a gradient tape is recording",
                    "an op of glassworks.ops, which the tape can differentiate",
                    f"write {fix}, or x.numpy() if no gradient should flow",
                )
            return known(*inputs)
        operator = UFUNCS.get(ufunc.__name__) if isinstance(inputs[0], np.generic) and method == "__call__" and not kwargs else None
        if operator is not None:  # NumPy gives a number on the left no other way to leave the operator to the array
            return table[operator](*inputs)
        plain = [x.view(np.ndarray) if isinstance(x, Array) else x for x in inputs]
        if "out" in kwargs:
            kwargs["out"] = tuple(x.view(np.ndarray) if isinstance(x, Array) else x for x in kwargs["out"])
        return getattr(ufunc, method)(*plain, **kwargs)


def as_array(value: object, dtype: DTypeLike = None) -> Array:
    """Any array-like as an `Array`, without a copy where possible."""
    return np.asarray(value, dtype=dtype).view(Array)


def frozen(array: np.ndarray) -> Array:
    """The array as a read-only `Array`. The caller has created it, and holds no writable reference to its memory.

    >>> frozen(np.zeros(2)).flags.writeable
    False
    """
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner.flags.writeable = False
        owner = owner.base
    return array.view(Array)


def as_read_only(array: np.ndarray) -> np.ndarray:
    """The array itself if its memory is read-only, else a read-only copy.

    Graphs and tapes keep arrays that come from the user; what the user writes to them later must not change the graph.
    """
    owner: Any = array
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return _read_only_copy(array)
        owner = owner.base
    return array if owner is None or isinstance(owner, bytes) else _read_only_copy(array)


def _read_only_copy(array: np.ndarray) -> Array:
    """A read-only copy; axes along which the array is broadcast take no memory in the copy either."""
    once = tuple(slice(0, 1) if step == 0 and size > 1 else slice(None) for step, size in zip(array.strides, array.shape, strict=True))
    copy = np.array(array.view(np.ndarray)[once])
    copy.flags.writeable = False
    return np.broadcast_to(copy, array.shape).view(Array)


def compact(array: np.ndarray) -> np.ndarray:
    """Like `as_read_only`; a large array of equal numbers takes the memory of one number.

    >>> compact(np.zeros((300, 300))).strides
    (0, 0)
    """
    if array.nbytes < _LARGE or not array.flags.c_contiguous or array.itemsize not in (1, 2, 4, 8):
        return as_read_only(array)
    bits = array.view(np.ndarray).reshape(-1).view(f"u{array.itemsize}")
    if bits[0] != bits[-1] or bits[0] != bits[bits.size // 2] or not (bits == bits[0]).all():
        return as_read_only(array)
    number = np.array(array.view(np.ndarray).reshape(-1)[0])
    number.flags.writeable = False
    return np.broadcast_to(number, array.shape).view(Array)


def freeze_result(array: np.ndarray, operands: Sequence[Any]) -> None:
    """Make the result of an op read-only, unless it shares memory with an operand, which may belong to the user."""
    owner = _owner(array)
    if owner.base is None and all(_owner(operand) is not owner for operand in operands):
        owner.flags.writeable = array.flags.writeable = False


def _owner(array: np.ndarray) -> Any:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def aligned_empty(shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    """An uninitialised array whose memory is aligned to a cache line."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


add_form("__tensor__", Form(Array, lambda value, _: array_config(value), lambda inner, _: as_array(array_of(inner))))
