"""Whether losses have stopped falling."""

from __future__ import annotations

from collections.abc import Sequence

FLAT, STILL = 0.01, 0.02
"""The share by which the loss of the last epochs differs at most, if it has stopped falling; and if it has almost stopped."""
FLAT_EPOCHS = 5


def is_flat(losses: Sequence[float], share: float = STILL) -> bool:
    """Whether the losses of the last epochs differ by little.

    >>> is_flat([2.0, 1.0, 0.99, 1.0, 0.995, 0.99]), is_flat([1.0, 0.9, 0.8, 0.7, 0.6])
    (True, False)
    """
    last = losses[-FLAT_EPOCHS:]
    return len(last) == FLAT_EPOCHS and min(last) > 0 and max(last) - min(last) < share * max(last)
