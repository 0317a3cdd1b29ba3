"""Object detection: which handwritten digits are on a cluttered canvas, and where is each of them?

One convolutional network looks at the whole canvas once. Its last layer is a grid of 8 x 8 cells, and every cell
answers for the digit whose centre lies in it: is there one, where exactly and how large is its box, which digit is it.
The loss says how wrong these answers are; boxes that describe the same digit twice are thinned out at the end.

Run: python examples/digit_detection.py          (downloads MNIST once, unless mnist.npz is in $GLASSWORKS_DATA or here)
     python examples/digit_detection.py --help   (where else the data may be, and what can be changed)
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
from command_line import CommandLine, at_least

import glassworks as keras
from glassworks import layers, ops

CANVAS, GRID = 64, 8
CELL = CANVAS // GRID
SMALLEST, LARGEST, MOST = 14, 30, 4  # sides of a digit in pixels, and digits on a canvas
USUAL_SIZE = 20.0  # boxes are told as how much larger or smaller than this they are
PICTURE = "digit_detection.png"


class Scenes(NamedTuple):
    """Canvases (n, 64, 64, 1) in 0..1, and for each digit on them: number of the canvas, left, top, right, bottom, digit."""

    images: np.ndarray
    boxes: np.ndarray


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """A square image with sides of another length, by the nearest pixels of a fine grid and a mean."""
    fine = 4 * size
    places = (np.arange(fine) * len(image)) // fine
    return image[places][:, places].reshape(size, 4, size, 4).mean(axis=(1, 3))


def cropped(image: np.ndarray) -> np.ndarray:
    """A digit without the empty border around it, on a square."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 0.2), np.flatnonzero(image.max(axis=0) > 0.2)
    part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(part.shape)
    down, right = (side - part.shape[0]) // 2, (side - part.shape[1]) // 2
    return np.pad(part, ((down, side - part.shape[0] - down), (right, side - part.shape[1] - right)))


def draw_clutter(canvas: np.ndarray, digits: np.ndarray, rng: np.random.Generator) -> None:
    """Strokes, scraps of other digits and noise, which are to be ignored."""
    for _ in range(rng.integers(2, 6)):
        scrap = digits[rng.integers(len(digits))][rng.integers(0, 20) :, rng.integers(0, 20) :][:8, :8]
        y, x = rng.integers(0, CANVAS - 8, 2)
        canvas[y : y + scrap.shape[0], x : x + scrap.shape[1]] = np.maximum(canvas[y : y + scrap.shape[0], x : x + scrap.shape[1]], scrap)
    for _ in range(rng.integers(1, 4)):
        start, end = rng.integers(0, CANVAS, (2, 2))
        line = np.linspace(start, end, 2 * CANVAS).astype(int)
        canvas[line[:, 0], line[:, 1]] = rng.uniform(0.4, 0.9)
    canvas += rng.normal(0, 0.08, canvas.shape)


def make_scenes(x: np.ndarray, y: np.ndarray, count: int, seed: int) -> Scenes:
    """Canvases with one to four digits each, which hardly overlap."""
    rng = np.random.default_rng(seed)
    images, boxes = np.zeros((count, CANVAS, CANVAS), "float32"), []
    for i in range(count):
        taken: list[tuple[int, int, int]] = []
        draw_clutter(images[i], x, rng)
        for _ in range(rng.integers(1, MOST + 1)):
            size = int(rng.integers(SMALLEST, LARGEST + 1))
            left, top = rng.integers(0, CANVAS - size + 1, 2)
            if any(
                abs(left - a + (size - s) / 2) < 0.8 * (size + s) / 2 and abs(top - b + (size - s) / 2) < 0.8 * (size + s) / 2
                for a, b, s in taken
            ):
                continue
            taken.append((left, top, size))
            which = rng.integers(len(x))
            place = images[i, top : top + size, left : left + size]
            np.maximum(place, resized(cropped(x[which]), size), out=place)
            boxes.append((i, left, top, left + size, top + size, y[which]))
    return Scenes(np.clip(images, 0, 1)[..., None], np.array(boxes, "float32"))


