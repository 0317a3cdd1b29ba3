"""Checks for targets that do not fit the outputs, the loss or the metrics compiled for them."""

from __future__ import annotations

import numpy as np

from glassworks.checks import Finding
from glassworks.losses import LOSSES
from glassworks.registry import snake_case
from glassworks.training.diagnosis.evidence import Evidence, Output
from glassworks.training.diagnosis.registry import looks_for

_REACH = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "sparse_sigmoid": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "lstm_sequence": (-1.0, 1.0),
    "gru_sequence": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, np.inf),
    "squareplus": (0.0, np.inf),
    "exp": (0.0, np.inf),
    "log_softmax": (-np.inf, 0.0),
    "log_sigmoid": (-np.inf, 0.0),
    "selu": (-1.7581, np.inf),
    "elu": (-1.0, np.inf),
}
"""Op -> the smallest and largest number it can give."""
QUANTITIES = (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "poisson",
)
_SPARSE = "sparse_categorical_crossentropy"
_ONE_OF_MANY = ("categorical_crossentropy", "categorical_focal_crossentropy")
_BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
# Losses that work elementwise, so that shapes may broadcast.
_ELEMENTWISE = (*QUANTITIES, *_BINARY, "hinge", "squared_hinge", "categorical_hinge", "cosine_similarity", "kl_divergence")
SHARE_OUTSIDE = 0.005
FEWEST = 20
"""Fewer labels than this say nothing about how they are distributed."""


@looks_for("target_range")
def target_range(evidence: Evidence) -> Finding | None:
    """A finding if the last activation cannot reach the targets."""
    for output in evidence.outputs:
        low, high = _REACH.get(output.activation, (-np.inf, np.inf))
        if (
            output.function not in (*QUANTITIES, *_ONE_OF_MANY)
            or output.target.dtype.kind not in "iuf"
            or output.options.get("from_logits")
        ):
            continue
        y = evidence.sample(_weighted(output))
        outside = (y < low - 1e-5) | (y > high + 1e-5)
        share = float(outside.mean()) if y.size else 0.0
        if share <= SHARE_OUTSIDE:
            continue
        return Finding(
            "target_range",
            evidence.where,
            f"targets of '{output.name}' go from {y.min():.4g} to {y.max():.4g}; its last op, {output.activation}, gives numbers "
            f"{_interval(low, high)}, and cannot reach {share:.1%} of them",
            f"targets {_interval(low, high)}",
            "leave the activation of the last layer out (a linear output reaches every number), or scale the targets into that range",
        )
    return None


def _interval(low: float, high: float) -> str:
    if np.isfinite(low) and np.isfinite(high):
        return f"from {low:g} to {high:g}"
    return f"of {low:g} or more" if np.isfinite(low) else f"of {high:g} or less"


def _weighted(output: Output) -> np.ndarray:
    """The targets without rows of weight 0."""
    weight = output.weight
    if weight is None or weight.shape[:1] != output.target.shape[:1] or (weight.ndim > 1 and weight.shape != output.target.shape):
        return output.target
    return output.target[weight != 0]


@looks_for("softmax_binary")
def softmax_binary(evidence: Evidence) -> Finding | None:
    """A finding if a softmax, whose outputs sum to 1, is used with a loss for independent outputs."""
    for output in evidence.outputs:
        units = output.prediction.shape[-1] if output.prediction.ndim > 1 else 1
        if output.function not in _BINARY or units < 2 or output.activation != "softmax":
            continue
        return Finding(
            "softmax_binary",
            evidence.where,
            f"'{output.name}' is a softmax over {units} outputs, with {output.function}, which takes each of them for a question of its own",
            f"softmax with a loss for one class of {units}, or sigmoid with {output.function}",
            f"for one class per sample: loss='categorical_crossentropy' (or '{_SPARSE}' for class numbers); "
            "for several labels per sample: activation='sigmoid'",
        )
    return None


