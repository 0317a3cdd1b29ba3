"""The example of object detection, shortened: the parts that are arithmetic by hand, and a short training on real digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from examples import digit_detection as example


def test_overlap_thinning_and_precision_are_those_of_boxes_worked_out_by_hand() -> None:
    box = np.array([0.0, 0.0, 10.0, 10.0])
    np.testing.assert_allclose(example.overlap(box, np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30.0]])), [1, 1 / 3, 0])
    found = np.array([[0, 0, 0, 10, 10, 3, 0.9], [0, 1, 0, 11, 10, 3, 0.8], [0, 30, 30, 40, 40, 3, 0.7]])
    assert example.thinned_out(found)[:, 6].tolist() == [0.9, 0.7]
    wanted = np.array([[0, 0, 0, 10, 10, 3], [0, 50, 50, 60, 60, 3.0]])
    # One of two is found; the second find is a repetition, the third is nowhere.
    assert example.mean_average_precision(found, wanted) == pytest.approx(0.5)
    assert example.mean_average_precision(np.zeros((0, 7)), wanted) == 0


def test_targets_stand_in_the_cell_of_the_centre() -> None:
    scenes = example.Scenes(np.zeros((1, 64, 64, 1), "float32"), np.array([[0, 10, 20, 30, 40, 7]], "float32"))
    targets = example.targets_of(scenes)
    assert targets[..., 0].sum() == 1
    np.testing.assert_allclose(targets[0, 3, 2], [1, 0.5, 0.75, 0, 0, 7], atol=1e-6)


def test_a_short_training_finds_the_digits_it_has_seen(shared_data: Path) -> None:
    with np.load(shared_data / "mnist.npz") as file:
        x, y = file["x_train"][:5000] / np.float32(255), file["y_train"][:5000]
    scenes = example.make_scenes(x, y, 160, seed=1)
    model = example.train(scenes, epochs=30, batch_size=16, verbose=0)
    found = example.detect(model, scenes.images[:60])
    # Nothing found is 0; boxes anywhere are below 0.01.
    assert example.mean_average_precision(found, scenes.boxes[scenes.boxes[:, 0] < 60]) > 0.4
