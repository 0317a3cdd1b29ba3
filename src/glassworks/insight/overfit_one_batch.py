"""`overfit_one_batch`: a network that cannot learn one small batch by heart has a fault; more data or more layers will not help it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from glassworks.arguments import Integer, check
from glassworks.display import Table
from glassworks.display.document import Document
from glassworks.display.tracking import tracked
from glassworks.insight.batches import length_of, random_batch, source_of
from glassworks.insight.copies import copy_of, unchanged_randomness, without_noise
from glassworks.insight.lowest_loss import can_be_above_zero, lowest_loss
from glassworks.insight.overfitting_causes import causes_of, certain_causes, general_causes, still_falling
from glassworks.insight.training_copies import loss_of, rate_of, set_rate
from glassworks.training.data.base import Batch

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Data, Structure

REACHED = 0.01
"""The fraction of the first loss (above the lowest possible one) below which the batch counts as learned."""
LEARNS = 0.25
"""The fraction below which a loss that still falls is that of a network that learns: it needs more steps, not another learning rate."""
_ARGUMENTS = {"steps": Integer(minimum=2), "batch_size": Integer(minimum=1), "seed": Integer(minimum=0)}


@dataclass(repr=False)
class OverfitResult:
    """What `overfit_one_batch` found; print it.

    Attributes:
        losses: The loss before each step, and so after none, one, two ... updates.
        reached: Whether it fell below 1 % of the first one.
        lowest: The lowest value that the loss can have on this batch; 0 unless the targets are soft.
        samples: How many samples the batch has.
        learning_rate: The rate of the first step.
        verdict: What this means, in words.
        causes: What is likely wrong, the most likely first; empty if the batch was learned.
        quiet: The names of the random layers that were switched off.
    """

    losses: list[float]
    reached: bool
    lowest: float
    samples: int
    learning_rate: float | None
    verdict: str = ""
    causes: list[str] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rate = "" if self.learning_rate is None else f", learning rate {self.learning_rate:.3g}"
        lines = [f"Overfit one batch of {self.samples} samples{rate}"]
        if self.quiet:
            lines.append(f"  switched off for this test: {', '.join(self.quiet)}")
        lines += ["   step        loss", *(f"  {step:5d}  {self.losses[step]:10.4g}" for step in _shown(len(self.losses)))]
        if abs(self.lowest) > 1e-6:
            lines.append(f"  the lowest loss that these targets allow: {self.lowest:.4g}")
        lines += [self.verdict, *(f"  {number}. {cause}" for number, cause in enumerate(self.causes, 1))]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        document = Document()
        document.heading(f"Overfit one batch of {self.samples} samples", 3)
        rows = [[str(step), self.losses[step]] for step in _shown(len(self.losses))]
        document.table(Table(["Step", "Loss"], rows, "rr"))
        document.text("\n".join([self.verdict, *(f"{number}. {cause}" for number, cause in enumerate(self.causes, 1))]))
        return document.html()


def overfit_one_batch(
    model: Model,
    x: Data,
    y: Structure = None,
    *,
    sample_weight: Structure = None,
    steps: int = 1000,
    batch_size: int = 32,
    seed: int = 0,
    progress: bool = True,
) -> OverfitResult:
    """Train a copy of a model on one small batch until it knows it by heart, and say what it means if it does not.

    Dropout, noise, augmentation and penalties on weights are switched off in the copy, since they keep the loss up. The model itself, its
    optimizer and all random generators stay as they are. A batch that is learned shows that data, layers, loss and optimizer are
    connected; it does not show that the labels are right, since wrong ones can be learned by heart, too.

    Args:
        model: A compiled model. It may be trained already.
        x, y, sample_weight: Data of any kind that `fit` takes. Of arrays, random rows are taken; of other sources, the first batch.
        steps: The most updates; it ends as soon as the loss is below 1 % of the first one.
        batch_size: The number of samples.
        seed: The seed of the choice of rows.
        progress: Whether to show a bar, on a terminal, if it takes longer than a second.

    Returns:
        The loss curve, and the verdict; print it.

    Raises:
        StateError: The model is not compiled, or cannot be copied.
        DataError: Data that cannot be trained on.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> x = np.random.default_rng(0).normal(size=(100, 4))
    >>> insight.overfit_one_batch(model, x, x.sum(axis=1), batch_size=8, steps=2000).reached
    True

    From Karpathy, "A Recipe for Training Neural Networks" (2019): overfit a single batch.
    """
    check("insight.overfit_one_batch", _ARGUMENTS, steps=steps, batch_size=batch_size, seed=seed)
    model._trainer.require_compiled("overfit_one_batch")
    with unchanged_randomness():
        twin = copy_of(model, "overfit_one_batch")
        batch = random_batch(source_of(twin, x, y, sample_weight, None), batch_size, seed)
        quiet = without_noise(twin)
        start = copy_of(twin, "overfit_one_batch")
        losses = _train(twin, batch, steps, progress)
        result = OverfitResult(losses, False, lowest_loss(twin, *batch[1:]), length_of(batch), rate_of(start), quiet=quiet)
        result.reached = _reached(losses, result.lowest)
        if not result.reached:
            result.causes = causes_of(start, twin, batch, losses)
            _try_other_rates(start, twin, batch, result, steps, progress)
            if not (result.verdict or result.causes or still_falling(losses) or can_be_above_zero(twin)):
                result.causes = general_causes(start, twin, batch)
    result.verdict = result.verdict or _verdict(result, twin, steps)
    return result


def _train(model: Model, batch: Batch, steps: int, progress: bool) -> list[float]:
    """The loss before each update, up to the step at which the batch is learned or the loss is not finite."""
    losses: list[float] = []
    lowest = 0.0
    for step in tracked(range(steps + 1), steps + 1, "overfitting one batch", progress):
        losses.append(loss_of(model.train_on_batch(*batch, return_dict=True)))
        if step == 0:
            lowest = lowest_loss(model, *batch[1:])
        if not np.isfinite(losses[-1]) or _reached(losses, lowest):
            break
    return losses


def _reached(losses: list[float], lowest: float) -> bool:
    """Whether the loss has come down to 1 % of its first distance from the lowest one."""
    first, last = losses[0] - lowest, losses[-1] - lowest
    return bool(np.isfinite(last) and (last < REACHED * first or last < 1e-6))


def _try_other_rates(start: Model, twin: Model, batch: Batch, result: OverfitResult, steps: int, progress: bool) -> None:
    """Try other learning rates, first in the direction that the curve suggests, and tell of the first that learns the batch."""
    losses, rate = np.asarray(result.losses), result.learning_rate
    if not rate or not np.isfinite(losses[0]) or certain_causes(twin, batch):
        return
    rises = not np.isfinite(losses[-1]) or (losses[-10:].mean() > 0.5 * losses[0] and np.nanmax(losses) > 1.2 * losses[0])
    share = _share(result.losses, result.lowest)
    if not rises and share < LEARNS and still_falling(result.losses):
        return
    factors = (0.1, 0.01, 10.0) if rises else (100.0, 1000.0) if share > 0.95 else (10.0, 100.0, 0.1)
    for factor in factors:
        other = copy_of(start, "overfit_one_batch")
        set_rate(other, rate * factor)
        tried = _train(other, batch, steps, progress)
        is_learned = _reached(tried, result.lowest)
        # Without having learned the batch, a better curve says something only where nothing else was found.
        if not is_learned and (result.causes or not _share(tried, result.lowest) < 0.75 * share):
            continue
        word = "high" if factor < 1 else "low"
        what = f"is learned in {len(tried) - 1} steps" if is_learned else f"comes down to a loss of {min(tried):.4g}"
        cause = (
            f"the learning rate is too {word}: with {rate * factor:.3g} in place of {rate:.3g} the same batch {what}. "
            "insight.lr_find(model, x, y) looks for a good one"
        )
        if not result.causes and np.isfinite(losses[-1]):
            start_of = "PASSED WITH ANOTHER LEARNING RATE: data, layers and loss are connected, but" if is_learned else "NOT YET:"
            result.verdict = f"{start_of} {cause}."
            return
        result.causes = [cause, *result.causes] if rises else [*result.causes, cause]
        return


def _share(losses: list[float], lowest: float) -> float:
    """The part of the first loss that is left at best; 1 where nothing was learned."""
    first, best = losses[0] - lowest, np.nanmin(losses) - lowest
    return float(best / first) if np.isfinite(first) and first > 0 else 1.0


def _verdict(result: OverfitResult, twin: Model, steps: int) -> str:
    first, last = result.losses[0], result.losses[-1]
    if result.reached and last - result.lowest < 1e-6 and first - result.lowest < 1e-4:
        return "PASSED, but it says little: the loss was as good as 0 before the first step. Try it with a model that is not trained yet."
    if result.reached:
        return (
            f"PASSED: after {len(result.losses) - 1} steps the loss is below 1 % of the first one. Data, layers, loss and optimizer are connected.\n"
            "  (Wrong labels can be learned by heart, too: look at some inputs beside their labels.)"
        )
    if not np.isfinite(last):
        return f"FAILED: the loss became {last} after {len(result.losses) - 1} steps. Likely causes:"
    share = _share(result.losses, result.lowest)
    if still_falling(result.losses) and not result.causes:
        return (
            f"NOT YET: after {steps} steps the loss is {last:.4g}, {share:.0%} of the first one, and it still falls. "
            f"Pass steps={steps * 5}, or a higher learning rate."
        )
    if can_be_above_zero(twin) and not result.causes:
        return (
            f"NOT CLEAR: the loss stays at {last:.4g}, but it has parts of your own (a loss, a training step, add_loss), whose lowest value is not "
            "known. If it can reach 0, there is a fault in data, labels or layers."
        )
    return (
        f"FAILED: the lowest loss in {steps} steps is {min(result.losses):.4g}, {share:.0%} of the first one. A network that cannot learn "
        f"{result.samples} samples by heart\n  has a fault in its data, loss, layers or learning rate; more layers or more data will not help. Likely causes:"
    )


def _shown(count: int) -> list[int]:
    """The steps to print: 0, 1, 2, 5, 10, 20, 50 ... and the last one."""
    steps = [0, *(digit * 10**power for power in range(6) for digit in (1, 2, 5))]
    return [step for step in steps if step < count - 1] + [count - 1]
