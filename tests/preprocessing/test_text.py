"""Keras 2's names for texts, compared with the copies of them that Keras 3 still ships."""

from __future__ import annotations

import json

import keras.src.legacy.preprocessing.text as keras_text
import numpy as np
import pytest

from glassworks.errors import ArgumentTypeError, GlassworksWarning, StateError
from glassworks.preprocessing import text

TEXTS = ["The cat sat on the mat.", "A dog, the DOG; and the cat!", "", ["The", "word", "List"], "tab\tand\nline the"]
OTHERS = ["the unknown cat", "zebra", ["the", "List", "zebra"], ""]
SETTINGS = [
    {},
    {"num_words": 4},
    {"oov_token": "<OOV>"},
    {"num_words": 4, "oov_token": "<OOV>"},
    {"lower": False, "filters": "", "split": "t"},
    {"char_level": True, "num_words": 9},
    {"analyzer": lambda line: line.split("e")},
]


@pytest.fixture(params=range(len(SETTINGS)))
def pair(request):
    ours, theirs = text.Tokenizer(**SETTINGS[request.param]), keras_text.Tokenizer(**SETTINGS[request.param])
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(TEXTS[:3])
        tokenizer.fit_on_texts(TEXTS[3:])
    return ours, theirs


def test_words_are_numbered_as_in_keras(pair):
    ours, theirs = pair
    for name in ("word_index", "index_word", "word_counts", "word_docs", "index_docs", "document_count"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert list(ours.word_counts) == list(theirs.word_counts)


def test_sequences_and_texts_are_those_of_keras(pair):
    ours, theirs = pair
    sequences = ours.texts_to_sequences(TEXTS + OTHERS)
    assert sequences == theirs.texts_to_sequences(TEXTS + OTHERS)
    assert list(ours.texts_to_sequences_generator(OTHERS)) == sequences[len(TEXTS) :]
    assert ours.sequences_to_texts([*sequences, [1, 99, 3]]) == theirs.sequences_to_texts([*sequences, [1, 99, 3]])


@pytest.mark.parametrize("mode", ["binary", "count", "freq", "tfidf"])
def test_matrices_are_those_of_keras(pair, mode):
    ours, theirs = pair
    np.testing.assert_allclose(ours.texts_to_matrix(TEXTS + OTHERS, mode), theirs.texts_to_matrix(TEXTS + OTHERS, mode), rtol=1e-14)


def test_a_tokenizer_without_texts_counts_sequences_as_keras_does():
    ours, theirs = text.Tokenizer(num_words=5), keras_text.Tokenizer(num_words=5)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_sequences([[1, 2, 2], [2, 7]])
    matrix = theirs.sequences_to_matrix([[1, 1, 2], [4], [7]], "tfidf")
    np.testing.assert_allclose(ours.sequences_to_matrix([[1, 1, 2], [4], [7]], "tfidf"), matrix, rtol=1e-14)


def test_json_goes_both_ways(pair):
    ours, theirs = pair
    for copy in (text.tokenizer_from_json(theirs.to_json()), keras_text.tokenizer_from_json(ours.to_json())):
        if ours.analyzer is None:  # JSON holds no function
            assert copy.texts_to_sequences(OTHERS) == theirs.texts_to_sequences(OTHERS)
            np.testing.assert_array_equal(copy.texts_to_matrix(OTHERS, "tfidf"), theirs.texts_to_matrix(OTHERS, "tfidf"))
    for key, value in ours.get_config().items():
        other = theirs.get_config()[key]
        assert (json.loads(value) == json.loads(other)) if key.startswith(("word_", "index_")) else (value == other), key


@pytest.mark.parametrize("analyzer", [None, lambda line: line.split("-")])
def test_the_hashing_trick_is_that_of_keras(analyzer):
    for method in ("md5", len, None):
        ours = text.hashing_trick("To be, or not-to-be", 11, method, analyzer=analyzer)
        assert ours == keras_text.hashing_trick("To be, or not-to-be", 11, method, analyzer=analyzer)
    assert text.one_hot("To be, or not", 7, lower=False) == keras_text.one_hot("To be, or not", 7, lower=False)
    assert text.text_to_word_sequence("a.b,c  D", split="\n") == keras_text.text_to_word_sequence("a.b,c  D", split="\n")


def test_what_cannot_be_done_is_an_error_with_a_fix():
    with pytest.raises(StateError, match=r"fit_on_texts\(texts\) first, or pass num_words"):
        text.Tokenizer().sequences_to_matrix([[1]])
    with pytest.raises(StateError, match="has seen no texts"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ValueError, match="mode='words'"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "words")
    with pytest.raises(ArgumentTypeError, match="argument words"):
        text.Tokenizer(words=3)
    with pytest.raises(ArgumentTypeError, match="hash_function='sha'"):
        text.hashing_trick("a", 3, "sha")
    with pytest.warns(GlassworksWarning, match="num_words"):
        assert text.Tokenizer(nb_words=3).num_words == 3
