"""Counter-based random numbers: the same seed gives the same numbers on every engine and for any number of threads.

A `SeedGenerator` holds `[seed, draws so far]`; every draw uses Philox 4x32-10 with the seed as key and the number of
the draw as counter. An int as `seed` gives the same numbers at each call; None draws from the global generator.
"""

from __future__ import annotations

import math
import random as python_random
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from glassworks import dtypes
from glassworks.arguments import Integer, Optional, check
from glassworks.graph import Variable, apply, as_shape, op, spec_of, untraced
from glassworks.guards import Observed
from glassworks.ops import numpy as ops
from glassworks.ops.convert import floating, operand
from glassworks.ops.core import cast
from glassworks.ops.math import erfinv
from glassworks.ops.primitives.random import random_bits
from glassworks.registry import Registry
from glassworks.typing import ArrayLike, DTypeLike, Tensor

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "forget_global_generator",
    "gamma",
    "get_global_state",
    "global_generator",
    "make_default_seed",
    "normal",
    "randint",
    "set_global_seed",
    "set_global_state",
    "set_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
__dir__ = __all__.copy  # what editors and `dir()` show

_SEEDS = {"seed": Optional(Integer(minimum=0))}


class _Global:
    """The source of default seeds: `set_global_seed` makes them reproducible."""

    def __init__(self) -> None:
        self.source = python_random.Random()
        self.generator: SeedGenerator | None = None


def make_default_seed() -> int:
    """A new seed derived from the global seed.

    >>> from glassworks import random
    >>> random.set_global_seed(0)
    >>> first = random.make_default_seed()
    >>> first == random.make_default_seed()
    False
    """
    return _global.source.randrange(2**31)


def set_global_seed(seed: int) -> None:
    """Set the seed from which all default seeds are derived from now on.

    >>> from glassworks import random
    >>> random.set_global_seed(1)
    >>> first = random.uniform((2,))
    >>> random.set_global_seed(1)
    >>> bool((random.uniform((2,)) == first).all())
    True
    """
    check("random.set_global_seed", _SEEDS, seed=seed)
    _global.source = python_random.Random(seed)
    _global.generator = None


def set_seed(seed: int) -> None:
    """`set_global_seed` by its name in `tf.random`; `utils.set_random_seed` also seeds the generators of Python and NumPy.

    >>> from glassworks import random
    >>> random.set_seed(1)
    """
    set_global_seed(seed)


def global_generator() -> SeedGenerator:
    """The generator behind draws without a seed.

    >>> from glassworks import random
    >>> type(random.global_generator()).__name__
    'SeedGenerator'
    """
    if _global.generator is None:
        _global.generator = SeedGenerator(name="global_seed_generator")
    return _global.generator


def forget_global_generator() -> None:
    """Let the next draw without a seed begin a new stream, with the next default seed.

    >>> forget_global_generator()
    """
    _global.generator = None


def get_global_state() -> dict[str, Any]:
    """The state behind default seeds and draws without a seed, as plain values and arrays.

    >>> from glassworks import random
    >>> state = random.get_global_state()
    >>> first = random.uniform((2,))
    >>> random.set_global_state(state)
    >>> bool((random.uniform((2,)) == first).all())
    True
    """
    generator = _global.generator
    return {
        "seeds": get_python_state(_global.source),
        "generator": None if generator is None else {"seed": generator.seed, "state": generator.state.numpy()},
    }


def set_global_state(state: dict[str, Any]) -> None:
    """Go on as at the moment at which `get_global_state` returned this state.

    >>> from glassworks import random
    >>> state = random.get_global_state()
    >>> first = random.make_default_seed()
    >>> random.set_global_state(state)
    >>> random.make_default_seed() == first
    True
    """
    if state["generator"] is None:
        _global.generator = None
    else:
        # The same object: programs that draw from it hold its variable.
        generator = global_generator()
        generator.seed = int(state["generator"]["seed"])
        generator.state.assign(state["generator"]["state"])
    set_python_state(_global.source, state["seeds"])


