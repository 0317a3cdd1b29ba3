"""Every line of NumPy in an explained step computes the numbers of the run, and the text says what a newcomer needs."""

from __future__ import annotations

import copy
import dataclasses
import math
import re
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import Model, Sequential, insight, layers, ops
from glassworks.errors import ArgumentError, StateError
from glassworks.insight.capture import Capture
from glassworks.insight.explained_step import Explanation
from glassworks.insight.forward_lines import lines_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6)).astype("float32")
IMAGES = RNG.normal(size=(3, 9, 8, 2)).astype("float32")
SEQUENCES = RNG.normal(size=(3, 6, 5)).astype("float32")
WORDS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 0, 0], [5, 3, 5, 8, 0]])


def compiled(model: Model, optimizer: Any, loss: Any) -> Model:
    model.compile(optimizer, loss)
    return model


def dense() -> tuple[Model, Any, Any]:
    inner = [layers.Dense(8, "relu", name="hidden"), layers.Dropout(0.5, seed=1), layers.Dense(3, "softmax", name="last")]
    model = Sequential([layers.Input((6,)), *inner])
    return compiled(model, "adam", "sparse_categorical_crossentropy"), X, np.array([0, 2, 1, 2])


def convolutional() -> tuple[Model, Any, Any]:
    inner = [
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2, padding="same"),
        layers.DepthwiseConv2D(2, activation="silu"),
        layers.Conv2D(3, 2, strides=2, activation="gelu"),
        layers.SeparableConv2D(3, 1),
        layers.AveragePooling2D((2, 1)),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, "sigmoid"),
    ]
    model = Sequential([layers.Input((9, 8, 2)), layers.Rescaling(0.5, 1.0), *inner])
    return compiled(model, keras.optimizers.SGD(0.1), "binary_crossentropy"), IMAGES, np.array([0, 1, 1])