@looks_for("several_labels")
def several_labels(evidence: Evidence) -> Finding | None:
    """A finding if rows have several ones but the loss expects exactly one class."""
    for output in evidence.outputs:
        y = output.target
        if output.function not in _ONE_OF_MANY or y.ndim < 2 or y.shape[-1] < 2 or y.shape[-1] != output.prediction.shape[-1]:
            continue
        sums = evidence.sample(y).sum(axis=-1)
        many = sums > 1.5
        if not many.any():
            continue
        return Finding(
            "several_labels",
            evidence.where,
            f"{many.mean():.0%} of the rows of y for '{output.name}' have more than one label (up to {sums.max():g}), with {output.function}",
            "exactly one label per row: each row adds up to 1",
            "for several labels per sample: activation='sigmoid' on the last layer, and loss='binary_crossentropy'",
        )
    return None


@looks_for("accuracy_of_quantities")
def accuracy_of_quantities(evidence: Evidence) -> Finding | None:
    """A finding if accuracy, which counts matching classes, is used on targets that are quantities."""
    for output in evidence.outputs:
        names = [name for name in map(metric_name, output.metrics) if name in ("acc", "accuracy") or name.endswith("_accuracy")]
        if not names or not output.target.size or output.target.dtype.kind not in "biuf":
            continue
        y = evidence.sample(output.target)
        if np.isin(y, (-1.0, 0.0, 1.0)).all() or not (output.function in QUANTITIES or _are_quantities(y, output)):
            continue
        return Finding(
            "accuracy_of_quantities",
            evidence.where,
            f"metric {names[0]!r} for '{output.name}', whose targets are quantities (from {y.min():.4g} to {y.max():.4g}) with {output.function}: "
            "it counts exact matches, of which there are none",
            "a metric of distance",
            "metrics=['mae'], or metrics=[keras.metrics.R2Score()]",
        )
    return None


def _are_quantities(y: np.ndarray, output: Output) -> bool:
    """Whether targets for a loss of the user's own are quantities: single numbers with fractions, not all from 0 to 1."""
    is_own = output.function not in LOSSES.names()
    is_single = output.prediction.ndim < 2 or output.prediction.shape[-1] == y.size // len(y) == 1
    return is_own and is_single and bool(np.any(y != np.floor(y))) and (y.min() < 0 or y.max() > 1)


def metric_name(metric: object) -> str:
    """The name of a metric that was given as a name, a function or an object, in snake case."""
    if isinstance(metric, str):
        return snake_case(metric) if metric != metric.lower() else metric
    function = getattr(metric, "_fn", None) or getattr(metric, "fn", None) or metric
    return getattr(function, "__name__", None) or snake_case(type(metric).__name__)


@looks_for("stretched_targets")
def stretched_targets(evidence: Evidence) -> Finding | None:
    """A finding if targets and outputs have different shapes that broadcast."""
    for output in evidence.outputs:
        if output.function not in _ELEMENTWISE:
            continue
        given, wanted = _of_equal_rank(output.target.shape[1:], output.prediction.shape[1:])
        if given == wanted or not _broadcast_together(given, wanted):
            continue
        units = output.target.shape[-1] if output.target.ndim > 1 else 1
        fix = f"give the last layer {units} units: one output per target" if units > 1 else "give y one target per output"
        if output.prediction.ndim > 2 and int(np.prod(given)) == 1:
            fix = "for one value per sequence, leave return_sequences=True out of the last recurrent layer (or pool over time); else give y one target per step"
        return Finding(
            "stretched_targets",
            evidence.where,
            f"targets of shape {_shape(output.target.shape)} for '{output.name}' of shape {_shape(output.prediction.shape)}, with {output.function}: "
            f"one is stretched to the other, so that {_stretched(given, wanted)}",
            f"targets of shape {_shape(output.prediction.shape)}",
            fix,
        )
    return None


