"""Questions about dtypes."""

from __future__ import annotations

from glassworks import dtypes
from glassworks.typing import DTypeLike


def result_type(*dtypes_: DTypeLike) -> str:
    """The dtype of an operation on operands of these dtypes; the types `int` and `float` stand for numbers of Python.

    Args:
        *dtypes_: Names, types or dtypes; None is `floatx()`, as is the answer without any.

    >>> result_type("int32", "float16"), result_type("uint8", float), result_type("int64", "int8")
    ('float16', 'float32', 'int64')
    """
    return dtypes.result_type(*dtypes_)


def is_float_dtype(dtype: DTypeLike) -> bool:
    """Whether a dtype holds floating-point numbers.

    >>> is_float_dtype("bfloat16"), is_float_dtype("int32")
    (True, False)
    """
    return dtypes.standardize(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype: DTypeLike) -> bool:
    """Whether a dtype holds integers.

    >>> is_int_dtype("uint8"), is_int_dtype("bool")
    (True, False)
    """
    return dtypes.standardize(dtype).startswith(("int", "uint"))
