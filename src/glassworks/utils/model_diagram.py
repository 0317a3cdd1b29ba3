"""`plot_model` and `model_to_dot` with Keras's arguments; neither pydot nor graphviz is needed."""

from __future__ import annotations

import io
from collections.abc import Hashable
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from glassworks.drawing.diagram import Cell, Diagram, Door, diagram_picture
from glassworks.errors import ArgumentError
from glassworks.insight.model_diagram import Shown, diagram_of

if TYPE_CHECKING:
    from glassworks.models import Model


class Dot:
    """A model as a graph in the language DOT. It draws itself, and has the methods of a `pydot.Dot` that Keras's users call.

    `str(dot)` is the text. The argument `prog` of the methods, the program of graphviz that would draw, is accepted and not needed.

    Args:
        diagram: The boxes and arrows.
        rankdir, splines, dpi: How it is drawn; see `plot_model`.
        subgraph: Whether the text is a cluster for a larger graph.
    """

    def __init__(self, diagram: Diagram, rankdir: str = "TB", splines: str = "ortho", dpi: float = 200, subgraph: bool = False) -> None:
        self.diagram, self.rankdir, self.splines, self.dpi, self.subgraph = diagram, rankdir, splines, dpi, subgraph

    def to_string(self) -> str:
        """The text in the language DOT."""
        text = _Text()
        if self.subgraph:
            text.cluster(self.diagram)
        else:
            settings = f"rankdir={self.rankdir}, concentrate=true, dpi={self.dpi:g}, splines={self.splines}"
            text.lines += ["digraph G {", f"graph [{settings}];", "node [shape=record];"]
            text.body(self.diagram)
            text.lines.append("}")
        return "\n".join(text.lines) + "\n"

    def write(self, path: str | PathLike[str] | IO[bytes], prog: object = None, format: str = "raw") -> bool:
        """Write the text, or a picture.

        Args:
            path: The file.
            prog: Not needed.
            format: "raw" or "dot" for the text; "png", "svg", "pdf" ... for a picture.
        """
        if format in ("raw", "dot"):
            if isinstance(path, (str, PathLike)):
                Path(path).write_text(self.to_string(), encoding="utf-8")
            else:
                path.write(self.to_string().encode())
        else:
            diagram_picture(self.diagram, self.rankdir, self.splines, path, self.dpi, format)
        return True

    def create(self, prog: object = None, format: str = "png") -> bytes:
        """The text or a picture as bytes; see `write`."""
        buffer = io.BytesIO()
        self.write(buffer, prog, format)
        return buffer.getvalue()

    def write_png(self, path: str | PathLike[str], prog: object = None) -> bool:
        """Write a picture of pixels."""
        return self.write(path, prog, "png")

    def write_svg(self, path: str | PathLike[str], prog: object = None) -> bool:
        """Write a drawing for pages."""
        return self.write(path, prog, "svg")

    def create_png(self, prog: object = None) -> bytes:
        """A picture of pixels as bytes."""
        return self.create(prog, "png")

    def create_svg(self, prog: object = None) -> bytes:
        """A drawing for pages as bytes."""
        return self.create(prog, "svg")

    def _repr_svg_(self) -> str:
        return self.create_svg().decode()

    __str__ = to_string


