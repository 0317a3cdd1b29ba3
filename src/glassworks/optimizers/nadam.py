"""Nadam: Adam with Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.graph import Variable
from glassworks.optimizers.adam import Moments
from glassworks.typing import Tensor


class Nadam(Moments):
    """Adam that looks ahead along the momentum, with a momentum that grows in the first steps.

        b(t) = beta_1 * (1 - 0.5 * 0.96**t);  p = b(1) * b(2) * ... * b(t)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        ahead = b(t + 1) * m / (1 - p * b(t + 1)) + (1 - b(t)) * g / (1 - p)
        w -= learning_rate * ahead / (sqrt(v / (1 - beta_2**t)) + epsilon)

    Dozat, Incorporating Nesterov Momentum into Adam, 2015.

    Args:
        learning_rate: The size of a step.
        beta_1: The decay rate of the first moment.
        beta_2: The decay rate of the second moment.
        epsilon: A small number that keeps the division finite.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Nadam(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.8937], dtype=float32)
    """

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: mean gradient, mean square, and one product of all momentums so far."""
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        dtype = variables[0].spec.dtype if variables else None
        self._product = self.add_variable((), "ones", dtype, name="u_product")

    def _update(self, grads: list[Any], variables: list[Variable]) -> None:
        self._product.assign(self._product.value * self._momentum(1, self._product))
        super()._update(grads, variables)

    def _momentum(self, ahead: int, variable: Variable) -> Any:
        """The momentum of a later update, `ahead` after the last one, in the dtype of a variable."""
        return ops.cast(self.beta_1 * (1.0 - 0.5 * ops.power(0.96, self._updates(variable, ahead))), variable.spec.dtype)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        momentum, velocity = self._momentums[place], self._velocities[place]
        updates = self._updates(variable)
        product = ops.cast(self._product.value, variable.spec.dtype)
        this, following = self._momentum(1, variable), self._momentum(2, variable)
        momentum.assign(momentum.value + (gradient - momentum.value) * (1 - self.beta_1))
        velocity.assign(velocity.value + (ops.square(gradient) - velocity.value) * (1 - self.beta_2))
        ahead = following * momentum.value / (1.0 - product * following) + (1.0 - this) * gradient / (1.0 - product)
        size = ops.sqrt(velocity.value / ops.cast(1.0 - ops.power(self.beta_2, updates), variable.spec.dtype))
        variable.assign(variable.value - learning_rate * ahead / (size + self.epsilon))
