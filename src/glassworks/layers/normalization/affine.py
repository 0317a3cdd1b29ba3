"""What the normalization layers share: checking axes, and the learned scale (gamma) and offset (beta)."""

from __future__ import annotations

from typing import Any

from glassworks import constraints, initializers, regularizers
from glassworks.arguments import Instance, Number, check
from glassworks.errors import ShapeError
from glassworks.layers.identity import _SameShape
from glassworks.layers.weight_config import weight_config

_FLAG = Instance(bool, "True or False")
ARGUMENTS = {
    "axis": Instance((int, list, tuple), "an axis or a list of axes"),
    "epsilon": Number(0),
    "center": _FLAG,
    "scale": _FLAG,
}


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

    def __init__(
        self,
        axis: Any,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check(type(self).__name__, ARGUMENTS, axis=axis, epsilon=epsilon, center=center, scale=scale)
        self.axis: Any = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.epsilon, self.center, self.scale = float(epsilon), center, scale
        self.beta_initializer, self.gamma_initializer = initializers.get(beta_initializer), initializers.get(gamma_initializer)
        self.beta_regularizer, self.gamma_regularizer = regularizers.get(beta_regularizer), regularizers.get(gamma_regularizer)
        self.beta_constraint, self.gamma_constraint = constraints.get(beta_constraint), constraints.get(gamma_constraint)
        self.gamma: Any = None
        self.beta: Any = None

    def _add_affine_weights(self, shape: tuple[int, ...]) -> None:
        """Make gamma and beta, each if wanted. They stay in the variable dtype also in mixed precision."""
        if self.scale:
            self.gamma = self.add_weight(
                shape,
                self.gamma_initializer,
                autocast=False,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                autocast=False,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
            )

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            **weight_config(self, "beta", "gamma"),
        }
