"""A run that is stopped anywhere and goes on in another process ends with the same bits as one that was never stopped."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import config, ops
from glassworks.errors import ArgumentError, ArgumentTypeError, GlassworksWarning, LoadError, SaveError
from glassworks.names import reset_names
from glassworks.saving.checkpoint import Checkpoints
from glassworks.training.resuming import folder_backup
from tests.training.resuming.runs import DATA, MODELS, OPTIMIZERS, Case, Stop, StopError, assert_same, outcome

PATH = Path("not there")  # only the folder of images needs a place


@pytest.fixture(autouse=True)
def ctrl_c_and_engine() -> Iterator[None]:
    handler, engine = signal.signal(signal.SIGINT, signal.default_int_handler), config.engine()
    yield
    signal.signal(signal.SIGINT, handler)
    config.set_engine(engine)


@functools.cache
def uninterrupted(case: Case, path: Path = PATH) -> dict[str, Any]:
    return outcome(case.fit(path))


def stopped(case: Case, path: Path, stop: Stop, **options: Any) -> None:
    """The first process of a run."""
    callbacks = [*options.pop("callbacks", []), stop]
    with contextlib.suppress(StopError):
        case.fit(path, callbacks=callbacks, **options)


def assert_goes_on(case: Case, path: Path, stop: tuple[int, int | None], how: str, data: Path = PATH) -> None:
    """Stop a run by an exception or Ctrl-C, and let a program that sets another seed go on."""
    if how == "callback":
        stopped(case, data, Stop(*stop, "raise"), callbacks=[keras.callbacks.BackupAndRestore(path, save_freq=2)])
        options: dict[str, Any] = {"callbacks": [keras.callbacks.BackupAndRestore(path, save_freq=2)]}
    else:
        stopped(case, data, Stop(*stop, how), resume=path)
        options = {"resume": path}
    assert list(path.glob("*.json"))
    # A generator that cannot say where it is must be the same again.
    model = case.fit(data, seed=1 if case.data == "generator" else 2, **options)
    assert_same(outcome(model), uninterrupted(case, data))
    assert bool(list(path.glob("*"))) == (how != "callback")


# Each kind of data, model, optimizer and engine; `campaign.py` has all combinations.
CASES = [
    Case("mlp", "adam", "arrays"),
    Case("cnn", "sgd", "arrays and hooks"),
    Case("lstm", "adamw", "weighted"),
    Case("mlp", "ema", "generator with state"),
    Case("cnn", "adam", "generator"),
    Case("lstm", "ema", "PyDataset"),
    Case("cnn", "loss scale", "folder of images"),
    Case("mlp", "sgd", "loaded"),
    Case("cnn", "ema", "arrays", "reference"),
    Case("lstm", "sgd", "PyDataset", "reference"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join([case.model, case.optimizer, case.data, case.engine]))
def test_a_run_goes_on_after_ctrl_c(case: Case, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.getbasetemp() if case.data == "folder of images" else PATH
    assert_goes_on(case, tmp_path / "run", (1, 2), "ctrl-c", place)


def test_all_kinds_are_there() -> None:
    assert {case.model for case in CASES} == MODELS.keys() and {case.data for case in CASES} == DATA.keys()
    assert {case.optimizer for case in CASES} == OPTIMIZERS.keys()


@pytest.mark.parametrize("data", ["arrays", "generator with state", "loaded"])
def test_after_an_exception_it_goes_on_from_the_last_backup(data: str, tmp_path: Path) -> None:
    assert_goes_on(Case(data=data), tmp_path / "run", (1, 3), "callback")


@pytest.mark.parametrize("stop", [(0, 1, "ctrl-c"), (2, 5, "ctrl-c"), (1, None, "raise")], ids=str)
def test_with_each_kind_of_stop(stop: tuple, tmp_path: Path) -> None:
    case = Case(optimizer="sgd", policy="mixed_float16")
    assert_goes_on(case, tmp_path / "run", stop[:2], stop[2])


def test_many_stops_of_one_run(tmp_path: Path) -> None:
    case, folder = Case(), tmp_path / "run"
    for seed, at in enumerate(itertools.product(range(3), (1, 4))):
        stopped(case, PATH, Stop(*at, "ctrl-c"), resume=folder, seed=seed + 1)
    assert_same(outcome(case.fit(PATH, seed=9, resume=folder)), uninterrupted(case))
    assert len(list(folder.glob("*.json"))) == 2


def test_in_the_same_process_with_the_same_model(tmp_path: Path) -> None:
    case = Case()
    model = case.make(1)
    arguments = {"x": DATA["arrays"](PATH)["x"], "y": DATA["arrays"](PATH)["y"], "batch_size": 4, "epochs": 3, "verbose": 0}
    arguments["validation_data"] = (arguments["x"][:8], arguments["y"][:8])
    model.fit(**arguments, resume=tmp_path / "run", callbacks=[Stop(1, 2, "ctrl-c")])
    assert len(model.history.epoch) == 1
    model.fit(**arguments, resume=tmp_path / "run")
    assert_same(outcome(model), uninterrupted(case))


def test_a_run_that_is_complete_is_not_repeated_and_can_be_longer(tmp_path: Path) -> None:
    case, folder = Case(), tmp_path / "run"
    case.fit(PATH, resume=folder)
    seen: list[int] = []
    again = case.fit(PATH, seed=2, resume=folder, callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=lambda e, logs: seen.append(e))])
    assert not seen
    assert_same(outcome(again), uninterrupted(case))
    longer = case.fit(PATH, seed=3, resume=folder, epochs=5)
    assert_same(outcome(longer), outcome(case.fit(PATH, epochs=5)))


class StopInValidation(keras.callbacks.Callback):
    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__()
        self.at, self.epoch = (epoch, batch), 0

    def get_state(self) -> dict[str, Any]:
        return {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == self.at:
            os.kill(os.getpid(), signal.SIGINT)


CALLBACKS: dict[str, Callable[[Path], list[Any]]] = {
    "stopping": lambda path: [keras.callbacks.EarlyStopping("loss", patience=1, min_delta=0.3, restore_best_weights=True)],
    "plateau": lambda path: [keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1.0)],
    "schedule": lambda path: [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)],
    "csv": lambda path: [keras.callbacks.CSVLogger(path)],
    "averages": lambda path: [keras.callbacks.SwapEMAWeights()],
    "averages kept": lambda path: [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
}


@pytest.mark.parametrize("kind", CALLBACKS)
def test_callbacks_behave_as_in_one_run(kind: str, tmp_path: Path) -> None:
    case = Case(optimizer="ema" if "averages" in kind else "sgd")
    expected = outcome(case.fit(PATH, callbacks=CALLBACKS[kind](tmp_path / "all.csv"), epochs=5))
    stops: list[Any] = [Stop(1, 3, "ctrl-c"), StopInValidation(1, 0)]
    stops += [Stop(2, None, "raise")] if kind == "stopping" else []
    for number, stop in enumerate(stops):
        folder, log = tmp_path / f"run{number}", tmp_path / f"{number}.csv"
        stopped(case, PATH, stop, callbacks=CALLBACKS[kind](log), resume=folder, epochs=5)
        if kind == "csv":
            log.write_text(log.read_text() + "7,lines that the killed process wrote after its last checkpoint\n")
        model = case.fit(PATH, seed=2, callbacks=CALLBACKS[kind](log), resume=folder, epochs=5)
        assert_same(outcome(model), expected)
        if kind == "csv":
            assert log.read_text() == (tmp_path / "all.csv").read_text()


class Own(keras.callbacks.Callback):
    """A callback with a state that is not in plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[float] = set()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.add(logs["loss"])

    def get_state(self) -> dict[str, Any]:
        return {"seen": sorted(self.seen), "array": np.arange(3)}

    def set_state(self, state: dict[str, Any]) -> None:
        assert state["array"].tolist() == [0, 1, 2]
        self.seen = set(state["seen"])


