"""`Lambda`: calls, shapes, masks, and that configs never bring code along unasked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from glassworks import config, layers, ops, registry, settings
from glassworks.errors import ArgumentError

X = np.array([[1.0, -2.0]], "float32")


def test_function_gets_arguments_training_and_mask() -> None:
    def shift(x: Any, by: float, training: bool | None = None) -> Any:
        return x + by if training else x

    layer = layers.Lambda(shift, arguments={"by": 3.0})
    np.testing.assert_array_equal(layer(X), X)
    np.testing.assert_array_equal(layer(X, training=True), X + 3)


@pytest.mark.parametrize("output_shape", [None, (1,), lambda shape: (shape[0], 1)])
def test_output_shape_is_found_or_given(output_shape: Any) -> None:
    layer = layers.Lambda(lambda x: ops.sum(x, -1, keepdims=True), output_shape=output_shape)
    assert layer.compute_output_shape((None, 2)) == (None, 1)


def test_mask_is_passed_as_told() -> None:
    masked = layers.Masking()(np.array([[[0.0], [1.0]]]))
    assert getattr(layers.Lambda(lambda x: x * 1.0)(masked), "_keras_mask", None) is None
    kept = layers.Lambda(lambda x: x * 1.0, mask=lambda inputs, mask: mask)(masked)
    np.testing.assert_array_equal(kept._keras_mask, [[False, True]])


def test_config_works_within_the_process() -> None:
    layer = layers.Lambda(lambda x: x * 2)
    np.testing.assert_array_equal(layers.Lambda.from_config(layer.get_config())(X), X * 2)


@pytest.mark.parametrize("safe_mode", [None, True, False])
def test_code_from_a_file_never_runs(safe_mode: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings._settings, "unsafe_deserialization", False)  # as it is put back at the end
    config.enable_unsafe_deserialization()
    factor = 2.0
    stored = json.loads(json.dumps(layers.Lambda(lambda x, power=2: factor * x**power, name="squares").get_config()))
    with pytest.raises(ArgumentError, match=r"custom_objects=\{'squares': your_function\}"):
        layers.Lambda.from_config(stored, safe_mode=safe_mode)


def test_the_function_of_a_lambda_is_passed_under_the_name_of_the_layer() -> None:
    stored = json.loads(json.dumps(layers.Lambda(lambda x: x * 2, name="doubles").get_config()))
    np.testing.assert_array_equal(layers.Lambda.from_config(stored, {"doubles": lambda x: x * 2})(X), X * 2)
    with pytest.raises(ArgumentError, match="your_function"):
        layers.Lambda.from_config(stored, {"doubles": layers.Dense})


def test_a_function_that_json_cannot_hold_in_full_is_saved_all_the_same() -> None:
    table = np.arange(3)
    json.dumps(layers.Lambda(lambda x, start=table: x + table.sum() + start).get_config())


def test_registered_function_is_saved_by_name() -> None:
    @registry.register_keras_serializable(package="tests")
    def halve(x: Any) -> Any:
        return x / 2

    stored = json.loads(json.dumps(layers.Lambda(halve).get_config()))
    np.testing.assert_array_equal(layers.Lambda.from_config(stored)(X), X / 2)


def test_a_function_that_is_not_registered_is_passed_by_name() -> None:
    def third(x: Any) -> Any:
        return x / 3

    stored = json.loads(json.dumps(layers.Lambda(third).get_config()))
    with pytest.raises(ArgumentError, match=r"custom_objects=.*third"):
        layers.Lambda.from_config(stored)
    np.testing.assert_array_equal(layers.Lambda.from_config(stored, {"third": third})(X), X / 3)
