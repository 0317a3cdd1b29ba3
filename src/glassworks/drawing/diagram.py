"""Diagrams of boxes and arrows: boxes with rows of cells, boxes within boxes, arrows with right angles or curves."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import IO, TYPE_CHECKING, NamedTuple

from glassworks.drawing.figure import new_figure
from glassworks.drawing.layered import Layout, Point, layered
from glassworks.errors import ArgumentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

DIRECTIONS = ("TB", "BT", "LR", "RL")
_PAD, _LINE, _SIZE = 0.1, 0.155, 9.0
_HEAD, _EDGE, _BORDER = "#2b2b2b", "#404040", "#808080"
_MOST_PIXELS = 60_000


class Cell(NamedTuple):
    """A text in a box.

    Attributes:
        text: The text; it may have several lines.
        colour: The background.
        is_bold: Whether the text is bold and white.
    """

    text: str
    colour: str = "white"
    is_bold: bool = False


class Arrow(NamedTuple):
    """An arrow between two boxes of a diagram.

    Attributes:
        source, target: The keys of the boxes.
        output, input: Where a box has parts: the number of the output that it leaves and of the input that it enters.
    """

    source: Hashable
    target: Hashable
    output: int = 0
    input: int = 0


class Door(NamedTuple):
    """The input or output of a box that has parts, by its number."""

    key: Hashable
    number: int


@dataclass
class Box:
    """A box.

    Attributes:
        key: What arrows call it.
        rows: The cells, row by row.
        parts: The diagram within the box, if it has one; then the name of that diagram stands above it.
    """

    key: Hashable
    rows: list[list[Cell]]
    parts: Diagram | None = None


@dataclass
class Diagram:
    """Boxes and arrows.

    Attributes:
        name: The name, for a diagram within a box.
        boxes, arrows: What it consists of.
        inputs, outputs: The keys of the boxes at which arrows from and to the outside end; a `Door` for one of a box that has parts.
    """

    name: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    inputs: list[Hashable] = field(default_factory=list)
    outputs: list[Hashable] = field(default_factory=list)


def diagram_picture(
    diagram: Diagram,
    rankdir: str = "TB",
    splines: str = "ortho",
    path: str | PathLike[str] | IO[bytes] | None = None,
    dpi: float = 200,
    file_format: str | None = None,
) -> Figure:
    """A diagram as a picture.

    Args:
        diagram: The boxes and arrows.
        rankdir: The direction of arrows: "TB" from top to bottom, "BT", "LR" or "RL".
        splines: How arrows run: "ortho" with right angles, "curved" or "spline" in curves, "polyline" or "line" straight.
        path: Where to save the picture.
        dpi: Pixels per inch, for formats of pixels.
        file_format: "png", "svg" ...; by default the ending of the path says it.

    >>> boxes = [Box("a", [[Cell("Input")]]), Box("b", [[Cell("Dense"), Cell("(None, 3)")]])]
    >>> figure = diagram_picture(Diagram("model", boxes, [Arrow("a", "b")]))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['Input', 'Dense', '(None, 3)']
    """
    if rankdir not in DIRECTIONS:
        raise ArgumentError(f"rankdir={rankdir!r}", f"one of {', '.join(DIRECTIONS)}", "'TB' is from top to bottom", where="plot_model")
    figure, (axes,) = new_figure(where="plot_model")
    placed = _Placed(diagram, is_across=rankdir in ("LR", "RL"))
    margin = 0.12
    width, height = (placed.size[1], placed.size[0]) if placed.is_across else placed.size
    width, height = width + 2 * margin, height + 2 * margin
    figure.set_size_inches(width, height)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(-margin, width - margin)
    axes.set_ylim(height - margin, -margin)
    _Drawing(axes, rankdir, splines, placed.size[1]).draw(placed, (0.0, 0.0))
    figure.set_dpi(min(100.0, _MOST_PIXELS / max(width, height)))
    if path is not None:
        figure.savefig(path, dpi=min(dpi, _MOST_PIXELS / max(width, height)), format=file_format)
    return figure


@functools.lru_cache(maxsize=4096)
def _text_width(text: str, is_bold: bool) -> float:
    """The width of a line of text in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if is_bold else "normal")
    width = float(TextPath((0, 0), text.replace("$", "S"), size=_SIZE, prop=font).get_extents().width) / 72
    return 1.05 * width  # letters are rounded to pixels


def _cell_size(cell: Cell) -> Point:
    lines = cell.text.split("\n")
    return max(_text_width(line, cell.is_bold) for line in lines) + 2 * _PAD, len(lines) * _LINE + 0.12


