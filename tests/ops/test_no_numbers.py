"""Reductions over axes that hold no numbers, infinite ones, or more than 16 bits count."""

from __future__ import annotations

import keras as real
import ml_dtypes
import numpy as np
import pytest

from glassworks import ops

EMPTY = [(2, 3, 0), (0, 2, 2), (2, 0, 3), (0, 0, 2)]
AXES = [None, -1, 0, 1, (0, 1), (1, 2)]


@pytest.mark.parametrize("shape", EMPTY, ids=str)
@pytest.mark.parametrize("axis", AXES, ids=str)
def test_logsumexp_over_no_numbers_is_minus_infinity(shape: tuple[int, ...], axis: object) -> None:
    x = np.ones(shape, "float32")
    np.testing.assert_array_equal(ops.logsumexp(x, axis=axis), np.full(np.sum(x, axis=axis).shape, -np.inf))


@pytest.mark.parametrize("shape", EMPTY, ids=str)
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_medians_and_quantiles_of_no_numbers_are_nan(shape: tuple[int, ...], axis: object, keepdims: bool) -> None:
    x = np.ones(shape, "float32")
    expected = np.sum(x, axis=axis, keepdims=keepdims) * np.nan
    for name in ("median", "nanmedian"):
        np.testing.assert_array_equal(getattr(ops, name)(x, axis=axis, keepdims=keepdims), expected)
    several = ops.quantile(x, [0.1, 0.5, 0.9], axis=axis, keepdims=keepdims)
    np.testing.assert_array_equal(several, np.stack([expected] * 3))


@pytest.mark.parametrize(("order", "axis"), [(np.inf, 2), (1, (1, 2)), (2, (1, 2)), (np.inf, (2, 1)), ("nuc", (1, 2)), ("fro", (1, 2))])
def test_norms_of_no_numbers_are_zero(order: object, axis: object) -> None:
    x = np.ones((2, 3, 0), "float32")
    np.testing.assert_array_equal(ops.norm(x, ord=order, axis=axis), real.ops.norm(x, ord=order, axis=axis))


@pytest.mark.parametrize("numbers", [[np.inf], [1, np.inf, np.inf], [-np.inf, -np.inf, 1, 2], [1, np.inf]])
def test_the_median_of_infinite_numbers_is_that_of_keras(numbers: list[float]) -> None:
    x = np.array(numbers, "float32")
    np.testing.assert_allclose(ops.nanmedian(x), np.median(x.astype("float64")), rtol=1e-6)
    np.testing.assert_array_equal(ops.median(x), real.ops.median(x))


def test_a_quantile_between_equal_infinite_numbers_is_infinite() -> None:
    x = np.array([np.inf, np.inf, 1.0, 1.0], "float32")
    np.testing.assert_array_equal(ops.quantile(x, [0.3, 0.5, 0.9, 1.0]), [1.0, np.inf, np.inf, np.inf])


@pytest.mark.parametrize("dtype", ["float16", ml_dtypes.bfloat16])
def test_the_median_of_more_numbers_than_16_bits_count_is_in_the_middle(dtype: object) -> None:
    x = np.repeat(np.array([1.0, 2.0, 3.0], "float32"), [2050, 3, 2048]).astype(dtype)
    assert float(ops.median(x)) == 2.0
