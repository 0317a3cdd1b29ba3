"""Activation layers: an activation function as a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import activations, ops, typing
from glassworks.arguments import AXES, Number, Optional
from glassworks.errors import ShapeError
from glassworks.layers.arguments import ACTIVATION, WEIGHT, keep_weight, make_weight
from glassworks.layers.identity import _SameShape
from glassworks.layers.input_spec import InputSpec
from glassworks.typing import Axis, Constraint, Initializer, Regularizer, Tensor


class _SharedAxes(Optional[Any]):
    """Axes, converted to a list, or None."""

    def convert(self, value: Axis) -> list[int] | None:
        return None if value is None else list(value) if isinstance(value, Sequence) else [value]


class Activation(_SameShape):
    """An activation function by name.

    Args:
        activation: A name such as `"relu"`, or a function.

    >>> from glassworks import layers
    >>> layers.Activation("relu")([-1.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """

    activation = ACTIVATION

    def __init__(self, activation: typing.Activation, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(activation=activation)

    def call(self, inputs: Tensor) -> Tensor:
        return self.activation(inputs)


class ReLU(_SameShape):
    """The rectifier: `max(x, 0)`, with Keras's three variations.

    Args:
        max_value: The largest output; None for no limit.
        negative_slope: The slope below the threshold.
        threshold: Inputs up to it give `negative_slope * (x - threshold)`.

    >>> from glassworks import layers
    >>> layers.ReLU(max_value=6)([-1.0, 2.0, 9.0]).numpy()
    array([0., 2., 6.], dtype=float32)
    """

    max_value = Optional(Number(0))
    negative_slope = threshold = Number(0)

    def __init__(self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(max_value=max_value, negative_slope=negative_slope, threshold=threshold)

    def call(self, inputs: Tensor) -> Tensor:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(_SameShape):
    """`x` where positive, `negative_slope * x` elsewhere.

    Args:
        negative_slope: The slope for negative inputs. Older Keras code calls it `alpha`.

    >>> from glassworks import layers
    >>> layers.LeakyReLU(0.5)([-2.0, 2.0]).numpy()
    array([-1.,  2.], dtype=float32)
    """

    negative_slope = Number(0)

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self._keep_arguments(negative_slope=negative_slope)

    def call(self, inputs: Tensor) -> Tensor:
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)


class PReLU(_SameShape):
    """A leaky rectifier whose slope is learned, one per feature (He et al., 2015).

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: Initializer, penalty and constraint of the slopes.
        shared_axes: Axes along which all positions share a slope, such as `[1, 2]` for images.

    >>> from glassworks import layers
    >>> layers.PReLU(alpha_initializer="ones")([[-2.0, 2.0]]).numpy()
    array([[-2.,  2.]], dtype=float32)
    """

    alpha_initializer, alpha_regularizer, alpha_constraint = WEIGHT
    shared_axes = _SharedAxes(AXES)

    def __init__(
        self,
        alpha_initializer: Initializer = "Zeros",
        alpha_regularizer: Regularizer = None,
        alpha_constraint: Constraint = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(shared_axes=shared_axes)
        keep_weight(self, "alpha", alpha_initializer, alpha_regularizer, alpha_constraint)

    def build(self, input_shape: tuple) -> None:
        """Create the slopes, of the input's shape without the batch and with size 1 along shared axes."""
        shared = self.shared_axes or []
        shape = [1 if axis in shared else size for axis, size in enumerate(input_shape)][1:]
        self.alpha = make_weight(self, "alpha", tuple(shape))
        fixed = {axis: size for axis, size in enumerate(input_shape) if axis > 0 and axis not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=fixed)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)


class ELU(_SameShape):
    """`x` where positive, `alpha * (exp(x) - 1)` elsewhere.

    Args:
        alpha: The value that large negative inputs approach, negated.

    >>> from glassworks import layers
    >>> layers.ELU()([0.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """

    alpha = Number()

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(alpha=alpha)

    def call(self, inputs: Tensor) -> Tensor:
        return activations.elu(inputs, alpha=self.alpha)


class Softmax(_SameShape):
    """Probabilities that sum to 1 along an axis.

    Args:
        axis: The axis, or several over which together the probabilities sum to 1.

    Call arguments: `inputs`, and `mask`, which broadcasts to them: entries where it is False get probability 0.

    >>> from glassworks import layers
    >>> layers.Softmax()([[1.0, 1.0]]).numpy()
    array([[0.5, 0.5]], dtype=float32)
    """

    axis = AXES

    def __init__(self, axis: Axis = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis)

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None:
            mask = _boolean_mask(mask, inputs)
            inputs = ops.where(mask, inputs, -3e4 if self.compute_dtype == "float16" else -1e9)
        axis = self.axis[0] if isinstance(self.axis, (list, tuple)) and len(self.axis) == 1 else self.axis
        if isinstance(axis, int):
            outputs = activations.softmax(inputs, axis=axis)
        else:
            outputs = ops.exp(inputs - ops.logsumexp(inputs, axis=tuple(axis), keepdims=True))
        return outputs if mask is None else ops.where(mask, outputs, 0.0)


def _boolean_mask(mask: Any, inputs: Any) -> Any:
    """The mask as booleans; a `ShapeError` unless it broadcasts to the inputs, or has one entry per position."""
    mask = ops.convert_to_tensor(mask)
    shape, wanted = tuple(mask.shape), tuple(inputs.shape)
    broadcasts = len(shape) <= len(wanted) and all(a in (1, b) for a, b in zip(shape[::-1], wanted[::-1], strict=False))
    if shape == wanted[:-1] and not broadcasts:  # the mask of a sequence, with one entry per step
        mask = ops.expand_dims(mask, -1)
    elif not broadcasts:
        raise ShapeError(
            f"mask of shape {shape} for inputs of shape {wanted}",
            "a mask that is broadcastable to the inputs: each size 1 or equal, counted from the last axis",
            "reshape the mask, for example mask[:, None, :]",
        )
    return mask if ops.dtype(mask) == "bool" else ops.greater(mask, 0.5)
