"""The example of face verification, shortened: the rate worked out by hand, and made-up faces in changing light and place."""

from __future__ import annotations

import numpy as np
import pytest

from examples import face_verification as example


def made_up_faces(people: int, each: int, seed: int) -> np.ndarray:
    """A pattern of blobs for each person; pictures of it differ in place, light and noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:56, :46]
    faces = np.empty((people, each, 56, 46, 1), "float32")
    for person in range(people):
        blobs = [(rng.uniform(8, 48), rng.uniform(8, 38), rng.uniform(3, 8), rng.choice([-1, 1])) for _ in range(6)]
        for i in range(each):
            down, right = rng.integers(-2, 3, 2)
            picture = sum(s * np.exp(-((rows - y - down) ** 2 + (columns - x - right) ** 2) / w**2) for y, x, w, s in blobs)
            picture = picture * rng.uniform(0.5, 1.5) + rng.normal(0, 0.3, picture.shape)
            faces[person, i, ..., 0] = (picture - picture.mean()) / picture.std()
    return faces


def test_the_equal_error_rate_is_that_of_pairs_counted_by_hand() -> None:
    apart, same = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), np.array([True, True, False, True, False, False])
    rate, limit = example.equal_error_rate(apart, same)
    assert (rate, limit) == (pytest.approx(1 / 3), pytest.approx(0.3))


def test_the_loss_is_lower_where_people_stand_together() -> None:
    people = np.repeat([0, 1], 2)
    together = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], "float32")
    mixed = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], "float32")
    assert np.asarray(example.contrastive_loss(people, together)).max() < np.asarray(example.contrastive_loss(people, mixed)).min()


def test_a_short_training_tells_new_made_up_faces_apart() -> None:
    model = example.train(made_up_faces(16, 6, 1), epochs=4, steps=15, verbose=0)
    rate, _ = example.equal_error_rate(*example.distances(model, made_up_faces(8, 6, 2)))
    assert rate < 0.25  # one half by chance