def test_a_callback_may_say_itself_what_its_state_is(tmp_path: Path) -> None:
    case, own = Case(), Own()
    stopped(case, PATH, Stop(2, 1, "ctrl-c"), callbacks=[Own()], resume=tmp_path / "run")
    model = case.fit(PATH, seed=2, callbacks=[own], resume=tmp_path / "run")
    assert own.seen == set(model.history.history["loss"])


def test_what_a_callback_cannot_save_is_an_error_before_the_first_step(tmp_path: Path) -> None:
    class Wrong(keras.callbacks.Callback):
        def get_state(self) -> dict[str, Any]:
            return {"model": self.model}

    with pytest.raises(ArgumentTypeError, match="numbers, text, arrays"):
        Case().fit(PATH, callbacks=[Wrong()], resume=tmp_path / "run")


class OwnStep(keras.Sequential):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with keras.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss, "twice": ops.multiply(loss, 2)}


@pytest.mark.parametrize("kind", ["own step", "eager"])
@pytest.mark.parametrize("stop", [(0, 5), (1, 2)])
def test_with_steps_of_the_users_own(kind: str, stop: tuple[int, int], tmp_path: Path) -> None:
    arguments = DATA["arrays"](PATH)

    def run(seed: int, stops: bool = False, **options: Any) -> Any:
        reset_names()
        keras.utils.set_random_seed(seed)
        model = (OwnStep if kind == "own step" else keras.Sequential)(MODELS["mlp"]())
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=kind == "eager")
        model.fit(**arguments, epochs=3, verbose=0, callbacks=[Stop(*stop, "ctrl-c")] if stops else [], **options)
        return model

    run(1, True, resume=tmp_path / "run")
    assert_same(outcome(run(2, resume=tmp_path / "run")), outcome(run(1)))


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"batch_size": 3}, "batch_size: 4 in the checkpoint, 3 here"),
        ({"x": lambda x: np.concatenate([x[:-1], 2 * x[-1:]])}, "the training data: arrays: float32 (18, 6, 6, 2)"),
        ({"y": lambda y: 2 - y}, "the training data"),
        ({"shuffle": False}, "shuffle: True in the checkpoint, False here"),
        ({"steps_per_epoch": 2}, "steps_per_epoch: None in the checkpoint, 2 here"),
        ({"validation_freq": 2}, "validation_freq: 1 in the checkpoint, 2 here"),
        ({"validation_batch_size": 2}, "the validation data: batch_size: 4 in the checkpoint, 2 here"),
        ({"class_weight": {0: 1.0, 1: 3.0, 2: 1.0}}, "the training data: arrays"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_other_data_and_settings_are_refused_with_both_values(change: dict, reason: str, tmp_path: Path) -> None:
    arguments = DATA["arrays"](PATH)
    arguments |= {"validation_data": (arguments["x"][:8], arguments["y"][:8]), "epochs": 1, "verbose": 0, "resume": tmp_path / "run"}
    Case().make(1).fit(**arguments)
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    changed = {key: value(arguments[key]) if callable(value) else value for key, value in change.items()}
    with pytest.raises(LoadError) as caught:
        Case().make(1).fit(**arguments | changed)
    assert reason in str(caught.value)
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}


