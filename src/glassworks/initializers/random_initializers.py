"""Random initializers. With a good spread of first weights, signals neither die nor explode on their way through the network.

The same initializer object always gives the same numbers for the same shape, as in Keras; without a seed,
each new object draws one from the global seed, so `set_random_seed` covers them all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, ops, random, registry
from glassworks.arguments import FIXED, Instance, Number, OneOf, Optional
from glassworks.configured import defaults
from glassworks.errors import ShapeError
from glassworks.graph import as_shape, untraced
from glassworks.initializers.base import Initializer
from glassworks.random import SeedLike
from glassworks.typing import DTypeLike, Tensor

_AXES = Optional(Instance((list, tuple), "a list of axes"))

# The standard deviation of a standard normal distribution cut off at -2 and 2.
TRUNCATED_STDDEV = 0.87962566103423978


class _Seed(Optional):
    """A seed; also the config of a generator of seeds."""

    def __init__(self) -> None:
        super().__init__(Instance((int, np.integer, random.SeedGenerator), "an int or a SeedGenerator"))

    def allows(self, value: object) -> bool:
        return super().allows(self.convert(value))

    def convert(self, value: Any) -> Any:
        """The seed, or the generator that a config describes."""
        return registry.deserialize(value, kind="random") if isinstance(value, dict) else value


class _Distribution(OneOf):
    """The name of a distribution, of which one has two."""

    def convert(self, value: str) -> str:
        return "truncated_normal" if value == "normal" else value


class _Random(Initializer):
    """The seed that all random initializers have."""

    seed = _Seed()

    def __init__(self, seed: SeedLike = None, **arguments: Any) -> None:
        self._keep_arguments(seed=seed, **arguments)
        self._given_seed = self.seed
        if self.seed is None:
            self.seed = random.make_default_seed()

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict; a seed that was drawn is not among them."""
        return {**super().get_config(), "seed": registry.serialize(self._given_seed)}


class RandomNormal(_Random):
    """Values of a normal distribution.

    Args:
        mean, stddev: Its mean and standard deviation.
        seed: An int or `SeedGenerator`; None draws one from the global seed.

    >>> from glassworks import initializers
    >>> initializers.RandomNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    mean = Number()
    stddev = Number(0)

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: SeedLike = None) -> None:
        super().__init__(seed, mean=mean, stddev=stddev)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        return random.normal(shape, self.mean, self.stddev, dtype=dtypes.standardize(dtype), seed=self.seed)


class TruncatedNormal(_Random):
    """Values of a normal distribution, those beyond two standard deviations drawn again.

    Args:
        mean, stddev: Mean and standard deviation before the cut.
        seed: An int or `SeedGenerator`; None draws one from the global seed.

    >>> from glassworks import initializers
    >>> values = initializers.TruncatedNormal(stddev=1.0, seed=1)((1000,))
    >>> float(abs(values.numpy()).max()) <= 2.0
    True
    """

    mean = Number()
    stddev = Number(0)

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: SeedLike = None) -> None:
        super().__init__(seed, mean=mean, stddev=stddev)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        return random.truncated_normal(shape, self.mean, self.stddev, dtype=dtypes.standardize(dtype), seed=self.seed)


class RandomUniform(_Random):
    """Values spread evenly from `minval` to `maxval`.

    Args:
        minval, maxval: The ends; `maxval` itself is never drawn.
        seed: An int or `SeedGenerator`; None draws one from the global seed.

    >>> from glassworks import initializers
    >>> initializers.RandomUniform(0.0, 1.0, seed=1)((3, 4)).shape
    (3, 4)
    """

    minval = maxval = Number()

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: SeedLike = None) -> None:
        super().__init__(seed, minval=minval, maxval=maxval)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        return random.uniform(shape, self.minval, self.maxval, dtype=dtypes.standardize(dtype), seed=self.seed)


class VarianceScaling(_Random):
    """Random values whose variance is `scale / n`, n being the number of inputs or outputs of a neuron.

    Args:
        scale: The variance times n; positive.
        mode: n: `"fan_in"` (inputs), `"fan_out"` (outputs) or `"fan_avg"` (their mean).
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: An int or `SeedGenerator`; None draws one from the global seed.
        input_axes, output_axes: The axes of the weight that count as inputs and outputs; by default the last two,
            times the size of the axes before them.

    >>> from glassworks import initializers
    >>> values = initializers.VarianceScaling(2.0, seed=1)((1000, 100)).numpy()
    >>> round(float(values.var()) * 1000, 1)
    2.0
    """

    scale = Number(0, closed="neither")
    mode = OneOf("fan_in", "fan_out", "fan_avg")
    distribution = _Distribution("truncated_normal", "untruncated_normal", "uniform", "normal")
    input_axes = output_axes = _AXES

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: SeedLike = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed, scale=scale, mode=mode, distribution=distribution, input_axes=input_axes, output_axes=output_axes)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        shape = as_shape(shape)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, fan))
        dtype = dtypes.standardize(dtype)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            return random.uniform(shape, -limit, limit, dtype=dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, stddev, dtype=dtype, seed=self.seed)
        return random.truncated_normal(shape, 0.0, stddev / TRUNCATED_STDDEV, dtype=dtype, seed=self.seed)


def compute_fans(
    shape: Sequence[int], input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """The fan-in and fan-out of a neuron, from the shape of its layer's weight.

    >>> compute_fans((784, 128)), compute_fans((3, 3, 16, 32)), compute_fans((5,))
    ((784, 128), (144, 288), (5, 5))
    """
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    receptive_field = math.prod(shape[:-2])
    return shape[-2] * receptive_field, shape[-1] * receptive_field


class _FixedScaling(VarianceScaling):
    """A way of scaling that has a name; `_fixed` are its scale, mode and distribution."""

    scale = mode = distribution = FIXED
    _fixed = 1.0, "fan_in", "uniform"

    def __init__(self, seed: SeedLike = None, input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None) -> None:
        super().__init__(*self._fixed, seed, input_axes, output_axes)


@defaults()
class GlorotUniform(_FixedScaling):
    """Uniform within `sqrt(6 / (inputs + outputs))`, the default of Dense (Glorot and Bengio, 2010).

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    >>> from glassworks import initializers
    >>> float(abs(initializers.GlorotUniform(seed=1)((3, 3)).numpy()).max()) <= 1.0
    True
    """

    _fixed = 1.0, "fan_avg", "uniform"


@defaults()
class GlorotNormal(_FixedScaling):
    """Truncated normal with variance `2 / (inputs + outputs)` (Glorot and Bengio, 2010).

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    >>> from glassworks import initializers
    >>> initializers.GlorotNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    _fixed = 1.0, "fan_avg", "truncated_normal"


