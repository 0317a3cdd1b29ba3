"""Runs an op graph eagerly, traced on the reference engine and traced on the native engine, and compares values and gradients."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import glassworks
from glassworks import dtypes, ops
from glassworks.engine.native.core import native as core
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import GradientTape, Spec, Value, as_array, gradients, trace
from tests.fuzz.case import OpCase
from tests.fuzz.data import draw
from tests.fuzz.failure import CaseError
from tests.fuzz.graphs import op_namespace
from tests.fuzz.oracle import Noise, difference, disturbed, spread
from tests.fuzz.rows import row_inputs


def inputs_of(case: OpCase) -> list[np.ndarray]:
    """The arrays that the case starts from."""
    rng, arrays = np.random.default_rng([6, case.seed]), []
    for given in case.used_inputs():
        if given.values.startswith("row:"):
            _, name, number, place = given.values.split(":")
            arrays.append(np.asarray(row_inputs(name, int(number))[int(place)]).astype(dtypes.numpy_dtype(given.dtype)))
        else:
            arrays.append(draw(rng, given.shape, given.dtype, given.values))  # type: ignore[arg-type]
    return arrays


class Computation:
    """The function of a case, with or without gradients."""

    def __init__(self, case: OpCase, library: Any = glassworks) -> None:
        self._code = compile("\n".join(case.body()), f"<ops:{case.seed}>", "exec")
        self._names = [given.name for given in case.used_inputs()]
        self._outputs, self._library, self._seed = case.outputs, library, case.seed

    def outputs(self, *values: Any) -> list[Any]:
        """The outputs for these inputs."""
        names = op_namespace(self._library) | dict(zip(self._names, values, strict=True))
        exec(self._code, names)
        return [names[name] for name in self._outputs]

    def seeds(self, outputs: list[Any]) -> list[np.ndarray]:
        """What the gradient of each output is multiplied by."""
        rng = np.random.default_rng([7, self._seed])
        return [rng.uniform(0.5, 1.5, np.shape(o)).astype(dtypes.numpy_dtype(str(o.dtype))) for o in outputs]

    def traced(self, *values: Any) -> list[Any]:
        """Outputs and gradients of the floating inputs, under trace."""
        outputs = self.outputs(*values)
        floating = [o for o in outputs if isinstance(o, Value) and dtypes.is_float(o.dtype)]  # others are constants
        sources = [v for v in values if dtypes.is_float(v.dtype)]
        return [*outputs, *gradients(floating, sources, [as_array(s) for s in self.seeds(floating)])]

    def eager(self, *arrays: Any) -> list[Any]:
        """The same on arrays, by a tape."""
        values = [as_array(a) for a in arrays]
        sources = [v for v in values if dtypes.is_float(v.dtype.name)]
        with GradientTape() as tape:
            tape.watch(sources)
            outputs = self.outputs(*values)
            floating = [o for o in outputs if dtypes.is_float(o.dtype.name)]
            total = [ops.cast(ops.sum(o * s), "float64") for o, s in zip(floating, self.seeds(floating), strict=True)]
        return [*outputs, *tape.gradient(total, sources)]


def check_graph(case: OpCase) -> dict[str, int]:
    """Run a case; raises `CaseError` where two ways of running it disagree."""
    arrays = inputs_of(case)
    computation = Computation(case)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        graph = trace(computation.traced if case.gradient else computation.outputs, *(Spec(a.shape, a.dtype.name) for a in arrays))
        noise = Noise()
        reference = disturbed(graph, noise)
        clean = reference(*arrays)
        for value, tensor in zip(clean, graph.outputs, strict=True):
            if value is not None and (value.shape, value.dtype.name) != (tensor.shape, tensor.dtype):
                raise CaseError("predicted shape or dtype is wrong", f"{tensor.spec}, found {value.shape} {value.dtype}")
        eager = [np.asarray(v) for v in computation.outputs(*map(as_array, arrays))]
        limits = allowed(reference, noise, clean, arrays, 2, 1.5)
        ways = {"eager differs from reference": eager}
        if core is not None:
            ways["native differs from reference"] = _with_lost_nans(case, NativeProgram(graph)(*arrays), clean)
        for what, found in ways.items():
            text = first_difference(found, clean, limits)
            if text and first_difference(found, clean, allowed(reference, noise, clean, arrays, 8, 4.0)):
                raise CaseError(what, text)
    return {"compared": sum(limit is not None for limit in limits), "hopeless": sum(limit is None for limit in limits)}


def _with_lost_nans(case: OpCase, found: list[Any], clean: list[Any]) -> list[Any]:
    """Native results, with NaN for 0 where that is right and a matrix product is in the graph: it skips rows of zeros, and 0 x NaN with them."""
    if "matmul" not in "".join(case.body()):
        return found
    return [
        np.where((mine == 0) & np.isnan(right), right, mine) if right is not None and dtypes.is_float(right.dtype.name) else mine
        for mine, right in zip(found, clean, strict=True)
    ]


def allowed(program: Any, noise: Noise, clean: list[Any], arrays: list[np.ndarray], runs: int, amplitude: float) -> list[Any]:
    """How far each result may be off."""
    noisy = []
    for seed in range(runs):
        noise.amplitude, noise.rng = amplitude, np.random.default_rng(seed)
        noisy.append(program(*arrays))
    noise.amplitude = 0.0
    return [None if value is None else spread(value, [n[i] for n in noisy]) for i, value in enumerate(clean)]


def first_difference(found: list[Any], clean: list[Any], limits: list[Any]) -> str:
    """The first result that differs, in words."""
    for i, (one, other, limit) in enumerate(zip(found, clean, limits, strict=False)):
        text = difference(one, other, limit) if limit is not None else ""
        if text:
            return f"result {i}: {text}"
    return ""
