"""Overlap of bounding boxes, and encoding of boxes as differences from anchors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassworks import ops, settings
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import spec_of
from glassworks.layers.image_preprocessing.bounding_boxes import check_format, convert_format
from glassworks.typing import Tensor


def _size(image_shape: Any) -> tuple[Any, Any]:
    return (None, None) if image_shape is None else (image_shape[0], image_shape[1])


def compute_iou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, use_masking: bool = False, mask_val: float = -1, image_shape: Any = None
) -> Tensor:
    """Intersection over union of all pairs of boxes: 1 for equal boxes, 0 for disjoint boxes.

    Args:
        boxes1, boxes2: `(count, 4)` or `(batch, count, 4)`.
        bounding_box_format: The format of both.
        use_masking: Whether pairs with a box of negative numbers only (padding) give `mask_val`.
        mask_val: That value.
        image_shape: `(height, width, channels)`, where the format is relative.

    Output shape: `(count1, count2)`, with the batch in front if there is one.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.compute_iou([[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]], "xyxy").numpy().round(3)
    array([[0.333, 0.   ]], dtype=float32)
    """
    first, second = ops.convert_to_tensor(boxes1), ops.convert_to_tensor(boxes2)
    for boxes in (first, second):
        if len(spec_of(boxes).shape) not in (2, 3):
            raise ShapeError(f"boxes of shape {tuple(spec_of(boxes).shape)}", "(count, 4) or (batch, count, 4)")
    height, width = _size(image_shape)
    first, second = (convert_format(boxes, bounding_box_format, "xyxy", height, width) for boxes in (first, second))
    one, other = ops.expand_dims(first, -2), ops.expand_dims(second, -3)
    sizes = ops.minimum(one[..., 2:], other[..., 2:]) - ops.maximum(one[..., :2], other[..., :2])
    shared = ops.prod(ops.maximum(sizes, 0.0), axis=-1)
    areas = [ops.prod(boxes[..., 2:] - boxes[..., :2], axis=-1) for boxes in (one, other)]
    result = shared / (areas[0] + areas[1] - shared + settings.epsilon())
    if not use_masking:
        return result
    absent = ops.logical_or(ops.max(one, axis=-1) < 0.0, ops.max(other, axis=-1) < 0.0)
    return ops.where(absent, ops.cast(mask_val, spec_of(result).dtype), result)


def compute_ciou(boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None) -> Tensor:
    """Complete intersection over union of boxes one by one: also distance and proportions count (Zheng et al., 2020).

    Args:
        boxes1, boxes2: `(..., 4)`.
        bounding_box_format: The format of both; not a relative one unless `image_shape` is given.
        image_shape: `(height, width, channels)`.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.compute_ciou([[0.0, 0.0, 2.0, 2.0]], [[0.0, 0.0, 2.0, 2.0]], "xyxy").numpy().round(3)
    array([1.], dtype=float32)
    """
    height, width = _size(image_shape)
    tiny = settings.epsilon()
    one, other = (convert_format(boxes, bounding_box_format, "xyxy", height, width) for boxes in (boxes1, boxes2))
    spans = [boxes[..., 2:] - boxes[..., :2] + np.array([0.0, tiny], "float32") for boxes in (one, other)]
    overlap = ops.maximum(ops.minimum(one[..., 2:], other[..., 2:]) - ops.maximum(one[..., :2], other[..., :2]), 0.0)
    shared = ops.prod(overlap, axis=-1)
    iou = shared / (ops.prod(spans[0], axis=-1) + ops.prod(spans[1], axis=-1) - shared + 2 * tiny)
    around = ops.maximum(one[..., 2:], other[..., 2:]) - ops.minimum(one[..., :2], other[..., :2])
    offset = (one[..., :2] + one[..., 2:] - other[..., :2] - other[..., 2:]) / 2.0
    distance = ops.sum(ops.square(offset), axis=-1) / (ops.sum(ops.square(around), axis=-1) + tiny)
    angles = [ops.arctan(span[..., 0] / span[..., 1]) for span in spans]
    proportions = 4 / math.pi**2 * ops.square(angles[1] - angles[0])
    return iou - (distance + proportions * proportions / (proportions - iou + (1 + tiny)))


def _variance(variance: Tensor) -> Any:
    if variance is None:
        return None
    variance = ops.cast(variance, "float32")
    if tuple(spec_of(variance).shape)[-1:] != (4,):
        raise ArgumentError(f"variance of shape {tuple(spec_of(variance).shape)}", "four numbers")
    return variance


def encode_box_to_deltas(
    anchors: Any,
    boxes: Any,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Tensor:
    """Boxes as differences from anchors: of centres, in sizes of the anchor, and of logarithms of sizes (Ren et al., 2015).

    Args:
        anchors, boxes: `(..., 4)`.
        anchor_format, box_format: Their formats.
        encoding_format: `"center_yxhw"` or `"center_xywh"`: the order of the four differences.
        variance: Four numbers to divide by.
        image_shape: `(height, width, channels)`, where a format is relative.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.encode_box_to_deltas([[0.0, 0.0, 4.0, 4.0]], [[1.0, 0.0, 5.0, 4.0]], "xyxy", "xyxy")
    Array([[0.  , 0.25, 0.  , 0.  ]], dtype=float32)
    """
    check_format(encoding_format, ("center_yxhw", "center_xywh"), "encoding_format")
    height, width = _size(image_shape)
    variance = _variance(variance)
    anchors = convert_format(anchors, anchor_format, encoding_format, height, width)
    boxes = convert_format(boxes, box_format, encoding_format, height, width)
    anchor_sizes, box_sizes = (ops.maximum(one[..., 2:], settings.epsilon()) for one in (anchors, boxes))
    moved = (boxes[..., :2] - anchors[..., :2]) / anchor_sizes
    deltas = ops.concatenate([moved, ops.log(box_sizes / anchor_sizes)], axis=-1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors: Any,
    boxes_delta: Any,
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Any:
    """Boxes from anchors and differences: the inverse of `encode_box_to_deltas`.

    Args:
        anchors, boxes_delta: `(..., 4)`, or dicts of them with the same keys, one for each level of a pyramid.
        anchor_format, box_format: The formats of the anchors, and of the result.
        encoded_format, variance, image_shape: As for `encode_box_to_deltas`.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.decode_deltas_to_boxes([[0.0, 0.0, 4.0, 4.0]], [[0.0, 0.25, 0.0, 0.0]], "xyxy", "xyxy")
    Array([[1., 0., 5., 4.]], dtype=float32)
    """
    check_format(encoded_format, ("center_yxhw", "center_xywh"), "encoded_format")
    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        arguments = (anchor_format, box_format, encoded_format, variance, image_shape)
        return {level: decode_deltas_to_boxes(one, boxes_delta[level], *arguments) for level, one in anchors.items()}
    height, width = _size(image_shape)
    variance = _variance(variance)
    deltas = ops.convert_to_tensor(boxes_delta)
    deltas = deltas if variance is None else deltas * variance
    anchors = convert_format(anchors, anchor_format, encoded_format, height, width)
    sizes = anchors[..., 2:]
    boxes = ops.concatenate([deltas[..., :2] * sizes + anchors[..., :2], ops.exp(deltas[..., 2:]) * sizes], axis=-1)
    return convert_format(boxes, encoded_format, box_format, height, width)
