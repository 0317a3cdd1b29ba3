"""Hooks that users override, with the signatures that Keras calls them with, and what callbacks get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks
from tests import keras_answers

MODULE = "tests.training.hook_programs"
PROGRAMS = keras_answers.programs(MODULE)


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(MODULE)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hook_is_called_as_in_keras(keras: dict[str, Any], name: str) -> None:
    keras_answers.compare(PROGRAMS[name], glassworks, keras[name])


def _trained(model: Any, *callbacks: Any, epochs: int = 1) -> Any:
    x, y = np.random.rand(8, 3).astype("float32"), np.random.rand(8, 1).astype("float32")
    return model.fit(x, y, batch_size=4, epochs=epochs, shuffle=False, verbose=0, callbacks=list(callbacks), validation_data=(x, y))


def _compiled(base: type = glassworks.Model, **arguments: Any) -> Any:
    inputs = glassworks.Input((3,))
    model = base(inputs, glassworks.layers.Dense(1)(inputs))
    model.compile("sgd", "mse", **arguments)
    return model


def test_callbacks_of_fit_always_get_a_dict_the_model_and_the_parameters() -> None:
    seen: list[tuple[str, Any]] = []

    class Log(glassworks.callbacks.Callback):
        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if not name.startswith("on_") or name in ("on_progress", "on_interrupt"):
                return found

            def hook(*args: Any, **kwargs: Any) -> None:
                logs = kwargs["logs"] if "logs" in kwargs else args[-1]
                assert self.model is model
                seen.append((name, sorted(logs)))

            return hook

    model, log = _compiled(metrics=["mae"]), Log()
    _trained(model, log)
    assert log.params == {"epochs": 1, "steps": 2, "verbose": 0}
    assert seen[0] == ("on_train_begin", [])
    assert ("on_epoch_begin", []) in seen
    assert ("on_epoch_end", ["loss", "mae", "val_loss", "val_mae"]) in seen
    assert seen[-1][0] == "on_train_end"


def test_a_training_step_can_update_the_compiled_metrics_as_one() -> None:
    # The loop of Keras's guide on custom training steps.
    class Mine(glassworks.Model):
        def train_step(self, data: Any) -> Any:
            x, y = data
            with glassworks.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred)
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

    own, plain = _compiled(Mine, metrics=["mae", "mse"]), _compiled(metrics=["mae", "mse"])
    plain.set_weights(own.get_weights())
    np.random.seed(1)
    found = _trained(own, epochs=2).history
    np.random.seed(1)
    expected = _trained(plain, epochs=2).history
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_loss_written_without_training_trains_and_is_evaluated(run_eagerly: bool) -> None:
    class Mine(glassworks.Model):
        def compute_loss(self, inputs: Any, targets: Any, outputs: Any, weights: Any = None) -> Any:
            return glassworks.ops.mean((outputs - targets) ** 2) * 2

    own, plain = _compiled(Mine, run_eagerly=run_eagerly), _compiled(loss_weights=2.0)
    plain.set_weights(own.get_weights())
    np.random.seed(1)
    found = _trained(own).history
    np.random.seed(1)
    expected = _trained(plain).history
    np.testing.assert_allclose(found["loss"] + found["val_loss"], expected["loss"] + expected["val_loss"], rtol=1e-5)
