"""`Callback`: the hooks in training, evaluation and prediction at which user code can run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from glassworks.configured import Declared
from glassworks.copying import Copyable

if TYPE_CHECKING:
    from glassworks.models.model import Model

Logs = dict[str, Any]


class Callback(Declared, Copyable):
    """Base class of callbacks: override the methods of the hooks you need.

    Logs are dicts of plain numbers by metric name; those of validation start with `val_`.

    A callback that overrides a batch method makes the loop return to Python at each step, with logs computed
    each time. If a call from time to time is enough, override `on_progress`, which does not slow training down. A callback that is also a
    `Watch` is called between steps, when it asks for that, with their batches.

    Attributes:
        model: The model being trained.
        params: The parameters of the loop: `epochs`, `steps`, `verbose`; and `resumed`, True, if `fit` goes on from a checkpoint.
        batch_hooks_optional: True if `on_progress` can replace the batch methods,
            so that the loop need not call them.

    >>> class Greeting(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch}: loss {logs['loss']}")
    >>> Greeting().on_epoch_end(0, {"loss": 0.5})
    epoch 0: loss 0.5
    """

    batch_hooks_optional = False

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Model | None = None

    def __getstate__(self) -> dict[str, Any]:
        # `set_model` is called again when it is used again; a history is useful without the model.
        return super().__getstate__() | {"_model": None}

    @property
    def model(self) -> Model:
        """The model being trained, evaluated or asked; None before `set_model`."""
        return cast("Model", getattr(self, "_model", None))

    def set_params(self, params: dict[str, Any]) -> None:
        """Called once before the first hook, with the parameters of the loop."""
        self.params = params

    def set_model(self, model: Model) -> None:
        """Called once before the first hook, with the model."""
        self._model = model

    def get_state(self) -> dict[str, Any]:
        """What this callback needs to go on in another process, as a dict of numbers, text, arrays, and lists and dicts of them.

        `fit(resume=...)` and `BackupAndRestore` save it and give it to `set_state`, after the hooks of the start. A callback that does not
        override these two methods goes on with those of its attributes that have changed since `fit` began, if they are such values.
        """
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on as the callback whose `get_state` returned this state: by default its entries become attributes."""
        # Only what `get_state` would return: no file may set another attribute, such as a path to write to.
        vars(self).update((name, value) for name, value in state.items() if name in self.get_state())

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called before the first epoch of `fit`."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called after the last epoch of `fit`, also when training was stopped early or with Ctrl-C."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before an epoch; epochs count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after an epoch and its validation; entries added to `logs` reach the callbacks after this one, and the history."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called like `on_train_batch_begin`, under its old name."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called like `on_train_batch_end`, under its old name."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before a training step; batches count from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after a training step; `logs` has the metrics of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before `evaluate`, and before the validation of an epoch."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after `evaluate`, and after the validation of an epoch."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before a batch of evaluation or validation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after a batch of evaluation or validation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called before `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called after `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before a batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after a batch of prediction."""

    # Beyond Keras.

    def on_progress(self, step: int, logs: Callable[[], Logs]) -> None:
        """Called about ten times a second in training, evaluation and prediction, after `step` steps of the epoch; `logs()` computes the logs so far."""

    def on_interrupt(self) -> None:
        """Called when Ctrl-C was pressed, before `on_train_end`."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
