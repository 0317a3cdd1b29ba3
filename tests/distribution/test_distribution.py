"""A program that distributes its model over the one device computes what it computes without, and other devices are refused."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import distribution
from glassworks.errors import ArgumentError


def trained(scope: Any) -> list[np.ndarray]:
    """The weights of a small model that was made and trained in a scope."""
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    with scope:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(x, x.sum(axis=1), batch_size=4, epochs=2, verbose=0)
    return model.get_weights()


def model_parallel() -> distribution.ModelParallel:
    layouts = distribution.LayoutMap(distribution.DeviceMesh((1, 1), ["batch", "model"]))
    layouts[".*kernel"] = (None, "model")
    return distribution.ModelParallel(layout_map=layouts)


@pytest.mark.parametrize("strategy", [distribution.DataParallel, model_parallel])
def test_training_in_a_scope_gives_the_same_weights(strategy: Any) -> None:
    for ours, plain in zip(trained(strategy().scope()), trained(nullcontext()), strict=True):
        np.testing.assert_array_equal(ours, plain)


def test_the_refusal_of_other_devices_says_what_to_do() -> None:
    with distribution.DataParallel(devices=["gpu:0"]).scope(), pytest.raises(ArgumentError) as caught:
        keras.layers.Dense(2, name="wide").build((None, 3))
    text = str(caught.value)
    assert "layer 'wide'.add_weight" in text and "a mesh of ['gpu:0']" in text and "DeviceMesh((1,), ['batch'])" in text
    with pytest.raises(ArgumentError, match="one device"):
        distribution.DeviceMesh((8,), ["batch"])


def test_the_fix_that_the_refusal_gives_works() -> None:
    with distribution.DataParallel(distribution.DeviceMesh((1,), ["batch"])).scope():
        keras.layers.Dense(2).build((None, 3))


def test_a_mesh_of_two_axes_divides_batches_along_the_first_and_warns() -> None:
    with pytest.warns(UserWarning, match="first axis"):
        parallel = distribution.DataParallel(distribution.DeviceMesh((1, 1), ["rows", "columns"]))
    assert parallel.batch_dim_name == "rows"


def test_symbolic_tensors_keep_their_place_in_the_model() -> None:
    x = keras.Input((3,))
    assert distribution.distribute_tensor(x, distribution.TensorLayout((None, None))) is x


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({}, {"num_processes": 2}),
        ({}, {"process_id": 1}),
        ({"KERAS_DISTRIBUTION_NUM_PROCESSES": "2"}, {}),
        ({"KERAS_DISTRIBUTION_PROCESS_ID": "1"}, {}),
        ({"KERAS_DISTRIBUTION_JOB_ADDRESSES": "a:1,b:2"}, {}),
    ],
)
def test_several_processes_are_refused(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], arguments: dict[str, int]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ArgumentError, match="one process"):
        distribution.initialize(**arguments)


def test_one_process_needs_no_preparation() -> None:
    distribution.initialize("10.0.0.1:1234", 1, 0)
    distribution.initialize()
