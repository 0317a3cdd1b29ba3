"""Random bits by counting: Philox 4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011).

Each block of four 32-bit words is a function of a key and a counter alone, so that the numbers do not
depend on the engine, on the order of the work, or on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.graph import Primitive, Spec
from glassworks.typing import Namespace

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10


def philox(xp: Namespace, counter: tuple[Any, Any, Any, Any], key: tuple[Any, Any]) -> tuple[Any, Any, Any, Any]:
    """Ten rounds on four arrays of uint32; key words are uint32 scalars or arrays."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        high0, low0 = _multiply(xp, c0, _MULTIPLIERS[0])
        high1, low1 = _multiply(xp, c2, _MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + xp.uint32(_WEYL[0]), k1 + xp.uint32(_WEYL[1])
    return c0, c1, c2, c3


def _multiply(xp: Namespace, x: np.ndarray, factor: int) -> tuple[Any, Any]:
    """The high and low words of a product of 32-bit words, by 16-bit halves: no 64-bit integers are needed."""
    if xp is np:
        product = x.astype(np.uint64) * np.uint64(factor)
        return (product >> np.uint64(32)).astype(np.uint32), product.astype(np.uint32)
    mask = xp.uint32(0xFFFF)
    x_low, x_high = x & mask, x >> 16
    f_low, f_high = xp.uint32(factor & 0xFFFF), xp.uint32(factor >> 16)
    low = x_low * f_low
    middle = x_high * f_low + (low >> 16)
    carry = x_low * f_high + (middle & mask)
    return x_high * f_high + (middle >> 16) + (carry >> 16), x * xp.uint32(factor)


class RandomBits(Primitive):
    """Random 32-bit words of a shape, from a state `[seed, draws so far]`.

    The key is (seed, 0); the counter is (block, 0, draws, 0), where a block gives four consecutive words.
    """

    differentiable = False

    def infer(self, state: Spec, *, shape: tuple[int, ...]) -> Spec:
        return Spec(tuple(shape), "uint32")

    def forward(self, xp: Namespace, state: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
        count = math.prod(shape)
        blocks = xp.arange((count + 3) // 4, dtype="uint32")
        none = xp.zeros_like(blocks)
        words = philox(xp, (blocks, none, none + state[1], none), (state[0], xp.uint32(0)))
        return xp.reshape(xp.stack(words, axis=-1), (-1,))[:count].reshape(shape)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


random_bits = RandomBits()
