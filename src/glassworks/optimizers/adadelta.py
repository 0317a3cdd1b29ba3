"""Adadelta: steps as large as the recent ones, divided by the recent size of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class Adadelta(Optimizer):
    """Like Adagrad with moving averages; the size of recent steps takes the place of a learning rate.

        a = rho * a + (1 - rho) * g * g
        step = sqrt(d + epsilon) / sqrt(a + epsilon) * g
        d = rho * d + (1 - rho) * step * step
        w -= learning_rate * step

    Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012 (with learning_rate=1.0).

    Args:
        learning_rate: The size of a step.
        rho: The decay rate of the moving averages.
        epsilon: A small number that keeps the division finite.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Adadelta(1.0).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9986], dtype=float32)
    """

    rho = Number(0, 1)
    epsilon = Number(0)

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
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
        self._keep_arguments(rho=rho, epsilon=epsilon)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: mean squares of gradients and of steps."""
        super().build(variables)
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._mean_gradients, self._mean_steps = self.add_optimizer_variables(variables, names)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        gradients, steps = self._mean_gradients[place], self._mean_steps[place]
        gradients.assign(gradients.value * self.rho + ops.square(gradient) * (1 - self.rho))
        step = ops.sqrt(steps.value + self.epsilon) * gradient / ops.sqrt(gradients.value + self.epsilon)
        steps.assign(steps.value * self.rho + ops.square(step) * (1 - self.rho))
        variable.assign(variable.value - learning_rate * step)
