"""`glassworks demo`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import glassworks as keras
from glassworks.cli import main
from glassworks.cli.demo import confusions
from glassworks.cli.demo_inside import broken_findings, neuron_text
from glassworks.cli.demo_networks import convolutional_network, dense_network, load, train
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
        "One neuron in full",
        "-> relu ->",
        "One training step",
        "learning_rate_high",
        "What to try next",
    ):
        assert piece in result.output
    dense, convolutional, machine = (
        float(result.output.split(name)[-1].split("%")[0]) for name in ("  dense network", "  convolutional network", "  SVM (RBF kernel)")
    )
    assert dense > 93
    assert convolutional > machine - 1.5  # 12 epochs are a third of what it usually gets


def test_the_same_seed_prints_the_same_accuracy() -> None:
    outputs = [
        CliRunner().invoke(main, ["demo", "--epochs", "2", "--no-peers"]).output.split("  dense network")[-1].split("%")[0]
        for _ in range(2)
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


def test_the_neuron_written_out_is_what_the_network_computes() -> None:
    data = load("digits")
    model = dense_network(data)
    image = data.test[0][0]
    text = neuron_text(model, image, int(data.test[1][0]))
    neuron = int(text.split("number ")[1].split()[0])
    kernel, bias = model.get_layer("hidden").get_weights()
    by_hand = float(np.maximum(image.reshape(-1) @ kernel + bias, 0)[neuron])
    assert float(text.split("-> relu -> ")[1].split()[0]) == pytest.approx(by_hand, rel=1e-3) and by_hand > 0


def test_the_convolutional_network_is_better_than_the_support_vector_machine() -> None:
    from sklearn.svm import SVC

    keras.utils.set_random_seed(0)
    data = load("digits")
    model = convolutional_network(data)
    train(model, data, 25, verbose=0)
    (x, y), (x_test, y_test) = data.train, data.test
    machine = SVC().fit(x.reshape(len(x), -1), y).score(x_test.reshape(len(x_test), -1), y_test)
    assert model.evaluate(x_test, y_test, verbose=0)[1] > machine


def test_the_doctor_names_the_learning_rate_of_one() -> None:
    assert broken_findings(load("digits"))[0].check == "learning_rate_high"


def test_confusions_are_counted_by_pair() -> None:
    probabilities = np.eye(3)[[0, 1, 1, 2, 0]]
    assert confusions(probabilities, np.array([0, 0, 0, 2, 2])) == [(0, 1, 2), (2, 0, 1)]


def test_images_are_drawn_side_by_side_within_the_width() -> None:
    image = np.array([[0.0, 1.0], [1.0, 0.0]])
    text = draw_images([image, image, image], ["a", "b", "c"], width=16, color=False)
    assert "@@" in text and max(map(len, text.splitlines())) <= 18
    assert text.index("a") < text.index("b") < text.index("c")
