"""Whole models as ONNX files: onnxruntime computes what `predict` computes, at batch sizes that were not traced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from glassworks import GradientTape, Model, Sequential, callbacks, layers, ops
from glassworks.errors import ArgumentError, SaveError
from glassworks.export.onnx import writing
from tests.export.onnx.running import compare, load, randomize


def mlp() -> Model:
    hidden = [layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.BatchNormalization(), layers.Dense(6, activation="gelu")]
    return Sequential([layers.Input(shape=(5,)), *hidden, layers.Dense(3, activation="softmax")])


def convnet() -> Model:
    convolutions = [
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.DepthwiseConv2D(3, dilation_rate=2, padding="same"),
        layers.AveragePooling2D(3, strides=1, padding="same"),
    ]
    return Sequential([layers.Input(shape=(12, 10, 3)), layers.Rescaling(1 / 255), *convolutions, layers.Flatten(), layers.Dense(2)])


def residual() -> Model:
    inputs = layers.Input(shape=(8, 8, 4))
    x = inputs
    for _ in range(2):
        y = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(x)))
        x = layers.Add()([x, layers.Conv2D(4, 3, padding="same")(y)])
    return Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


def segmentation() -> Model:
    inputs = layers.Input(shape=(8, 8, 2))
    down = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv2DTranspose(3, 3, strides=2, padding="same")(layers.MaxPooling2D()(down))
    x = layers.Concatenate()([x, layers.UpSampling2D(interpolation="bilinear")(layers.AveragePooling2D(2)(down))])
    return Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


def recurrent(layer: Callable[..., Any], **options: Any) -> Model:
    return Sequential([layers.Input(shape=(6, 3)), layer(4, return_sequences=True, **options), layer(5), layers.Dense(2)])


def masked() -> Model:
    inputs = layers.Input(shape=(7,), dtype="int32")
    x = layers.Embedding(4, 5, mask_zero=True)(inputs)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    return Model(inputs, layers.Dense(2)(layers.GRU(3)(x)))


def states() -> Model:
    inputs, others = layers.Input(shape=(6, 3)), layers.Input(shape=(4, 3))
    encoded, hidden, cell = layers.LSTM(4, return_state=True)(inputs)
    decoded = layers.LSTM(4, return_sequences=True, go_backwards=True)(others, initial_state=[hidden, cell])
    return Model([inputs, others], [decoded, encoded, layers.GRU(4)(others, initial_state=hidden)])


def transformer() -> Model:
    inputs = layers.Input(shape=(6,), dtype="int32")
    places = layers.Embedding(6, 8)(ops.arange(6))
    x = layers.Embedding(4, 8, mask_zero=True)(inputs) + places
    for causal in (False, True):
        attended = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=causal)
        x = layers.LayerNormalization()(x + layers.Dropout(0.1)(attended))
        x = layers.LayerNormalization()(x + layers.Dense(8)(layers.Dense(16, activation="gelu")(x)))
    return Model(inputs, layers.Dense(3, activation="softmax")(x))


def several() -> Model:
    a, b = layers.Input(shape=(4,), name="left"), layers.Input(shape=(4,), name="right", dtype="int32")
    shared = layers.Dense(3, activation="tanh", name="shared")
    inner_input = layers.Input(shape=(3,))
    inner = Model(inner_input, layers.Dense(3)(layers.Dense(5, activation="relu")(inner_input)), name="inner")
    x, y = shared(a), shared(ops.cast(b, "float32"))
    return Model([a, b], {"sum": inner(x) + inner(y), "product": layers.Multiply(name="product")([x, y]), "same": x})


MODELS: dict[str, tuple[Callable[[], Model], list[tuple[int, ...]], list[str]]] = {
    "mlp": (mlp, [(5,)], ["float32"]),
    "convnet": (convnet, [(12, 10, 3)], ["float32"]),
    "residual": (residual, [(8, 8, 4)], ["float32"]),
    "segmentation": (segmentation, [(8, 8, 2)], ["float32"]),
    "lstm": (lambda: recurrent(layers.LSTM), [(6, 3)], ["float32"]),
    "lstm without bias": (lambda: recurrent(layers.LSTM, use_bias=False, go_backwards=True), [(6, 3)], ["float32"]),
    "gru": (lambda: recurrent(layers.GRU), [(6, 3)], ["float32"]),
    "gru with the reset gate before": (lambda: recurrent(layers.GRU, reset_after=False), [(6, 3)], ["float32"]),
    "lstm with other activations": (lambda: recurrent(layers.LSTM, activation="relu"), [(6, 3)], ["float32"]),
    "simple rnn": (lambda: recurrent(layers.SimpleRNN), [(6, 3)], ["float32"]),
    "simple rnn that goes backwards": (lambda: recurrent(layers.SimpleRNN, go_backwards=True, use_bias=False), [(6, 3)], ["float32"]),
    "masked": (masked, [(7,)], ["int32"]),
    "states": (states, [(6, 3), (4, 3)], ["float32"] * 2),
    "transformer": (transformer, [(6,)], ["int32"]),
    "several inputs and outputs": (several, [(4,), (4,)], ["float32", "int32"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_computes_the_same_in_onnxruntime(name: str, tmp_path: Path) -> None:
    make, shapes, dtypes = MODELS[name]
    model = make()
    randomize(model, np.random.default_rng(1))
    compare(model, shapes, dtypes, tmp_path / "model.onnx")


@pytest.mark.parametrize(("layer", "kind"), [(layers.LSTM, "LSTM"), (layers.GRU, "GRU"), (layers.SimpleRNN, "RNN")])
def test_recurrent_layers_become_the_operators_of_onnx(layer: Any, kind: str, tmp_path: Path) -> None:
    recurrent(layer).export(tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [node.op_type for node in graph.node].count(kind) == 2
    assert "MatMul" in {node.op_type for node in graph.node}  # that of Dense alone: the products with the kernels are in the operators
    assert [node.op_type for node in graph.node].count("MatMul") == 1


@pytest.mark.parametrize("backwards", [False, True])
def test_the_last_cell_state_comes_from_the_operator(backwards: bool, tmp_path: Path) -> None:
    inputs = layers.Input(shape=(None, 3), name="x")
    model = Model(inputs, layers.LSTM(4, return_state=True, return_sequences=True, go_backwards=backwards)(inputs))
    model.export(tmp_path / "model.onnx")
    assert "Scan" not in {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}
    x = np.random.default_rng(0).normal(size=(3, 7, 3)).astype("float32")
    for wanted, given in zip(model.predict(x, verbose=0), load(tmp_path / "model.onnx").run(None, {"x": x}), strict=True):
        np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=1e-5)


class Gated(Model):
    """A subclassed model whose inputs and outputs are dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.body = layers.Dense(4, activation="sigmoid"), layers.Dense(4)

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        x = self.body(inputs["x"])
        return {"gated": x * self.gate(inputs["context"]), "plain": x if not training else x * 0}


