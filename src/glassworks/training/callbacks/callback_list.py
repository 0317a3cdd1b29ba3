"""`CallbackList`: several callbacks with the interface of a single one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from glassworks import tree
from glassworks.errors import ArgumentTypeError
from glassworks.training.callbacks.callback import HOOKS, Callback, Logs
from glassworks.training.callbacks.history import History
from glassworks.training.callbacks.progbar_logger import ProgbarLogger

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.training.options import Callbacks


class CallbackList(Callback):
    """Calls each callback at each hook, in order.

    Args:
        callbacks: A callback, or a list of them.
        add_history: Append a `History` unless there is one.
        add_progbar: Append a `ProgbarLogger` unless there is one.
        model: The model of the callbacks.
        params: The parameters for `set_params`: `epochs`, `steps`, `verbose`.

    Raises:
        ArgumentTypeError: An entry is not a callback object.

    Attributes:
        has_train_batch_hooks, has_test_batch_hooks, has_predict_batch_hooks: Whether any of them wants to be called at each batch.

    >>> callbacks = CallbackList([Callback()], add_history=True)
    >>> len(callbacks.callbacks), callbacks.has_train_batch_hooks
    (2, False)
    """

    def __init__(
        self, callbacks: Callbacks = None, add_history: bool = False, add_progbar: bool = False, model: Model | None = None, **params: Any
    ) -> None:
        super().__init__()
        self.callbacks: list[Any] = [_checked(callback) for callback in tree.flatten(callbacks)] if callbacks else []
        for wanted, kind in ((add_history, History), (add_progbar, ProgbarLogger)):
            if wanted and not any(isinstance(callback, kind) for callback in self.callbacks):
                self.callbacks.append(kind())
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    def append(self, callback: object) -> None:
        """Add a callback at the end."""
        self.callbacks.append(_checked(callback))

    def set_params(self, params: dict[str, Any]) -> None:
        """Set the parameters of the loop in all callbacks."""
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Set the model in all callbacks, and the history in the model."""
        self._model = model
        for callback in self.callbacks:
            if isinstance(callback, History):
                model.history = callback
            callback.set_model(model)

    @property
    def has_train_batch_hooks(self) -> bool:
        """Whether any callback wants to be called at each training step."""
        return self._any_overrides("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")

    @property
    def has_test_batch_hooks(self) -> bool:
        """Whether any callback wants to be called at each batch of evaluation."""
        return self._any_overrides("on_test_batch_begin", "on_test_batch_end")

    @property
    def has_predict_batch_hooks(self) -> bool:
        """Whether any callback wants to be called at each batch of prediction."""
        return self._any_overrides("on_predict_batch_begin", "on_predict_batch_end")

    def _any_overrides(self, *names: str) -> bool:
        return any(
            overrides(callback, name)
            for callback in self.callbacks
            if not getattr(callback, "batch_hooks_optional", False)
            for name in names
        )

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Call the hook of all callbacks before an epoch."""
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Call the hook of all callbacks after an epoch; they get the same dict, so that each can add to it."""
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_progress(self, step: int, logs: Callable[[], Logs]) -> None:
        """Call the hook of all callbacks; the logs are computed at most once, and only if a callback needs them."""
        computed: list[Logs] = []

        def once() -> Logs:
            if not computed:
                computed.append(logs())
            return computed[0]

        for callback in self.callbacks:
            callback.on_progress(step, once)

    def on_interrupt(self) -> None:
        """Call the hook of all callbacks after Ctrl-C."""
        for callback in self.callbacks:
            callback.on_interrupt()


def _forwarded(hook: str) -> Callable[..., None]:
    """The method of a `CallbackList` that calls a hook of each callback."""

    # As in Keras, logs are never None, whatever the hook.
    def forward(self: CallbackList, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(logs)

    def forward_batch(self: CallbackList, batch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(batch, logs=logs)

    method = getattr(Callback, hook)
    return functools.wraps(method)(forward_batch if "_batch_" in hook else forward)


for _hook in HOOKS:
    if _hook not in vars(CallbackList):
        setattr(CallbackList, _hook, _forwarded(_hook))


def overrides(callback: object, name: str) -> bool:
    """Whether a callback has its own version of a method: by its class, or put on the object as `LambdaCallback` does."""
    return name in vars(callback) or getattr(type(callback), name) is not getattr(Callback, name)


def _checked(callback: object) -> Any:
    if isinstance(callback, type) or not isinstance(callback, Callback):
        found = f"the class {callback.__name__}" if isinstance(callback, type) else f"{callback!r} of type {type(callback).__name__}"
        fix = (
            f"write {callback.__name__}() with its arguments"
            if isinstance(callback, type)
            else "subclass glassworks.callbacks.Callback, or use LambdaCallback"
        )
        raise ArgumentTypeError(found, "a list of callback objects", fix, where="callbacks")
    return callback
