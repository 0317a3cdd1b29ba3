"""Orders of samples, drawn from the global seed, so that `set_random_seed` repeats them."""

from __future__ import annotations

import numpy as np

from glassworks import random


def order_key() -> list[int]:
    """A new key for the order of one pass: the next draw from the global seed."""
    return np.asarray(random.global_generator().next()).tolist()


def generator_of(key: list[int]) -> np.random.Generator:
    """The NumPy generator of a key: a pass that begins again with the same key has the same order."""
    return np.random.Generator(np.random.Philox(key=np.array(key, np.uint64)))


def order_generator() -> np.random.Generator:
    """A new NumPy generator for one pass; each call seeds it with the next draw from the global seed."""
    return generator_of(order_key())
