"""`history.plot()` draws the numbers of the history."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from glassworks import Sequential, layers
from glassworks.errors import StateError
from glassworks.training.callbacks import CSVLogger, History, LearningRateScheduler


def trained(epochs: int = 3, **options: object) -> History:
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(16, 2))
    return model.fit(x, x.sum(1), epochs=epochs, verbose=0, **options)  # type: ignore[arg-type]


def drawn(history: History, panel: int, label: str) -> list[list[float]]:
    (line,) = [line for line in history.plot().axes[panel].get_lines() if line.get_label() == label]
    return [list(line.get_xdata()), list(line.get_ydata())]


def test_the_numbers_of_a_training_are_drawn_and_saved(tmp_path: Path) -> None:
    history = trained(validation_split=0.5)
    assert drawn(history, 0, "training") == [[1, 2, 3], history.history["loss"]]
    assert drawn(history, 0, "validation") == [[1, 2, 3], history.history["val_loss"]]
    assert drawn(history, 1, "training") == [[1, 2, 3], history.history["mae"]]
    history.plot(tmp_path / "history.svg")
    assert b"<svg" in (tmp_path / "history.svg").read_bytes()


def test_validation_stands_at_the_epochs_after_which_it_ran() -> None:
    history = trained(epochs=6, validation_split=0.5, validation_freq=[2, 5])
    assert drawn(history, 0, "validation") == [[2, 5], history.history["val_loss"]]
    assert drawn(pickle.loads(pickle.dumps(history)), 0, "validation")[0] == [2, 5]


def test_epochs_keep_their_numbers_after_an_initial_epoch() -> None:
    assert drawn(trained(epochs=5, initial_epoch=3), 0, "training")[0] == [4, 5]


def test_a_history_of_two_trainings_goes_on_counting() -> None:
    history = History()
    for _ in range(2):
        trained(epochs=2, callbacks=[history])
    assert drawn(history, 0, "training") == [[1, 2, 3, 4], history.history["loss"]]


def test_the_learning_rate_is_drawn_where_it_was_logged() -> None:
    history = trained(callbacks=[LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))])
    np.testing.assert_allclose(drawn(history, 2, "learning rate")[1], [0.1, 0.05, 0.1 / 3], rtol=1e-6)


def test_a_history_that_was_filled_by_hand_is_drawn() -> None:
    history = History()
    history.history = {"loss": [2, 1], "curve": [np.ones(3), np.ones(3)]}
    assert drawn(history, 0, "training") == [[1, 2], [2, 1]]
    assert len(history.plot().axes) == 1, "metrics that are arrays are left out"


def test_a_history_without_epochs_is_an_error_with_a_fix() -> None:
    with pytest.raises(StateError, match=r"model\.fit"):
        History().plot()


def test_other_callbacks_do_not_change_what_is_recorded(tmp_path: Path) -> None:
    history = trained(callbacks=[CSVLogger(tmp_path / "log.csv")])
    assert history.logged == {"loss": [0, 1, 2], "mae": [0, 1, 2]}