def test_a_subclassed_model_has_its_keys_as_names(tmp_path: Path) -> None:
    model, rng = Gated(), np.random.default_rng(0)
    data = {"x": rng.normal(size=(3, 5)).astype("float32"), "context": rng.normal(size=(3, 2)).astype("float32")}
    wanted = model.predict(data, verbose=0)
    model.export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    assert [one.name for one in session.get_inputs()] == ["context", "x"]
    assert [one.name for one in session.get_outputs()] == ["gated", "plain"]
    for name, array in zip(["gated", "plain"], session.run(None, data), strict=True):
        np.testing.assert_allclose(array, wanted[name], rtol=1e-5, atol=1e-5)


def test_names_are_those_of_the_model_and_the_batch_is_open(tmp_path: Path) -> None:
    model = several()
    model.export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    assert [(one.name, one.shape) for one in session.get_inputs()] == [("left", ["batch", 4]), ("right", ["batch", 4])]
    assert [(one.name, one.shape) for one in session.get_outputs()] == [(name, ["batch", 3]) for name in ("product", "same", "sum")]
    names = {tensor.name for tensor in onnx.load(tmp_path / "model.onnx").graph.initializer}
    assert {weight.path for weight in model.weights} <= names


def test_initializers_hold_the_weights(tmp_path: Path) -> None:
    model = mlp()
    randomize(model, np.random.default_rng(0))
    model.export(tmp_path / "model.onnx")
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "model.onnx").graph.initializer}
    for weight in model.weights:
        np.testing.assert_array_equal(arrays[weight.path], weight.numpy())


