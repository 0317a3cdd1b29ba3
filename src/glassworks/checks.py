"""The checks that look for silent mistakes: their names, what each looks for, which are on, and how a finding is reported.

A finding is a warning, never an error: training goes on as in Keras. Each has a name, by which it is switched off.
"""

from __future__ import annotations

from typing import NamedTuple

from glassworks import errors
from glassworks.errors import ArgumentError, suggest

CHECKS = {
    "accuracy_of_quantities": "accuracy counted on targets that are quantities, where it means nothing",
    "all_dropped": "a Dropout layer that drops everything",
    "frame_columns": "a DataFrame whose columns have other names, or another order, than those of the training data",
    "frame_index": "x and y as DataFrames whose rows have different indexes",
    "frozen": "nothing to train: every layer is frozen",
    "inputs_like_bytes": "inputs that are still integers such as 0..255",
    "not_finite": "NaN or infinity in the data, the loss or the predictions",
    "one_class": "labels that are all the same",
    "outputs_for_loss": "outputs that are not the probabilities, or the scores, that the loss expects",
    "several_labels": "rows with several labels, with a loss for exactly one",
    "softmax_binary": "a softmax with binary cross-entropy",
    "sorted_labels": "labels sorted by class, so that validation_split holds other classes out than it trains on",
    "stretched_targets": "targets whose shape is stretched to that of the outputs",
    "target_range": "targets that the last activation cannot reach",
    "unscaled_inputs": "inputs with columns on very different scales, or very large ones, in front of weights",
    "unscaled_targets": "targets too large for a network to reach in reasonable time",
    "validation_scale": "validation data on another scale than the training data",
}
"""Name -> what the check looks for."""

_off: set[str] = set()


class Finding(NamedTuple):
    """The result of a check that found a likely mistake.

    Attributes:
        check: The name of the check.
        where: The call that was running.
        found: What was found, with numbers.
        expected: What was expected.
        fix: What to change.
    """

    check: str
    where: str
    found: str
    expected: str
    fix: str

    def __str__(self) -> str:
        lines = [f"[{self.where}]", f"  found:    {self.found}", f"  expected: {self.expected}", f"  fix:      {self.fix}"]
        return "\n".join([*lines, f"  silence:  config.disable_checks({self.check!r})"])


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
    """Warn of a finding, if there is one and its check is on, at the line of the user's program that led to it."""
    if finding is not None:
        warn(finding.check, str(finding))


def warn(check: str, text: str) -> None:
    """Give a check's warning, if the check is on, at the line of the user's program that led to it."""
    if is_on(check):
        errors.warn(text)
