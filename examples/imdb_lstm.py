"""Is a film review good or bad? An LSTM reads it word by word, in both directions.

Each word becomes a vector that is learned (an embedding). An LSTM goes through the review and carries a memory along,
another one goes through it backwards; of what both saw at every word, the strongest of each kind counts. Words that are
not there, at the end of short reviews, are masked: the LSTMs skip them.

Run: python examples/imdb_lstm.py          (imdb_train.csv.gz and imdb_test.csv.gz are in $GLASSWORKS_DATA or here: columns text and label)
     python examples/imdb_lstm.py --help   (where else the data may be, and what can be changed)
"""

from __future__ import annotations

import csv
import gzip
import time
from pathlib import Path
from typing import Any

import numpy as np
from command_line import CommandLine

import glassworks as keras
from glassworks import layers

WORDS, LENGTH = 15_000, 250  # words that are known, and of a review that are read
OWN = ["A wonderful film, I loved every minute!", "Two hours of my life that I will never get back.", "Not bad at all, it was great."]


def load_reviews(folder: str | Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The texts of one part, "train" or "test", and 1 for each that praises its film."""
    with gzip.open(Path(folder) / f"imdb_{part}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"] == "pos") for row in csv.DictReader(file)]
    texts, labels = zip(*rows, strict=True)
    return np.array(texts, dtype=object), np.array(labels, dtype="float32")


def learn_words(texts: Any) -> layers.TextVectorization:
    """What turns reviews into numbers of words: 0 is padding, 1 an unknown word."""
    words = layers.TextVectorization(WORDS, output_sequence_length=LENGTH)
    words.adapt(texts)
    return words


def make_model(words: layers.TextVectorization) -> keras.Sequential:
    """Embedding, LSTMs in both directions, the strongest answers of all words, one number."""
    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(words.vocabulary_size(), 48, mask_zero=True),
            layers.SpatialDropout1D(0.4),
            layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
            layers.GlobalMaxPooling1D(),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    """Train, and judge some reviews."""
    parser = CommandLine(__doc__, "imdb_train.csv.gz", "film reviews, with imdb_test.csv.gz beside them", epochs=5)
    parser.add_argument("reviews", nargs="*", default=OWN, help="reviews of your own to judge")
    options = parser.parse()
    keras.utils.set_random_seed(1)
    (texts, labels), (test_texts, test_labels) = (load_reviews(options.data.parent, part) for part in ("train", "test"))
    words = learn_words(texts)
    model = make_model(words)
    start = time.perf_counter()
    model.fit(words(texts), labels, batch_size=64, epochs=options.epochs)
    seconds = time.perf_counter() - start
    accuracy = model.evaluate(words(test_texts), test_labels, batch_size=100, verbose=0)[1]
    print(f"\n{options.epochs} epochs in {seconds:.0f} s. Accuracy on {len(test_texts):,} reviews it has not seen: {accuracy:.2%}")
    for review, good in zip(options.reviews, np.asarray(model.predict(words(options.reviews), verbose=0))[:, 0], strict=True):
        print(f"  {good:4.0%} good: {review}")


if __name__ == "__main__":
    main()
