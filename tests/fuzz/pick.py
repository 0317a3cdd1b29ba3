"""Random choices for the generators, all from one seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
# Sizes at which kernels change their way: 0 and 1, primes, powers of two and their neighbours.
SIZES = [1, 1, 2, 2, 3, 3, 4, 5, 5, 7, 8, 9, 11, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65]


class Pick:
    """A random generator with the choices that the fuzzer makes."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(list(seed))

    def maybe(self, probability: float = 0.5) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < probability)

    def one(self, *choices: T) -> T:
        """One of these."""
        return choices[int(self.rng.integers(len(choices)))]

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def number(self, low: float, high: float) -> float:
        """A short decimal number between two."""
        return round(float(self.rng.uniform(low, high)), 2)

    def size(self, most: int = 65) -> int:
        """A size of an axis, odd ones preferred."""
        return self.one(*[n for n in SIZES if n <= most])

    def some(self, choices: dict[str, Sequence[str]], probability: float = 0.25) -> dict[str, str]:
        """Each argument with this probability, with one of its values, as code."""
        return {name: self.one(*values) for name, values in choices.items() if self.maybe(probability)}

    def divisor(self, n: int) -> int:
        """A divisor of n."""
        return self.one(*[d for d in range(1, n + 1) if n % d == 0])
