"""How far exp, log, tanh and their kin are from the exact values, in units of the last place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Primitive, apply
from tests.engine.native.helpers import traced

# name: (range, most units in the last place for float32)
BOUNDS = {
    "exp": ((-87, 88), 2),
    "expm1": ((-20, 80), 3),
    "log": ((1e-30, 1e30), 2),
    "log1p": ((-0.999, 1e6), 3),
    "tanh": ((-12, 12), 4),
    "sigmoid": ((-80, 80), 4),
    "softplus": ((-60, 60), 4),
    "erf": ((-4, 4), 8),
    "gelu": ((-4, 4), 24),
}


def exact(name: str, x: np.ndarray) -> np.ndarray:
    """In float64, from NumPy and the standard library."""
    if name == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if name == "softplus":
        return np.logaddexp(0, x)
    if name == "gelu":
        return x * np.vectorize(math.erfc)(-x / math.sqrt(2)) / 2
    if name == "erf":
        return np.vectorize(math.erf)(x)
    return getattr(np, name)(x)


@pytest.mark.parametrize("name", BOUNDS)
def test_float32_functions_are_within_their_bound(isa: str, name: str) -> None:
    (low, high), most = BOUNDS[name]
    rng = np.random.default_rng(0)
    if name == "log":
        x = np.exp(rng.uniform(math.log(low), math.log(high), 40_000))
    else:
        x = np.concatenate([rng.uniform(low, high, 20_000), rng.uniform(-1, 1, 10_000), rng.normal(0, 1e-3, 10_000)])
    x = x.astype("float32")
    (found,) = NativeProgram(traced(lambda x: apply(Primitive.known[name], x), x))(x)
    wanted = exact(name, x.astype("float64"))
    units = np.abs(found - wanted) / np.spacing(np.abs(wanted).astype("float32")).astype("float64")
    worst = int(np.argmax(units))
    assert units[worst] <= most, f"{name}({x[worst]!r}) = {found[worst]!r}, exactly {wanted[worst]!r}: {units[worst]:.1f} units"


@pytest.mark.parametrize("name", [name for name in BOUNDS if name != "erf"])
def test_float64_functions_are_within_1e_14(isa: str, name: str) -> None:
    (low, high), _ = BOUNDS[name]
    x = np.random.default_rng(0).uniform(max(low, -30), min(high, 30), 10_000)
    x = np.abs(x) + 1e-300 if name == "log" else x
    (found,) = NativeProgram(traced(lambda x: apply(Primitive.known[name], x), x))(x)
    np.testing.assert_allclose(found, exact(name, x), rtol=1e-14, atol=1e-15 if name == "softplus" else 0)
