"""A network that watches short videos of a moving digit and says how it moves.

Any single frame shows a digit somewhere on the canvas, a little turned, larger or smaller: what it does is only seen
by comparing frames. Two convolutions, the same for every frame, find edges. A ConvLSTM2D then goes through the frames
in order: it is an LSTM whose state is not a vector but an image, so that every place remembers what was there before.
As a check, the same videos are shown with their frames in another order: how a digit moves can then no longer be said.

Run: python examples/moving_digits.py          (downloads MNIST once, unless mnist.npz is in $GLASSWORKS_DATA or here)
     python examples/moving_digits.py --help   (where else the data may be, and what can be changed)
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from command_line import CommandLine, at_least

import glassworks as keras
from glassworks import layers

PICTURE = "moving_digits.png"
CANVAS, FRAMES = 32, 8

# What each motion does from one frame to the next: pixels to the right, pixels down, degrees clockwise, factor of size.
MOTIONS = {
    "left": (-1.5, 0, 0, 1.0),
    "right": (1.5, 0, 0, 1.0),
    "up": (0, -1.5, 0, 1.0),
    "down": (0, 1.5, 0, 1.0),
    "turning left": (0, 0, -12, 1.0),
    "turning right": (0, 0, 12, 1.0),
    "growing": (0, 0, 0, 1.07),
    "shrinking": (0, 0, 0, 1 / 1.07),
}
NAMES = list(MOTIONS)


class Videos(NamedTuple):
    """Frames of shape (n, 8, 32, 32, 1) in 0..1, and the number of the motion in each video."""

    frames: np.ndarray
    motions: np.ndarray


def load_digits(path: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The images of MNIST's two parts, from an .npz file or from the cache, into which they are downloaded once."""
    if path is None:
        (x_train, _), (x_test, _) = keras.datasets.mnist.load_data()
        return x_train, x_test
    with np.load(path) as file:
        return file["x_train"], file["x_test"]


def make_videos(digits: np.ndarray, count: int, seed: int) -> Videos:
    """Videos of random digits in random motion; the position halfway, the speed, angle and size vary."""
    rng = np.random.default_rng(seed)
    motions = rng.integers(0, len(NAMES), count)
    right, down, degrees, growth = np.array(list(MOTIONS.values()), "float32")[motions].T
    x, y = rng.uniform(-3, 3, (2, count))
    speed = rng.uniform(0.7, 1.3, count)
    angle = rng.uniform(-20, 20, count)
    size = rng.uniform(0.55, 0.75, count)
    images = digits[rng.integers(0, len(digits), count)].astype("float32") / 255
    frames = np.empty((count, FRAMES, CANVAS, CANVAS, 1), "float32")
    for frame in range(FRAMES):
        elapsed = speed * (frame - (FRAMES - 1) / 2)  # none halfway, so that a single frame does not give the motion away
        frames[:, frame, :, :, 0] = place(
            images, x + elapsed * right, y + elapsed * down, np.radians(angle + elapsed * degrees), size * growth**elapsed
        )
    return Videos(frames, motions.astype("int32"))


