"""Data that several guides share: small, and made or read without a download."""

from __future__ import annotations

import numpy as np

from glassworks.datasets import digits as bundled

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def digits(flat: bool = False) -> Split:
    """1,797 handwritten digits with pixels from 0 to 1: images of 8 x 8 x 1, or rows of 64 numbers.

    Args:
        flat: Whether an image is a row of numbers.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, with labels from 0 to 9.
    """
    (x, y), (x_test, y_test) = bundled.load_data()
    shape = (-1, 64) if flat else (-1, 8, 8, 1)
    x, x_test = (part.reshape(shape).astype("float32") / 16 for part in (x, x_test))
    return (x, y.astype("int32")), (x_test, y_test.astype("int32"))


def sentences(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Short film reviews made of a few phrases, each with the label 1 if it praises and 0 if not.

    A "not" turns the word behind it into its opposite, so counting good and bad words is not enough.

    Args:
        count: How many.
        seed: Which reviews.

    Returns:
        The texts, and their labels.
    """
    rng = np.random.default_rng(seed)
    subjects = ["the film", "the plot", "this story", "the acting", "the music", "every scene", "the ending", "the camera work"]
    good, bad = ["great", "moving", "clever", "funny", "warm"], ["dull", "weak", "silly", "noisy", "empty"]
    fillers = ["to be honest", "all in all", "from start to end", "for me", "as far as i can tell", ""]
    texts, labels = [], []
    for _ in range(count):
        label, negated = rng.integers(2), rng.integers(2)
        word = rng.choice(good if label != negated else bad)
        parts = [rng.choice(fillers), rng.choice(subjects), "was not" if negated else "was", word, rng.choice(fillers)]
        texts.append(" ".join(part for part in parts if part))
        labels.append(label)
    return np.array(texts), np.array(labels, "int32")


def r_squared(truth: np.ndarray, predicted: np.ndarray) -> float:
    """The share of the variance that predictions explain: 1 is perfect, and the best constant reaches 0."""
    truth, predicted = np.ravel(truth), np.ravel(predicted)
    return float(1 - np.mean((truth - predicted) ** 2) / np.var(truth))