def recurrent() -> tuple[Model, Any, Any]:
    inner = [
        layers.Embedding(10, 4, mask_zero=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.GRU(3, return_sequences=True),
        layers.SimpleRNN(4, go_backwards=True, return_sequences=True),
        layers.LSTM(3),
        layers.Dense(2, kernel_regularizer="l2"),
    ]
    return compiled(Sequential([layers.Input((5,)), *inner]), "rmsprop", "mse"), WORDS, RNG.normal(size=(3, 2)).astype("float32")


def attention() -> tuple[Model, Any, Any]:
    inputs = layers.Input((6, 5))
    attended = layers.MultiHeadAttention(2, 4)(inputs, inputs, use_causal_mask=True)
    x = layers.LayerNormalization()(layers.Add()([inputs, attended]))
    x = layers.Concatenate()([x, layers.Attention()([x, x])])
    x = layers.TimeDistributed(layers.Dense(3, "tanh"))(x)
    model = Model(inputs, layers.Dense(3)(layers.Flatten()(x)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(model, keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), loss), SEQUENCES, np.array([0, 2, 1])


def normalized() -> tuple[Model, Any, Any]:
    encoder = Sequential([layers.Input((6,)), layers.Dense(8, name="inner"), layers.BatchNormalization()], name="encoder")
    inputs = layers.Input((6,))
    x = layers.LayerNormalization()(encoder(inputs))
    x = layers.GroupNormalization(4)(layers.Reshape((2, 4))(x))
    x = layers.UnitNormalization()(layers.RMSNormalization()(layers.Flatten()(x)))
    model = Model(inputs, layers.Dense(2, "softmax")(x))
    return (
        compiled(model, keras.optimizers.AdamW(0.01), keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
        X,
        np.eye(2)[[0, 1, 1, 0]],
    )


NETWORKS = {f.__name__: f for f in (dense, convolutional, recurrent, attention, normalized)}


@pytest.fixture(scope="module", params=NETWORKS)
def told(request: pytest.FixtureRequest) -> tuple[Explanation, Model, Any, Any]:
    keras.utils.set_random_seed(1)
    model, x, y = NETWORKS[request.param]()
    return insight.explain_step(model, x, y, depth="full"), model, x, y


def printed_functions(text: str) -> dict[str, Any]:
    """The helper functions, from the text alone."""
    names: dict[str, Any] = {"np": np, "math": math}
    blocks = re.findall(r"```python\n(.*?)\n```", text, flags=re.DOTALL)
    exec("import itertools\n\n" + "\n\n".join(block for block in blocks if block.startswith("def ")), names)
    return names


def test_every_printed_line_computes_the_numbers_of_the_run(told: tuple[Explanation, Model, Any, Any]) -> None:
    explanation, *_ = told
    text = explanation.markdown()
    functions = printed_functions(text)
    values = list(explanation.trace.arrays.values())
    assert len(explanation.snippets) > 8
    for snippet in explanation.snippets:
        assert all(line in text for line in snippet.code)
        names = {**functions, **snippet.given}
        with np.errstate(all="ignore"):
            exec("\n".join(snippet.code), names)
        for name, array in snippet.expected.items():
            assert names[name].shape == np.shape(array)
            scale = max(float(np.abs(array).max()), 1e-6)
            np.testing.assert_allclose(names[name] / scale, array / scale, atol=2e-4, err_msg=f"{snippet.code}: {name}")
            is_captured = any(array is value for value in values)
            assert is_captured or name in ("loss", "w_new"), f"{name} of {snippet.code} is a number of the trace"


def test_the_numbers_are_those_of_a_second_run_of_the_model(told: tuple[Explanation, Model, Any, Any]) -> None:
    explanation, model, x, y = told
    again = Capture(model, x, y, training=True).run()
    for name, array in again.items():
        np.testing.assert_allclose(explanation.trace.arrays[name], array, rtol=1e-5, atol=1e-7, err_msg=name)
    assert explanation.loss == pytest.approx(float(again["loss"]))


def test_all_layers_of_these_networks_have_lines(told: tuple[Explanation, Model, Any, Any]) -> None:
    explanation, *_ = told
    assert "There are no lines of NumPy for this layer" not in str(explanation)
    assert all(lines_of(stage) is not None for stage in explanation.trace.stages)


def test_the_loss_after_the_step_is_that_of_real_training(told: tuple[Explanation, Model, Any, Any]) -> None:
    explanation, model, x, y = told
    weights = [w.numpy() for w in model.weights]
    assert all(np.array_equal(a, w.numpy()) for a, w in zip(weights, model.weights, strict=True))
    twin, start = copy.deepcopy(model), copy.deepcopy(model)
    twin.train_on_batch(x, y)
    for own, moved in zip(start.trainable_variables, twin.trainable_variables, strict=True):
        own.assign(moved.numpy())
    after = Capture(start, x, y, training=True).run(["loss"])["loss"]
    assert explanation.loss_after == pytest.approx(float(after), rel=1e-4)
    for snippet in explanation.snippets:
        if "w_new" in snippet.expected:
            moved = next(
                v
                for v in twin.trainable_variables
                if v.shape == snippet.expected["w_new"].shape and np.allclose(v, snippet.expected["w_new"])
            )
            assert not np.array_equal(moved.numpy(), snippet.given["w"])


def test_a_dense_step_agrees_with_numpy_by_hand() -> None:
    model = compiled(
        Sequential([layers.Input((6,)), layers.Dense(2, "sigmoid", name="only")]), keras.optimizers.SGD(0.5), "binary_crossentropy"
    )
    y = np.array([[0, 1], [1, 1], [0, 0], [1, 0]], "float32")
    explanation = insight.explain_step(model, X, y)
    kernel, bias = model.get_weights()
    p = 1 / (1 + np.exp(-(X @ kernel + bias)))
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    assert explanation.loss == pytest.approx(loss, rel=1e-5)
    new = kernel - 0.5 * X.T @ (p - y) / y.size
    moved = explanation.snippets[-1]
    np.testing.assert_allclose(moved.expected["w_new"], new, atol=1e-6)
    assert moved.code == ["w_new = w - lr * g"]
    found = {name: snippet for snippet in explanation.snippets for name in snippet.expected}
    np.testing.assert_allclose(found["d_kernel"].expected["d_kernel"], X.T @ (p - y) / y.size, atol=1e-6)
    assert found["dz"].code == ["dz = (y - y_true.reshape(y.shape)) / y.size"]


def test_the_loss_stands_as_it_was_written_and_the_stable_form_is_named() -> None:
    model, x, y = dense()
    text = str(insight.explain_step(model, x, y))
    assert "y = e / e.sum(axis=-1, keepdims=True)" in text
    assert "loss = -np.log(y[np.arange(len(y)), y_true]).mean()" in text
    assert re.search(r"The engine computes log_softmax\(z\) in place of\s+log\(softmax\(z\)\)", text)
    chance = float(insight.explain_step(model, x, y).trace["last"].output[0, 0])
    assert f"the right class is 0, which got the probability {chance:.4g}" in text


@pytest.mark.parametrize(
    ("loss", "activation", "y"),
    [
        ("mse", None, X[:, :2]),
        ("mae", None, X[:, :2]),
        (keras.losses.Huber(0.5), None, X[:, :2]),
        ("log_cosh", None, X[:, :2]),
        ("cosine_similarity", None, X[:, :2]),
        ("hinge", "tanh", np.sign(X[:, :2])),
        ("squared_hinge", "tanh", np.sign(X[:, :2])),
        ("poisson", "softplus", np.abs(X[:, :2])),
        ("kl_divergence", "softmax", np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5], [0.9, 0.1]])),
        ("mean_squared_logarithmic_error", "softplus", np.abs(X[:, :2])),
        ("mean_absolute_percentage_error", None, X[:, :2]),
        (keras.losses.BinaryCrossentropy(from_logits=True), None, (X[:, :2] > 0).astype(float)),
        (keras.losses.BinaryCrossentropy(label_smoothing=0.2), "sigmoid", (X[:, :2] > 0).astype(float)),
        (keras.losses.CategoricalCrossentropy(from_logits=True), None, np.eye(2)[[0, 1, 1, 0]]),
    ],
)
def test_losses_have_lines_that_give_their_value(loss: Any, activation: Any, y: np.ndarray) -> None:
    model = compiled(Sequential([layers.Input((6,)), layers.Dense(2, activation)]), "sgd", loss)
    explanation = insight.explain_step(model, X, y)
    snippet = next(snippet for snippet in explanation.snippets if "loss" in snippet.expected)
    assert float(snippet.run()["loss"]) == pytest.approx(explanation.loss, rel=1e-4)
    assert snippet.code[-1] in str(explanation)


