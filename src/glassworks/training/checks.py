"""What is looked at once, before the first step: data and model that would train, silently, on nonsense."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import warn
from glassworks.graph import untraced
from glassworks.losses.checks import check_outputs, check_targets
from glassworks.training.data import DataSource
from glassworks.training.data.checks import check_finite, looks_like_bytes, part_to_check
from glassworks.training.outputs import flat_targets, output_names
from glassworks.training.trainer import Trainer, unpack

SAMPLE = 256
# Layers that bring their input to a sensible scale themselves, or want whole numbers.
_SCALES_ITSELF = ("Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Embedding", "Lambda")


def check_before_training(trainer: Trainer, train: DataSource, first: Any, validation: DataSource | None) -> None:
    """Raise a `DataError`, or warn, about data, labels and outputs that do not belong together.

    Arrays are looked at as a whole; of other sources, the first batch.
    """
    held = train.arrays if train.arrays is not None else first
    check_finite(held, ("x", "y", "sample_weight"))
    x, y, _ = unpack(first)
    _check_scale(trainer, x)
    if trainer.losses is None or y is None or trainer.keeps_logs("train"):
        return
    few = tree.map_structure(lambda a: None if a is None else a[:SAMPLE], x)
    outputs = _outputs(trainer, few)
    names = output_names(outputs, getattr(trainer.model, "output_names", None))
    if not trainer.losses.built:
        trainer.losses.build(outputs, getattr(trainer.model, "output_names", None))
    predictions = tree.flatten(outputs)
    sources = [unpack(held)[1]]
    if validation is not None and validation.arrays is not None:
        sources.append(validation.arrays[1])
    for targets in sources:
        for loss, target, prediction, name in zip(trainer.losses.losses, flat_targets(targets, names), predictions, names, strict=True):
            if loss is not None and target is not None:
                check_targets(loss, part_to_check(np.asarray(target)), prediction.shape, name)
    for loss, prediction in zip(trainer.losses.losses, predictions, strict=True):
        if loss is not None:
            text = check_outputs(loss, np.asarray(prediction))
            if text:
                warn(text)


def _outputs(trainer: Trainer, x: Any) -> Any:
    """What the model gives for a few samples before training."""
    with untraced():
        return trainer.programs.run(trainer.programs.program("predict", (x, None, None), None), (x, None, None))


def _check_scale(trainer: Trainer, x: Any) -> None:
    if trainer.model.host_part:
        return
    layers = [layer for layer in trainer.model._flat_layers()[1:] if type(layer).__name__ not in ("InputLayer", "Flatten", "Reshape")]
    if layers and any(type(layer).__name__ in _SCALES_ITSELF for layer in layers[:2]):
        return
    for array in tree.flatten(x):
        text = looks_like_bytes(array) if array is not None else None
        if text:
            warn(text)
