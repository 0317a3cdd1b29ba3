"""What a result may differ by: as much as the reference engine's own result changes when each of its roundings is disturbed.

This is Monte Carlo arithmetic (Parker, 1997): the graph runs a few times on the reference engine with a random relative
error of a few units in the last place after each operation that rounds. The spread of the results is an estimate of how far
any correct engine may be from another. It needs no hand-picked tolerance, and it covers what is ill-conditioned: near-ties
of argmax and sort, divisions near zero, cancellation, inputs at the kink of a rectifier. A graph without rounding has no
spread, and must agree exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np

from glassworks import dtypes
from glassworks.engine.reference import ReferenceProgram
from glassworks.graph import Graph

# Primitives that only move, choose or compare numbers: their results are exact.
EXACT = set(
    "absolute argmax argmin argsort broadcast_to ceil clip concatenate copy conjugate floor gather gather_along imaginary in_range is_finite is_inf"
    " is_nan max_pool max_unpool maximum minimum negative one_hot place_block place_slices pool_at real reduce_all reduce_any reduce_max"
    " reduce_min relu reshape round scatter scatter_along search_sorted sign sign_bit stop_gradient take_block take_slices transpose trunc"
    " unstack view where random_bits".split()
)
# Primitives that add many products: an error in each operand is the right model of their rounding.
SUMS = set(
    "attention attention_gradient convolution convolution_input_gradient convolution_kernel_gradient cumulative_sum fourier gru_gradient"
    " gru_sequence lstm_gradient lstm_sequence matmul reduce_mean reduce_product reduce_sum scatter_add solve softmax log_softmax"
    " determinant log_determinant cholesky qr lu svd eigh pseudo_inverse ctc_score ctc_score_gradient cofactors product_of_others".split()
)
LONG_PRODUCTS = {"matmul", "convolution_kernel_gradient"}
LONG = 500  # terms, from which on their number counts
FACTOR = 8.0
# A result that disturbance changes by more than this share of its largest number says nothing.
HOPELESS = {"float64": 1e-3, "float32": 0.02, "float16": 0.3, "bfloat16": 0.5}


class Noise:
    """Random rounding errors: how large they are, in units in the last place, and where they come from."""

    def __init__(self) -> None:
        self.amplitude, self.rng = 0.0, np.random.default_rng(0)
        self.flush = False  # whether subnormal results are taken as zero, as the native engine does


class Disturbed:
    """A node whose results carry random rounding errors, as large as its `Noise` says now."""

    def __init__(self, node: Any, noise: Noise) -> None:
        self._node, self._source = node, noise
        self.primitive, self.attributes = self, node.attributes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    def forward(self, xp: Any, *inputs: np.ndarray, **attributes: Any) -> Any:
        """The node's forward, with errors in its results, and in its operands where it adds many."""
        results = self._disturbed(xp, *inputs, **attributes)
        if self._source.flush:
            return tuple(map(flushed, results)) if isinstance(results, tuple) else flushed(results)
        return results

    def _disturbed(self, xp: Any, *inputs: np.ndarray, **attributes: Any) -> Any:
        name = self._node.primitive.name
        if not self._source.amplitude or (name == "cast" and not narrows(inputs[0].dtype, attributes["dtype"])):
            return self._node.primitive.forward(xp, *inputs, **attributes)
        if name in SUMS:
            inputs = tuple(self._noise(x) for x in inputs)
        results = self._node.primitive.forward(xp, *inputs, **attributes)
        if name in EXACT:
            return results
        if isinstance(results, tuple):
            return tuple(self._noise(x) for x in results)
        # NumPy adds one by one along any axis but the last, and so do products over long axes: rounding to one side then grows
        # with the number of terms, and is as large as the terms are, which may cancel. The sum behind a logarithm of a softmax
        # is at least 1.
        terms = terms_of(self._node, inputs, results) if name in SUMS else 1.0
        size: Any = None
        if name in ("reduce_sum", "reduce_mean"):
            size = self._node.primitive.forward(xp, np.abs(inputs[0]), **attributes)
        elif name in LONG_PRODUCTS and terms > LONG:
            size = self._node.primitive.forward(xp, *map(np.abs, inputs), **attributes)
        elif name == "log_softmax":
            size = np.abs(results) + 1
        return self._noise(results, max(1.0, terms / LONG), size)

    def _noise(self, x: Any, factor: float = 1.0, size: Any = None) -> Any:
        """Errors of some units in the last place of the numbers, or of `size`."""
        x = np.asarray(x)
        if not (dtypes.is_float(x.dtype.name) and x.size):
            return x
        step = 2 * factor * self._source.amplitude * float(ml_dtypes.finfo(x.dtype).eps)
        wide = x if x.itemsize > 2 else x.astype("float32")
        errors = self._source.rng.random(x.shape, "float32") - np.float32(0.5)
        sizes = wide if size is None else np.asarray(size, wide.dtype)
        return (wide + sizes * (errors * np.asarray(step, wide.dtype))).astype(x.dtype)


