"""The checks that look for silent mistakes: their names, what each looks for, which are on, and how a finding is reported.

A finding is a warning, never an error: training goes on as in Keras. Each has a name, by which it is switched off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

from glassworks import errors
from glassworks.context import context
from glassworks.errors import ArgumentError, suggest

CHECKS = {
    "accuracy_of_quantities": "accuracy counted on targets that are quantities, where it means nothing",
    "all_dropped": "a Dropout layer that drops everything",
    "batch_norm_modes": "batch normalization whose averages are not ready, so that outputs in use differ from those in training",
    "batch_norm_single": "batch normalization on batches of one row",
    "class_imbalance": "classes of which one has ten times as many samples as another",
    "clipped_loss": "outputs that are maximally wrong, where the loss is clipped and has no slope",
    "conflicting_labels": "equal rows with different labels",
    "constant_columns": "columns, or inputs, that never vary",
    "dead_units": "units of an activation such as relu that give 0 for every sample",
    "double_activation": "an output through two activations in a row, of which the first limits the second",
    "duplicate_rows": "rows of the validation data that are in the training data as well",
    "exploding_gradients": "gradients that grow from layer to layer on their way back",
    "frame_columns": "a DataFrame whose columns have other names, or another order, than those of the training data",
    "frame_index": "x and y as DataFrames whose rows have different indexes",
    "frozen": "nothing to train: every layer is frozen",
    "id_column": "a column that numbers the rows",
    "initial_loss": "a first loss far from that of a model that knows nothing",
    "initial_weights": "weights that start at one value, or far too large",
    "inputs_like_bytes": "inputs that are still integers such as 0..255",
    "leaking_column": "a column that alone gives the answer",
    "learning_rate_high": "a learning rate so high that steps destroy what was learned",
    "learning_rate_low": "a learning rate so low that the weights hardly move",
    "loss_floor": "probabilities given to a loss that expects scores, which it cannot bring below a certain value",
    "not_finite": "NaN or infinity in the data, the loss or the predictions",
    "nothing_learned": "a network that after training is not better than a constant answer",
    "one_class": "labels that are all the same",
    "one_class_predicted": "a classifier that gives the same class for every sample",
    "output_dropout": "dropout behind the last layer with weights",
    "outputs_for_loss": "outputs that are not the probabilities, or the scores, that the loss expects",
    "overfitting": "a validation loss that rises while the training loss falls",
    "plateau": "a loss that has stopped falling",
    "saturated_units": "units of a sigmoid or tanh that are at an end of its range for almost every sample",
    "several_labels": "rows with several labels, with a loss for exactly one",
    "softmax_binary": "a softmax with binary cross-entropy",
    "sorted_labels": "labels sorted by class, so that validation_split holds other classes out than it trains on",
    "stretched_targets": "targets whose shape is stretched to that of the outputs",
    "target_range": "targets that the last activation cannot reach",
    "underfitting": "a network that has stopped learning, and is little better than a constant answer",
    "unscaled_inputs": "inputs with columns on very different scales, or very large ones, in front of weights",
    "unscaled_targets": "targets too large for a network to reach in reasonable time",
    "unseen_labels": "classes that only the training data or only the validation data has",
    "unused_weights": "weights that no gradient reaches",
    "validation_scale": "validation data on another scale than the training data",
    "vanishing_gradients": "gradients that shrink from layer to layer on their way back, so that the first layers do not learn",
}
"""Name -> what the check looks for."""

_off: set[str] = set()


Severity = Literal["error", "warning", "info"]
"""How serious a finding is: what is computed makes no sense, it is probably not what was meant, or it is worth knowing."""


class Finding(NamedTuple):
    """The result of a check that found a likely mistake.

    Attributes:
        check: The name of the check.
        where: The call that was running.
        found: What was found, with the number and its threshold.
        expected: What was expected.
        fix: What to change, as code where that is possible.
        why: Why it hurts, in one sentence.
        severity: How serious it is.
        layer: The name of the layer that it concerns.
        value, threshold: The measured number, and the one that it was compared with.
        line: The user's line that it concerns, where it is known: `"train.py:12"`. It is the line where the user made the layer, else
            that of the call.
    """

    check: str
    where: str
    found: str
    expected: str
    fix: str
    why: str = ""
    severity: Severity = "warning"
    layer: str = ""
    value: float | None = None
    threshold: float | None = None
    line: str = ""

    def __str__(self) -> str:
        parts = {"found": self.found, "expected": self.expected, "why": self.why, "line": self.line, "fix": self.fix}
        lines = [f"[{self.where}]", *(f"  {name + ':':<9} {text}" for name, text in parts.items() if text)]
        return "\n".join([*lines, f"  silence:  config.disable_checks({self.check!r})"])

    def _repr_html_(self) -> str:
        from glassworks.display.findings import findings_html

        return findings_html([self])


def is_on(name: str) -> bool:
    """Whether a check is switched on.

    >>> is_on("frozen")
    True
    """
    return name not in _off


def switch(names: tuple[str, ...], on: bool, where: str) -> None:
    """Switch checks on or off; all of them without names.

    Raises:
        ArgumentError: A name that no check has.
    """
    for name in names:
        if name not in CHECKS:
            raise ArgumentError(f"the check {name!r}", "the name of a check", suggest(str(name), CHECKS), where=where)
    chosen = set(names or CHECKS)
    _off.difference_update(chosen) if on else _off.update(chosen)


def tell(finding: Finding | None) -> None:
    """Give a finding, if there is one and its check is on, to the function that listens; else warn at the user's line, unless it is an "info"."""
    if finding is None or not is_on(finding.check):
        return
    if context.listener is not None:
        context.listener(finding)
    elif finding.severity != "info":
        warn(finding.check, str(finding))


@contextmanager
def listening(listener: Callable[[Finding], None] | None) -> Iterator[None]:
    """A `with` block in which findings go to a function, in this thread; None for warnings as usual.

    >>> heard = []
    >>> with listening(heard.append):
    ...     tell(Finding("frozen", "fit", "no weights", "some", "add a Dense"))
    >>> [finding.check for finding in heard]
    ['frozen']
    """
    outer, context.listener = context.listener, listener
    try:
        yield
    finally:
        context.listener = outer


def warn(check: str, text: str) -> None:
    """Give a check's warning, if the check is on, at the line of the user's program that led to it."""
    if is_on(check):
        errors.warn(text)
