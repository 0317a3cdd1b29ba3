"""Muon: matrices are turned by the nearest orthogonal matrix to their momentum; everything else is left to Adam."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Instance, Integer, Number, Optional
from glassworks.errors import ShapeError
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor


class _Patterns(Instance):
    """A list, which is empty for None."""

    def allows(self, value: object) -> bool:
        return value is None or super().allows(value)

    def convert(self, value: Sequence[str] | None) -> Sequence[str]:
        return [] if value is None else value

    def __str__(self) -> str:
        return f"{super().__str__()}, or None for an empty one"


class Muon(Optimizer):
    """Momentum whose matrix is made almost orthogonal before it is applied, so that all directions move alike.

    Variables with two axes are updated by

        m = momentum * m + g
        step = orthogonal(g + momentum * m)                          (orthogonal(m) without Nesterov)
        w -= learning_rate * step * rms_rate * sqrt(max(rows, columns))

    where `orthogonal(x)` starts from x / |x| and repeats x = a x + (b (x x') + c (x x')^2) x, which brings all singular
    values close to 1 (Jordan et al., Muon: An optimizer for hidden layers, 2024; Liu et al., Muon is Scalable for LLM
    Training, 2025). All other variables, embeddings and excluded layers are updated by Adam.

    Args:
        learning_rate: The size of a step.
        adam_beta_1, adam_beta_2, epsilon: As in `Adam`, for the variables left to it.
        adam_weight_decay: The weight decay of the variables left to Adam.
        weight_decay: The weight decay of the others.
        exclude_layers: Patterns; variables with one in their path are left to Adam. Name the output layer here.
        exclude_embeddings: Whether to leave variables with `embedding` in their path to Adam.
        muon_a, muon_b, muon_c: The coefficients of the iteration.
        adam_lr_ratio: The learning rate of Adam by that of the others.
        momentum: The decay rate of the momentum.
        ns_steps: The number of iterations.
        nesterov: Whether to look ahead by Nesterov's rule.
        rms_rate: The size of a step by that of Adam's; None leaves out this factor.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([[1.0, 0.0], [0.0, 1.0]])
    >>> optimizers.Muon(0.1, weight_decay=None).apply([[[3.0, 0.0], [0.0, 3.0]]], [weight])
    >>> bool(abs(weight.numpy()[0, 0] - 1.0) > 0.01)
    True
    """

    adam_beta_1 = adam_beta_2 = Number(0, 1)
    adam_weight_decay = Optional(Number(0))
    epsilon = Number(0)
    exclude_layers = _Patterns((list, tuple), "a list of patterns")
    exclude_embeddings = FLAG
    muon_a = muon_b = muon_c = Number()
    adam_lr_ratio = Number(0)
    momentum = Number(0, 1)
    ns_steps = Integer(0)
    nesterov = FLAG
    rms_rate = Optional(Number(0))

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Any,
    ) -> None:
        shared = weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency
        super().__init__(learning_rate, *shared, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self._keep_arguments(adam_beta_1=adam_beta_1, adam_beta_2=adam_beta_2, adam_weight_decay=adam_weight_decay, epsilon=epsilon)
        self._keep_arguments(exclude_layers=exclude_layers, exclude_embeddings=exclude_embeddings, muon_a=muon_a)
        self._keep_arguments(
            muon_b=muon_b, muon_c=muon_c, adam_lr_ratio=adam_lr_ratio, momentum=momentum, ns_steps=ns_steps, nesterov=nesterov
        )
        self._keep_arguments(rms_rate=rms_rate)

    def _left_to_adam(self, variable: Variable) -> bool:
        embedding = self.exclude_embeddings and "embedding" in variable.path.lower()
        excluded = any(re.search(pattern, variable.path) for pattern in self.exclude_layers)
        return len(variable.shape) != 2 or embedding or excluded

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: momentum, and mean squares of the variables left to Adam."""
        super().build(variables)
        self._momentums, self._velocities = [], {}
        for variable in variables:
            self._momentums.append(self.add_variable_from_reference(variable, "momentum"))
            if self._left_to_adam(variable):
                self._velocities[variable] = self.add_variable_from_reference(variable, "velocity")

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        momentum = self._momentums[self._get_variable_index(variable)]
        if variable in self._velocities:
            self._adam_step(gradient, variable, learning_rate * self.adam_lr_ratio, momentum)
            return
        momentum.assign(momentum.value * self.momentum + gradient)
        ahead = gradient + momentum.value * self.momentum if self.nesterov else momentum.value
        step = self.lr_adjust(self.zeropower_via_newtonschulz5(ahead, self.ns_steps) * learning_rate)
        variable.assign(variable.value - step)

    def _adam_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor, momentum: Variable) -> None:
        velocity = self._velocities[variable]
        updates = self._updates(variable)
        correction = ops.sqrt(1.0 - ops.power(self.adam_beta_2, updates)) / (1.0 - ops.power(self.adam_beta_1, updates))
        correction = ops.cast(correction, variable.spec.dtype)
        momentum.assign(momentum.value + (gradient - momentum.value) * (1 - self.adam_beta_1))
        velocity.assign(velocity.value + (ops.square(gradient) - velocity.value) * (1 - self.adam_beta_2))
        variable.assign(variable.value - learning_rate * correction * momentum.value / (ops.sqrt(velocity.value) + self.epsilon))

    def lr_adjust(self, x: Tensor) -> Tensor:
        """The step times the root of the matrix's longer side and `rms_rate`, so that rates of Adam serve here, too (Moonlight, 2025)."""
        return x if self.rms_rate is None else x * (max(x.shape[:2]) ** 0.5 * self.rms_rate)

    def transpose_last_axis(self, X: Tensor) -> Tensor:
        """The tensor with its last two axes exchanged."""
        return ops.swapaxes(X, -1, -2)

    def zeropower_via_newtonschulz5(self, x: Tensor, steps: int) -> Tensor:
        """Newton-Schulz iterations towards the nearest orthogonal matrix, on the side with the smaller products.

        Args:
            x: A matrix, or several in the last two axes.
            steps: The number of iterations.

        Raises:
            ShapeError: It has fewer than two axes.
        """
        if len(x.shape) < 2:
            raise ShapeError(f"a tensor of shape {tuple(x.shape)}", "at least 2 dimensions", "leave vectors to Adam", where="Muon")
        tall = x.shape[-2] > x.shape[-1]
        x = self.transpose_last_axis(x) if tall else x
        x = x / (ops.sqrt(ops.sum(ops.square(x), axis=(-2, -1), keepdims=True)) + 1e-7)
        for _ in range(steps):
            squares = ops.matmul(x, self.transpose_last_axis(x))
            mixed = self.muon_b * squares + self.muon_c * ops.matmul(squares, squares)
            x = self.muon_a * x + ops.matmul(mixed, x)
        return self.transpose_last_axis(x) if tall else x

    def _decay_rate(self, variable: Variable) -> float | None:
        return self.adam_weight_decay if self._left_to_adam(variable) else self.weight_decay
