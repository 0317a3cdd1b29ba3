"""The static facts of a value: its shape and dtype. Sizes that are not known yet are None."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from glassworks import dtypes

if TYPE_CHECKING:
    import numpy as np

    from glassworks.graph.variable import Variable
    from glassworks.typing import Tensor

# Sizes are ints, or None where they are not known. Rules see known sizes only, so the type does not insist on None.
Shape = tuple[Any, ...]

# Two sizes that stand in for each unknown size. What differs between the two answers is unknown too.
PROBES = (7, 11)


class Spec(NamedTuple):
    """Shape and dtype of a value.

    >>> print(Spec((None, 784), "float32"))
    float32[?, 784]
    """

    shape: Shape
    dtype: str

    @property
    def size(self) -> int:
        """The number of elements; unknown sizes count as one."""
        return math.prod(size or (1 if size is None else 0) for size in self.shape)

    @property
    def bytes(self) -> int:
        """The number of bytes; unknown sizes count as one."""
        return self.size * dtypes.numpy_dtype(self.dtype).itemsize

    @property
    def known(self) -> bool:
        """Whether every size is known."""
        return None not in self.shape

    def probe(self, which: int) -> Spec:
        """This spec with unknown sizes replaced by the probe of that index."""
        return self.with_size(PROBES[which])

    def with_size(self, size: int) -> Spec:
        """This spec with a number in the place of unknown sizes."""
        return Spec(tuple(size if known is None else known for known in self.shape), self.dtype)

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join('?' if size is None else str(size) for size in self.shape)}]"


def merge_probes(first: Spec, second: Spec) -> Spec:
    """The spec that two probes of the same computation agree on; sizes that differ are unknown."""
    return Spec(tuple(a if a == b else None for a, b in zip(first.shape, second.shape, strict=True)), first.dtype)


def spec_of(x: Tensor | Variable | np.ndarray) -> Spec:
    """The spec of an array, graph value or variable."""
    # The classes with a spec stand in modules above, so the attribute tells them apart, which the type checker does not follow.
    return x.spec if hasattr(x, "spec") else Spec(x.shape, x.dtype.name)  # type: ignore[union-attr]
