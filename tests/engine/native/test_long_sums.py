"""Rounding errors of sums over long axes: equal terms, whose errors all point the same way, are the worst there is.

In one running sum of float32, 1% of a million such terms is lost; in blocks, the error stays near that of one block.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.reference import ReferenceProgram
from glassworks.graph import Value, gradients
from tests.engine.native.helpers import traced

TOLERANCE = 3e-5
LONG = 200_000
Function = Callable[..., list[Value]]


def kernel_gradient(layer: Callable[[Value, Value], Value]) -> Function:
    """The gradient of a kernel that has been used at many places."""

    def run(x: Value, kernel: Value) -> list[Value]:
        y = layer(x, kernel)
        return gradients([y], [kernel], [ops.full_like(y, 0.1) + 0 * y])

    return run


def matmul(x: Value, y: Value) -> list[Value]:
    return [ops.matmul(x, y)]


def matmul_of_transposed(x: Value, y: Value) -> list[Value]:
    return [ops.matmul(x, ops.transpose(y))]


def first_transposed(x: Value, y: Value) -> list[Value]:
    return [ops.matmul(ops.transpose(x), y)]


PRODUCTS = [
    (function, shape(rows), other(columns))
    for function, shape, other in (
        (matmul, lambda m: (m, LONG), lambda n: (LONG, n)),
        (matmul_of_transposed, lambda m: (m, LONG), lambda n: (n, LONG)),
        (first_transposed, lambda m: (LONG, m), lambda n: (LONG, n)),
    )
    for rows, columns in ((1, 1), (1, 17), (1, 40), (2, 3), (3, 5), (7, 16), (14, 33))
]
OTHERS: dict[str, tuple[Function, tuple[int, ...], tuple[int, ...]]] = {
    "product with itself": (lambda x, _: [ops.matmul(x, ops.transpose(x))], (3, LONG), (1,)),
    "dot": (lambda x, y: [ops.dot(x, y)], (LONG,), (LONG,)),
    "sum of columns": (lambda x, y: [ops.sum(x * y, axis=1)], (3, LONG), (1,)),
    "sum of one number": (lambda x, y: [ops.sum(ops.broadcast_to(x * y, (2, LONG)), axis=1)], (2, 1), (1,)),
    "sum of rows": (lambda x, y: [ops.sum(x * y, axis=0)], (LONG, 3), (1,)),
    "mean of a middle axis": (lambda x, y: [ops.mean(x * y, axis=1)], (2, LONG // 2, 3), (1,)),
    "logsumexp": (lambda x, y: [ops.logsumexp(x * y, axis=1)], (2, LONG), (1,)),
    "attention": (lambda q, k: [ops.dot_product_attention(q, k, k)], (1, 2, 2, 8), (1, LONG // 4, 2, 8)),
    "dense kernel": (kernel_gradient(ops.matmul), (LONG, 4), (4, 8)),
    "bias": (kernel_gradient(ops.add), (LONG, 4), (4,)),
    "pointwise kernel": (kernel_gradient(ops.conv), (4, 50_000, 4), (1, 4, 8)),
    "convolution kernel": (kernel_gradient(ops.conv), (4, 50_000, 4), (3, 4, 8)),
    "strided convolution kernel": (kernel_gradient(lambda x, k: ops.conv(x, k, 2)), (64, 64, 64, 3), (5, 5, 3, 8)),
    "convolution kernel by Winograd": (kernel_gradient(lambda x, k: ops.conv(x, k, 1, "same")), (64, 28, 28, 16), (3, 3, 16, 16)),
    "depthwise kernel": (kernel_gradient(ops.depthwise_conv), (200, 1000, 4), (3, 4, 1)),
    "depthwise kernel of images": (kernel_gradient(lambda x, k: ops.depthwise_conv(x, k, 1, "same")), (64, 28, 28, 4), (3, 3, 4, 1)),
    "transposed convolution kernel": (kernel_gradient(lambda x, k: ops.conv_transpose(x, k, 2, "same")), (64, 28, 28, 4), (3, 3, 8, 4)),
    "convolution of many channels": (lambda x, k: [ops.conv(x, k)], (1, 5, 5, 8192), (3, 3, 8192, 8)),
}


def assert_accurate(function: Function, shape: tuple[int, ...], other: tuple[int, ...]) -> None:
    """float32 by the native engine, beside float64 by the reference engine."""
    arrays = [np.full(shape, 0.1, "float32"), np.full(other, 0.1, "float32")]
    exact = ReferenceProgram(traced(function, *(a.astype("float64") for a in arrays)))(*(a.astype("float64") for a in arrays))
    found = NativeProgram(traced(function, *arrays))(*arrays)
    for result, expected in zip(found, exact, strict=True):
        np.testing.assert_allclose(result, expected, rtol=TOLERANCE)


@pytest.mark.parametrize(("function", "shape", "other"), PRODUCTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_products_over_long_axes_keep_their_accuracy(function: Function, shape: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert_accurate(function, shape, other)


def test_products_over_long_axes_keep_their_accuracy_on_each_instruction_set(isa: str) -> None:
    assert_accurate(matmul, (7, LONG), (LONG, 5))
    assert_accurate(matmul_of_transposed, (2, LONG), (5, LONG))


@pytest.mark.parametrize("name", OTHERS)
def test_other_long_sums_keep_their_accuracy(name: str) -> None:
    assert_accurate(*OTHERS[name])
