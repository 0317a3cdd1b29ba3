"""`GroupNormalization`: each sample normalised to mean 0 and variance 1 over groups of channels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glassworks import dtypes, ops
from glassworks.arguments import Argument, Instance
from glassworks.errors import ShapeError
from glassworks.layers.arguments import keep_weight
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.normalization.affine import _Affine, sizes_along
from glassworks.typing import Constraint, Initializer, Regularizer, Tensor


class _Groups(Argument[int]):
    def allows(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and (value > 0 or value == -1)

    def near(self) -> Iterable[object]:
        return [-2, 0]

    def __str__(self) -> str:
        return "a positive integer, or -1 for one group per channel"


class GroupNormalization(_Affine):
    """Each sample normalised to mean 0 and variance 1 over groups of neighbouring channels (Wu and He, 2018).

    Args:
        groups: The number of groups, which must divide the channels. 1 is layer normalization over all but the batch, -1 instance normalization.
        axis: The channel axis.
        epsilon: A small number added to the variance.
        center, scale: Whether to learn an offset (beta) and a scale (gamma) per channel.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: Initializers, penalties and constraints of beta and gamma.

    Output shape: the shape of the input.

    >>> from glassworks import layers
    >>> layers.GroupNormalization(groups=1, epsilon=0.0)([[1.0, 3.0]]).numpy()
    array([[-1.,  1.]], dtype=float32)
    """

    groups = _Groups()
    axis = Instance(int, "an axis")

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Initializer = "zeros",
        gamma_initializer: Initializer = "ones",
        beta_regularizer: Regularizer = None,
        gamma_regularizer: Regularizer = None,
        beta_constraint: Constraint = None,
        gamma_constraint: Constraint = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(groups=groups, axis=axis, epsilon=epsilon, center=center, scale=scale)
        keep_weight(self, "beta", beta_initializer, beta_regularizer, beta_constraint)
        keep_weight(self, "gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.autocast = False

    def build(self, input_shape: tuple) -> None:
        """Create gamma and beta, one per channel."""
        (channels,) = sizes_along(self.axis, input_shape)
        groups = channels if self.groups == -1 else self.groups
        if channels % groups:
            raise ShapeError(
                f"{channels} channels in {groups} groups (inputs of shape {tuple(input_shape)}, axis {self.axis})",
                "a number of groups that divides the channels",
                f"use groups={max(g for g in range(1, min(channels, groups) + 1) if channels % g == 0)}, or -1 for one group per channel",
            )
        self.groups = groups
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._add_affine_weights((channels,))

    def call(self, inputs: Tensor) -> Tensor:
        shape = tuple(inputs.shape)
        axis = self.axis % len(shape)
        grouped = (*shape[:axis], self.groups, shape[axis] // self.groups, *shape[axis + 1 :])
        x = ops.reshape(ops.cast(inputs, dtypes.result_type(inputs.dtype, "float32")), grouped)
        mean, variance = ops.moments(x, axes=[a for a in range(1, len(grouped)) if a != axis], keepdims=True)
        x = ops.reshape((x - mean) * ops.rsqrt(variance + self.epsilon), shape)
        per_channel = [size if a == axis else 1 for a, size in enumerate(shape)]
        if self.gamma is not None:
            x = x * ops.reshape(self.gamma, per_channel)
        if self.beta is not None:
            x = x + ops.reshape(self.beta, per_channel)
        return ops.cast(x, self.compute_dtype)
