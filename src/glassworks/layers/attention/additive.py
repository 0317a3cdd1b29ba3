"""`AdditiveAttention`: scores by a small network of query and key (Bahdanau et al., 2015)."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FIXED
from glassworks.layers.attention.attention import Attention
from glassworks.typing import Tensor


class AdditiveAttention(Attention):
    """Means of the values, weighted by the softmax of `sum(scale * tanh(query + key))`.

    Args:
        use_scale: Whether to learn a factor for each feature; otherwise it is 1.
        dropout: The fraction of weights set to 0 while training.

    Inputs, masks and further call arguments are those of `Attention`; query and key have equal sizes.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdditiveAttention()([np.ones((2, 3, 4)), np.ones((2, 5, 4))]).shape
    (2, 3, 4)
    """

    score_mode = FIXED

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, score_mode="concat", dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Create the factors, one for each feature."""
        self._check_inputs(input_shape)
        self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale") if self.use_scale else None

    def _calculate_scores(self, query: Tensor, key: Tensor) -> Tensor:
        pairs = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.sum(pairs if self.scale is None else self.scale * pairs, axis=-1)
