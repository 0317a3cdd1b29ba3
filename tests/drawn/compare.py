"""Where two answers differ: in what is refused, in names, dtypes, shapes or values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.drawn.answer import Answer

# Relative to the largest number: what single operations in another order may lose.
TOLERANCE = {"float16": 1e-2, "bfloat16": 6e-2, "float32": 1e-4, "float64": 1e-4}
# Python's own error for arguments that are missing.
SIGNATURE = re.compile(r"^TypeError: .*(missing|unexpected|positional)")
# The same quantity in another width: 64-bit numbers stay so here, and become 32-bit ones in JAX.
WIDTHS = ({"int32", "int64"}, {"uint32", "uint64"}, {"float32", "float64"})


def differences(ours: Answer, theirs: Answer, narrow: bool = False) -> list[str]:
    """Each difference as a line; none if the answers are the same.

    Args:
        ours: The answer here.
        theirs: That of real Keras.
        narrow: Whether numbers of 16 bits take part: Keras computes and adds in them, and here sums are in float32.
    """
    if bool(ours.error) != bool(theirs.error):
        return [f"refused here: {ours.error}" if ours.error else f"runs here, and Keras refuses it: {theirs.error}"]
    if ours.error and not ours.is_own_error and not SIGNATURE.search(ours.error):
        return [f"an error of no words: {ours.error}"]
    both = [name for name in theirs.notes if name in ours.notes]
    return [line for name in both for line in Comparison(narrow).unequal(name, ours.notes[name], theirs.notes[name])]


@dataclass
class Comparison:
    """How close results must be."""

    narrow: bool

    def unequal(self, name: str, mine: Any, expected: Any) -> list[str]:
        """What differs between two notes, line by line."""
        if isinstance(expected, dict) and isinstance(mine, dict):
            lacks = [f"{name} lacks {key!r}, which is {value!r}" for key, value in expected.items() if key not in mine]
            return lacks + [line for key in expected if key in mine for line in self.unequal(f"{name}[{key!r}]", mine[key], expected[key])]
        if isinstance(expected, list) and isinstance(mine, list):
            if len(mine) != len(expected):
                return [f"{name} has {len(mine)} parts, expected {len(expected)}: {mine!r}, {expected!r}"[:600]]
            return [
                line for i, (one, other) in enumerate(zip(mine, expected, strict=True)) for line in self.unequal(f"{name}[{i}]", one, other)
            ]
        if isinstance(expected, (np.ndarray, np.generic)) and isinstance(mine, (np.ndarray, np.generic)):
            text = self._unequal_arrays(np.asarray(mine), np.asarray(expected), derived="gradient" in name, state="variables" in name)
            return [f"{name}: {text}"] if text else []
        if isinstance(expected, float) and isinstance(mine, (int, float)) and not isinstance(mine, bool):
            return (
                [] if np.isclose(mine, expected, rtol=1e-4, atol=1e-7, equal_nan=True) else [f"{name} is {mine!r}, expected {expected!r}"]
            )
        return [] if type(mine) is type(expected) and mine == expected else [f"{name} is {mine!r}, expected {expected!r}"]

    def _unequal_arrays(self, mine: np.ndarray, expected: np.ndarray, derived: bool, state: bool) -> str:
        """What differs; derivatives have another tolerance, and any dtype."""
        if mine.shape != expected.shape:
            return f"shape {mine.shape}, expected {expected.shape}"
        dtypes = {str(mine.dtype), str(expected.dtype)}
        same = len(dtypes) == 1 or any(dtypes <= width for width in WIDTHS) or (state and self.narrow and dtypes == {"float32", "float16"})
        if not derived and not same:
            return f"dtype {mine.dtype}, expected {expected.dtype}"
        if expected.dtype.kind in "USO":
            return "" if (mine == expected).all() else f"{mine.tolist()}, expected {expected.tolist()}"
        a, b = mine.astype("float64"), expected.astype("float64")
        finite = np.isfinite(b)
        if (np.isfinite(a) != finite).any() or not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            return f"{a.tolist()}, expected {b.tolist()}"[:500]
        tolerance = max(TOLERANCE.get(dtype, 0.0) for dtype in dtypes | ({"float16"} if self.narrow else set())) * (20 if derived else 1)
        scale = np.abs(b[finite]).max(initial=1.0 if derived else 0.1)
        far = np.abs(a[finite] - b[finite]) > tolerance * scale
        return f"{a.tolist()}, expected {b.tolist()}"[:500] if far.any() else ""
