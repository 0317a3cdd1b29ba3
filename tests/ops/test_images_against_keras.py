"""The ops for images against Keras's own."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest

from glassworks import ops
from tests.ops.image_cases import CASES

WHOLE = (
    *("resize bilinear (7, 3) False", "resize nearest (7, 3) False", "resize bicubic (2, 6) True", "rgb_to_grayscale"),
    *("affine_transform bilinear constant", "map_coordinates 1 wrap", "extract_patches overlapping", "pad_images", "crop_images"),
)


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_those_of_keras(name: str) -> None:
    case = CASES[name]
    arrays = [array.astype("float32") for array in case.arrays]
    found, wanted = case.call(ops.image, *arrays), np.asarray(case.call(keras.ops.image, *map(keras.ops.convert_to_tensor, arrays)))
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_are_rounded_as_in_keras(name: str) -> None:
    case = CASES[name]
    arrays = [(case.arrays[0] * 200).astype("uint8"), *(array.astype("float32") for array in case.arrays[1:])]
    found, wanted = case.call(ops.image, *arrays), np.asarray(case.call(keras.ops.image, *map(keras.ops.convert_to_tensor, arrays)))
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    # A value halfway between two integers goes where rounding errors send it.
    assert np.abs(np.asarray(found, "int32") - wanted).max() <= (1 if name.startswith(("map", "affine", "resize bi")) else 0)


def test_every_op_for_images_has_a_case() -> None:
    public = {name for name, value in vars(ops.image).items() if inspect.isfunction(value)}
    assert public == {name.split()[0] for name in CASES} | {"elastic_transform"}


def test_elastic_transforms_move_pixels_as_far_as_those_of_keras() -> None:
    ramp = np.broadcast_to(np.arange(64, dtype="float32")[None, :, None], (64, 64, 1))
    arguments = {"alpha": 8.0, "sigma": 2.0, "fill_mode": "nearest", "data_format": "channels_last"}
    moves = np.asarray(ops.image.elastic_transform(ramp, seed=3, **arguments)) - ramp
    theirs = np.asarray(keras.ops.image.elastic_transform(ramp, seed=3, **arguments)) - ramp
    assert moves.std() == pytest.approx(theirs.std(), rel=0.15)
    assert abs(moves.mean()) < 0.5