def net(units: int = 4, rate: float = 0.1, dropout: float = 0.5, activation: str = "relu", loss: str = "mse", optimizer: Any = None) -> Any:
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(units, activation), keras.layers.Dropout(dropout), keras.layers.Dense(1)]
    )
    model.compile(optimizer or keras.optimizers.Adam(rate), loss)
    return model


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"units": 5}, "the layers"),
        ({"dropout": 0.2}, "the layers: Dropout"),
        ({"activation": "tanh"}, "the layers: Dense"),
        ({"rate": 0.2}, "the learning rate: 0.1"),
        ({"loss": "mae"}, "the loss: mse in the checkpoint, mae here"),
        ({"optimizer": keras.optimizers.SGD(0.1)}, "the optimizer: class: Adam in the checkpoint, SGD here"),
        ({"optimizer": keras.optimizers.Adam(0.1, beta_1=0.8)}, "beta_1: 0.9 in the checkpoint, 0.8 here"),
    ],
    ids=str,
)
def test_another_model_or_optimizer_is_refused(change: dict, reason: str, tmp_path: Path) -> None:
    x, y = np.ones((4, 2)), np.ones(4)
    net().fit(x, y, verbose=0, resume=tmp_path / "run")
    model = net(**change)
    weights = model.get_weights()
    with pytest.raises(LoadError, match="another training run") as caught:
        model.fit(x, y, verbose=0, resume=tmp_path / "run")
    assert reason in str(caught.value)
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True))


def test_another_engine_or_dtype_or_metric_is_refused(tmp_path: Path) -> None:
    Case().fit(PATH, epochs=1, resume=tmp_path / "run")
    with pytest.raises(LoadError, match="the engine: native in the checkpoint, reference here"):
        Case(engine="reference").fit(PATH, epochs=1, resume=tmp_path / "run")
    with pytest.raises(LoadError, match="another training run"):
        Case(policy="mixed_float16").fit(PATH, epochs=1, resume=tmp_path / "run")
    model = Case().make(1)
    model.compile(model.optimizer, "sparse_categorical_crossentropy")
    data = DATA["arrays"](PATH)
    with pytest.raises(LoadError, match="variable accuracy/"):
        model.fit(**data, validation_data=(data["x"][:8], data["y"][:8]), verbose=0, resume=tmp_path / "run")


