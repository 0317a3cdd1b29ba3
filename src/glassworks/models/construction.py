"""The construction of a `Model`: the arguments decide which of its three forms is built."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from glassworks.errors import ArgumentError, ArgumentTypeError, StateError


def refuse_half(args: tuple, kwargs: dict[str, Any]) -> None:
    """Raise an error for `Model(inputs)` without outputs, or the other way round."""
    wrong = next((name for name in ("input", "output") if name in kwargs), None)
    if wrong is not None:
        raise ArgumentTypeError(f"argument {wrong!r}", "inputs and outputs", f"write {wrong}s=...", where="Model")
    if args or "inputs" in kwargs or "outputs" in kwargs:
        given, missing = ("outputs", "inputs") if "outputs" in kwargs else ("inputs", "outputs")
        fix = "Model(inputs, outputs), with what the last layer returned as outputs" if missing == "outputs" else "Model(inputs, outputs)"
        raise ArgumentError(f"{given} without {missing}", "inputs and outputs", fix, where="Model")


def is_functional(args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether these are the arguments of `Model(inputs, outputs)`."""
    return (
        (len(args) >= 2 and not isinstance(args[1], str))
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


def checked_init(init: Callable) -> Callable:
    """The `__init__` of a user's subclass, with a check that it called `super().__init__()`."""

    @functools.wraps(init)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        if "name" not in vars(self):
            raise StateError(
                f"a {type(self).__name__} whose __init__ did not call super().__init__()",
                "super().__init__() as the first line of __init__",
                f"add it to {type(self).__name__}.__init__{inspect.signature(init)}",
                where=type(self).__name__,
            )

    return wrapped
