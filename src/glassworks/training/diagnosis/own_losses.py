"""Checks of losses that the user wrote, by what they give for a few outputs before the first step."""

from __future__ import annotations

import numpy as np

from glassworks.checks import Finding
from glassworks.graph import as_array, untraced
from glassworks.losses import LOSSES
from glassworks.training.diagnosis.answers import Answers, compare
from glassworks.training.diagnosis.evidence import Evidence, Output
from glassworks.training.diagnosis.floors import CLIPPED, of_classes
from glassworks.training.diagnosis.registry import looks_for

SURE_SCORE = 15.0
"""A score that softmax and sigmoid make a probability of 1 of."""
FAR = 20.0
"""The loss of perfect probabilities over that of perfect scores, from which on a loss takes scores."""
_ENDS = {"softmax": "classes", "sigmoid": "binary", "hard_sigmoid": "binary"}


@looks_for("loss_floor")
def takes_scores(evidence: Evidence) -> Finding | None:
    """A finding if a loss that the user wrote takes scores, and the last activation gives probabilities.

    The loss itself is asked: a loss of probabilities is about 0 for perfect probabilities, a loss of scores for large scores.
    """
    for output in evidence.outputs:
        answers = _answers(output)
        if answers is None or _ENDS.get(output.activation) != answers.kind:
            continue
        target = output.target[: len(output.prediction)]
        perfect = _perfect(np.asarray(target), output.prediction)
        of_probabilities, of_scores = _value(output, target, perfect), _value(output, target, SURE_SCORE * (2 * perfect - 1))
        if of_probabilities is None or of_scores is None or not of_probabilities > max(FAR * abs(of_scores), 1e-2):
            continue
        floor = of_classes(answers.classes)
        return Finding(
            "loss_floor",
            evidence.where,
            f"the loss of '{output.name}' takes scores: for perfect probabilities it is {of_probabilities:.4g}, for perfect scores {of_scores:.2g}; "
            f"but the outputs are probabilities, by {output.activation}",
            "a loss that can reach 0",
            f"remove activation='{output.activation}' from the last layer, or from_logits=True from the loss",
            f"{output.activation} is applied twice, so the loss cannot go below {of_probabilities:.4g} and its slope is small",
            "error",
            value=of_probabilities,
            threshold=floor,
        )
    return None


@looks_for("clipped_loss")
def clipped_at_the_start(evidence: Evidence) -> Finding | None:
    """A finding if a loss that the user wrote clips many of the outputs before training: no gradient corrects those."""
    for output in evidence.outputs:
        answers = _answers(output)
        if answers is None or answers.kind == "quantities" or answers.clipped < CLIPPED:
            continue
        if not abs(answers.loss - answers.cross_entropy) < 0.02 * answers.cross_entropy:
            continue
        last = "softmax" if answers.kind == "classes" else "sigmoid"
        return Finding(
            "clipped_loss",
            evidence.where,
            f"for {answers.clipped:.0%} of the samples the output of '{output.name}' for the correct answer is 0 or less, where the loss clips it",
            f"at most {CLIPPED:.0%}",
            f"use activation='{last}' in the last layer"
            + (f" instead of '{output.activation}'" if output.activation not in ("", "linear") else ""),
            "the loss has no slope there, so what is most wrong is not corrected",
            "warning",
            value=answers.clipped,
            threshold=CLIPPED,
        )
    return None


def _answers(output: Output) -> Answers | None:
    """The first outputs compared with their targets, where the user wrote the loss."""
    if output.loss is None or output.function in LOSSES.names():
        return None
    target = output.target[: len(output.prediction)]
    if len(target) != len(output.prediction):
        return None
    value = _value(output, target, output.prediction)
    return None if value is None else compare(output.name, np.asarray(target), output.prediction, value)


def _value(output: Output, target: np.ndarray, prediction: np.ndarray) -> float | None:
    """The loss for given outputs; None where it is not one finite number, or the user's code fails for them."""
    try:
        with untraced(), np.errstate(all="ignore"):
            value = float(np.asarray(output.loss(as_array(target), as_array(np.asarray(prediction, np.float32)))))  # type: ignore[misc]
    except Exception:  # the user's code, which training will run on other numbers
        return None
    return value if np.isfinite(value) else None


def _perfect(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Outputs that are 1 for the correct answer and 0 for all others."""
    if target.shape == prediction.shape or prediction.shape[-1] == 1:
        return np.asarray(target, np.float32).reshape(prediction.shape)
    return np.eye(prediction.shape[-1], dtype=np.float32)[target.reshape(prediction.shape[:-1]).astype(np.int64)]
