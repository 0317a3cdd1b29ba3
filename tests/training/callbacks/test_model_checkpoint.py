"""`ModelCheckpoint`: which files there are, when, and what happens if one cannot be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import Sequential, callbacks, files, layers, models
from glassworks.errors import ArgumentError, GlassworksWarning, SaveError

X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


def trained(*given: Any, epochs: int = 3, **options: Any) -> Sequential:
    model = Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=4, epochs=epochs, verbose=0, callbacks=list(given), **options)
    return model


def test_a_file_per_epoch_is_named_after_epoch_and_logs(tmp_path: Path) -> None:
    model = trained(callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}-{loss:.2f}.keras"))
    losses = model.history.history["loss"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{i + 1:02d}-{loss:.2f}.keras" for i, loss in enumerate(losses)]
    last = models.load_model(tmp_path / f"03-{losses[-1]:.2f}.keras")
    np.testing.assert_array_equal(last.get_weights()[0], model.get_weights()[0])
    assert int(last.optimizer.iterations) == 9


def test_only_improvements_are_saved_where_that_is_asked_for(tmp_path: Path) -> None:
    values = iter([0.5, 0.7, 0.4, float("nan")])

    class Scripted(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["score"] = next(values)

    checkpoint = callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras", monitor="score", mode="min", save_best_only=True)
    trained(Scripted(), checkpoint, epochs=4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.keras", "3.keras"]
    assert checkpoint.best == 0.4


def test_saving_after_a_number_of_batches_counts_over_epochs(tmp_path: Path) -> None:
    trained(callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-2.weights.h5", "2-1.weights.h5", "2-3.weights.h5", "3-2.weights.h5"]


def test_an_epoch_runs_without_python_between_its_steps_where_files_are_saved_after_it(tmp_path: Path) -> None:
    assert not callbacks.CallbackList([callbacks.ModelCheckpoint(tmp_path / "m.keras")]).has_train_batch_hooks
    assert callbacks.CallbackList([callbacks.ModelCheckpoint(tmp_path / "m.keras", save_freq=3)]).has_train_batch_hooks


@pytest.mark.parametrize(("path", "weights_only"), [("m.txt", False), ("m.keras", True), ("m", False)])
def test_a_path_with_another_end_is_refused_before_training(path: str, weights_only: bool) -> None:
    with pytest.raises(ArgumentError, match="a path that ends in"):
        callbacks.ModelCheckpoint(path, save_weights_only=weights_only)


def test_a_field_that_the_logs_lack_is_an_error_that_lists_them(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="epoch, loss"):
        trained(callbacks.ModelCheckpoint(tmp_path / "{val_loss:.2f}.keras"))


def test_a_full_disk_ends_training_only_if_nothing_was_ever_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = {1, 2}
    saves = iter(range(1, 100))
    real = files.os.fsync

    def fsync(descriptor: int) -> None:
        if next(saves) in failing:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.warns(GlassworksWarning, match="No space left on device"):
        trained(callbacks.ModelCheckpoint(tmp_path / "m.keras"))
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]
    failing.update(range(100))
    with pytest.warns(GlassworksWarning), pytest.raises(SaveError, match="free some space"):
        trained(callbacks.ModelCheckpoint(tmp_path / "n.keras"))
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


def test_weights_that_are_nan_never_replace_a_file(tmp_path: Path) -> None:
    class Spoil(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                self.model.weights[0].assign(np.full((3, 1), np.nan))

    with pytest.warns(GlassworksWarning, match="is kept as it is"):
        trained(Spoil(), callbacks.ModelCheckpoint(tmp_path / "m.keras"), epochs=2, on_nan="ignore")
    assert np.isfinite(models.load_model(tmp_path / "m.keras").get_weights()[0]).all()