def _of_equal_rank(given: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes without the last axis of size 1 that losses add or remove."""
    if len(given) == len(wanted) + 1 and given[-1] == 1:
        return given[:-1], wanted
    if len(wanted) == len(given) + 1 and wanted[-1] == 1:
        return given, wanted[:-1]
    return given, wanted


def _broadcast_together(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether shapes of equal rank differ only in sizes of 1, so that they broadcast; the loss raises for others."""
    return len(given) == len(wanted) and all(m == n or 1 in (m, n) for m, n in zip(given, wanted, strict=True))


def _stretched(given: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if int(np.prod(given)) < int(np.prod(wanted)):
        return "each target is compared with several outputs"
    return "each output is compared with several targets, and learns their mean"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['n', *map(str, shape[1:])])})" if len(shape) > 1 else "(n,)"


@looks_for("one_class")
def one_class(evidence: Evidence) -> Finding | None:
    """A finding if all labels are the same: the model learns a constant."""
    for output in evidence.outputs:
        labels = class_numbers(output) if evidence.is_whole else None
        if labels is None or labels.ndim != 1 or len(labels) < FEWEST or (labels != labels[0]).any():
            continue
        return Finding(
            "one_class",
            evidence.where,
            f"all {len(labels):,} labels of '{output.name}' are {labels[0]:g}",
            "at least two classes",
            "look at how y was made, and at the filter or split before it: np.unique(y, return_counts=True)",
        )
    return None


@looks_for("sorted_labels")
def sorted_labels(evidence: Evidence) -> Finding | None:
    """A finding if labels are sorted by class and `validation_split` holds the last classes out."""
    if not evidence.is_split:
        return None
    for output, held in zip(evidence.outputs, evidence.validation_y, strict=False):
        train = class_numbers(output)
        test = None if held is None else class_numbers(output, held)
        if train is None or test is None or train.ndim != 1 or len(train) + len(test) < FEWEST:
            continue
        unseen = sorted(set(np.unique(test)) - set(np.unique(train)))
        share = float(np.isin(test, unseen).mean())
        if share >= 0.05:
            found = f"{share:.0%} of the held-out labels are of classes that training never sees: {', '.join(f'{c:g}' for c in unseen[:8])}"
        elif _comes_in_blocks(labels := np.concatenate([train, test])) and _distance(train, test) > (0.1 if _is_sorted(labels) else 0.5):
            found = f"the labels are sorted: training ends with class {train[-1]:g}, and the held-out part has {len(np.unique(test))} of {len(np.unique(train))} classes"
        else:
            continue
        return Finding(
            "sorted_labels",
            evidence.where,
            f"{found} ('{output.name}'; validation_split holds out the last {len(test):,} of {len(train) + len(test):,} rows, before shuffling)",
            "the same classes in both parts",
            "shuffle first: order = np.random.permutation(len(x)); x, y = x[order], y[order]",
        )
    return None


def class_numbers(output: Output, y: np.ndarray | None = None) -> np.ndarray | None:
    """Class numbers, one per sample; None if the targets are not classes."""
    y = output.target if y is None else y
    if y.dtype.kind not in "biuf" or not y.size or y.size > 1 << 24:
        return None
    if output.function in _ONE_OF_MANY and y.ndim == 2 and y.shape[1] > 1:
        return y.argmax(axis=1)
    if output.function not in (_SPARSE, *_BINARY):
        return None
    y = y.reshape(len(y), -1)
    if y.shape[1] == 1:
        y = y[:, 0]
    return y if y.dtype.kind != "f" or bool((y == np.floor(y)).all()) else None


def _comes_in_blocks(labels: np.ndarray) -> bool:
    """Whether the label changes far more rarely from row to row than it would in random order."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    expected = len(labels) * (1 - float(np.square(shares).sum()))
    return float((labels[1:] != labels[:-1]).sum()) < 0.05 * expected


def _is_sorted(labels: np.ndarray) -> bool:
    """Whether each label occurs in one contiguous block."""
    return int((labels[1:] != labels[:-1]).sum()) == len(np.unique(labels)) - 1


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    """The total variation distance between two distributions of labels: 0 if they are equal, 1 if they share no class."""
    return float(sum(abs((a == c).mean() - (b == c).mean()) for c in np.union1d(a, b)[:1000])) / 2
