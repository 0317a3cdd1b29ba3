"""Constraints: their promises, configs, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import constraints
from glassworks.errors import ArgumentError

W = np.random.default_rng(0).normal(scale=3.0, size=(5, 4)).astype("float32")
ALL = [constraints.NonNeg(), constraints.MaxNorm(0.5, 1), constraints.UnitNorm([0, 1]), constraints.MinMaxNorm(0.5, 1.5, 0.5, 1)]


def norms(w: Any) -> np.ndarray:
    return np.linalg.norm(w, axis=0)


def test_promises() -> None:
    assert (np.asarray(constraints.NonNeg()(W)) >= 0).all()
    assert (norms(constraints.MaxNorm(2.0)(W)) <= 2.0 + 1e-5).all()
    np.testing.assert_allclose(norms(constraints.UnitNorm()(W)), 1.0, rtol=1e-5)
    np.testing.assert_allclose(norms(constraints.MinMaxNorm(9.0, 10.0)(W)), 9.0, rtol=1e-5)


def test_weights_within_the_limits_stay() -> None:
    np.testing.assert_allclose(constraints.MaxNorm(1000.0)(W), W, rtol=1e-5)
    np.testing.assert_array_equal(constraints.NonNeg()(abs(W)), abs(W))


def test_zero_weights_stay_finite() -> None:
    for constraint in ALL:
        assert np.isfinite(constraint(np.zeros((3, 2)))).all()


@pytest.mark.parametrize("constraint", ALL)
def test_config_gives_an_equal_constraint(constraint: Any) -> None:
    copy = constraints.deserialize(constraints.serialize(constraint))
    assert type(copy) is type(constraint)
    assert copy.get_config() == constraint.get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: constraints.get("max_nrom"), "did you mean 'max_norm'"),
        (lambda: constraints.MaxNorm(-1), "max_value=-1"),
        (lambda: constraints.MinMaxNorm(rate=2), "rate=2"),
        (lambda: constraints.UnitNorm(axis="rows"), "axis='rows'"),
    ],
)
def test_wrong_use_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()
