"""`insight.Recorder`: the answers on the same samples, epoch by epoch."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import ArgumentError
from glassworks.insight import recorder as module

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)).astype("float32"), RNG.normal(size=(40, 1)).astype("float32")


def model() -> Sequential:
    made = Sequential([Input((3,)), layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def test_answers_are_the_predictions_before_training_and_after_each_epoch() -> None:
    recorded, again = model(), model()
    again.set_weights(recorded.get_weights())
    recorder = insight.Recorder(X, Y, samples=5)
    history = recorded.fit(X, Y, epochs=3, shuffle=False, verbose=0, callbacks=[recorder])
    assert recorder.epochs == [0, 1, 2, 3] and history.recorder is recorder
    rows = [int(np.flatnonzero((row == X).all(1))[0]) for row in recorder.x]
    assert len(set(rows)) == 5
    np.testing.assert_array_equal(recorder.y, Y[rows])
    for outputs in recorder.outputs:
        np.testing.assert_allclose(outputs[0], again.predict(X, verbose=0)[rows], rtol=1e-5)
        again.fit(X, Y, shuffle=False, verbose=0)


def test_recording_changes_no_bit_of_the_training() -> None:
    first = Sequential([Input((3,)), layers.Dense(8), layers.Dropout(0.5, seed=3), layers.BatchNormalization(), layers.Dense(1)])
    second = Sequential([Input((3,)), layers.Dense(8), layers.Dropout(0.5, seed=3), layers.BatchNormalization(), layers.Dense(1)])
    second.set_weights(first.get_weights())
    for one, callbacks in ((first, []), (second, [insight.Recorder(X, Y)])):
        one.compile("adam", "mse")
        one.fit(X, Y, epochs=3, shuffle=False, verbose=0, callbacks=callbacks)
    assert all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))


def test_a_long_training_keeps_a_bounded_number_of_epochs_and_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_EPOCHS", 4)
    recorder = insight.Recorder(X, Y, samples=2)
    model().fit(X, Y, epochs=11, verbose=0, callbacks=[recorder])
    assert recorder.epochs == [0, 4, 8, 11]
    assert len(recorder.outputs) == 4


def test_large_outputs_keep_a_bounded_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 3 * 2 * 4)
    recorder = insight.Recorder(X, Y, samples=2)
    model().fit(X, Y, epochs=8, verbose=0, callbacks=[recorder])
    assert recorder.epochs == [0, 4, 8]


def test_a_second_fit_goes_on() -> None:
    recorder, one = insight.Recorder(X, Y, samples=2), model()
    for _ in range(2):
        one.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    assert recorder.epochs == [0, 1, 2, 3, 4]


def test_several_inputs_and_outputs_and_no_targets() -> None:
    left, right = Input((3,), name="left"), Input((3,), name="right")
    both = Model([left, right], [layers.Dense(1)(left), layers.Dense(2)(layers.add([left, right]))])
    both.compile("sgd", ["mse", "mse"])
    recorder = insight.Recorder({"left": X, "right": X}, samples=3)
    both.fit({"left": X, "right": X}, [Y, np.concatenate([Y, Y], 1)], verbose=0, callbacks=[recorder])
    assert [output.shape for output in recorder.outputs[-1]] == [(3, 1), (3, 2)]
    assert recorder.y is None


def test_fewer_samples_than_asked_for_and_none() -> None:
    recorder = insight.Recorder(X[:2], Y[:2], samples=12)
    model().fit(X, Y, verbose=0, callbacks=[recorder])
    assert len(recorder.outputs[0][0]) == 2
    with pytest.raises(ArgumentError, match="samples=0"):
        insight.Recorder(X, Y, samples=0)
