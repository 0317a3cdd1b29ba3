"""The steps that a model does by default: `Model.train_step` and the other hooks call these functions.

They are written once and run under trace or eagerly. `train_step` shows all of learning: forward, loss, gradients,
update, metrics. A user who writes a hook of their own, such as `Model.compute_loss`, replaces one of them; therefore each calls
the others through the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassworks import tree
from glassworks.errors import StateError, returned_none
from glassworks.graph import GradientTape, Value
from glassworks.graph.passes import stable_cross_entropy
from glassworks.layers.calls import parameters_of
from glassworks.metrics import Metric
from glassworks.names import is_of_the_library
from glassworks.ops.indices import Ignored
from glassworks.scope import Frame, scope
from glassworks.training.data.base import Batch
from glassworks.training.outputs import flat_targets
from glassworks.typing import Structure, Tensor

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.training.compile_metrics import CompiledMetrics
    from glassworks.training.trainer import Trainer


def train_step(model: Model, data: Batch) -> dict[str, Any]:
    """Run the forward pass, compute loss and gradients, update the weights, count the metrics."""
    x, y, sample_weight = unpack(data)
    optimizer = model.optimizer
    with GradientTape() as tape:
        y_pred = forward(model, x, training=True)
        loss = loss_of(model, x, y, y_pred, sample_weight, training=True)
        scaled = loss if optimizer is None else optimizer.scale_loss(loss)
    count_loss(model, loss, x)
    variables = model.trainable_variables
    if variables:
        if optimizer is None:
            raise StateError("optimizer=None", "an optimizer, to train with", "model.compile(optimizer='adam', ...)")
        optimizer.apply(tape.gradient(scaled, variables), variables)
    return model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)


def test_step(model: Model, data: Batch) -> dict[str, Any]:
    """Run the forward pass without dropout, compute the loss, count the metrics."""
    x, y, sample_weight = unpack(data)
    y_pred = forward(model, x, training=False)
    loss = loss_of(model, x, y, y_pred, sample_weight, training=False)
    count_loss(model, loss, x)
    return model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)


def predict_step(model: Model, data: Batch) -> Any:
    """Run the forward pass without dropout."""
    x, _, _ = unpack(data)
    return forward(model, x, training=False)


def loss_of(model: Model, x: Structure, y: Structure, y_pred: Structure, sample_weight: Structure, training: bool) -> Tensor:
    """What the model's `compute_loss` returns. A user may have written it without `training`, and with other names, as in Keras."""
    if "training" in parameters_of(type(model).compute_loss):
        return model.compute_loss(x, y, y_pred, sample_weight, training=training)
    return model.compute_loss(x, y, y_pred, sample_weight)


def forward(model: Model, x: Structure, training: bool) -> Any:
    """The outputs of the model for the inputs of a batch."""
    outputs = model(x, training=training)
    if outputs is None:
        raise returned_none(f"{type(model).__name__}.call")
    return outputs


def count_loss(model: Model, loss: Tensor, x: Structure) -> None:
    """Add a batch's loss to the running mean, weighted by its number of samples."""
    tracker = _trainer_of(model).loss_tracker
    if tracker is not None:
        with scope(Frame("metric", "loss")):
            tracker.update_state(loss, sample_weight=batch_length(x))


def compute_loss(model: Model, y: Structure, y_pred: Structure, sample_weight: Structure) -> Tensor:
    """The total of the compiled losses, the penalties, and what layers added.

    Raises:
        StateError: There is none of these.
    """
    losses, total = _trainer_of(model).losses, None
    if losses is not None:
        total = losses(y, y_pred, sample_weight, names=getattr(model, "output_names", None))
    for penalty in model.losses:
        total = penalty if total is None else total + penalty
    if total is None:
        raise StateError(
            "no loss to minimise",
            "a loss in compile(), or a layer that calls add_loss()",
            "compile with loss=..., for example loss='mse'",
            where=f"model '{model.name}'.compute_loss",
        )
    if isinstance(total, Value):
        (total,) = stable_cross_entropy([total])
    return total


def compute_metrics(model: Model, y: Structure, y_pred: Structure, sample_weight: Structure) -> dict[str, Any]:
    """Count a batch in the compiled metrics, and return the current values of all metrics."""
    compiled = _trainer_of(model)
    if compiled.metrics is not None and compiled.metrics.is_given and y is not None:
        if compiled.losses is not None and compiled.losses.built:
            y = flat_targets(y, compiled.losses.names)  # of outputs without loss there may be no targets
        # The user's own loss decides which labels count.
        has_own_loss = is_users_own(model, "compute_loss") or is_users_own(model, "train_step")
        ignored: list[Ignored] | Ignored = "every other" if has_own_loss or compiled.losses is None else compiled.losses.ignored
        compiled.metrics.update_state(y, y_pred, sample_weight, names=getattr(model, "output_names", None), ignored=ignored)
    return model.get_metrics_result()


def metrics_result(model: Model) -> dict[str, Any]:
    """The current value of every metric by name, the loss among them."""
    values: dict[str, Any] = {}
    for metric in model.metrics:
        result = metric.result()
        values.update(result) if isinstance(result, dict) else values.update({metric.name: result})
    return values


def compiled_metrics(model: Model) -> list[Metric | CompiledMetrics]:
    """The loss tracker, the compiled metrics as one object, and the trackers of several losses, in Keras's order."""
    compiled = _trainer_of(model)
    # A user's train_step that keeps its own metrics shall not get our loss among them.
    tracks_loss = compiled.losses is not None or not is_users_own(model, "train_step")
    found: list[Metric | CompiledMetrics] = [compiled.loss_tracker] if compiled.loss_tracker is not None and tracks_loss else []
    if compiled.metrics is not None and compiled.metrics.is_given:
        found.append(compiled.metrics)
    if compiled.losses is not None:
        found += compiled.losses.trackers
    return found


def is_users_own(model: Model, hook: str) -> bool:
    """Whether the user wrote this method of the model."""
    return not is_of_the_library(getattr(type(model), hook))


def unpack(data: object) -> tuple[Any, Any, Any]:
    """Return `(x, y, sample_weight)` of a batch given as x, (x,), (x, y) or (x, y, sample_weight)."""
    if not isinstance(data, tuple):
        return data, None, None
    return (*data, None, None)[:3] if len(data) < 3 else data  # type: ignore[return-value]


def packed(data: object) -> Any:
    """A batch as Keras gives it to a step that a user wrote: x alone, `(x, y)` or `(x, y, sample_weight)`.

    >>> packed((1, 2, None)), packed((1, None, None)), packed(((1, 1), None, None))
    ((1, 2), 1, ((1, 1),))
    """
    x, y, sample_weight = unpack(data)
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (tuple, list)) else x


def batch_length(x: Structure) -> int:
    """The number of samples in a batch."""
    return next(leaf.shape[0] for leaf in tree.flatten(x) if leaf is not None)


def _trainer_of(model: Model) -> Trainer:
    return model._trainer
