"""Is a film review good or bad? A bag of words, and one weight per word.

`TextVectorization` splits each review into words and pairs of words and marks which of the 25,000 most frequent ones are
in it; one dense layer weighs them. The layer for text is part of the model: it trains on strings and predicts for
strings. Afterwards its weights say what speaks for a good film, and what against.

Run: python examples/imdb_bag_of_words.py          (the reviews are in $GLASSWORKS_DATA or here)
     python examples/imdb_bag_of_words.py --data FOLDER

The folder has either imdb_train.csv.gz and imdb_test.csv.gz, with columns text and label (pos or neg), or train/pos/*.txt,
train/neg/*.txt and test/... as in the archive of Maas et al. (2011), https://ai.stanford.edu/~amaas/data/sentiment.
"""

from __future__ import annotations

import csv
import gzip
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from command_line import CommandLine, at_least

import glassworks as keras
from glassworks import layers

OWN = ["A wonderful film, I loved every minute!", "Two hours of my life that I will never get back.", "Not bad at all."]


class Reviews(NamedTuple):
    """Texts, and 1 for each that praises its film."""

    texts: np.ndarray
    labels: np.ndarray

    def first(self, count: int) -> Reviews:
        """The first ones of each part."""
        return Reviews(*(part[:count] for part in self))


def load_reviews(folder: str | Path, part: str) -> Reviews:
    """The reviews of one part, "train" or "test"."""
    table = Path(folder) / f"imdb_{part}.csv.gz"
    if table.exists():
        with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
            pairs = [(row["text"], row["label"] == "pos") for row in csv.DictReader(file)]
    else:
        pairs = [(path.read_text(encoding="utf-8"), path.parent.name == "pos") for path in sorted(Path(folder, part).glob("[np]*/*.txt"))]
    if not pairs:
        raise SystemExit(f"{folder} has neither {table.name} nor {part}/pos/*.txt")
    texts, labels = zip(*pairs, strict=True)
    return Reviews(np.array(texts, dtype=object), np.array(labels, dtype="float32"))


def make_model(texts: np.ndarray, max_tokens: int) -> keras.Sequential:
    """The model; its vocabulary comes from these texts."""
    words = layers.TextVectorization(max_tokens=max_tokens, ngrams=2, output_mode="multi_hot", name="words")
    words.adapt(texts)
    model = keras.Sequential([keras.Input(shape=(1,), dtype="string"), words, layers.Dense(1, activation="sigmoid", name="weights")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def telling_words(model: keras.Sequential, count: int) -> tuple[list[str], list[str]]:
    """The words and pairs that speak most for a good film, and for a bad one."""
    vocabulary = model.get_layer("words").get_vocabulary()
    order = np.argsort(model.get_layer("weights").get_weights()[0][:, 0])
    return [vocabulary[i] for i in order[: -count - 1 : -1]], [vocabulary[i] for i in order[:count]]


def main() -> None:
    parser = CommandLine(__doc__, ["imdb_train.csv.gz", "train"], "film reviews, with imdb_test.csv.gz or test beside them", epochs=3)
    parser.add_argument("--max-tokens", type=at_least(2), default=25_000, help="words and pairs of words that are known")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the order of the reviews")
    parser.add_argument("reviews", nargs="*", default=OWN, help="reviews of your own to judge")
    arguments = parser.parse()
    keras.utils.set_random_seed(arguments.seed)
    train, test = (load_reviews(arguments.data.parent, part) for part in ("train", "test"))
    start = time.perf_counter()
    model = make_model(train.texts, arguments.max_tokens)
    print(f"Vocabulary of {len(train.texts):,} reviews learned in {time.perf_counter() - start:.0f} s")
    start = time.perf_counter()
    model.fit(train.texts, train.labels, epochs=arguments.epochs, verbose=2)
    seconds = time.perf_counter() - start
    _, accuracy = model.evaluate(test.texts, test.labels, verbose=0)
    print(f"\n{arguments.epochs} epochs in {seconds:.0f} s. Accuracy on {len(test.texts):,} reviews it has not seen: {accuracy:.2%}")
    good, bad = telling_words(model, 12)
    print(f"Good: {', '.join(good)}\nBad:  {', '.join(bad)}\n")
    for text, share in zip(arguments.reviews, model.predict(arguments.reviews, verbose=0)[:, 0], strict=True):
        print(f"{share:4.0%} good: {text}")


if __name__ == "__main__":
    main()
