"""`lr_find`: the learning rate grows from step to step on a copy of the model; the loss says where it is too low, good, and too high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import ops
from glassworks.arguments import Integer, Number, check
from glassworks.display.tracking import tracked
from glassworks.errors import ArgumentError
from glassworks.insight.batches import endless_batches, source_of
from glassworks.insight.copies import copy_of, unchanged_randomness
from glassworks.insight.learning_rate_curve import LearningRateCurve, doubts_about, noise_of
from glassworks.insight.training_copies import loss_of, rate_of, set_rate
from glassworks.optimizers.schedules.base import LearningRateSchedule
from glassworks.training.data import DataSource

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import ArrayLike, Data, Structure

DIVERGED = 4.0
"""Training ends when the smoothed loss is this many times its best."""
_POSITIVE = Number(0, closed="neither")
_ARGUMENTS = {"start": _POSITIVE, "end": _POSITIVE, "steps": Integer(minimum=10), "smoothing": Number(0, 1), "seed": Integer(minimum=0)}


class _Growing(LearningRateSchedule):
    """Rates from `start` to `end`, each the same factor times the one before.

    Args:
        start, end: The first and the last rate.
        steps: How many there are.
        first: The number of updates that the optimizer has behind it.
    """

    def __init__(self, start: float, end: float, steps: int, first: int) -> None:
        self.start, self.growth, self.first = start, np.log(end / start) / (steps - 1), first

    def __call__(self, step: ArrayLike) -> Any:
        """The rate of a step."""
        return self.start * ops.exp(self.growth * (ops.cast(step, "float32") - self.first))


def lr_find(
    model: Model,
    x: Data,
    y: Structure = None,
    *,
    sample_weight: Structure = None,
    batch_size: int | None = None,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.98,
    seed: int = 0,
    progress: bool = True,
) -> LearningRateCurve:
    """Train a copy of a model with a learning rate that grows from step to step, and suggest one from the curve of the loss.

    The model itself, its optimizer and all random generators stay as they are. The curve says in words when it is not to be trusted. A rate
    that suits the first steps is a start, not a proof: a long training often needs a lower one towards its end.

    Args:
        model: A compiled model, best a new one.
        x, y, sample_weight: Data of any kind that `fit` takes; arrays are drawn in a random order.
        batch_size: As in `fit`; 32 by default for arrays.
        start, end: The first and the last learning rate.
        steps: How many batches are used: each has its own rate.
        smoothing: The weight of the losses before in the moving average of the loss, from 0 to below 1.
        seed: The seed of the order of the samples.
        progress: Whether to show a bar, on a terminal, if it takes longer than a second.

    Returns:
        The curve with its suggestions; print it, or `.plot()` it.

    Raises:
        StateError: The model is not compiled, or cannot be copied.
        ArgumentError: `end` is not above `start`.
        DataError: Data that cannot be trained on.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> x = np.random.default_rng(0).normal(size=(2000, 4))
    >>> curve = insight.lr_find(model, x, x.sum(axis=1))
    >>> 1e-4 < curve.suggestion < 1
    True

    From Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), with the settings of fastai's `lr_find`.
    """
    check("insight.lr_find", _ARGUMENTS, start=start, end=end, steps=steps, smoothing=smoothing, seed=seed)
    if end <= start or smoothing >= 1:
        found, wanted = (f"start={start}, end={end}", "an end above the start") if end <= start else (f"smoothing={smoothing}", "below 1")
        raise ArgumentError(found, wanted, "lr_find(model, x, y, start=1e-7, end=10.0, smoothing=0.98)", where="insight.lr_find")
    model._trainer.require_compiled("lr_find")
    with unchanged_randomness():
        twin = copy_of(model, "lr_find")
        source = source_of(twin, x, y, sample_weight, batch_size)
        current = rate_of(twin)
        curve = _train(twin, source, (start, end, steps), smoothing, seed, progress)
    curve.current = current
    curve.doubts = doubts_about(curve, source.num_batches, steps)
    return curve


def _train(
    model: Model, source: DataSource, rates: tuple[float, float, int], smoothing: float, seed: int, progress: bool
) -> LearningRateCurve:
    """One step for each rate, until the loss has grown too large."""
    start, end, steps = rates
    set_rate(model, _Growing(start, end, steps, int(np.asarray(model.optimizer.iterations))))
    planned = np.geomspace(start, end, steps)
    losses: list[float] = []
    smoothed: list[float] = []
    average, stopped = 0.0, "the last rate was reached"
    batches = endless_batches(source, seed)
    for step, batch in enumerate(tracked(batches, steps, "trying learning rates", progress)):
        losses.append(loss_of(model.train_on_batch(*batch, return_dict=True)))
        average = smoothing * average + (1 - smoothing) * losses[-1]
        smoothed.append(average / (1 - smoothing ** (step + 1)))
        if not np.isfinite(smoothed[-1]):
            stopped = f"the loss became {losses[-1]} at the learning rate {planned[step]:.2g}"
        elif _has_diverged(smoothed, losses):
            stopped = f"the loss grew to {DIVERGED:g} times its best at the learning rate {planned[step]:.2g}"
        elif step + 1 < steps:
            continue
        break
    else:
        stopped = "the data ended"
    return LearningRateCurve(planned[: len(losses)], np.array(losses), np.array(smoothed), stopped, end)


def _has_diverged(smoothed: list[float], losses: list[float]) -> bool:
    """Whether the loss is 4 times its best. Where it is near 0, or below as a cosine similarity is, that may be chance."""
    best, last, first = min(smoothed), smoothed[-1], smoothed[0]
    # The largest jumps are those of the divergence itself, so the noise is that of the steps before.
    few = 0.5 * max(map(abs, losses[:-1]), default=np.inf) if len(losses) < 10 else 0.0
    noise = max(noise_of(losses[: len(losses) // 2 + 1]), few)
    limit = DIVERGED * best if best > 0 else first + DIVERGED * (first - best)
    return last > max(limit, best + 6 * noise)
