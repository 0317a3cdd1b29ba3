"""The examples that read reviews word by word, shortened: made-up reviews in which the order of words decides."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

import glassworks as keras
from examples import imdb_lstm, imdb_transformer


def made_up_reviews(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A good film is "good" or "not bad" among words that say nothing; a bad one is "bad" or "not good"."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    texts = []
    for label in labels:
        words = list(rng.choice(["the", "film", "was", "with", "actors", "a", "story", "of", "and"], 12))
        verdict = [["bad", "not good"], ["good", "not bad"]][label][rng.integers(2)]
        words.insert(int(rng.integers(0, len(words))), verdict)
        texts.append(" ".join(words))
    return np.array(texts, dtype=object), labels.astype("float32")


@pytest.mark.parametrize("example", [imdb_lstm, imdb_transformer])
def test_a_short_training_understands_not_good(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "LENGTH", 16)
    keras.utils.set_random_seed(1)
    (texts, labels), (new_texts, new_labels) = made_up_reviews(1500, 1), made_up_reviews(200, 2)
    words = example.learn_words(texts)
    model = example.make_model(words)
    model.fit(words(texts), labels, batch_size=32, epochs=25 if example is imdb_transformer else 6, verbose=0)
    # A bag of words is right three times out of four at best: "not" counts for neither side.
    assert model.evaluate(words(new_texts), new_labels, verbose=0)[1] > 0.9
