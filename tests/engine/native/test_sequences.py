"""Recurrent layers on the native engine are those of the reference, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import apply
from glassworks.graph.backward import gradients
from glassworks.ops.primitives.recurrent import gru_sequence, lstm_sequence
from tests.engine.native.helpers import assert_same, traced

PARTS = {"lstm": 4, "gru": 3}
SEQUENCES = {"lstm": lstm_sequence, "gru": gru_sequence}


def operands(kind: str, batch: int, steps: int, units: int, dtype: str, masked: bool) -> list[np.ndarray]:
    rng = np.random.default_rng(batch + steps + units)
    width = PARTS[kind] * units
    shapes = [(batch, steps, width), (units, width), (batch, units) if kind == "lstm" else (width,), (batch, units)]
    arrays = [rng.uniform(-1, 1, shape).astype(dtype) for shape in shapes]
    return [*arrays, rng.random((batch, steps)) < 0.7] if masked else arrays


def walked_and_back(kind: str, reverse: bool) -> Any:
    """The states of a sequence, and the gradients of a function of them."""

    def function(*inputs: Any) -> Any:
        outputs = apply(SEQUENCES[kind], *inputs, reverse=reverse)
        states = outputs[: 2 if kind == "lstm" else 1]
        total = sum(ops.sum(state * state * 0.5 + state) for state in states)
        return *states, *gradients([total], list(inputs[:4]))

    return function


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", list(PARTS))
def test_a_sequence_and_its_gradients(isa: str, kind: str, masked: bool, reverse: bool, dtype: str) -> None:
    for batch, steps, units in [(1, 1, 1), (2, 3, 5), (5, 4, 16), (6, 3, 17), (33, 5, 33), (40, 2, 130)]:
        arrays = operands(kind, batch, steps, units, dtype, masked)
        function = walked_and_back(kind, reverse)
        assert_same(function, *arrays, scale=10.0)
        stations = NativeProgram(traced(function, *arrays)).stations()
        # With a single step, what is taken from the states before it is empty: Python does nothing, quickly.
        assert steps == 1 or not [op for station in stations for op in station.ops if "in Python" in op]
