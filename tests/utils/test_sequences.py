"""`pad_sequences`: the arrays of Keras, and sequences that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import utils
from glassworks.errors import ArgumentError, DataError

NUMBERS = [list(range(1, n + 1)) for n in (3, 0, 5, 1)]
STEPS = [np.arange(2.0 * n).reshape(n, 2) for n in (2, 3)]


@pytest.mark.parametrize("sequences", [NUMBERS, STEPS, [(1, 2), np.array([3])]], ids=["numbers", "steps", "mixed"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"maxlen": 4},
        {"maxlen": 2, "truncating": "post"},
        {"maxlen": 9, "padding": "post", "value": -1},
        {"padding": "post", "dtype": "float32", "value": 0.5},
    ],
    ids=str,
)
def test_padded_sequences_are_those_of_keras(sequences: Any, options: dict[str, Any]) -> None:
    import keras as real

    ours, theirs = utils.pad_sequences(sequences, **options), real.utils.pad_sequences(sequences, **options)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


def test_texts_can_be_kept_and_nothing_is_an_empty_array() -> None:
    assert utils.pad_sequences([["a", "b"], ["c"]], dtype=object, value="-").tolist() == [["a", "b"], ["-", "c"]]
    assert utils.pad_sequences([]).shape == (0, 0)
    assert utils.pad_sequences([[1, 2], [3]], maxlen=0).shape == (2, 0)


@pytest.mark.parametrize(
    ("sequences", "options", "error", "piece"),
    [
        ([1, 2], {}, DataError, "sequence 0 is 1"),
        ("text", {}, DataError, "sequences of type str"),
        (None, {}, DataError, "sequences of type NoneType"),
        ([[1], "two"], {}, DataError, "sequence 1 is 'two'"),
        ([[1], ["two"]], {}, DataError, "sequence 1 cannot be of dtype int32"),
        ([[1], [[1, 2]]], {}, DataError, "sequence 1 has steps of shape (2,), others of ()"),
        ([[1], [[1, 2], [3]]], {}, DataError, "sequence 1 has steps of different shapes"),
        ([[1]], {"padding": "before"}, ArgumentError, "padding='before'"),
        ([[1]], {"truncating": "psot"}, ArgumentError, "did you mean 'post'"),
        ([[1]], {"maxlen": -1}, ArgumentError, "maxlen=-1"),
    ],
)
def test_mistakes_name_the_sequence(sequences: Any, options: dict[str, Any], error: type, piece: str) -> None:
    with pytest.raises(error) as caught:
        utils.pad_sequences(sequences, **options)
    assert piece in str(caught.value)
    assert "[utils.pad_sequences]" in str(caught.value)
