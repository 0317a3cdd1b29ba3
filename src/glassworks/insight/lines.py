"""Lines of NumPy that compute some numbers of a run, with the arrays that they read; they are executed before they are shown."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassworks.typing import ArrayLike

TOLERANCE = 2e-4


@dataclass
class Lines:
    """One to three statements, and what they are about.

    Attributes:
        code: The statements.
        given: The arrays that they read, by name.
        expected: The numbers of the run, by the name of the variable that the statements assign.
        helpers: The functions that they call beside NumPy's.
    """

    code: list[str]
    given: Mapping[str, Any]
    expected: Mapping[str, np.ndarray]
    helpers: tuple[Callable, ...] = field(default=())

    def run(self) -> dict[str, Any]:
        """Execute the statements, and return all variables."""
        names: dict[str, Any] = {"np": np, "math": math, **{helper.__name__: helper for helper in self.helpers}, **self.given}
        with np.errstate(all="ignore"):
            exec("\n".join(self.code), names)  # the statements are those that this package writes
        return names

    def agree(self) -> bool:
        """Whether they compute the numbers of the run."""
        try:
            names = self.run()
        except (ValueError, TypeError, LookupError, ArithmeticError, NameError, SyntaxError, AttributeError):
            return False
        return all(close(names[name], array) for name, array in self.expected.items())

    def sources(self) -> list[str]:
        """The source of the helpers."""
        return [inspect.getsource(helper).strip() for helper in self.helpers]


def first_that_agrees(*candidates: Lines | None) -> Lines | None:
    """The first of several ways to write a computation that gives the numbers of the run."""
    return next((lines for lines in candidates if lines is not None and lines.agree()), None)


def close(computed: ArrayLike, array: np.ndarray) -> bool:
    """Whether two results are the same number in different roundings."""
    computed, array = np.asarray(computed), np.asarray(array)
    if computed.shape != array.shape:
        return False
    if array.dtype.kind not in "f" and array.dtype.name != "bfloat16":
        return bool(np.array_equal(computed, array))
    tolerance = TOLERANCE if array.dtype.itemsize > 2 else 2e-2
    computed, array = computed.astype(np.float64), array.astype(np.float64)
    finite = np.isfinite(array)
    scale = float(np.max(np.abs(array[finite]), initial=0.0)) or 1.0
    return bool(np.allclose(computed / scale, array / scale, rtol=tolerance, atol=tolerance * 0.1, equal_nan=True))
