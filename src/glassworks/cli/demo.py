"""`glassworks demo`: train a digit classifier on real handwriting, then look at what it does."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import click
import numpy as np

from glassworks.cli.demo_inside import TOO_HIGH, broken_findings, neuron_text, step_text
from glassworks.cli.demo_networks import Data, convolutional_network, dense_network, load, train
from glassworks.cli.drawing import draw_images
from glassworks.cli.peers import Row, peer_accuracies

if TYPE_CHECKING:
    from glassworks import Sequential


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
    from glassworks.utils import set_random_seed

    set_random_seed(seed)
    data = load(source)
    _say_data(data)
    model = dense_network(data)
    model.summary()
    _train(model, data, epochs)
    probabilities = model.predict(data.test[0], verbose=0, batch_size=1024)
    _say_confusions(probabilities, data.test[1])
    _draw_mistakes(probabilities, data)
    click.echo("\n" + neuron_text(model, data.test[0][0], int(data.test[1][0])))
    click.echo("\nOne training step\n\n" + step_text(model, data))
    click.echo("\nA network that looks at each place of the image with the same weights\n")
    convolutional = convolutional_network(data)
    convolutional.summary()
    _train(convolutional, data, epochs)
    _say_accuracies([("dense network", _accuracy(model, data)), ("convolutional network", _accuracy(convolutional, data))], data, peers)
    _say_diagnosis(data)
    _say_next(source)


def _train(model: Sequential, data: Data, epochs: int | None) -> None:
    click.echo("")
    start = time.perf_counter()
    history = train(model, data, epochs)
    seconds = time.perf_counter() - start
    best = int(np.argmin(history.history["val_loss"])) + 1
    click.echo(f"\nTrained {len(history.epoch)} epochs in {seconds:.1f} s and kept the best one, epoch {best}.")


def _accuracy(model: Sequential, data: Data) -> float:
    return model.evaluate(*data.test, verbose=0, return_dict=True)["accuracy"]


def _say_data(data: Data) -> None:
    (x_train, y_train), (x_test, _) = data.train, data.test
    size = "x".join(map(str, x_train.shape[1:]))
    click.echo(f"Data: {data.name}. {len(x_train):,} images of {size} pixels to train on, {len(x_test):,} to test.")
    counts = np.bincount(y_train)
    click.echo(
        f"      Each digit is there {counts.min():,} to {counts.max():,} times. Always guessing the most frequent one would be right {counts.max() / counts.sum():.1%} of the time.\n"
    )


def _say_accuracies(ours: list[tuple[str, float]], data: Data, peers: bool) -> None:
    click.echo("\nTest accuracy")
    rows: list[Row] = [(name, value, "") for name, value in ours]
    for name, value, note in rows + (peer_accuracies(data.train, data.test) if peers else []):
        shown = f"{value:7.2%}  {'█' * round(40 * value)}" if value is not None else "      -"
        click.echo(f"  {name:<24} {shown}{'  ' + note if note else ''}")


def _say_diagnosis(data: Data) -> None:
    click.echo(f"\nThe dense network again, with a learning rate of {TOO_HIGH:g}. What fit() says of it:\n")
    findings = broken_findings(data)
    click.echo(str(findings[0]) if findings else "  nothing")
    if len(findings) > 1:
        click.echo(f"  Further findings, which follow from it: {', '.join(finding.check for finding in findings[1:])}.")


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


def _say_next(source: str) -> None:
    click.echo("\nWhat to try next")
    if source == "digits":
        click.echo("  glassworks demo --data mnist       the same on 60,000 larger digits")
    click.echo("  glassworks demo --seed 1           another start, other mistakes")
    click.echo("  examples/from_scratch_numpy.py     the same kind of network in plain NumPy, step by step")
    click.echo("  print(model.trace(x[:1], y[:1]))   every layer of a network for one sample, forwards and backwards")
    click.echo("  print(model.training_graph(x, y))  everything one training step does, line by line")