def test_an_option_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"(?s)'dynamic'.*opset_version"):
        mlp().export(tmp_path / "model.onnx", dynamic=True)


def odd_names() -> Model:
    inputs = layers.Input(shape=(3,), name="in put/a:0")
    return Model(inputs, layers.Dense(2, name="dense-\u00df")(inputs))


def the_same_output_twice() -> Model:
    inputs = layers.Input(shape=(3,), name="x")
    outputs = layers.Dense(2, name="y")(inputs)
    return Model(inputs, [outputs, outputs, layers.Identity(name="same")(inputs)])


def tied() -> Model:
    inputs, embedding = layers.Input(shape=(5,), dtype="int32"), layers.ReversibleEmbedding(7, 4)
    return Model(inputs, embedding(layers.Dense(4)(embedding(inputs)), reverse=True))


def masked_attention() -> Model:
    x, mask = layers.Input(shape=(5, 4)), layers.Input(shape=(5, 5), dtype="bool")
    return Model([x, mask], layers.MultiHeadAttention(2, 3)(x, x, attention_mask=mask))


def differentiated() -> Model:
    class Slope(layers.Layer):
        def call(self, x: Any) -> Any:
            with GradientTape() as tape:
                tape.watch(x)
                y = ops.sum(ops.tanh(x) ** 2)
            return tape.gradient(y, x)

    return Sequential([layers.Input(shape=(3,)), Slope()])