@defaults()
class LecunUniform(_FixedScaling):
    """Uniform within `sqrt(3 / inputs)` (LeCun et al., 1998).

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    >>> from glassworks import initializers
    >>> initializers.LecunUniform(seed=1)((3, 4)).shape
    (3, 4)
    """

    _fixed = 1.0, "fan_in", "uniform"


@defaults()
class LecunNormal(_FixedScaling):
    """Truncated normal with variance `1 / inputs`, made for selu (Klambauer et al., 2017).

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    >>> from glassworks import initializers
    >>> initializers.LecunNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    _fixed = 1.0, "fan_in", "truncated_normal"


@defaults()
class HeUniform(_FixedScaling):
    """Uniform within `sqrt(6 / inputs)`, made for relu (He et al., 2015).

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    >>> from glassworks import initializers
    >>> initializers.HeUniform(seed=1)((3, 4)).shape
    (3, 4)
    """

    _fixed = 2.0, "fan_in", "uniform"


@defaults()
class HeNormal(_FixedScaling):
    """Truncated normal with variance `2 / inputs`, made for relu (He et al., 2015).

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    >>> from glassworks import initializers
    >>> initializers.HeNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    _fixed = 2.0, "fan_in", "truncated_normal"


class Orthogonal(_Random):
    """A random matrix with orthonormal rows or columns (whichever are fewer), times `gain` (Saxe et al., 2014).

    Shapes of more than two axes are treated as a matrix of (all but the last, last).

    Args:
        gain: A factor.
        seed: An int or `SeedGenerator`; None draws one from the global seed.

    >>> from glassworks import initializers, ops
    >>> matrix = initializers.Orthogonal(seed=1)((4, 2))
    >>> abs((ops.transpose(matrix) @ matrix).numpy()).round(3)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    gain = Number()

    def __init__(self, gain: float = 1.0, seed: SeedLike = None) -> None:
        super().__init__(seed, gain=gain)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        """The matrix; a `ShapeError` unless the shape has at least two axes."""
        shape = as_shape(shape)
        if len(shape) < 2:
            raise ShapeError(
                f"shape {shape}",
                "a shape of at least two axes",
                "use another initializer, such as 'glorot_uniform'",
                where="Orthogonal",
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        with untraced():
            q, r = np.linalg.qr(np.asarray(random.normal(tall, dtype="float64", seed=self.seed)))
        # Signs of the diagonal make the matrix uniform among the orthogonal ones (Mezzadri, 2007).
        q = q * np.sign(np.diagonal(r))
        return ops.cast(self.gain * np.reshape(q if rows >= columns else q.T, shape), dtypes.standardize(dtype))
