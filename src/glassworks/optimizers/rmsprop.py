"""RMSprop: steps divided by the recent size of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class RMSprop(Optimizer):
    """Divides each step by a moving average of the gradient's size.

        v = rho * v + (1 - rho) * g * g
        step = learning_rate * g / sqrt(v + epsilon)     (centered: v minus the squared mean gradient)
        with momentum:  m = momentum * m + step;  w -= m     without:  w -= step

    Tieleman and Hinton, Lecture 6.5, 2012.

    Args:
        learning_rate: The size of a step.
        rho: The decay rate of the moving averages.
        momentum: The decay rate of the momentum.
        epsilon: A small number that keeps the division finite.
        centered: Whether to subtract the squared mean gradient.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.RMSprop(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.6838], dtype=float32)
    """

    rho = momentum = Number(0, 1)
    epsilon = Number(0)
    centered = FLAG

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        shared = weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency
        super().__init__(learning_rate, *shared, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self._keep_arguments(rho=rho, momentum=momentum, epsilon=epsilon, centered=centered)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: average squares, and those that the options need."""
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(variables, "average_gradient") if self.centered else []

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        velocity = self._velocities[place]
        velocity.assign(velocity.value * self.rho + ops.square(gradient) * (1 - self.rho))
        size = velocity.value + self.epsilon
        if self.centered:
            average = self._average_gradients[place]
            average.assign(average.value * self.rho + gradient * (1 - self.rho))
            size = size - ops.square(average.value)
        step = learning_rate * gradient / ops.sqrt(size)
        if self.momentum > 0:
            momentum = self._momentums[place]
            momentum.assign(momentum.value * self.momentum + step)
            step = momentum.value
        variable.assign(variable.value - step)
