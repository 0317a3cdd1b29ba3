"""TextVectorization, StringLookup and IntegerLookup: what they make of text, and what they say to wrong use."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import layers, utils
from glassworks.errors import GlassworksError
from glassworks.testing import check_layer

TEXTS = ["The cat sat on the mat!", "the DOG sat.", "a dog, a cat"]


def adapted(**arguments: Any) -> layers.TextVectorization:
    layer = layers.TextVectorization(**arguments)
    layer.adapt(TEXTS)
    return layer


def test_vocabulary_is_sorted_by_count_then_from_the_end_of_the_alphabet() -> None:
    assert adapted().get_vocabulary() == ["", "[UNK]", "the", "sat", "dog", "cat", "a", "on", "mat"]
    assert adapted(max_tokens=4).get_vocabulary(include_special_tokens=False) == ["the", "sat"]


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        np.array(TEXTS),
        np.array(TEXTS, dtype=object)[:, None],
        np.array([text.encode() for text in TEXTS]),
        np.array(TEXTS, dtype=np.dtypes.StringDType()),
        [[text] for text in TEXTS],
    ],
    ids=["list", "unicode", "column of objects", "bytes", "StringDType", "nested list"],
)
def test_text_of_every_form_is_read(texts: Any) -> None:
    layer = layers.TextVectorization(output_sequence_length=3)
    layer.adapt(texts)
    assert layer(texts).tolist() == [[2, 5, 3], [2, 4, 3], [6, 4, 6]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [["b", "a"]]),
        ({"ngrams": 2}, [["b", "a", "b a"]]),
        ({"ngrams": (2,)}, [["b a"]]),
        ({"split": "character", "standardize": None}, [["B", ",", " ", " ", "a", "."]]),
        ({"split": None}, [["b  a"]]),
        ({"standardize": "lower"}, [["b,", "a."]]),
        ({"standardize": "strip_punctuation"}, [["B", "a"]]),
        ({"standardize": np.char.upper, "split": lambda texts: [text.split(",") for text in texts]}, [["B", "  A."]]),
    ],
)
def test_texts_become_tokens(arguments: dict[str, Any], expected: list[list[str]]) -> None:
    layer = layers.TextVectorization(**arguments)
    layer.adapt(["B,  a."])
    vocabulary = layer.get_vocabulary()
    assert [[vocabulary[i] for i in row] for row in layer(["B,  a."])] == expected


def test_vectors_count_weigh_or_mark_words() -> None:
    assert adapted(output_mode="multi_hot", max_tokens=4)(["the the dog"]).tolist() == [[0, 1, 0, 1]]
    assert adapted(output_mode="count", max_tokens=4)(["the the dog"]).tolist() == [[0, 2, 0, 1]]
    layer = adapted(output_mode="tf_idf", max_tokens=9, pad_to_max_tokens=True)
    weights = [np.log(1 + 3 / (1 + documents)) for documents in (2, 2, 2, 2, 1, 1, 1)]
    np.testing.assert_allclose(layer(["the the sat"])[0], [0, 2 * weights[0], weights[1], 0, 0, 0, 0, 0, 0], rtol=1e-6)


def test_one_text_alone_gives_one_row() -> None:
    assert adapted()("the cat").tolist() == [2, 5]
    assert adapted()([]).shape == (0, 0)


def test_several_numbers_for_unknown_tokens_are_chosen_by_hash() -> None:
    layer = layers.StringLookup(vocabulary=["a"], num_oov_indices=3)
    ids = layer(np.array([f"word {i}" for i in range(300)]))
    assert set(ids.tolist()) == {0, 1, 2} and layer(["a"]).tolist() == [3]
    assert layer.get_vocabulary() == ["[UNK]"] * 3 + ["a"]


def test_lookups_can_be_inverted() -> None:
    forward = layers.StringLookup(vocabulary=["a", "b"], mask_token="")
    back = layers.StringLookup(vocabulary=forward.get_vocabulary(), mask_token="", invert=True)
    assert back(forward([["a", "", "x"]])).tolist() == [["a", "", "[UNK]"]]
    assert layers.IntegerLookup(vocabulary=[7, 9], invert=True)([2, 1, 0]).tolist() == [9, 7, -1]


def test_masked_tokens_have_no_place_in_vectors() -> None:
    layer = layers.StringLookup(vocabulary=["a"], mask_token="", output_mode="count")
    assert layer([["", "a", "b", "a"]]).tolist() == [[1, 2]]


def test_adapt_goes_through_batches_and_their_targets_do_not_count() -> None:
    layer = layers.TextVectorization()
    layer.adapt((np.array([text]), 1) for text in TEXTS)
    assert layer.get_vocabulary() == adapted().get_vocabulary()
    layer.adapt(([text] for text in TEXTS), steps=1)
    assert "dog" not in layer.get_vocabulary()


def test_vocabulary_goes_to_files_and_comes_back(tmp_path: Path) -> None:
    layer = adapted(output_mode="tf_idf")
    layer.save_assets(tmp_path)
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    other = layers.TextVectorization.from_config(layer.get_config())
    other.load_own_variables(store)
    other.load_assets(tmp_path)
    np.testing.assert_array_equal(other(TEXTS), layer(TEXTS))
    assert layers.StringLookup(vocabulary=str(tmp_path / "vocabulary.txt"))(["the"]).tolist() == [1]


@utils.register_keras_serializable("tests")
def shout(texts: np.ndarray) -> np.ndarray:
    return np.char.upper(texts)


def test_functions_stand_in_configs_by_their_names() -> None:
    layer = layers.TextVectorization(standardize=shout, vocabulary=["A"], ngrams=(1, 2))
    again = layers.TextVectorization.from_config(layer.get_config())
    assert again.standardize is shout and again.ngrams == (1, 2) and again(["a b"]).tolist() == [[2, 1, 1]]


WRONG: list[tuple[str, Callable[[], Any], list[str]]] = [
    ("called before adapt", lambda: layers.TextVectorization()(["a"]), ["no vocabulary", "adapt(x_train)"]),
    (
        "model built before adapt",
        lambda: layers.TextVectorization(output_mode="count")(layers.Input((1,), dtype="string")),
        ["no vocabulary", "adapt"],
    ),
    ("numbers", lambda: adapted()(np.ones(3)), ["1.0 of type float at item 0", "text"]),
    ("a missing text", lambda: adapted()(np.array(["a", None], dtype=object)), ["None", "item 1", "fillna"]),
    ("bytes that are not UTF-8", lambda: adapted()([b"ok", b"caf\xe9"]), ["item 1", "0xe9 at position 3", "latin-1"]),
    ("half a character", lambda: adapted()(["ok", "a\ud800"]), ["item 1", "place 1", "replace"]),
    ("several columns", lambda: adapted()([["a", "b"]]), ["shape (1, 2)", "one text per row"]),
    ("nothing to learn", lambda: layers.TextVectorization().adapt([]), ["no tokens"]),
    ("only empty texts", lambda: layers.TextVectorization().adapt(["", " ?! "]), ["no tokens"]),
    ("a number to learn from", lambda: layers.StringLookup().adapt(3), ["int", "iterable of batches", "string_lookup"]),
    ("both vocabulary and adapt", lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), ["given vocabulary"]),
    ("a token twice", lambda: layers.StringLookup(vocabulary=["a", "b", "a"]), ["twice: ['a']", "dict.fromkeys"]),
    ("mask token inside", lambda: layers.StringLookup(vocabulary=["a", ""], mask_token=""), ["mask token ''", "place 1"]),
    ("too many tokens", lambda: layers.StringLookup(vocabulary=["a", "b"], max_tokens=2), ["3 tokens", "max_tokens=3"]),
    ("empty vocabulary", lambda: layers.StringLookup(vocabulary=[]), ["empty vocabulary"]),
    ("no such file", lambda: layers.StringLookup(vocabulary="words.txt"), ["no file 'words.txt'"]),
    ("unknown without a number for it", lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["z"]), ["['z']"]),
    ("weights without tf_idf", lambda: layers.StringLookup(vocabulary=["a"], idf_weights=[1.0]), ["output_mode='int'"]),
    ("tf_idf without weights", lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), ["idf_weights"]),
    (
        "too few weights",
        lambda: layers.StringLookup(vocabulary=["a", "b"], output_mode="tf_idf", idf_weights=[1.0]),
        ["shape (1,)", "2 tokens"],
    ),
    ("padding without a length", lambda: layers.StringLookup(pad_to_max_tokens=True), ["max_tokens"]),
    ("inverted vectors", lambda: layers.StringLookup(invert=True, output_mode="count"), ["output_mode='int'"]),
    ("text for integers", lambda: layers.IntegerLookup(vocabulary=[1])(["a"]), ["'a'", "StringLookup"]),
    ("numbers behind Input", lambda: adapted()(layers.Input((1,))), ["float32", "dtype='string'"]),
    ("rows of different lengths", lambda: layers.StringLookup(vocabulary=["a"])([["a"], ["a", "b"]]), ["different numbers of strings"]),
    ("split into too few", lambda: layers.TextVectorization(split=lambda texts: [["a"]]).adapt(TEXTS), ["1 entries for 3 texts"]),
    ("split into numbers", lambda: layers.TextVectorization(split=lambda text: 3).adapt(TEXTS), ["3 for a text", "list of tokens"]),
    (
        "standardize that fails either way",
        lambda: layers.TextVectorization(standardize=lambda text: text.tidy()).adapt(TEXTS),
        ["fails on an array of strings", "and on one string", "np.char.lower(texts)", "lambda text: text.lower()"],
    ),
]


@pytest.mark.parametrize(("what", "wrong", "pieces"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_use_is_explained(what: str, wrong: Callable[[], Any], pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        wrong()
    assert [piece for piece in pieces if piece not in str(caught.value)] == []


def test_host_layers_keep_the_promises_that_apply_to_them() -> None:
    assert check_layer(layers.StringLookup, {"vocabulary": ["cat"]}, (2, 1), "string") == ["arguments", "config"]


@pytest.mark.parametrize(
    "options",
    [
        {"standardize": lambda text: text.lower().replace(",", "")},
        {"standardize": lambda text: re.sub(",", "", text.lower())},
        {"standardize": lambda text: str(text).lower().replace(",", "")},
        {"standardize": lambda texts: np.char.replace(np.char.lower(texts), ",", "")},
        {"split": lambda text: text.replace("bc", "b c").split()},
        {"split": lambda texts: [text.replace("bc", "b c").split() for text in texts]},
        {"split": lambda text: re.findall("[a-z]", text)},
    ],
)
def test_functions_of_one_text_and_of_an_array_both_work(options: dict[str, Any]) -> None:
    texts = ["A b,c", "c"] if "standardize" in options else ["a bc", "c"]
    layer = layers.TextVectorization(**{"standardize": None, **options})
    layer.adapt(texts)
    expected = {"a", "bc", "c"} if "standardize" in options else {"a", "b", "c"}
    assert set(layer.get_vocabulary()) == {"", "[UNK]"} | expected
    assert layer(texts).shape == layer(np.array(texts)[:, None]).shape and layer("c").tolist() == layer(["c"])[0].tolist()
