"""Layers that act only in training, against overfitting: dropout and noise."""

from __future__ import annotations

import math
from typing import Any

from glassworks import ops, random, regularizers
from glassworks.arguments import FIXED, Anything, Integer, Number, Optional, Tuple
from glassworks.configured import defaults
from glassworks.errors import ShapeError
from glassworks.layers.arguments import DATA_FORMAT, SEED
from glassworks.layers.identity import _SameShape
from glassworks.layers.input_spec import InputSpec
from glassworks.typing import DTypePolicyLike, Tensor

_NOISE_SHAPE = Optional(Tuple("a tuple of positive integers, with None for sizes of the input", Optional(Integer(minimum=1))))


class _Noisy(_SameShape):
    """A layer with a seed that does nothing unless `training` is true and its strength is positive."""

    _strength = "rate"  # the attribute with the strength

    seed = SEED

    def _keep_noise(self, **arguments: Any) -> None:
        self._keep_arguments(**arguments)
        if getattr(self, self._strength) > 0:
            self.seed_generator = random.SeedGenerator(self.seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The noisy inputs while training, the inputs themselves otherwise."""
        if not training or not getattr(self, self._strength) > 0:
            return inputs
        if not hasattr(self, "seed_generator"):  # the strength was 0 when the layer was created
            self.seed_generator = random.SeedGenerator(self.seed)
        return self._noisy(inputs)

    def _noisy(self, inputs: Tensor) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what its noise is")


def _noise_shape(inputs: Tensor, noise_shape: Any) -> tuple[int, ...]:
    """The shape of the random numbers: None entries take the input's sizes."""
    sizes = tuple(inputs.shape)
    given = (None,) * len(sizes) if noise_shape is None else tuple(noise_shape)
    given = (1,) * (len(sizes) - len(given)) + given  # fewer entries belong to the last axes
    if len(given) != len(sizes) or any(one not in (1, size, None) for one, size in zip(given, sizes, strict=True)):
        raise ShapeError(
            f"noise_shape={given} for inputs of shape {sizes}",
            "one entry per axis of the inputs: 1, the input's size, or None for it",
            "use 1 along the axes that share a decision",
        )
    return tuple(size if one is None else one for one, size in zip(given, sizes, strict=True))


class Dropout(_Noisy):
    """In training, sets a random fraction of the inputs to 0 and divides the rest by `1 - rate` (Srivastava et al., 2014).

    Args:
        rate: The fraction, from 0 to 1.
        noise_shape: The shape of the random mask, which broadcasts to the inputs; None entries take the input's sizes.
            `(None, 1, None)` drops the same features in all time steps.
        seed: An int for the same masks in every run.

    >>> from glassworks import layers
    >>> layer = layers.Dropout(0.5, seed=1)
    >>> layer([[1.0, 1.0, 1.0]]).numpy()
    array([[1., 1., 1.]], dtype=float32)
    >>> sorted(set(layer([[1.0] * 100], training=True).numpy()[0].tolist()))
    [0.0, 2.0]
    """

    rate = Number(0, 1)
    noise_shape = _NOISE_SHAPE

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_noise(rate=rate, noise_shape=noise_shape, seed=seed)

    def _noisy(self, inputs: Tensor) -> Any:
        return random.dropout(inputs, self.rate, noise_shape=_noise_shape(inputs, self.noise_shape), seed=self.seed_generator)


class _SpatialDropout(Dropout):
    """Dropout of entire feature maps: one decision per sample and channel."""

    noise_shape = FIXED
    data_format = DATA_FORMAT
    rank = 0

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, name: str | None = None, dtype: DTypePolicyLike = None
    ) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self._keep_arguments(data_format=data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        ones = (1,) * self.rank
        self.noise_shape = (None, None, *ones) if self.data_format == "channels_first" else (None, *ones, None)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict, as Keras saves them."""
        config = {**super().get_config(), "dtype": self.dtype}
        del config["trainable"]
        return config


class SpatialDropout1D(_SpatialDropout):
    """Dropout of entire features of a sequence: all time steps of a feature or none.

    Args:
        rate: The fraction of features, from 0 to 1.
        seed: An int for the same masks in every run.

    Input shape: `(batch, time, features)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> dropped = layers.SpatialDropout1D(0.5, seed=1)(np.ones((1, 4, 8)), training=True).numpy()
    >>> bool((dropped == dropped[:, :1]).all())
    True
    """

    data_format = FIXED
    rank = 1

    def __init__(self, rate: float, seed: int | None = None, name: str | None = None, dtype: DTypePolicyLike = None) -> None:
        super().__init__(rate, "channels_last", seed, name, dtype)


@defaults()
class SpatialDropout2D(_SpatialDropout):
    """Dropout of entire channels of an image (Tompson et al., 2014).

    Args:
        rate: The fraction of channels, from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same masks in every run.

    Input shape: `(batch, height, width, channels)`, or `(batch, channels, height, width)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.SpatialDropout2D(0.5)(np.ones((1, 4, 4, 8))).shape
    (1, 4, 4, 8)
    """

    rank = 2


@defaults()
class SpatialDropout3D(_SpatialDropout):
    """Dropout of entire channels of a volume (Tompson et al., 2014).

    Args:
        rate: The fraction of channels, from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same masks in every run.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels second.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.SpatialDropout3D(0.5)(np.ones((1, 2, 2, 2, 8))).shape
    (1, 2, 2, 2, 8)
    """

    rank = 3


class GaussianNoise(_Noisy):
    """In training, adds normal noise of mean 0.

    Args:
        stddev: The noise's standard deviation, from 0 to 1.
        seed: An int for the same noise in every run.

    >>> from glassworks import layers
    >>> layers.GaussianNoise(0.1)([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    _strength = "stddev"

    stddev = Number(0, 1)

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_noise(stddev=stddev, seed=seed)

    def _noisy(self, inputs: Tensor) -> Any:
        return inputs + random.normal(inputs.shape, 0.0, self.stddev, dtype=self.compute_dtype, seed=self.seed_generator)


class GaussianDropout(_Noisy):
    """In training, multiplies by normal noise of mean 1 and variance `rate / (1 - rate)` (Srivastava et al., 2014).

    Args:
        rate: As in `Dropout`, from 0 to below 1.
        seed: An int for the same noise in every run.

    >>> from glassworks import layers
    >>> layers.GaussianDropout(0.5)([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    rate = Number(0, 1, closed="left")

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_noise(rate=rate, seed=seed)

    def _noisy(self, inputs: Tensor) -> Any:
        stddev = math.sqrt(self.rate / (1.0 - self.rate))
        return inputs * random.normal(inputs.shape, 1.0, stddev, dtype=self.compute_dtype, seed=self.seed_generator)


class AlphaDropout(_Noisy):
    """Dropout for `selu` networks: keeps mean and variance of the inputs (Klambauer et al., 2017).

    Args:
        rate: The fraction of inputs set to selu's negative limit, from 0 to below 1.
        noise_shape: The shape of the random mask; None entries take the input's sizes.
        seed: An int for the same masks in every run.

    >>> from glassworks import layers
    >>> layers.AlphaDropout(0.5)([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    rate = Number(0, 1, closed="left")
    noise_shape = _NOISE_SHAPE

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_noise(rate=rate, noise_shape=noise_shape, seed=seed)

    def _noisy(self, inputs: Tensor) -> Any:
        dropped_value = -1.6732632423543772 * 1.0507009873554805  # selu of minus infinity
        kept = random.uniform(_noise_shape(inputs, self.noise_shape), dtype="float32", seed=self.seed_generator) >= self.rate
        # The affine map that restores mean 0 and variance 1.
        factor = ((1 - self.rate) * (1 + self.rate * dropped_value**2)) ** -0.5
        return factor * ops.where(kept, inputs, dropped_value) - factor * dropped_value * self.rate


class ActivityRegularization(_SameShape):
    """Passes the inputs on and adds a penalty on them to the loss: `l1 * sum(|x|) + l2 * sum(x^2)`, per sample of the batch.

    Args:
        l1, l2: The strengths, at least 0.

    >>> from glassworks import layers
    >>> layer = layers.ActivityRegularization(l1=0.5)
    >>> _ = layer([[1.0, -2.0]])
    >>> float(layer.losses[0])
    1.5
    """

    l1 = l2 = Anything()  # the regularizer checks them

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self._keep_arguments(l1=l1, l2=l2)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]
        return config
