"""`GroupQueryAttention`: fewer heads of keys and values than of queries."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Integer
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.arguments import keep_weight
from glassworks.layers.attention.projected import _ProjectedAttention
from glassworks.names import unique_name
from glassworks.typing import Constraint, Initializer, Regularizer, Shape, Tensor


class GroupQueryAttention(_ProjectedAttention):
    """Attention whose query heads share heads of keys and values, in groups (Ainslie et al., 2023).

    Args:
        head_dim: The size of a head.
        num_query_heads: The number of query heads.
        num_key_value_heads: The number of heads of keys and values, a divisor of `num_query_heads`; 1 is multi-query attention.
        dropout: The fraction of attention weights set to 0 while training.
        use_bias: Whether projections add a bias.
        sliding_window: The distance below which queries see keys; None for no limit.
        flash_attention: True requires that scores are never all held in memory, which excludes dropout.
        kernel_initializer, bias_initializer: The initial values of the projections.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties on the projections, added to the loss.
        kernel_constraint, bias_constraint: Constraints applied after every update.
        use_gate: Whether to multiply the attended values by a sigmoid gate of the query.
        seed: The seed of the dropout.

    Call arguments are those of `MultiHeadAttention`. Output shape: `(batch, queries, features of the query)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> x = np.ones((2, 5, 16), "float32")
    >>> layers.GroupQueryAttention(head_dim=8, num_query_heads=4, num_key_value_heads=2)(x, x).shape
    (2, 5, 16)
    """

    _saved_class = "grouped_query_attention"  # the class has another name inside Keras

    head_dim = num_query_heads = num_key_value_heads = Integer(minimum=1)

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
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
        if type(self) is GroupQueryAttention and kwargs.get("name") is None:
            kwargs["name"] = unique_name("grouped_query_attention")  # as Keras, where the class has another name inside
        super().__init__(**kwargs)
        self._keep_attention(dropout, use_bias, flash_attention, activity_regularizer)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(sliding_window=sliding_window, use_gate=use_gate, seed=seed)
        self._keep_arguments(head_dim=head_dim, num_query_heads=num_query_heads, num_key_value_heads=num_key_value_heads)
        self.num_repeats = num_query_heads // num_key_value_heads
        if num_query_heads % num_key_value_heads:
            raise ArgumentError(
                f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}",
                "num_query_heads to be a multiple of num_key_value_heads",
                "each head of keys and values serves as many query heads",
                where="GroupQueryAttention",
            )

    # A shape for each input, as in Keras, where a layer of one input gets one.
    def build(self, query_shape: tuple, value_shape: tuple, key_shape: Shape | None = None) -> None:  # type: ignore[override]
        if len(query_shape) != 3:
            raise ShapeError(
                f"query of shape {tuple(query_shape)}", "three axes: (batch, queries, features)", "fold further axes into the batch"
            )
        shapes = (query_shape, value_shape, value_shape if key_shape is None else key_shape)
        heads = (self.num_query_heads, self.num_key_value_heads)
        self._build_projections(shapes, heads, (self.head_dim, self.head_dim), (query_shape[-1],))

    def _for_each_head(self, x: Tensor) -> Tensor:
        return ops.repeat(x, self.num_query_heads // self.num_key_value_heads, axis=2)

    def compute_output_shape(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> tuple:
        """The query's shape."""
        self._check_build_shapes(tuple(query_shape), tuple(value_shape), tuple(value_shape if key_shape is None else key_shape))
        return tuple(query_shape)


GroupedQueryAttention = GroupQueryAttention
