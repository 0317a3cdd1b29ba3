"""The card of an attention head: how much each query looks at each key, and the score behind it."""

from __future__ import annotations

import math

import numpy as np

from glassworks import layers
from glassworks.errors import StateError
from glassworks.insight.cards.card import Card, checked_index, factor, number
from glassworks.insight.stages import Stage


class AttentionCard(Card):
    """One head of an attention layer.

    Attributes:
        layer, head: The layer and the head.
        scores: The scores of each query (rows) for each key (columns), before the softmax.
        weights: The softmax of each row: how much each query looks at each key. Rows sum to 1.
        mask: Which pairs may be seen, or None.
        query, key, value: The vectors of the head, one row each.
        attended: The weighted means of the values, one row for each query.
        scale: What products of query and key are multiplied by.
    """

    def __init__(self, stage: Stage, head: int, parts: _Head) -> None:
        self.layer, self.head = stage.name, head
        self.query, self.key, self.value, self.mask = parts.query, parts.key, parts.value, parts.mask
        self.scale, self.scores = parts.scale, parts.scores
        self.weights = softmax(self.scores, self.mask, parts.zero_masked)
        self.attended = self.weights @ self.value
        best = np.argsort(-self.weights, axis=1, kind="stable")
        lines = [
            f"query {i} looks at "
            + ", ".join(f"key {j} ({number(self.weights[i, j], 3)})" for j in best[i, : min(4, self.weights.shape[1])])
            for i in range(min(len(best), 8))
        ]
        lines += [f"... {len(best) - 8} more queries: card.weights has all"] if len(best) > 8 else []
        if parts.dot and len(best):
            i, j = 0, int(best[0, 0])
            products = self.query[0] * self.key[j]
            shown = " + ".join(f"{factor(a)}*{factor(b)}" for a, b in zip(self.query[0][:4], self.key[j][:4], strict=True))
            more = f" + ({len(products) - 4} more: {number(products[4:].sum())})" if len(products) > 4 else ""
            lines.append(f"score of query {i} and key {j}: ({shown}{more}) * {number(self.scale)} = {number(self.scores[i, j])}")
            lines.append(f"softmax over {len(self.scores[0])} keys: {number(self.weights[i, j])}")
        super().__init__(f"{stage.name}, head {head}: {len(self.query)} queries, {len(self.key)} keys", lines)


class _Head:
    """The vectors of a head, and its scores."""

    def __init__(
        self, query: np.ndarray, key: np.ndarray, value: np.ndarray, scale: float, mask: np.ndarray | None, zero_masked: bool
    ) -> None:
        self.query, self.key, self.value = (np.asarray(array, np.float64) for array in (query, key, value))
        self.scale, self.mask, self.zero_masked, self.dot = scale, mask, zero_masked, True
        self.scores = self.query @ self.key.T * scale


def softmax(scores: np.ndarray, mask: np.ndarray | None, zero_masked: bool = False) -> np.ndarray:
    """The softmax of each row over the entries that the mask allows.

    Args:
        scores: The scores.
        mask: True where a key may be seen; None for everywhere.
        zero_masked: Whether a row without an allowed entry is zeros; else all its entries are equal.
    """
    seen = np.ones(scores.shape, bool) if mask is None else np.broadcast_to(mask, scores.shape)
    anything = seen.any(axis=1, keepdims=True)
    kept = np.where(seen | ~anything, scores, -np.inf)
    kept = np.where(anything, kept, 0.0)
    powers = np.exp(kept - kept.max(axis=1, keepdims=True))
    weights = powers / powers.sum(axis=1, keepdims=True)
    return weights * anything if zero_masked else weights


def attention_card(stage: Stage, head: int, sample: int) -> AttentionCard:
    """One head of a `MultiHeadAttention`, `GroupQueryAttention`, `Attention` or `AdditiveAttention` layer.

    Args:
        stage: The call of the layer.
        head: The head; 0 for a layer without heads.
        sample: The sample of the batch.
    """
    layer = stage.layer
    if isinstance(layer, (layers.MultiHeadAttention, layers.GroupQueryAttention)):
        card = AttentionCard(stage, head, _projected(stage, head, sample))
        _require_close(stage, card, sample)
        return card
    if isinstance(layer, layers.Attention):
        checked_index(head, 1, "head", stage)
        return AttentionCard(stage, 0, _plain(stage, sample))
    inside = [part.name for part in stage.parts if "Attention" in part.kind]
    fix = f"look inside it: trace.attention({inside[0]!r}, {head})" if inside else "trace.attention(name, head) of an attention layer"
    raise StateError(f"layer '{stage.name}' ({stage.kind})", "an attention layer", fix, where="trace.attention")


