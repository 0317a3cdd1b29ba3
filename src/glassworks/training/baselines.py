"""Baselines: what a model reaches that does not look at its inputs. They stand in the History, and in the last line of `fit`.

There are two kinds: chance (equal probabilities for all classes), and the best constant answer that the training targets give: the most
common class, the shares of the classes as probabilities, or the mean of quantities.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassworks.display.numbers import number_text
from glassworks.losses.checks import kind
from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.callbacks.history import History
from glassworks.training.data import DataSource
from glassworks.training.data.convert import is_on_disk
from glassworks.training.diagnosis.targets import metric_name
from glassworks.training.outputs import flat_targets
from glassworks.training.steps import is_users_own

if TYPE_CHECKING:
    from glassworks.graph import KerasTensor
    from glassworks.losses import Loss
    from glassworks.training.trainer import Trainer
    from glassworks.typing import Structure

CHANCE, COMMON, SHARES, MEAN = "chance", "most common class", "shares of the classes", "mean of the targets"
ANSWERS = "best constant answers"
"""The names of the lines."""
Lines = dict[str, dict[str, float]]
"""The name of a log -> the name of a line -> its height."""
LARGEST = 1 << 23
"""Targets with more elements than this are left alone: counting them would take too long."""
_EPSILON = 1e-7
_SPARSE, _ONE_HOT, _BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"
_ERRORS = {
    "mean_squared_error": np.square,
    "mean_absolute_error": np.abs,
    "root_mean_squared_error": np.square,
}
_ACCURACIES = ("sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy")


class Answer(NamedTuple):
    """The best constant answer for the targets of one output.

    Attributes:
        task: "classes", "yes or no" or "quantities".
        values: The share of each class, the share of ones in each column, or the mean of each column.
    """

    task: str
    values: np.ndarray


def constant_answer(
    function: str, options: Mapping[str, Any], units: int, targets: np.ndarray, weight: np.ndarray | None = None
) -> Answer | None:
    """The best constant answer for the loss function of this name; None where none is known.

    Args:
        function: The name: `"mean_squared_error"`.
        options: The options of the loss.
        units: The number of classes.
        targets: The targets to give the answer for.
        weight: The weight of each row.

    >>> constant_answer("mean_squared_error", {}, 1, np.array([1.0, 2.0, 6.0])).values
    array([3.])
    """
    if targets.dtype.kind not in "biuf" or not 0 < targets.size <= LARGEST or options.get("ignore_class") is not None:
        return None
    if function in (_SPARSE, _ONE_HOT) and options.get("axis", -1) in (-1, 1):
        labels = _labels(function, targets)
        if labels is None or labels.min() < 0 or labels.max() >= units:
            return None
        return Answer("classes", _shares(np.bincount(labels, weight, units)))
    columns = np.asarray(targets, np.float64).reshape(len(targets), -1)
    if function == _BINARY:
        return Answer("yes or no", np.average(columns, axis=0, weights=weight))
    return Answer("quantities", np.average(columns, axis=0, weights=weight)) if function in _ERRORS else None


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / max(float(counts.sum()), _EPSILON)


def _labels(function: str, targets: np.ndarray) -> np.ndarray | None:
    """One class number per row; None for labels per step or pixel, which masks may leave out, and for soft labels."""
    if function == _SPARSE:
        return targets.reshape(-1).astype(np.int64) if targets.size == len(targets) else None
    if targets.ndim != 2 or not (targets.max(axis=1) == 1).all() or not (np.count_nonzero(targets, axis=1) == 1).all():
        return None
    return targets.argmax(axis=1)


def of_loss(function: str, options: Mapping[str, Any], answer: Answer, targets: np.ndarray, weight: np.ndarray | None) -> dict[str, float]:
    """The loss of chance and of the constant answer on targets; empty where it is not known."""
    if options.get("label_smoothing"):
        return {}
    if answer.task == "quantities":
        errors = _ERRORS[function](np.asarray(targets, np.float64).reshape(len(targets), -1) - answer.values).mean(axis=1)
        return {MEAN: _mean(errors, weight)}
    if answer.task == "yes or no":
        p = np.clip(answer.values, _EPSILON, 1 - _EPSILON)
        y = np.asarray(targets, np.float64).reshape(len(targets), -1)
        losses = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(axis=1)
        return {CHANCE: _mean(np.full(len(y), math.log(2)), weight), SHARES: _mean(losses, weight)}
    labels = _labels(function, targets)
    if labels is None:
        return {}
    losses = -np.log(np.clip(answer.values, _EPSILON, 1.0))[labels]
    return {CHANCE: _mean(np.full(len(labels), math.log(len(answer.values))), weight), SHARES: _mean(losses, weight)}


def _mean(values: np.ndarray, weight: np.ndarray | None) -> float:
    """The mean as losses reduce: each value times its weight, over the number of values."""
    return float((values if weight is None else values * weight).mean())


def of_metric(metric: object, function: str, answer: Answer, targets: np.ndarray, weight: np.ndarray | None) -> dict[str, float]:
    """The metric of chance and of the constant answer on targets; empty where it is not known."""
    name = metric_name(metric)
    if answer.task == "quantities" and name in _ERRORS:
        errors = _ERRORS[name](np.asarray(targets, np.float64).reshape(len(targets), -1) - answer.values).mean(axis=1)
        value = float(np.average(errors, weights=weight))
        return {MEAN: math.sqrt(value) if name.startswith("root") else value}
    if name not in _ACCURACIES or answer.task == "quantities":
        return {}
    if answer.task == "classes":
        labels = _labels(function, targets)
        if labels is None or name == "binary_accuracy":
            return {}
        right = labels == answer.values.argmax()
        return {CHANCE: 1 / len(answer.values), COMMON: float(np.average(right, weights=weight))}
    y = targets.reshape(len(targets), -1)
    if name != "binary_accuracy" or getattr(metric, "threshold", 0.5) != 0.5 or not ((y == 0) | (y == 1)).all():
        return {}
    right = (y == (answer.values > 0.5)).mean(axis=1)
    return {CHANCE: 0.5, COMMON: float(np.average(right, weights=weight))}


# ---- in a History


def set_baselines(trainer: Trainer, history: History, train: DataSource, validation: DataSource | None) -> None:
    """Set the baselines of a training's logs, as far as they are known: those of arrays, for losses and metrics of the library."""
    history.baselines = {}
    losses, metrics = trainer.losses, trainer.metrics
    if losses is None or not losses.built or train.arrays is None or any(map(trainer.keeps_logs, ("train", "test"))):
        return
    if is_users_own(trainer.model, "compute_loss") or is_users_own(trainer.model, "compute_metrics"):
        return
    answers = _answers(trainer, train.arrays[1], train.arrays[2])
    parts = [("", train)] if validation is None else [("", train), ("val_", validation)]
    for prefix, source in parts:
        if source.arrays is None or source.arrays[1] is None or len(source.arrays) < 3:
            continue
        targets = [None if y is None else np.asarray(y) for y in flat_targets(source.arrays[1], losses.names)]
        targets = [y if a is not None and y is not None and _fits(a, y) else None for a, y in zip(answers, targets, strict=True)]
        weights = [_by_row(w, y) for w, y in zip(flat_targets(source.arrays[2], losses.names, "sample_weight"), targets, strict=True)]
        for name, lines in _loss_lines(trainer, answers, targets, weights).items():
            history.baselines[prefix + name] = lines
        for tracked in [] if metrics is None else metrics.tracked:
            i = tracked.output
            answer, target = answers[i], targets[i]
            if (
                answer is not None
                and target is not None
                and target.size <= LARGEST
                and (weights[i] is not _UNKNOWN or not tracked.weighted)
            ):
                weight = weights[i] if tracked.weighted else None
                if lines := of_metric(tracked.metric, kind(losses.losses[i]), answer, target, weight):
                    history.baselines[prefix + tracked.name] = lines


