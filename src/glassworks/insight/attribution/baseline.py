"""Where the path of integrated gradients begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.errors import ArgumentError, GlassworksError
from glassworks.insight.attribution.program import Score
from glassworks.insight.attribution.rows import Rows
from glassworks.layers import Normalization
from glassworks.layers.text_arrays import TEXT_KINDS
from glassworks.typing import Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


def values_at_baseline(
    model: Model, rows: Rows, score: Score, values: list[np.ndarray], baseline: Structure, where: str
) -> list[np.ndarray]:
    """The values at the points for the baseline, one row per sample.

    Args:
        values: The values at the points for the samples.
        baseline: What the user gave; None for the default.
    """
    if baseline is not None:
        return score.forward(_batch_of(model, rows, baseline, where))[2]
    starts = []
    for point, array in zip(score.points, values, strict=True):
        entry = rows.entries[point.source]
        mean = _mean_of(model, entry.source) if array.shape == entry.array.shape else None
        starts.append(np.zeros_like(array) if mean is None else np.broadcast_to(mean, array.shape).astype(array.dtype))
    return starts


def _mean_of(model: Model, place: int) -> np.ndarray | None:
    """The mean of the `Normalization` that an input of the model enters, if it does."""
    functional: Any = getattr(model, "_functional", None) or model
    inputs, calls = getattr(functional, "inputs", None), getattr(functional, "calls", None)
    if callable(calls) or not inputs or not calls:
        return None
    for call in calls:
        layer = call.operation
        if isinstance(layer, Normalization) and not layer.invert and any(tensor is inputs[place] for tensor in call.inputs):
            return np.asarray(layer.mean)
    return None


def _batch_of(model: Model, rows: Rows, baseline: Structure, where: str) -> Structure:
    """The baseline as a batch of the graph with one row per sample."""
    parts = _parts(rows, baseline, where)
    full = [_full(part, given, name, where) for part, given, name in zip(parts, rows.given, rows.names, strict=True)]
    structure = tree.pack_sequence_as(rows.structure, full) if tree.is_nested(rows.structure) and len(full) > 1 else _as(rows, full)
    batch = Rows(model, structure)
    shapes = [entry.array.shape for entry in batch.entries], [entry.array.shape for entry in rows.entries]
    if shapes[0] == shapes[1]:
        return batch.batch
    return tree.map_structure(_padded, batch.batch, rows.batch)


def _as(rows: Rows, full: list[np.ndarray]) -> Structure:
    return tree.pack_sequence_as(rows.structure, full) if isinstance(rows.structure, dict) else full[0]


def _padded(array: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Texts of the baseline, cut or padded to the length of those of the samples."""
    padded = np.zeros_like(np.asarray(like))
    length = min(padded.shape[1], np.shape(array)[1])
    padded[:, :length] = np.asarray(array)[:, :length]
    return padded


def _parts(rows: Rows, baseline: Structure, where: str) -> list[Structure]:
    if len(rows.given) == 1:
        return tree.flatten(baseline) if isinstance(baseline, dict) else [baseline]
    if not tree.is_nested(baseline):
        return [baseline] * len(rows.given)
    parts = tree.flatten(baseline)
    if len(parts) != len(rows.given):
        raise ArgumentError(
            f"a baseline with {len(parts)} arrays", f"{len(rows.given)}, one per input", "pass it in the structure of x", where=where
        )
    return parts


def _full(part: Structure, given: np.ndarray, name: str, where: str) -> np.ndarray:
    is_text = given.dtype.kind in TEXT_KINDS
    array = np.asarray(part, dtype=object if is_text else None)
    wrong_kind = is_text != (array.dtype.kind in TEXT_KINDS)
    try:
        if wrong_kind:
            raise ValueError
        return np.array(np.broadcast_to(array, given.shape), dtype=object if is_text else None)
    except (ValueError, GlassworksError) as error:
        raise ArgumentError(
            f"a baseline of shape {array.shape} and dtype {array.dtype} for input '{name}'",
            f"{'text' if is_text else 'numbers'} that can be stretched to {given.shape}",
            'pass "" for text, or a text per sample' if is_text else "pass one number, or one sample such as x_train.mean(axis=0)",
            where=where,
        ) from error
