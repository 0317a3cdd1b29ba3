"""The helpers for bounding boxes against Keras's."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from glassworks import utils
from glassworks.errors import GlassworksError
from glassworks.layers.image_preprocessing.bounding_boxes import FORMATS

RNG = np.random.default_rng(4)
CORNERS = np.sort(RNG.uniform(0, 30, (2, 5, 2, 2)), axis=2).reshape(2, 5, 4).astype("float32")
OTHERS = CORNERS + RNG.uniform(-3, 3, CORNERS.shape).astype("float32")
ours, theirs = utils.bounding_boxes, keras.utils.bounding_boxes


def same(found: object, wanted: object) -> None:
    np.testing.assert_allclose(found, np.asarray(wanted), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_formats_are_converted_as_by_keras(source: str, target: str) -> None:
    arguments = {"source": source, "target": target, "height": 40, "width": 50}
    same(ours.convert_format(CORNERS, **arguments), theirs.convert_format(CORNERS, **arguments))


def test_boxes_in_a_dict_are_converted() -> None:
    found = ours.convert_format({"boxes": CORNERS, "labels": [1]}, "xyxy", "xywh")
    same(found["boxes"], theirs.convert_format(CORNERS, "xyxy", "xywh"))
    assert found["labels"] == [1]


@pytest.mark.parametrize("batched", [(True, True), (False, False), (True, False), (False, True)])
def test_overlaps_are_those_of_keras(batched: tuple[bool, bool]) -> None:
    one, other = (boxes if whole else boxes[0] for boxes, whole in zip((CORNERS, OTHERS), batched, strict=True))
    same(ours.compute_iou(one, other, "xyxy"), theirs.compute_iou(one, other, "xyxy"))
    same(ours.compute_iou(one, other, "center_xywh"), theirs.compute_iou(one, other, "center_xywh"))
    relative = {"bounding_box_format": "rel_yxyx", "image_shape": (30, 40, 3)}
    same(ours.compute_iou(one / 40, other / 40, **relative), theirs.compute_iou(one / 40, other / 40, **relative))


def test_padding_boxes_are_masked() -> None:
    boxes = np.concatenate([CORNERS[0], np.full((1, 4), -1, "float32")])
    found = ours.compute_iou(boxes, boxes, "xyxy", use_masking=True, mask_val=-5)
    assert (np.asarray(found)[-1] == -5).all() and (np.asarray(found)[:, -1] == -5).all()
    same(found[:5, :5], theirs.compute_iou(CORNERS[0], CORNERS[0], "xyxy"))


def test_complete_overlaps_are_those_of_keras() -> None:
    same(ours.compute_ciou(CORNERS, OTHERS, "xyxy"), theirs.compute_ciou(CORNERS, OTHERS, "xyxy"))
    same(ours.compute_ciou(CORNERS, CORNERS[::-1], "yxyx"), theirs.compute_ciou(CORNERS, CORNERS[::-1], "yxyx"))


@pytest.mark.parametrize("encoding", ["center_xywh", "center_yxhw"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.1, 0.2, 0.2]])
def test_differences_from_anchors_are_those_of_keras_and_come_back(encoding: str, variance: list[float] | None) -> None:
    deltas = ours.encode_box_to_deltas(CORNERS, OTHERS, "xyxy", "yxyx", encoding, variance)
    same(deltas, theirs.encode_box_to_deltas(CORNERS, OTHERS, "xyxy", "yxyx", encoding, variance))
    boxes = ours.decode_deltas_to_boxes(CORNERS, deltas, "xyxy", "yxyx", encoding, variance)
    same(boxes, theirs.decode_deltas_to_boxes(CORNERS, np.asarray(deltas), "xyxy", "yxyx", encoding, variance))
    np.testing.assert_array_equal(
        ours.decode_deltas_to_boxes({"p": CORNERS}, {"p": deltas}, "xyxy", "yxyx", encoding, variance)["p"], boxes
    )


def test_moves_are_those_of_keras() -> None:
    same(ours.crop(CORNERS, 3, 5, 20, 10), theirs.crop(CORNERS, 3, 5, 20, 10))
    same(ours.pad(CORNERS, 3, 5), theirs.pad(CORNERS, 3, 5))
    given = {"boxes": CORNERS - 10, "labels": np.ones((2, 5))}
    found, wanted = (kind.clip_to_image_size(dict(given), height=12, width=15) for kind in (ours, theirs))
    same(found["boxes"], wanted["boxes"]), same(found["labels"], wanted["labels"])
    numbers = {
        "angle": [10.0, -50.0],
        "translate_x": [0.1, 0.0],
        "translate_y": [0.0, -0.2],
        "scale": [1.2, 0.8],
        "shear_x": [3.0, 0.0],
        "shear_y": [0.0, 8.0],
    }
    arguments = {name: np.array(value, "float32") for name, value in numbers.items()}
    for centre in ({}, {"center_x": 0.2, "center_y": 0.7}):
        found, wanted = (kind.affine_transform(CORNERS, **arguments, height=40, width=50, **centre) for kind in (ours, theirs))
        np.testing.assert_allclose(found, np.asarray(wanted), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("call", "pieces"),
    [
        (lambda: ours.convert_format(CORNERS, "xyxy", "xyhw"), ["target='xyhw'", "xywh"]),
        (lambda: ours.convert_format(CORNERS, "xyxy", "rel_xyxy"), ["height=None", "pass height and width"]),
        (lambda: ours.convert_format(CORNERS[..., :3], "xyxy", "xywh"), ["(2, 5, 3)", "four numbers"]),
        (lambda: ours.compute_iou(CORNERS[0, 0], CORNERS, "xyxy"), ["(4,)", "(count, 4)"]),
        (lambda: ours.clip_to_image_size({"boxes": CORNERS}), ["height=None", "pass height and width"]),
        (lambda: ours.crop(CORNERS, 0, 0, 1, 1, "xywh"), ["bounding_box_format='xywh'"]),
        (lambda: ours.encode_box_to_deltas(CORNERS, CORNERS, "xyxy", "xyxy", "xyxy"), ["encoding_format='xyxy'"]),
        (lambda: ours.encode_box_to_deltas(CORNERS, CORNERS, "xyxy", "xyxy", variance=[1.0]), ["variance", "four numbers"]),
    ],
)
def test_mistakes_are_explained(call: object, pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        call()  # type: ignore[operator]
    assert all(piece in str(caught.value) for piece in pieces), caught.value
