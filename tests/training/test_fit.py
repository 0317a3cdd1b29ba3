"""`fit`: sources, splits, callbacks, interruption."""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.errors import ArgumentError, GlassworksWarning

RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def model(metrics: Any = ("accuracy",), loss: str = "sparse_categorical_crossentropy") -> Any:
    net = keras.Sequential(
        [
            keras.Input(shape=(4,)),
            layers.Dense(8, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed=1)),
            layers.Dense(2, activation="softmax", kernel_initializer=keras.initializers.GlorotUniform(seed=2)),
        ]
    )
    net.compile(keras.optimizers.Adam(0.02), loss, metrics=list(metrics))
    return net


def batches(size: int = 16) -> Any:
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, len(X), size)]


class Batches(keras.utils.PyDataset):
    """The same batches as a PyDataset."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        return batches()[index]


def forever() -> Any:
    while True:
        yield from batches()


SOURCES: list[tuple[str, Any, dict[str, Any]]] = [
    ("arrays", lambda: (X, Y), {"batch_size": 16, "shuffle": False}),
    ("lists", lambda: (X.tolist(), Y.tolist()), {"batch_size": 16, "shuffle": False}),
    ("an iterable of batches", lambda: (batches(), None), {}),
    ("a generator", lambda: (forever(), None), {"steps_per_epoch": 3}),
    ("a PyDataset", lambda: (Batches(), None), {"shuffle": False}),
    ("a PyDataset with workers", lambda: (Batches(workers=2), None), {"shuffle": False}),
]


@pytest.mark.parametrize(("make", "options"), [case[1:] for case in SOURCES], ids=[case[0] for case in SOURCES])
def test_every_source_of_the_same_batches_gives_the_same_training(make: Any, options: dict[str, Any]) -> None:
    expected = model().fit(X, Y, batch_size=16, shuffle=False, epochs=2, verbose=0).history
    x, y = make()
    history = model().fit(x, y, epochs=2, verbose=0, **options).history
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-6)


def test_data_frames_are_taken() -> None:
    pandas = pytest.importorskip("pandas", reason="DataFrames need pandas, an extra")
    frame, series = pandas.DataFrame(X, columns=list("abcd")), pandas.Series(Y)
    history = model().fit(frame, series, batch_size=16, shuffle=False, verbose=0).history
    assert history["loss"] == pytest.approx(model().fit(X, Y, batch_size=16, shuffle=False, verbose=0).history["loss"])


def test_torch_data_loaders_are_taken() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not a dependency of the tests: its package is large")
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)), batch_size=16)
    history = model().fit(loader, epochs=1, verbose=0).history
    assert history["loss"] == pytest.approx(model().fit(X, Y, batch_size=16, shuffle=False, verbose=0).history["loss"])


def test_shuffling_changes_the_order_but_is_repeatable() -> None:
    def losses(seed: int, shuffle: bool) -> list[float]:
        keras.utils.set_random_seed(seed)
        return model().fit(X, Y, batch_size=16, epochs=2, shuffle=shuffle, verbose=0).history["loss"]

    assert losses(1, True) == losses(1, True)
    assert losses(1, True) != losses(2, True)
    assert losses(1, False) == losses(2, False)


def test_balanced_class_weights_are_those_of_scikit_learn() -> None:
    y = np.array([0] * 40 + [1] * 8)
    weights = {0: 48 / (2 * 40), 1: 48 / (2 * 8)}
    balanced = model().fit(X, y, class_weight="balanced", shuffle=False, verbose=0).history["loss"]
    assert balanced == pytest.approx(model().fit(X, y, class_weight=weights, shuffle=False, verbose=0).history["loss"])


def test_callbacks_hear_everything_in_order() -> None:
    heard: list[str] = []

    class Ear(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            heard.append("train")

        def on_epoch_begin(self, epoch, logs=None):
            heard.append(f"epoch {epoch}")

        def on_train_batch_end(self, batch, logs=None):
            assert set(logs) == {"loss", "accuracy"}
            heard.append(f"batch {batch}")

        def on_test_begin(self, logs=None):
            heard.append("test")

        def on_epoch_end(self, epoch, logs=None):
            assert {"loss", "val_loss"} <= set(logs)
            heard.append("end")

    model().fit(X, Y, batch_size=24, epochs=2, validation_data=(X, Y), callbacks=[Ear()], verbose=0)
    assert heard == ["train", *(["epoch 0", "batch 0", "batch 1", "test", "end"]), *(["epoch 1", "batch 0", "batch 1", "test", "end"])]


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_stops_after_the_step_and_leaves_the_model_usable(capsys: pytest.CaptureFixture[str]) -> None:
    class Press(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                os.kill(os.getpid(), signal.SIGINT)

    net = model()
    history = net.fit(X, Y, batch_size=16, epochs=50, callbacks=[Press()], verbose=0)
    assert "Interrupted in epoch 1 of 50" in capsys.readouterr().out
    assert len(history.history.get("loss", [])) < 2
    assert np.isfinite(net.predict(X, verbose=0)).all()
    assert net.fit(X, Y, verbose=0).history["loss"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_generator_that_ends_early_warns_or_stops_with_what_it_gave() -> None:
    from glassworks.errors import GlassworksError

    with pytest.raises((GlassworksError, GlassworksWarning), match="3"):
        model().fit((batch for batch in batches()), steps_per_epoch=7, verbose=0)


@pytest.mark.parametrize("freq", [0, -1, 1.5, "2", b"12", None, True, [1.5], ["1"], [[1]], np.array(2.0), {1: 2}], ids=str)
def test_a_validation_freq_that_is_not_a_number_of_epochs_or_a_list_of_them_is_an_error(freq: Any) -> None:
    with pytest.raises(ArgumentError, match=r"(?s)validation_freq=.*expected: .*counted from 1.*fix:"):
        model().fit(X, Y, validation_split=0.5, validation_freq=freq, verbose=0)


def test_initial_epoch_and_epochs_count_as_in_keras() -> None:
    history = model().fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]


def test_loss_of_probabilities_near_zero_still_learns() -> None:
    # Start saturated on the wrong class: a clipped logarithm would have no gradient at all.
    net = keras.Sequential(
        [keras.Input(shape=(4,)), layers.Dense(2, activation="softmax", bias_initializer=keras.initializers.Constant(0))]
    )
    net.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    net.set_weights([np.zeros((4, 2)), np.array([60.0, 0.0])])
    keras.config.disable_checks("one_class", "initial_loss")
    net.fit(X, np.ones(48, "int32"), verbose=0, epochs=2)
    assert net.get_weights()[1][0] < 59


def test_verbose_output_without_a_terminal_is_one_line_per_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    model().fit(X, Y, epochs=3, validation_split=0.25, verbose=1)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert len(lines) == 4
    assert all(word in lines[2] for word in ("3/3", "loss", "accuracy", "val_loss"))
    assert lines[3].startswith("accuracy ") and " on validation data (always the most common class: " in lines[3]
    model().fit(X, Y, epochs=3, verbose=0)
    assert capsys.readouterr().out == ""
