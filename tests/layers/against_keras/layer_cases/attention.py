"""Attention without projections, and embeddings. Layers with several inputs have a comparison of their own."""

from tests.layers.against_keras.cases import Case

QUERY, VALUE, KEY = (2, 3, 4), (2, 5, 6), (2, 5, 4)
SAME = [(2, 3, 4), (2, 5, 4)]

CASES = [
    Case("Attention", {}, SAME),
    Case("Attention", {}, [QUERY, VALUE, KEY]),
    Case("Attention", {"use_scale": True}, [QUERY, VALUE, KEY]),
    Case("Attention", {"score_mode": "concat"}, [QUERY, VALUE, KEY]),
    Case("Attention", {"score_mode": "concat", "use_scale": True}, SAME),
    Case("Attention", {"dropout": 0.5, "seed": 1}, SAME),
    Case("AdditiveAttention", {}, SAME),
    Case("AdditiveAttention", {"use_scale": False}, [QUERY, VALUE, KEY]),
    Case("AdditiveAttention", {"dropout": 0.5}, SAME),
    Case("Embedding", {"input_dim": 7, "output_dim": 4}, (3, 5), below=7),
    Case("Embedding", {"input_dim": 7, "output_dim": 4, "mask_zero": True}, (3,), below=7),
    Case("Embedding", {"input_dim": 7, "output_dim": 1, "embeddings_regularizer": "l2"}, (2, 3, 2), below=7),
    Case(
        "Embedding",
        {"input_dim": 7, "output_dim": 2, "embeddings_initializer": "ones", "embeddings_constraint": "unit_norm"},
        (3, 2),
        below=7,
    ),
]

ELSEWHERE = dict.fromkeys(
    ("MultiHeadAttention", "GroupQueryAttention", "ReversibleEmbedding"), "tests/layers/against_keras/test_attention.py"
)