def test_another_instruction_set_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net().fit(np.ones((4, 2)), np.ones(4), verbose=0, resume=tmp_path / "run")
    monkeypatch.setattr(folder_backup, "arithmetic", lambda: "the instruction set of another machine")
    with pytest.warns(GlassworksWarning, match="last bits may differ"):
        net().fit(np.ones((4, 2)), np.ones(4), verbose=0, epochs=2, resume=tmp_path / "run")


def test_names_that_only_count_the_layers_of_a_process_do_not_matter(tmp_path: Path) -> None:
    x, y = np.ones((4, 2)), np.ones(4)
    for _ in range(2):
        net().fit(x, y, verbose=0, epochs=2, resume=tmp_path / "run")


@pytest.mark.parametrize("value", ["", 3, True])
def test_what_is_not_a_folder_is_refused(value: Any) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError), match="path of a folder"):
        net().fit(np.ones((4, 2)), np.ones(4), resume=value)


def test_two_backups_of_one_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="two ways"):
        net().fit(np.ones((4, 2)), np.ones(4), resume=tmp_path, callbacks=[keras.callbacks.BackupAndRestore(tmp_path)])


# ---- faults


def test_a_damaged_checkpoint_makes_it_go_on_from_the_one_before(tmp_path: Path) -> None:
    case, folder = Case(), tmp_path / "run"
    stopped(case, PATH, Stop(2, 3, "ctrl-c"), resume=folder)
    newest = max(folder.glob("*.safetensors"))
    content = bytearray(newest.read_bytes())
    content[-5] ^= 4
    newest.write_bytes(content)
    with pytest.warns(GlassworksWarning, match="DAMAGED CHECKPOINT"):
        model = case.fit(PATH, seed=2, resume=folder)
    assert_same(outcome(model), uninterrupted(case))


def test_training_goes_on_while_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, folder, real = Case(), tmp_path / "run", os.fsync
    full = True

    def fsync(descriptor: int) -> None:
        if full:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.warns(GlassworksWarning, match="COULD NOT BE WRITTEN"), pytest.raises(SaveError, match="no state of this training"):
        case.fit(PATH, resume=folder)
    assert not list(folder.iterdir())

    def free(epoch: int, logs: Any) -> None:
        nonlocal full
        full = epoch < 1

    with pytest.warns(GlassworksWarning, match="COULD NOT BE WRITTEN"):
        model = case.fit(PATH, resume=folder, callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=free)])
    assert_same(outcome(model), uninterrupted(case))
    assert len(list(folder.glob("*.json"))) == 2


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LoadError, match="Not a directory"):
        net().fit(np.ones((4, 2)), np.ones(4), verbose=0, resume=tmp_path / "file" / "run")


def test_weights_that_are_not_finite_do_not_replace_finite_ones(tmp_path: Path) -> None:
    x, y = np.ones((8, 2), "float32"), np.ones(8, "float32")
    keras.utils.set_random_seed(0)
    model = net(optimizer=keras.optimizers.SGD(0.1))
    ruin = keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: e == 1 and model.layers[0].kernel.assign(np.full((2, 4), np.nan)))
    with pytest.warns(GlassworksWarning, match="not finite, and are not written"):
        model.fit(x, y, epochs=4, verbose=0, on_nan="ignore", resume=tmp_path / "run", callbacks=[ruin])
    good = net(optimizer=keras.optimizers.SGD(0.1))
    good.fit(x, y, epochs=1, verbose=0, resume=tmp_path / "run")
    assert np.isfinite(good.get_weights()[0]).all() and good.history.epoch == [0]


def test_a_step_that_fails_leaves_what_was_written(tmp_path: Path) -> None:
    case = Case(data="arrays and hooks")
    with pytest.raises(StopError):
        case.fit(PATH, callbacks=[Stop(1, 3, "raise")], resume=tmp_path / "run")
    assert len(list((tmp_path / "run").glob("*.json"))) == 1


# ---- BackupAndRestore


