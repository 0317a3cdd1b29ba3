"""Lamb: Adam with steps in proportion to the norm of each layer's weights, for large batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.graph import Variable
from glassworks.optimizers.adam import Moments
from glassworks.typing import ArrayLike, Tensor


class Lamb(Moments):
    """Adam whose steps are scaled to the norm of each weight array, so that large batches can use large steps.

        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        step = m / (1 - beta_1**t) / (sqrt(v / (1 - beta_2**t)) + epsilon)
        w -= learning_rate * |w| / |step| * step           (w without the factor if either length is 0)

    You et al., Large Batch Optimization for Deep Learning: Training BERT in 76 minutes, 2019.

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
    >>> optimizers.Lamb(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: mean gradient and mean square."""
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        momentum, velocity = self._momentums[place], self._velocities[place]
        updates = self._updates(variable)
        first, second = (ops.cast(1.0 - ops.power(beta, updates), variable.spec.dtype) for beta in (self.beta_1, self.beta_2))
        momentum.assign(momentum.value + (gradient - momentum.value) * (1 - self.beta_1))
        velocity.assign(velocity.value + (ops.square(gradient) - velocity.value) * (1 - self.beta_2))
        size = ops.sqrt(velocity.value / second) + self.epsilon
        step = momentum.value / first / size
        variable.assign(variable.value - learning_rate * _fitting_ratio(variable.value, step) * step)


def _fitting_ratio(weight: Any, step: ArrayLike) -> Any:
    """The norm of the weights divided by that of the step; 1 where either is 0."""
    lengths = [ops.sqrt(ops.sum(ops.square(x))) for x in (weight, step)]
    usable = ops.logical_and(lengths[0] > 0, lengths[1] > 0)
    one = ops.ones_like(lengths[1])
    return ops.where(usable, lengths[0] / ops.where(usable, lengths[1], one), one)