class _Text:
    """The lines of a text in DOT, with a number for each box."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers: dict[tuple[int, Hashable], str] = {}

    def body(self, diagram: Diagram) -> None:
        """Add the boxes and arrows of a diagram."""
        parts = {box.key: box.parts for box in diagram.boxes if box.parts is not None}
        for box in diagram.boxes:
            if box.parts is not None:
                self.cluster(box.parts)
            else:
                label = f"<{_label(box.rows)}>"
                self.lines.append(f"{self._number(diagram, box.key)} [fontname=Helvetica, border=0, margin=0, label={label}];")
        written = set()
        for arrow in diagram.arrows:
            source = self._end(diagram, parts, arrow.source, arrow.output, leaves=True)
            target = self._end(diagram, parts, arrow.target, arrow.input, leaves=False)
            if (source, target) not in written:
                written.add((source, target))
                self.lines.append(f"{source} -> {target} [penwidth=2];")

    def cluster(self, diagram: Diagram) -> None:
        """Add a diagram as a cluster with its name."""
        name = diagram.name.replace('"', "'")
        self.lines += [f'subgraph "cluster_{name}" {{', "style=dashed;", f'label="{name}";', "labeljust=l;"]
        self.body(diagram)
        self.lines.append("}")

    def _number(self, diagram: Diagram, key: Hashable) -> str:
        return self._numbers.setdefault((id(diagram), key), str(len(self._numbers) + 1))

    def _end(self, diagram: Diagram, parts: dict[Hashable, Diagram], key: Hashable, port: int, leaves: bool) -> str:
        """The box at which an arrow really begins or ends: one within a box that has parts."""
        while key in parts:
            diagram = parts[key]
            doors = diagram.outputs if leaves else diagram.inputs
            door = doors[min(port, len(doors) - 1)]
            key, port = door if isinstance(door, Door) else (door, 0)
            parts = {box.key: box.parts for box in diagram.boxes if box.parts is not None}
        return self._number(diagram, key)


def _label(rows: list[list[Cell]]) -> str:
    """The rows of a box as a table in the HTML of DOT."""
    across = max(map(len, rows))
    text = '<table border="0" cellborder="1" bgcolor="black" cellpadding="10">'
    for row in rows:
        span = f' colspan="{across}"' if len(row) < across else ""
        cells = "".join(f'<td{span} bgcolor="{cell.colour}">{_cell(cell)}</td>' for cell in row)
        text += f"<tr>{cells}</tr>"
    return text + "</table>"


def _cell(cell: Cell) -> str:
    text = escape(cell.text).replace("\n", "<br/>")
    return f'<font point-size="16" color="white"><b>{text}</b></font>' if cell.is_bold else f'<font point-size="14">{text}</font>'


def model_to_dot(
    model: Model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Dot:
    """A model as a graph in the language DOT.

    Args:
        model: A model that is built.
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: What the boxes have.
        rankdir: "TB", "BT", "LR" or "RL".
        expand_nested: Whether to show the layers of models within the model.
        dpi: Pixels per inch.
        subgraph: Whether to make a cluster for a larger graph.
        splines: How arrows run: "ortho", "curved", "polyline", "spline" or "line".

    Returns:
        An object with `to_string()`, `write(path, format=...)` and `create(format=...)`, where Keras returns one of pydot.

    >>> from glassworks import Sequential, layers, utils
    >>> model = Sequential([layers.Input((4,)), layers.Dense(2), layers.Dense(1)])
    >>> print(utils.model_to_dot(model).to_string().splitlines()[-2])
    1 -> 2 [penwidth=2];
    """
    _refuse(kwargs, "model_to_dot")
    shown = Shown(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    return Dot(diagram_of(model, shown), rankdir, splines, dpi, subgraph)


def plot_model(
    model: Model,
    to_file: str | PathLike[str] | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> object:
    """Write a picture of a model to a file: a box for each layer, and arrows for the data.

    Args:
        to_file: The file; its ending says in which format: ".png", ".jpg", ".svg", ".pdf", or ".dot" for the text of `model_to_dot`.
            None writes none.
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi, show_layer_activations, show_trainable, splines: As
            for `model_to_dot`.

    Returns:
        The picture for a notebook (of IPython) where IPython is installed, as in Keras; else the figure of matplotlib.

    Raises:
        StateError: The model is not built.
        MissingDependencyError: matplotlib is not installed.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from glassworks import Sequential, layers, utils
    >>> model = Sequential([layers.Input((4,)), layers.Dense(2), layers.Dense(1)])
    >>> path = Path(tempfile.mkdtemp()) / "model.svg"
    >>> picture = utils.plot_model(model, to_file=path, show_shapes=True)
    >>> path.read_text().count("(None, 2)") > 0
    True
    """
    _refuse(kwargs, "plot_model")
    shown = Shown(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    diagram = diagram_of(model, shown)
    if to_file is None:
        return diagram_picture(diagram, rankdir, splines)
    ending = Path(to_file).suffix[1:].lower() or "png"
    if ending == "dot":
        Dot(diagram, rankdir, splines, dpi).write(to_file)
        return diagram_picture(diagram, rankdir, splines)
    figure = diagram_picture(diagram, rankdir, splines, to_file, dpi, ending)
    return _for_notebook(fspath(to_file), ending) or figure


def _for_notebook(path: str, ending: str) -> object:
    """The picture in a file as an object of IPython; None where IPython is not installed or does not show the format."""
    try:
        from IPython import display
    except ImportError:
        return None
    if ending == "svg":
        return display.SVG(filename=path)
    return display.Image(filename=path) if ending in ("png", "jpg", "jpeg", "gif") else None


def _refuse(unknown: dict[str, Any], where: str) -> None:
    if unknown.pop("layer_range", None) is not None:
        fix = "leave it out; expand_nested=False makes the diagram smaller"
        raise ArgumentError("layer_range", "arguments of Keras 3", fix, where=where)
    if unknown:
        raise ArgumentError(f"the arguments {', '.join(map(repr, unknown))}", "arguments of Keras 3", "leave them out", where=where)
