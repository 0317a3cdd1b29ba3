"""The result of `gradcheck`: for each input and weight, how well its gradient agrees with differences, and what a disagreement means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassworks.display.table import Table

GREAT, FINE, WRONG = 1e-7, 1e-4, 1e-2


@dataclass
class Element:
    """One comparison.

    Attributes:
        index: The element of the array; None for all others together, along a random direction.
        backward: What the backward pass says.
        difference: What the central difference says.
        error: Their difference divided by the larger one.
        remark: "at a kink", "a kink close by", or "rounded to fewer than 64 bits", where that explains what was seen.
    """

    index: tuple | None
    backward: float
    difference: float
    error: float
    remark: str = ""


@dataclass
class ArrayCheck:
    """The comparisons of one input or weight.

    Attributes:
        name: `"input"`, or the path of the weight: `"kernel"`.
        shape: Its shape.
        connected: Whether a gradient arrives at all.
        elements: The comparisons.
    """

    name: str
    shape: tuple[int, ...]
    connected: bool
    elements: list[Element]

    @property
    def worst(self) -> Element:
        """The comparison with the largest error."""
        return max(self.elements, key=lambda element: element.error)

    @property
    def verdict(self) -> str:
        """ "great", "fine", "doubtful" or "WRONG", by the thresholds of CS231n."""
        error = self.worst.error if self.elements else 0.0
        return "great" if error <= GREAT else "fine" if error <= FINE else "doubtful" if error <= WRONG else "WRONG"

    @property
    def kinks(self) -> int:
        """How many elements lie at or close to a kink."""
        return sum("kink" in element.remark for element in self.elements)

    def explanation(self) -> str:
        """A sentence about the worst element, and what the others have in common with it."""
        worst = self.worst
        where = f"{self.name}[{', '.join(map(str, worst.index))}]" if worst.index is not None else f"{self.name}, along a random direction"
        text = f"{where}: the backward pass says {worst.backward:.6g}, the difference of values {worst.difference:.6g}."
        wrong = [element for element in self.elements if element.error > FINE]
        if not any(element.backward for element in wrong):
            cause = "a stop_gradient, a rounding, a cast to integers, argmax, or NumPy in place of ops"
            return f"{text} No gradient arrives, though the outputs depend on it: {cause}."
        if not any(abs(element.difference) > 1e-12 for element in wrong):
            return f"{text} The outputs do not depend on it, though a gradient arrives: a rounding with a gradient of its own (straight-through)?"
        ratios = np.array([element.backward / element.difference for element in wrong if element.difference])
        if len(ratios) > 1 and np.ptp(ratios) < 1e-3 * abs(ratios.mean()):
            factor = f"{ratios.mean():.4g}"
            return f"{text} All {len(ratios)} wrong ones are {factor} times what they should be: look for a missing factor{_hint(ratios.mean())}."
        return text


@dataclass(repr=False)
class GradientReport:
    """What `gradcheck` found; print it.

    Attributes:
        name: The layer's name.
        arrays: One entry for each floating input and each trainable weight.
        samples: How many samples were used.
        precise: Whether the outputs came in float64.
    """

    name: str
    arrays: list[ArrayCheck]
    samples: int
    precise: bool = True

    @property
    def passed(self) -> bool:
        """Whether no gradient is wrong or doubtful."""
        return all(array.verdict in ("great", "fine") for array in self.arrays)

    def table(self) -> Table:
        """A row for each array, and a sentence for each that disagrees."""
        rows = [
            [array.name, str(array.shape), sum(e.index is not None for e in array.elements), f"{array.worst.error:.1e}", _words(array)]
            for array in self.arrays
            if array.elements
        ]
        notes = [array.explanation() for array in self.arrays if array.elements and array.verdict in ("doubtful", "WRONG")]
        if not self.precise:
            notes.append("The layer gives float32 or less, though its inputs are float64: look for a cast with a fixed dtype in it.")
        result = "PASSED" if self.passed else "FAILED"
        title = f"Gradients of '{self.name}' beside central differences ({self.samples} samples, float64): {result}"
        return Table(["Array", "Shape", "Checked", "Largest error", "Verdict"], rows, "llrrl", title, notes)

    def __str__(self) -> str:
        return self.table().text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table().html()


def _words(array: ArrayCheck) -> str:
    remarks = [f"{array.kinks} at kinks"] if array.kinks else []
    remarks += ["computes with fewer than 64 bits"] if any("bits" in element.remark for element in array.elements) else []
    return array.verdict + (f" ({', '.join(remarks)})" if remarks else "")


def _hint(ratio: float) -> str:
    if abs(ratio + 1) < 1e-3:
        return " of -1 (a sign)"
    if abs(ratio) < 1 and abs(round(1 / ratio) - 1 / ratio) < 1e-3:
        return f" of {round(1 / ratio)}"
    return ""