class Mystery(layers.Layer):
    """Turns numbers upside down."""

    def call(self, x):
        return ops.flip(x, axis=-1) ** 3


class OwnDense(layers.Dense):
    """A dense layer that does more than its base."""

    def call(self, inputs, training=None):
        return super().call(inputs) * 2


def test_a_layer_without_a_rule_shows_its_numbers_and_says_so() -> None:
    model = compiled(Sequential([layers.Input((6,)), Mystery(name="mystery"), OwnDense(2, name="own"), layers.Dense(1)]), "sgd", "mse")
    explanation = insight.explain_step(model, X, X[:, :1])
    text = " ".join(str(explanation).split())
    assert "mystery (Mystery): (4, 6) -> (4, 6) Turns numbers upside down. There are no lines of NumPy for this layer" in text
    assert f"x[0] = [{X[0, 0]:.4g} {X[0, 1]:.4g}" in text and f"y[0] = [{X[0, 5] ** 3:.4g}" in text
    assert "own (OwnDense): (4, 6) -> (4, 2) A dense layer that does more than its base. There are no lines" in text


def test_an_activation_function_of_the_users_own_is_shown_by_its_numbers() -> None:
    def bent(z):
        return z * ops.sigmoid(1.5 * z)

    explanation = insight.explain_step(Sequential([layers.Input((6,)), layers.Dense(2, activation=bent)]), X)
    assert explanation.snippets[0].code == ["z = x @ kernel + bias"]
    assert "the activation function 'bent' makes y[0] = " in str(explanation)


def test_depths_tell_more_and_more() -> None:
    model, x, y = dense()
    short, normal, full = (str(insight.explain_step(model, x, y, depth=depth)) for depth in ("short", "normal", "full"))
    assert len(short) < len(normal) < len(full)
    assert "x @ kernel" not in short and re.search(r"hidden +Dense, relu", short)
    assert "in full:" in full and "Change / size" in full and "in full:" not in normal
    with pytest.raises(ArgumentError, match="depth"):
        insight.explain_step(model, x, y, depth="deep")


def test_markdown_and_html_hold_the_same_lines_and_html_is_escaped() -> None:
    model, x, y = dense()
    model.layers[0].name = "<b>first</b>"
    explanation = insight.explain_step(model, x, y)
    markdown, html = explanation.markdown(), explanation._repr_html_()
    assert markdown.startswith("# One training step of") and "```python\nz = x @ kernel + bias" in markdown
    assert "&lt;b&gt;first" in html and "<b>first" not in html
    assert "z = x @ kernel + bias" in html and "src=" not in html and "<script" not in html


def test_without_targets_only_the_forward_pass_is_told() -> None:
    model = Sequential([layers.Input((6,)), layers.Dense(2)])
    explanation = insight.explain_step(model, X[0])
    assert explanation.loss is None and explanation.loss_after is None
    assert "only the forward pass is explained" in " ".join(str(explanation).split()) and "Backward" not in str(explanation)
    with pytest.raises(StateError, match="compile"):
        insight.explain_step(model, X, X[:, :2])


