"""The doctor in trainings that go on after a stop, and in those that run eagerly."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import callbacks, layers
from glassworks.errors import GlassworksWarning
from tests.training.resuming.runs import Case, Stop, StopError, assert_same, outcome

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(4, 12))
Y = RNG.integers(0, 4, 640)
X = (CENTRES[Y] + RNG.normal(size=(640, 12))).astype("float32")


def net(optimizer: Any, **compiled: Any) -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((12,)), layers.Dense(32, "relu", name="hidden"), layers.Dense(4, "softmax", name="last")], name="net"
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", **compiled)
    return model


def doctor() -> list[callbacks.Callback]:
    """The doctor that looks as often as it can."""
    return [callbacks.Doctor("warn", every_epoch=True)]


@pytest.mark.filterwarnings("ignore::glassworks.errors.GlassworksWarning")
@pytest.mark.parametrize("case", [Case("mlp", "adam", "arrays"), Case("lstm", "ema", "generator with state")], ids=["arrays", "generator"])
def test_a_training_that_goes_on_under_the_doctor_ends_with_the_bits_of_one_without(case: Case, tmp_path: Path, repeatable: None) -> None:
    expected = outcome(case.fit(tmp_path, doctor="off"))
    assert_same(outcome(case.fit(tmp_path, callbacks=doctor())), expected)
    with contextlib.suppress(StopError):
        case.fit(tmp_path, callbacks=[*doctor(), Stop(1, 2, "raise")], resume=tmp_path / "run")
    model = case.fit(tmp_path, seed=2, callbacks=doctor(), resume=tmp_path / "run")
    assert_same(outcome(model), expected)
    assert len(model.history.doctor.flow.steps) == 2  # the epochs after the stop


def stopped_and_resumed(path: Path, rate: float, stop: int, epochs: int) -> Any:
    optimizer = keras.optimizers.Adam
    with contextlib.suppress(StopError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net(optimizer(rate)).fit(X, Y, epochs=epochs, verbose=0, callbacks=[*doctor(), Stop(stop, None, "raise")], resume=path)
    return net(optimizer(rate)).fit(X, Y, epochs=epochs, verbose=0, callbacks=doctor(), resume=path)


def test_a_healthy_training_that_goes_on_near_its_end_gets_no_finding(tmp_path: Path) -> None:
    history = stopped_and_resumed(tmp_path, 0.01, stop=4, epochs=10)
    assert len(history.history["loss"]) == 10 and history.history["loss"][-1] < 0.2
    assert [finding.check for finding in history.findings if finding.severity != "info"] == []


def test_what_is_wrong_before_a_stop_is_found_after_it(tmp_path: Path) -> None:
    with pytest.warns(GlassworksWarning, match="learning_rate"):
        history = stopped_and_resumed(tmp_path, 1.0, stop=0, epochs=5)
    assert history.findings[0].check == "learning_rate_high"


@pytest.mark.filterwarnings("ignore::glassworks.errors.GlassworksWarning")
def test_eager_training_gets_the_findings_and_the_measurements_of_compiled_training() -> None:
    seen = []
    for eager in (True, False):
        history = net(keras.optimizers.Adam(1.0), run_eagerly=eager).fit(X, Y, epochs=3, shuffle=False, verbose=0, callbacks=doctor())
        flow = history.doctor.flow
        seen.append((history.findings[0].check, history.findings[0].layer, flow.paths, flow.steps))
    assert seen[0] == seen[1]
    assert seen[0][:2] == ("learning_rate_high", "hidden") and seen[0][3] == [20, 40, 60]


def test_healthy_eager_training_gets_no_finding_and_no_other_bit() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watched = net("adam", run_eagerly=True)
        assert watched.fit(X, Y, epochs=3, verbose=0, callbacks=doctor()).findings == []
        plain = net("adam", run_eagerly=True)
        plain.fit(X, Y, epochs=3, verbose=0, doctor="off")
    for a, b in zip(watched.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