class _WithState(Protocol):
    """Python's module `random`, or a generator that it has made."""

    def getstate(self) -> tuple[Any, ...]: ...

    def setstate(self, state: tuple[Any, ...], /) -> None: ...


def get_python_state(source: _WithState) -> list[Any]:
    """The state of Python's `random`, or of a generator that it has made, with an array in place of 625 ints."""
    version, words, gauss = source.getstate()
    return [version, np.array(words, "uint32"), gauss]


def set_python_state(source: _WithState, state: list[Any]) -> None:
    """Set the state that `get_python_state` returned."""
    version, words, gauss = state
    source.setstate((version, tuple(int(word) for word in words), gauss))


class SeedGenerator(Observed):
    """A stream of random states; a layer that draws holds one.

    Args:
        seed: A non-negative int; a default seed if None.
        name: Its name.

    >>> from glassworks import random
    >>> generator = random.SeedGenerator(seed=1)
    >>> bool((random.uniform((3,), seed=generator) != random.uniform((3,), seed=generator)).numpy().all())
    True
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        check("SeedGenerator", _SEEDS, seed=seed)
        self.name = name or "seed_generator"
        self._initial_seed = seed
        self.seed = make_default_seed() if seed is None else int(seed)
        with untraced():
            self.state = Variable(np.array([self.seed % 2**32, 0], "uint32"), trainable=False, autocast=False, name=f"{self.name}_state")

    def next(self, ordered: bool = True) -> Tensor:
        """The current state; the generator then advances to the next draw."""
        current = self.state.value
        self.state.assign(current + np.array([0, 1], "uint32"))
        return current

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"seed": self._initial_seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator from its config."""
        return cls(**config)


SeedLike = int | SeedGenerator | None
"""An int for the same numbers at each call, a generator, or None for the global one."""


_global = _Global()
# Configs of objects with a seed may contain a generator.
Registry("random", "seed generator").add(SeedGenerator)


def _state(seed: SeedLike) -> Tensor:
    """The state to draw with: the next one of a generator, or always the same for an int."""
    if seed is None:
        return global_generator().next()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    check("random", _SEEDS, seed=seed if isinstance(seed, (int, np.integer)) else int(seed))
    return operand(np.array([int(seed) % 2**32, 0], "uint32"))


def _bits(shape: int | Sequence[int], seed: SeedLike) -> Tensor:
    return apply(random_bits, _state(seed), shape=as_shape(shape))


def _unit(shape: int | Sequence[int], dtype: str, seed: SeedLike) -> Tensor:
    """Uniform in [0, 1): 24 random bits, or 53 for float64."""
    if dtype == "float64":
        pair = cast(_bits((2, *as_shape(shape)), seed), "float64")
        high, low = ops.floor(pair[0] / 64.0), ops.floor(pair[1] / 32.0)
        return (high * 2.0**27 + low) * 2.0**-53
    words = ops.right_shift(_bits(shape, seed), np.uint32(8))
    return cast(cast(words, "float32") * 2.0**-24, dtype)


@op
def uniform(
    shape: int | Sequence[int], minval: float | Tensor = 0.0, maxval: float | Tensor = 1.0, dtype: DTypeLike = None, seed: SeedLike = None
) -> Tensor:
    """Numbers drawn uniformly from [minval, maxval); integers for an integer dtype.

    >>> from glassworks import random
    >>> random.uniform((2,), seed=3).shape
    (2,)
    """
    dtype = dtypes.standardize(dtype)
    if dtypes.is_integer(dtype):
        return randint(shape, minval, maxval, dtype, seed)
    return _unit(shape, dtype, seed) * (maxval - minval) + minval


