"""Every function that takes a shape, with shapes in every form: an int, NumPy's integers, arrays, lists, and values that are not shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ROWS = np.ones((2, 3), "float32")
# By name, the shapes that are tried.
SHAPES: dict[str, Any] = {
    "int": 2,
    "integer of NumPy": np.int64(2),
    "array without axes": np.array(2),
    "array": np.array([2, 3]),
    "list": [2, 3],
    "tuple of an integer of NumPy": (np.int64(2), 3),
    "range": range(2, 4),
    "one axis": (2,),
    "no axis": (),
    "empty": (0, 2),
    "float": 2.0,
    "a float size": (2.5, 3),
    "text": "23",
    "negative": (-2, 3),
    "nothing": None,
}


def _initializers(keras: Any) -> dict[str, Callable[[Any], Any]]:
    names = "Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal GlorotUniform HeNormal Orthogonal Identity"
    return {name: getattr(keras.initializers, name)() for name in names.split()}


def _functions(keras: Any) -> dict[str, Callable[[Any], Any]]:
    """By name, what makes an array, a tensor or a variable of a shape."""
    ops, random = keras.ops, keras.random
    return {
        **_initializers(keras),
        "normal": random.normal,
        "uniform": random.uniform,
        "truncated_normal": random.truncated_normal,
        "randint": lambda shape: random.randint(shape, 0, 5),
        "binomial": lambda shape: random.binomial(shape, 10, 0.5),
        "gamma": lambda shape: random.gamma(shape, 2.0),
        "beta": lambda shape: random.beta(shape, 2.0, 2.0),
        "zeros": ops.zeros,
        "ones": ops.ones,
        "empty": ops.empty,
        "full": lambda shape: ops.full(shape, 3),
        "reshape": lambda shape: ops.reshape(ROWS, shape),
        "reshape a vector": lambda shape: ops.reshape(ROWS[0, :2], shape),
        "broadcast_to": lambda shape: ops.broadcast_to(np.ones((), "float32"), shape),
        "tile": lambda shape: ops.tile(ROWS, shape),
        "Input": keras.Input,
        "Input of a batch": lambda shape: keras.Input(batch_shape=shape),
        "KerasTensor": keras.KerasTensor,
        "InputSpec": lambda shape: keras.layers.InputSpec(shape=shape or ()),
        "Variable": lambda shape: keras.Variable(initializer="zeros", shape=shape),
        "add_weight": lambda shape: keras.layers.Layer().add_weight(shape, initializer="ones"),
        "Reshape": lambda shape: keras.layers.Reshape(shape)(np.ones((2, 2, 3), "float32")),
        "InputLayer": lambda shape: keras.layers.InputLayer(shape).output,
    }


def _program(function: str, shape: Any) -> Callable[[Any], Any]:
    return lambda keras: list(_functions(keras)[function](shape).shape)


def _built(shape: Any) -> Callable[[Any], Any]:
    def run(keras: Any) -> Any:
        model = keras.Sequential([keras.layers.Dense(3)])
        model.build(shape)
        return [list(weight.shape) for weight in model.weights]

    return run


def _names() -> list[str]:
    """The names of all functions; the library is not asked for them before a program runs."""

    class Anything:
        def __getattr__(self, name: str) -> Any:
            return self

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self

    return list(_functions(Anything()))


# A set in Keras's way of building with what is not a shape: nothing is built, and nothing is said.
_BUILT = ("int", "integer of NumPy", "float", "text", "nothing", "list", "negative")
PROGRAMS = {
    **{f"{function}, {name}": _program(function, shape) for function in _names() for name, shape in SHAPES.items()},
    **{f"build, {name}": _built(SHAPES[name]) for name in _BUILT},
}
