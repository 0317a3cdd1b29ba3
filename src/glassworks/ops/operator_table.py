"""The ops behind Python's operators: this module fills the table of `graph/operators.py`."""

from __future__ import annotations

from typing import Any

from glassworks.graph import Array, KerasTensor, Value, Variable
from glassworks.graph.operators import install
from glassworks.ops import core, nn, numpy
from glassworks.ops.convert import dtype_of, operand
from glassworks.typing import ArrayLike, Tensor


def _logical(name: str) -> Any:
    """`&`, `|`, `^` are logical on booleans, and bitwise on integers. Keras's are always logical on variables and symbolic tensors."""
    logical, bitwise = getattr(numpy, f"logical_{name}"), getattr(numpy, f"bitwise_{name}")

    def operator(x: ArrayLike, y: ArrayLike) -> Tensor:
        is_tensors_own = isinstance(x, (Array, Value)) and not isinstance(y, KerasTensor)
        is_logical = not is_tensors_own and any(isinstance(operand, (KerasTensor, Variable)) for operand in (x, y))
        return logical(x, y) if is_logical or (dtype_of(x) == "bool" and dtype_of(y) == "bool") else bitwise(x, y)

    return operator


def _invert(x: ArrayLike) -> Tensor:
    return numpy.logical_not(x) if isinstance(x, KerasTensor) or dtype_of(x) == "bool" else numpy.bitwise_invert(x)


_PUBLIC = [
    "add",
    "subtract",
    "multiply",
    "true_divide",
    "floor_divide",
    "mod",
    "power",
    "left_shift",
    "right_shift",
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
    "squeeze",
    "ones",
    "stack",
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
    operand=operand,
    log_softmax=nn.log_softmax,
    log_sigmoid=nn.log_sigmoid,
)
