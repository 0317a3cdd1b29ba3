"""Which unit of the output is explained for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassworks.errors import ArgumentError

if TYPE_CHECKING:
    from glassworks.models.model import Model

Target = int | tuple[int, ...]
"""A unit of the output: its index, or one index per axis."""

Targets = Target | Sequence[Target] | np.ndarray | None
"""One unit for all samples, one per sample, or None for the default."""


def targets_for(model: Model, result: np.ndarray, squash: str, target: Targets, where: str) -> list[Target]:
    """The unit that is explained for each sample.

    Args:
        result: The outputs, one row per sample.
        squash: "softmax" or "sigmoid" where the model ends with it, else "".
        target: What the user chose: None, one unit for all samples, or one per sample.
    """
    shape, count = result.shape[1:], len(result)
    units = int(np.prod(shape))
    if target is None:
        if units == 1:
            return [1 if squash == "sigmoid" else 0] * count
        if len(shape) == 1 and (squash or _has_class_loss(model)):
            return [int(index) for index in result.argmax(-1)]
        raise ArgumentError(
            f"an output of shape {shape} per sample, of which it is not known that it scores classes",
            "the unit to explain",
            "pass target=0 for the first unit" if len(shape) == 1 else f"pass an index per axis, such as target={tuple(0 for _ in shape)}",
            where=where,
        )
    if _is_one_hot(target, shape, count):
        target = np.argmax(target, -1)
    per_sample = (
        [target] * count if isinstance(target, (int, np.integer, tuple)) else list(np.asarray(target).reshape(-1, max(len(shape), 1)))
    )
    if len(per_sample) != count:
        raise ArgumentError(
            f"{len(per_sample)} targets for {count} samples", "one target, or one per sample", "pass target=y[:len(x)]", where=where
        )
    return [_checked(one, shape, squash, where) for one in per_sample]


def seeds_for(targets: list[Target], result: np.ndarray, squash: str) -> np.ndarray:
    """What each score counts: 1 at the unit, 0 elsewhere. The class 0 of a single sigmoid counts the logit negatively."""
    seed = np.zeros(result.shape, np.float32)
    for row, unit in zip(seed, targets, strict=True):
        if _is_binary(result.shape[1:], squash):
            row[...] = 1.0 if unit == 1 else -1.0
        else:
            row[unit] = 1.0
    return seed


def probabilities_of(targets: list[Target], result: np.ndarray, squash: str) -> np.ndarray:
    """The output at the unit of each sample; for the class 0 of a single sigmoid, 1 minus the output."""
    if _is_binary(result.shape[1:], squash):
        flat = result.reshape(len(result))
        return np.where(np.array(targets) == 1, flat, 1 - flat)
    return np.array([row[unit] for row, unit in zip(result, targets, strict=True)])


def _is_one_hot(target: Targets, shape: tuple[int, ...], count: int) -> bool:
    """Whether targets are rows with one 1, as labels for "categorical_crossentropy" are."""
    array = np.asarray(target)
    if len(shape) != 1 or shape[0] < 2 or array.shape != (count, shape[0]):
        return False
    return bool(np.isin(array, (0, 1)).all() and (array.sum(-1) == 1).all())


def _is_binary(shape: tuple[int, ...], squash: str) -> bool:
    return squash == "sigmoid" and int(np.prod(shape)) == 1


def _checked(target: Target | np.ndarray, shape: tuple[int, ...], squash: str, where: str) -> Target:
    index = tuple(int(one) for one in np.atleast_1d(target))
    if _is_binary(shape, squash):
        if len(index) == 1 and index[0] in (0, 1):
            return index[0]
        raise ArgumentError(f"target={target!r} for one sigmoid output", "0 or 1, the two classes", "pass target=1", where=where)
    if len(index) != len(shape) or any(not -size <= one < size for one, size in zip(index, shape, strict=False)):
        raise ArgumentError(
            f"target={target!r} for an output of shape {shape} per sample",
            "an index below the size" if len(shape) == 1 else f"a tuple of {len(shape)} indices, one per axis",
            f"pass a number from 0 to {shape[0] - 1}" if len(shape) == 1 else f"pass target={tuple(0 for _ in shape)}",
            where=where,
        )
    index = tuple(one % size for one, size in zip(index, shape, strict=True))
    return index[0] if len(index) == 1 else index


def _has_class_loss(model: Model) -> bool:
    """Whether the compiled loss is a cross-entropy, so that the outputs are scores of classes."""
    loss = model._trainer.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", "") or getattr(loss, "__name__", "")
    return "crossentropy" in str(name).replace("_", "").lower()
