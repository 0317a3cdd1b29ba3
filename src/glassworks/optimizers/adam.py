"""Adam: momentum, and steps divided by the recent size of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class Moments(Optimizer):
    """The base of Adam and its variants: the decay rates of the moments, and a term that keeps the division finite."""

    beta_1 = beta_2 = Number(0, 1)
    epsilon = Number(0)

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
        self._keep_arguments(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)


class Adam(Moments):
    """Moves by the mean of recent gradients, divided by the root of their mean square.

        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        w -= learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)

    Kingma and Ba, Adam: A Method for Stochastic Optimization, 2014; amsgrad: Reddi et al., 2018.

    Args:
        learning_rate: The size of a step.
        beta_1: The decay rate of the first moment.
        beta_2: The decay rate of the second moment.
        epsilon: A small number that keeps the division finite.
        amsgrad: Whether to divide by the largest second moment so far.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Adam(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    amsgrad = FLAG

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        super().__init__(learning_rate, beta_1, beta_2, epsilon, *shared, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self._keep_arguments(amsgrad=amsgrad)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: mean gradient, mean square, and the largest mean square for amsgrad."""
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        self._largest = self.add_optimizer_variables(variables, "velocity_hat") if self.amsgrad else []

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        momentum, velocity = self._momentums[place], self._velocities[place]
        # The averages start at 0; the factor corrects for that in the first steps.
        updates = self._updates(variable)
        factor = learning_rate * ops.sqrt(1.0 - ops.power(self.beta_2, updates)) / (1.0 - ops.power(self.beta_1, updates))
        factor = ops.cast(factor, variable.spec.dtype)
        momentum.assign(momentum.value + (gradient - momentum.value) * (1 - self.beta_1))
        velocity.assign(velocity.value + (ops.square(gradient) - velocity.value) * (1 - self.beta_2))
        size = velocity.value
        if self.amsgrad:
            largest = self._largest[place]
            largest.assign(ops.maximum(largest.value, size))
            size = largest.value
        variable.assign(variable.value - momentum.value * factor / (ops.sqrt(size) + self.epsilon))
