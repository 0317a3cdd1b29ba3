"""TensorFlow's functions as ours with other names of arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks.errors import ArgumentTypeError, suggest


def adapted(op: Callable[..., Any], *parameters: str) -> Callable[..., Any]:
    """An op of ours that takes TensorFlow's names of arguments; `name`, which only labels the operation, is accepted and ignored.

    Args:
        op: The op.
        *parameters: TensorFlow's names of the first arguments, in the order of the op's own.

    >>> from glassworks import ops
    >>> reduce_max = adapted(ops.max, "input_tensor", "axis", "keepdims")
    >>> float(reduce_max(input_tensor=[1.0, 2.0], name="largest"))
    2.0
    """

    def function(*args: object, name: str | None = None, **kwargs: object) -> object:
        values = dict(zip(parameters, args, strict=False))
        for key, value in kwargs.items():
            if key not in parameters or key in values:
                problem = "a second value of" if key in values else "the unknown argument"
                fix = suggest(key, parameters)
                raise ArgumentTypeError(f"{problem} {key!r}", f"the arguments {', '.join(parameters)}", fix, where=function.__name__)
            values[key] = value
        given = [key for key in parameters if key in values]
        if given == list(parameters[: len(given)]):
            return op(*(values[key] for key in given), *args[len(parameters) :])
        return op(**{own: values[key] for key, own in zip(parameters, _own_names(op), strict=False) if key in values})

    function.__name__ = function.__qualname__ = op.__name__
    function.__doc__ = f"`{op.__module__.rpartition('.')[2]}.{op.__name__}`, with TensorFlow's arguments: {', '.join(parameters)}."
    return function


def _own_names(op: Callable[..., Any]) -> list[str]:
    code = op.__wrapped__.__code__ if hasattr(op, "__wrapped__") else op.__code__  # type: ignore[attr-defined] # ops are functions
    return list(code.co_varnames[: code.co_argcount])
