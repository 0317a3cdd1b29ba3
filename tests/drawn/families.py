"""The families of cases by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.drawn import layers, losses, metrics, models, optimizers, parts
from tests.drawn.case import Case

FAMILIES: dict[str, Callable[[int], Case]] = {
    "losses": losses.draw,
    "metrics": metrics.draw,
    "optimizers": optimizers.draw,
    "parts": parts.draw,
    "models": models.draw,
    "layers": layers.draw,
}
