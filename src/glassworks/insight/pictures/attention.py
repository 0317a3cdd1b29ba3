"""Attention weights: how much each position of a text or series looks at each other one."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.attention import draw_attention
from glassworks.drawing.tiles import MOST_TILES
from glassworks.engine import compile_graph
from glassworks.errors import ArgumentError
from glassworks.graph import Graph, Node, Value
from glassworks.insight.attribution.rows import Rows
from glassworks.insight.capture import Capture, LayerCall
from glassworks.insight.pictures.find import call_of
from glassworks.layers.base import Layer
from glassworks.typing import Data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model


def plot_attention(
    model: Model,
    x: Data,
    layer: str | Layer | None = None,
    head: int | None = None,
    sample: int = 0,
    names: Sequence[str] | None = None,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Draw the weights of an attention layer for one sample: a row per query, a column per key.

    Args:
        model: The model.
        x: Samples, one sample without the axis of the batch, or one text.
        layer: The layer, its name or path; by default the first one that computes attention.
        head: One head; by default all, and of more than 32 the first 32.
        sample: Which of the samples.
        names: The words by number, for a model that reads integers. By default those of the model's `TextVectorization`.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib. Padding at the end of a text is left out.

    Raises:
        ArgumentError: The model has no such layer or head, or the layer does not compute attention.
        MissingDependencyError: matplotlib is not installed.

    >>> import numpy as np
    >>> from glassworks import Model, layers
    >>> inputs = layers.Input((5, 8))
    >>> model = Model(inputs, layers.MultiHeadAttention(2, 4)(inputs, inputs))
    >>> len([axes for axes in plot_attention(model, np.ones((1, 5, 8))).axes if axes.get_title().startswith("head")])
    2
    """
    where = "insight.plot_attention"
    rows = Rows(model, x)
    capture = Capture(model, rows.structure)
    nodes = capture.graph.nodes()
    call = call_of(capture, layer, lambda each: _node_of(each, nodes) is not None, "a layer that computes attention", where)
    node = _node_of(call, nodes)
    if node is None:
        raise ArgumentError(
            f"layer='{call.name}'", "a layer that computes attention", "choose MultiHeadAttention or Attention", where=where
        )
    weights = attention_weights(capture, node)[sample]
    weights = weights.reshape(-1, *weights.shape[-2:])
    count = len(weights)
    if head is not None and not 0 <= head < count:
        raise ArgumentError(f"head={head}", f"a head from 0 to {count - 1}", "leave it out for all heads", where=where)
    heads = list(range(min(count, MOST_TILES))) if head is None else [head]
    words = _words(rows, sample, names)
    queries, keys = (words if words is not None and len(words) == size else None for size in weights.shape[1:])
    used = [
        len(_without_padding(part)) if part is not None else size for part, size in zip((queries, keys), weights.shape[1:], strict=True)
    ]
    some = f", the first {len(heads)} of {count} heads" if head is None and len(heads) < count else ""
    return draw_attention(
        weights[heads, : used[0], : used[1]],
        [f"head {i}" if count > 1 else "" for i in heads],
        queries[: used[0]] if queries else None,
        keys[: used[1]] if keys else None,
        f"Attention of '{call.name}' for sample {sample}{some}",
        path,
    )


def _node_of(call: LayerCall, nodes: list[Node]) -> Node | None:
    """The node that computes attention in a call of a layer: the fused op, or the last softmax over keys."""
    if call.parts and any(hasattr(part.layer, "_trainer") for part in call.parts):
        return None
    own = [node for node in nodes if any(frame is call.frames[-1] for frame in node.origin)]
    fused = [node for node in own if node.primitive.name == "attention"]
    if fused:
        return fused[-1]
    if "Attention" not in "".join(cls.__name__ for cls in type(call.layer).__mro__):
        return None
    softmax = [node for node in own if node.primitive.name == "softmax" and len(node.outputs[0].shape) >= 3]
    return softmax[-1] if softmax else None


def attention_weights(capture: Capture, node: Node) -> np.ndarray:
    """The weights `(batch, heads, queries, keys)` of a node that computes attention; without heads that axis is missing."""
    if node.primitive.name == "softmax":
        return _numbers(capture, [node.outputs[0]])[0]
    query, key, *mask = _numbers(capture, [node.inputs[0], node.inputs[1], *node.inputs[3:]])
    query, key = query.astype(np.float64), key.astype(np.float64)
    key = np.repeat(key, query.shape[2] // key.shape[2], axis=2)
    scores = np.einsum("bthd,bshd->bhts", query, key) * node.attributes["scale"]
    seen = np.ones(scores.shape, bool)
    if node.attributes["causal"]:
        seen &= np.tril(np.ones(scores.shape[-2:], bool))
    if mask:
        seen &= np.broadcast_to(mask[0].astype(bool), scores.shape)
    scores = np.where(seen, scores, -np.inf)
    scores = np.where(seen.any(-1, keepdims=True), scores, 0.0)  # a query that sees no key takes the mean of all values
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def _numbers(capture: Capture, values: list[Value]) -> list[np.ndarray]:
    graph = Graph(capture.graph.inputs, values, values, capture.graph.reads, {}, "attention")
    return [np.array(result) for result in compile_graph(graph)(*capture.arrays)]


def _words(rows: Rows, sample: int, names: Sequence[str] | None) -> list[str] | None:
    """The words of a sample, where one input is text or integers."""
    for entry in rows.entries:
        if entry.array.ndim == 2 and entry.array.dtype.kind in "iu":
            vocabulary = entry.vocabulary or names
            numbers = entry.array[sample]
            return [str(vocabulary[n]) if vocabulary is not None and 0 <= n < len(vocabulary) else str(n) for n in numbers]
    return None


def _without_padding(words: Sequence[str]) -> Sequence[str]:
    end = len(words)
    while end > 1 and words[end - 1] in ("", "0"):
        end -= 1
    return words[:end]
