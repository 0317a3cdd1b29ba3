"""`keras.backend` has every name of Keras 3 and every function that Keras still ships for older programs, with its arguments."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import keras as real
import pytest
from keras._tf_keras.keras import backend as legacy

import glassworks
from glassworks import backend
from glassworks.errors import ArgumentError

NAMES = sorted(name for name in {*dir(real.backend), *dir(legacy)} if not name.startswith("_"))
# Functions that are those of `ops`, whose operands have other names; programs pass these by position.
OPERANDS = {
    **dict.fromkeys(("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "maximum", "minimum"), ("x1", "x2")),
    "result_type": ("dtypes_",),
}
# Symbolic gradients and sparse labels do not exist; the error says what to write instead.
REFUSED = {"gradients", "ctc_label_dense_to_sparse"}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_keras_is_here_with_its_arguments(name: str) -> None:
    if name in REFUSED:
        with pytest.raises(AttributeError, match=r"write|takes|with"):
            getattr(backend, name)
        return
    ours = getattr(backend, name)
    theirs = getattr(legacy, name, None) or getattr(real.backend, name)
    expected = tuple(inspect.signature(theirs).parameters)
    given = tuple(inspect.signature(ours).parameters)
    assert given[: len(expected)] in (expected, OPERANDS.get(name))


def test_it_is_found_under_each_name() -> None:
    assert importlib.import_module("glassworks.keras.backend") is glassworks.backend is glassworks.keras.backend is backend
    from glassworks.keras import backend as K

    assert K is backend and "square" in dir(K)


REMOVED = {
    "learning_phase": "training=True or False",
    "set_learning_phase": "training=True or False",
    "gradients": "GradientTape",
    "placeholder": "Input",
    "get_session": "clear_session",
    "squre": "did you mean 'square'",
}


@pytest.mark.parametrize("name", REMOVED)
def test_what_keras_3_does_not_have_is_refused_with_what_to_write_instead(name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(backend, name)
    assert REMOVED[name] in str(caught.value)


def test_settings_are_those_of_config() -> None:
    backend.set_floatx("float16")
    backend.set_epsilon(1e-4)
    backend.set_image_data_format("channels_first")
    config = glassworks.config
    assert (config.floatx(), config.epsilon(), config.image_data_format()) == ("float16", 1e-4, "channels_first")
    assert (backend.floatx(), backend.epsilon(), backend.image_data_format()) == ("float16", 1e-4, "channels_first")
    assert backend.backend() == "glassworks"


def test_uids_count_per_prefix_beside_the_names_of_layers() -> None:
    found = []
    for library in (glassworks, real):
        library.backend.clear_session()
        uids = [library.backend.get_uid(prefix) for prefix in ("dense", "dense", "other", "")]
        layer = library.layers.Dense(1)
        found.append((uids, layer.name, library.backend.get_uid("dense")))
    assert found[0] == found[1]


NARROW = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
DTYPES = [
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64"),
]


@pytest.mark.parametrize("dtype", DTYPES)
def test_questions_about_dtypes_have_keras_s_answers(dtype: str) -> None:
    for name in ("is_int_dtype", "is_float_dtype", "standardize_dtype"):
        assert getattr(backend, name)(dtype) == getattr(real.backend, name)(dtype)
    others: list[Any] = [*DTYPES, int, float, bool, None]
    for other in others:
        # Numbers of 64 bits stay so here; Keras has none on JAX.
        ours, theirs = backend.result_type(dtype, other), real.backend.result_type(dtype, other)
        assert ours == theirs or NARROW.get(ours) == theirs, other


def test_symbolic_tensors_are_known() -> None:
    assert backend.is_keras_tensor(glassworks.Input((2,))) and not backend.is_keras_tensor([1])
    assert backend.int_shape(glassworks.Input((2,))) == (None, 2)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ArgumentError, match="axes beside that of the samples"):
        backend.batch_dot(backend.ones((2, 3)), backend.ones((2, 3)), axes=0)
    with pytest.raises(ArgumentError, match="channels_last"):
        backend.bias_add(backend.ones((2, 3)), backend.ones((3,)), data_format="first")
