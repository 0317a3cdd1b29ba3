"""Layers for text and categories, what they adapt to and read. Keras's answers stand in `text_table.json`.

Keras runs these layers on TensorFlow. Where that is installed, `python -m tests.layers.against_keras.text_rows` writes the table again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("text_table.json")
TEXTS = ["The cat, sat on: the mat!", "the DOG sat. And\tÉtude é \u00a0x", "", "a_dog  a cat's\n'tail' 日本 語!"]
UNSEEN = [*TEXTS, "A cat and the unknown dog sat sat sat", "ÉTUDE 1.5 (two)"]
WORDS = [["cat", "dog"], ["cat", "fox"], ["", "cat"]]
NUMBERS = [[12, 36], [12, -5], [0, 12]]
LONG = [["a" * n] for n in (0, 1, 3, 4, 7, 8, 16, 17, 32, 33, 64, 65, 128, 129, 200)]
# Layer, arguments, what it adapts to (or None), inputs.
ROWS: list[tuple[str, dict[str, Any], Any, Any]] = [
    *(
        ("TextVectorization", arguments, TEXTS, UNSEEN)
        for arguments in (
            {},
            {"max_tokens": 5},
            {"standardize": "lower"},
            {"standardize": "strip_punctuation"},
            {"standardize": None},
            {"split": "character"},
            {"ngrams": 2},
            {"ngrams": 3, "max_tokens": 20},
            {"output_sequence_length": 3},
            {"output_sequence_length": 20},
            {"output_mode": "multi_hot"},
            {"output_mode": "count", "ngrams": 2},
            {"output_mode": "tf_idf"},
            {"output_mode": "tf_idf", "ngrams": 2, "max_tokens": 10},
            {"output_mode": "tf_idf", "max_tokens": 30, "pad_to_max_tokens": True},
            {"output_mode": "count", "max_tokens": 30, "pad_to_max_tokens": True},
        )
    ),
    ("TextVectorization", {"split": None}, [["a b"], ["C"]], [["a b"], ["c"], ["d"]]),
    ("TextVectorization", {"vocabulary": ["", "[UNK]", "cat", "dog"]}, None, UNSEEN),
    ("TextVectorization", {"vocabulary": ["cat", "dog"], "output_mode": "tf_idf", "idf_weights": [0.5, 2.0]}, None, UNSEEN),
    *(
        ("StringLookup", arguments, WORDS, [*WORDS, ["emu", "ox"]])
        for arguments in (
            {},
            {"mask_token": ""},
            {"max_tokens": 3},
            {"num_oov_indices": 3, "max_tokens": 5},
            {"num_oov_indices": 3, "max_tokens": 5, "salt": 7},
            {"num_oov_indices": 3, "max_tokens": 5, "salt": [133, 137], "mask_token": ""},
            {"output_mode": "one_hot"},
            {"output_mode": "multi_hot", "mask_token": ""},
            {"output_mode": "count"},
            {"output_mode": "tf_idf"},
        )
    ),
    ("StringLookup", {"vocabulary": ["a", "b"], "output_mode": "one_hot"}, None, [["a"], ["x"]]),
    ("StringLookup", {"vocabulary": ["a", "b"], "output_mode": "one_hot"}, None, ["a", "x"]),
    ("StringLookup", {"vocabulary": ["a", "b"], "num_oov_indices": 0}, None, ["b", "a"]),
    ("StringLookup", {"vocabulary": ["[UNK]", "a", "b"], "output_mode": "tf_idf", "idf_weights": [3.0, 1.0, 2.0]}, None, [["a", "x"]]),
    *(
        ("IntegerLookup", arguments, NUMBERS, [*NUMBERS, [7, 8]])
        for arguments in (
            {},
            {"mask_token": 0},
            {"num_oov_indices": 3, "max_tokens": 5},
            {"num_oov_indices": 3, "max_tokens": 5, "oov_method": "farmhash"},
            {"num_oov_indices": 3, "max_tokens": 5, "oov_method": "farmhash", "salt": 9},
            {"output_mode": "one_hot"},
            {"output_mode": "multi_hot", "mask_token": 0},
            {"output_mode": "count", "max_tokens": 8, "pad_to_max_tokens": True},
            {"output_mode": "tf_idf"},
        )
    ),
    ("IntegerLookup", {"vocabulary": [12, 36], "invert": True}, None, [[1, 2], [0, 9]]),
    ("IntegerLookup", {"vocabulary": [12, 36], "invert": True, "mask_token": 0}, None, [[1, 2], [0, 3]]),
    *(
        ("Hashing", arguments, None, inputs)
        for arguments in (
            {"num_bins": 5},
            {"num_bins": 100_000, "salt": 133},
            {"num_bins": 100_000, "salt": [133, 137]},
            {"num_bins": 7, "output_mode": "one_hot"},
            {"num_bins": 7, "output_mode": "multi_hot"},
            {"num_bins": 7, "output_mode": "count"},
        )
        for inputs in (WORDS, NUMBERS, [["é"], ["日本"]])
    ),
    ("Hashing", {"num_bins": 1_000_000_000}, None, LONG),
    ("Hashing", {"num_bins": 1_000_000_000, "salt": 1}, None, LONG),
    ("Hashing", {"num_bins": 4, "mask_value": ""}, None, WORDS),
    ("Hashing", {"num_bins": 4, "mask_value": 12}, None, NUMBERS),
    ("Hashing", {"num_bins": 9}, None, [1.7, -2.5, 3.0]),
    ("HashedCrossing", {"num_bins": 5}, None, [["A", "B", "A"], [101, -7, 102]]),
    ("HashedCrossing", {"num_bins": 1000}, None, [[["x"], ["longer than sixteen bytes"]], [["é"], [""]], [[1], [2]]]),
    ("HashedCrossing", {"num_bins": 6, "output_mode": "one_hot"}, None, [[[1], [2]], [["b"], ["c"]]]),
    ("HashedCrossing", {"num_bins": 6, "output_mode": "one_hot"}, None, [[1, 2], ["b", "c"]]),
]


def write_table() -> None:
    """Ask Keras, and write what it answers, with the vocabularies it learns and the names in its configs."""
    import keras
    import numpy as np

    answers = []
    for name, arguments, adapts, inputs in ROWS:
        layer = getattr(keras.layers, name)(**arguments)
        if adapts is not None:
            layer.adapt(np.array(adapts))
        given = [np.array(part) for part in inputs] if name == "HashedCrossing" else np.array(inputs)
        outputs = np.asarray(layer(given))
        vocabulary = [str(word) for word in layer.get_vocabulary()] if hasattr(layer, "get_vocabulary") else None
        answers.append({"outputs": outputs.tolist(), "vocabulary": vocabulary, "config": sorted(layer.get_config())})
    lines = [json.dumps(answer, ensure_ascii=False) for answer in answers]
    TABLE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write_table()
