"""Adamax: Adam that divides by the largest recent gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class Adamax(Optimizer):
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
        self._keep(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)

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
