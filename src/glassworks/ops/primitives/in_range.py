"""Numbers that must lie in a range: indices into an axis, labels of classes. The only primitive that fails because of its numbers.

What reads by index or by label takes its numbers from here, so it cannot fail itself. Engines run these nodes before
they change any variable: a step that fails leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, DataError, GlassworksError, IndexRangeError
from glassworks.graph import Primitive, Spec
from glassworks.typing import Namespace


class InRange(Primitive):
    """Numbers as integers of another dtype; an error if one lies outside [low, high).

    Inputs: the numbers, and perhaps a boolean that says whether they are needed at all: those of a branch that is not
    taken are never an error.

    Attributes:
        low, high: The range. It is [-size, size) for indices, whose negative ones count from the end: [0, size) comes out.
        dtype: Of the result.
        what: What the numbers are, a key of `ERRORS`. Labels must be integers; fractions of others are cut off.
        detail: For the error: the axis, or the name of an argument.
    """

    differentiable = False

    def infer(self, x: Spec, *needed: Spec, dtype: str, **attributes: Any) -> Spec:
        return Spec(x.shape, dtype)

    def forward(
        self, xp: Namespace, x: np.ndarray, *needed: np.ndarray, low: int, high: int, dtype: str, what: str, detail: object = None
    ) -> np.ndarray:
        if xp is np:
            outside = _outside(x, low, high, integral=what == "label")
            if outside.any():
                if not needed or bool(needed[0]):
                    raise ERRORS[what](x, outside, low, high, detail)
                x = np.where(outside, 0, x)
        places = x.astype(dtype)
        return xp.where(places < 0, places + places.dtype.type(high), places) if what == "index" else places

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 2 * outputs[0].size


def index_dtype(size: int) -> str:
    """The smallest dtype that holds indices into an axis of this size."""
    return "int32" if size <= 2**31 - 1 else "int64"


def _outside(x: np.ndarray, low: int, high: int, integral: bool) -> np.ndarray:
    if x.dtype.kind == "b":
        x = x.astype("int32")
    if x.dtype.kind in "iu":
        return (x < low) | (x >= high)
    x = x.astype("float64")
    # Comparisons with NaN are false, and so NaN is outside.
    if integral:
        return ~((x >= low) & (x < high) & (x == np.floor(x)))
    return ~((np.trunc(x) >= low) & (x < high))


# ---- what the errors say


def _bad_index(x: np.ndarray, outside: np.ndarray, low: int, high: int, axis: int) -> GlassworksError:
    return IndexRangeError(
        f"{_span(x)} into axis {axis} of size {high}{_first(x, outside)}",
        f"indices from {low} to {high - 1}" if high else "an axis that is not empty",
        "check how the indices were made; a vocabulary or a number of classes may be one too small",
    )


def _span(x: np.ndarray) -> str:
    return f"indices from {_shown(x.min())} to {_shown(x.max())}" if x.size > 1 else f"index {_shown(x.reshape(-1)[0])}"


def _first(x: np.ndarray, outside: np.ndarray) -> str:
    place = tuple(int(i) for i in np.argwhere(outside)[0]) if x.ndim else ()
    where = f" at {place[0] if len(place) == 1 else place}" if place else ""
    return f"; the first one outside is {_shown(x[place])}{where}" if x.size > 1 else ""


def _shown(number: np.generic) -> str:
    return f"{float(number):g}" if np.asarray(number).dtype.kind not in "iub" else str(int(number))


def _bad_row(x: np.ndarray, outside: np.ndarray, low: int, high: int, argument: str) -> GlassworksError:
    return IndexRangeError(
        f"numbers from {_shown(x.min())} to {_shown(x.max())}{_first(x, outside)}",
        f"numbers from 0 to {high - 1}, because {argument}={high}",
        f"{argument} is the largest number plus one; count padding and unknown words too",
    )


def _bad_length(x: np.ndarray, outside: np.ndarray, low: int, high: int, argument: str) -> GlassworksError:
    return ArgumentError(
        f"{argument} from {_shown(x.min())} to {_shown(x.max())}{_first(x, outside)}",
        f"lengths from 0 to {high - 1}",
        "give the length of each sample, no more than there is",
    )


def _bad_input(x: np.ndarray, outside: np.ndarray, low: int, high: int, detail: tuple[str, str]) -> GlassworksError:
    name, dtype = detail
    return DataError(
        f"{x.dtype} numbers from {_shown(x.min())} to {_shown(x.max())} for input {name!r}{_first(x, outside)}",
        f"numbers that {dtype} holds, the dtype of the input",
        f"give the input a wider dtype: Input(..., dtype='{x.dtype}')",
    )


def _bad_label(x: np.ndarray, outside: np.ndarray, low: int, high: int, detail: object) -> GlassworksError:
    place = tuple(int(i) for i in np.argwhere(outside)[0]) if x.ndim else ()
    label = x[place]
    sample = f" in sample {place[0]}" if len(place) else ""
    entry = f", at {place[1:]}" if len(place) > 1 and x.size > len(x) else ""
    return DataError(
        f"label {_shown(label)}{sample}{entry}, and {high} classes",
        f"labels 0 to {high - 1}" if high > 1 else "label 0, the only class",
        _advice(x, label, high),
    )


def _advice(labels: np.ndarray, label: Any, classes: int) -> str:
    if np.isnan(label):
        return "a label is missing: leave such samples out, or give them a class of their own and ignore it with ignore_class"
    if label != np.floor(label):
        return "for targets that are quantities use loss='mse'"
    if label < 0:
        return "a negative label is not a class: use ignore_class=-1 for unlabelled samples, or number the classes from 0"
    if label == classes and labels.min() >= 1 and labels.max() == classes:
        return "if your classes start at 1, train on y - 1; else give the last layer a unit for each class"
    return f"give the last layer {int(label) + 1} units, or check the labels"


ERRORS: dict[str, Callable[..., GlassworksError]] = {
    "index": _bad_index,
    "row": _bad_row,
    "length": _bad_length,
    "label": _bad_label,
    "input": _bad_input,
}

in_range = InRange()
