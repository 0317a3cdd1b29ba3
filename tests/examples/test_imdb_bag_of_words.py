"""The bag of words of the examples, on a part of the real reviews."""

from __future__ import annotations

from pathlib import Path

from examples import imdb_bag_of_words as example
from glassworks.utils import set_random_seed


def test_a_fifth_of_the_reviews_tells_good_films_from_bad_ones(shared_data: Path) -> None:
    set_random_seed(0)
    train, test = (example.load_reviews(shared_data, part).first(2000) for part in ("train", "test"))
    model = example.make_model(train.texts, max_tokens=10_000)
    model.fit(train.texts, train.labels, epochs=3, verbose=0)
    assert model.evaluate(test.texts, test.labels, verbose=0)[1] > 0.82
    good, bad = example.telling_words(model, 20)
    assert "great" in good and {"bad", "worst"} <= set(bad)


def test_reviews_are_read_from_files_in_folders_too(tmp_path: Path) -> None:
    for label, text in (("neg", "dull"), ("pos", "fine")):
        folder = tmp_path / "train" / label
        folder.mkdir(parents=True)
        (folder / "0_1.txt").write_text(text)
    reviews = example.load_reviews(tmp_path, "train")
    assert reviews.texts.tolist() == ["dull", "fine"] and reviews.labels.tolist() == [0, 1]