def _rows_size(rows: Sequence[Sequence[Cell]]) -> Point:
    sizes = [[_cell_size(cell) for cell in row] for row in rows]
    return max(sum(width for width, _ in row) for row in sizes), sum(max(height for _, height in row) for row in sizes)


class _Placed:
    """A diagram with a place for each box and arrow, in coordinates in which arrows run down; across, widths are heights."""

    def __init__(self, diagram: Diagram, is_across: bool, is_inner: bool = False) -> None:
        self.diagram, self.is_across = diagram, is_across
        self.inner = {box.key: _Placed(box.parts, is_across, True) for box in diagram.boxes if box.parts is not None}
        self.head = 0.3 if is_inner else 0.0  # room for the name
        self.pad = 0.2 if is_inner else 0.0
        sizes = [self._size(box) for box in diagram.boxes]
        numbers = {box.key: number for number, box in enumerate(diagram.boxes)}
        arrows = [(numbers[a.source], numbers[a.target]) for a in diagram.arrows]
        offsets = [(self._offset(a.source, a.output, True), self._offset(a.target, a.input, False)) for a in diagram.arrows]
        # Where each arrow ends; the doors of a diagram within a box are nodes without a size in its first and last rank.
        doors = [(*self._door(key), True) for key in diagram.inputs] + [(*self._door(key), False) for key in diagram.outputs]
        self.targets: list[Hashable] = [arrow.target for arrow in diagram.arrows]
        first: list[int] = []
        last: list[int] = []
        for key, port, enters in doors if is_inner else []:
            self.targets.append(key if enters else None)
            sizes.append((0.1, 0.0))
            door = len(sizes) - 1
            (first if enters else last).append(door)
            arrows.append((door, numbers[key]) if enters else (numbers[key], door))
            offset = self._offset(key, port, not enters)
            offsets.append((0.0, offset) if enters else (offset, 0.0))
        layout: Layout = layered(sizes, arrows, offsets, first, last)
        shift = (self.pad + self.head, self.pad) if is_across else (self.pad, self.pad + self.head)
        self.sizes = sizes
        self.centres = [(x + shift[0], y + shift[1]) for x, y in layout.centres]
        self.routes = [[(x + shift[0], y + shift[1]) for x, y in route] for route in layout.routes]
        name = _text_width(diagram.name, True) + 0.3 if is_inner else 0.0
        across, down = layout.width + 2 * self.pad, layout.height + 2 * self.pad
        across, down = (across + self.head, max(down, name)) if is_across else (max(across, name), down + self.head)
        self.size = (across, down)
        for number, (_, _, enters) in enumerate(doors if is_inner else []):
            # Their lines go on to the frame.
            route = self.routes[len(diagram.arrows) + number]
            end = 0 if enters else -1
            route[end] = (route[end][0], 0.0 if enters else down)
        self.inputs = [self.centres[door][0] - across / 2 for door in first]
        self.outputs = [self.centres[door][0] - across / 2 for door in last]

    def _size(self, box: Box) -> Point:
        if box.key in self.inner:
            return self.inner[box.key].size
        width, height = _rows_size(box.rows)
        return (height, width) if self.is_across else (width, height)

    def _offset(self, key: Hashable, port: int, leaves: bool) -> float:
        """How far from the centre of a box an arrow leaves or enters it."""
        if key not in self.inner:
            return 0.0
        doors = self.inner[key].outputs if leaves else self.inner[key].inputs
        return doors[port] if port < len(doors) else 0.0

    @staticmethod
    def _door(key: Hashable) -> tuple[Hashable, int]:
        return key if isinstance(key, Door) else (key, 0)


