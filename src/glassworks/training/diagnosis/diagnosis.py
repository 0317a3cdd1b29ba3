"""`Diagnosis`: the findings about one model and its training, the likely cause first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glassworks import errors
from glassworks.checks import Finding, is_on
from glassworks.display.findings import Findings
from glassworks.errors import DiagnosisError
from glassworks.training.diagnosis.flow import Flow

ACTIONS = ("warn", "raise", "off")
"""What is done with a finding: a warning; an error where its severity is "error"; nothing."""

_LEARNS_NOTHING = ("nothing_learned", "one_class_predicted", "plateau", "underfitting")
_BREAKS_DOWN = (
    "not_finite",
    "dead_units",
    "saturated_units",
    "exploding_gradients",
    "vanishing_gradients",
    "clipped_loss",
    *_LEARNS_NOTHING,
)
_BAD_SCALE = ("initial_loss", "learning_rate_high", "learning_rate_low", "batch_norm_modes", *_BREAKS_DOWN)
SYMPTOMS = {
    "inputs_like_bytes": _BAD_SCALE,
    "unscaled_inputs": _BAD_SCALE,
    "unscaled_targets": (*_BAD_SCALE, "target_range"),
    "initial_weights": _BAD_SCALE,
    "initial_loss": tuple(check for check in _BAD_SCALE if check not in ("initial_loss", "clipped_loss", "exploding_gradients")),
    "constant_columns": ("dead_units", *_LEARNS_NOTHING),
    "several_labels": ("outputs_for_loss", "initial_loss", *_LEARNS_NOTHING),
    "frozen": ("learning_rate_low", *_LEARNS_NOTHING),
    "unused_weights": _LEARNS_NOTHING,
    "all_dropped": ("learning_rate_low", "vanishing_gradients", *_LEARNS_NOTHING),
    "double_activation": ("loss_floor", "dead_units", "saturated_units", "vanishing_gradients", *_LEARNS_NOTHING),
    "target_range": ("dead_units", "saturated_units", "clipped_loss", *_LEARNS_NOTHING),
    "outputs_for_loss": ("initial_loss", "learning_rate_high", "loss_floor", *_BREAKS_DOWN),
    "stretched_targets": _LEARNS_NOTHING,
    "conflicting_labels": _LEARNS_NOTHING,
    "class_imbalance": ("one_class_predicted",),
    "validation_scale": ("overfitting", "batch_norm_modes"),
    "unseen_labels": ("overfitting",),
    "sorted_labels": ("overfitting",),
    "learning_rate_high": ("batch_norm_modes", *(check for check in _BREAKS_DOWN if check != "exploding_gradients")),
    "dead_units": ("vanishing_gradients", "learning_rate_low", "nothing_learned", "one_class_predicted", "plateau"),
    "saturated_units": ("vanishing_gradients", "learning_rate_low", *_LEARNS_NOTHING),
    "exploding_gradients": ("initial_loss", "learning_rate_high", "not_finite", "dead_units", "saturated_units", *_LEARNS_NOTHING),
    "vanishing_gradients": ("learning_rate_low", *_LEARNS_NOTHING),
    "clipped_loss": ("initial_loss", "dead_units", "saturated_units", *_LEARNS_NOTHING),
    "loss_floor": ("initial_loss", "clipped_loss", *_LEARNS_NOTHING),
    "learning_rate_low": _LEARNS_NOTHING,
    "one_class_predicted": ("nothing_learned", "plateau", "underfitting"),
    "nothing_learned": ("plateau", "underfitting"),
    "batch_norm_single": ("batch_norm_modes", "dead_units", "clipped_loss", *_LEARNS_NOTHING),
    "output_dropout": ("not_finite", "dead_units", *_LEARNS_NOTHING),
    "underfitting": ("dead_units", "plateau"),
    "batch_norm_modes": ("clipped_loss",),
}
"""The name of a check -> the checks whose findings follow from what it finds."""
_HINTS = ("initial_loss", "conflicting_labels", "class_imbalance")
"""Checks whose findings are only worth knowing until something that follows from them is found."""
_FAR = 3.0
"""How far a first loss must be above its threshold to explain what happens in training."""
_LEAST = ("constant_columns", "plateau")
"""Checks that say least about a cause."""
_SAID_WITH_NAN = ("learning_rate_high", "exploding_gradients")
"""Checks whose advice the warning about NaN has already given."""
_CLEARED = 3
"""The number of looks without a finding after which a check may report again."""
_SEVERITIES = ("error", "warning", "info")


class Diagnosis:
    """The findings about one model and its training.

    Args:
        action: "warn", "raise" or "off", see `ACTIONS`; or "keep", to record findings and tell nothing.

    Attributes:
        line: The user's line of the call that is looked at.
        lines: The name of a layer -> the line where the user made it.
        flow: The sizes of gradients and updates that the examinations of the network measured.

    >>> diagnosis = Diagnosis()
    >>> diagnosis.update("nothing_learned", Finding("nothing_learned", "fit", "loss 2.30", "below 2.30", "look at the labels"))
    >>> diagnosis.update("learning_rate_high", Finding("learning_rate_high", "fit", "steps of 140%", "below 30%", "learning_rate=0.001", severity="error"))
    >>> [finding.check for finding in diagnosis.findings]
    ['learning_rate_high', 'nothing_learned']
    """

    def __init__(self, action: str = "keep") -> None:
        self._action = action
        self.line = ""
        self.lines: dict[str, str] = {}
        self.flow = Flow()
        self._findings: list[Finding] = []
        self._open: dict[str, int] = {}  # check -> for how many looks it has found nothing since its finding

    @property
    def findings(self) -> Findings:
        """All findings, the likely cause first: what follows from another finding comes after it, and errors before warnings."""
        present = _causes(self._findings)

        def place(finding: Finding) -> tuple[bool, int, bool]:
            return _follows(finding.check, present), _SEVERITIES.index(finding.severity), finding.check in _LEAST

        return Findings(sorted(self._findings, key=place))

    def report(self) -> list[dict[str, Any]]:
        """All findings as data: a dict of the attributes of each."""
        return [finding._asdict() for finding in self.findings]

    def hear(self, finding: Finding) -> None:
        """Take a finding of a check outside of the doctor, which the user gets also if it may follow from another one."""
        if self._action != "off":
            self.add(finding)
        elif finding.check == "not_finite":  # `on_nan` says what is done with it
            errors.warn(str(finding._replace(line=self._line_of(finding))))

    def add(self, finding: Finding) -> None:
        """Record a finding, and warn of it or raise an error, unless it is of severity "info".

        Raises:
            DiagnosisError: A finding of severity "error", where the action is "raise".
        """
        if not is_on(finding.check):
            return
        finding = finding._replace(line=self._line_of(finding))
        self._findings.append(finding)
        if self._action == "keep" or finding.severity == "info":
            return
        if self._action == "raise" and finding.severity == "error":
            raise DiagnosisError(finding)
        if finding.check in _SAID_WITH_NAN and "not_finite" in self:
            return
        errors.warn(str(finding))

    def update(self, check: str, finding: Finding | None) -> None:
        """Take the present result of a check: a finding is reported once, and again only after the check has found nothing for some looks.

        What follows from an earlier finding is only recorded.
        """
        if finding is None:
            if check in self._open:
                self._open[check] += 1
                if self._open[check] == _CLEARED:
                    del self._open[check]
        elif check in self._open:
            self._open[check] = 0
        elif all((finding.check, finding.layer, finding.value) != (told.check, told.layer, told.value) for told in self._findings):
            self._open[check] = 0
            if finding.severity != "info":
                self._promote(check)
            follows = _follows(check, _causes(self._findings))
            self.add(finding._replace(severity="info") if follows else finding)

    def _line_of(self, finding: Finding) -> str:
        """The line where the layer was made, or the nearest layer around it; else that of the call."""
        made = (self.lines[name] for name in reversed(finding.layer.split("/")) if name in self.lines)
        return next(made, finding.line or self.line)

    def _promote(self, check: str) -> None:
        """Warn of what was only worth knowing so far, and explains what a check finds."""
        for number, told in enumerate(self._findings):
            if told.severity == "info" and told.check in _HINTS and check in SYMPTOMS[told.check]:
                self._findings.pop(number)
                self.add(told._replace(severity="warning"))
                return

    def __contains__(self, check: object) -> bool:
        return any(finding.check == check for finding in self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self._findings)

    def __str__(self) -> str:
        if not self._findings:
            return "The doctor found nothing wrong."
        return "\n\n".join(f"{finding.severity}: {finding.check}\n{finding}" for finding in self.findings)

    def _repr_html_(self) -> str:
        return self.findings.html()

    def __repr__(self) -> str:
        return f"<Diagnosis: {', '.join(finding.check for finding in self.findings) or 'nothing found'}>"


def _causes(findings: list[Finding]) -> set[str]:
    """The names of the findings that may be the cause of others: neither what is only worth knowing, nor a first loss that is a bit high."""
    return {finding.check for finding in findings if finding.severity != "info" and not _is_slight(finding)}


def _is_slight(finding: Finding) -> bool:
    if finding.check == "constant_columns":
        return finding.severity != "error"  # then only some columns are constant
    value, threshold = finding.value, finding.threshold
    return finding.check == "initial_loss" and value is not None and threshold is not None and value < _FAR * threshold


def _follows(check: str, present: set[str]) -> bool:
    """Whether what a check finds is explained by another finding, which is not itself a consequence of it."""
    return any(check in SYMPTOMS.get(cause, ()) and cause not in SYMPTOMS.get(check, ()) for cause in present if cause != check)
