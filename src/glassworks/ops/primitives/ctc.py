"""Connectionist temporal classification: the probability of a sequence of labels, summed over all alignments.

Graves et al., Connectionist Temporal Classification, 2006. Two tables hold, at each step, the log probability
of all alignments of the first n labels so far: `blank[n]`, ending with a blank, and `label[n]`, ending with label n.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.graph import Primitive, Spec, apply, as_array, spec_of
from glassworks.ops.primitives.cast import cast
from glassworks.ops.primitives.compare import clip, equal, where
from glassworks.ops.primitives.fused import differentiate_twice
from glassworks.ops.primitives.index import gather_along
from glassworks.ops.primitives.joining import concatenate
from glassworks.ops.primitives.power import logaddexp
from glassworks.ops.primitives.shape import broadcast_to, reshape
from glassworks.typing import Namespace, Tensor

# The log probability that stands for 0, as in Keras: an impossible sequence has this loss, not infinity.
NONE = -1e5


def _lattice_tables(log_chances: np.ndarray, target: np.ndarray, mask_index: int) -> tuple[Any, Any, Any, Any]:
    """Log probabilities per step, of each label and of the blank; whether each label repeats in the next; the labels."""
    labels = np.clip(target, 0, log_chances.shape[-1] - 1)
    of_labels = np.take_along_axis(log_chances, labels[:, None, :].repeat(log_chances.shape[1], axis=1), axis=2)
    repeats = np.zeros(target.shape, log_chances.dtype)
    repeats[:, :-1] = target[:, :-1] == target[:, 1:]
    return of_labels, log_chances[:, :, mask_index, None], repeats, labels


class _Tables:
    """The tables of one batch, step by step, with the values that the gradient needs."""

    def __init__(self, log_chances: np.ndarray, target: np.ndarray, output_length: np.ndarray, mask_index: int) -> None:
        self.of_labels, self.of_blank, self.repeats, self.labels = _lattice_tables(log_chances, target, mask_index)
        batch, count = target.shape
        blank = np.full((batch, count + 1), NONE, log_chances.dtype)
        blank[:, 0] = 0
        label = np.full((batch, count), NONE, log_chances.dtype)
        self.active = (np.arange(log_chances.shape[1]) < output_length[:, None])[:, :, None]
        self.steps = []
        for t in range(log_chances.shape[1]):
            ready = _added(blank, label + NONE * self.repeats)
            new_label = np.logaddexp(ready[:, :-1], label) + self.of_labels[:, t]
            waited = ready + self.of_blank[:, t]
            new_blank = _added(waited, label + self.of_blank[:, t] + NONE * (1 - self.repeats))
            self.steps.append((blank, ready, waited, new_blank, new_label))
            blank, label = np.where(self.active[:, t], new_blank, blank), np.where(self.active[:, t], new_label, label)
        self.blank, self.label = blank, label
        self.last = _added(blank, label)


def _added(blank: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The table of blanks, with the probabilities that arrive from a table of labels added."""
    return np.concatenate([blank[:, :1], np.logaddexp(blank[:, 1:], label)], axis=1)


