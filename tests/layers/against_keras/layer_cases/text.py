"""Layers that read text or categories: Keras runs them on TensorFlow, so its answers stand in a table."""

from tests.layers.against_keras.cases import Case

CASES = [
    *(Case("CategoryEncoding", {"num_tokens": 5, "output_mode": mode}, (3, 4), below=5) for mode in ("one_hot", "multi_hot", "count")),
    *(Case("CategoryEncoding", {"num_tokens": 5, "output_mode": mode}, (3, 1), below=5) for mode in ("one_hot", "multi_hot")),
    *(
        Case("Discretization", {"bin_boundaries": [-0.5, 0.0, 0.5], "output_mode": mode}, shape)
        for mode in ("int", "one_hot", "multi_hot", "count")
        for shape in ((3, 4), (3, 1))
    ),
]
TABLE = ("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing")
ELSEWHERE = dict.fromkeys(TABLE, "tests/layers/against_keras/test_text_layers.py")
