"""Compares cases with real Keras on its NumPy backend, which compiles (almost) nothing and so is quick on ever new shapes.

What differs there is compared with Keras on JAX too (`keras_on_jax`), and is a failure if it differs from both.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

from glassworks import dtypes
from glassworks.graph import Spec, as_array, trace
from tests import jax_settings
from tests.fuzz.case import Case, ModelCase, OpCase
from tests.fuzz.failure import CaseError
from tests.fuzz.graphs import op_namespace
from tests.fuzz.keras_on_jax import KerasOnJax
from tests.fuzz.oracle import Noise, difference, disturbed
from tests.fuzz.run_graphs import Computation, allowed, inputs_of

# Convolutions and gradients run on JAX whatever the backend.
jax_settings.share_context()
ON_JAX = KerasOnJax()
# What is not compared, and why.
LEFT_OUT = {
    "argsort": "equal numbers stand in any order",
    "slice_update": "the NumPy backend writes into its operand",
    "scatter_update": "the NumPy backend writes into its operand",
    "empty_like": "it holds any numbers",
    "layer_normalization": "where the variance is 0, Keras subtracts two large numbers",
}
# What Keras computes worse in float16 than Glassworks.
WORSE_IN_FLOAT16 = {
    "ops.normalize(": "a vector of zeros becomes nan, since epsilon is 0 in float16",
    "row('normalize'": "as above",
    "row('sparsemax'": "sums of integers and 16-bit numbers leave its support too small",
    "average_pool": "the sum of a window overflows where its mean does not",
}
# How far two libraries may be apart, as a share of the largest number. Keras's NumPy backend holds some constants in float32.
APART = {"float64": 1e-6, "float32": 1e-4, "float16": 0.05, "bfloat16": 0.3}


def check_against_keras(case: Case) -> dict[str, int]:
    """Run a case on Keras too; raises `CaseError` where results differ. Gives how many were compared."""
    assert keras.backend.backend() == "numpy", "the JAX backend would compile each new shape"
    if isinstance(case, OpCase):
        try:
            return {"keras": compare(case)}
        except CaseError:
            ON_JAX.confirm(case)
            return {"keras": 0}
    assert isinstance(case, ModelCase)
    from tests.fuzz.models_against_keras import check_model_against_keras

    with in_float64():
        return {"keras": check_model_against_keras(case)}


@contextlib.contextmanager
def in_float64() -> Iterator[None]:
    """Keras without its warnings, and with float64."""
    # Keras narrows float64 to float32 on JAX and NumPy, not on TensorFlow. Glassworks keeps it.
    BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def compare(case: OpCase) -> int:
    """Compare an op graph with Keras on the backend of this process; gives how many results were compared."""
    with in_float64():
        return _check_values(case) + _check_refusals(case) + _check_slope(case)


def _check_values(case: OpCase) -> int:
    """Outputs have the shapes and dtypes that Keras predicts and the numbers that it computes."""
    arrays = inputs_of(case)
    ours = [np.asarray(v) for v in Computation(case).outputs(*map(as_array, arrays))]
    theirs, code = Computation(case, keras), "\n".join(case.body())
    if any(name in code for name in LEFT_OUT) or (uses(case, {"float16"}) and any(name in code for name in WORSE_IN_FLOAT16)):
        return 0
    try:
        values = [np.asarray(v) for v in theirs.outputs(*map(keras.ops.convert_to_tensor, arrays))]
        on_numpy = keras.backend.backend() == "numpy"  # which gives other dtypes than Keras documents
        predicted = theirs.outputs(*(keras.KerasTensor(a.shape, a.dtype.name) for a in arrays)) if on_numpy else values
    except Exception:
        return 0  # what Keras refuses, or its NumPy backend does not know
    for i, (mine, other, tensor) in enumerate(zip(ours, values, predicted, strict=True)):
        found, expected = (mine.shape, narrow(mine.dtype.name)), (tuple(tensor.shape), narrow(str(tensor.dtype)))
        if found != expected:
            raise CaseError("shape or dtype of ops differs from Keras", f"result {i}: {found}, expected {expected}")
        # NumPy gives many results in a wider dtype than Keras documents.
        if _small(case) and found[1].startswith(("float", "bfloat")):
            continue
        if mine.dtype.name in ("int64", "uint64") and (mine != mine.astype(found[1])).any():
            continue  # what Keras has no integers for
        if not np.isfinite(other.astype(found[1])).all() and ("depthwise_conv" in code or "separable_conv" in code):
            continue  # XLA computes them as a convolution with zeros between the channels, so nan of one channel reaches all
        mine, other = mine.astype(found[1]), other.astype(found[1])
        if difference(mine, other, tolerance(other)):
            limit = _by_rounding(case, arrays)[i]
            text = difference(mine, other, np.maximum(limit, tolerance(other))) if limit is not None else ""
            if text:
                raise CaseError("ops differ from Keras", f"result {i}: {text}")
    return len(ours)


def _by_rounding(case: OpCase, arrays: list[np.ndarray]) -> list[Any]:
    """How far each result may be off where a narrow dtype is used on the way, or the graph magnifies its rounding errors."""
    noise = Noise()
    program = disturbed(trace(Computation(case).outputs, *(Spec(a.shape, a.dtype.name) for a in arrays)), noise)
    return allowed(program, noise, program(*arrays), arrays, 8, 4.0)


def uses(case: OpCase, which: set[str]) -> bool:
    """Whether a case has tensors of some dtypes."""
    used = {line.dtype for line in case.needed()} | {given.dtype for given in case.used_inputs()}
    return bool(used & which)


def _small(case: OpCase) -> bool:
    """Whether numbers of few bits are there: of bfloat16 NumPy knows no nan and no long sum, and of small integers it makes float16."""
    return uses(case, {"bfloat16", "int8", "uint8", "int16", "uint16", "bool"})


def narrow(dtype: Any) -> str:
    """The dtype that Keras computes in: on JAX and NumPy it has no integers of 64 bits."""
    name = str(np.dtype(dtype)) if not isinstance(dtype, str) else dtype
    return {"int64": "int32", "uint64": "uint32"}.get(name, name)


def tolerance(expected: np.ndarray, factor: float = 1.0) -> float:
    """How far a result may be from Keras's."""
    if not dtypes.is_float(expected.dtype.name):
        return 0.0
    wide = np.abs(expected.astype("float64"))
    return factor * APART[expected.dtype.name] * float(np.max(wide[np.isfinite(wide)], initial=1.0))


