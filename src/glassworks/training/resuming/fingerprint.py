"""What a training run consists of, in short: a checkpoint is only used by a run with the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtype_policy, registry, tree
from glassworks.engine import choose, cpu
from glassworks.errors import GlassworksError
from glassworks.graph import Variable
from glassworks.training.data import DataSource
from glassworks.training.options import FitOptions
from glassworks.typing import Json

if TYPE_CHECKING:
    from glassworks.layers.base import Layer
    from glassworks.training.trainer import Trainer

RATE = "the learning rate"


def fingerprint(trainer: Trainer, train: DataSource, validation: DataSource | None, options: FitOptions) -> dict[str, Any]:
    """Label -> JSON value: data, batches, validation, engine, dtypes, layers, variables, loss and optimizer."""
    model = trainer.model
    freq = options.validation_freq
    return {
        **{f"the training data: {key}": value for key, value in train.identity().items()},
        "steps_per_epoch": options.steps_per_epoch,
        "the validation data": None if validation is None else validation.identity(),
        "validation_steps": options.validation_steps,
        "validation_freq": freq if isinstance(freq, int) else sorted(int(number) for number in freq),
        "the engine": choose().name,
        "run_eagerly": bool(trainer.run_eagerly),
        "the dtype policy": dtype_policy.dtype_policy().name,
        **settings(trainer),
        "the variables of the model": [described(variable) for variable in model.variables],
        "the variables of the optimizer": [described(variable) for variable in getattr(trainer.optimizer, "variables", [])],
        RATE: learning_rate(trainer),
    }


def settings(trainer: Trainer) -> dict[str, Any]:
    """The part that code could change during training: settings of layers, loss and optimizer."""
    return {
        "the layers": [_layer(layer) for layer in trainer.model._flat_layers()],
        "the loss": _settings(trainer.loss),
        "the optimizer": _settings(trainer.optimizer),
    }


def arithmetic() -> str:
    """What decides the last bits of results, besides the engine: the instruction set, or the version of NumPy."""
    return f"NumPy {np.__version__}" if choose().name == "reference" else f"the instruction set {cpu()['isa']}"


def learning_rate(trainer: Trainer) -> float | None:
    """The learning rate, where it is a number that callbacks may change."""
    optimizer = getattr(trainer.optimizer, "inner_optimizer", trainer.optimizer)
    rate = getattr(optimizer, "_learning_rate", None)
    return float(rate.numpy()) if isinstance(rate, Variable) else None


def plain_path(path: str) -> str:
    """The path of a variable without the numbers that tell layers of one process apart.

    >>> plain_path("sequential_3/dense_12/kernel"), plain_path("adam/dense_1_kernel_momentum")
    ('sequential/dense/kernel', 'adam/dense_kernel_momentum')
    """
    return re.sub(r"_\d+(?=[_/]|$)", "", path)


def described(variable: Variable) -> str:
    """A variable in words: path, dtype and shape."""
    return f"{plain_path(variable.path)} {variable.spec.dtype} {tuple(variable.shape)}"


def differences(before: dict[str, Any], now: dict[str, Any], rates: Collection[object] = ()) -> list[str]:
    """What differs between two fingerprints, in words.

    Args:
        before: That of the checkpoint.
        now: That of this run.
        rates: The learning rates that this run may have: that at the start of the other one, and that at the checkpoint.
    """
    labels = [label for label in dict.fromkeys([*before, *now]) if label != RATE]
    result = [f"{label}: {_difference(before.get(label), now.get(label))}" for label in labels if before.get(label) != now.get(label)]
    if RATE in now and now[RATE] not in rates:
        result.append(f"{RATE}: {_difference(before.get(RATE), now[RATE])}")
    return result


def _difference(before: Json, now: Json) -> str:
    if isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            fresh = [entry for entry in now if entry not in before] or [entry for entry in before if entry not in now]
            return f"{len(before)} in the checkpoint, {len(now)} here{f', among them {fresh[0]}' if fresh else ''}"
        before, now = next((a, b) for a, b in zip(before, now, strict=True) if a != b)
    if isinstance(before, dict) and isinstance(now, dict):
        key = next(key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key))
        return f"{key}: {_difference(before.get(key), now.get(key))}"
    return f"{before} in the checkpoint, {now} here"


def _layer(layer: Layer) -> str:
    """The class of a layer, with its settings as a checksum where it is one of ours that has no layers inside."""
    name = type(layer).__name__
    if not type(layer).__module__.startswith("glassworks.") or layer._child_layers():
        return name
    try:
        config = layer.get_config()
    except (GlassworksError, NotImplementedError):
        return name
    # Lists that a layer has learned by adapt() are part of its state.
    text = json.dumps(_scrubbed(config), sort_keys=True, default=_type_name)
    return f"{name} ({plain_path(layer.name)}, settings {hashlib.sha256(text.encode()).hexdigest()[:8]})"


def _settings(value: object) -> Json:
    """A loss or an optimizer as JSON: its class and arguments."""
    if tree.is_nested(value):
        return tree.map_structure(_settings, value)
    if value is None or isinstance(value, str):
        return value
    if not hasattr(value, "get_config"):
        return getattr(value, "__name__", type(value).__name__)
    try:
        config = registry.serialize(value)
    except (GlassworksError, NotImplementedError):
        return type(value).__name__
    return json.loads(json.dumps(_scrubbed({"class": type(value).__name__, **config["config"]}), default=_type_name))


def _scrubbed(config: Json) -> Json:
    """A config without names, and without learning rates that are numbers, which are part of the state."""
    if isinstance(config, dict):
        skipped = {"name", "registered_name", "module", "build_config"}
        rate = {"learning_rate"} if isinstance(config.get("learning_rate"), float) else set()
        return {str(key): _scrubbed(value) for key, value in config.items() if key not in skipped | rate}
    return [_scrubbed(value) for value in config] if isinstance(config, (list, tuple)) else config


def _type_name(value: object) -> str:
    return getattr(value, "__name__", type(value).__name__)