@op
def normal(
    shape: int | Sequence[int], mean: ArrayLike = 0.0, stddev: ArrayLike = 1.0, dtype: DTypeLike = None, seed: SeedLike = None
) -> Tensor:
    """Normally distributed numbers, by the transform of Box and Muller (1958) from two uniform ones.

    >>> from glassworks import random
    >>> random.normal((2, 3), seed=3).shape
    (2, 3)
    """
    dtype = dtypes.standardize(dtype)
    working = "float64" if dtype == "float64" else "float32"
    pair = _unit((2, *as_shape(shape)), working, seed)
    radius = ops.sqrt(-2.0 * ops.log(1.0 - pair[0]))
    return cast(radius * ops.cos(2 * math.pi * pair[1]), dtype) * stddev + mean


@op
def truncated_normal(
    shape: int | Sequence[int], mean: ArrayLike = 0.0, stddev: ArrayLike = 1.0, dtype: DTypeLike = None, seed: SeedLike = None
) -> Tensor:
    """Normally distributed numbers within two standard deviations, by the inverse of the distribution function.

    >>> from glassworks import random
    >>> float(abs(random.truncated_normal((1000,), seed=3)).max()) <= 2
    True
    """
    dtype = dtypes.standardize(dtype)
    bound = math.erf(math.sqrt(2.0))
    working = "float64" if dtype == "float64" else "float32"
    level = _unit(shape, working, seed) * (2 * bound) - bound
    drawn = ops.clip(math.sqrt(2.0) * erfinv(level), -2.0, 2.0)
    return cast(drawn, dtype) * stddev + mean


@op
def randint(
    shape: int | Sequence[int], minval: float | Tensor, maxval: float | Tensor, dtype: DTypeLike = "int32", seed: SeedLike = None
) -> Tensor:
    """Integers from minval up to, but not including, maxval.

    >>> from glassworks import random
    >>> int(random.randint((1000,), 0, 6, seed=3).numpy().max())
    5
    """
    span = int(maxval) - int(minval)
    words = _bits(shape, seed)
    return cast(ops.mod(words, np.uint32(span)), dtype) + operand(int(minval), dtypes.standardize(dtype))


@op
def categorical(logits: ArrayLike, num_samples: int, dtype: DTypeLike = "int32", seed: SeedLike = None) -> Tensor:
    """Class numbers drawn with the probabilities softmax(logits), by the Gumbel-max trick; shape (batch, num_samples).

    >>> from glassworks import random
    >>> random.categorical([[0.0, 100.0]], 3, seed=3).tolist()
    [[1, 1, 1]]
    """
    (logits,) = floating(logits)
    batch, classes = spec_of(logits).shape
    drawn = _unit((batch, num_samples, classes), "float32", seed)
    gumbel = -ops.log(-ops.log(ops.maximum(drawn, 1e-20)))
    return cast(ops.argmax(ops.expand_dims(logits, 1) + gumbel, axis=-1), dtype)


@op
def shuffle(x: ArrayLike, axis: int = 0, seed: SeedLike = None) -> Tensor:
    """The entries along an axis in random order.

    >>> from glassworks import random
    >>> sorted(random.shuffle([3, 1, 2], seed=3).tolist())
    [1, 2, 3]
    """
    x = operand(x)
    order = ops.argsort(_bits((spec_of(x).shape[axis],), seed))
    return ops.take(x, order, axis=axis)


@op
def dropout(inputs: ArrayLike, rate: float, noise_shape: Sequence[int] | None = None, seed: SeedLike = None) -> Tensor:
    """Each number set to 0 with probability `rate`, the others divided by 1 - rate, so that the expected sum does not change.

    >>> from glassworks import random
    >>> sorted(set(random.dropout([1.0] * 100, 0.5, seed=3).tolist()))
    [0.0, 2.0]
    """
    inputs = operand(inputs)
    shape = spec_of(inputs).shape
    given = shape if noise_shape is None else tuple(noise_shape)
    noise_shape = tuple(a if b is None else b for a, b in zip(shape[len(shape) - len(given) :], given, strict=True))
    words = _bits(noise_shape, seed)
    keep = words >= np.uint32(min(max(int(rate * 2**32), 0), 2**32 - 1))
    if rate >= 1.0:
        return inputs * 0.0
    return ops.where(keep, inputs / (1.0 - rate), 0.0)


