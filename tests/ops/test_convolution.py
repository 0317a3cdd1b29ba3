"""Convolutions of 16-bit numbers: products and sums are float32, and the result is rounded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import GradientTape, ops
from glassworks.typing import Tensor

CASES: dict[str, tuple[Callable[..., Tensor], tuple[int, ...], tuple[int, ...]]] = {
    "one axis": (ops.conv, (2, 9, 4), (3, 4, 5)),
    "strides": (lambda x, k: ops.conv(x, k, 2, "same"), (2, 9, 7, 4), (3, 3, 4, 2)),
    "groups": (lambda x, k: ops.conv(x, k, 1, "same"), (2, 5, 6, 4), (3, 2, 2, 6)),
    "depthwise": (ops.depthwise_conv, (2, 5, 6, 4), (3, 3, 4, 2)),
    "transposed": (lambda x, k: ops.conv_transpose(x, k, 2, "same"), (2, 5, 4), (3, 6, 4)),
}


def results(function: Callable[..., Tensor], x: Any, kernel: Any) -> list[Tensor]:
    """The output, and the gradients of both arguments."""
    x, kernel = ops.convert_to_tensor(x), ops.convert_to_tensor(kernel)
    with GradientTape() as tape:
        tape.watch([x, kernel])
        y = function(x, kernel)
    return [y, *tape.gradient(y, [x, kernel])]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", CASES)
def test_a_convolution_of_16_bit_numbers_is_that_of_float32_rounded_once(name: str, dtype: str) -> None:
    function, *shapes = CASES[name]
    rng = np.random.default_rng(3)
    x, kernel = (ops.cast(rng.normal(0, 30, shape), dtype) for shape in shapes)
    wide = results(function, ops.cast(x, "float32"), ops.cast(kernel, "float32"))
    for found, expected in zip(results(function, x, kernel), wide, strict=True):
        assert found.dtype.name == dtype
        # float32 sums in another order may round to the neighbouring number.
        limit = 1e-3 if dtype == "float16" else 8e-3
        np.testing.assert_allclose(np.asarray(found, "float64"), np.asarray(expected, "float64"), rtol=limit, atol=0.01)


def test_terms_that_float16_cannot_hold_may_cancel() -> None:
    x = np.array([[[4e4, 4e4], [-4e4, -4e4]]], "float16")
    assert ops.conv(x, np.ones((2, 2, 1), "float16")).numpy().tolist() == [[[0.0]]]
