"""`explain_step`: one training step, told with its real numbers and with the lines of NumPy that compute them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassworks.arguments import OneOf, check
from glassworks.insight.lines import Lines
from glassworks.insight.step_document import StepDocument
from glassworks.insight.trace import Trace, trace

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Data, Structure

DEPTHS = ("short", "normal", "full")


class Explanation:
    """One training step in words, numbers and code; print it, or read `markdown()` or `html()`.

    Attributes:
        trace: The `Trace` that all numbers come from.
        depth: "short", "normal" or "full".
        snippets: The lines of NumPy, in order: each has its `code`, the arrays that it reads as `given`, and as `expected` the numbers of the run.
        loss, loss_after: The loss before and after the step; None without targets, or without an optimizer.
    """

    def __init__(self, told: Trace, depth: str) -> None:
        self.trace, self.depth = told, depth
        story = StepDocument(told, depth)
        self._document = story.document
        self.snippets: list[Lines] = story.snippets
        self.loss, self.loss_after = told.loss, story.loss_after

    def __str__(self) -> str:
        return str(self._document)

    __repr__ = __str__

    def markdown(self) -> str:
        """The explanation as Markdown."""
        return self._document.markdown()

    def html(self) -> str:
        """The explanation as a part of a page, without scripts and without anything that is loaded from elsewhere."""
        return self._document.html()

    def _repr_html_(self) -> str:
        return self.html()


def explain_step(
    model: Model, x: Data, y: Structure = None, sample_weight: Structure = None, *, depth: str = "normal", sample: int = 0
) -> Explanation:
    """Tell one training step with real numbers: forward layer by layer, the loss, backward, and the update of the weights.

    Beside the numbers stand the lines of NumPy that compute them. Every line was executed, and gives the numbers of the run; where there is
    none for a layer, the text says so. The model stays as it is, but an optimizer that has not run yet gets its slots.

    Args:
        model: A compiled model; without `y`, it need not be compiled, and only the forward pass is told.
        x: A few samples, or one without a batch axis.
        y: Their targets.
        sample_weight: A weight per sample.
        depth: "short" (tables), "normal" (every layer with its lines), or "full" (also more numbers, one weighted sum written out, all
            weights, and the functions that the lines call).
        sample: The sample whose numbers are shown.

    Returns:
        The explanation.

    Raises:
        ArgumentError: `depth` or `sample` is not allowed.
        StateError: There are targets, and the model is not compiled.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers, optimizers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, kernel_initializer="ones", name="dense")])
    >>> model.compile(optimizers.SGD(0.1), "mse")
    >>> explanation = insight.explain_step(model, np.array([[1.0, 2.0]]), np.array([[4.0]]))
    >>> print(explanation.snippets[0].code)
    ['y = x @ kernel + bias']
    >>> explanation.loss, round(explanation.loss_after, 4)
    (1.0, 0.04)
    """
    check("insight.explain_step", {"depth": OneOf(*DEPTHS)}, depth=depth)
    return Explanation(trace(model, x, y, sample_weight, training=y is not None, sample=sample), depth)
