"""The lowest value that a compiled loss can reach on given targets: above 0 for soft labels, below 0 for a cosine similarity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from glassworks import tree
from glassworks.losses.base import Loss, LossFunctionWrapper
from glassworks.losses.checks import kind
from glassworks.names import is_of_the_library
from glassworks.training.outputs import flat_targets

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Structure

_TINY = 1e-7


def lowest_loss(model: Model, y: Structure, sample_weight: Structure = None) -> float:
    """The sum of the compiled losses if every output were the best possible one.

    That is 0 for most. A cross-entropy with soft targets (label smoothing, an image as a target) cannot go below the entropy of the targets.

    Args:
        model: A model whose losses are built, which a step does.
        y, sample_weight: The targets and weights of a batch.
    """
    losses = model._trainer.losses
    if losses is None or not losses.built or y is None:
        return 0.0
    total = 0.0
    weights = flat_targets(sample_weight, losses.names, "sample_weight")
    rows = zip(losses.losses, losses.weights, flat_targets(y, losses.names), weights, strict=True)
    for loss, factor, target, weight in rows:
        best = _BEST.get(kind(loss)) if isinstance(loss, LossFunctionWrapper) and target is not None else None
        if best is not None:
            target = np.asarray(target, np.float64)
            value = float(np.asarray(loss(target, best(target, loss), sample_weight=weight)))
            total += value * (1.0 if factor is None else float(factor))
    return total if np.isfinite(total) else 0.0


def can_be_above_zero(model: Model) -> bool:
    """Whether the loss has parts whose lowest value is not known: a loss, a training step or an `add_loss` of the user's own."""
    trainer = model._trainer
    own = trainer.losses is not None and any(
        isinstance(loss, Loss) and not is_of_the_library(getattr(loss, "fn", None) or type(loss))
        for loss in tree.flatten(trainer.losses.losses)
    )
    added = any(layer._losses for layer in model._flat_layers())
    return own or added or trainer.losses is None or trainer.keeps_logs("train")


def _probabilities(target: np.ndarray, loss: LossFunctionWrapper, classes: float) -> np.ndarray:
    """The targets after label smoothing, as the model should predict them."""
    smoothing = float(loss.options.get("label_smoothing", 0.0) or 0.0)
    return np.clip(target * (1 - smoothing) + smoothing / classes, _TINY, 1.0)


def _categorical(target: np.ndarray, loss: LossFunctionWrapper) -> np.ndarray:
    best = _probabilities(target, loss, target.shape[-1])
    return np.log(best) if loss.options.get("from_logits") else best


def _binary(target: np.ndarray, loss: LossFunctionWrapper) -> np.ndarray:
    best = np.minimum(_probabilities(target, loss, 2), 1 - _TINY)
    return np.log(best / (1 - best)) if loss.options.get("from_logits") else best


_BEST: dict[str, Callable[[np.ndarray, LossFunctionWrapper], np.ndarray]] = {
    "categorical_crossentropy": _categorical,
    "binary_crossentropy": _binary,
    "cosine_similarity": lambda target, loss: target,
    "poisson": lambda target, loss: np.maximum(target, _TINY),
}
