"""Bounding boxes: their formats, and their transformations along with images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassworks import ops
from glassworks.errors import ArgumentError, ShapeError, suggest
from glassworks.graph import spec_of
from glassworks.typing import Tensor

FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")


def check_format(bounding_box_format: Any, choices: tuple[str, ...] = FORMATS, what: str = "bounding_box_format") -> str:
    """The name of a format in lower case, or an error."""
    name = bounding_box_format.lower() if isinstance(bounding_box_format, str) else bounding_box_format
    if name not in choices:
        raise ArgumentError(f"{what}={bounding_box_format!r}", f"one of {', '.join(map(repr, choices))}", suggest(str(name), choices))
    return name


def _sides(boxes: Tensor) -> list[Any]:
    """The four numbers of each box, each with a last axis of size 1."""
    shape = tuple(spec_of(boxes).shape)
    if not shape or shape[-1] != 4:
        raise ShapeError(f"boxes of shape {shape}", "four numbers for each box: shape (..., 4)", "give them as one array")
    return ops.split(boxes, 4, axis=-1)


def _joined(*sides: Any) -> Tensor:
    return ops.concatenate(list(sides), axis=-1)


def _to_xyxy(boxes: Tensor, form: str) -> Tensor:
    a, b, c, d = _sides(boxes)
    if form.startswith("y") or form == "center_yxhw":
        a, b, c, d = b, a, d, c
    if form.startswith("center"):
        return _joined(a - c / 2.0, b - d / 2.0, a + c / 2.0, b + d / 2.0)
    return _joined(a, b, a + c, b + d) if form == "xywh" else _joined(a, b, c, d)


def _from_xyxy(boxes: Tensor, form: str) -> Tensor:
    left, top, right, bottom = _sides(boxes)
    width, height = right - left, bottom - top
    if form == "center_xywh":
        return _joined(left + width / 2.0, top + height / 2.0, width, height)
    if form == "center_yxhw":
        return _joined(top + height / 2.0, left + width / 2.0, height, width)
    if form == "xywh":
        return _joined(left, top, width, height)
    return _joined(top, left, bottom, right) if form == "yxyx" else boxes


def _scaled(boxes: Tensor, x: Tensor, y: Any) -> Tensor:
    """Boxes in corners, their x and y multiplied."""
    left, top, right, bottom = _sides(boxes)
    return _joined(left * x, top * y, right * x, bottom * y)


def convert_format(boxes: Any, source: Any, target: Any, height: Any = None, width: Any = None, dtype: str = "float32") -> Any:
    """Boxes in another format.

    Args:
        boxes: `(..., 4)`, or a dict that holds them as `"boxes"`.
        source, target: `"xyxy"` (left, top, right, bottom), `"yxyx"`, `"xywh"` (left, top, width, height), `"center_xywh"`,
            `"center_yxhw"`; or with the prefix `rel_`, as fractions of the image's width and height.
        height, width: The size of the image, where a format is relative.
        dtype: The dtype of the result.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.convert_format([[10.0, 20.0, 30.0, 60.0]], "xyxy", "center_xywh")
    Array([[20., 40., 20., 40.]], dtype=float32)
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    source, target = check_format(source, what="source"), check_format(target, what="target")
    from_relative, to_relative = source.startswith("rel_"), target.startswith("rel_")
    if (from_relative or to_relative) and (height is None or width is None):
        raise ArgumentError(
            f"source={source!r}, target={target!r} with height={height}, width={width}", "the size of the image", "pass height and width"
        )
    boxes = ops.cast(boxes, dtype)
    _sides(boxes)
    if source == target:
        return boxes
    corners = _to_xyxy(boxes, source.removeprefix("rel_"))
    if from_relative != to_relative:
        across, down = ops.cast(width, dtype), ops.cast(height, dtype)
        corners = _scaled(corners, across, down) if from_relative else _scaled(corners, 1.0 / across, 1.0 / down)
    return _from_xyxy(corners, target.removeprefix("rel_"))


