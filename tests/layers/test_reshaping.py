"""Reshaping layers: what they refuse, and unknown sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import config, layers
from glassworks.errors import ArgumentError, ShapeError


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (layers.Reshape((5, 5)), (2, 24), "samples of shape \\(24,\\) with 24 numbers"),
        (layers.Reshape((5, -1)), (2, 24), "a multiple of 5 numbers"),
        (layers.Permute((2, 1)), (2, 3), "exactly 3 axes"),
        (layers.RepeatVector(2), (2, 3, 4), "exactly 2 axes"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(layer: Any, shape: tuple, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layer(np.zeros(shape))


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (layers.Flatten(), (None, None, 3), (None, None)),
        (layers.Flatten(), (None,), (None, 1)),
        (layers.Flatten(), (2, 0, 3), (2, 0)),
        (layers.Reshape((-1, 2)), (None, None, 2), (None, None, 2)),
        (layers.Reshape((3, 2)), (None, None), (None, 3, 2)),
        (layers.Permute((2, 1)), (None, None, 3), (None, 3, None)),
        (layers.RepeatVector(4), (None, 3), (None, 4, 3)),
    ],
)
def test_unknown_sizes_stay_unknown(layer: Any, shape: tuple, expected: tuple) -> None:
    assert layer.compute_output_shape(shape) == expected


@pytest.mark.parametrize("target", [(-1, -1), (2, -3), (2.5,), (None, None)])
def test_reshape_refuses_impossible_targets(target: tuple) -> None:
    with pytest.raises(ArgumentError, match="target_shape"):
        layers.Reshape(target)


def test_flatten_follows_the_global_data_format() -> None:
    x = np.arange(12.0).reshape(1, 3, 2, 2)
    config.set_image_data_format("channels_first")
    try:
        layer = layers.Flatten()
    finally:
        config.set_image_data_format("channels_last")
    np.testing.assert_array_equal(layer(x), x.transpose(0, 2, 3, 1).reshape(1, -1))


def test_empty_batches_pass() -> None:
    assert layers.Flatten()(np.zeros((0, 2, 3))).shape == (0, 6)
    assert layers.Reshape((3, 2))(np.zeros((0, 6))).shape == (0, 3, 2)
