"""Embeddings: a learned vector for each integer."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Anything, Instance, Integer, Number, OneOf, Optional
from glassworks.errors import ShapeError, warn
from glassworks.layers import call_context
from glassworks.layers.arguments import REGULARIZER, WEIGHT, keep_weight, make_weight
from glassworks.layers.low_rank import LowRank, merged
from glassworks.ops.indices import rows_of
from glassworks.typing import Constraint, Initializer, Regularizer, Shape, Tensor


class Embedding(LowRank):
    """Row `i` of a learned matrix for each number `i`.

    Args:
        input_dim: The number of rows: inputs are from 0 to `input_dim - 1`.
        output_dim: The size of a vector.
        embeddings_initializer: The initial values.
        embeddings_regularizer: A penalty added to the loss.
        embeddings_constraint: A constraint applied after every update.
        mask_zero: Whether 0 stands for padding; then the output has a mask.
        weights: The initial values as a matrix `(input_dim, output_dim)`.
        lora_rank: If set, the matrix is frozen, and a product of two matrices with this inner size is trained; see `enable_lora`.
        lora_alpha: The product is multiplied by `lora_alpha / lora_rank`; by default by 1.

    Input shape: integers of any shape, usually `(batch, positions)`. Output shape: `(..., output_dim)`.

    Raises:
        IndexRangeError: A number has no row.

    >>> from glassworks import layers
    >>> layers.Embedding(10, 4)([[1, 2, 3]]).shape
    (1, 3, 4)
    """

    input_dim = output_dim = Integer(minimum=1)
    embeddings_initializer, embeddings_regularizer, embeddings_constraint = WEIGHT
    activity_regularizer = REGULARIZER
    mask_zero = FLAG
    arguments = {"weights": Anything().unsaved()}  # the attribute `weights` of a layer is the list of its weights
    # Arguments of Keras that have only their default here.
    quantization_config = OneOf(None)
    embeddings = merged()
    _adapted = "embeddings"

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Initializer = "uniform",
        embeddings_regularizer: Regularizer = None,
        embeddings_constraint: Constraint = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("input_length", None) is not None:
            warn("input_length of Embedding does nothing; leave it out")
        super().__init__(lora_rank=lora_rank, lora_alpha=lora_alpha, **kwargs)
        self._keep_arguments(input_dim=input_dim, output_dim=output_dim, mask_zero=mask_zero)
        self._keep_arguments(quantization_config=quantization_config)
        keep_weight(self, "embeddings", embeddings_initializer, embeddings_regularizer, embeddings_constraint)
        self.supports_masking = mask_zero
        self.autocast = False  # half precision would round the numbers before the lookup
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])

    def build(self, input_shape: Shape | None = None) -> None:
        self.embeddings = make_weight(self, "embeddings", (self.input_dim, self.output_dim))
        self._build_lora()

    def call(self, inputs: Tensor) -> Tensor:
        rows = rows_of(self.input_dim, inputs, "input_dim")
        return ops.cast(ops.take(self.embeddings, rows, axis=0), self.compute_dtype)

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> Any:
        """True where the number is not 0; None unless `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        return (*input_shape, self.output_dim)


class ReversibleEmbedding(Embedding):
    """An embedding with a reverse direction: from vectors to a score for each row (Press and Wolf, 2016).

    Args:
        input_dim, output_dim: See `Embedding`.
        tie_weights: Whether the reverse direction uses the same matrix, transposed; otherwise it has another one.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint, mask_zero: See `Embedding`.
        reverse_dtype: The dtype of the reverse direction.
        logit_soft_cap: Scores become `cap * tanh(scores / cap)`.

    Call arguments: `inputs`, and `reverse`: False for numbers to vectors, True for vectors `(..., output_dim)` to scores
    `(..., input_dim)`.

    >>> from glassworks import layers
    >>> layer = layers.ReversibleEmbedding(10, 4)
    >>> layer(layer([[1, 2, 3]]), reverse=True).shape
    (1, 3, 10)
    """

    tie_weights = FLAG
    reverse_dtype = Optional(Instance(str, "a dtype such as 'float32'"))
    logit_soft_cap = Optional(Number(0, closed="neither"))

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Initializer = "uniform",
        embeddings_regularizer: Regularizer = None,
        embeddings_constraint: Constraint = None,
        mask_zero: bool = False,
        reverse_dtype: str | None = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        # Before the constructor of Embedding, which builds the layer where weights are given.
        self._keep_arguments(tie_weights=tie_weights, reverse_dtype=reverse_dtype, logit_soft_cap=logit_soft_cap)
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )

    def build(self, input_shape: Shape | None = None) -> None:
        """Create the matrix, and that of the reverse direction unless it is the same."""
        super().build(input_shape)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            self.reverse_embeddings = self.add_weight(shape, self.embeddings_initializer, name="reverse_embeddings")

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        if not reverse:
            outputs = super().call(inputs)
            call_context.set_mask(outputs, super().compute_mask(inputs))
            return outputs
        if inputs.shape[-1] != self.output_dim:
            raise ShapeError(
                f"vectors of shape {tuple(inputs.shape)}",
                f"a last size of {self.output_dim}, the output_dim",
                "reverse=True takes vectors, reverse=False numbers",
                where=f"layer '{self.name}'",
            )
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        if self.reverse_dtype is not None:
            inputs, kernel = ops.cast(inputs, self.reverse_dtype), ops.cast(kernel, self.reverse_dtype)
        logits = ops.matmul(inputs, kernel)
        cap = self.logit_soft_cap
        return logits if cap is None else ops.tanh(logits / cap) * cap

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> Any:
        """None: `call` knows the direction, and sets the mask itself."""
        return None

    def compute_output_shape(self, input_shape: Shape, reverse: bool = False) -> tuple:
        """The input's shape and `output_dim`; in reverse, with `input_dim` as the last size."""
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)
