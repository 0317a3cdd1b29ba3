"""Schedules that decay: exponentially, by steps, by a polynomial, inversely with time, along a cosine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from glassworks import ops
from glassworks.arguments import Anything, Number
from glassworks.errors import ArgumentError
from glassworks.optimizers.schedules.base import LearningRateSchedule
from glassworks.typing import ArrayLike, Tensor

_RATE, _STEPS = Number(0), Number(0, closed="neither")


class _Listed(Anything):
    """A sequence, kept as a list."""

    def convert(self, value: Sequence[Any]) -> list[Any]:
        return list(value)


def _float(step: ArrayLike) -> Any:
    return ops.cast(step, "float32")


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: The number of steps after which the rate is multiplied by `decay_rate`.
        decay_rate: The factor.
        staircase: Whether `step / decay_steps` is rounded down, so that the rate falls in jumps.
        name: Its name.

    >>> from glassworks import optimizers
    >>> round(float(optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)(20)), 4)
    0.025
    """

    initial_learning_rate = _RATE
    decay_steps = _STEPS
    decay_rate = staircase = name = Anything()

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False, name: str = "ExponentialDecay"
    ) -> None:
        self._keep_arguments(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps)
        self._keep_arguments(decay_rate=decay_rate, staircase=staircase, name=name)

    def __call__(self, step: ArrayLike) -> Tensor:
        passed = _float(step) / self.decay_steps
        return self.initial_learning_rate * ops.power(self.decay_rate, ops.floor(passed) if self.staircase else passed)


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: The number of steps in which the divisor grows by `decay_rate`.
        decay_rate: The growth of the divisor.
        staircase: Whether `step / decay_steps` is rounded down, so that the rate falls in jumps.
        name: Its name.

    >>> from glassworks import optimizers
    >>> round(float(optimizers.schedules.InverseTimeDecay(0.1, 10, 1.0)(10)), 4)
    0.05
    """

    initial_learning_rate = _RATE
    decay_steps = _STEPS
    decay_rate = staircase = name = Anything()

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False, name: str = "InverseTimeDecay"
    ) -> None:
        self._keep_arguments(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps)
        self._keep_arguments(decay_rate=decay_rate, staircase=staircase, name=name)

    def __call__(self, step: ArrayLike) -> Tensor:
        passed = _float(step) / self.decay_steps
        return self.initial_learning_rate / (1.0 + self.decay_rate * (ops.floor(passed) if self.staircase else passed))


class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to each boundary, the last one after it.

    Args:
        boundaries: Steps in rising order.
        values: One rate more than there are boundaries.
        name: Its name.

    >>> from glassworks import optimizers
    >>> schedule = optimizers.schedules.PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1])
    >>> [round(float(schedule(step)), 2) for step in (100, 101, 300)]
    [1.0, 0.5, 0.1]
    """

    boundaries = values = _Listed()
    name = Anything()

    def __init__(self, boundaries: Sequence[int], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        if len(values) != len(boundaries) + 1:
            raise ArgumentError(
                f"{len(boundaries)} boundaries and {len(values)} values",
                f"{len(boundaries) + 1} values",
                "give a rate for before the first boundary too",
                where="PiecewiseConstantDecay",
            )
        self._keep_arguments(boundaries=boundaries, values=values, name=name)

    def __call__(self, step: ArrayLike) -> Tensor:
        step = _float(step)
        rate: Any = ops.convert_to_tensor(float(self.values[-1]))
        for boundary, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            rate = ops.where(step <= boundary, float(value), rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another along `(1 - step / decay_steps) ** power`, then constant or starting over.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: The number of steps after which the end is reached.
        end_learning_rate: The rate at the end.
        power: The exponent; 1 gives a straight line.
        cycle: Whether to go on with longer and longer periods instead of staying at the end.
        name: Its name.

    >>> from glassworks import optimizers
    >>> round(float(optimizers.schedules.PolynomialDecay(0.1, 100, 0.0)(25)), 4)
    0.075
    """

    initial_learning_rate = _RATE
    decay_steps = _STEPS
    end_learning_rate = power = cycle = name = Anything()

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self._keep_arguments(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps)
        self._keep_arguments(end_learning_rate=end_learning_rate, power=power, cycle=cycle, name=name)

    def __call__(self, step: ArrayLike) -> Tensor:
        step = _float(step)
        period: Any = float(self.decay_steps)
        if self.cycle:
            period = period * ops.maximum(ops.ceil(step / period), 1.0)
        else:
            step = ops.minimum(step, period)
        return (self.initial_learning_rate - self.end_learning_rate) * ops.power(1.0 - step / period, self.power) + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """A linear warm-up if asked for, then down along half a cosine (Loshchilov and Hutter, 2016).

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: The length of the decay.
        alpha: The rate at the end, as a fraction of the rate at the start of the decay.
        name: Its name.
        warmup_target: The rate after the warm-up; None for no warm-up.
        warmup_steps: The length of the warm-up.

    >>> from glassworks import optimizers
    >>> round(float(optimizers.schedules.CosineDecay(0.1, 100)(50)), 4)
    0.05
    """

    initial_learning_rate = _RATE
    decay_steps = _STEPS
    alpha = name = warmup_target = warmup_steps = Anything()

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self._keep_arguments(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps)
        self._keep_arguments(alpha=alpha, name=name, warmup_target=warmup_target, warmup_steps=warmup_steps)

    def __call__(self, step: ArrayLike) -> Tensor:
        step = _float(step)
        if self.warmup_target is None:
            return self._decayed(ops.minimum(step, float(self.decay_steps)), self.initial_learning_rate)
        warmed = self.initial_learning_rate + (self.warmup_target - self.initial_learning_rate) * (step / max(self.warmup_steps, 1))
        late = self._decayed(ops.minimum(ops.maximum(step - self.warmup_steps, 0.0), float(self.decay_steps)), self.warmup_target)
        return ops.where(step < self.warmup_steps, warmed, late)

    def _decayed(self, step: Any, start: float) -> Any:
        wave = 0.5 * (1.0 + ops.cos(math.pi * step / self.decay_steps))
        return start * ((1.0 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Down along half a cosine, again and again, each period longer and lower (SGDR, Loshchilov and Hutter, 2016).

    Args:
        initial_learning_rate: The rate at step 0.
        first_decay_steps: The length of the first period.
        t_mul: The factor by which each period is longer than the last.
        m_mul: The factor of the first rate of each period relative to the last period's.
        alpha: The rate at the end of each period, as a fraction of the initial rate.
        name: Its name.

    >>> from glassworks import optimizers
    >>> schedule = optimizers.schedules.CosineDecayRestarts(0.1, 10)
    >>> round(float(schedule(5)), 4), round(float(schedule(10)), 4)
    (0.05, 0.1)
    """

    initial_learning_rate = _RATE
    first_decay_steps = _STEPS
    t_mul = m_mul = alpha = name = Anything()

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self._keep_arguments(initial_learning_rate=initial_learning_rate, first_decay_steps=first_decay_steps)
        self._keep_arguments(t_mul=t_mul, m_mul=m_mul, alpha=alpha, name=name)

    def __call__(self, step: ArrayLike) -> Tensor:
        passed = _float(step) / self.first_decay_steps
        if self.t_mul == 1.0:
            period = ops.floor(passed)
            passed = passed - period
        else:
            # The first n periods take (t_mul**n - 1) / (t_mul - 1) times the first one's length.
            period = ops.floor(ops.log(1.0 - passed * (1.0 - self.t_mul)) / math.log(self.t_mul))
            done = (1.0 - ops.power(self.t_mul, period)) / (1.0 - self.t_mul)
            passed = (passed - done) / ops.power(self.t_mul, period)
        height = ops.power(self.m_mul, period)
        wave = 0.5 * height * (1.0 + ops.cos(math.pi * passed))
        return self.initial_learning_rate * ((1.0 - self.alpha) * wave + self.alpha)