def _projected(stage: Stage, head: int, sample: int) -> _Head:
    layer = stage.layer_as(layers.MultiHeadAttention, layers.GroupQueryAttention)
    parts = {part.layer.name: part for part in stage.parts}
    query, key, value = (parts[name].outputs[0][sample] for name in ("query", "key", "value"))
    if query.ndim != 3:
        raise StateError(
            f"layer '{stage.name}' with {query.ndim - 2} axes of queries",
            "one axis of queries",
            f"trace['{stage.name}/query'] and the others have the arrays",
            where="trace.attention",
        )
    head = checked_index(head, query.shape[1], "head", stage)
    own = head // (query.shape[1] // key.shape[1])
    q, k, v = query[:, head], key[:, own], value[:, own]
    pairs = _pairs(stage, sample, head, len(q), len(k))
    window = getattr(layer, "sliding_window", None)
    if window is not None:
        pairs.append(np.abs(np.arange(len(q))[:, None] - np.arange(len(k))) < window)
    mask = np.logical_and.reduce([np.broadcast_to(pair, (len(q), len(k))) for pair in pairs]) if pairs else None
    return _Head(q, k, v, 1.0 / math.sqrt(q.shape[-1]), mask, layer.dropout > 0)


def _pairs(stage: Stage, sample: int, head: int, queries: int, keys: int) -> list[np.ndarray]:
    """The masks of a call as booleans over pairs of query and key."""
    pairs: list[np.ndarray] = []
    for name, mask in stage.masks.items():
        mask = np.asarray(mask, bool)
        if name == "query_mask":
            pairs.append(mask[sample][:, None])
        elif name in ("value_mask", "key_mask"):
            pairs.append(mask[sample][None])
        elif name == "attention_mask":
            mask = mask[min(sample, len(mask) - 1)] if mask.ndim > 2 else mask
            pairs.append(mask[min(head, len(mask) - 1)] if mask.ndim > 2 else mask)
    if stage.options.get("use_causal_mask"):
        pairs.append(np.tri(queries, keys, dtype=bool))
    return pairs


def _require_close(stage: Stage, card: AttentionCard, sample: int) -> None:
    """Raise an error if the run attended to other values, as a subclass with its own attention may."""
    layer = stage.layer_as(layers.MultiHeadAttention, layers.GroupQueryAttention)
    parts = {part.layer.name: part for part in stage.parts}
    drops = layer.dropout > 0 and stage.options.get("training")
    if "attention_output" not in parts or drops:
        return
    recorded = np.asarray(parts["attention_output"].inputs[0][sample][:, card.head], np.float64)
    expected = card.attended * (np.asarray(parts["gate"].outputs[0][sample][:, card.head], np.float64) if "gate" in parts else 1.0)
    tolerance = 1e-3 if parts["attention_output"].inputs[0].dtype.itemsize > 2 else 5e-2
    if not np.allclose(recorded, expected, rtol=tolerance, atol=tolerance * max(np.abs(expected).max(initial=0.0), 1e-3), equal_nan=True):
        raise StateError(
            f"outputs of '{stage.name}' that differ from softmax(query . key) . value",
            "an attention layer that computes what its class defines",
            f"trace['{stage.name}/query'] and the others have the arrays",
            where="trace.attention",
        )


def _plain(stage: Stage, sample: int) -> _Head:
    layer = stage.layer_as(layers.Attention)
    query, value = stage.inputs[0][sample], stage.inputs[1][sample]
    key = stage.inputs[2][sample] if len(stage.inputs) > 2 else value
    pairs = [np.asarray(stage.masks["mask_1"][sample], bool)[None]] if "mask_1" in stage.masks else []
    pairs += [np.tri(len(query), len(key), dtype=bool)] if stage.options.get("use_causal_mask") else []
    mask = np.logical_and.reduce([np.broadcast_to(pair, (len(query), len(key))) for pair in pairs]) if pairs else None
    scale = stage.weights.get("scale")
    head = _Head(query, key, value, 1.0 if scale is None or scale.ndim else float(scale), mask, False)
    if layer.score_mode == "concat":
        pairs_of_vectors = head.query[:, None] + head.key[None]
        if isinstance(layer, layers.AdditiveAttention):
            head.scores = np.sum(np.tanh(pairs_of_vectors) * (1.0 if scale is None else scale), axis=-1)
        else:
            head.scores = float(stage.weights["concat_score_weight"]) * np.sum(np.tanh(head.scale * pairs_of_vectors), axis=-1)
        head.dot = False
    return head