def _split_gradient(gradient: np.ndarray, total: np.ndarray, blank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of `_added` for both of its tables."""
    to_blank = gradient.copy()
    to_blank[:, 1:] *= np.exp(blank[:, 1:] - total[:, 1:])
    return to_blank, gradient[:, 1:] - to_blank[:, 1:]


class CtcScore(Primitive):
    """The negative log probability of each sequence of labels.

    Inputs: log probabilities (batch, steps, classes), labels (batch, n), and the numbers of labels and steps of each sequence.
    Attributes: mask_index, the class that stands for a blank.
    """

    def infer(self, log_chances: Spec, target: Spec, target_length: Spec, output_length: Spec, *, mask_index: int) -> Spec:
        return Spec(log_chances.shape[:1], log_chances.dtype)

    def forward(
        self,
        xp: Namespace,
        log_chances: np.ndarray,
        target: np.ndarray,
        target_length: np.ndarray,
        output_length: np.ndarray,
        *,
        mask_index: int,
    ) -> np.ndarray:
        tables = _Tables(np.asarray(log_chances), np.asarray(target), np.asarray(output_length), mask_index)
        return -np.take_along_axis(tables.last, np.asarray(target_length)[:, None], axis=1)[:, 0]

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, mask_index: int) -> Sequence[Tensor | None]:
        return apply(ctc_score_gradient, gradient, *inputs, mask_index=mask_index), None, None, None

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, mask_index: int) -> int:
        return 20 * inputs[1].size * (inputs[0].shape[1] or 1)


class CtcScoreGradient(Primitive):
    """The gradient of `CtcScore`: a walk back through the tables, from the last step to the first."""

    def infer(self, gradient: Spec, log_chances: Spec, *others: Spec, mask_index: int) -> Spec:
        return log_chances

    def forward(
        self,
        xp: Namespace,
        gradient: np.ndarray,
        log_chances: np.ndarray,
        target: np.ndarray,
        target_length: np.ndarray,
        output_length: np.ndarray,
        *,
        mask_index: int,
    ) -> np.ndarray:
        log_chances, target = np.asarray(log_chances), np.asarray(target)
        tables = _Tables(log_chances, target, np.asarray(output_length), mask_index)
        d_last = np.zeros_like(tables.last)
        np.put_along_axis(d_last, np.asarray(target_length)[:, None], -np.asarray(gradient)[:, None], axis=1)
        d_blank, d_label = _split_gradient(d_last, tables.last, tables.blank)
        result = np.zeros_like(log_chances)
        rows = np.arange(len(target))[:, None]
        for t in reversed(range(log_chances.shape[1])):
            blank, ready, waited, new_blank, new_label = tables.steps[t]
            active = tables.active[:, t]
            d_new_blank, d_new_label = np.where(active, d_blank, 0), np.where(active, d_label, 0)
            np.add.at(result[:, t], (rows, tables.labels), d_new_label)
            result[:, t, mask_index] += d_new_blank.sum(axis=1)
            d_ready, d_from_label = _split_gradient(d_new_blank, new_blank, waited)
            from_ready = d_new_label * np.exp(ready[:, :-1] + tables.of_labels[:, t] - new_label)
            d_ready[:, :-1] += from_ready
            d_back, d_also = _split_gradient(d_ready, ready, blank)
            d_blank = np.where(active, 0, d_blank) + d_back
            d_label = np.where(active, 0, d_label) + d_from_label + d_new_label - from_ready + d_also
        return result

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, mask_index: int) -> Sequence[Tensor | None]:
        upstream, log_chances, *rest = inputs
        gradients = differentiate_twice(lambda x: composed_score(x, *rest, mask_index=mask_index), [upstream], [log_chances], [gradient])
        return (*gradients, None, None, None)


def composed_score(log_chances: Tensor, target: Tensor, target_length: Tensor, output_length: Tensor, *, mask_index: int) -> Tensor:
    """`CtcScore` composed of plain ops, for gradients of its gradient."""
    (batch, steps, classes), count = spec_of(log_chances).shape, spec_of(target).shape[1]
    dtype = spec_of(log_chances).dtype
    none = np.asarray(NONE, dtypes.numpy_dtype(dtype))
    first, final = (np.asarray(label, dtypes.numpy_dtype(spec_of(target).dtype)) for label in (0, classes - 1))
    labels = apply(reshape, apply(clip, target, first, final), shape=(batch, 1, count))
    of_labels = apply(gather_along, log_chances, apply(broadcast_to, labels, shape=(batch, steps, count)), axis=2)
    last = np.zeros((batch, 1), none.dtype)
    repeats = _joined(apply(cast, apply(equal, target[:, :-1], target[:, 1:]), dtype=dtype), last)
    blank = _joined(last, np.full((batch, count), none))
    label: Tensor = as_array(np.full((batch, count), none))

    def added(blank: Tensor, label: Tensor) -> Tensor:
        return _joined(blank[:, :1], apply(logaddexp, blank[:, 1:], label))

    for t in range(steps):
        active = apply(reshape, output_length > t, shape=(batch, 1))
        of_blank = log_chances[:, t, mask_index : mask_index + 1]
        ready = added(blank, label + repeats * none)
        new_label = apply(logaddexp, ready[:, :-1], label) + of_labels[:, t]
        new_blank = added(ready + of_blank, label + of_blank + (1 - repeats) * none)
        blank, label = apply(where, active, new_blank, blank), apply(where, active, new_label, label)
    return -apply(gather_along, added(blank, label), apply(reshape, target_length, shape=(batch, 1)), axis=1)[:, 0]


def _joined(*parts: Tensor | np.ndarray) -> Tensor:
    return apply(concatenate, *parts, axis=1)


class CtcBeams(Primitive):
    """The most probable sequences of labels, by a beam search that keeps the best `width` prefixes at each step.

    Inputs: log chances (batch, steps, classes) and how many steps of each count. Outputs: labels (top, batch, steps),
    filled up with -1, and log chances (batch, top). Attributes: width, top, mask_index.
    """

    differentiable = False

    def infer(self, log_chances: Spec, lengths: Spec, *, width: int, top: int, mask_index: int) -> tuple[Spec, Spec]:
        batch, steps, _ = log_chances.shape
        return Spec((top, batch, steps), "int32"), Spec((batch, top), log_chances.dtype)

    def forward(
        self, xp: Namespace, log_chances: np.ndarray, lengths: np.ndarray, *, width: int, top: int, mask_index: int
    ) -> tuple[np.ndarray, ...]:
        log_chances, lengths = np.asarray(log_chances), np.asarray(lengths)
        batch, steps, _ = log_chances.shape
        paths, scores = np.full((top, batch, steps), -1, "int32"), np.full((batch, top), -np.inf, log_chances.dtype)
        for b in range(batch):
            # Keras reads the first step in any case.
            best = _best_paths(log_chances[b, : max(1, lengths[b])], width, mask_index)[:top]
            for k, (path, score) in enumerate(best):
                paths[k, b, : len(path)], scores[b, k] = path, score
        return paths, scores


def _best_paths(log_chances: np.ndarray, width: int, mask_index: int) -> list[tuple[tuple[int, ...], float]]:
    """Sequences with their log chances, the likeliest first. A beginning has two: that it ends with its label or a blank."""
    paths: list[tuple[int, ...]] = [()]
    label, blank = np.array([-np.inf]), np.array([0.0])
    for row in log_chances:
        total = np.logaddexp(label, blank)
        last = np.array([path[-1] if path else -1 for path in paths])
        # A longer beginning: a label that repeats the last one needs a blank between them.
        longer = total[:, None] + row
        repeats = np.flatnonzero(last >= 0)
        longer[repeats, last[repeats]] = blank[repeats] + row[last[repeats]]
        longer[:, mask_index] = -np.inf
        # The same beginning: one more blank, or its last label once more.
        label, blank = np.where(last >= 0, label + row[last], -np.inf), total + row[mask_index]
        _join(paths, label, longer)
        scores = np.concatenate([np.logaddexp(label, blank), longer.reshape(-1)])
        order = np.argsort(-scores, kind="stable")[:width]
        order = order[np.isfinite(scores[order])]
        kept, grown = order < len(paths), np.divmod(np.maximum(order - len(paths), 0), len(row))
        inside = np.where(kept, order, 0)
        labels, blanks = np.where(kept, label[inside], longer[grown]), np.where(kept, blank[inside], -np.inf)
        paths = [paths[i] if stays else (*paths[w], int(k)) for i, stays, w, k in zip(inside, kept, *grown, strict=True)]
        label, blank = labels, blanks
    return list(zip(paths, np.logaddexp(label, blank).tolist(), strict=True))


def _join(paths: list[tuple[int, ...]], label: np.ndarray, longer: np.ndarray) -> None:
    """Add the chances of beginnings that grow into others to these."""
    places = {path: i for i, path in enumerate(paths)}
    for i, path in enumerate(paths):
        parent = places.get(path[:-1]) if path else None
        if parent is not None:
            label[i] = np.logaddexp(label[i], longer[parent, path[-1]])
            longer[parent, path[-1]] = -np.inf


ctc_score, ctc_score_gradient, ctc_beams = CtcScore(), CtcScoreGradient(), CtcBeams()
