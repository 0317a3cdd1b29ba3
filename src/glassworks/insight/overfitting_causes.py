"""Why a batch is not learned: what the batch, the copy before and the copy after training show."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from glassworks import tree
from glassworks.errors import DataError, GlassworksWarning
from glassworks.training.checks import check_before_training
from glassworks.training.data import make_source
from glassworks.training.data.base import Batch

if TYPE_CHECKING:
    from glassworks.models.model import Model


def causes_of(start: Model, end: Model, batch: Batch, losses: list[float]) -> list[str]:
    """Causes for which there is evidence, the strongest first.

    Args:
        start, end: The copy before and after its training.
        batch: The batch.
        losses: Its losses.
    """
    certain = certain_causes(end, batch)
    if certain:
        return certain
    return [*_checks(start, batch), *_numbers(losses), *_weights(start, end)]


def general_causes(start: Model, end: Model, batch: Batch) -> list[str]:
    """What is left to look at where nothing was found."""
    return [*_outputs(end, batch), *_general(start)]


def certain_causes(end: Model, batch: Batch) -> list[str]:
    """Causes that no learning rate can change: nothing to train, or samples that cannot be told from each other."""
    if not end.trainable_variables:
        return ["nothing can be trained: every layer is frozen, or none has weights. Set layer.trainable = True, then compile again"]
    return list(_batch(batch))


def still_falling(losses: list[float]) -> bool:
    """Whether the loss of the last tenth of the steps is clearly below that of the tenth before."""
    tenth = len(losses) // 10
    if tenth < 3 or not np.isfinite(losses[-1]):
        return False
    last, before = np.mean(losses[-tenth:]), np.mean(losses[-2 * tenth : -tenth])
    return bool(last < before - 0.02 * abs(before))


def _numbers(losses: list[float]) -> Iterator[str]:
    if not np.isfinite(losses[0]):
        yield "the loss of the first step is not a number: look for NaN and infinity in x and y, and for log or division by 0 in your own layers and loss"
    elif not np.isfinite(losses[-1]):
        yield "the weights grew until the loss was no number any more: divide the learning rate by 10, or pass clipnorm=1.0 to the optimizer"


def _batch(batch: Batch) -> Iterator[str]:
    """Rows that cannot be told from each other."""
    rows = _as_rows(batch[0])
    targets = _as_rows(batch[1])
    if rows is None or len(rows) < 2:
        return
    if (rows == rows[0]).all():
        yield "all inputs of the batch are equal, so the outputs must be equal, too: look at what prepares x (integer division, a wrong column, an empty image)"
        return
    if targets is None:
        return
    _, groups = np.unique(rows, axis=0, return_inverse=True)
    groups = np.ravel(groups)
    pairs = len({(group, target.tobytes()) for group, target in zip(groups, targets, strict=True)})
    several = pairs - len(set(groups.tolist()))
    if several:
        yield f"{several} of {len(rows)} samples have the same inputs as another one and another label: no network can learn both. Are the labels those of these inputs?"


def _as_rows(structure: object) -> np.ndarray | None:
    """All numbers of each sample as one row; None where there is text."""
    leaves = [np.asarray(leaf) for leaf in tree.flatten(structure) if leaf is not None]
    if not leaves or any(leaf.dtype.kind not in "biuf" or not leaf.ndim for leaf in leaves):
        return None
    return np.concatenate([leaf.reshape(len(leaf), -1).astype(np.float64) for leaf in leaves], axis=1)


def _weights(start: Model, end: Model) -> Iterator[str]:
    """Weights that cannot or did not change."""
    frozen = [layer.name for layer in end._flat_layers() if layer._own_weights and not layer.trainable_variables]
    if frozen:
        yield f"frozen layers: {_list(frozen)}. If they were not trained before, set layer.trainable = True and compile again"
    before = {variable.path: variable.numpy() for variable in start.trainable_variables}
    still = [
        variable.path
        for variable in end.trainable_variables
        if variable.path in before and np.array_equal(before[variable.path], variable.numpy())
    ]
    if still and len(still) == len(end.trainable_variables):
        yield "no weight changed at all: the learning rate is 0, or no gradient reaches the weights (dead units, stop_gradient, rounding, a constant loss)"
    elif still:
        yield f"no gradient reaches {_list(still)}: these layers are not connected to the loss, or all their units are dead"


def _checks(start: Model, batch: Batch) -> Iterator[str]:
    """What `fit` would say before its first step."""
    x, y, sample_weight = batch
    source = make_source(x, y, sample_weight, batch_size=None, shuffle=False)
    trainer = start._trainer
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            trainer.prepare("train", source.first_batch())
            check_before_training(trainer, source, trainer.on_host(source.first_batch()), None)
        except DataError as error:
            yield _in_short(str(error))
    for warning in caught:
        if issubclass(warning.category, GlassworksWarning):
            yield _in_short(str(warning.message))


def _in_short(text: str) -> str:
    """What an error or a finding in several parts found, and its fix."""
    parts = [line.strip() for line in text.splitlines()]
    kept = [part for part in parts if part.startswith(("found:", "fix:"))]
    return "\n     ".join(part.removeprefix("found:").strip() for part in kept) or text


def _outputs(end: Model, batch: Batch) -> Iterator[str]:
    """Outputs that do not depend on the inputs."""
    outputs = [np.asarray(leaf, np.float64) for leaf in tree.flatten(end.predict_on_batch(batch[0]))]
    spreads = [float(np.max(np.ptp(output, axis=0), initial=0.0)) for output in outputs if output.ndim and len(output) > 1]
    if spreads and max(spreads) < 1e-6:
        yield "the trained copy gives every sample the same output: its units are dead or saturated, from a learning rate that is too high, or inputs that are not scaled"


def _general(start: Model) -> Iterator[str]:
    yield "the labels do not belong to the inputs, or one of the two lost its information on the way: print model inputs beside their labels"
    yield f"loss and last activation do not fit: the loss is {_loss_name(start)}. softmax with (sparse_)categorical_crossentropy, sigmoid with binary_crossentropy, no activation with mse"
    yield "a layer of your own has a wrong gradient: insight.gradcheck(layer, x)"
    yield "the last activation cannot reach the targets (relu and negative targets, sigmoid and targets above 1)"


def _loss_name(model: Model) -> str:
    loss = model.loss
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
