"""Layers that read text or categories."""

from tests.contracts.samples import Sample

LOOKUP_WRONG = (
    {"max_tokens": 1},
    {"num_oov_indices": -1},
    {"output_mode": "integers"},
    {"sparse": True},
    {"pad_to_max_tokens": "yes"},
    {"invert": 1},
)
SAMPLES = {
    "StringLookup": Sample(
        {"vocabulary": ["cat", "dog"], "num_oov_indices": 2}, (3, 2), (*LOOKUP_WRONG, {"salt": "x"}, {"encoding": 8}), "string"
    ),
    "IntegerLookup": Sample(
        {"vocabulary": [1, 2], "output_mode": "multi_hot"},
        (3, 2),
        (*LOOKUP_WRONG, {"vocabulary_dtype": "int32"}, {"oov_method": "random"}, {"salt": 3}),
        "int64",
    ),
    "TextVectorization": Sample(
        {"vocabulary": ["red", "fox"], "ngrams": 2},
        (3, 1),
        (
            *LOOKUP_WRONG[:1],
            {"standardize": "upper"},
            {"split": "words"},
            {"ngrams": 0},
            {"ngrams": [1, 2]},
            {"output_mode": "ints"},
            {"output_sequence_length": 0},
            {"ragged": True},
            {"output_mode": "count", "output_sequence_length": 3},
        ),
        "string",
    ),
    "Hashing": Sample(
        {"num_bins": 3},
        (3, 2),
        ({"num_bins": 0}, {"mask_value": 0.5}, {"salt": (1, 2, 3)}, {"output_mode": "tf_idf"}, {"sparse": True}, {"dtype": "float32"}),
        "string",
    ),
    "HashedCrossing": Sample({"num_bins": 3}, [(3, 1), (3, 1)], ({"num_bins": 0}, {"output_mode": "count"}, {"sparse": True}), "string"),
    "CategoryEncoding": Sample(
        {"num_tokens": 3}, (3, 2), ({"num_tokens": None}, {"num_tokens": 0}, {"output_mode": "int"}, {"sparse": True}), "int32"
    ),
    "Discretization": Sample(
        {"bin_boundaries": [0.0, 0.5]},
        (3, 2),
        (
            {"num_bins": 2},
            {"bin_boundaries": None},
            {"bin_boundaries": [1.0, 0.0]},
            {"epsilon": 0},
            {"output_mode": "tf_idf"},
            {"sparse": True},
        ),
    ),
}
