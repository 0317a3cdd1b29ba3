"""Integrated gradients: the difference between the score and that of a baseline, divided among the numbers of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassworks.arguments import Integer, check
from glassworks.errors import DataError, warn
from glassworks.insight.attribution.baseline import values_at_baseline
from glassworks.insight.attribution.parts import parts_of
from glassworks.insight.attribution.path import COMPLETE, MOST_STEPS, NODES, Paths
from glassworks.insight.attribution.program import MOST_ROWS, Score
from glassworks.insight.attribution.result import Attribution
from glassworks.insight.attribution.rows import Rows
from glassworks.insight.attribution.target import Targets, probabilities_of, seeds_for, targets_for
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


def integrated_gradients(
    model: Model,
    x: Data,
    target: Targets = None,
    baseline: Structure = None,
    steps: int = 32,
    output: str | int | None = None,
    of: str = "logit",
    names: Sequence[str] | None = None,
) -> Attribution:
    """How much each number of the input adds to the score, compared with a baseline (Sundararajan et al., 2017).

    `values_i = (x_i - baseline_i) * integral from 0 to 1 of d score / d x_i at baseline + t * (x - baseline)`. The values are complete: they sum
    to `score(x) - score(baseline)`. The integral is computed by Gauss-Legendre quadrature in pieces of the way; a piece whose values do not
    sum to the change of the score along it is halved, until the values of the sample are complete to 0.1 %. There are 2048 points at
    most; a warning says where they were not enough.

    Args:
        model, x, target, output, of, names: See `input_gradient`. For integers the path is one between the vectors that the model gives
            for them, and what is added is summed over each vector.
        baseline: An input without what is to be explained, in the form of x: one sample for all, one per sample, or a number for all
            entries. By default 0: black pixels, words without a meaning (the vector 0). Columns that enter a `Normalization` begin at
            its mean. For text, `""` is the text without words.
        steps: The points at first.

    Returns:
        An `Attribution` whose values have the shape of x, with `completeness` and `baseline_score`.

    Raises:
        ArgumentError: See `input_gradient`; a baseline that does not fit.
        DataError: The score of a sample or of its baseline is NaN or infinite.
        StateError: No gradient reaches the inputs.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, kernel_initializer="ones")])
    >>> integrated_gradients(model, np.array([[1.0, 2.0]])).values
    array([[1., 2.]], dtype=float32)
    """
    where = "insight.integrated_gradients"
    check(where, {"steps": Integer(minimum=1)}, steps=steps)
    rows = Rows(model, x)
    score = Score(model, rows, min(len(rows) * steps, MOST_ROWS), output, of, where=where)
    result, scores, values = score.forward()
    targets = targets_for(model, result, score.squash, target, where)
    seeds = seeds_for(targets, scores, score.squash)
    starts = values_at_baseline(model, rows, score, values, baseline, where)
    every = np.arange(len(rows))
    at_x, at_start = score.backward(every, values, seeds)[0], score.backward(every, starts, seeds)[0]
    _require_finite(at_x, at_start, where)
    path = Paths(score, values, starts, seeds, at_start, at_x)
    path.follow(max(1, -(-steps // NODES)))
    missed = path.error[~path.complete]
    if len(missed):
        warn(
            f"{where}: {len(missed)} of {len(rows)} samples are not complete to {COMPLETE:.1%} after {MOST_STEPS} points: their values sum to "
            f"the difference of scores with an error of up to {missed.max():.1%}"
        )
    return Attribution(
        "integrated gradients",
        parts_of(rows, score, path.attributed, names, where),
        rows.structure,
        targets,
        of if score.squash else "output",
        at_x,
        probabilities_of(targets, result, score.squash),
        at_start,
        path.error,
        path.steps,
        rows.is_single,
    )


def _require_finite(at_x: np.ndarray, at_start: np.ndarray, where: str) -> None:
    broken = np.flatnonzero(~np.isfinite(at_x) | ~np.isfinite(at_start))
    if len(broken):
        which = "baseline" if np.isfinite(at_x[broken[0]]) else "sample"
        raise DataError(
            f"a score of {at_x[broken[0]] if which == 'sample' else at_start[broken[0]]} at {which} {broken[0]}",
            "finite numbers, whose difference can be divided",
            "look for NaN: np.isnan(x).any(), and in the weights of the model",
            where=where,
        )
