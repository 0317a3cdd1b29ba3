"""The ops behind Python's operators: this module fills the table of `graph/operators.py`."""

from __future__ import annotations

from typing import Any

from glassworks.graph.operators import install
from glassworks.ops import core, nn, numpy
from glassworks.ops.convert import dtype_of
from glassworks.typing import Tensor


def _logical(name: str) -> Any:
    """`&`, `|`, `^` are logical on booleans and bitwise on integers."""
    logical, bitwise = getattr(numpy, f"logical_{name}"), getattr(numpy, f"bitwise_{name}")

    def operator(x: Tensor, y: Tensor) -> Tensor:
        return logical(x, y) if dtype_of(x) == "bool" and dtype_of(y) == "bool" else bitwise(x, y)

    return operator


def _invert(x: Tensor) -> Tensor:
    return numpy.logical_not(x) if dtype_of(x) == "bool" else numpy.bitwise_invert(x)


_PUBLIC = [
    "add",
    "subtract",
    "multiply",
    "true_divide",
    "floor_divide",
    "mod",
    "power",
    "matmul",
    "negative",
    "absolute",
    "round",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
    "get_item",
    "sum",
    "reshape",
    "ones",
    "zeros",
]
# NumPy functions that stay differentiable when called on an array under a gradient tape.
_UFUNCS = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "matmul",
    "negative",
    "absolute",
    "exp",
    "log",
    "sqrt",
    "square",
    "sin",
    "cos",
    "tan",
    "tanh",
    "maximum",
    "minimum",
    "log1p",
    "expm1",
    "sinh",
    "cosh",
    "arcsin",
    "arccos",
    "arctan",
    "floor",
    "ceil",
    "sign",
]

install(
    **{name: getattr(numpy, name) for name in _PUBLIC},
    **{f"numpy.{name}": getattr(numpy, name) for name in _UFUNCS},
    **{"and": _logical("and"), "or": _logical("or"), "xor": _logical("xor"), "invert": _invert},
    cast=core.cast,
    log_softmax=nn.log_softmax,
    log_sigmoid=nn.log_sigmoid,
)
