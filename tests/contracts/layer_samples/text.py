"""Layers that read text or categories."""

from tests.contracts.samples import Sample

SAMPLES = {
    "StringLookup": Sample({"vocabulary": ["cat", "dog"], "num_oov_indices": 2}, (3, 2), dtype="string"),
    "IntegerLookup": Sample({"vocabulary": [1, 2], "output_mode": "multi_hot"}, (3, 2), ({"salt": 3},), "int64"),
    "TextVectorization": Sample(
        {"vocabulary": ["red", "fox"], "ngrams": 2}, (3, 1), ({"output_mode": "count", "output_sequence_length": 3},), "string"
    ),
    "Hashing": Sample({"num_bins": 3}, (3, 2), ({"dtype": "float32"},), "string"),
    "HashedCrossing": Sample({"num_bins": 3}, [(3, 1), (3, 1)], dtype="string"),
    "CategoryEncoding": Sample({"num_tokens": 3}, (3, 2), dtype="int32"),
    "Discretization": Sample(
        {"bin_boundaries": [0.0, 0.5]}, (3, 2), ({"num_bins": 2}, {"bin_boundaries": None}, {"bin_boundaries": [1.0, 0.0]})
    ),
}
