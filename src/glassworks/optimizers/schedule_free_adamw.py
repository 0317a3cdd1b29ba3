"""ScheduleFreeAdamW: Adam that averages its weights in place of a learning-rate schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import Integer, Number
from glassworks.graph import Variable, untraced
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class ScheduleFreeAdamW(Optimizer):
    """Takes Adam's steps from one point and the gradient at another, between it and the average of all points so far.

        v = beta_2 * v + (1 - beta_2) * g * g
        z -= learning_rate * g / (sqrt(v / (1 - beta_2**t)) + epsilon)
        x = (1 - 1/t) * x + 1/t * z                        (the average)
        w = (1 - beta_1) * z + beta_1 * x

    Defazio et al., The Road Less Scheduled, 2024.

    Args:
        learning_rate: The size of a step.
        beta_1: The share of the average in the weights that are trained.
        beta_2: The decay rate of the second moment.
        epsilon: A small number that keeps the division finite.
        warmup_steps: The number of steps over which the learning rate grows.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.ScheduleFreeAdamW(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    beta_1 = Number(0, 1, closed="right")
    beta_2 = Number(0, 1)
    epsilon = Number(0)
    warmup_steps = Integer(0)

    def __init__(
        self,
        learning_rate: LearningRate = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
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
        self._keep_arguments(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, warmup_steps=warmup_steps)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: the point that takes the steps, which starts at the weights, and mean squares."""
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        with untraced():
            for momentum, variable in zip(self._momentums, variables, strict=True):
                momentum.assign(variable.numpy())

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        point, velocity = self._momentums[place], self._velocities[place]
        updates = self._updates(variable)
        if self.warmup_steps:
            learning_rate = learning_rate * ops.cast(ops.minimum(updates / self.warmup_steps, 1.0), variable.spec.dtype)
        average = (variable.value - point.value * (1 - self.beta_1)) / self.beta_1
        velocity.assign(velocity.value + (ops.square(gradient) - velocity.value) * (1 - self.beta_2))
        size = ops.sqrt(velocity.value / ops.cast(1.0 - ops.power(self.beta_2, updates), variable.spec.dtype)) + self.epsilon
        point.assign(point.value - learning_rate * gradient / size)
        share = ops.cast(1.0 / updates, variable.spec.dtype)
        average = average * (1.0 - share) + point.value * share
        variable.assign(point.value * (1 - self.beta_1) + average * self.beta_1)
