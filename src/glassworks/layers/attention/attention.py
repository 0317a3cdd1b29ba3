"""`Attention`: dot-product attention without projections (Luong et al., 2015)."""

from __future__ import annotations

from typing import Any

from glassworks import ops, random
from glassworks.arguments import FLAG, Number, OneOf
from glassworks.errors import ShapeError
from glassworks.layers.arguments import SEED
from glassworks.layers.attention import masks
from glassworks.layers.base import Layer
from glassworks.typing import Tensor


class Attention(Layer):
    """Means of the values, weighted by `softmax(query . key)`.

    Args:
        use_scale: Whether to multiply the scores by a learned number.
        score_mode: `"dot"` for products, or `"concat"` for a learned number times the sum of `tanh(query + key)`.
        dropout: The fraction of weights set to 0 while training.
        seed: The seed of the dropout.

    Call arguments:
        inputs: A list of query `(batch, queries, size)`, value `(batch, keys, value size)` and perhaps key `(batch, keys, size)`,
            which is the value by default.
        mask: A list of masks of query and value, `(batch, places)` or None; by default the masks of the inputs. Outputs
            of absent queries are 0, absent values are not seen.
        return_attention_scores: Whether to return the weights `(batch, queries, keys)` too.
        training: Whether dropout acts.
        use_causal_mask: Query i sees values 0 to i only.

    Output shape: `(batch, queries, value size)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Attention()([np.ones((2, 3, 4)), np.ones((2, 5, 4))]).shape
    (2, 3, 4)
    """

    use_scale = FLAG
    score_mode = OneOf("dot", "concat")
    dropout = Number(0, 1)
    seed = SEED

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(use_scale=use_scale, score_mode=score_mode, dropout=dropout, seed=seed)
        self.supports_masking = True
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self._check_inputs(input_shape)
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        self.concat_score_weight: Any = self.add_weight((), "ones", name="concat_score_weight") if self.score_mode == "concat" else None

    def call(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The weighted means; with the weights if `return_attention_scores`."""
        self._check_inputs(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (mask[0], mask[1]) if mask else (None, None)
        if value_mask is not None and (len(value_mask.shape) == 2 or use_causal_mask):
            value_mask = masks.of_keys(value_mask)
        drops = training and self.dropout > 0
        if self.score_mode == "dot" and len(query.shape) == 3 and not drops and not return_attention_scores:
            output, weights = self._fused(query, key, value, value_mask, use_causal_mask), None
        else:
            seen = masks.joined(value_mask, masks.causal(query.shape[-2], key.shape[-2]) if use_causal_mask else None)
            output, weights = self._apply_scores(self._calculate_scores(query, key), value, seen, training)
        if query_mask is not None:
            output = ops.where(masks.of_queries(ops.cast(query_mask, "bool")), output, 0.0)
        return (output, weights) if return_attention_scores else output

    def _fused(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """The weighted means, without holding all scores in memory."""
        query, key, value = (ops.expand_dims(x, 2) for x in (query, key, value))
        mask = None if mask is None else ops.expand_dims(ops.cast(mask, "bool"), 1)
        scale = 1.0 if self.scale is None else self.scale
        return ops.squeeze(ops.dot_product_attention(query, key, value, mask=mask, scale=scale, is_causal=bool(causal)), 2)

    def _calculate_scores(self, query: Tensor, key: Tensor) -> Tensor:
        """The score of each key for each query; a subclass may override it."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        pairs = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        return self.concat_score_weight * ops.sum(ops.tanh(pairs if self.scale is None else self.scale * pairs), axis=-1)

    def _apply_scores(self, scores: Tensor, value: Tensor, scores_mask: Tensor | None = None, training: bool = False) -> tuple[Any, Any]:
        """The weighted means, and the weights."""
        if scores_mask is not None:
            far = 65504.0 if ops.dtype(scores) == "float16" else 1.0e9
            scores = ops.where(scores_mask, scores, scores - far)
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        return ops.matmul(weights, value), weights

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> Any:
        return mask[0] if mask else None

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """The query's shape with the size of the values."""
        self._check_inputs(input_shape)
        return (*input_shape[0][:-1], input_shape[1][-1])

    def _check_inputs(self, inputs: Any, mask: Any = None) -> None:
        for what, given in (("inputs", inputs), ("mask", mask)):
            if given is None and what == "mask":
                continue
            several = isinstance(given, (list, tuple)) and not (given and isinstance(given[0], (int, type(None))) and what == "inputs")
            if not several or len(given) not in (2, 3):
                found = f"{len(given)} {what}" if several else f"{what} that are not a list"
                raise ShapeError(
                    found,
                    f"a list of {what} of [query, value] or [query, value, key]",
                    "self-attention is layer([x, x])",
                    where=f"layer '{self.name}'",
                )
