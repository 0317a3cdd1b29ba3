"""`draw_bounding_boxes`: boxes and their labels on images. Boxes are drawn by NumPy, and labels by Pillow, the extra `images`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassworks import ops
from glassworks.errors import ArgumentError, ArgumentTypeError
from glassworks.typing import ArrayLike
from glassworks.utils import bounding_boxes as box_formats
from glassworks.utils.images import pillow
from glassworks.visualization import arrays

_WHERE = "visualization.draw_bounding_boxes"
# Capital letters of `font_scale=1` are as high as in Keras, 21 pixels: 0.7 of the size of the font.
_FONT_SIZE = 30


def draw_bounding_boxes(
    images: ArrayLike,
    bounding_boxes: Mapping[str, ArrayLike],
    bounding_box_format: str,
    class_mapping: Mapping[int, str] | None = None,
    color: Sequence[int] = (128, 128, 128),
    line_thickness: int = 2,
    text_thickness: int = 1,
    font_scale: float = 1.0,
    data_format: str | None = None,
) -> np.ndarray:
    """Images with boxes drawn on them.

    Args:
        images: A batch of images; floats up to 1 are multiplied by 255.
        bounding_boxes: `"boxes"` of shape (batch, boxes, 4), `"labels"` of shape (batch, boxes), -1 for entries without a box, and optionally
            `"confidences"` of the same shape.
        bounding_box_format: The format of the boxes, as for `utils.bounding_boxes.convert_format`, such as `"xyxy"`.
        class_mapping: Class number -> name. Boxes of classes that have a name get it as a label, with the confidence where there is one.
        color: Red, green and blue from 0 to 255.
        line_thickness: The width of the lines in pixels; -1 fills the boxes.
        text_thickness: The width of the strokes of labels.
        font_scale: The size of labels: capital letters are 21 pixels high for 1.
        data_format: The layout of the images; `config.image_data_format()` by default.

    Returns:
        The images as bytes, in the layout that they have.

    Raises:
        ShapeError: The images have not four axes.
        ArgumentError: Boxes or labels are missing, or the format is not known.
        ArgumentTypeError: The boxes are not a dict.
        MissingDependencyError: There are labels to write, and Pillow is not installed.

    >>> boxes = {"boxes": [[[1, 1, 3, 3]]], "labels": [[0]]}
    >>> draw_bounding_boxes(np.zeros((1, 5, 5, 3)), boxes, "xyxy", color=(9, 0, 0), line_thickness=1)[0, :, :, 0]
    array([[0, 0, 0, 0, 0],
           [0, 9, 9, 9, 0],
           [0, 9, 0, 9, 0],
           [0, 9, 9, 9, 0],
           [0, 0, 0, 0, 0]], dtype=uint8)
    """
    batch = arrays.image_batch(images, data_format, _WHERE)
    boxes, labels, confidences = _parts(bounding_boxes, bounding_box_format, batch.shape)
    drawn = arrays.as_bytes(batch)
    for number, image in enumerate(drawn):
        shade = _shade(color, image.shape[-1])
        for i, label in enumerate(labels[number]):
            if label == -1:
                continue
            left, top, right, bottom = (int(side) for side in boxes[number, i])
            _draw_box(image, left, top, right, bottom, shade, line_thickness)
            if class_mapping is not None and int(label) in class_mapping:
                text = class_mapping[int(label)]
                if confidences is not None:
                    text = f"{text} | {confidences[number, i]:.2f}"
                place = _place_of_label(left, top, font_scale, text_thickness or line_thickness)
                _write(image, text, place, shade, font_scale, text_thickness or line_thickness)
    return np.moveaxis(drawn, -1, 1) if arrays.is_channels_first(data_format) else drawn


def _parts(
    bounding_boxes: Mapping[str, ArrayLike], box_format: str, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Boxes as left, top, right and bottom in pixels, their labels, and their confidences, if any."""
    if not isinstance(bounding_boxes, Mapping):
        found = f"bounding_boxes of type {type(bounding_boxes).__name__}"
        raise ArgumentTypeError(found, "a dict", "pass {'boxes': boxes, 'labels': labels}", where=_WHERE)
    missing = [key for key in ("boxes", "labels") if key not in bounding_boxes]
    if missing:
        found = f"bounding_boxes with the keys {sorted(bounding_boxes)}"
        raise ArgumentError(found, "the keys 'boxes' and 'labels'", f"add {missing[0]!r}", where=_WHERE)
    corners = box_formats.convert_format(bounding_boxes["boxes"], box_format, "xyxy", shape[1], shape[2])
    confidences = bounding_boxes.get("confidences")
    confidences = None if confidences is None else ops.convert_to_numpy(confidences)
    return ops.convert_to_numpy(corners), ops.convert_to_numpy(bounding_boxes["labels"]), confidences


def _shade(color: Sequence[int], channels: int) -> np.ndarray:
    """A colour for images of 1, 3 or 4 channels: its brightness for 1, and opaque for 4."""
    shade = np.asarray(color, dtype="uint8")
    if channels == 1:
        return np.array([round(float(shade @ np.array([0.299, 0.587, 0.114])))], "uint8")
    return np.array([*shade, 255], "uint8") if channels == 4 else shade


def _draw_box(image: np.ndarray, left: int, top: int, right: int, bottom: int, shade: np.ndarray, thickness: int) -> None:
    """Draw the sides of a box, or all of it for a negative thickness, as far as they are within the image."""
    start, width = (0, 1) if thickness < 0 else (-(thickness // 2), thickness)

    def fill(x: int, y: int, x_end: int, y_end: int) -> None:
        image[max(y + start, 0) : max(y_end + start + width, 0), max(x + start, 0) : max(x_end + start + width, 0)] = shade

    if thickness < 0:
        fill(left, top, right, bottom)
        return
    fill(left, top, right, top)
    fill(left, bottom, right, bottom)
    fill(left, top, left, bottom)
    fill(right, top, right, bottom)


def _place_of_label(left: int, top: int, font_scale: float, thickness: int) -> tuple[int, int]:
    """Where the base line of a label begins: above its box, or inside the box if it would leave the image."""
    height = int(font_scale * 12)
    if top - 8 - 2 * height > 0:
        return left, top - 8
    return left + 3, top + 2 * height + thickness + 3


def _write(image: np.ndarray, text: str, place: tuple[int, int], shade: np.ndarray, font_scale: float, thickness: int) -> None:
    """Write a text on an image in place."""
    pillow(_WHERE)
    from PIL import Image, ImageDraw, ImageFont

    # A mask of the letters, which serves images of any number of channels.
    mask = Image.new("L", (image.shape[1], image.shape[0]))
    font = ImageFont.load_default(size=max(_FONT_SIZE * font_scale, 1))
    ImageDraw.Draw(mask).text(place, text, fill=255, font=font, anchor="ls", stroke_width=(thickness - 1) // 2)
    share = np.asarray(mask, "float32")[..., None] / 255
    image[:] = np.rint(image * (1 - share) + shade * share).astype("uint8")
