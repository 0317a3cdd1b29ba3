"""`CategoryEncoding` and `Discretization`: category numbers to vectors, and numbers to bins."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import ops
from glassworks.arguments import Instance, Integer, Number, OneOf, Optional
from glassworks.configured import Configured
from glassworks.errors import ArgumentError, DataError, StateError
from glassworks.layers.base import Layer
from glassworks.layers.host_layer import plain
from glassworks.layers.preprocessing.adapting import batches, refuse_text
from glassworks.layers.preprocessing.encoding import encoded_shape
from glassworks.layers.preprocessing.lookup_arguments import OutputMode
from glassworks.layers.preprocessing.quantiles import boundaries, merged, summary_of
from glassworks.ops.indices import rows_of
from glassworks.scope import entry
from glassworks.typing import Data, DTypePolicyLike, Shape, Tensor


class CategoryEncoding(Layer):
    """Vectors for category numbers.

    Args:
        num_tokens: The number of categories: inputs are from 0 to `num_tokens` - 1.
        output_mode: "one_hot" gives each number a vector; "multi_hot" one to the numbers along the last axis, with 1 for
            each; "count" one with their counts.
        sparse: Must be False: all arrays are dense.

    Output shape: the input's, with an axis of `num_tokens` more for "one_hot" (in the place of a last axis of size 1),
    in the place of the last axis for the others.

    >>> from glassworks import layers
    >>> layers.CategoryEncoding(num_tokens=4, output_mode="count")([[0, 1, 1], [3, 3, 3]]).numpy()
    array([[1., 2., 0., 0.],
           [0., 0., 0., 3.]], dtype=float32)
    """

    num_tokens = Integer(minimum=1)
    output_mode = OutputMode("multi_hot", "one_hot", "count")
    sparse = OneOf(False).unsaved()

    def __init__(self, num_tokens: int | None = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(num_tokens=num_tokens, output_mode=output_mode, sparse=sparse)

    def call(self, inputs: Any, count_weights: Any = None) -> Tensor:
        """The vectors; `count_weights` are the weights of the numbers."""
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(f"count_weights with output_mode={self.output_mode!r}", "output_mode='count'", "leave count_weights out")
        inputs = rows_of(self.num_tokens, inputs, "num_tokens")
        return _encoded(inputs, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        return encoded_shape(tuple(input_shape), self.output_mode, self.num_tokens)


class _Boundaries(Instance):
    """A list of numbers, or None."""

    def __init__(self) -> None:
        super().__init__((list, tuple, np.ndarray, type(None)), "None or a list of numbers")

    def convert(self, value: Any) -> list[float] | None:
        return None if value is None else np.asarray(value, np.float64).tolist()


class Discretization(Layer):
    """The index of the bin of each number: 0 below the first boundary, and so on.

    Args:
        bin_boundaries: The boundaries, ascending. A number on a boundary belongs to the bin above.
        num_bins: The number of bins that `adapt` learns, with about equal counts. Pass either this or the boundaries.
        epsilon: The relative error of the quantiles: a smaller one needs more memory.
        output_mode: "int" gives numbers; "one_hot", "multi_hot" and "count" vectors, as in `CategoryEncoding`.
        sparse: Must be False: all arrays are dense.

    Output shape: that of the input for "int"; for the others as in `CategoryEncoding`.

    >>> from glassworks import layers
    >>> layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])([[-1.5, 1.0], [3.4, 0.5]]).numpy()
    array([[0, 2],
           [3, 1]], dtype=int32)
    """

    bin_boundaries = _Boundaries()
    num_bins = Optional(Integer(minimum=1))
    epsilon = Number(0, 1, closed="neither")
    output_mode = OneOf("int", "one_hot", "multi_hot", "count")
    sparse = OneOf(False)
    summary: np.ndarray

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: DTypePolicyLike = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._keep_arguments(bin_boundaries=bin_boundaries, num_bins=num_bins, epsilon=epsilon, output_mode=output_mode, sparse=sparse)
        if (num_bins is None) == (bin_boundaries is None):
            found = "neither num_bins nor bin_boundaries" if num_bins is None else "both num_bins and bin_boundaries"
            raise ArgumentError(found, "one of them", "num_bins=10 learns boundaries with adapt(data)", where="Discretization")
        if self.bin_boundaries is not None and self.bin_boundaries != sorted(self.bin_boundaries):
            raise ArgumentError(f"bin_boundaries={self.bin_boundaries}", "ascending numbers", "sort them", where="Discretization")
        self.reset_state()

    @property
    def output_dtype(self) -> str:
        """The dtype of the outputs."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    @entry("layer")
    def adapt(self, data: Data, steps: int | None = None) -> None:
        """Learn the boundaries from data; earlier results are discarded.

        Args:
            data: An array, a data set or another iterable of batches. Of `(x, y)` batches, x is used.
            steps: The largest number of batches.

        Raises:
            StateError: The boundaries were given to the constructor.
            DataError: No data, or NaN in it.
        """
        where = f"layer '{self.name}'.adapt"
        if self.num_bins is None:
            raise StateError("adapt() of a layer with given bin_boundaries", "one or the other", "pass num_bins instead", where=where)
        self.reset_state()
        for batch in batches(data, steps, where):
            refuse_text(batch)
            self.update_state(batch)
        if not self.summary.size:
            raise DataError("no data", "at least one number", "pass the training inputs", where=where)
        if not np.isfinite(self.summary).all():
            raise DataError("NaN or infinity", "finite numbers", "fill or drop missing values first", where=where)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Add a batch to the statistics."""
        values = plain(data).astype(np.float32).ravel()
        if values.size:
            self.summary = merged(summary_of(values, self.epsilon), self.summary, self.epsilon)

    def finalize_state(self) -> None:
        """Compute the boundaries from the statistics."""
        if self.num_bins is not None:
            self.bin_boundaries = boundaries(self.summary, self.num_bins)

    def reset_state(self) -> None:
        """Discard the statistics; the boundaries stay."""
        self.summary = np.zeros((2, 0), np.float32)

    def call(self, inputs: Tensor) -> Tensor:
        if self.bin_boundaries is None:
            raise StateError("a layer that has no boundaries yet", "adapt() first, on the training inputs", f"{self.name}.adapt(x_train)")
        numbers = ops.digitize(inputs, ops.convert_to_tensor(self.bin_boundaries, self.compute_dtype))
        if self.output_mode == "int":
            return ops.cast(numbers, "int32")
        return _encoded(numbers, self.output_mode, len(self.bin_boundaries) + 1, self.compute_dtype, None)

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded_shape(tuple(input_shape), self.output_mode, depth)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict, learned boundaries among them."""
        return {**Configured.get_config(self), "name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        learned = config.get("bin_boundaries") if config.get("num_bins") is not None else None
        layer = cls(**(config if learned is None else {**config, "bin_boundaries": None}))
        layer.bin_boundaries = layer.bin_boundaries if learned is None else list(learned)
        return layer


def _encoded(numbers: Tensor, output_mode: str, depth: int, dtype: str, weights: Tensor | None) -> Tensor:
    """Vectors for numbers; see `CategoryEncoding`."""
    if output_mode == "one_hot":
        squeezed = len(numbers.shape) > 1 and numbers.shape[-1] == 1
        return ops.one_hot(ops.squeeze(numbers, -1) if squeezed else numbers, depth, dtype=dtype)
    vectors = ops.one_hot(numbers if len(numbers.shape) else ops.reshape(numbers, (1,)), depth, dtype=dtype)
    if output_mode == "multi_hot":
        return ops.max(vectors, axis=-2)
    if weights is not None:
        vectors = vectors * ops.expand_dims(ops.cast(weights, dtype), -1)
    return ops.sum(vectors, axis=-2)