def targets_of(scenes: Scenes) -> np.ndarray:
    """For each cell: is there a digit (1), its centre in the cell (2), the logarithm of its size (2), the digit (1)."""
    targets = np.zeros((len(scenes.images), GRID, GRID, 6), "float32")
    image = scenes.boxes[:, 0].astype(int)
    centre, size = (scenes.boxes[:, 1:3] + scenes.boxes[:, 3:5]) / 2, scenes.boxes[:, 3:5] - scenes.boxes[:, 1:3]
    cell = np.minimum(centre // CELL, GRID - 1).astype(int)
    here = (image, cell[:, 1], cell[:, 0])
    targets[(*here, 0)] = 1
    targets[(*here, slice(1, 3))] = centre / CELL - cell
    targets[(*here, slice(3, 5))] = np.log(size / USUAL_SIZE)
    targets[(*here, 5)] = scenes.boxes[:, 5]
    return targets


def detection_loss(wanted: Any, found: Any) -> Any:
    """What each cell got wrong, per canvas. Where there is no digit, only saying that there is one counts."""
    there = wanted[..., 0]
    presence = keras.losses.binary_crossentropy(there[..., None], found[..., :1], from_logits=True)
    centre = ops.sum(ops.square(ops.sigmoid(found[..., 1:3]) - wanted[..., 1:3]), axis=-1)
    size = ops.sum(ops.square(found[..., 3:5] - wanted[..., 3:5]), axis=-1)
    digit = keras.losses.sparse_categorical_crossentropy(wanted[..., 5], found[..., 5:], from_logits=True)
    return ops.sum(presence + there * (5.0 * centre + 5.0 * size + digit), axis=(1, 2))


def make_model() -> keras.Model:
    """From a canvas to 15 answers of every cell: presence, centre (2), size (2), scores of the ten digits."""

    def convolved(x: Any, filters: int) -> Any:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))

    inputs = keras.Input((CANVAS, CANVAS, 1))
    x = convolved(inputs, 16)
    for filters in (32, 64, 128):
        x = convolved(layers.MaxPooling2D(2)(x), filters)
    x = convolved(convolved(x, 128), 128)
    return keras.Model(inputs, layers.Conv2D(15, 1)(layers.Dropout(0.2)(x)))


def train(scenes: Scenes, epochs: int, batch_size: int = 32, seed: int = 1, verbose: int = 1) -> keras.Model:
    """A trained network."""
    keras.utils.set_random_seed(seed)
    model = make_model()
    rate = keras.optimizers.schedules.CosineDecay(0.002, epochs * -(-len(scenes.images) // batch_size))
    model.compile(keras.optimizers.Adam(rate), detection_loss)
    model.fit(scenes.images, targets_of(scenes), batch_size=batch_size, epochs=epochs, verbose=verbose)
    return model


def detect(model: keras.Model, images: np.ndarray, least: float = 0.02) -> np.ndarray:
    """What is found, the surest first: number of the canvas, left, top, right, bottom, digit, how sure."""
    answers = np.asarray(model.predict(images, batch_size=50, verbose=0))
    presence, offset = (1 / (1 + np.exp(-answers[..., part])) for part in (slice(0, 1), slice(1, 3)))
    scores = answers[..., 5:] - answers[..., 5:].max(axis=-1, keepdims=True)
    digits = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    cells = np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)), axis=-1)
    centre, half = (cells + offset) * CELL, np.exp(np.clip(answers[..., 3:5], -2, 2)) * USUAL_SIZE / 2
    sure = presence[..., 0] * digits.max(axis=-1)
    here = np.nonzero(sure > least)
    boxes = np.concatenate([(centre - half)[here], (centre + half)[here]], axis=1)
    found = np.column_stack([here[0], boxes, digits.argmax(axis=-1)[here], sure[here]])
    found = found[np.argsort(-found[:, 6], kind="stable")]
    return np.concatenate([thinned_out(found[found[:, 0] == i]) for i in range(len(images))] or [found])


def overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The area that a box shares with each of others, over the area that the two cover."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    return shared / (np.prod(box[2:] - box[:2]) + np.prod(others[:, 2:] - others[:, :2], axis=1) - shared)


def thinned_out(found: np.ndarray, most: float = 0.4) -> np.ndarray:
    """Keep the most certain of boxes that overlap much."""
    kept = []
    while len(found):
        kept.append(found[0])
        found = found[1:][overlap(found[0, 1:5], found[1:, 1:5]) <= most]
    return np.array(kept).reshape(-1, 7)


def mean_average_precision(found: np.ndarray, boxes: np.ndarray, least: float = 0.5) -> float:
    """For each digit the area under precision over recall, where a find counts if it overlaps its digit enough; and their mean."""
    values = []
    for digit in range(10):
        wanted, seen = boxes[boxes[:, 5] == digit], set()
        own = found[found[:, 5] == digit]
        own = own[np.argsort(-own[:, 6], kind="stable")]
        right = np.zeros(len(own))
        for i, one in enumerate(own):
            here = np.flatnonzero(wanted[:, 0] == one[0])
            shares = overlap(one[1:5], wanted[here, 1:5])
            if len(here) and shares.max() >= least and here[shares.argmax()] not in seen:
                right[i] = 1
                seen.add(here[shares.argmax()])
        if not len(wanted):
            continue
        precision = np.cumsum(right) / np.arange(1, len(own) + 1)
        best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
        values.append(float((best_from_here * right).sum() / len(wanted)))
    return float(np.mean(values))


def draw(scenes: Scenes, found: np.ndarray, path: str = PICTURE) -> bool:
    """A picture of some canvases with what was found; False if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle
    except ImportError:
        return False
    figure = Figure(figsize=(10, 5.2), layout="tight")
    for i in range(8):
        axes = figure.add_subplot(2, 4, i + 1)
        axes.imshow(scenes.images[i, ..., 0], cmap="gray_r")
        for _, left, top, right, bottom, digit, sure in found[(found[:, 0] == i) & (found[:, 6] > 0.4)]:
            axes.add_patch(Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, color="tab:red", linewidth=1.5))
            axes.text(left, top - 1.5, f"{digit:.0f}  {sure:.0%}", color="tab:red", fontsize=8)
        axes.axis("off")
    figure.savefig(path, dpi=150)
    return True


def main() -> None:
    """Train, and print how well digits are found."""
    parser = CommandLine(__doc__, "mnist.npz", "the digits of MNIST", epochs=15, downloads=True)
    parser.add_argument("--canvases", type=at_least(1), default=8000, help="how many canvases to train on")
    options = parser.parse()
    if options.data is None:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    else:
        with np.load(options.data) as file:
            x_train, y_train, x_test, y_test = (file[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    start = time.perf_counter()
    training = make_scenes(x_train / np.float32(255), y_train, options.canvases, seed=1)
    testing = make_scenes(x_test / np.float32(255), y_test, 1000, seed=2)
    print(f"{len(training.images)} canvases with {len(training.boxes)} digits, drawn in {time.perf_counter() - start:.0f} s", flush=True)
    model = train(training, options.epochs)
    found = detect(model, testing.images)
    print(f"\nmean average precision at an overlap of 0.5, on {len(testing.images)} canvases of unseen digits: ", end="")
    print(f"{mean_average_precision(found, testing.boxes):.3f}")
    print(f"{time.perf_counter() - start:.0f} s in all")
    if draw(testing, found):
        print(f"Some canvases with what was found: {PICTURE}")


if __name__ == "__main__":
    main()
