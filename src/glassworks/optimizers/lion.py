"""Lion: steps of constant size, in the direction of the sign of the momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class Lion(Optimizer):
    """Uses only the sign of the momentum, so it keeps one slot; its learning rate is best 3 to 10 times smaller than Adam's.

        w -= learning_rate * sign(beta_1 * m + (1 - beta_1) * g)
        m = beta_2 * m + (1 - beta_2) * g

    Chen et al., Symbolic Discovery of Optimization Algorithms, 2023.

    Args:
        learning_rate: The size of a step.
        beta_1: The weight of the momentum in the direction of the step.
        beta_2: The decay rate of the momentum.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Lion(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    beta_1 = Number(0, 1, closed="right")
    beta_2 = Number(0, 1)

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        self._keep_arguments(beta_1=beta_1, beta_2=beta_2)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create a momentum slot for each variable."""
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        momentum = self._momentums[self._get_variable_index(variable)]
        direction = ops.sign(momentum.value * self.beta_1 + gradient * (1 - self.beta_1))
        variable.assign(variable.value - learning_rate * direction)
        momentum.assign(momentum.value * self.beta_2 + gradient * (1 - self.beta_2))
