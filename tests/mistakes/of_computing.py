"""Mistakes in gradients, dtypes and settings."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import ops
from tests.mistakes.register import X, mistake

# ---- gradients, dtypes, settings


@mistake("a second gradient() call", "GradientTape(persistent=True)")
def two_gradients_from_one_tape() -> None:
    x = ops.array([1.0])
    with keras.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    tape.gradient(y, x)


@mistake("numpy.exp2", "an op of glassworks.ops")
def a_numpy_function_under_a_tape() -> None:
    x = ops.array([1.0])
    with keras.GradientTape() as tape:
        tape.watch(x)
        np.exp2(x)


@mistake("'flaot32'", "did you mean 'float32'?")
def a_misspelt_dtype() -> None:
    ops.cast(X, "flaot32")


@mistake("value='float31'", "one of")
def a_wrong_floatx() -> None:
    keras.config.set_floatx("float31")


@mistake("shape (2,) for the variable 'v'", "shape (3,)")
def assigning_the_wrong_shape() -> None:
    keras.Variable(np.zeros(3, "float32"), name="v").assign([1.0, 2.0])


@mistake("class 'Mystery' in a config", "register_keras_serializable")
def an_unknown_class_in_a_config() -> None:
    keras.utils.deserialize_keras_object({"module": "x", "class_name": "Mystery", "config": {}, "registered_name": None})
