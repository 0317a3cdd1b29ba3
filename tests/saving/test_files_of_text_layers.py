"""Files that Keras wrote on TensorFlow, of layers with vocabularies and statistics; `files/keras_text.py` has written them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glassworks import models

FOLDER = Path(__file__).with_name("files")
TEXTS = np.array([["the cat sat"], ["the dog and the bird"]])
ROWS = {"age": np.array([1.0, 2.0, 3.0]), "job": np.array(["a", "b", "a"]), "n": np.array([1, 2, 1])}
DATA = {
    **dict.fromkeys(("vectors", "tf_idf", "strings", "hashes"), TEXTS),
    "integers": np.array([[5], [7], [5]]),
    "bins": np.array([[1.0], [8.0]]),
    "normal": np.array([[3.0, 1.0]]),
    "space": ROWS,
}


@pytest.mark.parametrize("name", DATA)
def test_a_file_of_keras_gives_its_outputs_here_and_after_saving_it_again(name: str, tmp_path: Path) -> None:
    expected = np.load(FOLDER / "text_outputs.npz")[name]
    model = models.load_model(FOLDER / f"text_{name}.keras")
    model.save(tmp_path / "again.keras")
    for loaded in (model, models.load_model(tmp_path / "again.keras")):
        np.testing.assert_allclose(np.asarray(loaded(DATA[name])), expected, rtol=1e-6, atol=1e-6)


def test_every_file_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("text_*.keras")} == {f"text_{name}" for name in DATA}
