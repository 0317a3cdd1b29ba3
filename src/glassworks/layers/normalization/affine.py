"""The base of normalization layers: the check of axes, and the learned scale (gamma) and offset (beta)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks.arguments import FLAG, Float, Instance
from glassworks.errors import ShapeError
from glassworks.layers.arguments import WEIGHT, make_weight
from glassworks.layers.identity import _SameShape


class Axes(Instance):
    """An axis or several, converted to a list."""

    def __init__(self) -> None:
        super().__init__((int, list, tuple), "an axis or a list of axes")

    def convert(self, value: int | Sequence[int]) -> int | list[int]:
        return list(value) if isinstance(value, Sequence) else value


def sizes_along(axis: Any, input_shape: tuple) -> tuple[int, ...]:
    """The input's sizes along one or several axes; a `ShapeError` if an axis does not exist or its size is unknown."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = len(input_shape)
    for one in axes:
        if not -rank <= one < rank:
            raise ShapeError(
                f"axis {one} of inputs of shape {tuple(input_shape)}",
                f"an axis from {-rank} to {rank - 1}",
                "the default axis is the last, -1",
            )
        if input_shape[one] is None:
            raise ShapeError(
                f"inputs of shape {tuple(input_shape)}, unknown at axis {one}", "a known size there", "give it: keras.Input(shape=(784,))"
            )
    return tuple(input_shape[one] for one in axes)


class _Affine(_SameShape):
    """A normalization layer that ends with `outputs * gamma + beta`, both learned."""

    axis = Axes()
    epsilon = Float(0)
    center = scale = FLAG
    beta_initializer, beta_regularizer, beta_constraint = WEIGHT
    gamma_initializer, gamma_regularizer, gamma_constraint = WEIGHT

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gamma: Any = None
        self.beta: Any = None

    def _add_affine_weights(self, shape: tuple[int, ...]) -> None:
        """Create gamma and beta, each if wanted. They stay in the variable dtype also in mixed precision."""
        if self.scale:
            self.gamma = make_weight(self, "gamma", shape, autocast=False)
        if self.center:
            self.beta = make_weight(self, "beta", shape, autocast=False)
