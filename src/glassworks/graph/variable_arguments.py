"""Checks of what `Variable` is created with: its name, shape and annotations."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from glassworks import scope
from glassworks.errors import ArgumentError, ArgumentTypeError, ShapeError, suggest
from glassworks.names import unique_name

P = ParamSpec("P")
V = TypeVar("V")
AGGREGATIONS = ("none", "mean", "sum", "only_first_replica")
SYNCHRONIZATIONS = ("none", "on_read", "on_write", "auto")


def place() -> str:
    """What errors give as their place: the layer or op that is running, if there is one."""
    return scope.where() or "Variable"


def accept_tensorflow(init: Callable[Concatenate[V, P], None]) -> Callable[Concatenate[V, P], None]:
    """Let `__init__` of `Variable` take `initial_value=` and a second positional `trainable`, as `tf.Variable` does."""

    @functools.wraps(init)
    def wrapped(self: V, *args: P.args, **kwargs: P.kwargs) -> None:
        if "initial_value" in kwargs:
            kwargs["initializer"] = kwargs.pop("initial_value")
        if len(args) == 2 and isinstance(args[1], bool):
            kwargs["trainable"] = args[1]
            init(self, args[0], **kwargs)  # type: ignore[call-arg, arg-type] # the rest by name
        else:
            init(self, *args, **kwargs)

    return wrapped


def variable_name(name: object, kind: str) -> str:
    """The name of a variable, which is numbered by its kind if it has none.

    Raises:
        ArgumentError: The name is not a string, or has a slash.

    >>> variable_name("kernel", "variable")
    'kernel'
    """
    if not name:
        return unique_name(kind)
    if not isinstance(name, str) or "/" in name:
        fix = "leave the path out: a variable's `path` has the names of its layer and of open name scopes"
        raise ArgumentError(f"name={name!r}", "a string without slashes", fix, where=place())
    return name


def one_of(argument: str, value: object, choices: tuple[str, ...]) -> str:
    """A choice by its name; None is the name `"none"`.

    Raises:
        ArgumentError: It is not among the choices.

    >>> one_of("aggregation", None, AGGREGATIONS)
    'none'
    """
    if value is None:
        return "none"
    if not isinstance(value, str) or value not in choices:
        raise ArgumentError(f"{argument}={value!r}", f"None or one of {', '.join(choices)}", suggest(str(value), choices), where=place())
    return value


def sizes(shape: object) -> tuple[int, ...]:
    """The shape of a variable as a tuple of ints.

    Raises:
        ShapeError: A size is missing, negative, or not an integer.

    >>> sizes([2, np.int64(3)])
    (2, 3)
    """
    fix = "give every size as an integer: shape=(784, 10), or shape=() for a single number"
    if not isinstance(shape, Iterable):
        raise ShapeError(f"shape={shape!r} for a variable", "a tuple of sizes", fix, where=place())
    shape = tuple(shape)
    for size in shape:
        if isinstance(size, (str, float)) or not (hasattr(size, "__index__") or isinstance(size, np.ndarray)) or int(size) < 0:
            raise ShapeError(f"the size {size!r} in the shape {shape} of a variable", "sizes that are known, from 0 on", fix, where=place())
    return tuple(int(size) for size in shape)


def function_or_none(attribute: str, value: object) -> Callable[..., Any] | None:
    """The value of `regularizer` or `constraint`.

    Raises:
        ArgumentError: It cannot be called.

    >>> function_or_none("constraint", abs)
    <built-in function abs>
    """
    if value is not None and not callable(value):
        fix = f"pass an object: {attribute}s.get({value!r})" if isinstance(value, str) else f"use a class of `{attribute}s`"
        raise ArgumentError(f"{attribute}={value!r}", "a function, an object that can be called, or None", fix, where=place())
    return value


def switch(attribute: str, value: object) -> bool:
    """The value of an attribute that is either True or False.

    Raises:
        ArgumentTypeError: It is neither.

    >>> switch("overwrite_with_gradient", True)
    True
    """
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{attribute}={value!r}", "True or False", f"set {attribute} to a bool", where=place())
    return value
