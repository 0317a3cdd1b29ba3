"""Orders of samples, drawn from the global seed, so that `set_random_seed` repeats them."""

from __future__ import annotations

import numpy as np

from glassworks import random


def order_generator() -> np.random.Generator:
    """A new NumPy generator for one epoch; each call seeds it with the next draw from the global seed."""
    key = np.asarray(random.global_generator().next(), dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))
