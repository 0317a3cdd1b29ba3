"""Input gradients: how much the score changes with each number of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassworks.insight.attribution.parts import parts_of
from glassworks.insight.attribution.program import Score
from glassworks.insight.attribution.result import Attribution
from glassworks.insight.attribution.rows import Rows
from glassworks.insight.attribution.target import Targets, probabilities_of, seeds_for, targets_for
from glassworks.typing import Data

if TYPE_CHECKING:
    from glassworks.models.model import Model


def input_gradient(
    model: Model,
    x: Data,
    target: Targets = None,
    output: str | int | None = None,
    of: str = "logit",
    names: Sequence[str] | None = None,
) -> Attribution:
    """The gradient of one output with respect to each number of the input (Simonyan et al., 2014).

    It answers: if this pixel, column or word vector grew a little, how fast would the score change? For integers, which have no gradient,
    it is taken at the vectors that the model gives for them, and summed over each vector.

    Args:
        model: Any model; the gradient is compiled by the engine in use.
        x: Samples in any form that `predict` takes; also one sample without the axis of the batch, or one text.
        target: The unit of the output to explain: an index (a tuple for outputs with several axes), or one per sample. By default the
            class with the highest score, and for one unit the unit itself. A single sigmoid has the classes 0 and 1.
        output: The name or index of the output, for a model with several.
        of: What is explained where the model ends with a softmax or sigmoid: `"logit"`, the number before it, or `"probability"`. The
            logit is what tools such as Captum get from models without a last activation; the gradient of a probability vanishes where the
            model is sure, and mixes in what counts against the other classes.
        names: The names of the columns of a table, or the words by number, for a model that reads integers. By default the names are
            those of the DataFrame, and the words those of the model's `TextVectorization`.

    Returns:
        An `Attribution` whose values have the shape of x.

    Raises:
        ArgumentError: A target, output or number of names that the model does not have; an output that may not be one of classes, without
            a target.
        StateError: No gradient reaches the inputs.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, kernel_initializer="ones")])
    >>> input_gradient(model, np.array([[1.0, 2.0]])).values
    array([[1., 1.]], dtype=float32)
    """
    where = "insight.input_gradient"
    rows = Rows(model, x)
    score = Score(model, rows, len(rows), output, of, where=where)
    result, scores, values = score.forward()
    targets = targets_for(model, result, score.squash, target, where)
    selected, slopes = score.backward(np.arange(len(rows)), values, seeds_for(targets, scores, score.squash))
    return Attribution(
        "input gradient",
        parts_of(rows, score, slopes, names, where),
        rows.structure,
        targets,
        of if score.squash else "output",
        selected,
        probabilities_of(targets, result, score.squash),
        is_single=rows.is_single,
    )
