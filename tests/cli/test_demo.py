"""`glassworks demo`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import glassworks as keras
from glassworks.cli import main
from glassworks.cli.demo import confusions, explain_neuron, load, make_model
from glassworks.cli.drawing import draw_images


def test_the_demo_trains_on_real_digits_and_explains_itself() -> None:
    result = CliRunner().invoke(main, ["demo", "--epochs", "12"])
    assert result.exit_code == 0, result.output
    for piece in (
        "1,4",
        "Test accuracy",
        "SVM",
        "random forest",
        "taken for",
        "Most confidently wrong",
        "One neuron worked out",
        "ReLU",
        "What to try next",
    ):
        assert piece in result.output
    accuracy = float(result.output.split("this network")[1].split("%")[0])
    assert accuracy > 93


def test_the_same_seed_prints_the_same_accuracy() -> None:
    outputs = [
        CliRunner().invoke(main, ["demo", "--epochs", "2", "--no-peers"]).output.split("this network")[1].split("%")[0] for _ in range(2)
    ]
    assert outputs[0] == outputs[1]


def test_an_npz_in_the_layout_of_keras_is_taken(tmp_path: Path) -> None:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    path = tmp_path / "mine.npz"
    np.savez(path, x_train=x[:300], y_train=y[:300], x_test=x_test[:50], y_test=y_test[:50])
    result = CliRunner().invoke(main, ["demo", "--data", str(path), "--epochs", "1", "--no-peers"])
    assert result.exit_code == 0, result.output
    assert "300 images" in result.output


@pytest.mark.parametrize(("name", "content", "piece"), [("missing.npz", None, "missing.npz"), ("text.npz", b"not an archive", "text.npz")])
def test_a_bad_file_gives_one_clear_message(tmp_path: Path, name: str, content: bytes | None, piece: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(main, ["demo", "--data", str(tmp_path / name)])
    assert result.exit_code != 0
    assert piece in result.output and "found:" in result.output and "Traceback" not in result.output


def test_the_worked_out_neuron_is_what_the_network_computes() -> None:
    data = load("digits")
    model = make_model(data)
    text = explain_neuron(model, data.test[0][0], int(data.test[1][0]))
    by_hand = float(text.split("max(0, sum) → ")[1].split()[0])
    by_network = float(text.split("the network itself: ")[1].split(")")[0])
    assert by_hand == pytest.approx(by_network, abs=2e-3) and by_hand > 0


def test_confusions_are_counted_by_pair() -> None:
    probabilities = np.eye(3)[[0, 1, 1, 2, 0]]
    assert confusions(probabilities, np.array([0, 0, 0, 2, 2])) == [(0, 1, 2), (2, 0, 1)]


def test_images_are_drawn_side_by_side_within_the_width() -> None:
    image = np.array([[0.0, 1.0], [1.0, 0.0]])
    text = draw_images([image, image, image], ["a", "b", "c"], width=16, color=False)
    assert "@@" in text and max(map(len, text.splitlines())) <= 18
    assert text.index("a") < text.index("b") < text.index("c")
