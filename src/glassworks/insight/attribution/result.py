"""`Attribution`: how much each input counts for an output, as numbers, text, HTML and picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.errors import IndexRangeError
from glassworks.insight.attribution import showing
from glassworks.insight.attribution.target import Target
from glassworks.typing import Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Part:
    """What is attributed to one input of the model.

    Attributes:
        name: The name of the input.
        values: What each number (or word) counts, one row per sample.
        given: The input, as the user gave it.
        kind: "image", "tokens", "table" or "series".
        labels: For "table" the names of the columns, for "tokens" the words of each sample.
    """

    name: str
    values: np.ndarray
    given: np.ndarray
    kind: str
    labels: list[Any]

    def of(self, sample: slice) -> Part:
        """The part of some samples."""
        labels = self.labels[sample] if self.kind == "tokens" else self.labels
        return replace(self, values=self.values[sample], given=self.given[sample], labels=labels)


@dataclass(frozen=True)
class Attribution:
    """How much each number of the input counts for one output of a model.

    `insight.input_gradient`, `insight.integrated_gradients` and `insight.grad_cam` return it. It prints as text, shows itself in a
    notebook, and `plot` draws it. `attribution[i]` is that of one sample.

    Attributes:
        method: "input gradient", "integrated gradients" or "Grad-CAM".
        parts: One `Part` per input of the model.
        structure: The structure of the inputs.
        target: The unit of the output that is explained, for each sample.
        of: "logit" or "probability", if the model ends with a softmax or sigmoid; else "output".
        score: The number that is explained, for each sample.
        prediction: The model's output at the target, for each sample.
        baseline_score: The score at the baseline, for each sample; None where the method has no baseline.
        completeness: `abs(sum of values - (score - baseline_score)) / abs(score - baseline_score)` for each sample; None likewise.
        steps: The points at which each sample's path was evaluated; None likewise.
        is_single: Whether the user gave one sample without the axis of the batch.
        layer: The layer of Grad-CAM; else "".
    """

    method: str
    parts: list[Part]
    structure: Structure
    target: list[Target]
    of: str
    score: np.ndarray
    prediction: np.ndarray
    baseline_score: np.ndarray | None = None
    completeness: np.ndarray | None = None
    steps: np.ndarray | None = None
    is_single: bool = False
    layer: str = ""

    @property
    def values(self) -> Any:
        """What each number counts, in the structure and shapes of x; for text one number per word, for Grad-CAM one per position."""
        flat = [part.values[0] if self.is_single else part.values for part in self.parts]
        return tree.pack_sequence_as(self.structure, flat) if tree.is_nested(self.structure) and len(flat) > 1 else flat[0]

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, sample: int) -> Attribution:
        """The attribution of one sample."""
        if not -len(self) <= sample < len(self):
            raise IndexRangeError(f"sample {sample} of {len(self)}", f"a number from 0 to {len(self) - 1}", "count samples from 0")
        chosen = slice(sample % len(self), sample % len(self) + 1)

        def row(array: np.ndarray | None) -> np.ndarray | None:
            return None if array is None else array[chosen]

        return replace(
            self,
            parts=[part.of(chosen) for part in self.parts],
            target=self.target[chosen],
            score=self.score[chosen],
            prediction=self.prediction[chosen],
            baseline_score=row(self.baseline_score),
            completeness=row(self.completeness),
            steps=row(self.steps),
            is_single=True,
        )

    def heading(self, sample: int = 0) -> str:
        """What is explained for a sample, in one line."""
        return showing.heading(self, sample)

    def text(self, sample: int = 0, most: int = 20) -> str:
        """The attribution of a sample as text.

        Args:
            sample: Which sample.
            most: The most columns or words to list, those that count most; the others are summed.
        """
        return showing.as_text(self, sample, most)

    def __str__(self) -> str:
        more = f"\n({len(self)} samples; attribution[1] is the next)" if len(self) > 1 else ""
        return self.text() + more

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return showing.as_html(self)

    def plot(self, path: str | PathLike[str] | None = None, shape: tuple[int, ...] | None = None) -> Figure:
        """Draw the attribution: over images, as bars for the columns of a table, as colours of the words of a text.

        Args:
            path: A file to save the picture in; its ending says in which format.
            shape: The shape of the image, for a model whose input is an image as one flat row: `(28, 28)`.

        Returns:
            The figure of matplotlib. Of several samples the first 4 are drawn.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        from glassworks.drawing.figure import finished

        return finished(showing.as_figure(self, shape), path)