def terms_of(node: Any, inputs: Sequence[np.ndarray], results: Any) -> float:
    """How many numbers are added for each number of the results."""
    if node.primitive.name == "matmul":
        return float(inputs[0].shape[-2 if node.attributes.get("transpose_x") else -1])
    if node.primitive.name == "convolution_kernel_gradient":
        return inputs[1].size / max(inputs[1].shape[-1], 1)  # the positions of the windows
    return inputs[0].size / max(np.size(results), 1)


def flushed(x: Any) -> Any:
    """The numbers, with zero for subnormal ones."""
    x = np.asarray(x)
    if not dtypes.is_float(x.dtype.name):
        return x
    return np.where(np.abs(x) < ml_dtypes.finfo(x.dtype).tiny, x.dtype.type(0), x)


def narrows(source: np.dtype, target: str) -> bool:
    """Whether a cast rounds. Integers stand for labels and counts, which floating numbers hold exactly."""
    return dtypes.is_float(source.name) and np.dtype(dtypes.numpy_dtype(target)).itemsize < source.itemsize


def disturbed(graph: Graph, noise: Noise) -> ReferenceProgram:
    """The reference engine's program of a graph, which rounds at random as far as the noise says."""
    program = ReferenceProgram(graph)
    program.steps = [step._replace(node=Disturbed(step.node, noise)) for step in program.steps]
    return program


def spread(clean: np.ndarray, noisy: Sequence[np.ndarray]) -> np.ndarray | None:
    """By how much each number may differ; None where nothing can be said."""
    clean = np.asarray(clean)
    if not dtypes.is_float(clean.dtype.name):
        return None if any(not np.array_equal(clean, other) for other in noisy) else np.zeros(clean.shape)
    wide = clean.astype("float64")
    finite = np.isfinite(wide)
    if any(not np.array_equal(np.isfinite(np.asarray(n, "float64")), finite) for n in noisy):
        return None
    moved = max((float(np.max(np.abs(np.asarray(n, "float64") - wide)[finite], initial=0.0)) for n in noisy), default=0.0)
    largest = float(np.max(np.abs(wide[finite]), initial=0.0))
    limits = ml_dtypes.finfo(clean.dtype)
    if moved > HOPELESS[clean.dtype.name] * largest and moved > float(limits.tiny):
        return None
    rounding = 4 * float(limits.eps) * largest if moved else 0.0
    # Engines may flush subnormal numbers to zero.
    return np.full(clean.shape, FACTOR * moved + rounding + float(limits.tiny))


def difference(found: Any, clean: Any, allowed: np.ndarray | float) -> str:
    """Why two results are not the same, in words; empty where they are."""
    found, clean = np.asarray(found), np.asarray(clean)
    if found.shape != clean.shape:
        return f"shape {found.shape}, expected {clean.shape}"
    if found.dtype != clean.dtype:
        return f"dtype {found.dtype}, expected {clean.dtype}"
    if not found.size:
        return ""
    if not dtypes.is_float(clean.dtype.name):
        wrong = found != clean
        error = wrong.astype("float64")
    else:
        one, other = found.astype("float64"), clean.astype("float64")
        with np.errstate(all="ignore"):
            error = np.abs(one - other)
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        wrong = ~same & ~(error <= allowed)
    if not wrong.any():
        return ""
    worst = np.unravel_index(int(np.argmax(np.where(wrong, np.nan_to_num(error, nan=np.inf), -1))), found.shape)
    index = tuple(int(i) for i in worst)
    limit = float(np.max(allowed, initial=0.0))
    return f"{found[index]!r} at {index}, expected {clean[index]!r} within {limit:.3g}; {int(wrong.sum())} of {found.size} numbers differ"
