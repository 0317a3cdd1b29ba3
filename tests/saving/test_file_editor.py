"""`KerasFileEditor` on files of both libraries gives what real Keras's gives, and refuses hostile files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import keras as real
import numpy as np
import pytest

import glassworks
from glassworks.errors import ArgumentError, ArgumentTypeError, DTypeError, LoadError
from glassworks.saving import KerasFileEditor

BOTH = pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])


def model(library: Any, hidden: int = 1) -> Any:
    inputs = x = library.Input((2,))
    for _ in range(hidden):
        x = library.layers.Dense(3)(x)
    return library.Model(inputs, library.layers.Dense(3, name="head")(x))


def outcome(editor: Any, reference: Any) -> tuple[str, int, int]:
    found = editor.compare(reference)
    # Keras counts the weights of nested objects several times.
    return found["status"], found["error_count"], found["match_count"] if isinstance(editor, KerasFileEditor) else 0


def expected(library: Any, status: str, errors: int, matches: int) -> tuple[str, int, int]:
    return status, errors, matches if library is glassworks else 0


@BOTH
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_a_file_is_changed_until_it_fits_another_model(library: Any, suffix: str, tmp_path: Path, capsys: Any) -> None:
    path = str(tmp_path / f"small{suffix}")
    small, large = model(library), model(library, 2)
    small.save(path) if suffix == ".keras" else small.save_weights(path)
    editor = library.saving.KerasFileEditor(path)
    assert list(editor.weights_dict) == ["layers"] and list(editor.weights_dict["layers"]["dense"]) == ["0", "1"]
    assert outcome(editor, small) == expected(library, "success", 0, 4)
    assert outcome(editor, large) == expected(library, "error", 1, 4)
    editor.add_object("layers/dense_3", weights={"0": np.ones((3, 3))})
    assert outcome(editor, large)[:2] == ("error", 2)
    editor.rename_object("dense_3", "dense_4")
    editor.rename_object("layers/dense_4", "dense_2")
    editor.add_weights("dense_2", weights={"1": np.full(3, 2.0)})
    assert outcome(editor, large) == expected(library, "success", 0, 6)
    editor.delete_weight("dense_2", "1")
    editor.add_weights("layers/dense_2", {"1": np.zeros(7)})
    assert outcome(editor, large)[:2] == ("error", 1)
    editor.add_weights("dense_2", {"1": np.full(3, 2.0)})
    edited = str(tmp_path / "edited.weights.h5")
    editor.save(edited)
    for other in (glassworks, real):
        target = model(other, 2)
        target.load_weights(edited)
        np.testing.assert_array_equal(target.layers[3].get_weights()[0], np.ones((3, 3)))
        np.testing.assert_array_equal(target.layers[1].get_weights()[0], small.layers[1].get_weights()[0])
    editor.delete_object("dense_2")
    editor.resave_weights(edited)
    again = library.saving.KerasFileEditor(edited)
    assert outcome(again, small) == expected(library, "success", 0, 4)
    capsys.readouterr()
    again.summary()
    printed = capsys.readouterr().out
    assert "dense" in printed and "shape=(2, 3), dtype=float32" in printed


def test_files_of_each_library_are_read_alike(tmp_path: Path) -> None:
    paths = {}
    for library in (glassworks, real):
        trained = library.Sequential([library.Input((1,)), library.layers.Dense(1, name="mine")], name="model")
        trained.compile("adam", "mse")
        trained.fit(np.ones((1, 1)), np.ones((1, 1)), verbose=0)
        paths[library] = str(tmp_path / f"{library.__name__}.keras")
        trained.save(paths[library])
    for path in paths.values():
        ours, theirs = KerasFileEditor(path), real.saving.KerasFileEditor(path)
        assert ours.config == theirs.config and ours.metadata == theirs.metadata
        assert glassworks.tree.flatten_with_path(ours.weights_dict).__len__() == 8
        assert [p for p, _ in glassworks.tree.flatten_with_path(ours.weights_dict)] == [
            p for p, _ in glassworks.tree.flatten_with_path(dict(theirs.weights_dict))
        ]
        assert ours.object_metadata["/layers/dense"]["name"] == "mine"


def test_an_object_with_weights_and_objects_within_keeps_both(tmp_path: Path) -> None:
    # Keras drops the objects within.
    class Block(glassworks.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = glassworks.layers.Dense(2)

        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(2,), initializer="ones")
            self.inner.build(shape)

        def call(self, x: Any) -> Any:
            return self.inner(x) * self.scale

    whole = glassworks.Sequential([glassworks.Input((2,)), Block()])
    path = tmp_path / "block.weights.h5"
    whole.save_weights(path)
    editor = KerasFileEditor(path)
    assert outcome(editor, whole) == ("success", 0, 3)
    editor.save(tmp_path / "again.weights.h5")
    copy = glassworks.Sequential([glassworks.Input((2,)), Block()])
    copy.load_weights(tmp_path / "again.weights.h5")
    for a, b in zip(copy.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


MISTAKES: dict[str, tuple[Any, type[Exception], str]] = {
    "another end": (lambda e: KerasFileEditor("model.h5"), ArgumentError, ".weights.h5"),
    "another end to write": (lambda e: e.save("model.h5"), ArgumentError, "edited.weights.h5"),
    "an unknown object": (lambda e: e.delete_object("dence"), ArgumentError, "did you mean 'dense'"),
    "an unknown path": (lambda e: e.add_object("layer/dense_2", {}), ArgumentError, "not found"),
    "an unknown weight": (lambda e: e.delete_weight("dense", "7"), ArgumentError, "'0', '1'"),
    "a name that occurs twice": (lambda e: e.delete_object("0"), ArgumentError, "complete path"),
    "a path as a name": (lambda e: e.rename_object("dense", "layers/dense_2"), ArgumentError, "pass 'dense_2'"),
    "weights in a list": (lambda e: e.add_weights("dense", [np.ones(3)]), ArgumentTypeError, "a dict of arrays"),
    "weights that are text": (lambda e: e.add_weights("dense", {"0": "text"}), DTypeError, "numbers"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named_and_change_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "small.weights.h5"
    small = model(glassworks)
    small.save_weights(path)
    editor = KerasFileEditor(path)
    wrong, error, piece = MISTAKES[name]
    with pytest.raises(error) as caught:
        wrong(editor)
    assert piece in str(caught.value)
    assert outcome(editor, small) == ("success", 0, 4)


def external(file: Any, folder: Path) -> None:
    file["layers"] = h5py.ExternalLink(str(folder / "secret.h5"), "/layers")


def soft(file: Any, folder: Path) -> None:
    file.create_group("real")["0"] = np.zeros(1)
    file["layers"] = h5py.SoftLink("/real")


def virtual(file: Any, folder: Path) -> None:
    layout = h5py.VirtualLayout(shape=(5,), dtype="float32")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "s", shape=(5,))
    file.create_group("layers/dense/vars").create_virtual_dataset("0", layout)


def enormous(file: Any, folder: Path) -> None:
    file.create_dataset("layers/dense/vars/0", shape=(1 << 20, 1 << 22), dtype="float32", chunks=(1024, 1024), compression="gzip")


@pytest.mark.parametrize("attack", [external, soft, virtual, enormous])
def test_hostile_files_are_refused(attack: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret.create_dataset("s", data=np.arange(5, dtype="float32"))
    with h5py.File(tmp_path / "attack.weights.h5", "w") as file:
        attack(file, tmp_path)
    with pytest.raises(LoadError):
        KerasFileEditor(tmp_path / "attack.weights.h5")
    (tmp_path / "damaged.keras").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(LoadError):
        KerasFileEditor(tmp_path / "damaged.keras")
