"""Dtypes: their standard names, and type promotion.

Promotion follows Keras 3 (which follows JAX): Python scalars are weak and adapt to the array they meet,
and integers meeting floats take the float's width, so float32 + int64 stays float32.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import ml_dtypes
import numpy as np

from glassworks import settings
from glassworks.errors import DTypeError, suggest

_NUMPY = {
    name: np.dtype(name)
    for name in (
        [
            "bool",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "int8",
            "int16",
            "int32",
            "int64",
            "float16",
            "float32",
            "float64",
            "complex64",
            "complex128",
        ]
    )
} | {"bfloat16": np.dtype(ml_dtypes.bfloat16)}
_ALIASES = {"int": "int32", "float": "floatx", "half": "float16", "double": "float64", "single": "float32", "str": "string"}

FLOATS = ("bfloat16", "float16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
COMPLEX = ("complex64", "complex128")
ALL = ("bool", *UNSIGNED, *SIGNED, *FLOATS, *COMPLEX)

# The promotion lattice: each dtype with the next larger ones. "int" and "float" stand for Python scalars.
_NEXT = {
    "bool": ["int"],
    "int": ["uint8", "int8"],
    "uint8": ["int16", "uint16"],
    "uint16": ["int32", "uint32"],
    "uint32": ["int64", "uint64"],
    "uint64": ["float"],
    "int8": ["int16"],
    "int16": ["int32"],
    "int32": ["int64"],
    "int64": ["float"],
    "float": ["bfloat16", "float16"],
    "bfloat16": ["float32"],
    "float16": ["float32"],
    "float32": ["float64", "complex64"],
    "float64": ["complex128"],
    "complex64": ["complex128"],
    "complex128": [],
}


def standardize(dtype: Any) -> str:
    """The standard name of a dtype given as a string, a NumPy, PyTorch or JAX dtype; None means `floatx()`.

    >>> standardize(np.float32), standardize("int"), standardize(None)
    ('float32', 'int32', 'float32')
    """
    if dtype is None:
        return settings.floatx()
    if isinstance(dtype, str) and dtype in _NUMPY:
        return dtype
    if isinstance(dtype, type) and dtype in (bool, int, float, complex):
        dtype = {bool: "bool", int: "int", float: "float", complex: "complex64"}[dtype]
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    name = name.split(".")[-1]
    name = _ALIASES.get(name, name)
    if name == "floatx":
        return settings.floatx()
    if name not in _NUMPY and name != "string":
        try:
            name = np.dtype(dtype).name
        except TypeError:
            name = str(name)
    if name not in _NUMPY and name != "string":
        raise DTypeError(f"dtype {dtype!r}", "the name of a dtype", suggest(str(name), ALL))
    return name


def numpy_dtype(dtype: object) -> np.dtype:
    """The NumPy dtype object of a dtype name (bfloat16 comes from `ml_dtypes`)."""
    name = standardize(dtype)
    if name == "string":
        raise DTypeError(
            "dtype 'string'", "a dtype of numbers", "convert text to numbers first: layers.StringLookup, layers.TextVectorization"
        )
    return _NUMPY[name]


def is_float(dtype: str) -> bool:
    """Whether gradients can flow through values of this dtype."""
    return dtype in FLOATS


def is_integer(dtype: str) -> bool:
    """Whether the dtype is an integer type (bool is not)."""
    return dtype in SIGNED or dtype in UNSIGNED


def accumulator(dtype: str) -> str:
    """The dtype for sums and counts of numbers of a dtype: float32 for 16-bit floats.

    A float16 count stops at 2048, where adding 1 no longer changes it, and a bfloat16 count at 256.

    >>> accumulator("float16"), accumulator("float64"), accumulator("int32")
    ('float32', 'float64', 'int32')
    """
    return "float32" if dtype in ("float16", "bfloat16") else dtype


def largest(dtype: str) -> float:
    """The largest finite number of a floating or integer dtype.

    >>> largest("uint8"), largest("float16")
    (255, 65504.0)
    """
    return int(np.iinfo(dtype).max) if is_integer(dtype) else float(ml_dtypes.finfo(_NUMPY[dtype]).max)


def smallest(dtype: str) -> float:
    """The smallest finite number of a floating or integer dtype: the most negative one.

    >>> smallest("int8"), smallest("uint8")
    (-128, 0)
    """
    return int(np.iinfo(dtype).min) if is_integer(dtype) else -largest(dtype)


@cache
def _above(name: str) -> frozenset[str]:
    targets = {name}
    for larger in _NEXT[name]:
        targets |= _above(larger)
    return frozenset(targets)


@cache
def _join(names: frozenset[str]) -> str:
    common = frozenset.intersection(*(_above(name) for name in names))
    return max(common, key=lambda name: len(_above(name)))


def result_type(*dtypes: Any) -> str:
    """The dtype of an operation on operands of these dtypes; pass the types `int` and `float` for Python scalars.

    >>> result_type("float32", "int64"), result_type("int32", float), result_type("uint8", "int8"), result_type(int)
    ('float32', 'float32', 'int16', 'int32')
    """
    weak = {bool: "bool", int: "int", float: "float", complex: "complex64"}
    names = frozenset(weak[d] if isinstance(d, type) and d in weak else standardize(d) for d in dtypes)
    if not names:
        return settings.floatx()
    joined = _join(names)
    if joined == "float":
        return settings.floatx()
    return "int32" if joined == "int" else joined
