"""`Initializer`: a recipe for the first values of a weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks.configured import Configured
from glassworks.registry import Registry
from glassworks.typing import DTypeLike, Tensor

INITIALIZERS = Registry("initializers", "initializer", "glorot_uniform")


class Initializer(Configured):
    """A recipe for the first values of a weight. Subclasses define `__call__` and, if they have arguments, `get_config`.

    >>> from glassworks import initializers, ops
    >>> class Halves(initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return ops.full(shape, 0.5, dtype=dtype)
    >>> Halves()((2,)).numpy()
    array([0.5, 0.5], dtype=float32)
    """

    _keras_module = "keras"  # in configs

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        """Values of a shape and dtype; `floatx()` by default."""
        raise NotImplementedError(f"initializer {type(self).__name__} does not define __call__(self, shape, dtype=None)")

    def clone(self) -> Any:
        """A new initializer with the same arguments; without a seed it gives other random numbers."""
        return type(self).from_config(self.get_config())
