"""`glassworks demo`: train a digit classifier on real handwriting, then look at what it does."""

from __future__ import annotations

import shutil
import time
from typing import Any, NamedTuple

import click
import numpy as np

from glassworks.cli.drawing import draw_images
from glassworks.cli.peers import peer_accuracies

Arrays = tuple[np.ndarray, np.ndarray]


class Data(NamedTuple):
    """Images of digits in 0..1, with their labels."""

    name: str
    train: Arrays
    test: Arrays


@click.command()
@click.option(
    "--data",
    "source",
    default="digits",
    metavar="digits|mnist|PATH",
    help="Bundled digits, MNIST, or an .npz with x_train, y_train, x_test, y_test.",
)
@click.option("--epochs", default=None, type=click.IntRange(min=1), help="The largest number of passes; early stopping may end sooner.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same network.")
@click.option("--peers/--no-peers", default=True, help="Also train an SVM and a random forest (needs scikit-learn).")
def demo(source: str, epochs: int | None, seed: int, peers: bool) -> None:
    """Train a digit classifier on real handwritten digits and look inside."""
    import glassworks as keras

    keras.utils.set_random_seed(seed)
    data = load(source)
    _say_data(data)
    model = make_model(data)
    model.summary()
    start = time.perf_counter()
    history = train(model, data, epochs)
    seconds = time.perf_counter() - start
    accuracy = model.evaluate(*data.test, verbose=0, return_dict=True)["accuracy"]
    ran = len(history.history["loss"])
    click.echo(f"\nTrained {ran} epochs in {seconds:.1f} s and kept the best one, epoch {_best_epoch(history)}.")
    _say_accuracies(accuracy, data, peers)
    probabilities = model.predict(data.test[0], verbose=0, batch_size=1024)
    _say_confusions(probabilities, data.test[1])
    _draw_mistakes(probabilities, data)
    click.echo("\n" + explain_neuron(model, data.test[0][0], int(data.test[1][0])))
    _say_next(source)


def load(source: str) -> Data:
    """The data set of a name or path, scaled to 0..1."""
    from glassworks import datasets

    if source == "digits":
        name, (train, test) = "scikit-learn's handwritten digits", datasets.digits.load_data()
    elif source == "mnist":
        name, (train, test) = "MNIST", datasets.mnist.load_data()
    else:
        name, (train, test) = source, datasets.load_npz(source)
    top = float(np.max(train[0])) or 1.0

    def scaled(part: Any) -> Arrays:
        x, y = part
        return np.asarray(x, dtype="float32") / top, np.asarray(y).reshape(-1).astype("int32")

    return Data(name, scaled(train), scaled(test))


def make_model(data: Data) -> Any:
    """Flatten, 128 ReLU neurons, dropout, one softmax output per class."""
    import glassworks as keras

    classes = int(max(data.train[1].max(), data.test[1].max())) + 1
    model = keras.Sequential(
        [
            keras.Input(shape=data.train[0].shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu", name="hidden"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(classes, activation="softmax", name="output"),
        ],
        name="digits",
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model: Any, data: Data, epochs: int | None) -> Any:
    """Fit with a tenth of the data for validation, until its loss stops improving."""
    import glassworks as keras

    small = len(data.train[0]) < 10_000
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=8 if small else 2, restore_best_weights=True)
    click.echo("")
    return model.fit(
        *data.train, epochs=epochs or (80 if small else 20), batch_size=32 if small else 128, validation_split=0.1, callbacks=[stopping]
    )


def _best_epoch(history: Any) -> int:
    return int(np.argmin(history.history["val_loss"])) + 1


def _say_data(data: Data) -> None:
    (x_train, y_train), (x_test, _) = data.train, data.test
    size = "x".join(map(str, x_train.shape[1:]))
    click.echo(f"Data: {data.name}. {len(x_train):,} images of {size} pixels to train on, {len(x_test):,} to test.")
    counts = np.bincount(y_train)
    click.echo(
        f"      Each digit is there {counts.min():,} to {counts.max():,} times. Always guessing the most frequent one would be right {counts.max() / counts.sum():.1%} of the time.\n"
    )


def _say_accuracies(accuracy: float, data: Data, peers: bool) -> None:
    click.echo("\nTest accuracy")
    rows = [("this network", accuracy, "")] + (peer_accuracies(data.train, data.test) if peers else [])
    for name, value, note in rows:
        shown = f"{value:7.2%}  {'█' * round(40 * value)}" if value is not None else "      -"
        click.echo(f"  {name:<24} {shown}{'  ' + note if note else ''}")


