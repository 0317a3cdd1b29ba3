"""The line of the user's program that a finding is about."""

from __future__ import annotations

import copy
import inspect
import warnings

import numpy as np
import pytest

import glassworks as keras
from glassworks import insight, layers
from glassworks.checks import Finding
from glassworks.errors import GlassworksWarning
from glassworks.training.diagnosis.diagnosis import Diagnosis
from glassworks.training.diagnosis.lines import lines_of_layers


def here() -> int:
    """The number of the line that calls this."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


class Block(layers.Layer):
    """A layer of the user's with a layer inside."""

    def __init__(self) -> None:
        super().__init__(name="block")
        self.inner, self.made_at = layers.Dense(4, name="inner"), here()

    def call(self, inputs: keras.typing.Tensor) -> keras.typing.Tensor:
        return self.inner(inputs)


def test_a_layer_knows_the_line_where_the_user_made_it() -> None:
    block, at = Block(), here()
    attention, attention_at = layers.MultiHeadAttention(2, 4, name="attention"), here()
    model = keras.Sequential([layers.Input((4,)), block, layers.Dense(1, name="last")])
    assert lines_of_layers(model)["block"] == f"{__file__}:{at}"
    assert lines_of_layers(model)["inner"] == f"{__file__}:{block.made_at}"
    assert attention._made_at == (__file__, attention_at)
    assert copy.deepcopy(block)._made_at is None


def test_a_name_that_two_layers_have_has_no_line() -> None:
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(4, name="same")])
    model = keras.Sequential([layers.Input((4,)), inner, layers.Dense(1, name="same")])
    assert "same" not in lines_of_layers(model)


def test_a_finding_has_the_line_of_its_layer_and_without_one_that_of_the_call() -> None:
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    zero, at = layers.Dense(8, "relu", kernel_initializer="zeros", name="zero"), here()
    model = keras.Sequential([layers.Input((4,)), zero, layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(GlassworksWarning, match=rf"line:     {__file__}:{at}\n"):
        history = model.fit(x, x[:, 0] * x[:, 1], verbose=0)
    of_layer = next(finding for finding in history.findings if finding.layer)
    assert (of_layer.layer, of_layer.line) == ("zero", f"{__file__}:{at}")
    found = insight.diagnose(model, x * [1, 1, 1, 1e5], x[:, 0] * x[:, 1])
    called = here() - 1
    assert {finding.line for finding in found if not finding.layer} == {f"{__file__}:{called}"}
    assert f"  line:     {__file__}:{called}\n" in str(found)


def test_a_layer_without_a_line_has_that_of_the_nearest_layer_around_it() -> None:
    diagnosis = Diagnosis()
    diagnosis.line, diagnosis.lines = "train.py:9", {"block": "model.py:3"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for layer in ("block/inner", "other", ""):
            diagnosis.add(Finding("frozen", "fit", "found", "expected", "fix", layer=layer))
    assert [finding.line for finding in diagnosis.findings] == ["model.py:3", "train.py:9", "train.py:9"]
