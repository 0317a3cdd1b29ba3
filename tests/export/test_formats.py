"""`Model.export` finds the format and says which there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glassworks import Model, Sequential, layers
from glassworks.errors import ArgumentError, StateError
from glassworks.export import FORMATS, format_of
from glassworks.layers import InputSpec
from glassworks.models.exporting import source_of


@pytest.mark.parametrize("format", ["tf_saved_model", "openvino", "litert", "torch", "onxx"])
def test_a_format_that_is_not_there_is_an_error_that_names_those_that_are(tmp_path: Path, format: str) -> None:
    model = Sequential([layers.Input(shape=(4,)), layers.Dense(2)])
    with pytest.raises(ArgumentError, match="onnx"):
        model.export(tmp_path / "model", format=format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FORMATS)
def test_the_suffix_of_the_path_gives_the_format(name: str) -> None:
    assert format_of(f"folder/model{FORMATS[name].suffix}", None) == name


def test_a_path_with_another_suffix_needs_a_format() -> None:
    with pytest.raises(ArgumentError, match=r"model\.onnx"):
        format_of("folder/model", None)


class Subclassed(Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x: dict) -> dict:
        return {"sum": self.dense(x["a"]) + self.dense(x["b"]), "a": x["a"]}


def test_a_model_that_does_not_know_its_inputs_takes_them_from_the_signature_or_from_a_prediction() -> None:
    with pytest.raises(StateError, match="input_signature"):
        source_of(Subclassed())
    spec = InputSpec(shape=(None, 4), dtype="float32")
    predicted = Subclassed()
    predicted.predict({"a": np.ones((2, 4)), "b": np.ones((2, 4))}, verbose=0)
    for source in (source_of(Subclassed(), {"a": spec, "b": spec}), source_of(predicted)):
        assert [(one.name, one.shape) for one in source.inputs] == [("a", (None, 4)), ("b", (None, 4))]
        assert source.output_names == ["a", "sum"]
        assert [value.shape for value in source.trace([(7, 4), (7, 4)]).outputs] == [(7, 4), (7, 3)]


def test_a_model_that_reads_text_is_refused_with_the_layer_and_what_to_do() -> None:
    inputs = layers.Input(shape=(1,), dtype="string")
    lookup = layers.StringLookup(vocabulary=["a", "b"], name="words")
    model = Model(inputs, layers.Embedding(4, 2)(lookup(inputs)))
    with pytest.raises(StateError, match="words"):
        source_of(model)