def place(images: np.ndarray, x: np.ndarray, y: np.ndarray, angle: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Each image turned clockwise and scaled, its centre so far right of and below the middle of an empty canvas.

    It asks of each pixel of the canvas from where in the image it comes, and mixes the four pixels around that point.
    """
    count, side = len(images), images.shape[1]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    rows, columns = np.mgrid[:CANVAS, :CANVAS].reshape(2, 1, -1) - (CANVAS - 1) / 2
    columns, rows = columns - x[:, None], rows - y[:, None]
    cosine, sine = np.cos(angle)[:, None] / size[:, None], np.sin(angle)[:, None] / size[:, None]
    middle = (side + 1) / 2  # in the padded image
    from_column = np.clip(cosine * columns + sine * rows + middle, 0, side + 0.999)
    from_row = np.clip(cosine * rows - sine * columns + middle, 0, side + 0.999)
    column, row = from_column.astype(int), from_row.astype(int)
    to_right, to_below = from_column - column, from_row - row
    which = np.arange(count)[:, None]
    above = padded[which, row, column] * (1 - to_right) + padded[which, row, column + 1] * to_right
    below = padded[which, row + 1, column] * (1 - to_right) + padded[which, row + 1, column + 1] * to_right
    return (above * (1 - to_below) + below * to_below).reshape(count, CANVAS, CANVAS)


def make_model(steps: int) -> keras.Sequential:
    """The network, with a learning rate that falls to 0 over the given number of steps."""
    model = keras.Sequential(
        [
            keras.Input(shape=(FRAMES, CANVAS, CANVAS, 1)),
            layers.TimeDistributed(layers.Conv2D(16, 5, strides=2, padding="same", activation="relu")),
            layers.TimeDistributed(layers.Conv2D(24, 3, strides=2, padding="same", activation="relu")),
            layers.ConvLSTM2D(24, 3, padding="same"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(len(NAMES), activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.003, decay_steps=steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(videos: Videos, epochs: int = 8, batch_size: int = 32, seed: int = 1, verbose: int = 1) -> keras.Sequential:
    """A network trained on these videos."""
    keras.utils.set_random_seed(seed)
    model = make_model(steps=epochs * -(-len(videos.frames) // batch_size))
    model.fit(videos.frames, videos.motions, batch_size=batch_size, epochs=epochs, verbose=verbose)
    return model


def watch(model: keras.Sequential, videos: Videos) -> tuple[np.ndarray, float]:
    """What the network says of each video, and the share that is right."""
    said = np.asarray(model.predict(videos.frames, batch_size=100, verbose=0)).argmax(axis=1)
    return said, float((said == videos.motions).mean())


def shuffle_frames(videos: Videos, seed: int = 0) -> Videos:
    """The same frames, in another order in each video."""
    order = np.random.default_rng(seed).random(videos.frames.shape[:2]).argsort(axis=1)
    return videos._replace(frames=np.take_along_axis(videos.frames, order[:, :, None, None, None], axis=1))


def draw(videos: Videos, said: np.ndarray, path: str = PICTURE) -> bool:
    """A picture with one video per motion, frame by frame; False if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(10, 10), layout="tight")
    for motion in range(len(NAMES)):
        index = int(np.flatnonzero(videos.motions == motion)[0])
        axes = figure.add_subplot(len(NAMES), 1, motion + 1)
        axes.imshow(np.hstack(np.pad(videos.frames[index, ..., 0], ((0, 0), (1, 1), (1, 1)), constant_values=1)), cmap="gray")
        axes.set_title(f"{NAMES[motion]}, seen as {NAMES[said[index]]}", fontsize=9)
        axes.axis("off")
    figure.savefig(path, dpi=100)
    return True


def main() -> None:
    parser = CommandLine(__doc__, "mnist.npz", "the digits of MNIST", epochs=8, downloads=True)
    parser.add_argument("--videos", type=at_least(1), default=4000, help="how many videos to train on")
    parser.add_argument("--batch-size", type=at_least(1), default=32, help="videos per step")
    parser.add_argument("--seed", type=int, default=1, help="of the weights and the order of the videos")
    arguments = parser.parse()
    digits, test_digits = load_digits(arguments.data)
    videos, test = make_videos(digits, arguments.videos, seed=1), make_videos(test_digits, 2000, seed=2)
    start = time.perf_counter()
    model = train(videos, arguments.epochs, arguments.batch_size, arguments.seed)
    seconds = time.perf_counter() - start
    model.summary()
    said, accuracy = watch(model, test)
    print(f"\n{arguments.epochs} epochs in {seconds:.0f} s. Of 2000 videos of digits not seen before, {accuracy:.1%} are named correctly;")
    print(f"with their frames in another order {watch(model, shuffle_frames(test))[1]:.1%}, and by chance {1 / len(NAMES):.1%} would be.")
    for motion, name in enumerate(NAMES):
        mine = said[test.motions == motion]
        others = np.bincount(mine[mine != motion], minlength=len(NAMES))
        mistakes = f", most often mistaken for {NAMES[others.argmax()]} ({others.max()} of {len(mine)})" if others.any() else ""
        print(f"  {name}: {(mine == motion).mean():.1%}{mistakes}")
    print(f"One video of each motion is in {PICTURE}." if draw(test, said) else "Install matplotlib for a picture of the videos.")


if __name__ == "__main__":
    main()
