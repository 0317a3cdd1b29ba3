"""Galleries: images in rows and columns with labels, boxes or masks. They are drawn by matplotlib, the extra `plot`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import ops
from glassworks.drawing import gallery
from glassworks.errors import ArgumentError
from glassworks.typing import ArrayLike
from glassworks.visualization import arrays
from glassworks.visualization.boxes import draw_bounding_boxes
from glassworks.visualization.masks import draw_segmentation_masks

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

Boxes = Mapping[str, ArrayLike]


def plot_image_gallery(
    images: ArrayLike,
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    label_map: Mapping[int, str] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    value_range: tuple[float, float] = (0, 255),
    scale: float = 2,
    path: str | PathLike[str] | None = None,
    show: bool | None = None,
    transparent: bool = True,
    dpi: float = 60,
    legend_handles: Sequence[Patch] | None = None,
    data_format: str | None = None,
) -> Figure | None:
    """Images in rows and columns, with their labels and predictions.

    Args:
        images: A batch of images.
        y_true, y_pred: The class number of each image, and the predicted one.
        label_map: Class number -> name; needed where there are class numbers.
        rows, cols: The size of the gallery; by default a square that has room for all images. Images beyond its end are left out.
        value_range: The least and the greatest number in the images.
        scale: The size of an image in inches.
        path: A file to write the gallery to.
        show: Whether to show it; by default it is shown if it is not written to a file.
        transparent, dpi: The background and the resolution of the file.
        legend_handles: Patches of matplotlib for a legend.
        data_format: The layout of the images; `config.image_data_format()` by default.

    Returns:
        The figure, if it is not shown.

    Raises:
        ArgumentError: Both `path` and `show` are given, or class numbers without names.
        ShapeError: The images have not four axes.
        MissingDependencyError: matplotlib is not installed.

    >>> figure = plot_image_gallery(np.zeros((3, 8, 8, 3)), y_true=[0, 1, 0], label_map={0: "cat", 1: "dog"}, show=False)
    >>> [axes.get_title() for axes in figure.axes]
    ['Label: cat', 'Label: dog', 'Label: cat', '']
    """
    where = "visualization.plot_image_gallery"
    if path is not None and show:
        found, fix = f"path={str(path)!r} with show=True", "leave out show, and open the file; or leave out path"
        raise ArgumentError(found, "either `path` to be set, or `show` to be true", fix, where=where)
    if (y_true is not None or y_pred is not None) and label_map is None:
        name = "y_true" if y_true is not None else "y_pred"
        raise ArgumentError(f"{name} without a `label_map`", "the names of the classes", "pass label_map={0: 'cat', 1: 'dog'}", where=where)
    batch = arrays.scaled(arrays.image_batch(images, data_format, where), value_range)
    rows, cols = _size(len(batch), rows, cols)
    batch = np.clip(batch[: rows * cols], 0, 255).astype("uint8")
    titles = [_title(i, y_true, y_pred, label_map or {}) for i in range(len(batch))]
    figure = gallery.gallery(batch, titles, rows, cols, scale, legend_handles, in_pyplot=path is None, where=where)
    if path is not None:
        gallery.save(figure, path, transparent, dpi)
    elif show or show is None:
        gallery.show(figure)
        return None
    return figure


def _size(count: int, rows: int | None, cols: int | None) -> tuple[int, int]:
    """The rows and columns for a number of images: what is not given leaves room for all."""
    if rows is None and cols is None:
        rows = max(math.ceil(math.sqrt(count)), 1)
    if rows is None:
        rows = max(math.ceil(count / (cols or 1)), 1)
    return rows, cols or max(math.ceil(count / rows), 1)


def _title(i: int, y_true: ArrayLike | None, y_pred: ArrayLike | None, names: Mapping[int, str]) -> str:
    parts = []
    for what, classes in (("Label", y_true), ("Pred", y_pred)):
        numbers = [] if classes is None else ops.convert_to_numpy(classes).ravel().tolist()
        if i < len(numbers):
            parts.append(f"{what}: {names.get(numbers[i], 'Unknown')}")
    return "  ".join(parts)


def plot_bounding_box_gallery(
    images: ArrayLike,
    bounding_box_format: str,
    y_true: Boxes | None = None,
    y_pred: Boxes | None = None,
    value_range: tuple[float, float] = (0, 255),
    true_color: Sequence[int] = (0, 188, 212),
    pred_color: Sequence[int] = (255, 235, 59),
    line_thickness: int = 2,
    font_scale: float = 1.0,
    text_thickness: int | None = None,
    class_mapping: Mapping[int, str] | None = None,
    ground_truth_mapping: Mapping[int, str] | None = None,
    prediction_mapping: Mapping[int, str] | None = None,
    legend: bool = False,
    legend_handles: Sequence[Patch] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    data_format: str | None = None,
    **kwargs: Any,
) -> Figure | None:
    """Images in rows and columns, with true and predicted boxes.

    Args:
        images: A batch of images.
        bounding_box_format: The format of the boxes, such as `"xyxy"`.
        y_true, y_pred: True and predicted boxes, as for `draw_bounding_boxes`.
        value_range: The least and the greatest number in the images.
        true_color, pred_color: The colours of both: red, green and blue from 0 to 255.
        line_thickness, font_scale, text_thickness: As for `draw_bounding_boxes`; text is as thick as lines by default.
        class_mapping: Class number -> name, for labels.
        ground_truth_mapping, prediction_mapping: Other names for true or predicted boxes.
        legend: Whether to say which colour means what.
        legend_handles: Patches of matplotlib for a legend, instead.
        rows, cols: The size of the gallery; by default a square.
        data_format: The layout of the images; `config.image_data_format()` by default.
        **kwargs: Further arguments of `plot_image_gallery`.

    Returns:
        The figure, if it is not shown.

    Raises:
        ArgumentError: Both `legend` and `legend_handles` are given, or the boxes have another form.
        ShapeError: The images have not four axes.
        MissingDependencyError: matplotlib is not installed.

    >>> boxes = {"boxes": [[[2, 2, 6, 6]]], "labels": [[0]]}
    >>> figure = plot_bounding_box_gallery(np.zeros((1, 8, 8, 3)), "xyxy", y_true=boxes, legend=True, show=False)
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Ground Truth', 'Prediction']
    """
    where = "visualization.plot_bounding_box_gallery"
    if legend and legend_handles:
        raise ArgumentError("both legend and legend_handles", "one of them", "leave out legend=True", where=where)
    batch = arrays.scaled(arrays.image_batch(images, data_format, where), value_range)
    drawn: np.ndarray = batch
    for boxes, color, names in ((y_true, true_color, ground_truth_mapping), (y_pred, pred_color, prediction_mapping)):
        if boxes is not None:
            drawn = draw_bounding_boxes(
                drawn,
                boxes,
                bounding_box_format,
                class_mapping=names or class_mapping,
                color=color,
                line_thickness=line_thickness,
                text_thickness=text_thickness or line_thickness,
                font_scale=font_scale,
                data_format="channels_last",
            )
    if legend:
        names_of_colors = ((true_color, "Ground Truth"), (pred_color, "Prediction"))
        legend_handles = [gallery.patch(color, label, where) for color, label in names_of_colors]
    return plot_image_gallery(drawn, rows=rows, cols=cols, legend_handles=legend_handles, data_format="channels_last", **kwargs)


def plot_segmentation_mask_gallery(
    images: ArrayLike,
    num_classes: int | None,
    value_range: tuple[float, float] = (0, 255),
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    color_mapping: Mapping[int, Sequence[int]] | None = None,
    blend: bool = True,
    alpha: float = 0.8,
    ignore_index: int = -1,
    data_format: str | None = None,
    **kwargs: Any,
) -> Figure | None:
    """A row for each image: the image, then with its true masks, then with the predicted ones.

    Args:
        images: A batch of images.
        num_classes: The number of classes.
        value_range: The least and the greatest number in the images.
        y_true, y_pred: The true and the predicted class of each pixel.
        color_mapping, blend, alpha, ignore_index: As for `draw_segmentation_masks`.
        data_format: The layout of images and masks; `config.image_data_format()` by default.
        **kwargs: Further arguments of `plot_image_gallery`.

    Returns:
        The figure, if it is not shown.

    Raises:
        ShapeError: The images have not four axes, or the masks another size.
        MissingDependencyError: matplotlib is not installed.

    >>> masks = np.ones((2, 8, 8), "int32")
    >>> figure = plot_segmentation_mask_gallery(np.zeros((2, 8, 8, 3)), 2, y_true=masks, y_pred=masks, show=False)
    >>> len(figure.axes)
    6
    """
    where = "visualization.plot_segmentation_mask_gallery"
    batch = arrays.scaled(arrays.image_batch(images, data_format, where), value_range)
    columns: list[np.ndarray] = [batch]
    for masks in (y_true, y_pred):
        if masks is not None:
            classes = np.asarray(ops.convert_to_numpy(masks), "int32")
            if arrays.is_channels_first(data_format) and classes.ndim == 4:
                classes = np.moveaxis(classes, 1, -1)
            columns.append(draw_segmentation_masks(batch, classes, num_classes, color_mapping, alpha, blend, ignore_index, "channels_last"))
    cells = np.stack(columns, axis=1).reshape(-1, *batch.shape[1:])
    return plot_image_gallery(cells, rows=len(batch), cols=len(columns), data_format="channels_last", **kwargs)
