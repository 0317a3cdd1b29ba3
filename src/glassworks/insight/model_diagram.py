"""`plot_model`: a picture of a model's layers and how they are connected, drawn without graphviz."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, cast

from glassworks import tree
from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.drawing.diagram import Arrow, Box, Cell, Diagram, Door
from glassworks.errors import StateError
from glassworks.graph import Call, KerasTensor
from glassworks.layers import InputLayer, Layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.functional import Functional
    from glassworks.models.model import Model

HEAD = "#2b2b2b"


@dataclass(frozen=True)
class Shown:
    """What the boxes of a model diagram have, as in Keras's `plot_model`."""

    shapes: bool = False
    dtype: bool = False
    layer_names: bool = False
    layer_activations: bool = False
    trainable: bool = False
    nested: bool = False


def plot_model(
    model: Model,
    path: str | PathLike[str] | None = None,
    show_shapes: bool = True,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Figure:
    """A picture of a model: a box for each layer, and arrows for the data.

    Args:
        model: A model that is built: Sequential, or with symbolic inputs and outputs. A subclassed model is a single box.
        path: Where to save the picture; the ending says in which format: ".png", ".svg", ".pdf".
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: What the boxes have.
        rankdir: The direction: "TB" from top to bottom, "BT", "LR" or "RL".
        expand_nested: Whether to show the layers of models within the model.
        dpi: Pixels per inch.
        splines: How arrows run: "ortho", "curved" or "line".

    Returns:
        The figure of matplotlib. `utils.plot_model` has Keras's arguments and results.

    Raises:
        StateError: The model is not built.

    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((4,)), layers.Dense(2, name="first"), layers.Dense(1, name="second")])
    >>> figure = insight.plot_model(model)
    >>> [text.get_text() for text in figure.axes[0].texts][:3]
    ['first (Dense)', 'Input shape: (None, 4)', 'Output shape: (None, 2)']
    """
    from glassworks.drawing.diagram import diagram_picture

    shown = Shown(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    return diagram_picture(diagram_of(model, shown), rankdir, splines, path, dpi)


def diagram_of(model: Model, shown: Shown) -> Diagram:
    """The boxes and arrows of a model.

    Args:
        model: The model.
        shown: What the boxes have.

    Raises:
        StateError: The model is not built.
    """
    if not model.built:
        fix = "start it with Input(shape=...), call model.build((None, ...)), or call it on a batch"
        raise StateError("a model that is not built", "layers whose shapes are known", fix, where=f"plot_model of model '{model.name}'")
    if not is_connected(model):
        return Diagram(model.name, [Box(id(model), _rows(model, type(model).__name__, model.name, [], shown))])
    return _Connected(cast("Functional", model), shown).diagram


def is_connected(layer: object) -> bool:
    """Whether a layer is a model with symbolic inputs and outputs."""
    if not hasattr(layer, "layers"):
        return False
    tensors = [getattr(layer, "inputs", None), getattr(layer, "outputs", None)]
    return all(isinstance(leaf, KerasTensor) for leaf in tree.flatten(tensors))


class _Connected:
    """The diagram of a model with symbolic inputs and outputs: a box per layer, also where it is called several times, as in Keras."""

    def __init__(self, model: Functional, shown: Shown) -> None:
        self.shown = shown
        self._inputs: dict[KerasTensor, Hashable] = {tensor: self._key_of_input(tensor) for tensor in model.inputs}
        calls = calls_between(model.inputs, model.outputs)
        # As in Keras, Sequential models, which alone can be added to, have no box for their input.
        self._has_inputs = not hasattr(model, "add")
        self.diagram = Diagram(model.name)
        if self._has_inputs:
            for tensor, key in self._inputs.items():
                name = tensor.call.name if tensor.call is not None and isinstance(tensor.call.operation, InputLayer) else tensor.name
                self.diagram.boxes.append(Box(key, _rows(None, "InputLayer", name, [([], [tensor])], shown)))
        by_box: dict[Hashable, list[Call]] = {}
        for call in calls:
            by_box.setdefault(_key(call), []).append(call)
        self.diagram.boxes += [self._box(key, group) for key, group in by_box.items()]
        for call in calls:
            self._add_arrows(call)
        if self._has_inputs:
            self.diagram.inputs = list(self._inputs.values())
        else:
            self.diagram.inputs = [self._entered(tensor, calls) for tensor in model.inputs]
        self.diagram.outputs = [self._left(tensor) for tensor in model.outputs]

    @staticmethod
    def _key_of_input(tensor: KerasTensor) -> Hashable:
        is_layer = tensor.call is not None and isinstance(tensor.call.operation, InputLayer)
        return id(tensor.call.operation) if is_layer and tensor.call is not None else id(tensor)

    def _box(self, key: Hashable, calls: list[Call]) -> Box:
        operation = calls[0].operation
        kind = (
            type(operation).__name__ if isinstance(operation, Layer) else _words(getattr(operation, "__name__", type(operation).__name__))
        )
        tensors = [(call.inputs, [leaf for leaf in tree.flatten(call.outputs) if isinstance(leaf, KerasTensor)]) for call in calls]
        parts = diagram_of(operation, self.shown) if self.shown.nested and is_connected(operation) else None
        layer = operation if isinstance(operation, Layer) else None
        return Box(key, _rows(layer, kind, calls[0].name, tensors, self.shown), parts)

    def _add_arrows(self, call: Call) -> None:
        for number, tensor in enumerate(call.inputs):
            if tensor in self._inputs and not self._has_inputs:
                continue
            source = self._left(tensor)
            key, output = source if isinstance(source, Door) else (source, 0)
            arrow = Arrow(key, _key(call), output, number)
            if not any(a == arrow or (a[:2] == arrow[:2] and not self._has_parts(a)) for a in self.diagram.arrows):
                self.diagram.arrows.append(arrow)

    def _has_parts(self, arrow: Arrow) -> bool:
        return any(box.parts is not None for box in self.diagram.boxes if box.key in (arrow.source, arrow.target))

    def _left(self, tensor: KerasTensor) -> Hashable:
        """Where a tensor comes from: a box, or an output of one that has parts."""
        if tensor in self._inputs:
            return self._inputs[tensor]
        assert tensor.call is not None
        outputs = [leaf for leaf in tree.flatten(tensor.call.outputs) if isinstance(leaf, KerasTensor)]
        return Door(_key(tensor.call), next((i for i, leaf in enumerate(outputs) if leaf is tensor), 0))

    @staticmethod
    def _entered(tensor: KerasTensor, calls: list[Call]) -> Hashable:
        """Where an input of a Sequential model leads to."""
        call = next((call for call in calls if any(leaf is tensor for leaf in call.inputs)), None)
        return Door(_key(call), 0) if call is not None else id(tensor)


def calls_between(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[Call]:
    """The calls that lead from the inputs to the outputs, each after those it depends on.

    Args:
        inputs, outputs: The symbolic tensors of a model.
    """
    given, order, done = set(inputs), [], set()
    stack = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, is_ready = stack.pop()
        call = tensor.call
        if tensor in given or call is None or id(call) in done:
            continue
        if is_ready:
            done.add(id(call))
            order.append(call)
        else:
            stack.append((tensor, True))
            stack.extend((source, False) for source in reversed(call.inputs))
    return order


def _key(call: Call) -> Hashable:
    return id(call.operation) if isinstance(call.operation, Layer) else id(call)


def _words(name: str) -> str:
    """The name of an op as that of a class: `"matmul"` -> `"Matmul"`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _rows(
    layer: Layer | None, kind: str, name: str, calls: list[tuple[list[KerasTensor], list[KerasTensor]]], shown: Shown
) -> list[list[Cell]]:
    """The rows of a layer's box: its name and class, its activation, then shapes, dtype and whether it is trained, as in Keras."""
    rows = [[Cell(f"{name} ({kind})" if shown.layer_names else kind, HEAD, True)]]
    activation = getattr(layer, "activation", None)
    if shown.layer_activations and activation is not None:
        rows.append([Cell(f"Activation: {getattr(activation, 'name', None) or getattr(activation, '__name__', str(activation))}")])
    cells = []
    if shown.shapes:
        if kind != "InputLayer":
            cells.append(Cell(_lines("Input shape", [_shapes(inputs) for inputs, _ in calls])))
        cells.append(Cell(_lines("Output shape", [_shapes(outputs) for _, outputs in calls])))
    if shown.dtype:
        cells.append(Cell(_lines("Output dtype", [_listed([tensor.dtype for tensor in outputs]) for _, outputs in calls])))
    if shown.trainable and layer is not None and layer.weights:
        cells.append(Cell("Trainable", POSITIVE, True) if layer.trainable else Cell("Non-trainable", NEGATIVE, True))
    return [*rows, cells] if cells else rows


def _shapes(tensors: list[KerasTensor]) -> str:
    return _listed([str(tuple(tensor.shape)) for tensor in tensors])


def _listed(texts: list[str]) -> str:
    """One text as it is, several as a list, in lines if it is long."""
    if len(texts) == 1:
        return texts[0]
    is_long = sum(map(len, texts)) > 36
    return f"[{(',' + chr(10) if is_long else ', ').join(texts)}]"


def _lines(label: str, texts: list[str]) -> str:
    """A label and what it is at each call of a layer, wrapped."""
    distinct = list(dict.fromkeys(texts)) or ["?"]
    return f"{label}: {' and '.join(distinct[:3])}{' ...' if len(distinct) > 3 else ''}"
