"""Words of texts, counted and looked up in compiled code, are those that Python's own `split` and `Counter` give."""

from __future__ import annotations

import copy
import pickle
import string
from collections import Counter

import numpy as np
import pytest

from glassworks.engine import words
from glassworks.engine.words import Cleaning, WordNumbers, count_words

LOWER = bytes(range(256)).lower()
CLEANINGS = [Cleaning(), Cleaning(LOWER), Cleaning(LOWER, string.punctuation.encode()), Cleaning(dropped=b"\x00 a")]


def texts(seed: int) -> list[bytes]:
    """Texts of random bytes, most of them spaces and a few letters; empty ones and a very long word among them."""
    rng = np.random.default_rng(seed)
    likely = np.frombuffer(b" \t\n\r\x0b\x0c\x00\x1c\x85\xa0aAbBzZ.,'!", np.uint8)
    drawn = [rng.choice(likely, rng.integers(0, 400)).tobytes() for _ in range(30)]
    odd = [rng.integers(0, 256, rng.integers(0, 400), dtype=np.uint8).tobytes() for _ in range(10)]
    return [b"", *drawn, b"   ", *odd, b"x" * 5000, b"x" * 4999 + b"y", b""]


@pytest.fixture(params=["compiled", "python"])
def core(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "python":
        monkeypatch.setattr(words, "native", None)
    elif words.native is None:
        pytest.skip("the compiled core was not built")


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("cleaning", CLEANINGS)
@pytest.mark.parametrize("seed", [1, 2])
def test_words_are_those_of_python(cleaning: Cleaning, seed: int) -> None:
    given = texts(seed)
    split = [text.translate(cleaning.table, cleaning.dropped).split() for text in given]
    counts, texts_with = count_words(given, cleaning)
    assert counts == Counter(word for found in split for word in found)
    assert texts_with == Counter(word for found in split for word in set(found))
    assert list(counts) == list(texts_with) == list(dict.fromkeys(word for found in split for word in found))
    vocabulary = sorted(counts)[::2]
    numbers, lengths = WordNumbers(vocabulary).of(given, cleaning)
    place = {word: number for number, word in enumerate(vocabulary)}
    assert numbers.tolist() == [place.get(word, -1) for found in split for word in found]
    assert lengths.tolist() == [len(found) for found in split]


@pytest.mark.usefixtures("core")
def test_many_words_are_found_again() -> None:
    vocabulary = [b"%d" % number for number in range(20_000)]
    numbers, _ = WordNumbers(vocabulary).of([b" ".join(vocabulary[::-1]), b"20000 -1"], Cleaning())
    assert numbers.tolist() == [*range(19_999, -1, -1), -1, -1]


@pytest.mark.usefixtures("core")
def test_a_vocabulary_may_have_entries_that_no_text_is_split_into() -> None:
    numbers, lengths = WordNumbers([b"", b"two words", b"one"]).of([b"two words one"], Cleaning())
    assert (numbers.tolist(), lengths.tolist()) == ([-1, -1, 2], [3])
    assert count_words([], Cleaning()) == ({}, {})


@pytest.mark.usefixtures("core")
def test_numbers_of_words_can_be_copied() -> None:
    for twin in (copy.deepcopy(WordNumbers([b"a", b"b"])), pickle.loads(pickle.dumps(WordNumbers([b"a", b"b"])))):
        assert twin.of([b"b c a"], Cleaning())[0].tolist() == [1, -1, 0]


@pytest.mark.skipif(words.native is None, reason="the compiled core was not built")
def test_the_core_reads_and_writes_only_what_it_was_given() -> None:
    table, same = words.native.WordTable(), bytes(range(256))
    for ends in ([4], [2, 1], [-1]):
        with pytest.raises(IndexError, match="outside the bytes"):
            table.add(b"abc", np.array(ends))
    with pytest.raises(ValueError, match="256 bytes"):
        table.count(b"abc", np.array([3]), b"", b"")
    room = np.empty(1, np.int64)
    with pytest.raises(IndexError, match="too small"):
        table.look_up(b"a b c", np.array([5]), same, b"", room, room)
    table.count(b"a b", np.array([3]), same, b"")
    with pytest.raises(IndexError, match="too small"):
        table.counts(room, room)
