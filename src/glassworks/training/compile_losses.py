"""The losses of `compile`: one per output, weighted and added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import losses, scope, tree
from glassworks.errors import ArgumentError, ArgumentTypeError, ShapeError
from glassworks.guards import Observed
from glassworks.metrics import Mean
from glassworks.ops.indices import Ignored
from glassworks.registry import name_of_function
from glassworks.training.outputs import OutputNames, flat_targets, output_names, per_output
from glassworks.typing import Structure


class CompiledLosses(Observed):
    """The loss of a model, from the `loss` and `loss_weights` arguments of `compile`.

    Args:
        loss: A name, function or `Loss`; a list or dict of them for several outputs.
        weights: A factor per output, in the same form.

    Attributes:
        names: The names of the outputs.
        trackers: One `Mean` per loss, where there are several, in the order of the logs, which name them `<output>_loss`.
    """

    def __init__(self, loss: object, weights: object = None) -> None:
        for weight in tree.flatten(weights) if weights is not None else ():
            if not isinstance(weight, (int, float, np.number, type(None))):
                raise ArgumentTypeError(
                    f"loss_weights with {weight!r} of type {type(weight).__name__}",
                    "a number for each output",
                    "write loss_weights=[1.0, 0.5], or a dict of numbers by output name",
                    where="compile",
                )
        self.given, self.given_weights = loss, weights
        # An unknown name raises here, in `compile`, and not later in `fit`.
        self._resolved = tree.map_structure(_to_loss, loss)
        self.losses: list[Any] = []
        self.weights: list[float | None] = []
        self.names = OutputNames([], [])
        self.trackers: list[Mean] = []
        self._tracker_of: dict[int, Mean] = {}
        self.built = False

    def build(self, y_pred: Structure, names: list[str] | None) -> None:
        """Assign the losses to the outputs."""
        self.names = output_names(y_pred, names)
        self.losses = per_output(self._resolved, self.names, "loss", spread=True)
        self.weights = per_output(self.given_weights, self.names, "loss_weights", spread=False)
        if all(loss is None for loss in self.losses):
            raise ArgumentError("loss=None for every output", "a loss for at least one output", "compile with loss=...", where="compile")
        self.names.learned = [loss is not None for loss in self.losses]
        if sum(self.names.learned) > 1:
            self._tracker_of = {place: Mean(name=name) for place, name in enumerate(self.log_names) if name is not None}
            self.trackers = [self._tracker_of[place] for place in self._order() if place in self._tracker_of]
        self.built = True

    def _order(self) -> list[int]:
        """The outputs in the order of the logs: that of the dict of losses where outputs are a dict too, as in Keras, else their own."""
        outputs, given = self.names.structure, self.given
        places = list(range(len(self.names)))
        if not isinstance(outputs, dict) or not isinstance(given, dict) or any(map(tree.is_nested, outputs.values())):
            return places
        keys, order = tree.sorted_keys(outputs), list(given)
        return sorted(places, key=lambda place: order.index(keys[place]) if keys[place] in order else len(order))

    @property
    def log_names(self) -> list[str | None]:
        """The name of each output's loss in the logs; None for an output without loss."""
        names = self.names.of_losses(self.losses)
        return [None if loss is None else f"{name}_loss" for name, loss in zip(names, self.losses, strict=True)]

    def of_outputs(self, names: Sequence[str]) -> list[losses.Loss | None]:
        """The loss of each output, also before the first step.

        Args:
            names: The names of the outputs.
        """
        return list(self.losses) if self.built else per_output(self._resolved, names, "loss", spread=True)

    @property
    def ignored(self) -> list[Ignored]:
        """The label that each loss ignores, if any. A loss that does not look labels up itself may leave out any number that is not a class."""
        return [None if loss is None else _ignored_by(loss) for loss in self.losses]

    def __call__(self, y_true: Structure, y_pred: Structure, sample_weight: Structure = None, names: list[str] | None = None) -> Any:
        """The total loss, a scalar."""
        if not self.built:
            self.build(y_pred, names)
        targets = flat_targets(y_true, self.names)
        sample_weights = flat_targets(sample_weight, self.names, "sample_weight")
        predictions = tree.flatten(y_pred)
        total = None
        for place, (loss, weight, name, target, prediction, sw) in enumerate(
            zip(self.losses, self.weights, self.names, targets, predictions, sample_weights, strict=True)
        ):
            if loss is None:
                continue
            if target is None:
                raise ArgumentError(f"no target for output {name!r}", "an array", _how_to_pass(y_true, name))
            value = loss(target, prediction, sample_weight=sw)
            if value.shape:
                raise ShapeError(
                    f"a loss of shape {tuple(value.shape)} for output {name!r}",
                    "one number",
                    "let the loss function be a Loss with a reduction, such as 'sum_over_batch_size'",
                )
            if place in self._tracker_of:
                self._tracker_of[place].update_state(value, sample_weight=prediction.shape[0])
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total


def _ignored_by(loss: losses.Loss) -> Ignored:
    if not getattr(getattr(loss, "fn", None), "takes_labels", False):
        return "every other"
    return getattr(loss, "options", {}).get("ignore_class")


def _how_to_pass(y: object, name: str) -> str:
    """The fix for a missing target of an output."""
    if scope.about() == "validation_data":
        return "let it have targets too: (x_validation, y_validation), or batches of (x, y)"
    return "pass the targets as y, or let batches be (x, y)" if y is None else f"pass y with an entry for {name!r}"


def _to_loss(identifier: object) -> Any:
    """A `Loss` object; functions (also those that names such as "mse" stand for) get the usual reduction."""
    loss_object = losses.get(identifier)
    if loss_object is None or isinstance(loss_object, losses.Loss):
        return loss_object
    name = identifier if isinstance(identifier, str) else name_of_function(loss_object)
    return losses.LossFunctionWrapper(loss_object, name=name)
