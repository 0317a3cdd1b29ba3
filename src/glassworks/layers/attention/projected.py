"""The base of attention layers with heads: projections of query, key and value, masks, and the attention itself."""

from __future__ import annotations

import math
import string
from typing import Any

from glassworks import initializers, ops, regularizers, settings
from glassworks.arguments import FLAG, Integer, Number, OneOf, Optional, check
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.activation import Softmax
from glassworks.layers.arguments import REGULARIZER, SEED, WEIGHT
from glassworks.layers.attention import masks
from glassworks.layers.base import Layer
from glassworks.layers.einsum_dense import EinsumDense
from glassworks.layers.regularization import Dropout
from glassworks.typing import Initializer, Tensor


class _ProjectedAttention(Layer):
    """Query, key and value are projected to heads, attended to, and projected back."""

    # `dropout` and `use_bias` cannot be set; a penalty is one on the outputs of each projection, not on those of the layer itself.
    arguments = {"dropout": Number(0, 1), "use_bias": FLAG, "activity_regularizer": REGULARIZER}
    sliding_window = Optional(Integer(minimum=1))
    flash_attention = OneOf(None, True, False).unsaved()
    kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
    bias_initializer, bias_regularizer, bias_constraint = WEIGHT
    use_gate = FLAG
    seed = SEED

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._attention_axes: Any = (1,)

    def _keep_attention(self, dropout: float, use_bias: bool, flash_attention: bool | None, activity_regularizer: object) -> None:
        where = type(self).__name__
        check(where, type(self)._declared_arguments, dropout=dropout, use_bias=use_bias)
        self._keep_arguments(flash_attention=flash_attention)
        self._dropout, self._use_bias = dropout, use_bias
        self._flash_attention = flash_attention or settings.is_flash_attention_enabled()
        if self._flash_attention and dropout > 0:
            raise ArgumentError(
                f"flash_attention=True with dropout={dropout}",
                "dropout=0.0",
                "flash attention never holds what dropout changes",
                where=where,
            )
        self._projections_regularizer = regularizers.get(activity_regularizer)

    @property
    def dropout(self) -> float:
        """The fraction of weights set to 0 while training."""
        return self._dropout

    @property
    def use_bias(self) -> bool:
        """Whether projections add a bias."""
        return self._use_bias

    # ---- building

    def _build_projections(self, shapes: tuple, heads: tuple[int, int], sizes: tuple[int, int], output_shape: tuple) -> None:
        """Create the projections.

        Args:
            shapes: The shapes of query, value and key.
            heads: The numbers of heads of the query, and of key and value.
            sizes: The size of each head of query and key, and of value.
            output_shape: The last sizes of the output.
        """
        query_shape, value_shape, key_shape = (tuple(shape) for shape in shapes)
        self._check_build_shapes(query_shape, value_shape, key_shape)
        self._query_dense = self._projection("query", query_shape, (heads[0], sizes[0]))
        self._key_dense = self._projection("key", key_shape, (heads[1], sizes[0]))
        self._gate_dense = None
        if self.use_gate:
            self._gate_dense = self._projection("gate", query_shape, (heads[0], sizes[1]), activation="sigmoid")
        self._value_dense = self._projection("value", value_shape, (heads[1], sizes[1]))
        rank = len(query_shape) + 1
        self._dot_product_equation, self._combine_equation, scores_rank = _attention_equations(rank, self._attention_axes)
        over = tuple(range(scores_rank - len(self._attention_axes), scores_rank))
        self._softmax = Softmax(axis=over, dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self._dropout, dtype=self.dtype_policy, seed=self.seed)
        self._output_dense = self._projection("attention_output", (*query_shape[:-1], heads[0], sizes[1]), output_shape, bound=2)
        for projection in self._child_layers():
            for weight in projection.weights:
                weight.path = f"{self.path}/{weight.path}"

    def _projection(self, name: str, shape: tuple, output_shape: tuple, bound: int = 1, activation: Any = None) -> EinsumDense:
        """A built dense layer from the last `bound` axes to new ones."""
        letters = iter(string.ascii_lowercase)
        free, summed, new = ("".join(next(letters) for _ in range(n)) for n in (len(shape) - bound, bound, len(output_shape)))
        made = EinsumDense(
            f"{free}{summed},{summed}{new}->{free}{new}",
            output_shape=(*[None] * (len(free) - 1), *output_shape),
            activation=activation,
            bias_axes=new if self._use_bias else None,
            kernel_initializer=_clone(self.kernel_initializer),
            bias_initializer=_clone(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self._projections_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        made.build(shape)
        return made

    def _check_build_shapes(self, query: tuple, value: tuple, key: tuple) -> None:
        found = f"query of shape {query}, value of shape {value} and key of shape {key}"
        where = f"layer '{self.name}'"
        if min(map(len, (query, value, key))) < 3 or len({len(query), len(value), len(key)}) > 1:
            fix = "a recurrent layer before it must give all steps (return_sequences=True); one sequence is x[None], a vector per sample x[:, None, :]"
            raise ShapeError(found, "three axes or more, as many in each: (batch, places, features)", fix, where=where)
        if value[1:-1] != key[1:-1]:
            raise ShapeError(found, "as many keys as values", "every value has one key; only their last sizes may differ", where=where)

    # ---- the call

    def call(
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor | None = None,
        query_mask: Tensor | None = None,
        value_mask: Tensor | None = None,
        key_mask: Tensor | None = None,
        attention_mask: Tensor | None = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The attended values, projected back; with the weights if `return_attention_scores`."""
        key = value if key is None else key
        mask = masks.joined(masks.of_queries(query_mask), masks.of_keys(value_mask), masks.of_keys(key_mask), attention_mask)
        gate = None if self._gate_dense is None else self._gate_dense(query)
        query, key, value = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        if self.sliding_window is not None:
            mask = masks.joined(mask, masks.window(*self._lengths(query, value), self.sliding_window))
        output, scores = self._compute_attention(query, key, value, mask, training, return_attention_scores, use_causal_mask)
        output = self._output_dense(output if gate is None else output * gate)
        return (output, scores) if return_attention_scores else output

    def _lengths(self, query: Tensor, value: Tensor) -> tuple[int, int]:
        if len(self._attention_axes) > 1:
            raise ArgumentError(
                f"use_causal_mask or sliding_window with attention_axes={self._attention_axes}",
                "one axis of attention",
                "several axes have no one order; pass attention_mask instead",
                where=f"layer '{self.name}'",
            )
        return query.shape[self._attention_axes[0]], value.shape[self._attention_axes[0]]

    def _compute_attention(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> tuple[Any, Any]:
        """Attention between heads `(batch, places, heads, size)`: the attended values, and the weights if they are computed.

        A subclass may override it.
        """
        if self._flash_attention and return_attention_scores:
            raise ArgumentError(
                "return_attention_scores=True with flash_attention=True",
                "one of them",
                "flash attention never holds the scores",
                where=f"layer '{self.name}'",
            )
        scale, causal = 1.0 / math.sqrt(query.shape[-1]), bool(use_causal_mask)
        if causal:
            lengths = self._lengths(query, value)
        # With dropout, a query whose keys are all masked gets zeros, as in Keras; fused attention gives it a mean.
        drops = self._dropout > 0 and (training or attention_mask is not None)
        if not drops and not return_attention_scores and self._can_fuse(len(query.shape), attention_mask):
            mask = None if attention_mask is None else masks.with_heads(attention_mask, 4, 1)
            q, k, v = (self._folded(x) for x in (query, key, value))
            output = ops.dot_product_attention(q, k, v, mask=mask, scale=scale, is_causal=causal)
            return ops.reshape(output, (*query.shape[:-1], value.shape[-1])) if len(query.shape) > 4 else output, None
        if causal:
            attention_mask = masks.joined(attention_mask, masks.causal(*lengths))
        key, value = self._for_each_head(key), self._for_each_head(value)
        scores = ops.einsum(self._dot_product_equation, key, query * scale)
        axes = len(self._attention_axes)
        mask = None if attention_mask is None else masks.with_heads(attention_mask, len(scores.shape), axes)
        scores = self._softmax(scores, mask=mask)
        dropped = self._dropout_layer(scores, training=training) if self._dropout > 0 else scores
        return ops.einsum(self._combine_equation, dropped, value), scores

    def _can_fuse(self, rank: int, mask: Tensor | None) -> bool:
        """Whether the fused op can compute it: the axes of attention can be merged, and a mask has the four axes that the op takes."""
        axes = tuple(self._attention_axes)
        return axes == tuple(range(axes[0], rank - 2)) and (mask is None or rank == 4)

    def _folded(self, x: Tensor) -> Tensor:
        """x with the axes before those of attention merged to one, and those of attention merged to one."""
        if len(x.shape) == 4:
            return x
        first = self._attention_axes[0]
        *sizes, heads, size = x.shape
        return ops.reshape(x, (math.prod(sizes[:first]), math.prod(sizes[first:]), heads, size))

    def _for_each_head(self, x: Tensor) -> Tensor:
        """Keys or values repeated to the number of heads of the query."""
        return x

    # ---- configs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activity_regularizer": regularizers.serialize(self._projections_regularizer)}


def _clone(initializer: Initializer) -> Any:
    """An initializer that draws other numbers, unless it has a seed."""
    return initializer.clone() if isinstance(initializer, initializers.Initializer) else initializer


def _attention_equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str, int]:
    """The einsum from keys and queries to scores, that from scores and values to outputs, and the number of axes of scores.

    Args:
        rank: The number of axes of projected inputs `(batch, ..., heads, size)`.
        axes: The axes along which queries attend; all others, heads included, are batches.
    """
    target = string.ascii_lowercase[:rank]
    further = iter(string.ascii_lowercase[rank:])
    source = "".join(next(further) if axis in axes else letter for axis, letter in enumerate(target))
    batch = "".join(letter for axis, letter in enumerate(target[:-1]) if axis not in axes)
    scores = batch + "".join(target[axis] for axis in axes) + "".join(source[axis] for axis in axes)
    return f"{source},{target}->{scores}", f"{scores},{source}->{target}", len(scores)
