"""The loss as the user wrote it: of each sample, and beside the stable form that runs in its place."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, cast

from glassworks import ops, tree
from glassworks.graph import Value, topological_order
from glassworks.graph.passes import stable_cross_entropy
from glassworks.training.outputs import flat_targets
from glassworks.typing import Structure, Tensor

if TYPE_CHECKING:
    from glassworks.models.model import Model

STABLE_FORMS = {"log_softmax": "log_softmax(z) in place of log(softmax(z))", "log_sigmoid": "log_sigmoid(z) in place of log(sigmoid(z))"}


def written(model: Model, y: Structure, outputs: Structure, sample_weight: Structure) -> Value:
    """The compiled losses of a batch, exactly as they are defined: probabilities first, then their logarithm."""
    losses = model._trainer.losses
    assert losses is not None
    return losses(y, outputs, sample_weight, names=getattr(model, "output_names", None))


def stable_form(loss: Value) -> str:
    """What is computed in place of a cross-entropy of probabilities; "" where the loss is computed as it is written."""
    (replaced,) = stable_cross_entropy([loss])
    if replaced is loss:
        return ""
    before = set(topological_order([loss]))
    new = {frame.name for node in topological_order([replaced]) if node not in before for frame in node.origin if frame.kind == "ops"}
    return "; ".join(text for name, text in STABLE_FORMS.items() if name in new)


def per_sample(model: Model, y: Structure, outputs: Structure) -> dict[str, Value]:
    """The loss of each sample, without weights and before reduction: `{"loss_per_sample": ...}`, over all outputs of the model.

    It is empty where a loss has no value per sample.
    """
    losses = model._trainer.losses
    assert losses is not None
    predictions = tree.flatten(outputs)
    total: Tensor | None = None
    for loss, weight, target, prediction in zip(losses.losses, losses.weights, flat_targets(y, losses.names), predictions, strict=True):
        if loss is None:
            continue
        alone = copy.copy(loss)
        alone.reduction = "none"
        value = alone(target, prediction)
        rows = prediction.shape[0]
        if not value.shape or value.shape[0] != rows:
            return {}
        value = ops.mean(ops.reshape(value, (rows, -1)), axis=1)
        value = value if weight is None else value * weight
        total = value if total is None else total + value
    return {} if total is None else {"loss_per_sample": stable_cross_entropy([cast(Value, total)])[0]}
