"""A convolutional network that names what small photographs show, trained from a folder of pictures.

The pictures are read, decoded and shuffled in the background while the network trains; flipping and moving them a
little, other in every epoch, is part of the network and happens in training only.

Run: python examples/cifar10_convnet.py          (cifar10_images.tar is in $GLASSWORKS_DATA or here)
     python examples/cifar10_convnet.py --data FOLDER
     FOLDER, or a .tar of it, has folders train and test, and in each of them a folder of pictures for every class.
"""

from __future__ import annotations

import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from command_line import CommandLine, at_least

import glassworks as keras
from glassworks import layers

SIZE = 32


def find_pictures(path: str | Path, workspace: str | Path) -> Path:
    """The folder that has train and test: the path, that of its train, or an archive of it, unpacked into the workspace."""
    if Path(path).name == "train":
        return Path(path).parent
    if Path(path).is_file():
        with tarfile.open(path) as archive:
            archive.extractall(workspace, filter="data")
        path = workspace
    found = [folder.parent for folder in [Path(path) / "train", *sorted(Path(path).glob("*/train"))] if folder.is_dir()]
    if not found:
        raise SystemExit(f"There is no folder 'train' in {path}.")
    return found[0]


def load_pictures(folder: Path, batch_size: int = 64) -> tuple[Any, Any]:
    """Data sets of pictures and class numbers, to train on and to test on."""
    train, test = (
        keras.utils.image_dataset_from_directory(
            folder / part, image_size=(SIZE, SIZE), batch_size=batch_size, shuffle=part == "train", seed=1
        )
        for part in ("train", "test")
    )
    return train, test


def convolutions(filters: int, count: int) -> list[Any]:
    """Convolutions, normalised, then half the height and width."""
    block: list[Any] = []
    for _ in range(count):
        block += [layers.Conv2D(filters, 3, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    return [*block, layers.MaxPooling2D(2)]


def make_model(classes: int, steps: int, width: int = 32) -> keras.Sequential:
    """The network, with a learning rate that falls to 0 over the given number of steps."""
    model = keras.Sequential(
        [
            keras.Input(shape=(SIZE, SIZE, 3)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.RandomFlip("horizontal"),
            layers.RandomTranslation(0.1, 0.1),
            *convolutions(width, 2),
            *convolutions(2 * width, 2),
            *convolutions(4 * width, 1),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.3),
            layers.Dense(classes, activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.003, decay_steps=steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(data: tuple[Any, Any], epochs: int = 20, seed: int = 1, width: int = 32, verbose: int = 1) -> tuple[keras.Sequential, float]:
    """A trained network, and the share of the test pictures that it names correctly."""
    keras.utils.set_random_seed(seed)
    pictures, test = data
    model = make_model(len(pictures.class_names), steps=epochs * len(pictures), width=width)
    model.fit(pictures, epochs=epochs, verbose=verbose)
    return model, float(model.evaluate(test, verbose=0)[1])


def say_confusions(model: keras.Sequential, test: Any, names: list[str]) -> None:
    """For each class, how many are named correctly and what the others are taken for."""
    said = np.asarray(model.predict(test, verbose=0)).argmax(axis=1)
    labels = np.concatenate([labels for _, labels in test.as_numpy_iterator()])
    for number, name in enumerate(names):
        counts = np.bincount(said[labels == number], minlength=len(names))
        right, counts[number] = counts[number], 0
        share = right / max((labels == number).sum(), 1)
        print(f"{name:>12}  {share:4.0%} right, most often taken for {names[int(counts.argmax())]} ({counts.max()} times)")


def main() -> None:
    parser = CommandLine(__doc__, ["cifar10_images.tar", "train"], "small pictures in folders, or a .tar of them", epochs=20)
    parser.add_argument("--batch-size", type=at_least(1), default=64, help="pictures per step")
    parser.add_argument("--seed", type=int, default=1, help="of the weights and the augmentation")
    arguments = parser.parse()
    with tempfile.TemporaryDirectory() as workspace:
        data = load_pictures(find_pictures(arguments.data, workspace), arguments.batch_size)
        start = time.perf_counter()
        model, accuracy = train(data, arguments.epochs, arguments.seed)
        seconds = time.perf_counter() - start
        model.summary()
        print(f"\n{arguments.epochs} epochs in {seconds:.0f} s. Test accuracy {accuracy:.1%}.")
        say_confusions(model, data[1], data[0].class_names)


if __name__ == "__main__":
    main()
