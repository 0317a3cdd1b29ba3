"""The example of videos, shortened: shapes that move, and a network that tells left from right after a few epochs."""

from __future__ import annotations

import numpy as np
import pytest

from examples import moving_digits as example


@pytest.fixture
def shapes() -> np.ndarray:
    """Bars and rings in place of digits."""
    images = np.zeros((40, 28, 28), "uint8")
    for i in range(40):
        images[i, 4:24, 10 + i % 5 : 14 + i % 5] = 255
        images[i, 5 + i % 7 : 9 + i % 7, 6:22] = 200
    return images


def test_a_motion_to_the_right_moves_the_middle_to_the_right_and_the_others_do_what_they_are_called(shapes: np.ndarray) -> None:
    videos = example.make_videos(shapes, 200, seed=0)
    assert videos.frames.shape == (200, 8, 32, 32, 1)
    assert videos.frames.min() >= 0 and videos.frames.max() <= 1
    light = videos.frames[..., 0].astype("float64")
    columns = (light.sum(axis=2) * np.arange(32)).sum(axis=2) / light.sum(axis=(2, 3))
    change = columns[:, -1] - columns[:, 0]
    assert (change[videos.motions == example.NAMES.index("right")] > 4).all()
    assert (change[videos.motions == example.NAMES.index("left")] < -4).all()
    brightness = light.sum(axis=(2, 3))
    assert (brightness[:, -1] > 1.3 * brightness[:, 0])[videos.motions == example.NAMES.index("growing")].all()


def test_a_short_training_sees_how_shapes_move_and_not_from_shuffled_frames(shapes: np.ndarray) -> None:
    model = example.train(example.make_videos(shapes, 320, seed=1), epochs=6, batch_size=16, verbose=0)
    test = example.make_videos(shapes, 200, seed=2)
    _, accuracy = example.watch(model, test)
    _, shuffled = example.watch(model, example.shuffle_frames(test))
    assert accuracy > 0.5  # an eighth by chance
    assert shuffled < accuracy - 0.15
