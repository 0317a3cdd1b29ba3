"""Adafactor: the mean squares of a matrix kept as those of its rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Number
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.typing import Tensor

_SMALLEST_NORMAL = 2.0**-126  # of float32


class Adafactor(Optimizer):
    """Keeps mean squares of rows and columns in place of whole matrices, and takes steps in proportion to the weights.

        rate = min(learning_rate, 1 / sqrt(t));  b = 1 - t**beta_2_decay
        r = b * r + (1 - b) * mean of rows(g * g + epsilon_1);  c likewise of columns
        v = r / mean(r) * c                                (vectors: b * v + (1 - b) * (g * g + epsilon_1))
        step = g / sqrt(v);  step = step / max(1, rms(step) / clip_threshold)
        w -= max(epsilon_2, rms(w)) * rate * step

    Shazeer and Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, 2018.

    Args:
        learning_rate: The size of a step.
        beta_2_decay: The exponent of the decay rate of the mean squares, `1 - t**beta_2_decay`.
        epsilon_1: A small number added to squared gradients.
        epsilon_2: The smallest root mean square of weights for the size of a step.
        clip_threshold: Steps are scaled down to this root mean square.
        relative_step: Accepted as in Keras; the rate shrinks with the number of updates either way.
        kwargs: The arguments that all optimizers share; see `Optimizer`.

    Raises:
        ArgumentError: A number lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> weight = Variable([1.0])
    >>> optimizers.Adafactor(0.1).apply([[1.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.9], dtype=float32)
    """

    beta_2_decay = Number()
    epsilon_1 = epsilon_2 = Number(0)
    clip_threshold = Number(0, closed="neither")
    relative_step = FLAG

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self._keep_arguments(beta_2_decay=beta_2_decay, epsilon_1=epsilon_1, epsilon_2=epsilon_2, clip_threshold=clip_threshold)
        self._keep_arguments(relative_step=relative_step)

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots: mean squares of rows and columns for arrays of two axes and more, and of all entries."""
        super().build(variables)
        self._rows: list[Variable] = []
        self._columns: list[Variable] = []
        self._velocities: list[Variable] = []
        for variable in variables:
            shape, dtype = tuple(variable.shape), variable.spec.dtype
            matrix = len(shape) > 1
            self._rows.append(self.add_variable(shape[:-1] if matrix else (), dtype=dtype, name=f"{variable.name}_row"))
            self._columns.append(self.add_variable(shape[:-2] + shape[-1:] if matrix else (), dtype=dtype, name=f"{variable.name}_column"))
            self._velocities.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        place = self._get_variable_index(variable)
        velocity = self._velocities[place]
        updates = self._updates(variable)
        kept = ops.cast(1.0 - ops.power(updates, self.beta_2_decay), variable.spec.dtype)
        squares = ops.square(gradient) + self.epsilon_1
        if len(variable.shape) > 1:
            velocity.assign(self._of_rows_and_columns(place, squares, kept))
        else:
            velocity.assign(velocity.value * kept + squares * (1.0 - kept))
        step = gradient / ops.sqrt(velocity.value)
        step = step / ops.maximum(1.0, _root_mean_square(step) / self.clip_threshold)
        rate = ops.maximum(self.epsilon_2, _root_mean_square(variable.value)) * ops.minimum(
            learning_rate, ops.cast(1.0 / ops.sqrt(updates), variable.spec.dtype)
        )
        variable.assign(variable.value - rate * step)

    def _of_rows_and_columns(self, place: int, squares: Any, kept: Any) -> Any:
        """The mean squares of a matrix, from the updated ones of its rows and columns."""
        rows, columns = self._rows[place], self._columns[place]
        rows.assign(rows.value * kept + ops.mean(squares, axis=-1) * (1.0 - kept))
        columns.assign(columns.value * kept + ops.mean(squares, axis=-2) * (1.0 - kept))
        shares = rows.value / ops.mean(rows.value, axis=-1, keepdims=True)
        # Products of small numbers would be subnormal, which programs flush to zero: a gradient of zero would be divided by it.
        return ops.maximum(ops.expand_dims(shares, -1) * ops.expand_dims(columns.value, -2), _SMALLEST_NORMAL)


def _root_mean_square(x: Tensor) -> Any:
    return ops.sqrt(ops.mean(ops.square(x)))
