"""Settings by Keras's names: one backend, dtype policies, tracebacks; configs of any object."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import config, layers, mixed_precision, saving
from glassworks.errors import ArgumentError, ArgumentTypeError


def test_there_is_one_backend() -> None:
    config.set_backend("glassworks")
    with pytest.raises(ArgumentError, match="set_engine"):
        config.set_backend("tensorflow")
    assert config.is_nnx_enabled() is False


def test_the_dtype_policy_is_that_of_new_layers() -> None:
    config.set_dtype_policy("mixed_float16")
    try:
        assert layers.Dense(1).compute_dtype == "float16"
        assert config.dtype_policy() == mixed_precision.global_policy() == mixed_precision.Policy("mixed_float16")
    finally:
        mixed_precision.set_global_policy(None)
    assert config.dtype_policy().name == "float32"
    assert mixed_precision.LossScaleOptimizer is glassworks.optimizers.LossScaleOptimizer


def test_whole_tracebacks_can_be_asked_for() -> None:
    assert config.is_traceback_filtering_enabled()
    config.disable_traceback_filtering()
    assert not config.is_traceback_filtering_enabled()
    config.enable_traceback_filtering()


@pytest.mark.parametrize(
    "make", [lambda k: k.layers.Dense(2), lambda k: [k.losses.Huber(), 3, {"a": [1, 2]}], lambda k: k.optimizers.Adam(0.1)]
)
def test_configs_of_objects_are_read_across_libraries(make) -> None:
    ours, theirs = saving.serialize_keras_object(make(glassworks)), real.saving.serialize_keras_object(make(real))
    for text in (ours, theirs):
        saving.deserialize_keras_object(text)
        real.saving.deserialize_keras_object(text)


def test_code_in_a_config_never_runs() -> None:
    text = real.saving.serialize_keras_object(real.layers.Lambda(lambda x: x * 3, name="triples"))
    for safe_mode in (True, False, None):
        with pytest.raises(ArgumentError, match="triples"):
            saving.deserialize_keras_object(text, safe_mode=safe_mode)
    layer = saving.deserialize_keras_object(text, {"triples": lambda x: x * 3})
    np.testing.assert_allclose(layer(np.ones(2, "float32")), [3, 3])
    with pytest.raises(ArgumentTypeError, match="custom_objects or safe_mode"):
        saving.deserialize_keras_object(text, custom={})
