"""Sizes that stay open in ONNX files: the batch, and the lengths and heights that inputs leave open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import Model, Sequential, layers, ops
from glassworks.errors import ArgumentError
from glassworks.layers import InputSpec
from tests.export.onnx.running import compare, load, randomize


def test_sizes_of_sequences_and_images_stay_open_too(tmp_path: Path) -> None:
    inputs = layers.Input(shape=(None,), dtype="int32", name="words")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.Embedding(5, 4, mask_zero=True)(inputs))
    model = Model(inputs, [layers.Dense(2)(x), layers.GlobalMaxPooling1D()(layers.Conv1D(3, 2, padding="same")(x))])
    model.export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    for shape in [(1, 4), (3, 50), (2, 2)]:
        words = np.random.default_rng(0).integers(0, 5, shape).astype("int32")
        for x, y in zip(model.predict(words, verbose=0), session.run(None, {"words": words}), strict=True):
            np.testing.assert_allclose(y, x, rtol=1e-5, atol=1e-5)


def test_a_causal_transformer_takes_sequences_of_any_length(tmp_path: Path) -> None:
    inputs = layers.Input(shape=(None, 8), name="x")
    attended = layers.MultiHeadAttention(2, 4)(inputs, inputs, use_causal_mask=True)
    model = Model(inputs, layers.Dense(3)(layers.LayerNormalization()(inputs + attended)))
    model.export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    assert [one.shape for one in session.get_outputs()] == [["batch", "x_1", 3]]
    for shape in [(1, 1, 8), (2, 5, 8), (3, 60, 8)]:
        x = np.random.default_rng(0).normal(size=shape).astype("float32")
        np.testing.assert_allclose(session.run(None, {"x": x})[0], model.predict(x, verbose=0), rtol=1e-5, atol=1e-5)


def test_sequences_that_must_have_one_length_share_it(tmp_path: Path) -> None:
    a, b = layers.Input(shape=(None, 4), name="a"), layers.Input(shape=(None, 4), name="b")
    Model([a, b], layers.Dense(2)(layers.Add()([a, b]))).export(tmp_path / "model.onnx")
    assert [one.shape for one in load(tmp_path / "model.onnx").get_inputs()] == [["batch", "size_1", 4]] * 2


OPEN: dict[str, Callable[[Any], Any]] = {
    "strides": lambda x: layers.MaxPooling2D(3, strides=2, padding="same")(layers.Conv2D(4, 3, strides=2, padding="same")(x)),
    "mean of windows": lambda x: layers.AveragePooling2D(3, strides=1, padding="same")(x),
    "transposed": lambda x: layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x),
    "padding": lambda x: layers.Cropping2D(1)(layers.ZeroPadding2D(((1, 2), (3, 0)))(x)),
    "upsampling": lambda x: layers.UpSampling2D(2)(x),
    "pooling": lambda x: layers.GlobalAveragePooling2D()(layers.SeparableConv2D(3, 3, strides=2)(x)),
    "flat": lambda x: layers.Reshape((-1, 3))(x),
    "a part": lambda x: x[:, 1:-1, ::2],
}


@pytest.mark.parametrize("name", OPEN)
def test_images_of_any_size(name: str, tmp_path: Path) -> None:
    inputs = layers.Input(shape=(None, None, 3), name="x")
    model = Model(inputs, OPEN[name](inputs))
    randomize(model, np.random.default_rng(0))
    model.export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    for shape in [(1, 8, 9, 3), (2, 9, 12, 3), (1, 41, 64, 3)]:
        x = np.random.default_rng(0).normal(size=shape).astype("float32")
        np.testing.assert_allclose(session.run(None, {"x": x})[0], model.predict(x, verbose=0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "part", [lambda x: x[:, : x.shape[1] // 2], lambda x: x[:, : min(x.shape[1], 20)], lambda x: x * x.shape[1] ** 0.5]
)
def test_what_rounds_or_limits_an_open_size_is_refused(part: Callable[[Any], Any], tmp_path: Path) -> None:
    class Part(layers.Layer):
        def call(self, x: Any) -> Any:
            return part(x)

        def compute_output_shape(self, shape: Any) -> Any:
            return (shape[0], None, shape[2])

    with pytest.raises(ArgumentError, match="open size"):
        Sequential([layers.Input(shape=(None, 3)), Part()]).export(tmp_path / "model.onnx")


def test_a_signature_fixes_sizes(tmp_path: Path) -> None:
    model = Sequential([layers.Input(shape=(None, None, 3)), layers.Conv2D(4, 3, strides=2, padding="same"), layers.GlobalMaxPooling2D()])
    compare(model, [(9, 8, 3)], ["float32"], tmp_path / "model.onnx", input_signature=[InputSpec(shape=(None, 9, 8, 3))])
    model.export(tmp_path / "fixed.onnx", input_signature=InputSpec(shape=(2, 9, 8, 3)))
    assert load(tmp_path / "fixed.onnx").get_inputs()[0].shape == [2, 9, 8, 3]


class OverTheBatch(layers.Layer):
    """Depends on the batch in a way of its own."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def call(self, x: Any) -> Any:
        batch = ops.shape(x)[0]
        if self.how == "numbered":
            return x + ops.cast(ops.reshape(ops.arange(batch), (batch, 1)), "float32")
        if self.how == "centred":
            return x - ops.mean(x, axis=0, keepdims=True) + ops.ones((batch, 1)) * batch
        if self.how == "crossed":
            return ops.reshape(ops.matmul(x, ops.transpose(x)), (batch * batch,))[:batch]
        if self.how == "compared with others":
            return ops.sum(ops.matmul(x, ops.transpose(x)) * (1 - ops.eye(batch)) * ops.tri(batch, batch, -1), axis=-1, keepdims=True)
        if self.how == "unrolled":
            return ops.stack([x[i] for i in range(batch)])
        return ops.broadcast_to(x, (batch * batch, *x.shape))


@pytest.mark.parametrize("how", ["numbered", "centred", "crossed", "compared with others"])
def test_numbers_that_follow_from_the_batch_size_are_computed_from_it(how: str, tmp_path: Path) -> None:
    compare(Sequential([layers.Input(shape=(4,)), OverTheBatch(how)]), [(4,)], ["float32"], tmp_path / "model.onnx")


@pytest.mark.parametrize("how", ["unrolled", "squared"])
def test_steps_that_depend_on_the_batch_size_are_refused(how: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="open size"):
        Sequential([layers.Input(shape=(4,)), OverTheBatch(how)]).export(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_a_recurrent_layer_that_is_written_step_by_step_needs_the_number_of_steps(tmp_path: Path) -> None:
    model = Sequential([layers.Input(shape=(None, 3)), layers.SimpleRNN(4, activation="relu", name="rnn")])
    with pytest.raises(ArgumentError, match=r"(?s)layer 'rnn'.*a loop over an axis of open size.*input_signature"):
        model.export(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
    compare(model, [(6, 3)], ["float32"], tmp_path / "model.onnx", input_signature=[InputSpec(shape=(None, 6, 3))])
