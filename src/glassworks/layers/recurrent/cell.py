"""The base of the recurrent cells: their arguments, weights and dropout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from glassworks import initializers, ops, random, tree
from glassworks.arguments import OneOf
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.arguments import make_weight
from glassworks.layers.base import Layer
from glassworks.layers.recurrent.cell_arguments import CellArguments, UnitsArguments
from glassworks.typing import Tensor

# The dropout masks of a cell: None, one mask, or one for each of its gates.
Masks = Tensor | Sequence[Tensor] | None


class _Cell(CellArguments, Layer):
    """A cell with a kernel for its inputs, a recurrent kernel for its state, and a bias.

    Dropout uses the same masks for all steps of a sequence (Gal and Ghahramani, 2016): the layer that runs over the sequence opens
    `one_sequence` around it. A cell that is called by itself draws new masks in every call.

    Attributes:
        gates: The number of blocks of `units` columns in the kernels.
    """

    gates = 1
    state_size: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._masks_by_gate = False
        self._sequence_masks: dict[str, Masks] | None = None

    def _keep_dropout(self, dropout: float, recurrent_dropout: float, seed: int | None) -> None:
        self._keep_arguments(dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed)
        self.seed_generator = random.SeedGenerator(self.seed)

    def _add(self, kind: str, shape: tuple[int, ...], initializer: Any = None) -> Any:
        """A weight with the initializer, regularizer and constraint of its kind: kernel, recurrent or bias."""
        if None in shape:
            raise ShapeError(
                f"a weight of shape {shape}", "a known number of features", "give the last size of the input: Input(shape=(None, 8))"
            )
        own = {} if initializer is None else {"initializer": initializer}
        return make_weight(self, "recurrent_kernel" if kind == "recurrent" else kind, shape, kind, **own)

    def call(self, inputs: Tensor, states: Any = None, training: bool = False) -> tuple[Any, Any]:
        """The output of a step, and the new states in the structure of the given ones; zeros are the first states."""
        given = self.get_initial_state(inputs.shape[0]) if states is None else states
        several = list(given) if isinstance(given, (list, tuple)) else [given]
        count = len(tree.flatten(self.state_size))
        if len(several) != count:
            raise ArgumentError(f"{len(several)} states", f"{count}", "pass the states that the step before has given, as a list")
        output, new = self._step(inputs, several, training)
        return output, new if isinstance(given, (list, tuple)) else new[0]

    def _step(self, inputs: Tensor, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
        return self._recur(self._input_part(inputs, self._masks("dropout", inputs, training)), states, training)

    def given_over_time(self, sequences: Tensor, training: bool) -> Any:
        """The contributions of the inputs of all steps, in one product, which does not depend on the state."""
        masks = self._masks("dropout", sequences[:, 0], training)
        return self._input_part(sequences, tree.map_structure(lambda mask: ops.expand_dims(mask, 1), masks, none_is_leaf=False))

    def _input_part(self, inputs: Tensor, masks: Masks) -> Any:
        """The product of the inputs, of one step or many, with the kernel, plus the bias."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it makes of its inputs")

    def _recur(self, given: object, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
        """The output and the new states of a step, from the contribution of its inputs."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a step is")

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """The states before the first step."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its first states are")

    # ---- dropout

    def _masks(self, what: str, like: Tensor, training: bool | None) -> Masks:
        """The dropout masks of the inputs (`"dropout"`) or of the state (`"recurrent_dropout"`)."""
        rate = getattr(self, what)
        if not training or rate == 0:
            return None
        kept = {} if self._sequence_masks is None else self._sequence_masks
        if what not in kept:
            ones = ops.ones(like.shape, dtype=self.compute_dtype)
            masks = [random.dropout(ones, rate, seed=self.seed_generator) for _ in range(self.gates if self._masks_by_gate else 1)]
            kept[what] = masks if self._masks_by_gate else masks[0]
        return kept[what]

    @contextmanager
    def _keeping_masks(self) -> Iterator[None]:
        self._sequence_masks = {}
        try:
            yield
        finally:
            self._sequence_masks = None


class _UnitsCell(UnitsArguments, _Cell):
    """A cell with `units` outputs, whose products are matrix products."""

    implementation = OneOf(0, 1, 2).unsaved()

    def __init__(self, implementation: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(implementation=implementation)

    def _keep_dropout(self, dropout: float, recurrent_dropout: float, seed: int | None) -> None:
        super()._keep_dropout(dropout, recurrent_dropout, seed)
        if self.gates > 1 and recurrent_dropout:
            self.implementation = 1
        self._masks_by_gate = self.gates > 1 and self.implementation == 1
        self.output_size = self.units

    def build(self, input_shape: tuple) -> None:
        """Create the kernel (features, gates * units), the recurrent kernel (units, gates * units) and the bias."""
        width = self.gates * self.units
        self.kernel = self._add("kernel", (input_shape[-1], width))
        self.recurrent_kernel = self._add("recurrent", (self.units, width))
        self.bias = self._make_bias(width) if self.use_bias else None

    def _make_bias(self, width: int) -> Any:
        return self._add("bias", (width,))

    def _input_part(self, inputs: Tensor, masks: Masks) -> Any:
        return projected(inputs, self.kernel, masks, self.bias)

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        if batch_size is None:
            where = f"layer '{self.name}'.get_initial_state"
            raise ArgumentError("no batch_size", "the number of samples in a batch", "pass it: cell.get_initial_state(32)", where=where)
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]


def projected(x: Tensor, kernel: Tensor, masks: Masks, bias: Tensor | None = None) -> Tensor:
    """x times a kernel, plus a bias, where masks by gate apply to the columns of their gate."""
    if isinstance(masks, list):
        parts = [projected(x, part, mask) for mask, part in zip(masks, ops.split(kernel, len(masks), axis=-1), strict=True)]
        product = ops.concatenate(parts, axis=-1)
        return product if bias is None else product + bias
    x = x if masks is None else x * masks
    # The bias is added to rows, not to a sequence of them, so that it can be part of the product.
    product = ops.matmul(ops.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1])), kernel)
    return ops.reshape(product if bias is None else product + bias, (*x.shape[:-1], kernel.shape[-1]))


def with_forget_ones(initializer: Any, units: int) -> Any:
    """An initializer for the bias of an LSTM, with ones for the forget gate (Jozefowicz et al., 2015)."""

    def initialize(shape: Any, dtype: Any = None) -> Any:
        parts = [initializer((units,), dtype=dtype), initializers.Ones()((units,), dtype=dtype), initializer((units * 2,), dtype=dtype)]
        return ops.concatenate(parts)

    return initialize


@contextmanager
def one_sequence(cell: Layer) -> Iterator[None]:
    """A block in which a cell, and the cells inside it, use the same dropout masks in every call."""
    with ExitStack() as stack:
        for layer in cell._flat_layers() if isinstance(cell, Layer) else []:
            if isinstance(layer, _Cell):
                stack.enter_context(layer._keeping_masks())
        yield
