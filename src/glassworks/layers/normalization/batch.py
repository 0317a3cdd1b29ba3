"""`BatchNormalization`: each feature normalised to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from typing import Any

from glassworks import dtypes, initializers, ops, settings
from glassworks.arguments import FLAG, Float, Instance, Number, OneOf, Optional, check
from glassworks.errors import ArgumentError, ShapeError, suggest
from glassworks.graph import Variable
from glassworks.layers.arguments import INITIALIZER, keep_weight
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.normalization.affine import _Affine, sizes_along
from glassworks.typing import Constraint, Initializer, Regularizer, Tensor


class BatchNormalization(_Affine):
    """Each feature normalised to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy, 2015).

    While training it uses the batch's own mean and variance and keeps moving averages of them;
    in inference, and when frozen (`trainable = False`), it uses the moving averages.

    Args:
        axis: The feature axis.
        momentum: The decay rate of the moving averages.
        epsilon: A small number added to the variance.
        center, scale: Whether to learn an offset (beta) and a scale (gamma).
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: Initializers, penalties and constraints of beta and gamma.
        moving_mean_initializer, moving_variance_initializer: The initial values of the moving averages.
        renorm: Whether to use batch renormalization (Ioffe, 2017): in training, correct towards the moving averages.
        renorm_clipping: Limits of the correction: a dict with any of "rmax", "rmin", "dmax".
        renorm_momentum: The decay rate of the averages for renormalization.

    Call arguments: `inputs`; `training`; `mask`, of the inputs' shape without the last axis: masked positions do not count.

    Output shape: the shape of the input.

    >>> from glassworks import layers
    >>> layer = layers.BatchNormalization(momentum=0.5, epsilon=0.0)
    >>> layer([[1.0], [3.0]], training=True).numpy()
    array([[-1.],
           [ 1.]], dtype=float32)
    >>> layer.moving_mean.numpy()
    array([1.], dtype=float32)
    """

    axis = Instance(int, "an axis")
    momentum = renorm_momentum = Float(0, 1)
    moving_mean_initializer = moving_variance_initializer = INITIALIZER
    renorm = FLAG
    renorm_clipping = Optional(Instance(dict, "a dict"))
    synchronized = OneOf(False)

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Initializer = "zeros",
        gamma_initializer: Initializer = "ones",
        moving_mean_initializer: Initializer = "zeros",
        moving_variance_initializer: Initializer = "ones",
        beta_regularizer: Regularizer = None,
        gamma_regularizer: Regularizer = None,
        beta_constraint: Constraint = None,
        gamma_constraint: Constraint = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis, epsilon=epsilon, center=center, scale=scale)
        keep_weight(self, "beta", beta_initializer, beta_regularizer, beta_constraint)
        keep_weight(self, "gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self._keep_arguments(moving_mean_initializer=moving_mean_initializer, moving_variance_initializer=moving_variance_initializer)
        self._keep_arguments(momentum=momentum, renorm=renorm, renorm_clipping=renorm_clipping, renorm_momentum=renorm_momentum)
        self._keep_arguments(synchronized=synchronized)
        if renorm:
            self.renorm_clipping = _checked_clipping(renorm_clipping or {})

    # None until the layer is built.
    moving_mean: Any = None
    moving_variance: Any = None

    def build(self, input_shape: tuple) -> None:
        """Create gamma, beta and the moving averages, one number per feature each."""
        shape = sizes_along(self.axis, input_shape)
        self._add_affine_weights(shape)
        self.moving_mean = self._add_average(shape, self.moving_mean_initializer, "moving_mean")
        self.moving_variance = self._add_average(shape, self.moving_variance_initializer, "moving_variance")
        if self.renorm:
            stddev = ops.sqrt(self.moving_variance).numpy()
            self.moving_stddev = self._add_average(shape, initializers.get(stddev), "moving_stddev")
            self.renorm_mean = self._add_average(shape, initializers.get(self.moving_mean.numpy()), "renorm_mean")
            self.renorm_stddev = self._add_average(shape, initializers.get(stddev), "renorm_stddev")
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: shape[0]})

    def _add_average(self, shape: tuple[int, ...], initializer: Initializer, name: str) -> Any:
        return self.add_weight(shape, initializer, trainable=False, autocast=False, name=name)

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        """The normalized inputs; in training, the moving averages are updated."""
        x = ops.cast(inputs, dtypes.result_type(inputs.dtype, "float32"))
        mean, variance, gamma, beta = self.moving_mean, self.moving_variance, self.gamma, self.beta
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                gamma, beta = self._renormalized(mean, variance)
                self._update_renorm_averages(mean, variance)
            else:
                _step(self.moving_mean, mean, self.momentum)
                _step(self.moving_variance, variance, self.momentum)
        mean, variance = ops.cast(mean, x.dtype), ops.cast(variance, x.dtype)
        offset, scale = (None if v is None else ops.cast(v, x.dtype) for v in (beta, gamma))
        outputs = ops.batch_normalization(x, mean, variance, self.axis, offset=offset, scale=scale, epsilon=self.epsilon)
        return ops.cast(outputs, self.compute_dtype)

    def _moments(self, x: Tensor, mask: Tensor | None) -> tuple[Any, Any]:
        """Mean and variance of each feature over all other axes, of the positions that are not masked."""
        axes = [axis for axis in range(len(x.shape)) if axis != self.axis % len(x.shape)]
        if mask is None:
            return ops.moments(x, axes=axes)
        if tuple(mask.shape) != tuple(x.shape[:-1]):
            raise ShapeError(
                f"mask of shape {tuple(mask.shape)} for inputs of shape {tuple(x.shape)}",
                f"shape {tuple(x.shape[:-1])}: the inputs' without the last axis",
                "pass one boolean per position",
            )
        present = ops.broadcast_to(ops.cast(ops.expand_dims(mask, -1), x.dtype), x.shape)
        count = ops.sum(present, axes) + settings.epsilon()
        mean = ops.sum(x * present, axes) / count
        difference = (x - _along(mean, self.axis, x)) * present
        return mean, ops.sum(ops.square(difference), axes) / count

    def _renormalized(self, mean: Tensor, variance: Tensor) -> tuple[Any, Any]:
        """Gamma and beta corrected so that the outputs are those of the moving averages, within the limits; no gradient flows."""
        limits = self.renorm_clipping or {}
        reference = ops.maximum(self.renorm_stddev, self.epsilon**0.5)
        ratio = ops.sqrt(variance + self.epsilon) / reference
        shift = (mean - self.renorm_mean) / reference
        if "rmin" in limits:
            ratio = ops.maximum(ratio, limits["rmin"])
        if "rmax" in limits:
            ratio = ops.minimum(ratio, limits["rmax"])
        if "dmax" in limits:
            shift = ops.clip(shift, -limits["dmax"], limits["dmax"])
        ratio, shift = ops.stop_gradient(ratio), ops.stop_gradient(shift)
        gamma = ratio if self.gamma is None else ratio * self.gamma
        beta = shift if self.gamma is None else shift * self.gamma
        return gamma, beta if self.beta is None else beta + self.beta

    def _update_renorm_averages(self, mean: Tensor, variance: Tensor) -> None:
        stddev = ops.sqrt(variance + self.epsilon)
        _step(self.renorm_mean, mean, self.renorm_momentum)
        _step(self.renorm_stddev, stddev, self.renorm_momentum)
        _step(self.moving_mean, mean, self.momentum)
        _step(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(ops.relu(ops.square(self.moving_stddev) - self.epsilon))


def _step(average: Variable, value: Tensor, momentum: float) -> None:
    """Update a moving average with a new value."""
    average.assign(average * momentum + ops.cast(value, average.dtype) * (1.0 - momentum))


def _along(vector: Tensor, axis: int, x: Tensor) -> Tensor:
    """A vector of features shaped to broadcast along an axis of x."""
    return ops.reshape(vector, [-1 if a == axis % len(x.shape) else 1 for a in range(len(x.shape))])


def _checked_clipping(limits: dict[str, float]) -> dict[str, float]:
    known = ("rmax", "rmin", "dmax")
    for name in limits:
        if name not in known:
            raise ArgumentError(
                f"renorm_clipping with key {name!r}", f"keys among {known}", suggest(name, known), where="BatchNormalization"
            )
    limits = {name: value for name, value in limits.items() if value is not None}
    check("BatchNormalization", {name: Number(0) for name in known}, **limits)
    if limits.get("rmin", 0) > limits.get("rmax", float("inf")):
        raise ArgumentError(f"renorm_clipping={limits}", "rmin up to rmax", "exchange them", where="BatchNormalization")
    return limits
