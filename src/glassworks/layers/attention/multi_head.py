"""`MultiHeadAttention`: several attentions in parallel, each with its own projections."""

from __future__ import annotations

from typing import Any

from glassworks.arguments import Instance, Integer, Optional, check
from glassworks.errors import ArgumentError
from glassworks.layers.arguments import keep_weight
from glassworks.layers.attention.projected import _ProjectedAttention
from glassworks.typing import Constraint, Initializer, Regularizer, Shape

_SIZES = Instance((int, list, tuple), "an integer or a tuple of integers")


class MultiHeadAttention(_ProjectedAttention):
    """Attention in several heads (Vaswani et al., 2017).

    Query, key and value are projected to `num_heads` heads each; in each head
    `softmax(query . key / sqrt(key_dim))` weights the values; the concatenated heads are projected to the output.
    Without dropout, and unless the scores are returned, they are never all held in memory.

    Args:
        num_heads: The number of heads.
        key_dim: The size of a head of query and key.
        value_dim: The size of a head of value; `key_dim` by default.
        dropout: The fraction of attention weights set to 0 while training.
        use_bias: Whether projections add a bias.
        output_shape: The last sizes of the output; the query's features by default.
        attention_axes: The axes along which queries attend; all between batch and features by default.
        sliding_window: The distance below which queries see keys; None for no limit.
        flash_attention: True requires that scores are never all held in memory, which excludes dropout.
        kernel_initializer, bias_initializer: The initial values of the projections.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties on the projections, added to the loss.
        kernel_constraint, bias_constraint: Constraints applied after every update.
        use_gate: Whether to multiply the attended values by a sigmoid gate of the query.
        seed: The seed of the dropout.

    Call arguments:
        query: `(batch, queries, features)`.
        value: `(batch, keys, features)`.
        key: Likewise; the value by default.
        query_mask, value_mask, key_mask: The positions that are not masked, `(batch, positions)`; by default the masks of the inputs.
        attention_mask: Which pairs may be seen: `(batch, queries, keys)`, with or without axes for batch and heads.
        return_attention_scores: Whether to return the weights `(batch, heads, queries, keys)` too.
        training: Whether dropout acts.
        use_causal_mask: Query i sees keys 0 to i only.

    Output shape: `(batch, queries, features)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> x = np.ones((2, 5, 16), "float32")
    >>> layers.MultiHeadAttention(num_heads=4, key_dim=8)(x, x, use_causal_mask=True).shape
    (2, 5, 16)
    """

    _saved_names = {f"_{name}_dense": f"{name}_dense" for name in ("query", "key", "value", "gate", "output")}
    arguments = {
        "num_heads": Integer(minimum=1),
        "key_dim": Integer(minimum=1),
        "value_dim": Optional(Integer(minimum=1)),
        "output_shape": Optional(_SIZES).unsaved(),
        "attention_axes": Optional(_SIZES),
    }

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Initializer = "glorot_uniform",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_attention(dropout, use_bias, flash_attention, activity_regularizer)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(sliding_window=sliding_window, use_gate=use_gate, seed=seed)
        check("MultiHeadAttention", type(self)._declared_arguments, num_heads=num_heads, key_dim=key_dim, value_dim=value_dim)
        check("MultiHeadAttention", type(self)._declared_arguments, output_shape=output_shape, attention_axes=attention_axes)
        self._num_heads, self._key_dim = num_heads, key_dim
        self._value_dim = value_dim or key_dim
        self._output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape) if output_shape else None
        self._attention_axes = (attention_axes,) if isinstance(attention_axes, int) else tuple(attention_axes) if attention_axes else None

    @property
    def num_heads(self) -> int:
        """The number of heads."""
        return self._num_heads

    @property
    def key_dim(self) -> int:
        """The size of a head of query and key."""
        return self._key_dim

    @property
    def value_dim(self) -> int:
        """The size of a head of value."""
        return self._value_dim

    @property
    def attention_axes(self) -> Any:
        """The axes along which queries attend; None before the layer is built without them."""
        return self._attention_axes

    @property
    def query_dense(self) -> Any:
        """The projection of the query."""
        return self._query_dense

    @property
    def key_dense(self) -> Any:
        """The projection of the key."""
        return self._key_dense

    @property
    def value_dense(self) -> Any:
        """The projection of the value."""
        return self._value_dense

    @property
    def output_dense(self) -> Any:
        """The projection of the heads to the output."""
        return self._output_dense

    # A shape for each input, as in Keras, where a layer of one input gets one.
    def build(self, query_shape: tuple, value_shape: tuple, key_shape: Shape | None = None) -> None:  # type: ignore[override]
        rank = len(query_shape)
        given = tuple(range(1, rank - 1)) if self._attention_axes is None else self._attention_axes
        axes = tuple(axis + rank if axis < 0 else axis for axis in given)
        if not all(0 < axis < rank - 1 for axis in axes):
            raise ArgumentError(
                f"attention_axes={given} for a query of shape {tuple(query_shape)}",
                f"axes from 1 to {rank - 2}, between batch and features",
                "the batch and the features are not attended over",
                where=f"layer '{self.name}'",
            )
        self._attention_axes = axes
        shapes = (query_shape, value_shape, value_shape if key_shape is None else key_shape)
        sizes = (self._key_dim, self._value_dim)
        self._build_projections(shapes, (self._num_heads, self._num_heads), sizes, self._output_shape or (query_shape[-1],))

    def compute_output_shape(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> tuple:
        """The query's shape with `output_shape` in the place of its features."""
        self._check_build_shapes(tuple(query_shape), tuple(value_shape), tuple(value_shape if key_shape is None else key_shape))
        return (*query_shape[:-1], *(self._output_shape or (query_shape[-1],)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self._output_shape}
