"""Boxes, masks and galleries: which pixels change, what stands where, and what is refused."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from glassworks import visualization
from glassworks.errors import MissingDependencyError

RNG = np.random.default_rng(0)
BOX = {"boxes": [[[2, 3, 8, 6]]], "labels": [[1]]}


def boxes_on(images: np.ndarray, boxes: Any = BOX, box_format: str = "xyxy", **kwargs: Any) -> np.ndarray:
    return visualization.draw_bounding_boxes(images, boxes, box_format, **{"color": (9, 8, 7), "line_thickness": 1, **kwargs})


def test_the_sides_of_a_box_are_its_pixels() -> None:
    drawn = boxes_on(np.zeros((1, 10, 12, 3)))[0]
    expected = np.zeros((10, 12), bool)
    expected[3:7, 2:9] = True
    expected[4:6, 3:8] = False
    np.testing.assert_array_equal(drawn, expected[..., None] * np.array([9, 8, 7]))


@pytest.mark.parametrize("box_format, box", [("yxyx", [3, 2, 6, 8]), ("xywh", [2, 3, 6, 3]), ("rel_xyxy", [0.2, 0.3, 0.8, 0.6])])
def test_a_box_is_the_same_in_every_format(box_format: str, box: list[float]) -> None:
    images = np.zeros((1, 10, 10, 3))
    np.testing.assert_array_equal(boxes_on(images, {**BOX, "boxes": [[box]]}, box_format), boxes_on(images))


def test_lines_are_centred_and_end_at_the_border_of_the_image() -> None:
    thick = boxes_on(np.zeros((1, 10, 12, 3)), line_thickness=3)[0, ..., 0] > 0
    assert thick[:, 5].tolist() == [False, False] + [True] * 6 + [False] * 2
    outside = boxes_on(np.zeros((1, 5, 5, 3)), {"boxes": [[[-4, -4, 2, 2]]], "labels": [[0]]})[0, ..., 0] > 0
    assert outside.sum() == 5 and outside[2, :3].all() and outside[:3, 2].all()
    filled = boxes_on(np.zeros((1, 10, 12, 3)), line_thickness=-1)[0, ..., 0] > 0
    assert filled.sum() == 28


def test_a_label_of_minus_one_is_no_box() -> None:
    assert not boxes_on(np.zeros((1, 10, 12, 3)), {**BOX, "labels": [[-1]]}).any()


def test_a_class_with_a_name_gets_a_label_above_its_box_or_within_it() -> None:
    low = {"boxes": [[[5, 60, 50, 90]]], "labels": [[1]]}
    high = {"boxes": [[[5, 5, 90, 90]]], "labels": [[1]]}
    for boxes, top, bottom in ((low, 60 - 8 - 30, 60), (high, 5, 5 + 24 + 5 + 9)):
        plain, labelled = (boxes_on(np.zeros((1, 100, 100, 3)), boxes, class_mapping=names) for names in (None, {1: "cat"}))
        rows = np.flatnonzero((plain != labelled).any(axis=(0, 2, 3)))
        assert top <= rows.min() and rows.max() < bottom
    sure = {**low, "confidences": [[0.5]]}
    wider = [np.flatnonzero(boxes_on(np.zeros((1, 100, 200, 3)), one, class_mapping={1: "cat"}).any(axis=(0, 1, 3))) for one in (low, sure)]
    assert wider[1].max() > wider[0].max() + 20


def test_images_keep_their_layout_and_become_bytes() -> None:
    images = RNG.random((2, 10, 12, 3))
    boxes = {"boxes": [[[2, 3, 8, 6]]] * 2, "labels": [[1]] * 2}
    last = boxes_on(images, boxes)
    first = boxes_on(np.moveaxis(images, -1, 1), boxes, data_format="channels_first")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), last)
    assert last.dtype == np.uint8 and last[0, 0, 0].tolist() == (images[0, 0, 0] * 255).astype("uint8").tolist()
    assert boxes_on(images[..., :1], boxes)[0, 3, 2].tolist() == [8]
    assert boxes_on(RNG.random((2, 10, 12, 4)), boxes)[0, 3, 2].tolist() == [9, 8, 7, 255]
    assert images.max() <= 1, "the images of the caller are not changed"


@pytest.mark.parametrize("kwargs", [{}, {"alpha": 0.3}, {"blend": False}, {"ignore_index": 0}, {"ignore_index": 1}])
def test_masks_have_the_pixels_of_keras(kwargs: dict[str, Any]) -> None:
    images, masks = RNG.integers(0, 256, (2, 4, 5, 3)), RNG.integers(0, 3, (2, 4, 5, 1))
    colors = {0: (10, 20, 30), 1: (200, 0, 0), 2: (0, 0, 90)}
    for more in (kwargs, {**kwargs, "color_mapping": colors}):
        theirs = keras.visualization.draw_segmentation_masks(images, masks.astype("int32"), 3, **more)
        ours = visualization.draw_segmentation_masks(images, masks, 3, **more)
        if "blend" in kwargs:
            np.testing.assert_array_equal(ours, theirs)
        else:  # the last bit of a float decides on the byte
            assert ours.dtype == np.uint8 and np.abs(ours.astype(int) - np.asarray(theirs).astype(int)).max() <= 1


def test_the_highest_class_is_drawn_and_masks_need_no_last_axis() -> None:
    images, masks = np.zeros((1, 1, 3, 3)), np.array([[[0, 1, 2]]])
    drawn = visualization.draw_segmentation_masks(images, masks, blend=False)
    assert (drawn[0, 0] > 0).any(axis=-1).tolist() == [False, True, True]
    first = visualization.draw_segmentation_masks(np.moveaxis(images, -1, 1), masks[:, None], blend=False, data_format="channels_first")
    np.testing.assert_array_equal(first, drawn)


def titles(figure: Any) -> list[str]:
    return [axes.get_title() for axes in figure.axes]


def test_a_gallery_has_room_for_all_images() -> None:
    for count, places in ((1, 1), (2, 2), (5, 6), (9, 9), (10, 12)):
        figure = visualization.plot_image_gallery(np.zeros((count, 4, 4, 3)), show=False)
        assert len(figure.axes) == places
        assert sum(len(axes.images) for axes in figure.axes) == count
        pyplot.close(figure)
    figure = visualization.plot_image_gallery(np.zeros((5, 4, 4, 3)), rows=1, cols=2, show=False)
    assert len(figure.axes) == 2
    pyplot.close(figure)


def test_numbers_of_any_range_become_bytes_and_labels_become_titles() -> None:
    figure = visualization.plot_image_gallery(
        np.array([-1.0, 0.0, 1.0]).reshape(3, 1, 1, 1), [0, 1, 2], [0, 2, 2], {0: "cat", 1: "dog"}, value_range=(-1, 1), show=False
    )
    assert [int(axes.images[0].get_array().ravel()[0]) for axes in figure.axes[:3]] == [0, 127, 255]
    assert titles(figure) == ["Label: cat  Pred: cat", "Label: dog  Pred: Unknown", "Label: Unknown  Pred: Unknown", ""]
    pyplot.close(figure)


def test_a_gallery_is_written_to_a_file_or_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.zeros((2, 4, 4, 3))
    visualization.plot_image_gallery(images, path=tmp_path / "gallery.png", scale=1, dpi=50)
    with Image.open(tmp_path / "gallery.png") as picture:
        assert picture.mode == "RGBA"
    shown: list[int] = []
    monkeypatch.setattr(pyplot, "show", lambda: shown.extend(pyplot.get_fignums()))
    assert visualization.plot_image_gallery(images) is None
    assert len(shown) == 1 and not pyplot.get_fignums(), "the figure is closed when it has been shown"


def test_boxes_are_drawn_on_images_of_any_range() -> None:
    boxes = {"boxes": [[[1, 1, 6, 6]]], "labels": [[0]]}
    figure = visualization.plot_bounding_box_gallery(
        np.full((1, 8, 8, 3), -1.0), "xyxy", boxes, value_range=(-1, 1), line_thickness=1, show=False
    )
    picture = figure.axes[0].images[0].get_array()
    assert picture[1, 1].tolist() == [0, 188, 212] and not picture[3, 3].any()
    pyplot.close(figure)


def test_masks_stand_beside_their_images() -> None:
    images, masks = np.full((2, 4, 4, 3), 0.5), np.ones((2, 4, 4, 1))
    figure = visualization.plot_segmentation_mask_gallery(
        images, 2, (0, 1), masks, 0 * masks, {0: (0, 0, 0), 1: (255, 0, 0)}, blend=False, show=False
    )
    corners = [axes.images[0].get_array()[0, 0].tolist() for axes in figure.axes]
    assert corners == [[127, 127, 127], [255, 0, 0], [0, 0, 0]] * 2
    pyplot.close(figure)


IMAGES = np.zeros((1, 4, 4, 3))
REFUSED = {
    "one image": (lambda: boxes_on(IMAGES[0]), ValueError, r"images\[None\]"),
    "boxes in a list": (lambda: boxes_on(IMAGES, [1, 2]), TypeError, "a dict"),
    "no labels": (lambda: boxes_on(IMAGES, {"boxes": [[[1, 1, 2, 2]]]}), ValueError, "add 'labels'"),
    "unknown format": (lambda: boxes_on(IMAGES, BOX, "xyhw"), ValueError, "xywh"),
    "masks of floats": (lambda: visualization.draw_segmentation_masks(IMAGES, IMAGES[..., 0]), TypeError, "argmax"),
    "masks of another size": (lambda: visualization.draw_segmentation_masks(IMAGES, np.ones((1, 4, 3), int)), ValueError, "masks of shape"),
    "alpha": (lambda: visualization.draw_segmentation_masks(IMAGES, np.ones((1, 4, 4), int), alpha=2), ValueError, "from 0 to 1"),
    "path and show": (lambda: visualization.plot_image_gallery(IMAGES, path="x.png", show=True), ValueError, "leave out show"),
    "labels without names": (lambda: visualization.plot_image_gallery(IMAGES, [1]), ValueError, "y_true without a `label_map`"),
    "two legends": (lambda: visualization.plot_bounding_box_gallery(IMAGES, "xyxy", legend=True, legend_handles=[1]), ValueError, "one of them"),
    "layout": (lambda: visualization.plot_image_gallery(IMAGES, data_format="last"), ValueError, "channels_last"),
}  # fmt: skip


@pytest.mark.parametrize("call, error, text", REFUSED.values(), ids=list(REFUSED))
def test_what_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("package, extra", [("matplotlib", "plot"), ("PIL", "images")])
def test_without_a_package_the_error_names_its_extra(package: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == package:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependencyError, match=rf"visualization(.|\n)*\[{extra}\]"):
        visualization.plot_image_gallery(IMAGES) if extra == "plot" else boxes_on(IMAGES, class_mapping={1: "cat"})
