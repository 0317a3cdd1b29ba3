"""`model.summary()`: a table of layers with shapes, parameters and their formulas, operations and memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glassworks import tree
from glassworks.display import Table
from glassworks.display.diagram import boxes_svg
from glassworks.display.numbers import bytes_text
from glassworks.errors import ArgumentError, GlassworksError, suggest
from glassworks.graph import Call, KerasTensor, Spec, Value, spec_of, topological_order, trace
from glassworks.layers import call_context
from glassworks.layers.base import Layer
from glassworks.layers.input import InputLayer
from glassworks.layers.text_arrays import dtype_name
from glassworks.typing import Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model

_DRAWN = 30
"""The number of layer calls up to which they are drawn."""


def to_table(
    model: Model,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> Table:
    """The layers as a table; without weights it has no numbers.

    Args:
        model: The model.
        expand_nested: Show the layers inside nested models.
        show_trainable: Add a column that says which layers are trained.
        layer_range: Names of the first and last layer to show.
    """
    heads = ["Layer (type)", "Output shape", "Parameters", "FLOPs"] + (["Trained"] if show_trainable else [])
    costs, shapes = _costs(model), _traced_shapes(model)
    rows = [_row(layer, depth, costs, shapes, show_trainable) for layer, depth in _listed(model, expand_nested, layer_range)]
    return Table(heads, rows, "lllrr"[: len(heads)], title=f"Model: {model.name!r}", notes=_totals(model, costs))


def to_text(model: Model, line_length: int | None = None) -> str:
    """The table as text, of any width or of `line_length` characters."""
    return to_table(model).text(line_length)


def to_html(model: Model) -> str:
    """The layers as a diagram, where the model knows their connections and they are few, and as a table."""
    return _diagram(model) + to_table(model).html()


def _diagram(model: Model) -> str:
    try:
        calls: list[Call] = model.calls  # type: ignore[attr-defined]  # models that know their connections have it
        inputs = tree.flatten(model.inputs)  # type: ignore[attr-defined]  # as above
    except (AttributeError, GlassworksError):
        return ""
    if len(calls) + len(inputs) > _DRAWN:
        return ""
    places = {tensor: number for number, tensor in enumerate(inputs)}
    boxes = [("input", str(tensor.shape)) for tensor in inputs]
    arrows = []
    for call in calls:
        arrows += [(places[tensor], len(boxes)) for tensor in dict.fromkeys(call.inputs) if tensor in places]
        outputs = tree.flatten(call.outputs)
        places |= dict.fromkeys(outputs, len(boxes))
        boxes.append((call.name, ", ".join(str(tensor.shape) for tensor in outputs)))
    return boxes_svg(boxes, arrows, f"The layers of model {model.name!r} and their connections")


def _listed(model: Model, expand_nested: bool, layer_range: Sequence[str] | None) -> list[tuple[Layer, int]]:
    rows: list[tuple[Layer, int]] = []

    def walk(parent: Any, depth: int) -> None:
        for layer in parent.layers:
            rows.append((layer, depth))
            if expand_nested and hasattr(layer, "layers"):
                walk(layer, depth + 1)

    walk(model, 0)
    if layer_range:
        names = [layer.name for layer, _ in rows]
        first, last = (_matching(name, names) for name in (layer_range[0], layer_range[-1]))
        rows = rows[min(first) : max(last) + 1]
    return rows


def _matching(pattern: str, names: list[str]) -> list[int]:
    """The places of the layers with a name, or that a pattern matches, as Keras reads `layer_range`."""
    found = [i for i, name in enumerate(names) if name == pattern or re.match(pattern, name)]
    if not found:
        raise ArgumentError(f"layer_range with {pattern!r}", "names of layers", suggest(pattern, names), where="summary")
    return found


def _row(layer: Layer, depth: int, costs: dict[str, int], shapes: dict[int, str], show_trainable: bool) -> list[str]:
    shape = shapes.get(id(layer)) or _output_shape(layer)
    flops = f"{costs.get(layer.name, 0):,}" if costs else "?"
    row = [f"{'  ' * depth}{layer.name} ({type(layer).__name__})", shape, _parameters(layer), flops]
    if show_trainable:
        row.append(("yes" if layer.trainable_weights else "no") if layer.weights else "-")
    return row


def _output_shape(layer: Layer) -> str:
    if isinstance(layer, InputLayer):
        return str(layer.batch_shape)
    try:
        shapes = tree.map_structure(lambda tensor: tensor.shape if isinstance(tensor, KerasTensor) else "?", layer.output)
    except GlassworksError:
        return "called several times" if len(layer._inbound_calls) > 1 else "?"
    return str(shapes)


def _traced_shapes(model: Model) -> dict[int, str]:
    """The output shapes by layer of a subclassed model, from a trace with inputs like those of its last call."""
    like = model._trainer.no_rows
    if like is None or not model.built or hasattr(model, "program_inputs"):
        return {}
    seen: dict[int, list[Any]] = {}

    def note(layer: Layer, inputs: object, outputs: Structure) -> None:
        seen.setdefault(id(layer), []).append(tree.map_structure(lambda x: spec_of(x).shape, outputs))

    try:
        with call_context.watching(note):
            model.compute_output_spec(tree.map_structure(lambda a: KerasTensor((None, *a.shape[1:]), dtype_name(a)), like))
    except GlassworksError:
        return {}
    return {layer: _merged(shapes) for layer, shapes in seen.items()}


def _merged(structures: list[Any]) -> str:
    """The shapes of a layer's calls in several traces, merged: None for sizes that differ because the trace probed them."""
    first, rows = structures[0], [tree.flatten(structure) for structure in structures]
    if len({str(tree.map_structure(lambda _: 0, structure)) for structure in structures}) > 1:
        return "several"
    return str(tree.pack_sequence_as(first, [sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*rows, strict=True)]))