# The method accepts about 95% of the proposals, so all sixteen fail once in 10**20 numbers.
_PROPOSALS = 16


@op
def gamma(shape: int | Sequence[int], alpha: ArrayLike, dtype: DTypeLike = None, seed: SeedLike = None) -> Tensor:
    """Numbers from the gamma distribution with shape parameter alpha and scale 1, by Marsaglia and Tsang's method (2000).

    A graph cannot loop until a proposal is accepted, so sixteen are drawn at once and the first accepted one is used.

    >>> from glassworks import random
    >>> round(float(random.gamma((20000,), 3.0, seed=1).numpy().mean()), 1)
    3.0
    """
    dtype = dtypes.standardize(dtype)
    shape = as_shape(shape)
    generator = seed if isinstance(seed, SeedGenerator) else SeedGenerator(make_default_seed() if seed is None else int(seed))
    wanted = ops.broadcast_to(cast(alpha, "float64"), shape)
    # For alpha below 1 a number for alpha + 1 is drawn and scaled down.
    small = wanted < 1.0
    d = ops.where(small, wanted + 1.0, wanted) - 1.0 / 3.0
    x = normal((_PROPOSALS, *shape), dtype="float64", seed=generator)
    cube = ops.power(1.0 + x / ops.sqrt(9.0 * d), 3)
    logarithm = ops.log(ops.maximum(cube, 1e-300))
    level = ops.log(1.0 - uniform((_PROPOSALS, *shape), dtype="float64", seed=generator))
    good = ops.logical_and(cube > 0, level < 0.5 * x * x + d - d * cube + d * logarithm)
    first = ops.expand_dims(ops.argmax(cast(good, "int32"), axis=0), 0)
    drawn = d * ops.take_along_axis(cube, first, axis=0)[0]
    scale = ops.power(1.0 - uniform(shape, dtype="float64", seed=generator), 1.0 / ops.where(small, wanted, 1.0))
    return cast(ops.where(small, drawn * scale, drawn), dtype)


@op
def beta(shape: int | Sequence[int], alpha: ArrayLike, beta: ArrayLike, dtype: DTypeLike = None, seed: SeedLike = None) -> Tensor:
    """Numbers from the beta distribution: a gamma number divided by the sum of two.

    >>> from glassworks import random
    >>> round(float(random.beta((20000,), 2.0, 2.0, seed=1).numpy().mean()), 1)
    0.5
    """
    generator = seed if isinstance(seed, SeedGenerator) else SeedGenerator(make_default_seed() if seed is None else int(seed))
    first, second = gamma(shape, alpha, "float64", generator), gamma(shape, beta, "float64", generator)
    return cast(first / (first + second), dtypes.standardize(dtype))


@op
def binomial(
    shape: int | Sequence[int], counts: ArrayLike, probabilities: ArrayLike, dtype: DTypeLike = None, seed: SeedLike = None
) -> Tensor:
    """The number of successes in `counts` trials, each with its probability; every trial is drawn.

    >>> from glassworks import random
    >>> round(float(random.binomial((20000,), 10, 0.3, seed=1).numpy().mean()), 1)
    3.0
    """
    shape = as_shape(shape)
    attempts = int(np.max(np.asarray(counts), initial=0))
    trials = ops.expand_dims(ops.broadcast_to(cast(counts, "float32"), shape), 0)
    number = np.arange(attempts, dtype="float32").reshape(-1, *(1,) * len(shape))
    success = uniform((attempts, *shape), dtype="float32", seed=seed) < cast(probabilities, "float32")
    return ops.sum(cast(ops.logical_and(success, number < trials), dtypes.standardize(dtype)), axis=0)
