"""Gradients and updates over a training, read back from the figure."""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as keras
from glassworks import callbacks, insight, layers
from glassworks.errors import StateError
from glassworks.training.callbacks.history import History

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = X[:, :1] * X[:, 1:2]
RATE = 0.05


def model_of(kind: type[keras.Sequential] = keras.Sequential) -> keras.Sequential:
    keras.utils.set_random_seed(3)
    model = kind([layers.Input((3,)), layers.Dense(5, "tanh", name="hidden"), layers.Dense(1, name="last")], name="net")
    model.compile(keras.optimizers.SGD(RATE), "mse")
    return model


def trained(model: keras.Sequential, epochs: int = 4, x: np.ndarray = X) -> History:
    return model.fit(x, Y, epochs=epochs, batch_size=32, verbose=0, callbacks=[callbacks.Doctor(every_epoch=True)])


def test_the_curves_are_the_gradients_and_updates_of_each_epoch() -> None:
    weights: list[list[np.ndarray]] = []
    model = model_of()
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(model.get_weights()))
    history = model.fit(X, Y, epochs=4, batch_size=32, verbose=0, callbacks=[callbacks.Doctor(every_epoch=True), keep])
    left, right = insight.plot_training_flow(history).axes
    for axes, column in ((left, 0), (right, 1)):
        curves = {str(line.get_label()): line for line in axes.get_lines()}
        assert list(curves) == ["hidden", "last"]
        for layer, curve in curves.items():
            np.testing.assert_array_equal(curve.get_xdata(), [1, 2, 3, 4])
            expected = [_measured(one)[layer][column] for one in weights]
            np.testing.assert_allclose(curve.get_ydata(), expected, rtol=1e-4)


def _measured(weights: list[np.ndarray]) -> dict[str, tuple[float, float]]:
    """The size of the gradient and of the update of each kernel, by hand."""
    a, b, c, d = (weight.astype(np.float64) for weight in weights)
    hidden = np.tanh(X @ a + b)
    error = 2 * (hidden @ c + d - Y) / len(X)
    gradients = {"hidden": (X.T @ (error @ c.T * (1 - hidden**2)), a), "last": (hidden.T @ error, c)}
    return {
        name: (float(np.sqrt((g**2).mean())), float(RATE * np.linalg.norm(g) / np.linalg.norm(w))) for name, (g, w) in gradients.items()
    }


def test_for_a_train_step_of_ones_own_there_are_updates_alone() -> None:
    class Own(keras.Sequential):
        def train_step(self, data: tuple) -> dict:
            x, y = data
            with keras.GradientTape() as tape:
                loss = keras.ops.mean(keras.ops.square(self(x, training=True) - y))
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"loss": loss}

    left, right = insight.plot_training_flow(trained(model_of(Own))).axes
    assert [text.get_text() for text in left.texts] == ["not known"] and not left.get_lines()
    assert [line.get_label() for line in right.get_lines()] == ["hidden", "last"]


def test_without_an_examination_the_error_says_how_to_get_one() -> None:
    model = model_of()
    with pytest.raises(StateError, match=r"did not look at[\s\S]*Doctor\(every_epoch=True\)"):
        insight.plot_training_flow(model.fit(X, Y, verbose=0, doctor="off"))
    with pytest.raises(StateError, match=r"did not examine[\s\S]*Doctor\(every_epoch=True\)"):
        insight.plot_training_flow(model.fit(X, Y, verbose=0))


def test_layers_with_several_kernels_have_a_curve_for_each() -> None:
    model = keras.Sequential([layers.Input((3, 1)), layers.LSTM(4, name="lstm"), layers.Dense(1, name="last")])
    model.compile("adam", "mse")
    left = insight.plot_training_flow(trained(model, 2, X[..., None])).axes[0]
    assert [line.get_label() for line in left.get_lines()] == ["lstm_cell/kernel", "lstm_cell/recurrent_kernel", "last"]
