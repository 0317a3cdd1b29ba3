"""Pictures of activations and gradients show the numbers of the batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import StateError

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(16, 4)).astype("float32"), RANDOM.normal(size=(16, 1)).astype("float32")


def network() -> Model:
    model = Sequential([Input((4,)), layers.Dense(6, "relu", name="hidden"), layers.Dropout(0.0), layers.Dense(1, name="last")])
    model.compile("sgd", "mse")
    return model


def test_histograms_count_the_outputs_of_each_layer() -> None:
    model = network()
    figure = insight.plot_activations(model, X)
    w, b, *_ = model.get_weights()
    hidden = np.maximum(X @ w + b, 0)
    axes = figure.axes[0]
    heights, edges = np.histogram(hidden[hidden > 0], bins=40)
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], heights / hidden.size, atol=2 / hidden.size)  # type: ignore[attr-defined]
    assert axes.patches[0].get_x() == pytest.approx(edges[0], rel=1e-4)  # type: ignore[attr-defined]
    assert f"mean {hidden.mean():.4f}" in axes.get_title()
    assert f"zero {(hidden == 0).mean():.1%}" in axes.get_title()
    assert [one.get_title().splitlines()[0] for one in figure.axes] == ["hidden", "last"]


def test_of_many_layers_32_are_drawn() -> None:
    model = Sequential([Input((2,)), *(layers.Dense(2, name=f"d{i}") for i in range(70))])
    figure = insight.plot_activations(model, np.ones((3, 2)))
    names = [axes.get_title().splitlines()[0] for axes in figure.axes if axes.get_title()]
    assert len(names) == 32 and names[0] == "d0" and names[-1] == "d69"
    assert "32 of 70 layers" in figure.get_suptitle()


def test_bars_are_the_root_mean_squares_of_the_gradients() -> None:
    model = network()

    def loss(weights: list[jnp.ndarray], shift: jnp.ndarray) -> jnp.ndarray:
        w1, b1, w2, b2 = weights
        return jnp.mean(((jax.nn.relu(X @ w1 + b1) + shift) @ w2 + b2 - Y) ** 2)

    of_weights, of_output = jax.grad(loss, (0, 1))([jnp.asarray(w) for w in model.get_weights()], jnp.zeros((16, 6)))
    axes = insight.plot_gradients(model, X, Y).axes[0]
    bars = [bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]
    for i in (0, 1):
        numbers = np.concatenate([np.ravel(of_weights[2 * i]), np.ravel(of_weights[2 * i + 1])])
        assert bars[i] == pytest.approx(np.sqrt(np.mean(numbers**2)), rel=1e-4)
    assert bars[2] == pytest.approx(np.sqrt(np.mean(np.square(of_output))), rel=1e-4)
    assert axes.get_xscale() == "log"


def test_a_layer_without_a_gradient_is_marked() -> None:
    model = network()
    model.get_layer("hidden").set_weights([np.zeros((4, 6)), -np.ones(6)])
    axes = insight.plot_gradients(model, X, Y).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0: no gradient"]


def test_mistakes_are_named() -> None:
    with pytest.raises(StateError, match="compile"):
        insight.plot_gradients(Sequential([Input((4,)), layers.Dense(1)]), X, Y)
    with pytest.raises(StateError, match="pass y"):
        insight.plot_gradients(network(), X, None)
    frozen = network()
    frozen.trainable = False
    with pytest.raises(StateError, match="trainable"):
        insight.plot_gradients(frozen, X, Y)
    with pytest.raises(StateError, match="layers with weights"):
        insight.plot_activations(Sequential([Input((4,)), layers.Flatten()]), X)
