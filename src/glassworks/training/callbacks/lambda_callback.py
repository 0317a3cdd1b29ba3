"""`LambdaCallback`: a callback that calls functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks.errors import ArgumentError, ArgumentTypeError, go_on, suggest
from glassworks.training.callbacks.callback import HOOKS, Callback


class LambdaCallback(Callback):
    """Calls functions at the hooks of training.

    Args:
        on_epoch_begin, on_epoch_end: Functions of `(epoch, logs)`.
        on_train_begin, on_train_end: Functions of `(logs)`.
        on_train_batch_begin, on_train_batch_end: Functions of `(batch, logs)`.
        kwargs: Functions for the other hooks of `Callback`, by name.

    Raises:
        ArgumentTypeError: Something that is not a function.

    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs)).on_epoch_end(0, {"loss": 0.5})
    0 {'loss': 0.5}
    """

    def __init__(
        self,
        on_epoch_begin: Callable | None = None,
        on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None,
        on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None,
        on_train_batch_end: Callable | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in functions.items():
            if name not in HOOKS:
                found = f"{name}=..., which becomes an attribute and is never called"
                go_on(ArgumentError(found, "a hook of a callback", suggest(name, HOOKS), where="LambdaCallback"))
            elif function is None:
                continue
            elif not callable(function):
                raise ArgumentTypeError(f"{name}={function!r}", "a function", f"{name}=lambda ...: ...", where="LambdaCallback")
            setattr(self, name, function)
