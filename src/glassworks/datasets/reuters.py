"""Reuters: 11,228 newswires as word numbers, in 46 topics."""

from __future__ import annotations

import numpy as np

from glassworks.datasets import words
from glassworks.datasets.arrays import Split, read_npz
from glassworks.datasets.files import STORAGE, get_file

# fmt: off
TOPICS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply", "coffee", "sugar", "trade",
    "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi", "money-fx", "interest", "gnp", "meal-feed", "alum",
    "oilseed", "gold", "tin", "strategic-metal", "livestock", "retail", "ipi", "iron-steel", "rubber", "heat", "jobs",
    "lei", "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog", "lead",
)
# fmt: on


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Split:
    """Reuters, downloaded once into Keras's cache.

    Args:
        path: The file's name in the cache.
        num_words: The number of the most frequent words to keep.
        skip_top: The number of the most frequent words to leave out.
        maxlen: Leave out newswires with this number of words or more.
        test_split: The fraction of samples for the test part.
        seed: The seed of the order.
        start_char: The number that starts each newswire.
        oov_char: The number that replaces words that are left out.
        index_from: The number of the most frequent word, less one.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: object arrays of lists of word numbers, and topics 0 to 45.
    """
    digest = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
    data = read_npz(get_file(path, origin=STORAGE + "reuters.npz", file_hash=digest), "datasets.reuters.load_data", ("x", "y"), lists=True)
    x, y = words.shuffled(data["x"], data["y"], np.random.RandomState(seed))
    texts, labels = words.short_enough(words.marked(x, start_char, index_from), y, maxlen)
    texts = words.limited(texts, num_words, skip_top, oov_char)
    cut = int(len(texts) * (1 - test_split))
    labels = np.asarray(labels)
    return (words.as_objects(texts[:cut]), labels[:cut]), (words.as_objects(texts[cut:]), labels[cut:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Word -> number, the most frequent word first."""
    return words.index(path, STORAGE + "reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921")


def get_label_names() -> tuple[str, ...]:
    """The names of the topics, by number.

    >>> get_label_names()[:3]
    ('cocoa', 'grain', 'veg-oil')
    """
    return TOPICS
