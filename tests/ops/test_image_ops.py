"""The ops for images: gradients, traces, symbolic tensors, properties, and errors for what they cannot take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine import compile_graph
from glassworks.errors import GlassworksError
from glassworks.graph import KerasTensor, Spec, check, trace
from glassworks.testing import check_gradients
from tests.ops.image_cases import BATCH, CASES, ONE


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.smooth])
def test_gradients_are_central_differences_to_second_order(name: str) -> None:
    case = CASES[name]
    check_gradients(lambda *points: case.call(ops.image, *points), *case.arrays, order=2)


@pytest.mark.parametrize("name", CASES)
def test_a_trace_has_the_real_shape_and_gives_the_same_numbers(name: str) -> None:
    case = CASES[name]
    eager = case.call(ops.image, *case.arrays)
    graph = trace(lambda *values: case.call(ops.image, *values), *(Spec(array.shape, array.dtype.name) for array in case.arrays))
    check(graph, "engine")
    assert graph.outputs[0].spec == Spec(eager.shape, eager.dtype.name)
    np.testing.assert_allclose(compile_graph(graph)(*case.arrays)[0], eager, rtol=1e-12, atol=1e-12)
    symbolic = case.call(ops.image, *(KerasTensor(array.shape, array.dtype.name) for array in case.arrays))
    assert symbolic.shape == eager.shape and symbolic.dtype == eager.dtype.name


def test_an_unknown_batch_size_stays_unknown() -> None:
    images = KerasTensor((None, 8, 8, 3))
    assert ops.image.resize(images, (4, 6)).shape == (None, 4, 6, 3)
    assert ops.image.gaussian_blur(images).shape == (None, 8, 8, 3)
    assert ops.image.extract_patches(images, 4).shape == (None, 2, 2, 48)
    assert ops.image.crop_images(images, 1, 1, 1, 1).shape == (None, 6, 6, 3)


def test_an_elastic_transform_with_a_seed_gives_the_same_each_time_and_moves_pixels_smoothly() -> None:
    ramp = np.broadcast_to(np.arange(32, dtype="float32")[:, None, None], (32, 32, 1))
    first, second = (ops.image.elastic_transform(ramp, alpha=5.0, sigma=3.0, seed=2) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - ramp).max() > 0.1 and np.abs(np.diff(np.asarray(first), axis=1)).max() < 4
    assert ops.image.elastic_transform(ramp.astype("uint8")[None], seed=1).dtype == np.uint8
    assert ops.image.elastic_transform(KerasTensor((None, 4, 6, 3))).shape == (None, 4, 6, 3)


def test_colours_come_back_from_hue_saturation_and_value() -> None:
    there = ops.image.rgb_to_hsv(BATCH)
    np.testing.assert_allclose(ops.image.hsv_to_rgb(there), BATCH, atol=1e-12)
    grey = ops.image.rgb_to_hsv(np.full((1, 1, 3), 0.4))
    np.testing.assert_array_equal(grey, [[[0.0, 0.0, 0.4]]])


def test_a_projective_transform_divides_by_its_last_row() -> None:
    ramp = np.broadcast_to(np.arange(8.0)[None, :, None], (4, 8, 1))
    found = ops.image.affine_transform(ramp, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.5, 0.0])[0, :, 0]
    np.testing.assert_allclose(found, np.arange(8.0) / (0.5 * np.arange(8.0) + 1))


def test_equal_corners_change_nothing() -> None:
    corners = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 4.0], [5.0, 4.0]])
    np.testing.assert_allclose(ops.image.perspective_transform(BATCH, corners[None], corners[None]), BATCH, atol=1e-9)


WRONG: list[tuple[Callable[[], Any], list[str]]] = [
    (lambda: ops.image.resize(np.ones((4, 4)), (2, 2)), ["(4, 4)", "3 axes", "expand_dims"]),
    (lambda: ops.image.resize(BATCH, 4), ["size=4", "height and width"]),
    (lambda: ops.image.resize(BATCH, (4, 0)), ["size=(4, 0)", "positive"]),
    (lambda: ops.image.resize(BATCH, (-1, 4)), ["size=(-1, 4)"]),
    (lambda: ops.image.resize(BATCH, (4, 4), interpolation="area"), ["interpolation='area'", "bilinear"]),
    (lambda: ops.image.resize(BATCH, (4, 4), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), ["at most one"]),
    (lambda: ops.image.resize(BATCH, (4, 4), fill_mode="wrap"), ["fill_mode='wrap'", "constant"]),
    (lambda: ops.image.resize(BATCH, (4, 4), data_format="last"), ["data_format='last'"]),
    (lambda: ops.image.affine_transform(BATCH, np.ones((2, 3))), ["(2, 3)", "(batch, 8)"]),
    (lambda: ops.image.affine_transform(BATCH, TURN, interpolation="cubic"), ["interpolation='cubic'"]),
    (lambda: ops.image.affine_transform(BATCH, TURN, fill_mode="edge"), ["fill_mode='edge'", "reflect"]),
    (lambda: ops.image.perspective_transform(BATCH, np.ones((4, 3)), np.ones((4, 3))), ["(4, 3)", "(4, 2)"]),
    (lambda: ops.image.perspective_transform(BATCH, np.ones((4, 2)), np.ones((2, 4, 2))), ["equal shapes"]),
    (lambda: ops.image.map_coordinates(np.ones((3, 4)), np.ones((3, 2)), 1), ["(3, 2)", "(3, 4)", "first of size 2"]),
    (lambda: ops.image.map_coordinates(np.ones((3, 4)), np.ones((2, 2)), 3), ["order=3"]),
    (lambda: ops.image.gaussian_blur(BATCH, kernel_size=0), ["kernel_size=0"]),
    (lambda: ops.image.gaussian_blur(BATCH, sigma=1.0), ["sigma", "two positive numbers"]),
    (lambda: ops.image.sobel_edges(ONE), ["(5, 6, 2)", "batch"]),
    (lambda: ops.image.ssim(BATCH, BATCH[:1]), ["equal shapes"]),
    (lambda: ops.image.ssim(BATCH, BATCH), ["filter_size=11", "smaller"]),
    (lambda: ops.image.rgb_to_grayscale(np.ones((4, 4, 2))), ["(4, 4, 2)", "3 channels"]),
    (lambda: ops.image.rgb_to_hsv(np.ones((4, 4, 3), "uint8")), ["uint8", "divide by 255"]),
    (lambda: ops.image.extract_patches(BATCH, (2, 2, 2, 2)), ["size=(2, 2, 2, 2)"]),
    (lambda: ops.image.extract_patches(BATCH, 2, padding="full"), ["padding='full'"]),
    (lambda: ops.image.pad_images(BATCH, top_padding=1), ["top_padding=1", "exactly two"]),
    (lambda: ops.image.pad_images(BATCH, -1, 0, 0, 0), ["top_padding=-1"]),
    (lambda: ops.image.pad_images(BATCH, 1, 0, None, 0, 4), ["bottom_padding=-2"]),
    (lambda: ops.image.crop_images(BATCH, 3, 0, 3, 0), ["target_height=-1", "5 pixels"]),
    (lambda: ops.image.scale_and_translate(BATCH, (2, 4), [1.0], [0.0], (1,), "linear"), ["output_shape=(2, 4)"]),
    (lambda: ops.image.scale_and_translate(BATCH, BATCH.shape, [1.0], [0.0], (1,), "area"), ["method='area'"]),
]
TURN = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])


@pytest.mark.parametrize(("call", "pieces"), WRONG)
def test_wrong_inputs_give_an_error_that_says_why(call: Callable[[], Any], pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        call()
    missing = [piece for piece in pieces if piece not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"
