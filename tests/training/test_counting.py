"""What is counted where: `*_on_batch` count their batch alone, and a callback does not change its epoch's numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks

RNG = np.random.default_rng(3)
X = RNG.normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
ELSEWHERE = (X * 3 + 1, Y * 50)


def model(library: Any = glassworks, rate: float = 0.05, **options: Any) -> Any:
    net = library.Sequential([library.Input((3,)), library.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")])
    net.compile(library.optimizers.SGD(rate), "mse", metrics=["mae"], **options)
    return net


def on_batch_results(library: Any) -> list[Any]:
    net = model(library)
    found = [net.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history["loss"]]
    found.append(net.train_on_batch(X[:8], Y[:8]))
    found.append(net.train_on_batch(X[8:], Y[8:], sample_weight=np.linspace(0, 1, 16, dtype="float32")))
    found.append(net.test_on_batch(X[:8], Y[:8]))
    found.append(net.evaluate(*ELSEWHERE, verbose=0))
    found.append(list(net.test_on_batch(X[:5], Y[:5], return_dict=True).items()))
    found.append(list(net.train_on_batch(X[:5], Y[:5], class_weight=None, return_dict=True).items()))
    found.append([float(net.metrics[0].result())])
    return found


def test_on_batch_results_are_those_of_keras() -> None:
    for ours, theirs in zip(on_batch_results(glassworks), on_batch_results(real), strict=True):
        if isinstance(theirs[0], tuple):
            assert [name for name, _ in ours] == [name for name, _ in theirs]
            ours, theirs = [value for _, value in ours], [value for _, value in theirs]
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])
def test_a_loss_alone_is_a_number(library: Any) -> None:
    net = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    net.compile("sgd", "mse")
    assert np.ndim(net.train_on_batch(X, Y)) == np.ndim(net.test_on_batch(X, Y)) == 0


class Own(glassworks.Model):
    """A model with a training step and a metric of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = glassworks.layers.Dense(1, kernel_initializer="ones")
        self.mean = glassworks.metrics.Mean(name="own")

    def call(self, x: Any) -> Any:
        return self.dense(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data[:2]
        with glassworks.GradientTape() as tape:
            loss = glassworks.ops.mean((self(x) - y) ** 2)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.mean.update_state(loss)
        return {"own": self.mean.result()}

    def test_step(self, data: Any) -> dict[str, Any]:
        x, y = data[:2]
        self.mean.update_state(glassworks.ops.mean((self(x) - y) ** 2))
        return {"own": self.mean.result()}


def test_on_batch_of_an_own_step_is_about_its_batch() -> None:
    net = Own()
    net.compile(glassworks.optimizers.SGD(0.0))
    net.fit(X, Y, verbose=0)
    assert net.train_on_batch(*ELSEWHERE) == pytest.approx(net.evaluate(*ELSEWHERE, verbose=0), rel=1e-5)


class Within(glassworks.callbacks.Callback):
    """Does something at one hook of training."""

    def __init__(self, hook: str, action: Callable[[Any], Any]) -> None:
        super().__init__()
        setattr(self, hook, lambda *args, **kwargs: action(self.model))


def fit_another_with_the_same_metric(net: Any) -> None:
    other = model()
    other.compile("sgd", "mse", metrics=[metric for metric in net.metrics[1:] if isinstance(metric, glassworks.metrics.Metric)])
    other.fit(*ELSEWHERE, verbose=0, callbacks=[glassworks.callbacks.EarlyStopping("loss", patience=0)])


def fit_itself(net: Any) -> None:
    if not getattr(net, "inside", False):
        net.inside, weights = True, net.get_weights()
        net.fit(*ELSEWHERE, epochs=3, verbose=0, callbacks=[Within("on_epoch_end", lambda net: setattr(net, "stop_training", True))])
        net.set_weights(weights)
        net.inside = False


ACTIONS: dict[str, Callable[[Any], Any]] = {
    "evaluate": lambda net: net.evaluate(*ELSEWHERE, verbose=0),
    "evaluate in small batches": lambda net: net.evaluate(*ELSEWHERE, batch_size=5, verbose=0),
    "test_on_batch": lambda net: net.test_on_batch(*ELSEWHERE),
    "predict": lambda net: net.predict(ELSEWHERE[0], verbose=0),
    "predict_on_batch": lambda net: net.predict_on_batch(ELSEWHERE[0]),
    "fit another model": fit_another_with_the_same_metric,
    "fit itself and restore the weights": fit_itself,
}
HOOKS = ("on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_test_batch_end", "on_epoch_end")


@pytest.mark.parametrize("eager", [False, True], ids=["traced", "eager"])
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_a_callback_does_does_not_change_its_epoch(hook: str, action: str, eager: bool) -> None:
    found = []
    for callbacks in ([], [Within(hook, ACTIONS[action])]):
        net = model(run_eagerly=eager)
        history = net.fit(X, Y, batch_size=8, epochs=2, shuffle=False, validation_data=(X[:16], Y[:16] + 1), callbacks=callbacks, verbose=0)
        assert net.history is history
        found.append(history.history)
    assert found[0] == found[1] and len(found[0]["val_loss"]) == 2


def test_what_a_callback_evaluates_is_right_itself() -> None:
    seen = []
    net = model(rate=0.0)
    net.fit(X, Y, batch_size=8, verbose=0, callbacks=[Within("on_train_batch_end", lambda net: seen.append(ACTIONS["evaluate"](net)))])
    assert seen == [pytest.approx(net.evaluate(*ELSEWHERE, verbose=0))] * 3


def test_after_a_failed_evaluation_in_a_callback_the_epoch_goes_on_counting() -> None:
    def failing(net: Any) -> None:
        with pytest.raises(glassworks.errors.GlassworksError):
            net.evaluate(X[:, :2], Y, verbose=0)

    logs = [
        model().fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=callbacks).history
        for callbacks in ([], [Within("on_train_batch_end", failing)])
    ]
    assert logs[0] == logs[1]
