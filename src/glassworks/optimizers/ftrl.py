"""Ftrl: follow the regularized leader, for wide and sparse models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import initializers, ops
from glassworks.arguments import Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class Ftrl(Optimizer):
    """Follow the regularized leader: weights that the data does not need stay exactly 0.

        g = g + 2 * l2_shrinkage * w
        n' = n + g * g                                     (g without the shrinkage)
        z = z + g - (n'**-power - n**-power) / learning_rate * w
        w = (clip(z, -l1, l1) - z) / (n'**-power / learning_rate + 2 * l2 + beta / learning_rate)

    McMahan et al., Ad Click Prediction: a View from the Trenches, 2013.

    Args:
        learning_rate: The size of a step.
        learning_rate_power: The exponent of the sums of squares in the step; 0 for constant steps.
        initial_accumulator_value: The initial value of the sums of squares.
        l1_regularization_strength: The strength of the L1 penalty, which makes weights exactly 0.
        l2_regularization_strength: The strength of the L2 penalty.
        l2_shrinkage_regularization_strength: The strength of an L2 penalty that acts through the gradient.
        beta: A number added to the root of the sums in the paper's formula.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Ftrl(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.6031], dtype=float32)
    """

    learning_rate_power = Number(None, 0)
    initial_accumulator_value = l1_regularization_strength = l2_regularization_strength = l2_shrinkage_regularization_strength = Number(0)
    beta = Number()

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        self._keep_arguments(learning_rate_power=learning_rate_power, initial_accumulator_value=initial_accumulator_value)
        self._keep_arguments(l1_regularization_strength=l1_regularization_strength, l2_regularization_strength=l2_regularization_strength)
        self._keep_arguments(l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength, beta=beta)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: sums of squares, and the linear terms."""
        super().build(variables)
        starts = [initializers.Constant(self.initial_accumulator_value), "zeros"]
        self._accumulators, self._linears = self.add_optimizer_variables(variables, ["accumulator", "linear"], starts)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        total, linear = self._accumulators[place], self._linears[place]
        new = total.value + ops.square(gradient)
        size, before = ops.power(new, -self.learning_rate_power), ops.power(total.value, -self.learning_rate_power)
        shrunk = gradient + 2 * self.l2_shrinkage_regularization_strength * variable.value
        linear.assign(linear.value + shrunk - (size - before) / learning_rate * variable.value)
        l1, l2 = self.l1_regularization_strength, self.l2_regularization_strength
        variable.assign((ops.clip(linear.value, -l1, l1) - linear.value) / ((size + self.beta) / learning_rate + 2 * l2))
        total.assign(new)