UNUSUAL: dict[str, tuple[Callable[[], Model], list[tuple[int, ...]], list[str]]] = {
    "odd names": (odd_names, [(3,)], ["float32"]),
    "the same output twice": (the_same_output_twice, [(3,)], ["float32"]),
    "tied weights": (tied, [(5,)], ["int32"]),
    "a mask as input": (masked_attention, [(5, 4), (5, 5)], ["float32", "bool"]),
    "bytes": (lambda: Sequential([layers.Input(shape=(4, 4, 3), dtype="uint8"), layers.Rescaling(1 / 255)]), [(4, 4, 3)], ["uint8"]),
    "a gradient in the forward pass": (differentiated, [(3,)], ["float32"]),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_model_computes_the_same(name: str, tmp_path: Path) -> None:
    make, shapes, dtypes = UNUSUAL[name]
    compare(make(), shapes, dtypes, tmp_path / "model.onnx")


def test_the_part_behind_layers_that_read_text_can_be_exported(tmp_path: Path) -> None:
    words, lookup = layers.Input(shape=(2,), dtype="string"), layers.StringLookup(vocabulary=["a", "b"])
    numbers = lookup(words)
    model = Model(words, layers.Dense(2)(layers.Flatten()(layers.Embedding(4, 3)(numbers))))
    Model(numbers, model.outputs).export(tmp_path / "model.onnx")
    session, text = load(tmp_path / "model.onnx"), np.array([["a", "z"], ["b", "a"]])
    (given,) = session.run(None, {session.get_inputs()[0].name: np.asarray(lookup(text))})
    np.testing.assert_allclose(given, model.predict(text, verbose=0), rtol=1e-5, atol=1e-5)


def test_random_numbers_are_refused(tmp_path: Path) -> None:
    class Always(layers.Dropout):
        def call(self, x: Any, training: Any = None) -> Any:
            return super().call(x, training=True)

    with pytest.raises(ArgumentError, match="random numbers"):
        Sequential([layers.Input(shape=(4,)), Always(0.5)]).export(tmp_path / "model.onnx")


def test_an_index_out_of_range_is_an_error_there_too(tmp_path: Path) -> None:
    Sequential([layers.Input(shape=(2,), dtype="int32"), layers.Embedding(4, 3)]).export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    with pytest.raises(Exception, match="out of"):
        session.run(None, {session.get_inputs()[0].name: np.array([[0, 4]], "int32")})


def test_a_model_can_be_exported_in_a_callback(tmp_path: Path) -> None:
    model = Sequential([layers.Input(shape=(4,)), layers.BatchNormalization(), layers.Dense(1)])
    model.compile("adam", "mse")

    class Export(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            compare(self.model, [(4,)], ["float32"], tmp_path / f"{epoch}.onnx")

    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[Export()])
    assert (tmp_path / "0.onnx").read_bytes() != (tmp_path / "1.onnx").read_bytes()


def test_a_refusal_names_the_layer_the_op_and_the_reason_and_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    mlp().export(path)
    before = path.read_bytes()
    model = Sequential([layers.Input(shape=(3, 3)), layers.Lambda(ops.linalg.inv, name="inverse")])
    with pytest.raises(ArgumentError, match=r"(?s)layer 'inverse'.*inv.*solve.*ONNX has no operator"):
        model.export(path)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def test_a_model_with_a_state_is_refused(tmp_path: Path) -> None:
    inputs = layers.Input(batch_shape=(2, 5, 3))
    model = Model(inputs, layers.LSTM(4, stateful=True)(inputs))
    with pytest.raises(ArgumentError, match="keeps no state"):
        model.export(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_weights_of_large_models_stand_in_a_second_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGEST_FILE", 1000)
    model = Sequential([layers.Input(shape=(40,)), layers.Dense(30), layers.Dense(20)])
    compare(model, [(40,)], ["float32"], tmp_path / "model.onnx")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.onnx", "model.onnx.data"]
    assert (tmp_path / "model.onnx").stat().st_size < 3000


def test_a_folder_that_is_not_there_is_a_save_error(tmp_path: Path) -> None:
    with pytest.raises(SaveError) as caught:
        mlp().export(tmp_path / "nowhere" / "model.onnx")
    assert "create the folder" in caught.value.fix


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float16", "bfloat16", "float64"])
def test_other_dtypes(policy: str, tmp_path: Path) -> None:
    inputs = layers.Input(shape=(6, 4), dtype="float64" if policy == "float64" else "float32")
    x = layers.LayerNormalization(dtype=policy)(layers.LSTM(5, return_sequences=True, dtype=policy)(inputs))
    x = layers.MultiHeadAttention(2, 3, dtype=policy)(x, x)
    x = layers.MaxPooling1D(2, dtype=policy)(layers.Conv1D(3, 2, activation="gelu", dtype=policy)(x))
    outputs = layers.Dense(2, activation="softmax", dtype="float64" if policy == "float64" else "float32")(x)
    model = Model(inputs, outputs)
    model.export(tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    data = np.random.default_rng(0).normal(size=(3, 6, 4)).astype(inputs.dtype)
    allowed = {"float64": 1e-9}.get(policy, 2e-2)
    np.testing.assert_allclose(session.run(None, {session.get_inputs()[0].name: data})[0], model.predict(data, verbose=0), atol=allowed)


def test_the_version_of_the_operators_is_fixed(tmp_path: Path) -> None:
    mlp().export(tmp_path / "model.onnx", opset_version=20)
    assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == 20
    with pytest.raises(ArgumentError, match="opset_version"):
        mlp().export(tmp_path / "other.onnx", opset_version=9)


def test_a_hundred_layers_are_exported(tmp_path: Path) -> None:
    inputs = x = layers.Input(shape=(16,))
    for _ in range(50):
        x = layers.LayerNormalization()(x + layers.Dense(16, activation="gelu")(x))
    model = Model(inputs, x)
    assert len(model.layers) >= 100
    model.export(tmp_path / "model.onnx")
    data = np.random.default_rng(0).normal(size=(3, 16)).astype("float32")
    session = load(tmp_path / "model.onnx")
    found = session.run(None, {session.get_inputs()[0].name: data})[0]
    np.testing.assert_allclose(found, model.predict(data, verbose=0), rtol=1e-4, atol=1e-4)
