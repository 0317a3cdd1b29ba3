"""Diagrams: boxes, texts and arrows can be read back from the figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from glassworks.drawing.diagram import DIRECTIONS, Arrow, Box, Cell, Diagram, diagram_picture
from glassworks.errors import GlassworksError


def box(key: str, *cells: str) -> Box:
    return Box(key, [[Cell(key, "#2b2b2b", True)], [Cell(cell) for cell in cells]] if cells else [[Cell(key, "#2b2b2b", True)]])


SKIP = Diagram("m", [box("a"), box("b", "(None, 3)", "float32"), box("c")], [Arrow("a", "b"), Arrow("b", "c"), Arrow("a", "c")])


def texts(figure: Figure) -> dict[str, tuple[float, float]]:
    return {text.get_text(): text.get_position() for text in figure.axes[0].texts}


def ends(figure: Figure) -> list[tuple[np.ndarray, np.ndarray]]:
    arrows = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    paths = [arrow._path_original for arrow in arrows]
    return [(path.vertices[0], path.vertices[-1]) for path in paths]


def frames(figure: Figure) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle) and patch.get_linestyle() == "--"]


def test_each_box_has_its_texts_and_each_arrow_its_ends() -> None:
    figure = diagram_picture(SKIP)
    assert set(texts(figure)) == {"a", "b", "c", "(None, 3)", "float32"}
    heights = {name: texts(figure)[name][1] for name in "abc"}
    assert heights["a"] < heights["b"] < heights["c"], "the axis runs down"
    assert len(ends(figure)) == 3
    for start, end in ends(figure):
        assert start[1] < end[1]


@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_the_direction_is_that_of_the_arrows(rankdir: str) -> None:
    figure = diagram_picture(SKIP, rankdir)
    places = [texts(figure)[name][0 if rankdir in ("LR", "RL") else 1] for name in "abc"]
    assert places == sorted(places, reverse=rankdir in ("BT", "RL"))


@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_a_diagram_within_a_box_stands_in_a_frame_with_its_name(rankdir: str) -> None:
    inner = Diagram("inner", [box("x"), box("y")], [Arrow("x", "y")], inputs=["x"], outputs=["y"])
    outer = Diagram("m", [box("a"), Box("inner", [[Cell("inner")]], inner), box("c")], [Arrow("a", "inner"), Arrow("inner", "c")])
    figure = diagram_picture(outer, rankdir)
    (frame,) = frames(figure)
    left, low, right, high = *frame.get_xy(), frame.get_x() + frame.get_width(), frame.get_y() + frame.get_height()
    for name, (x, y) in texts(figure).items():
        assert (left <= x <= right and low <= y <= high) == (name in ("x", "y", "inner"))
    # Arrows to and from the frame meet lines within it: each arrow's end is another one's start, or at a box.
    points = [tuple(np.round(point, 3)) for pair in ends(figure) for point in pair]
    assert len(points) == 10
    assert len(set(points)) == 8


def test_texts_fit_into_their_boxes() -> None:
    names = [
        "global_average_pooling2d (GlobalAveragePooling2D)",
        "Input shape: [(None, 16, 16, 32),\n(None, 16, 16, 32)]",
        "WWWW$mm$",
        "iiii",
    ]
    figure = diagram_picture(
        Diagram("m", [Box("a", [[Cell(name) for name in names[:2]], [Cell(name, is_bold=True) for name in names[2:]]])])
    )
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [patch.get_window_extent(renderer) for patch in figure.axes[0].patches]
    for text, around in zip(figure.axes[0].texts, boxes, strict=True):
        extent = text.get_window_extent(renderer)
        assert around.x0 <= extent.x0
        assert extent.x1 <= around.x1
        assert extent.y1 <= around.y1
        assert around.y0 <= extent.y0


@pytest.mark.parametrize("splines", ["ortho", "curved", "line"])
def test_lines_of_any_kind_have_the_same_ends(splines: str) -> None:
    for (start, end), (a, b) in zip(ends(diagram_picture(SKIP, splines=splines)), ends(diagram_picture(SKIP)), strict=True):
        np.testing.assert_allclose(start, a)
        np.testing.assert_allclose(end, b)


def test_pictures_are_saved_in_each_format_and_huge_ones_with_fewer_pixels(tmp_path: Path) -> None:
    for ending, magic in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        diagram_picture(SKIP, path=tmp_path / f"m.{ending}")
        assert (tmp_path / f"m.{ending}").read_bytes().startswith(magic)
    long = Diagram("m", [box(str(i)) for i in range(800)], [Arrow(str(i), str(i + 1)) for i in range(799)])
    figure = diagram_picture(long)
    assert figure.get_size_inches()[1] * figure.dpi <= 60_000


def test_an_unknown_direction_is_an_error() -> None:
    with pytest.raises(GlassworksError, match="TB, BT, LR, RL"):
        diagram_picture(SKIP, "up")
