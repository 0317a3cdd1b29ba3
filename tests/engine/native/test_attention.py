"""Attention on the native engine is that of the reference, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import apply
from glassworks.graph.backward import gradients
from glassworks.ops.primitives.attention import attention
from tests.engine.native.helpers import assert_same, traced

# batch, queries, keys, heads, heads of keys, size of a head, size of a head of values
SHAPES = [(1, 1, 1, 1, 1, 1, 1), (2, 3, 5, 2, 2, 4, 4), (1, 17, 33, 4, 2, 16, 20), (2, 130, 129, 2, 1, 8, 8), (1, 300, 140, 1, 1, 33, 17)]
MASKS = [None, (1, 1, 1, 1), (0, 1, 1, 1), (0, 0, 0, 1), (1, 0, 1, 0)]


def forward_and_back(causal: bool) -> Any:
    """The output of attention, and the gradients of a function of it."""

    def function(*inputs: Any) -> Any:
        output, logarithms = apply(attention, *inputs, scale=0.3, causal=causal)
        # Each input adds something of its own: where a query sees one key, all else that it gets is rounding.
        total = ops.sum(output * output + output) + sum(ops.sum(x) for x in inputs[:3])
        return output, logarithms, *gradients([total], list(inputs[:3]))

    return function


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", MASKS)
def test_attention_and_its_gradients(isa: str, mask: tuple | None, causal: bool, dtype: str) -> None:
    for b, t, s, h, k, d, v in SHAPES:
        rng = np.random.default_rng(t)
        arrays = [rng.normal(size=shape).astype(dtype) for shape in [(b, t, h, d), (b, s, k, d), (b, s, k, v)]]
        if mask is not None:
            sizes = tuple(size if there else 1 for size, there in zip((b, h, t, s), mask, strict=True))
            arrays.append(rng.random(sizes) < 0.6)
        function = forward_and_back(causal)
        assert_same(function, *arrays, scale=10.0)
        stations = NativeProgram(traced(function, *arrays)).stations()
        assert not [op for station in stations for op in station.ops if "in Python" in op]


def test_a_query_that_sees_no_key_takes_the_mean_of_all_values(isa: str) -> None:
    rng = np.random.default_rng(0)
    query, key, value = (rng.normal(size=(1, 150, 2, 4)).astype("float32") for _ in range(3))
    mask = rng.random((1, 1, 150, 150)) < 0.5
    mask[:, :, 7] = False
    for causal in (False, True):
        assert_same(forward_and_back(causal), query, key, value, mask, scale=10.0)
        found, *_ = NativeProgram(traced(forward_and_back(causal), query, key, value, mask))(query, key, value, mask)
        np.testing.assert_allclose(found[0, 7], value[0].mean(axis=0), rtol=1e-4, atol=1e-6)
