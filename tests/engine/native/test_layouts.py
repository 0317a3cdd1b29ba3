"""Every op on operands that do not lie in memory as they look: broadcast along an axis or transposed, and with such gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import GradientTape, ops
from tests.engine.native.helpers import assert_same
from tests.ops.rows import Row, normal
from tests.ops.table import EAGER_ONLY, ROWS

Arrays = list[np.ndarray]
# Equal entries are ties, and equal rows make matrices singular: what comes of them is a matter of rounding.
UNSTABLE = {
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "lstsq",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
}
UNSTABLE |= {
    "view",
    "lu_factor",
    "logdet",
    "corrcoef",
    "norm",
    "jvp",
    "argsort",
    "fmod",
    "mod",
    "floor_divide",
    "floor",
    "ceil",
    "trunc",
    "round",
    "sign",
}


def broadcast(x: np.ndarray, axis: int) -> tuple[np.ndarray, Callable[[Any], Any]]:
    """The first entry along an axis, and what repeats it to the shape of x."""
    return x.take([0], axis), lambda given: ops.broadcast_to(given, x.shape)


def transposed(x: np.ndarray, _axis: int) -> tuple[np.ndarray, Callable[[Any], Any]]:
    """The transpose of x, and what turns it back."""
    return np.ascontiguousarray(x.T), ops.transpose


def arguments_of(row: Row) -> Arrays | None:
    """The row's first inputs that are arrays with at least one axis and one entry, in float32."""
    for arrays in row.inputs:
        made = [np.asarray(a, "float32" if np.asarray(a).dtype == "float64" else None) for a in arrays]
        if all(a.ndim and a.size and a.dtype.kind in "fiu" for a in made) and any(a.dtype.kind == "f" for a in made):
            return made
    return None


def pointwise(axes: int) -> Row:
    """A convolution with windows of one cell, which is a matrix product."""
    return Row("conv", lambda x, k: x @ k[(0,) * axes], [(normal(2, *(5, 3)[:axes], 4), normal(*(1,) * axes, 4, 3))], tolerance=1e-7)


CASES = [pointwise(1), pointwise(2)]
CASES += [row for row in ROWS if row.name not in UNSTABLE | EAGER_ONLY and arguments_of(row) is not None]


@pytest.mark.parametrize("layout", [broadcast, transposed])
@pytest.mark.parametrize("row", CASES, ids=lambda row: row.name)
def test_an_op_computes_the_same_wherever_its_operands_lie(row: Row, layout: Callable) -> None:
    arrays = arguments_of(row) or []
    op = getattr(ops, row.name)
    call = functools.partial(row.call, op) if row.call else op
    for place, chosen in enumerate(arrays):
        for axis in range(chosen.ndim if layout is broadcast else 1):
            given, restore = layout(chosen, axis)

            def run(*inputs: Any, place: int = place, restore: Any = restore) -> Any:
                operands = [restore(x) if i == place else x for i, x in enumerate(inputs)]
                floating = [x for x in operands if str(x.dtype).startswith("float")]
                with GradientTape() as tape:
                    tape.watch(floating)
                    outputs = [y for y in ops_flat(call(*operands)) if str(y.dtype).startswith("float")]
                    # So the gradients of the results are repeated along an axis.
                    total = sum(ops.sum(ops.square(mean(y))) for y in outputs) if row.gradient and outputs else None
                gradients = tape.gradient(total, floating) if total is not None else []
                return [*outputs, *(g for g in gradients if g is not None)]

            assert_same(run, *arrays[:place], given, *arrays[place + 1 :], scale=max(10.0, row.tolerance / 1e-7), least=0.1)


def mean(y: Any) -> Any:
    """The mean along the second axis, or the only one."""
    return ops.mean(y, axis=min(1, len(y.shape) - 1)) if y.shape else y


def ops_flat(structure: Any) -> list[Any]:
    """The results of an op as a list."""
    return list(structure) if isinstance(structure, (list, tuple)) else [structure]