def _fits(answer: Answer, targets: np.ndarray) -> bool:
    """Whether targets, perhaps those of validation, have the layout and the classes that the answer was made for."""
    if targets.dtype.kind not in "biuf" or not 0 < targets.size <= LARGEST:
        return False
    if answer.task != "classes":
        return targets.size == len(targets) * len(answer.values)
    if targets.size > len(targets):
        return targets.ndim == 2 and targets.shape[1] == len(answer.values)
    return bool(targets.min() >= 0 and targets.max() < len(answer.values))


_UNKNOWN = np.empty(0)


def _by_row(weight: np.ndarray | None, targets: np.ndarray | None) -> np.ndarray | None:
    """A weight for each row; `_UNKNOWN` for weights of another form."""
    if weight is None or targets is None:
        return None
    return weight.reshape(-1) if weight.size == len(targets) else _UNKNOWN


def _answers(trainer: Trainer, y: Structure, sample_weight: Structure) -> list[Answer | None]:
    losses, model = trainer.losses, trainer.model
    assert losses is not None
    functional = getattr(model, "_functional", None) or model
    units = _units(getattr(functional, "outputs", None), len(losses.names))
    answers: list[Answer | None] = []
    weights = flat_targets(sample_weight, losses.names, "sample_weight")
    for loss, target, size, given in zip(losses.losses, flat_targets(y, losses.names), units, weights, strict=True):
        weight = _by_row(given, target)
        if loss is None or target is None or is_on_disk(target) or weight is _UNKNOWN or (weight is not None and not weight.any()):
            answers.append(None)
        else:
            size = size or (int(target.shape[-1]) if target.ndim > 1 and target.shape[-1] > 1 else int(np.max(target, initial=0)) + 1)
            answers.append(constant_answer(kind(loss), getattr(loss, "options", {}), size, np.asarray(target), weight))
    return answers


