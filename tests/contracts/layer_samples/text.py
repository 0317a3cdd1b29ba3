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
}
