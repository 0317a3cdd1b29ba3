"""What the tests of the native engine share: one graph on both engines, and a comparison of what they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks.engine import native
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.core import native as core
from glassworks.engine.native.ir.kernels import Kernel
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.reference import ReferenceProgram
from glassworks.graph import Spec, trace

NEEDS_NATIVE = "the native engine was not built here: there is no C++ compiler"
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}

available = native.available


def kernel(op: str, *dtypes: str) -> Kernel:
    """A kernel of the core: for these dtypes, else for float32 or, where there is only one, for any."""
    target = current_target()
    return target.kernel(op, *dtypes) if dtypes else target.find(op, "float32") or target.kernel(op)


def traced(function: Callable, *arrays: np.ndarray) -> Any:
    """The graph of a function for arrays like these."""
    return trace(function, *(Spec(a.shape, a.dtype.name) for a in arrays))


def both(function: Callable, *arrays: np.ndarray) -> tuple[list[Any], list[Any]]:
    """What the native engine gives, and the reference engine."""
    return NativeProgram(traced(function, *arrays))(*arrays), ReferenceProgram(traced(function, *arrays))(*arrays)


def assert_same(function: Callable, *arrays: np.ndarray, scale: float = 1.0, least: float = 1e-30) -> None:
    """Native equals reference: to 1e-5 in float32 and 1e-12 in float64, relative to the largest number of the result, or to `least`."""
    for found, expected in zip(*both(function, *arrays), strict=True):
        assert found.shape == expected.shape and found.dtype == expected.dtype
        if expected.dtype.kind != "f":
            np.testing.assert_array_equal(found, expected)
            continue
        finite = np.abs(expected[np.isfinite(expected)])
        size = float(finite.max()) if finite.size else 1.0
        tolerance = TOLERANCE[expected.dtype.name] * scale
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * max(size, least))


def on_instruction_sets() -> list[str]:
    """All instruction sets that this CPU can run."""
    return core.runnable_isas() if core is not None else []