class _Drawing:
    """Draws placed diagrams, in the direction that is asked for."""

    def __init__(self, axes: Axes, rankdir: str, splines: str, depth: float) -> None:
        self.axes, self.rankdir, self.splines, self.depth = axes, rankdir, splines, depth

    def at(self, point: Point) -> Point:
        """A point in the picture for one in coordinates in which arrows run down."""
        x, y = point
        if self.rankdir in ("BT", "RL"):
            y = self.depth - y
        return (y, x) if self.rankdir in ("LR", "RL") else (x, y)

    def draw(self, placed: _Placed, origin: Point) -> None:
        """Draw a diagram and those within it."""
        diagram = placed.diagram
        for number, route in enumerate(placed.routes):
            target = placed.targets[number]
            is_loop = number < len(diagram.arrows) and diagram.arrows[number].source == target
            points = [self.at((x + origin[0], y + origin[1])) for x, y in route]
            self._arrow(points, has_head=target is not None and target not in placed.inner, is_loop=is_loop)
        for box, centre, size in zip(diagram.boxes, placed.centres, placed.sizes, strict=False):
            corner = (origin[0] + centre[0] - size[0] / 2, origin[1] + centre[1] - size[1] / 2)
            if box.key in placed.inner:
                self._frame(placed.inner[box.key], corner, size)
                self.draw(placed.inner[box.key], corner)
            else:
                self._box(box, self.at((corner[0] + size[0] / 2, corner[1] + size[1] / 2)))

    def _box(self, box: Box, centre: Point) -> None:
        from matplotlib.patches import Rectangle

        width, height = _rows_size(box.rows)
        left, y = centre[0] - width / 2, centre[1] - height / 2
        for row in box.rows:
            sizes = [_cell_size(cell) for cell in row]
            tall = max(size[1] for size in sizes)
            spare = (width - sum(size[0] for size in sizes)) / len(row)
            x = left
            for cell, size in zip(row, sizes, strict=True):
                wide = size[0] + spare
                self.axes.add_patch(Rectangle((x, y), wide, tall, facecolor=cell.colour, edgecolor=_HEAD, linewidth=0.8, zorder=3))
                colour, weight = ("white", "bold") if cell.is_bold else ("black", "normal")
                text = self.axes.text(x + wide / 2, y + tall / 2, cell.text, color=colour, weight=weight, fontsize=_SIZE, parse_math=False)
                text.set(ha="center", va="center", zorder=4)
                x += wide
            y += tall

    def _frame(self, placed: _Placed, corner: Point, size: Point) -> None:
        from matplotlib.patches import Rectangle

        (a, b), (c, d) = self.at(corner), self.at((corner[0] + size[0], corner[1] + size[1]))
        left, top, width, height = min(a, c), min(b, d), abs(c - a), abs(d - b)
        frame = Rectangle((left, top), width, height, facecolor="#f6f6f6", edgecolor=_BORDER, linestyle="--", linewidth=0.9, zorder=0.5)
        self.axes.add_patch(frame)
        level = top + height - 0.16 if self.rankdir == "BT" else top + 0.16
        self.axes.text(left + 0.12, level, placed.diagram.name, fontsize=_SIZE, weight="bold", va="center", zorder=4, parse_math=False)

    def _arrow(self, points: list[Point], has_head: bool, is_loop: bool) -> None:
        from matplotlib.patches import FancyArrowPatch

        style = "-|>,head_length=4,head_width=2" if has_head else "-"
        path = _rounded(points) if is_loop else self._path(points)
        arrow = FancyArrowPatch(path=path, arrowstyle=style, color=_EDGE, linewidth=1.1, shrinkA=0, shrinkB=0, zorder=2)
        self.axes.add_patch(arrow)

    def _path(self, points: list[Point]) -> Path:
        if self.splines in ("curved", "spline"):
            return _curved(points, self.rankdir in ("LR", "RL"))
        return _straight(points) if self.splines in ("polyline", "line") else _rounded(points)


def _anchors(points: list[Point]) -> list[Point]:
    """The points of a route without its steps aside: where it starts and ends, and the middles between two steps."""
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(points[2:-1:2], points[3:-1:2], strict=False)]
    return [points[0], *middles, points[-1]]


def _straight(points: list[Point]) -> Path:
    from matplotlib.path import Path

    return Path(_anchors(points))


def _curved(points: list[Point], is_across: bool) -> Path:
    """Curves between the anchors of a route, which run along the direction of the diagram at each."""
    from matplotlib.path import Path

    anchors = _anchors(points)
    vertices, codes = [anchors[0]], [Path.MOVETO]
    for a, b in itertools.pairwise(anchors):
        middle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
        vertices += [(middle[0], a[1]), (middle[0], b[1]), b] if is_across else [(a[0], middle[1]), (b[0], middle[1]), b]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _rounded(points: list[Point], radius: float = 0.07) -> Path:
    """Lines between the points, with rounded corners."""
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = (_towards(corner, end, radius) for end in (before, after))
        vertices += [near, corner, far]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def _towards(start: Point, end: Point, distance: float) -> Point:
    """A point some way along a line, at most half of it."""
    length = max(abs(end[0] - start[0]) + abs(end[1] - start[1]), 1e-9)
    share = min(distance / length, 0.5)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
