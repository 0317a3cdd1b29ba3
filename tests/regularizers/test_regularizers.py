"""Regularizers: configs, dtypes, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import Variable, regularizers
from glassworks.errors import ArgumentError, ShapeError

ALL = [regularizers.L1(0.1), regularizers.L2(0.2), regularizers.L1L2(0.1, 0.2), regularizers.OrthogonalRegularizer(0.3, "columns")]


@pytest.mark.parametrize("regularizer", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalty_is_a_scalar_of_the_weights_dtype(regularizer: Any, dtype: str) -> None:
    penalty = regularizer(Variable(np.ones((3, 2), dtype)))
    assert penalty.shape == ()
    assert penalty.dtype == dtype


@pytest.mark.parametrize("regularizer", ALL)
def test_config_gives_an_equal_regularizer(regularizer: Any) -> None:
    copy = regularizers.deserialize(regularizers.serialize(regularizer))
    assert type(copy) is type(regularizer)
    assert copy.get_config() == regularizer.get_config()


def test_orthogonal_rows_cost_nothing() -> None:
    rotation = np.array([[0.6, 0.8], [-0.8, 0.6]])
    np.testing.assert_allclose(regularizers.OrthogonalRegularizer(1.0)(rotation), 0.0, atol=1e-7)
    np.testing.assert_allclose(regularizers.OrthogonalRegularizer(1.0)(np.ones((2, 2))), 1.0, rtol=1e-6)


def test_functions_serve_as_regularizers() -> None:
    function = lambda x: x  # noqa: E731
    assert regularizers.get(function) is function
    assert regularizers.get(None) is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: regularizers.get("l3"), ArgumentError, "did you mean"),
        (lambda: regularizers.L1(-0.1), ArgumentError, "l1=-0.1"),
        (lambda: regularizers.L2(float("inf")), ArgumentError, "l2=inf"),
        (lambda: regularizers.L2("0.1"), ArgumentError, "pass a number, not the string"),
        (lambda: regularizers.L1L2(l2=float("nan")), ArgumentError, "l2=nan"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), ArgumentError, "did you mean 'rows'"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), ShapeError, "a matrix"),
    ],
)
def test_wrong_use_is_refused(make: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()
