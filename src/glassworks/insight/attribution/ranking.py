"""Which of many values are listed."""

from __future__ import annotations

import numpy as np


def ranked(values: np.ndarray, most: int) -> tuple[list[int], tuple[int, float]]:
    """The indexes of the largest values without regard to sign, in that order; and the number and the sum of the others.

    >>> ranked(np.array([0.5, -2.0, 0.25]), 2)
    ([1, 0], (1, 0.25))
    """
    order = np.argsort(-np.abs(values), kind="stable")
    others = order[most:]
    return [int(i) for i in order[:most]], (len(others), float(values[others].sum()))
