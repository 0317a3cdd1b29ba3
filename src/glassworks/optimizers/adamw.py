"""AdamW: Adam with weights that shrink a little at each step."""

from __future__ import annotations

from typing import Any

from glassworks.optimizers.adam import Adam
from glassworks.optimizers.schedules.base import LearningRate


class AdamW(Adam):
    """Adam with decoupled weight decay.

        w -= learning_rate * weight_decay * w
        then as Adam

    Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019.

    Args:
        learning_rate: The size of a step.
        beta_1: The decay rate of the first moment.
        beta_2: The decay rate of the second moment.
        epsilon: A small number that keeps the division finite.
        amsgrad: Whether to divide by the largest second moment so far.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.AdamW(0.1, weight_decay=0).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, *shared, loss_scale_factor, gradient_accumulation_steps, name, **kwargs
        )
