"""Are these two photographs of the same person? An embedding tells, also of people it has never seen.

The network turns a face into 64 numbers, a point on a sphere. It is trained on 30 people with a contrastive loss: in
a batch with four pictures of each of twelve people, every picture must find the other three of its person among all 47. So
pictures of a person move together and those of others apart, and what the network learns to look at (and to ignore, such
as light and where the head is turned) holds for new faces as well. Two pictures are "the same" if they lie near enough.

Run: python examples/face_verification.py          (faces.tar is in $GLASSWORKS_DATA or here: folders s1, s2 ... of .pgm pictures)
     python examples/face_verification.py --help   (where else the data may be, and what can be changed)

The data are the faces of AT&T Laboratories Cambridge (Samaria and Harter, 1994): forty people, ten pictures each.
"""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from command_line import CommandLine

import glassworks as keras
from glassworks import layers, ops

SEEN, PEOPLE, EACH = 30, 12, 4  # people to train on; of a batch: people, and pictures of each
NUMBERS, TEMPERATURE = 64, 0.1
PICTURE = "face_verification.png"


def load_faces(path: Path) -> np.ndarray:
    """Pictures of shape (people, pictures, 56, 46, 1), each with mean 0 and variance 1."""
    people: dict[int, list[np.ndarray]] = {}
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if not member.name.endswith(".pgm"):
                continue
            file = archive.extractfile(member)
            assert file is not None
            image = keras.utils.load_img(io.BytesIO(file.read()), color_mode="grayscale", target_size=(56, 46), interpolation="bilinear")
            pixels = keras.utils.img_to_array(image)
            people.setdefault(int(Path(member.name).parent.name[1:]), []).append((pixels - pixels.mean()) / pixels.std())
    return np.stack([np.stack(people[number]) for number in sorted(people)])


class Batches(keras.utils.PyDataset):
    """A few images each of a few people, newly drawn each time; targets are the numbers of the people."""

    def __init__(self, faces: np.ndarray, steps: int, seed: int = 0) -> None:
        super().__init__()
        self.faces, self.steps, self.random = faces, steps, np.random.default_rng(seed)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        people = self.random.choice(len(self.faces), PEOPLE, replace=False)
        which = np.array([self.random.choice(self.faces.shape[1], EACH, replace=False) for _ in people])
        return self.faces[people[:, None], which].reshape(-1, *self.faces.shape[2:]), np.repeat(people, EACH).astype("int32")


def contrastive_loss(people: Any, points: Any) -> Any:
    """The supervised contrastive loss (Khosla et al., 2020): points of the same person shall be near, all others far apart."""
    people = ops.reshape(people, (-1, 1))
    count = people.shape[0]
    itself = ops.eye(count)
    nearness = ops.matmul(points, ops.transpose(points)) / TEMPERATURE - 1e9 * itself
    same = ops.cast(people == ops.transpose(people), "float32") - itself
    return -ops.sum(same * ops.log_softmax(nearness), axis=1) / ops.sum(same, axis=1)


def make_model(shape: tuple[int, ...] = (56, 46, 1)) -> keras.Model:
    """From pictures to points on a sphere. The random layers move and brighten the pictures in training, and do nothing otherwise."""
    stack = [
        keras.Input(shape),
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
        layers.RandomRotation(0.04, fill_mode="nearest"),
        layers.RandomZoom(0.13, fill_mode="nearest"),
        layers.RandomErasing(scale=(0.02, 0.15), fill_value=0.0, value_range=(-3, 3)),
    ]
    for filters in (32, 64, 96, 128):
        stack += [layers.Conv2D(filters, 3, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
        stack += [layers.MaxPooling2D(2)]
    return keras.Sequential([*stack, layers.Flatten(), layers.Dropout(0.3), layers.Dense(NUMBERS), layers.UnitNormalization()])


def train(faces: np.ndarray, epochs: int = 30, steps: int = 30, seed: int = 1, verbose: int = 1) -> keras.Model:
    """A trained network."""
    keras.utils.set_random_seed(seed)
    model = make_model(faces.shape[2:])
    rate = keras.optimizers.schedules.CosineDecay(0.001, epochs * steps)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.05), contrastive_loss)
    model.fit(Batches(faces, steps, seed), epochs=epochs, verbose=verbose)
    return model


def distances(model: keras.Model, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far apart the two pictures of every pair are, and whether they show the same person."""
    points = np.asarray(model.predict(faces.reshape(-1, *faces.shape[2:]), batch_size=100, verbose=0))
    person = np.repeat(np.arange(len(faces)), faces.shape[1])
    first, second = np.triu_indices(len(points), 1)
    return np.linalg.norm(points[first] - points[second], axis=1), person[first] == person[second]


def equal_error_rate(apart: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """The share of errors where as many of the same are refused as others are taken for the same, and the distance that decides so."""
    order = np.argsort(apart)
    refused = 1 - np.cumsum(same[order]) / same.sum()
    accepted = np.cumsum(~same[order]) / (~same).sum()
    here = int(np.argmin(np.abs(refused - accepted)))
    return float(refused[here] + accepted[here]) / 2, float(apart[order][here])


def draw(apart: np.ndarray, same: np.ndarray, limit: float, path: str = PICTURE) -> bool:
    """The distances of both kinds of pairs; False if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(7, 3.5), layout="tight")
    axes = figure.add_subplot()
    bins = np.linspace(0, 2, 60)
    axes.hist(apart[same], bins, density=True, alpha=0.7, label="same person")
    axes.hist(apart[~same], bins, density=True, alpha=0.7, label="different people")
    axes.axvline(limit, color="black", linewidth=1, label="decision")
    axes.set_xlabel("distance of two pictures of people never seen in training")
    axes.set_yticks([])
    axes.legend()
    figure.savefig(path, dpi=150)
    return True


def main() -> None:
    """Train on some people, verify others."""
    options = CommandLine(__doc__, "faces.tar", "pictures of forty people", epochs=30).parse()
    faces = load_faces(options.data)
    start = time.perf_counter()
    model = train(faces[:SEEN], options.epochs)
    apart, same = distances(model, faces[SEEN:])
    rate, limit = equal_error_rate(apart, same)
    print(
        f"\nTrained on {SEEN} people in {time.perf_counter() - start:.0f} s; {len(faces) - SEEN} others make {len(apart)} pairs of pictures."
    )
    print(f"Equal error rate {rate:.1%}: pictures nearer than {limit:.2f} are taken for the same person.")
    wrong_pairs = np.flatnonzero((apart < limit) != same)
    print(
        f"{len(wrong_pairs)} pairs are wrong: {int(same[wrong_pairs].sum())} of the same person, {int((~same[wrong_pairs]).sum())} of two people."
    )
    if draw(apart, same, limit):
        print(f"Both kinds of distances: {PICTURE}")


if __name__ == "__main__":
    main()
