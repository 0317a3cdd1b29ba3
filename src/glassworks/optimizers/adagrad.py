"""Adagrad: steps divided by the size of all gradients so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import initializers, ops
from glassworks.arguments import Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class Adagrad(Optimizer):
    """Divides each step by the root of the sum of all squared gradients: rarely used weights move further.

        a = a + g * g
        w -= learning_rate * g / sqrt(a + epsilon)

    Duchi et al., Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, 2011.

    Args:
        learning_rate: The size of a step.
        initial_accumulator_value: The initial value of the sums of squares.
        epsilon: A small number that keeps the division finite.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Adagrad(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9047], dtype=float32)
    """

    initial_accumulator_value = epsilon = Number(0)

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
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
        self._keep_arguments(initial_accumulator_value=initial_accumulator_value, epsilon=epsilon)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: sums of squares."""
        super().build(variables)
        start = initializers.Constant(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(variables, "accumulator", start)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        total = self._accumulators[self._get_variable_index(variable)]
        total.assign(total.value + ops.square(gradient))
        variable.assign(variable.value - learning_rate * gradient / ops.sqrt(total.value + self.epsilon))