def confusions(probabilities: np.ndarray, labels: np.ndarray) -> list[tuple[int, int, int]]:
    """(true class, predicted class, how often), most frequent first."""
    predicted = probabilities.argmax(axis=1)
    wrong = predicted != labels
    pairs, counts = np.unique(np.stack([labels[wrong], predicted[wrong]], axis=1), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [(int(pairs[i, 0]), int(pairs[i, 1]), int(counts[i])) for i in order]


def _say_confusions(probabilities: np.ndarray, labels: np.ndarray) -> None:
    found = confusions(probabilities, labels)
    total = sum(count for *_, count in found)
    click.echo(f"\nMistakes: {total:,} of {len(labels):,}")
    for true, predicted, count in found[:8]:
        click.echo(f"  {true} taken for {predicted}: {count} {'time' if count == 1 else 'times'}")
    if len(found) > 8:
        click.echo(f"  and {len(found) - 8} other kinds of mistake")


def _draw_mistakes(probabilities: np.ndarray, data: Data) -> None:
    x, y = data.test
    predicted, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != y)
    if not len(wrong):
        return
    worst = wrong[np.argsort(-sure[wrong])][:4]
    width = shutil.get_terminal_size((100, 24)).columns - 4
    captions = [f"is {y[i]}, taken for {predicted[i]}\n{sure[i]:.0%} sure" for i in worst]
    click.echo("\nMost confidently wrong\n")
    click.echo(draw_images([x[i].reshape(x.shape[1], -1) for i in worst], captions, width))


def explain_neuron(model: Any, image: np.ndarray, label: int, top: int = 6) -> str:
    """The computation of one hidden neuron for one image: inputs times weights, plus bias, activation.

    The neuron is the one with the largest contribution to the class that the network chose.
    """
    import glassworks as keras

    hidden, output = model.get_layer("hidden"), model.get_layer("output")
    kernel, bias = hidden.get_weights()
    inputs = image.reshape(-1).astype("float32")
    sums = inputs @ kernel + bias
    probabilities = model.predict(image[None], verbose=0)[0]
    chosen = int(probabilities.argmax())
    outgoing = output.get_weights()[0]
    neuron = int(np.argmax(np.maximum(sums, 0) * outgoing[:, chosen]))
    products = inputs * kernel[:, neuron]
    order = np.argsort(-np.abs(products))
    columns = image.shape[1]
    looked = float(keras.Model(model.inputs, hidden.output).predict(image[None], verbose=0)[0, neuron])

    lines = [f"One neuron worked out: number {neuron} of layer 'hidden', looking at the first test image, a {label}"]
    for i in order[:top]:
        lines.append(f"  pixel ({i // columns:2d},{i % columns:2d})  {inputs[i]:5.2f} × {kernel[i, neuron]:6.3f} = {products[i]:7.3f}")
    rest = products[order[top:]].sum()
    lit = np.count_nonzero(inputs[order[top:]])
    lines += [
        f"  the other {len(inputs) - top:>3} pixels ({lit} of them lit) {rest:7.3f}",
        f"  bias {bias[neuron]:30.3f}",
        f"  sum  {sums[neuron]:30.3f}   → ReLU, max(0, sum) → {max(sums[neuron], 0):.3f}   (the network itself: {looked:.3f})",
        f"  It enters the score of class {chosen} with weight {outgoing[neuron, chosen]:.3f}: {max(sums[neuron], 0):.3f} × {outgoing[neuron, chosen]:.3f} = {max(sums[neuron], 0) * outgoing[neuron, chosen]:.3f}.",
        f"  All 128 such neurons together: {probabilities[chosen]:.1%} sure that it is a {chosen}.",
    ]
    return "\n".join(lines)


def _say_next(source: str) -> None:
    click.echo("\nWhat to try next")
    if source == "digits":
        click.echo("  glassworks demo --data mnist       the same on 60,000 larger digits")
    click.echo("  glassworks demo --seed 1           another start, other mistakes")
    click.echo("  examples/from_scratch_numpy.py     the same kind of network in plain NumPy, step by step")
    click.echo("  print(model.training_graph(x, y))  everything one training step does, line by line")