def _units(outputs: Sequence[KerasTensor] | None, count: int) -> list[int | None]:
    """The size of the last axis of each output of a model; None where it is not known."""
    if outputs is None or len(outputs) != count:
        return [None] * count
    return [output.shape[-1] if len(output.shape) > 1 else None for output in outputs]


def _loss_lines(trainer: Trainer, answers: list[Answer | None], targets: list[Any], weights: list[Any]) -> Lines:
    """The lines of the loss of each output, and of their sum; penalties, which belong to the sum, are not known."""
    losses = trainer.losses
    assert losses is not None
    known = [
        {} if loss is None else _loss_of_output(loss, answer, target, weight)
        for loss, answer, target, weight in zip(losses.losses, answers, targets, weights, strict=True)
    ]
    with_loss = [i for i, loss in enumerate(losses.losses) if loss is not None]
    lines: Lines = {str(losses.log_names[i]): known[i] for i in with_loss if known[i]} if len(with_loss) > 1 else {}
    if trainer.model.losses or not all(known[i] for i in with_loss):
        return lines
    factors = [1.0 if weight is None else float(weight) for weight in losses.weights]
    if len(with_loss) == 1:
        (i,) = with_loss
        lines["loss"] = {name: factors[i] * value for name, value in known[i].items()}
    else:
        lines["loss"] = {ANSWERS: sum(factors[i] * next(known[i][name] for name in (SHARES, MEAN) if name in known[i]) for i in with_loss)}
    return lines


def _loss_of_output(loss: Loss, answer: Answer | None, target: np.ndarray | None, weight: np.ndarray | None) -> dict[str, float]:
    if answer is None or target is None or weight is _UNKNOWN or target.size > LARGEST:
        return {}
    reductions = ("sum_over_batch_size", "mean") if weight is None else ("sum_over_batch_size",)
    if loss.reduction not in reductions:
        return {}
    return of_loss(kind(loss), getattr(loss, "options", {}), answer, target, weight)


# ---- the last line of fit


def last_line(history: History, callbacks: CallbackList, outputs: list[str]) -> str:
    """One line that compares the last numbers with the best constant answer; empty where that is not known.

    Args:
        history: The history, with its baselines.
        callbacks: The callbacks, one of which may have restored the weights of an earlier epoch.
        outputs: The names of the outputs, if there are several.
    """
    if not history.epoch:
        return ""
    best = [c.best_epoch for c in callbacks if getattr(c, "restore_best_weights", False) and getattr(c, "best_weights", None) is not None]
    epoch = best[-1] if best and best[-1] in history.epoch else history.epoch[-1]
    pieces = [_piece(history, epoch, f"{name}_") for name in outputs] if len(outputs) > 1 else [_piece(history, epoch, "")]
    pieces = [piece for piece in pieces if piece] or [_piece(history, epoch, "")]
    where = f" (weights of epoch {epoch + 1})" if epoch != history.epoch[-1] else ""
    return "; ".join(pieces) + where if any(pieces) else ""


def _piece(history: History, epoch: int, prefix: str) -> str:
    """A metric, else the loss, on validation data if there is any, beside the constant answer."""
    names = [name for name in history.baselines if name.removeprefix("val_").startswith(prefix)]
    # Metrics before the loss, and validation before training.
    names.sort(key=lambda name: (name.endswith("loss"), not name.startswith("val_")))
    for name in names:
        epochs, line = history.logged.get(name, []), next((line for line in history.baselines[name] if line != CHANCE), None)
        if epoch not in epochs or line is None or np.ndim(history.history[name][-1]):
            continue
        value = history.history[name][len(history.history[name]) - len(epochs) + epochs.index(epoch)]
        data = "validation data" if name.startswith("val_") else "the training data"
        answer = line if line == ANSWERS else f"always the {line}"
        return f"{name.removeprefix('val_')} {number_text(value)} on {data} ({answer}: {number_text(history.baselines[name][line])})"
    return ""
