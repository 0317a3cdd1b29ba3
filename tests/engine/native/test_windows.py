"""Windows that slide, on the native engine: convolutions, pooling and their gradients are the reference's, without Python."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import layers, ops
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.reference import ReferenceProgram
from glassworks.graph import Spec, gradients, trace
from tests.engine.native.helpers import assert_same, traced

DTYPES = ["float32", "float64"]
SIZES = {1: (11,), 2: (9, 7), 3: (5, 6, 4)}
WINDOWS = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}
# Strides and dilation that the layers allow together.
STEPS = [(1, 1), (2, 1), (3, 1), (1, 2)]


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def with_gradients(op: Callable) -> Callable:
    """The output of an op and, with a loss that weighs each number differently, the gradient of every input."""

    def function(*inputs: Any) -> list[Any]:
        output = op(*inputs)
        weights = ops.cos(ops.cast(ops.reshape(ops.arange(int(np.prod(output.shape))), output.shape), output.dtype))
        return [output, *gradients([ops.sum(output * output * weights)], list(inputs))]

    return function


def compare(op: Callable, *arrays: np.ndarray, scale: float = 3.0) -> None:
    """Output and gradients equal the reference's, and no station calls back into Python."""
    function = with_gradients(op)
    stations = NativeProgram(traced(function, *arrays)).stations()
    assert [op for station in stations for op in station.ops if "in Python" in op] == []
    assert_same(function, *arrays, scale=scale)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolutions(isa: str, dtype: str, rank: int, padding: str) -> None:
    for (strides, dilation), (channels, filters, groups) in itertools.product(STEPS, [(1, 5, 1), (3, 17, 1), (4, 6, 2), (2, 48, 1)]):
        x = numbers((2, *SIZES[rank], channels), dtype)
        kernel = numbers((*WINDOWS[rank], channels // groups, filters), dtype, 1)
        compare(lambda x, k, s=strides, d=dilation: ops.conv(x, k, s, padding, dilation_rate=d), x, kernel)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_windows_of_a_single_long_line_are_read_where_they_lie(isa: str, dtype: str, padding: str) -> None:
    long = [((61,), (3,), 1), ((130,), (4,), 2), ((50,), (1,), 1), ((100,), (1,), 2), ((3, 61), (1, 5), 1), ((70,), (70,), 1)]
    for (size, window, strides), (channels, filters) in itertools.product(long, [(5, 7), (16, 48)]):
        x, kernel = numbers((3, *size, channels), dtype), numbers((*window, channels, filters), dtype, 1)
        compare(lambda x, k, s=strides: ops.conv(x, k, s, padding), x, kernel, scale=10.0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_four_places_at_a_time(isa: str, dtype: str, padding: str) -> None:
    for batch, height, width, channels, filters in [(1, 4, 4, 16, 16), (3, 5, 7, 32, 16), (2, 12, 9, 16, 48), (5, 33, 30, 16, 16)]:
        x = numbers((batch, height, width, channels), dtype)
        kernel = numbers((3, 3, channels, filters), dtype, 1)
        stations = NativeProgram(traced(with_gradients(lambda x, k: ops.conv(x, k, 1, padding)), x, kernel)).stations()
        names = {op.split(" ")[0] for station in stations for op in station.ops}
        assert {"winograd", "winograd_kernel", "winograd_kernel_gradient"} <= names
        compare(lambda x, k: ops.conv(x, k, 1, padding), x, kernel, scale=10.0)


def test_a_kernel_that_has_changed_is_transformed_anew() -> None:
    x = numbers((2, 8, 8, 16), "float32")
    layer = layers.Conv2D(16, 3)
    layer.build(x.shape)
    program = NativeProgram(trace(layer, Spec(x.shape, "float32")))
    assert [op for station in program.stations() for op in station.ops if op == "winograd_kernel"] == []
    for seed in (1, 2):
        layer.kernel.assign(numbers(layer.kernel.shape, "float32", seed))
        (found,) = program(x)
        np.testing.assert_allclose(found, ReferenceProgram(trace(layer, Spec(x.shape, "float32")))(x)[0], rtol=1e-4, atol=1e-4)


def test_sums_and_activations_behind_four_places_at_a_time(isa: str) -> None:
    x, kernel = numbers((4, 30, 26, 16), "float32"), numbers((3, 3, 16, 32), "float32", 1)

    def layer(x: Any, kernel: Any) -> Any:
        y = ops.conv(x, kernel, 1, "same")
        mean = ops.mean(y, axis=(0, 1, 2))
        return ops.relu((y - mean) * ops.rsqrt(ops.mean(ops.square(y - mean), axis=(0, 1, 2)) + 1e-3))

    compare(layer, x, kernel, scale=20.0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_depthwise_convolutions(isa: str, dtype: str, rank: int, padding: str) -> None:
    for (strides, dilation), (channels, multiplier) in itertools.product(STEPS, [(5, 1), (3, 2)]):
        x = numbers((2, *SIZES[rank], channels), dtype)
        kernel = numbers((*WINDOWS[rank], channels, multiplier), dtype, 1)
        compare(lambda x, k, s=strides, d=dilation: ops.depthwise_conv(x, k, s, padding, dilation_rate=d), x, kernel)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_convolutions(isa: str, dtype: str, rank: int, padding: str) -> None:
    for (strides, dilation), added in itertools.product(STEPS, (None, 0, 1)):
        if (added or 0) < strides:
            x, kernel = numbers((2, *SIZES[rank], 3), dtype), numbers((*WINDOWS[rank], 5, 3), dtype, 1)
            compare(lambda x, k, s=strides, d=dilation, a=added: ops.conv_transpose(x, k, s, padding, a, dilation_rate=d), x, kernel)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rank", SIZES)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling(isa: str, dtype: str, rank: int, padding: str) -> None:
    for pool, channels in itertools.product((ops.max_pool, ops.average_pool), (1, 7)):
        x = numbers((2, *SIZES[rank], channels), dtype)
        for strides in (None, 1, 2, 4):
            compare(lambda x, pool=pool, s=strides: pool(x, WINDOWS[rank], s, padding), x)


def test_sizes_that_fit_no_tile(isa: str) -> None:
    for batch, size, channels, filters in [(1, (1, 1), 1, 1), (1, (13, 14), 17, 33), (5, (3, 40), 3, 64), (3, (20, 19), 1, 8)]:
        x, kernel = numbers((batch, *size, channels), "float32"), numbers((3, 3, channels, filters), "float32", 1)
        compare(lambda x, k: ops.conv(x, k, padding="same"), x, kernel)
        compare(lambda x: ops.max_pool(x, 3, 2, "same"), x)


def test_windows_larger_than_the_inputs_and_windows_of_one_cell(isa: str) -> None:
    x = numbers((2, 3, 2, 4), "float32")
    for window, strides in [((7, 5), 1), ((7, 5), 2), ((1, 1), 1), ((1, 1), 2), ((1, 3), (1, 2))]:
        kernel = numbers((*window, 4, 3), "float32", 1)
        compare(lambda x, k, s=strides: ops.conv(x, k, s, "same"), x, kernel)
        compare(lambda x, w=window, s=strides: ops.max_pool(x, w, s, "same"), x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_channels_first(isa: str, dtype: str) -> None:
    x, kernel = numbers((2, 3, 6, 5), dtype), numbers((3, 2, 3, 4), dtype, 1)
    compare(lambda x, k: ops.max_pool(ops.conv(x, k, 1, "same", "channels_first"), 2, data_format="channels_first"), x, kernel)


@pytest.mark.parametrize("channels", [1, 2])
def test_batches_without_samples(isa: str, channels: int) -> None:
    x, kernel = np.zeros((0, 6, 5, channels), "float32"), numbers((3, 3, channels, 4), "float32")
    assert_same(with_gradients(lambda x, k: ops.conv(x, k, padding="same")), x, kernel)
    assert_same(with_gradients(lambda x, k: ops.depthwise_conv(x, k, 2)), x, kernel)
    assert_same(with_gradients(lambda x, k: ops.conv_transpose(x, k, 2)), x, np.swapaxes(kernel, 2, 3).copy())
    assert_same(with_gradients(lambda x: ops.max_pool(x, 2, padding="same")), x)
    assert_same(with_gradients(lambda x: ops.average_pool(x, 2, 1)), x)


def test_infinities_and_the_first_of_equal_numbers(isa: str) -> None:
    x = np.array([3, 3, -np.inf, 3, np.inf, -np.inf, -np.inf, -np.inf, 0, -0.0, np.nan, 5], "float32").reshape(1, 12, 1)
    for padding, strides in itertools.product(("valid", "same"), (1, 2, 3)):
        assert_same(lambda x, p=padding, s=strides: ops.max_pool(x, 3, s, p), x)
    ties = np.ones((2, 6, 6, 3), "float32")
    compare(lambda x: ops.max_pool(x, 3, 2), ties)
    compare(lambda x: ops.max_pool(x, 2), ties)


def test_second_derivatives_are_windows_too(isa: str) -> None:
    def slope(x: Any, kernel: Any) -> Any:
        (gradient,) = gradients([ops.sum(ops.square(ops.conv(x, kernel, 2, "same")))], [x])
        return gradient

    compare(slope, numbers((2, 7, 6, 3), "float64"), numbers((3, 3, 3, 4), "float64", 1))


def test_bias_and_activation_run_in_the_station_of_the_convolution() -> None:
    x, bias = numbers((4, 10, 9, 3), "float32"), numbers((8,), "float32", 2)
    kernel = numbers((3, 3, 3, 8), "float32", 1)
    stations = NativeProgram(traced(lambda x, k, b: ops.relu(ops.conv(x, k) + b), x, kernel, bias)).stations()
    assert len(stations) == 1 and any(op.startswith("convolution") for op in stations[0].ops), stations