def test_another_sample_several_outputs_and_sample_weights() -> None:
    inputs = layers.Input((6,))
    hidden = layers.Dense(4, "tanh")(inputs)
    model = Model(inputs, {"a": layers.Dense(1, name="a")(hidden), "b": layers.Dense(3, "softmax", name="b")(hidden)})
    model.compile("sgd", {"a": "mse", "b": "sparse_categorical_crossentropy"}, loss_weights={"a": 0.5, "b": 2.0})
    explanation = insight.explain_step(model, X, {"a": X[:, :1], "b": np.array([0, 1, 2, 1])}, sample=2)
    text = str(explanation)
    assert "Output 'a': mean_squared_error" in text and "It counts 0.5 times" in text and "It counts 2.0 times" in text
    assert "y[2] = " in text and "Sample 2: the right class is 2" in text
    losses = [float(s.expected["loss"]) for s in explanation.snippets if "loss" in s.expected]
    assert 0.5 * losses[0] + 2 * losses[1] == pytest.approx(explanation.loss, rel=1e-5)
    model = compiled(Sequential([layers.Input((6,)), layers.Dense(1)]), "sgd", "mse")
    weighted = insight.explain_step(model, X, X[:, :1], sample_weight=np.array([1.0, 0.0, 0.0, 2.0]))
    assert "with the weights of the samples" in str(weighted)


def test_other_layers_have_lines_too() -> None:
    inner = [
        layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu"),
        layers.ZeroPadding2D(1),
        layers.UpSampling2D((2, 1)),
        layers.Permute((2, 1, 3)),
        layers.LeakyReLU(0.1),
        layers.SpatialDropout2D(0.5, seed=1),
        layers.Conv2DTranspose(2, 2),
        layers.PReLU(),
        layers.GlobalMaxPooling2D(),
        layers.RepeatVector(3),
        layers.Conv1D(4, 2, padding="causal", dilation_rate=2),
        layers.EinsumDense("abc,cd->abd", output_shape=(None, 2), bias_axes="d"),
        layers.Activation("softsign"),
        layers.Flatten(),
    ]
    model = compiled(Sequential([layers.Input((9, 8, 2)), *inner]), "sgd", "mse")
    explanation = insight.explain_step(model, IMAGES, np.zeros((3, 6), "float32"))
    assert all(lines_of(stage) is not None for stage in explanation.trace.stages)
    assert all(snippet.agree() for snippet in explanation.snippets)


def test_lines_that_do_not_give_the_numbers_are_not_shown() -> None:
    model = compiled(Sequential([layers.Input((6,)), layers.Dense(2, name="only")]), "sgd", "mse")
    (stage,) = insight.explain_step(model, X, X[:, :2]).trace.stages
    assert lines_of(stage) is not None
    assert lines_of(dataclasses.replace(stage, outputs=(stage.outputs[0] + 0.01,))) is None


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_other_dtypes_are_explained(dtype: str) -> None:
    inner = [layers.Dense(5, "relu", dtype=dtype), layers.Dense(2, "softmax", dtype=dtype)]
    model = compiled(Sequential([layers.Input((6,)), *inner]), "adam", "sparse_categorical_crossentropy")
    explanation = insight.explain_step(model, X, np.array([0, 1, 1, 0]))
    assert len(explanation.snippets) >= 9 and "There are no lines of NumPy" not in str(explanation)


def test_text_models_and_subclassed_models_are_told() -> None:
    words = layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=3, name="words")
    model = compiled(
        Sequential([words, layers.Embedding(4, 2), layers.Flatten(), layers.Dense(1, "sigmoid")]), "sgd", "binary_crossentropy"
    )
    text = str(insight.explain_step(model, np.array([["good day"], ["bad"]]), np.array([1, 0])))
    assert "It runs before the network, in Python." in text and "'good day'" in text
    long = np.array(["a long review of a film " * 40, "bad"])
    told = " ".join(str(insight.explain_step(model, long, np.array([1, 0]))).split())
    assert "x[0] = 'a long review of a film" in told and len(told) < len(long[0]) + len(text), "one text, and not all of it"

    class Own(Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(3, "relu", name="first")

        def call(self, x):
            return ops.sum(self.first(x), axis=-1, keepdims=True)

    model = compiled(Own(), "adam", "mse")
    explanation = insight.explain_step(model, X, X[:, :1])
    assert "the model computes its outputs with ops, outside of layers" in " ".join(str(explanation).split())
    assert "first (Dense)" in str(explanation) and explanation.loss_after < explanation.loss


def test_a_residual_connection_passes_the_gradient_on_unchanged() -> None:
    inputs = layers.Input((6,))
    first = layers.Dense(6, name="first")(inputs)
    model = compiled(Model(inputs, layers.Add(name="sum")([first, layers.Dense(6, "tanh")(first)])), "sgd", "mse")
    explanation = insight.explain_step(model, X, X)
    stage = explanation.trace["sum"]
    np.testing.assert_array_equal(stage.gradients["passed"], stage.gradients["output"])
    assert {"dx0", "dx1"} <= {name for snippet in explanation.snippets for name in snippet.expected}
    assert not np.allclose(stage.gradients["input"], stage.gradients["output"])
