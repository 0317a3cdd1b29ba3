"""One derivative in two ways: what the backward pass says, and what differences of values say, at a kink as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.insight.differences import Function, value_along
from glassworks.insight.gradient_report import FINE, GREAT, Element

STEP = 1e-5
_SMALLER_STEPS = (1e-6, 1e-7)
_LARGE_STEP = 1e-2
_ROUNDING = 16 * np.finfo(np.float64).eps


def compared(function: Function, points: Sequence[Any], directions: Sequence[np.ndarray], backward: float, index: tuple | None) -> Element:
    """Compare a derivative along a direction with differences.

    Where the two disagree, smaller steps are tried: a kink close by (of relu, of max) then drops out, and at a kink itself the slopes to the left
    and to the right differ, and every number between them is a right answer. A larger step is tried last: where the layer computes with fewer than 64
    bits, small steps measure its rounding alone.
    """
    middle = value_along(function, points, directions, 0.0)
    size = max((float(np.max(np.abs(np.asarray(p)) * (d != 0), initial=0.0)) for p, d in zip(points, directions, strict=True)), default=0.0)
    scale = max(1.0, size)

    def slopes(step: float) -> tuple[float, float, float, float]:
        """The slopes to the left, over both sides and to the right, and the error of rounding in them."""
        step *= scale
        above, below = (value_along(function, points, directions, distance) for distance in (step, -step))
        noise = _ROUNDING * max(abs(above), abs(below), abs(middle)) / step
        return (middle - below) / step, (above - below) / (2 * step), (above - middle) / step, noise

    _, central, _, noise = slopes(STEP)
    element = Element(index, backward, central, relative_error(backward, central, noise))
    if element.error <= FINE:
        return element
    for step in _SMALLER_STEPS:
        _, central, _, noise = slopes(step)
        if relative_error(backward, central, noise) <= FINE:
            return Element(index, backward, central, relative_error(backward, central, noise), "a kink close by")
    _, coarse, _, _ = slopes(_LARGE_STEP)
    if relative_error(backward, coarse, 1e-4 * scale) <= 1e-3 and not _agree(slopes(STEP), slopes(_SMALLER_STEPS[0])):
        return Element(index, backward, coarse, relative_error(backward, coarse, 1e-4 * scale), "rounded to fewer than 64 bits")
    for step in _SMALLER_STEPS:
        left, central, right, noise = slopes(step)
        low, high = min(left, right) - 2 * noise, max(left, right) + 2 * noise
        if relative_error(left, right, 2 * noise) > 1e-3 and low <= backward <= high:
            return Element(index, backward, central, 0.0, "at a kink")
    return element


def _agree(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    """Whether two step sizes give the same slope, as they do where nothing is rounded."""
    return relative_error(first[1], second[1], first[3] + second[3]) <= FINE


def relative_error(a: float, b: float, noise: float) -> float:
    """The difference of two slopes, divided by the larger of them. A difference that rounding explains counts as 1e-7 at most.

    >>> relative_error(1.0, 2.0, 0.0), relative_error(0.0, 1e-12, 1e-11) < 1e-7
    (0.5, True)
    """
    if not (np.isfinite(a) and np.isfinite(b)):
        return 0.0 if a == b else np.inf
    larger = max(abs(a), abs(b), np.finfo(np.float64).tiny)
    if abs(a - b) <= noise:
        return abs(a - b) / max(larger, noise / GREAT)
    return (abs(a - b) - noise) / larger
