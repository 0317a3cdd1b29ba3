"""The ops of two operands, the numbers they are tried with, and where their dtypes differ from Keras's, with the reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

FLOATS = ("bfloat16", "float16", "float32", "float64")
INTEGERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
COMPLEX = ("complex64", "complex128")
DTYPES = ("bool", *INTEGERS, *FLOATS, *COMPLEX)
ELEMENTWISE = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "floor_divide",
    "mod",
    "fmod",
    "power",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "arctan2",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "heaviside",
    "nextafter",
    "ldexp",
    "gcd",
    "lcm",
    "divide_no_nan",
    "isclose",
    "logical_and",
    "logical_or",
    "logical_xor",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "left_shift",
    "right_shift",
]
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    **{name: lambda ops, x, y, name=name: getattr(ops, name)(x, y) for name in ELEMENTWISE},
    **{
        name: lambda ops, x, y, name=name: getattr(ops, name)(x, y)
        for name in ["matmul", "dot", "inner", "outer", "vdot", "cross", "kron", "append", "isin"]
    },
    "tensordot": lambda ops, x, y: ops.tensordot(x, y, axes=1),
    "where": lambda ops, x, y: ops.where(np.array([True, False, True]), x, y),
    "correlate": lambda ops, x, y: ops.correlate(x, y, mode="full"),
    "concatenate": lambda ops, x, y: ops.concatenate([x, y]),
    "stack": lambda ops, x, y: ops.stack([x, y]),
    "einsum": lambda ops, x, y: ops.einsum("i,i->", x, y),
}


def numbers(dtype: str, second: bool = False) -> np.ndarray:
    """Three numbers of a dtype: negative ones where it has them, and zero in the first operand only."""
    if dtype == "bool":
        values: list[Any] = [True, True, True] if second else [True, False, True]
    elif dtype in COMPLEX:
        values = [2j, 1, -0.5] if second else [1 + 2j, 0, -2.5j]
    elif dtype in FLOATS:
        values = [0.5, -1.5, 2.0] if second else [-2.5, 0.0, 3.75]
    else:
        values = [2, 3, 1] if second else [7, 0, 100]
        values = [-value if not dtype.startswith("u") and value == 7 else value for value in values]
    return np.array(values).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


class Difference(NamedTuple):
    """Pairs of dtypes for which an op differs from Keras, and why."""

    names: str
    holds: Callable[[str, str], bool]
    reason: str


def both(dtype: str) -> Callable[[str, str], bool]:
    """Both operands are of a dtype."""
    return lambda a, b: a == b == dtype


def either(*dtypes: str) -> Callable[[str, str], bool]:
    """At least one operand is of one of the dtypes."""
    return lambda a, b: a in dtypes or b in dtypes


def always(a: str, b: str) -> bool:
    """All pairs."""
    return True


def without_common_integer(a: str, b: str) -> bool:
    """uint64 and a signed integer."""
    return "uint64" in (a, b) and any(d.startswith("int") for d in (a, b))


BITS = "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift"
REALS = "arctan2 logaddexp logaddexp2 heaviside nextafter ldexp fmod floor_divide mod hypot"
# What Keras promises of symbolic operands, where it is not what Keras computes, and what it computes counts.
SYMBOLIC = [
    Difference("subtract cross gcd lcm", both("bool"), "the computation refuses booleans"),
    Difference(f"floor_divide power {BITS}", both("bool"), "the computation gives int32"),
    Difference("matmul tensordot", lambda a, b: {a, b} <= {"bool", "int8"}, "the computation gives int32 for int8 twice in a matmul alone"),
    Difference("hypot heaviside", always, "the computation gives floats for all integers"),
    Difference("correlate", always, "the computation keeps float16, bfloat16 and float64"),
    Difference(REALS, either(*COMPLEX), "the computation refuses complex numbers, on most backends"),
    Difference("ldexp", lambda a, b: b not in INTEGERS, "the computation refuses exponents that are not integers"),
    Difference(f"gcd lcm {BITS}", either(*FLOATS, *COMPLEX), "the computation refuses all but integers"),
    Difference(
        f"gcd lcm {BITS}", without_common_integer, "uint64 and signed integers meet in a float, which JAX avoids by cutting to 32 bits"
    ),
]
# Where Keras computes another dtype with NumPy than with JAX, or refuses what one of them computes.
WITH_NUMPY = [
    Difference(f"floor_divide power {BITS}", both("bool"), "JAX gives int32, NumPy int8"),
    Difference("hypot heaviside", always, "JAX gives floats for all integers"),
    Difference("correlate", always, "JAX keeps float16 and bfloat16"),
    Difference("heaviside hypot", either(*COMPLEX), "JAX refuses complex numbers"),
    Difference("ldexp", lambda a, b: b == "uint64" or a in COMPLEX, "JAX takes exponents of uint64, and refuses complex numbers"),
    Difference(
        f"gcd lcm {BITS}", without_common_integer, "uint64 and signed integers meet in a float, which Keras avoids by cutting to 32 bits"
    ),
    Difference("divide_no_nan", both("bool"), "NumPy's float64 is not Keras's default float"),
]
# Pairs that are compared with Keras on JAX, where every kind of dtype meets another.
ON_JAX = [
    ("bool", "bool"),
    ("bool", "int8"),
    ("int8", "int8"),
    ("uint8", "int8"),
    ("uint8", "bfloat16"),
    ("int32", "float16"),
    ("float16", "bfloat16"),
    ("uint32", "float32"),
    ("complex64", "float32"),
]
WITH_JAX = [
    Difference(
        "arctan2 logaddexp logaddexp2",
        either(*COMPLEX),
        "only JAX defines them for complex numbers, and Keras's other backends refuse them",
    ),
    Difference("kron", both("bool"), "JAX refuses booleans there, and Keras's other backends do not"),
]


def listed(table: list[Difference], name: str, a: str, b: str) -> bool:
    """Whether a table of differences has a pair."""
    return any(name in row.names.split() and row.holds(a, b) for row in table)


def refused(call: Callable[[], Any]) -> Any:
    """What a call gives, or None if it is refused."""
    try:
        return call()
    except (TypeError, ValueError, NotImplementedError, AttributeError, OverflowError):
        return None


def dtype_of(x: Any) -> str | None:
    """The name of the dtype of a result; None for a refusal."""
    return None if x is None else str(np.dtype(bool) if isinstance(x, bool) else x.dtype).split(".")[-1]


PAD_MODES = ["constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum"]
# Ops of one operand, for every dtype.
ONE_OPERAND: dict[str, Callable[[Any, Any], Any]] = {
    "any": lambda ops, x: ops.any(x),
    "any of an axis": lambda ops, x: ops.any(x, axis=0, keepdims=True),
    "all": lambda ops, x: ops.all(x),
    "all of an axis": lambda ops, x: ops.all(x, axis=-1),
    "bitwise_not": lambda ops, x: ops.bitwise_not(x),
    "bitwise_invert": lambda ops, x: ops.bitwise_invert(x),
    "logical_not": lambda ops, x: ops.logical_not(x),
    **{
        f"pad {mode}": lambda ops, x, mode=mode: ops.pad(x, (2, 1), mode=mode)
        for mode in ("constant", "edge", "reflect", "symmetric", "wrap")
    },
    "pad with ones": lambda ops, x: ops.pad(x, 1, constant_values=1),
    **{
        f"pad {mode} of two axes": lambda ops, x, mode=mode: ops.pad(ops.outer(x, x), ((2, 0), (1, 3)), mode=mode)
        for mode in ("linear_ramp", "maximum", "mean", "minimum")
    },
}