def clip_to_image_size(
    bounding_boxes: Any, height: Tensor | float | None = None, width: Tensor | float | None = None, bounding_box_format: str = "xyxy"
) -> Any:
    """Boxes cut off at the borders of their image; labels of boxes without area become -1.

    Args:
        bounding_boxes: A dict with `"boxes"` and perhaps `"labels"`.
        height, width: The size of the image, for `"xyxy"`.
        bounding_box_format: `"xyxy"` or `"rel_xyxy"`.

    >>> from glassworks import utils
    >>> boxes = {"boxes": [[-5.0, 2.0, 4.0, 9.0]], "labels": [1]}
    >>> utils.bounding_boxes.clip_to_image_size(boxes, height=8, width=8)["boxes"]
    Array([[0., 2., 4., 8.]], dtype=float32)
    """
    check_format(bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "rel_xyxy":
        height, width = 1.0, 1.0
    elif height is None or width is None:
        raise ArgumentError(f"height={height}, width={width} for format 'xyxy'", "the size of the image", "pass height and width")
    boxes = ops.convert_to_tensor(bounding_boxes["boxes"])
    result = {**bounding_boxes, "boxes": crop(boxes, 0, 0, height, width)}
    if bounding_boxes.get("labels") is not None:
        left, top, right, bottom = _sides(result["boxes"])
        area = ops.squeeze((right - left) * (bottom - top), -1)
        result["labels"] = ops.where(area > 0, bounding_boxes["labels"], -1)
    return result


def crop(boxes: Tensor, top: Any, left: Any, height: Tensor | float, width: Tensor | float, bounding_box_format: str = "xyxy") -> Tensor:
    """Boxes of the part of an image that starts at (top, left) and has a height and width; cut off at its borders.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.crop([[10.0, 10.0, 50.0, 50.0]], top=5, left=20, height=20, width=20)
    Array([[ 0.,  5., 20., 20.]], dtype=float32)
    """
    check_format(bounding_box_format, ("xyxy",))
    x1, y1, x2, y2 = _sides(pad(boxes, -top, -left))
    dtype = spec_of(x1).dtype
    height, width = ops.cast(height, dtype), ops.cast(width, dtype)
    zero = ops.cast(0, dtype)
    return _joined(*(ops.minimum(ops.maximum(side, zero), end) for side, end in ((x1, width), (y1, height), (x2, width), (y2, height))))


def pad(
    boxes: Tensor,
    top: Any,
    left: Any,
    height: Tensor | int | None = None,
    width: Tensor | int | None = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:
    """Boxes of an image that was padded above and on the left.

    >>> from glassworks import utils
    >>> utils.bounding_boxes.pad([[10.0, 10.0, 50.0, 50.0]], top=5, left=20)
    Array([[30., 15., 70., 55.]], dtype=float32)
    """
    check_format(bounding_box_format, ("xyxy",))
    left_side, top_side, right, bottom = _sides(ops.convert_to_tensor(boxes))
    return _joined(left_side + left, top_side + top, right + left, bottom + top)


def affine_transform(
    boxes: Tensor,
    angle: Any,
    translate_x: Any,
    translate_y: Any,
    scale: Any,
    shear_x: Any,
    shear_y: Any,
    height: Tensor | int,
    width: Tensor | int,
    center_x: Any = None,
    center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:
    """The smallest axis-aligned boxes around boxes that were rotated, sheared, scaled and translated.

    Args:
        boxes: `(batch, count, 4)`.
        angle, shear_x, shear_y: In degrees, one number for each image.
        translate_x, translate_y: Fractions of width and height, one for each image.
        scale: A factor for each image.
        height, width: The size of the images.
        center_x, center_y: The fixed point, as fractions of width and height; the middle by default.

    >>> import numpy as np
    >>> from glassworks import utils
    >>> none, one = np.zeros(1, "float32"), np.ones(1, "float32")
    >>> box = [[[1.0, 1.0, 3.0, 2.0]]]
    >>> utils.bounding_boxes.affine_transform(box, 90.0 * one, none, none, one, none, none, height=5, width=5).numpy().round(3)
    array([[[1., 1., 2., 3.]]], dtype=float32)
    """
    check_format(bounding_box_format, ("xyxy",))
    angle = ops.convert_to_tensor(angle)
    dtype = spec_of(angle).dtype
    turn, lean_x, lean_y = (ops.cast(x, dtype) * (-math.pi / 180.0) for x in (angle, shear_x, shear_y))
    across, down = ops.cast(width, dtype) - 1.0, ops.cast(height, dtype) - 1.0
    middle_x, middle_y = (0.5 if center_x is None else center_x) * across, (0.5 if center_y is None else center_y) * down
    from_x, from_y = middle_x - translate_x * across, middle_y - translate_y * down
    a = ops.cos(turn - lean_y) / ops.cos(lean_y)
    b = a * ops.tan(lean_x) + ops.sin(turn)
    c = -ops.sin(turn - lean_y) / ops.cos(lean_y)
    d = ops.cos(turn) - c * ops.tan(lean_x)
    a0, a1, b0, b1 = d * scale, -b * scale, -c * scale, a * scale
    none = ops.zeros_like(a0)
    matrix = [a0, a1, middle_x - a0 * from_x - a1 * from_y, b0, b1, middle_y - b0 * from_x - b1 * from_y, none, none]
    return projected(ops.cast(boxes, dtype), ops.stack(matrix, axis=-1))


def projected(boxes: Tensor, transform: Tensor) -> Tensor:
    """The smallest axis-aligned boxes around perspective projections of corner boxes `(batch, count, 4)`.

    `transform` holds, for each image, the eight numbers by which (x, y) goes to ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k).
    """
    left, top, right, bottom = _sides(boxes)
    x, y = _joined(left, right, right, left), _joined(top, top, bottom, bottom)
    a0, a1, a2, b0, b1, b2, c0, c1 = (ops.reshape(transform[:, i], (-1, 1, 1)) for i in range(8))
    k = c0 * x + c1 * y + 1.0
    x, y = (a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k
    ends = (ops.min(x, axis=-1), ops.min(y, axis=-1), ops.max(x, axis=-1), ops.max(y, axis=-1))
    return ops.stack(list(ends), axis=-1)


def inverse_transform(transform: Tensor) -> Tensor:
    """The eight numbers of the inverse of each perspective map."""
    a, b, c, d, e, f, g, h = (transform[:, i] for i in range(8))
    last = a * e - b * d
    entries = (e - f * h, c * h - b, b * f - c * e, f * g - d, a - c * g, c * d - a * f, d * h - e * g, b * g - a * h)
    return ops.stack([entry / last for entry in entries], axis=-1)


def dense(bounding_boxes: Any) -> dict[str, Any]:
    """Boxes `(..., count, 4)` and labels as arrays; lists of unequal length are padded with zeros and labels of -1."""
    if not isinstance(bounding_boxes, dict) or not {"boxes", "labels"} <= set(bounding_boxes):
        found = sorted(bounding_boxes) if isinstance(bounding_boxes, dict) else type(bounding_boxes).__name__
        raise ArgumentError(f"bounding_boxes with {found}", "a dict with 'boxes' and 'labels'", "labels of -1 mean: no box")
    boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
    if isinstance(boxes, list) and boxes and isinstance(boxes[0], list) and boxes[0] and isinstance(boxes[0][0], list):
        most = max(len(one) for one in boxes)
        boxes = np.array([one + [[0.0] * 4] * (most - len(one)) for one in boxes], "float32")
        labels = np.array([list(one) + [-1] * (most - len(one)) for one in labels])
    return {**bounding_boxes, "boxes": ops.cast(boxes, "float32"), "labels": ops.convert_to_tensor(labels)}