def _parameters(layer: Layer) -> str:
    """The parameter count, with its formula for a layer that has weights: `100,480 = 784 x 128 + 128`."""
    if not layer.built:
        return "not built yet"
    count = layer.count_params()
    if not count or hasattr(layer, "layers"):
        return f"{count:,}"
    parts = [" × ".join(map(str, weight.shape)) if weight.shape else "1" for weight in layer.weights]
    return f"{count:,} = {' + '.join(parts)}" if len(parts) > 1 or "×" in parts[0] else f"{count:,}"


def _costs(model: Any) -> dict[str, int]:
    """Operations of the forward pass for one sample, by layer name."""
    if not model.built:
        return {}
    try:
        structure, run = model.program_inputs, model.call
    except (GlassworksError, AttributeError):
        # A subclassed model is traced with inputs like those of its last call.
        structure, run = model._trainer.no_rows, model
    inputs = [leaf for leaf in tree.flatten(structure) if leaf is not None]
    if not inputs:
        return {}
    specs = [Spec(tuple(size or 1 for size in like.shape), dtype_name(like)) for like in inputs]
    try:
        graph = trace(lambda *given: run(tree.pack_sequence_as(structure, list(given))), *specs)
    except GlassworksError:
        return {}
    costs: dict[str, int] = {}
    for node in topological_order([value for value in graph.outputs if isinstance(value, Value)]):
        flops = node.primitive.cost([v.spec for v in node.inputs], [v.spec for v in node.outputs], **node.attributes).flops
        for frame in {frame for frame in node.origin if frame.kind == "layer"}:
            costs[frame.name] = costs.get(frame.name, 0) + flops
        costs[""] = costs.get("", 0) + flops
    return costs


def _totals(model: Model, costs: dict[str, int]) -> list[str]:
    if not model.built:
        return ["Not built yet: start it with Input(shape=...), or call model.build((None, ...))."]
    total = sum(w.size for w in model.weights)
    trained = sum(w.size for w in model.trainable_weights)
    memory = sum(w.spec.bytes for w in model.weights)
    lines = [f"Parameters: {total:,} ({bytes_text(memory)}), {trained:,} of them trained"]
    if model.optimizer is not None and model.optimizer.built:
        state = sum(v.spec.bytes for v in model.optimizer.variables)
        lines.append(f"Optimizer:  {bytes_text(state)} of state ({type(model.optimizer).__name__})")
    if costs:
        lines.append(f"One sample: {costs.get('', 0):,} operations to predict; about {3 * costs.get('', 0):,} to train")
    return lines
