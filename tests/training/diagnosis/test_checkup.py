"""The doctor in `fit`: networks that train badly and well, on every kind of source, and what looking changes (nothing)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.errors import DiagnosisError, GlassworksWarning
from glassworks.names import reset_names

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(4, 12))
Y = RNG.integers(0, 4, 640)
X = (CENTRES[Y] + RNG.normal(size=(640, 12))).astype("float32")


def net(optimizer: Any, **compiled: Any) -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((12,)), layers.Dense(32, activation="relu", name="hidden"), layers.Dense(4, activation="softmax", name="last")],
        name="net",
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", **compiled)
    return model


def checks_of(history: Any) -> list[str]:
    return [finding.check for finding in history.findings]


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    while True:
        for start in range(0, len(X), 32):
            yield X[start : start + 32], Y[start : start + 32]


WAYS: dict[str, Callable[[Any], Any]] = {
    "slices of arrays": lambda model: model.fit(X, Y, epochs=5, verbose=0),
    "one step at a time": lambda model: model.fit(
        X, Y, epochs=5, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]
    ),
    "a generator": lambda model: model.fit(batches(), steps_per_epoch=20, epochs=5, verbose=0),
}


@pytest.mark.parametrize("fit", WAYS.values(), ids=WAYS)
def test_a_learning_rate_that_is_too_high_is_found_however_the_data_comes(fit: Callable[[Any], Any]) -> None:
    with pytest.warns(GlassworksWarning, match="learning_rate") as told:
        history = fit(net(keras.optimizers.Adam(1.0)))
    (finding, *_) = history.findings
    assert finding.check == "learning_rate_high" and finding.layer == "hidden" and "learning_rate=0.001) (you have 1)" in finding.fix
    assert __file__ in finding.line and sum("learning_rate_high" in str(warning.message) for warning in told) == 1
    assert history.doctor.report()[0]["check"] == "learning_rate_high"


@pytest.mark.parametrize("fit", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_healthy_training_gets_no_finding(fit: Callable[[Any], Any], optimizer: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not fit(net(optimizer)).findings


def test_the_suggested_learning_rate_trains_the_network() -> None:
    with pytest.warns(GlassworksWarning):
        bad = net(keras.optimizers.Adam(1.0)).fit(X, Y, epochs=5, verbose=0)
    fixed = eval(bad.findings[0].fix.removeprefix("optimizer=").partition(" (you have")[0], {"keras": keras})
    good = net(fixed).fit(X, Y, epochs=5, verbose=0)
    assert not good.findings and good.history["loss"][-1] < 0.5 * bad.history["loss"][-1]


def test_shuffled_labels_teach_nothing() -> None:
    shuffled = np.random.default_rng(1).integers(0, 4, len(Y))
    with pytest.warns(GlassworksWarning, match="nothing_learned"):
        history = net("sgd").fit(np.random.default_rng(2).normal(size=X.shape), shuffled, epochs=6, verbose=0)
    assert checks_of(history) == ["nothing_learned"]


def test_raise_ends_training_with_the_finding() -> None:
    with pytest.raises(DiagnosisError, match="learning_rate_high") as caught:
        net(keras.optimizers.Adam(1.0)).fit(X, Y, epochs=5, verbose=0, doctor="raise")
    assert caught.value.finding.check == "learning_rate_high"


def test_off_says_nothing_and_keeps_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = net(keras.optimizers.Adam(1.0)).fit(X, Y, epochs=5, verbose=0, doctor="off")
    assert history.doctor is None and history.findings == []


@pytest.mark.parametrize("fit", WAYS.values(), ids=WAYS)
def test_looking_changes_no_bit_and_draws_no_random_number(fit: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def run(doctor: str) -> tuple[list[np.ndarray], list[float], Any, float]:
        keras.utils.set_random_seed(3)
        reset_names()
        model = keras.Sequential([keras.Input((12,)), layers.Dense(16, "relu"), layers.Dropout(0.3), layers.Dense(4, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        plain = model.fit
        monkeypatch.setattr(model, "fit", lambda *args, **kwargs: plain(*args, doctor=doctor, **kwargs))
        history = fit(model)
        return (
            model.get_weights(),
            history.history["loss"],
            model._trainer.programs.typical["train"].program.plan_text("placed"),
            np.random.random(),
        )

    (weights, losses, plan, drawn), (others, other_losses, other_plan, other_drawn) = run("warn"), run("off")
    assert plan == other_plan
    for a, b in zip(weights, others, strict=True):
        np.testing.assert_array_equal(a, b)
    assert losses == other_losses and drawn == other_drawn


def test_the_callback_gives_options_and_keeps_the_findings() -> None:
    doctor = keras.callbacks.Doctor("warn", patience=2)
    with pytest.warns(GlassworksWarning):
        history = net(keras.optimizers.Adam(1.0)).fit(X, Y, epochs=5, verbose=0, callbacks=[doctor])
    assert doctor.findings == history.findings and doctor.report() and history.doctor is doctor.diagnosis
    assert not net("adam").fit(X, Y, epochs=1, verbose=0, callbacks=[doctor]).findings and not doctor.findings


def test_a_step_of_ones_own_is_left_to_its_author() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def train_step(self, data: Any) -> dict[str, Any]:
            return {"loss": 100.0}

    model = Own()
    model.compile("adam", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not model.fit(X, np.eye(4)[Y], epochs=30, verbose=0).findings


def test_findings_before_the_first_step_are_in_the_same_report() -> None:
    with pytest.warns(GlassworksWarning, match="unscaled_inputs"):
        history = net("adam").fit(X * [1e6, *[1] * 11], Y, epochs=1, verbose=0)
    assert checks_of(history)[0] == "unscaled_inputs"
