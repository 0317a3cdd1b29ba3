"""Attention layers and embeddings. Those with several inputs attend to themselves here, so that one input is enough."""

from __future__ import annotations

from typing import Any

from glassworks import layers
from tests.contracts.samples import Sample


class _ToItself(layers.Layer):
    """Query, value and key are one."""

    def build(self, input_shape: Any) -> None:
        super().build(input_shape, input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return super().call(inputs, inputs, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return super().compute_output_shape(input_shape, input_shape)


class SelfAttention(_ToItself, layers.MultiHeadAttention):
    """Multi-head attention of a sequence to itself."""


class GroupedSelfAttention(_ToItself, layers.GroupQueryAttention):
    """Grouped-query attention of a sequence to itself."""


SAMPLES = {
    "MultiHeadAttention": Sample(
        {"num_heads": 2, "key_dim": 3, "use_gate": True},
        (2, 4, 6),
        ({"flash_attention": True, "dropout": 0.5},),
        cls=SelfAttention,
    ),
    "GroupQueryAttention": Sample(
        {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
        (2, 4, 6),
        ({"num_query_heads": 3},),
        cls=GroupedSelfAttention,
    ),
    "Attention": Sample({"use_scale": True}, [(2, 3, 4), (2, 5, 4)]),
    "AdditiveAttention": Sample({}, [(2, 3, 4), (2, 5, 4)]),
    "Embedding": Sample(
        {"input_dim": 5, "output_dim": 2, "mask_zero": True},
        (2, 3),
        dtype="int32",
    ),
    "ReversibleEmbedding": Sample(
        {"input_dim": 5, "output_dim": 2, "tie_weights": False},
        (2, 3),
        dtype="int32",
    ),
}
