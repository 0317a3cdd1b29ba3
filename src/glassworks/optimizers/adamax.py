"""Adamax: Adam that divides by the largest recent gradient."""

from __future__ import annotations

from collections.abc import Sequence

from glassworks import ops
from glassworks.graph import Variable
from glassworks.optimizers.adam import Moments
from glassworks.typing import Tensor


class Adamax(Moments):
    """Adam with the largest recent gradient in place of the root of the mean square.

        m = beta_1 * m + (1 - beta_1) * g
        u = max(beta_2 * u, |g|)
        w -= learning_rate / (1 - beta_1**t) * m / (u + epsilon)

    Kingma and Ba, Adam: A Method for Stochastic Optimization, 2014, section 7.

    Args:
        learning_rate: The size of a step.
        beta_1: The decay rate of the first moment.
        beta_2: The decay rate of the largest gradient.
        epsilon: A small number that keeps the division finite.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Adamax(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: mean gradient and largest gradient."""
        super().build(variables)
        self._momentums, self._norms = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        momentum, norm = self._momentums[place], self._norms[place]
        updates = self._updates(variable)
        momentum.assign(momentum.value + (gradient - momentum.value) * (1 - self.beta_1))
        norm.assign(ops.maximum(norm.value * self.beta_2, ops.abs(gradient)))
        size = (norm.value + self.epsilon) * ops.cast(1.0 - ops.power(self.beta_1, updates), variable.spec.dtype)
        variable.assign(variable.value - learning_rate * momentum.value / size)
