"""`tf.float32`, `tf.int64` and the others: names of dtypes, which are accepted wherever a dtype is."""

from __future__ import annotations

import builtins

import numpy as np

from glassworks import dtypes


class DType(str):
    """A dtype by its name, which compares equal to it, with TensorFlow's attributes.

    >>> float32 == "float32", float32.as_numpy_dtype, float32.is_floating, uint8.max
    (True, <class 'numpy.float32'>, True, 255)
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name."""
        return str(self)

    @property
    def as_numpy_dtype(self) -> type:
        """The type of NumPy."""
        return np.str_ if self == "string" else dtypes.numpy_dtype(self).type

    @property
    def is_floating(self) -> builtins.bool:
        """Whether it holds floats."""
        return self != "string" and dtypes.is_float(self)

    @property
    def is_integer(self) -> builtins.bool:
        """Whether it holds integers."""
        return self != "string" and dtypes.numpy_dtype(self).kind in "iu"

    @property
    def is_bool(self) -> builtins.bool:
        """Whether it holds booleans."""
        return self == "bool"

    @property
    def size(self) -> int:
        """Bytes per element."""
        return dtypes.numpy_dtype(self).itemsize

    @property
    def min(self) -> float:
        """The smallest number."""
        return dtypes.smallest(self)

    @property
    def max(self) -> float:
        """The largest number."""
        return dtypes.largest(self)


def as_dtype(type_value: str | type | np.dtype) -> DType:
    """A dtype by its name, its NumPy type or a number's type.

    >>> as_dtype(np.int32) == int32, as_dtype("half") == float16
    (True, True)
    """
    names = {"half": "float16", "double": "float64", "float": "float32"}
    return DType(names.get(str(type_value), "") or dtypes.standardize(type_value))


bfloat16, float16, float32, float64 = DType("bfloat16"), DType("float16"), DType("float32"), DType("float64")
int8, int16, int32, int64 = DType("int8"), DType("int16"), DType("int32"), DType("int64")
uint8, uint16, uint32, uint64 = DType("uint8"), DType("uint16"), DType("uint32"), DType("uint64")
complex64, complex128 = DType("complex64"), DType("complex128")
string = DType("string")
bool = DType("bool")
half, double = float16, float64