def test_the_backup_of_a_complete_run_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    case, folder = Case(), tmp_path / "backup"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    backup = functools.partial(keras.callbacks.BackupAndRestore, folder)
    stopped(case, PATH, Stop(1, None, "raise"), callbacks=[backup()])
    assert len(list(folder.glob("*.json"))) == 1
    model = case.fit(PATH, seed=2, callbacks=[backup()])
    assert_same(outcome(model), uninterrupted(case))
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    case.fit(PATH, callbacks=[backup(delete_checkpoint=False, double_checkpoint=True)])
    assert len(list(folder.glob("*.json"))) == 2


def test_a_folder_that_the_backup_made_is_removed_with_it(tmp_path: Path) -> None:
    Case().fit(PATH, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "a" / "b")])
    assert not (tmp_path / "a" / "b").exists()


@pytest.mark.parametrize(("arguments", "reason"), [(("",), "backup_dir"), (("x", "batch"), "save_freq"), (("x", 0), "save_freq")])
def test_wrong_arguments(arguments: tuple, reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason):
        keras.callbacks.BackupAndRestore(*arguments)


# ---- when it is written


def test_a_long_epoch_is_written_from_time_to_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_backup, "SECONDS", 0.0)
    monkeypatch.setattr(folder_backup, "SHARE", 1e9)
    stopped(Case(data="arrays and hooks"), PATH, Stop(0, 4, "raise"), resume=tmp_path / "run")
    assert len(list((tmp_path / "run").glob("*.json"))) == 2
    model = Case(data="arrays and hooks").fit(PATH, seed=2, resume=tmp_path / "run")
    assert_same(outcome(model), uninterrupted(Case(data="arrays and hooks")))


def test_of_many_short_epochs_only_some_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_backup, "FREE_SECONDS", 0.0)
    numbers: list[int] = []
    count = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: numbers.append(len(list(tmp_path.glob("run/*.json")))))
    Case().fit(PATH, epochs=4, resume=tmp_path / "run", callbacks=[count])
    assert numbers == [0, 1, 1, 1] and len(list(tmp_path.glob("run/*.json"))) == 2


def test_settings_that_code_changed_during_training_are_told(tmp_path: Path) -> None:
    x, y = np.ones((4, 2)), np.ones(4)

    def freeze(epoch: int, logs: Any) -> None:
        if epoch == 1:
            model.layers[0].trainable = False

    model = net()
    model.fit(x, y, epochs=3, verbose=0, resume=tmp_path / "run", callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=freeze)])
    model = net()
    with pytest.warns(GlassworksWarning, match="code changed settings .* the layers: Dense"):
        model.fit(x, y, epochs=4, verbose=0, resume=tmp_path / "run")


@pytest.mark.parametrize(
    "change", [{"callbacks": 3}, {"glassworks": {}}, {"position": {"epoch": 1, "other": 2}}, {"train": {"used": 3}}], ids=str
)
def test_a_state_of_another_form_is_refused_and_changes_nothing(change: dict, tmp_path: Path) -> None:
    x, y = np.ones((4, 2)), np.ones(4)
    net().fit(x, y, verbose=0, resume=tmp_path / "run")
    checkpoints = Checkpoints(tmp_path / "run")
    kept = checkpoints.load()
    assert kept is not None
    kept.document["state"].update(change)
    checkpoints.write(kept.document, kept.tensors)
    model = net()
    before = model.get_weights()
    with pytest.raises(LoadError, match="a state that cannot be"):
        model.fit(x, y, epochs=3, verbose=0, resume=tmp_path / "run")
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_file_cannot_set_other_attributes_of_callbacks() -> None:
    saving = keras.callbacks.ModelCheckpoint("mine.keras")
    saving.set_state({"best": 0.5, "filepath": "theirs.keras"})
    assert (saving.best, saving.filepath) == (0.5, "mine.keras")


def test_what_is_printed_when_a_run_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = np.ones((8, 2)), np.ones(8)

    def train(epochs: int, *callbacks: Any) -> str:
        net().fit(x, y, batch_size=2, epochs=epochs, verbose=2, resume=tmp_path / "run", callbacks=list(callbacks))
        return capsys.readouterr().out

    assert "Going on" not in train(2, Stop(1, 3, "ctrl-c"))
    assert "Going on from epoch 2, batch 4." in train(2)
    assert "All 2 epochs of this training have run" in train(2)
    stop = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(stop.model, "stop_training", True))
    assert "Going on from epoch 3." in train(9, stop)
    assert "This training has stopped after epoch 3" in train(9)
