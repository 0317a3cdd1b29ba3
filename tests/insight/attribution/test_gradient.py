"""Input gradients are those that JAX computes on the same weights, for every kind of input and output."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers, ops
from glassworks.errors import ArgumentError, DataError, StateError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(5, 4)).astype("float32")


def classifier(last: str | None = "softmax", units: int = 3) -> Model:
    return Sequential([Input((4,)), layers.Dense(8, "tanh"), layers.Dense(units, last)])


def in_jax(model: Model, x: np.ndarray) -> jnp.ndarray:
    """The numbers before the last activation of a `classifier`."""
    w1, b1, w2, b2 = model.get_weights()
    return jnp.tanh(x @ w1 + b1) @ w2 + b2


@pytest.mark.usefixtures("engine")
def test_the_gradient_of_the_logit_of_the_predicted_class_is_that_of_jax() -> None:
    model = classifier()
    got = insight.input_gradient(model, X)
    classes = np.argmax(in_jax(model, X), -1)
    expected = jax.vmap(jax.grad(lambda x, c: in_jax(model, x)[c]))(X, classes)
    np.testing.assert_allclose(got.values, expected, rtol=1e-4, atol=1e-6)
    assert got.target == classes.tolist()
    np.testing.assert_allclose(got.score, np.max(in_jax(model, X), -1), rtol=1e-5)
    np.testing.assert_allclose(got.prediction, model.predict(X, verbose=0).max(-1), rtol=1e-5)


@pytest.mark.usefixtures("engine")
def test_the_gradient_of_a_probability_and_of_chosen_classes_is_that_of_jax() -> None:
    model = classifier()
    got = insight.input_gradient(model, X, target=[0, 1, 2, 0, -1], of="probability").values
    expected = jax.vmap(jax.grad(lambda x, c: jax.nn.softmax(in_jax(model, x))[c]))(X, np.array([0, 1, 2, 0, 2]))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_targets_may_be_one_hot() -> None:
    model, classes = classifier(), [0, 1, 2, 0, 2]
    got = insight.input_gradient(model, X, target=np.eye(3)[classes])
    assert got.target == classes
    np.testing.assert_array_equal(got.values, insight.input_gradient(model, X, target=classes).values)


def test_a_single_sigmoid_has_two_classes_whose_logits_are_opposite() -> None:
    model = classifier("sigmoid", 1)
    zero, one = (insight.input_gradient(model, X, target=target) for target in (0, 1))
    np.testing.assert_allclose(zero.values, -one.values)
    np.testing.assert_allclose(zero.prediction + one.prediction, 1.0, rtol=1e-6)
    np.testing.assert_allclose(one.values, insight.input_gradient(model, X).values)
    np.testing.assert_allclose(one.values, jax.vmap(jax.grad(lambda x: in_jax(model, x)[0]))(X), rtol=1e-4, atol=1e-6)


def test_a_regression_with_one_unit_needs_no_target_and_one_with_several_does() -> None:
    model = classifier(None, 1)
    np.testing.assert_allclose(
        insight.input_gradient(model, X).values, jax.vmap(jax.grad(lambda x: in_jax(model, x)[0]))(X), rtol=1e-4, atol=1e-6
    )
    several = classifier(None, 2)
    with pytest.raises(ArgumentError, match="target=0"):
        insight.input_gradient(several, X)
    several.compile("adam", "mse")
    with pytest.raises(ArgumentError, match="target=0"):
        insight.input_gradient(several, X)
    got = insight.input_gradient(several, X, target=1)
    np.testing.assert_allclose(got.values, jax.vmap(jax.grad(lambda x: in_jax(several, x)[1]))(X), rtol=1e-4, atol=1e-6)


def test_logits_with_a_class_loss_are_classes() -> None:
    from glassworks.losses import SparseCategoricalCrossentropy

    model = classifier(None, 3)
    model.compile("adam", SparseCategoricalCrossentropy(from_logits=True))
    assert insight.input_gradient(model, X).target == np.argmax(in_jax(model, X), -1).tolist()


def test_an_output_with_several_axes_takes_an_index_per_axis() -> None:
    model = Sequential([Input((6, 2)), layers.Conv1D(3, 2, activation="tanh")])
    x = RANDOM.normal(size=(2, 6, 2)).astype("float32")
    with pytest.raises(ArgumentError, match=r"target=\(0, 0\)"):
        insight.input_gradient(model, x)
    kernel, bias = model.get_weights()
    got = insight.input_gradient(model, x, target=(1, 2)).values
    z = np.einsum("btc,tco->bo", x[:, 1:3], kernel) + bias
    expected = np.zeros_like(x)
    expected[:, 1:3] = (1 - np.tanh(z[:, 2]) ** 2)[:, None, None] * kernel[:, :, 2]
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_one_sample_without_the_axis_of_the_batch_gives_values_of_its_shape() -> None:
    model = classifier()
    np.testing.assert_allclose(insight.input_gradient(model, X[1]).values, insight.input_gradient(model, X)[1].values, rtol=1e-5)
    assert insight.input_gradient(model, X[1]).values.shape == (4,)


@pytest.mark.usefixtures("engine")
def test_integers_are_explained_at_the_vectors_of_their_embedding() -> None:
    numbers = np.array([[3, 1, 4, 0, 0], [2, 2, 5, 6, 0]])
    model = Sequential(
        [Input((5,), dtype="int32"), layers.Embedding(8, 3, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")]
    )
    table, kernel, bias = model.get_weights()

    def logit(vectors: jnp.ndarray, mask: np.ndarray) -> jnp.ndarray:
        mean = (vectors * mask[:, None]).sum(0) / mask.sum()
        return (mean @ kernel + bias)[0]

    expected = jax.vmap(jax.grad(logit))(table[numbers], numbers != 0).sum(-1)
    got = insight.input_gradient(model, numbers)
    np.testing.assert_allclose(got.values, expected, rtol=1e-5, atol=1e-7)
    assert got.parts[0].labels[0] == ["3", "1", "4", "0", "0"]
    named = insight.input_gradient(model, numbers, names=["", "a", "b", "c", "d", "e", "f", "g"])
    assert named.parts[0].labels[0] == ["c", "a", "d", "", ""]


def test_bytes_are_explained_after_their_conversion_to_numbers() -> None:
    images = RANDOM.integers(0, 256, (2, 6, 6, 1), dtype=np.uint8)
    rest = [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)]
    model = Sequential([Input((6, 6, 1), dtype="uint8"), layers.Rescaling(1 / 255), *rest])
    same = Sequential([Input((6, 6, 1)), *rest])
    got = insight.input_gradient(model, images).values
    np.testing.assert_allclose(got, insight.input_gradient(same, images / 255).values / 255, rtol=1e-4, atol=1e-7)


def test_several_inputs_and_outputs_have_values_in_their_structure() -> None:
    left, right = Input((2,), name="left"), Input((3,), name="right")
    both = layers.Concatenate()([left, right])
    outputs = {"age": layers.Dense(1, name="age")(both), "kind": layers.Dense(3, "softmax", name="kind")(both)}
    model = Model({"left": left, "right": right}, outputs)
    x = {"left": np.ones((2, 2), "float32"), "right": np.ones((2, 3), "float32")}
    with pytest.raises(ArgumentError, match="output='age'"):
        insight.input_gradient(model, x)
    got = insight.input_gradient(model, x, output="age").values
    kernel = model.get_layer("age").get_weights()[0]
    np.testing.assert_allclose(got["left"], np.tile(kernel[:2, 0], (2, 1)), rtol=1e-6)
    np.testing.assert_allclose(got["right"], np.tile(kernel[2:, 0], (2, 1)), rtol=1e-6)
    names = insight.input_gradient(model, x, output="age").text()
    assert "left 0" in names and "right 2" in names, "each column says which input it is of"
    with pytest.raises(ArgumentError, match="did you mean 'kind'"):
        insight.input_gradient(model, x, output="kinds")


def test_nested_and_subclassed_models_are_explained() -> None:
    inner = classifier()

    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def call(self, x):  # type: ignore[no-untyped-def]
            return self.inner(2.0 * x)

    inputs = Input((4,))
    nested = Model(inputs, inner(inputs))
    np.testing.assert_allclose(insight.input_gradient(nested, X).values, insight.input_gradient(inner, X).values, rtol=1e-5)
    own = Own()
    np.testing.assert_allclose(
        insight.input_gradient(own, X / 2, target=0).values, 2 * insight.input_gradient(inner, X, target=0).values, rtol=1e-5, atol=1e-6
    )


def test_a_model_in_half_precision_is_explained() -> None:
    model = Sequential([Input((4,)), layers.Dense(8, "tanh", dtype="mixed_float16"), layers.Dense(3, "softmax", dtype="float32")])
    same = classifier()
    same.set_weights(model.get_weights())
    np.testing.assert_allclose(insight.input_gradient(model, X).values, insight.input_gradient(same, X).values, rtol=2e-2, atol=1e-3)


def test_looking_changes_nothing() -> None:
    model = Sequential([Input((4,)), layers.BatchNormalization(), layers.Dropout(0.5, seed=1), layers.Dense(3, "softmax")])
    before = [variable.numpy().copy() for variable in model.variables]
    first = insight.input_gradient(model, X).values
    np.testing.assert_array_equal(first, insight.input_gradient(model, X).values)
    for variable, was in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), was)


def test_mistakes_are_named() -> None:
    model = classifier()
    with pytest.raises(ArgumentError, match="from 0 to 2"):
        insight.input_gradient(model, X, target=3)
    with pytest.raises(ArgumentError, match="2 targets for 5 samples"):
        insight.input_gradient(model, X, target=[0, 1])
    with pytest.raises(ArgumentError, match="0 or 1"):
        insight.input_gradient(classifier("sigmoid", 1), X, target=2)
    with pytest.raises(ArgumentError, match="logit"):
        insight.input_gradient(model, X, of="score")
    with pytest.raises(DataError, match="no samples"):
        insight.input_gradient(model, X[:0])
    with pytest.raises(DataError, match="x=None"):
        insight.input_gradient(model, None)
    with pytest.raises(ArgumentError, match="2 names for 4 columns"):
        insight.input_gradient(model, X, names=["a", "b"])
    stopped = Sequential([Input((4,)), layers.Lambda(ops.stop_gradient), layers.Dense(1)])
    with pytest.raises(StateError, match="without a gradient at the inputs"):
        insight.input_gradient(stopped, X)
