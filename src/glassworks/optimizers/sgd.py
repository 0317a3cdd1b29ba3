"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks.arguments import FLAG, Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class SGD(Optimizer):
    """A step against the gradient, with momentum if asked for.

        without momentum:  w -= learning_rate * g
        with momentum:     v = momentum * v - learning_rate * g;  w += v
        with nesterov:     v likewise;  w += momentum * v - learning_rate * g

    Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.

    Args:
        learning_rate: The size of a step.
        momentum: The decay rate of the momentum.
        nesterov: Whether to look ahead along the momentum first.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.SGD(0.1).apply([[1.0]], [weight])
    >>> weight.numpy()
    array([0.9], dtype=float32)
    """

    momentum = Number(0, 1)
    nesterov = FLAG

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        self._keep_arguments(momentum=momentum, nesterov=nesterov)

    def build(self, variables: Sequence[Variable]) -> None:
        """Make a momentum slot for each variable, if there is momentum."""
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        step = gradient * learning_rate
        if not self.momentum:
            variable.assign(variable.value - step)
            return
        velocity = self.momentums[self._get_variable_index(variable)]
        velocity.assign(velocity.value * self.momentum - step)
        variable.assign(variable.value + (velocity.value * self.momentum - step if self.nesterov else velocity.value))
