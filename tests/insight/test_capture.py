"""The values of layer calls are those of the run: compared with NumPy, on both engines, for every kind of model."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Model, Sequential, activations, config, layers, ops
from glassworks.errors import ArgumentError
from glassworks.insight.capture import Capture

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(5, 4)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1])


@pytest.fixture(params=["reference", "auto"])
def engine(request):
    before = config.requested_engine()
    config.set_engine(request.param)
    yield request.param
    config.set_engine(before)


def classifier(loss="sparse_categorical_crossentropy", last="softmax"):
    model = Sequential(
        [layers.Input((4,)), layers.Dense(8, "relu", name="hidden"), layers.Dropout(0.5, seed=1), layers.Dense(3, last, name="last")]
    )
    model.compile("adam", loss)
    return model


def test_values_and_gradients_of_a_dense_network_are_those_of_numpy(engine):
    model = classifier()
    (w1, b1), (w2, b2) = model.get_layer("hidden").get_weights(), model.get_layer("last").get_weights()
    got = Capture(model, X, LABELS).run()
    z1 = X @ w1 + b1
    h = np.maximum(z1, 0)
    z2 = h @ w2 + b2
    p = np.exp(z2) / np.exp(z2).sum(1, keepdims=True)
    losses = -np.log(p[np.arange(5), LABELS])
    dz2 = (p - np.eye(3)[LABELS]) / 5
    dp = -np.eye(3)[LABELS] / p / 5
    dh = dz2 @ w2.T
    dz1 = dh * (z1 > 0)
    expected = {
        "loss": losses.mean(),
        "loss_per_sample": losses,
        "hidden/input": X,
        "hidden/preactivation": z1,
        "hidden/output": h,
        "hidden/kernel": w1,
        "dropout/output": h,
        "last/preactivation": z2,
        "last/output": p,
        "last/preactivation_gradient": dz2,
        "last/kernel_gradient": h.T @ dz2,
        "last/bias_gradient": dz2.sum(0),
        "hidden/output_gradient": dh,
        "hidden/preactivation_gradient": dz1,
        "hidden/kernel_gradient": X.T @ dz1,
        "hidden/input_gradient": dz1 @ w1.T,
    }
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, rtol=1e-4, atol=1e-6, err_msg=name)
    # The gradient of the probabilities is that of the loss as it is written, up to its normalisation of the probabilities.
    np.testing.assert_allclose(
        got["last/output_gradient"] * p - (got["last/output_gradient"] * p).sum(1, keepdims=True) * p, dz2, atol=1e-6
    )
    assert np.all(np.sign(got["last/output_gradient"][np.arange(5), LABELS]) == np.sign(dp[np.arange(5), LABELS]))
    assert "dropout/preactivation" not in got


def test_the_stable_form_of_the_loss_is_named_where_one_runs():
    assert Capture(classifier(), X, LABELS).stable == "log_softmax(z) in place of log(softmax(z))"
    assert Capture(classifier("mse"), X, np.eye(3)[LABELS]).stable == ""


def test_a_shared_layer_and_a_nested_model_have_a_name_per_call():
    shared = layers.Dense(4, "tanh", name="shared")
    encoder = Sequential([layers.Input((4,)), layers.Dense(4, name="inner")], name="encoder")
    inputs = layers.Input((4,))
    outputs = layers.Add(name="sum")([shared(encoder(inputs)), shared(inputs)])
    capture = Capture(Model(inputs, outputs), X)
    assert [call.name for call in capture.calls] == ["encoder/inner", "shared", "shared#2", "sum"]
    got = capture.run()
    w, b = shared.get_weights()
    v, c = encoder.layers[0].get_weights()
    np.testing.assert_allclose(got["shared/output"], np.tanh((X @ v + c) @ w + b), atol=1e-6)
    np.testing.assert_allclose(got["shared#2/output"], np.tanh(X @ w + b), atol=1e-6)
    np.testing.assert_array_equal(got["sum/input_1"], got["shared#2/output"])
    np.testing.assert_allclose(got["sum/output"], got["shared/output"] + got["shared#2/output"], atol=1e-6)
    np.testing.assert_array_equal(got["encoder/output"], got["encoder/inner/output"])


class Net(Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(3, activation=lambda z: z * ops.sigmoid(1.5 * z), name="first")
        self.second = layers.Dense(2, name="second")

    def call(self, x, training=False):
        h = self.first(x["a"])
        return {"y": self.second(h + x["b"])}


def test_a_subclassed_model_with_its_own_activation_and_several_inputs_is_built_and_captured():
    model = Net()
    given = {"a": X, "b": np.ones((5, 3), "float32")}
    got = Capture(model, given).run()
    z = X @ model.first.get_weights()[0]
    np.testing.assert_allclose(got["first/preactivation"], z, atol=1e-6)
    np.testing.assert_allclose(got["first/output"], z / (1 + np.exp(-1.5 * z)), atol=1e-6)
    np.testing.assert_allclose(got["second/output"], model(given)["y"].numpy(), atol=1e-6)


@pytest.mark.parametrize("name", ["relu", "gelu", "selu", "softmax", "mish", "hard_silu", "relu6"])
def test_the_preactivation_of_any_activation_function_is_recognised(name):
    model = Sequential([layers.Input((4,)), layers.Dense(3, name, name="dense"), layers.Activation(name, name="again")])
    capture = Capture(model, X)
    got = capture.run()
    np.testing.assert_allclose(got["dense/preactivation"], X @ model.layers[0].get_weights()[0], atol=1e-5)
    np.testing.assert_allclose(got["dense/output"], activations.get(name)(got["dense/preactivation"]).numpy(), atol=1e-5)
    np.testing.assert_array_equal(got["again/preactivation"], got["dense/output"])
    assert [call.activation for call in capture.calls] == [activations.get(name).__name__] * 2


def test_a_layer_without_activation_has_no_preactivation():
    model = Sequential([layers.Input((4,)), layers.Dense(3, "relu"), layers.Dense(3, name="linear"), layers.Flatten(name="flatten")])
    assert [name for name in Capture(model, X).names() if name.endswith("preactivation")] == [f"{model.layers[0].name}/preactivation"]


def test_layers_on_the_host_are_captured_with_their_text():
    model = Sequential(
        [
            layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=3, name="words"),
            layers.Embedding(4, 2),
            layers.Flatten(),
        ]
    )
    capture = Capture(model, np.array([["good day"], ["bad"]]))
    got = capture.run()
    assert [call.name for call in capture.calls] == ["words", "embedding", "flatten"]
    assert got["words/input"].tolist() == [["good day"], ["bad"]]
    assert got["words/output"].tolist() == [[2, 1, 0], [3, 0, 0]]
    np.testing.assert_array_equal(got["flatten/output"], model.predict(np.array([["good day"], ["bad"]]), verbose=0))


def test_training_drops_the_units_of_the_next_step_and_changes_nothing(engine):
    model = classifier()
    before = [variable.numpy().copy() for variable in model.variables]
    captures = [Capture(model, X, LABELS, training=True).run(["dropout/output", "hidden/output", "loss"]) for _ in range(2)]
    for name in captures[0]:
        np.testing.assert_array_equal(captures[0][name], captures[1][name])
    dropped = captures[0]["dropout/output"]
    assert np.array_equal(np.unique(dropped[captures[0]["hidden/output"] > 0] == 0), [False, True])
    for variable, array in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), array)
    np.testing.assert_allclose(captures[0]["loss"], model.train_on_batch(X, LABELS), rtol=1e-5)


def test_only_what_is_asked_for_is_an_output_of_the_program():
    capture = Capture(classifier(), X, LABELS)
    graph, known = capture.graph_of(["hidden/preactivation", "hidden/kernel", "hidden/input"])
    assert len(graph.outputs) == 1
    assert not graph.writes
    assert set(known) == {"hidden/kernel", "hidden/input"}
    assert [node.primitive.name for node in graph.nodes()] == ["matmul", "add"]


def test_the_loss_is_that_of_evaluate_for_several_outputs():
    inputs = layers.Input((4,))
    hidden = layers.Dense(4, "relu")(inputs)
    model = Model(inputs, [layers.Dense(2)(hidden), layers.Dense(1, "sigmoid")(hidden)])
    model.compile("adam", ["mse", "binary_crossentropy"], loss_weights=[1.0, 0.5])
    targets = [np.zeros((5, 2)), np.ones((5, 1))]
    got = Capture(model, X, targets).run(["loss", "loss_per_sample"])
    np.testing.assert_allclose(got["loss"], model.evaluate(X, targets, verbose=0)[0], rtol=1e-5)
    np.testing.assert_allclose(got["loss_per_sample"].mean(), got["loss"], rtol=1e-5)


def test_frozen_weights_have_no_gradient():
    model = classifier()
    model.get_layer("hidden").trainable = False
    names = Capture(model, X, LABELS).names()
    assert "hidden/kernel_gradient" not in names
    assert "hidden/preactivation_gradient" in names


def test_an_unknown_name_is_an_error_with_the_nearest_one():
    with pytest.raises(ArgumentError, match="did you mean 'hidden/output'"):
        Capture(classifier(), X).run(["hidden/outptu"])


def test_stages_have_arrays_weights_and_gradients_of_each_call():
    hidden, _, last = Capture(classifier(), X, LABELS).stages()
    assert hidden.kind == "Dense"
    assert hidden.input.shape == (5, 4)
    assert set(hidden.weights) == {"kernel", "bias"}
    assert set(last.gradients) == {"input", "passed", "preactivation", "output", "kernel", "bias"}
    assert repr(last) == "<Stage 'last' (Dense): (5, 8) -> (5, 3)>"


def test_layers_inside_a_layer_are_its_parts():
    inputs = layers.Input((2, 4))
    model = Model(inputs, layers.MultiHeadAttention(2, 3, name="heads")(inputs, inputs))
    capture = Capture(model, X[:4].reshape(2, 2, 4))
    (stage,) = capture.stages()
    assert [part.name for part in stage.parts] == ["heads/query", "heads/key", "heads/value", "heads/attention_output"]
    assert set(stage.weights) >= {"query/kernel", "attention_output/bias"}