def _check_refusals(case: OpCase) -> int:
    """What Glassworks refused, Keras refuses too."""
    if not case.refused:
        return 0
    arrays = dict(
        zip(
            [i.name for i in case.inputs],
            inputs_of(Case(case.kind, case.seed, case.inputs, [], [i.name for i in case.inputs])),
            strict=True,
        )
    )
    names = op_namespace(keras) | arrays
    for line in case.lines:
        try:
            exec(line.code(set())[0], names)
        except Exception:
            return 0
    for line in case.refused:
        try:
            exec(line.code(set())[0], names)
        except Exception:
            continue
        raise CaseError("refused what Keras accepts", f"{line.code(set())[0]} with operands {[np.shape(names[r]) for r in line.reads]}")
    return len(case.refused)


def _check_slope(case: OpCase) -> int:
    """The derivative along a random direction is the slope of what Keras computes, in float64."""
    floating = {i.name for i in case.used_inputs() if dtypes.is_float(i.dtype)}
    low = [line for line in case.needed() if dtypes.is_float(line.dtype) and line.dtype != "float64"]
    # Steps stand on kinks and ties, and the op table's Cholesky takes one triangle only.
    kinks = any(i.values.startswith(("steps", "row:matrix_rank")) for i in case.used_inputs()) or "cholesky" in "".join(case.body())
    if not case.gradient or not floating or low or kinks or any(i.dtype != "float64" for i in case.used_inputs() if i.name in floating):
        return 0
    arrays = inputs_of(case)
    ours, theirs = Computation(case), Computation(case, keras)
    outputs = ours.eager(*arrays)
    gradients = outputs[len(case.outputs) :]
    rng = np.random.default_rng([8, case.seed])
    directions = [rng.normal(size=a.shape) if dtypes.is_float(a.dtype.name) else None for a in arrays]
    seeds = ours.seeds([o for o in outputs[: len(case.outputs)] if dtypes.is_float(o.dtype.name)])
    chosen = [d for d in directions if d is not None]
    slope = sum(float(np.sum(np.asarray(g) * d)) for g, d in zip(gradients, chosen, strict=True) if g is not None)

    def value(step: float) -> float:
        moved = [a if d is None else a + step * d for a, d in zip(arrays, directions, strict=True)]
        floats = [np.asarray(v) for v in theirs.outputs(*moved) if dtypes.is_float(str(v.dtype))]
        return sum(float(np.sum(v * s)) for v, s in zip(floats, seeds, strict=True))

    try:
        return compare_slope(slope, value)
    except (TypeError, ValueError, NotImplementedError, AttributeError):
        return 0  # Keras refuses the graph


def compare_slope(slope: float, value: Any) -> int:
    """Compare a derivative with central differences. Where two step sizes disagree there is a kink nearby, and nothing to compare."""
    coarse, fine = (value(h) - value(-h) for h in (2e-6, 1e-6))
    coarse, fine = coarse / 4e-6, fine / 2e-6
    scale = max(abs(fine), abs(value(0.0)), 1.0)
    # A slope that is not finite is one of a root or a logarithm at 0, in Keras too.
    if not np.isfinite([fine, slope]).all() or abs(coarse - fine) > 1e-4 * scale:
        return 0
    if not abs(slope - fine) <= 1e-3 * scale:
        raise CaseError("gradient is not the slope of what Keras computes", f"{slope}, expected {fine} by central differences")
    return 1
