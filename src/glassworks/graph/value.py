"""`Value`: a place in a graph that will hold numbers. It has a shape and a dtype, and the node that makes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, SupportsIndex

from glassworks.errors import GraphError, NoNumbersError
from glassworks.graph.array import compact
from glassworks.graph.operators import UFUNCS, Operators, table
from glassworks.graph.spec import Spec

if TYPE_CHECKING:
    import numpy as np

    from glassworks.graph.node import Node
    from glassworks.typing import Tensor


class Symbolic(Operators):
    """The base of values that have a shape and a dtype but no numbers."""

    __slots__ = ()
    spec: Spec
    _keras_mask: Tensor | None  # which entries count, where a layer or loss says so

    @property
    def shape(self) -> tuple:
        """The static shape; sizes that are not known are None."""
        return self.spec.shape

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.spec.shape)

    @property
    def size(self) -> int | None:
        """The number of elements, or None where a size is unknown."""
        return self.spec.size if self.spec.known else None

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise GraphError(f"len() of a symbolic value {self.spec}", "a known first size", "use ops.shape(x)[0]")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def _no_numbers(self, wanted: str) -> NoNumbersError:
        return NoNumbersError(
            f"{wanted} of the symbolic value {self.spec}, which has no numbers yet",
            "numbers, which exist only when the graph runs",
            "use glassworks.ops instead of NumPy or Python branches here; for a look inside, run the model eagerly on a small array",
        )

    def __array__(self, *_args: Any, **_kwargs: Any) -> np.ndarray:
        raise self._no_numbers("a NumPy array")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Call the op for an operator with a NumPy array on its left; refuse other NumPy functions, which need numbers."""
        operator = UFUNCS.get(ufunc.__name__) if method == "__call__" and not kwargs else None
        if operator is None:
            raise self._no_numbers(f"numpy.{ufunc.__name__}")
        return table[operator](*inputs)

    def __float__(self) -> float:
        raise self._no_numbers("float()")

    def __int__(self) -> int:
        raise self._no_numbers("int()")

    def __index__(self) -> int:
        raise self._no_numbers("an index")

    def __bool__(self) -> bool:
        raise self._no_numbers("the truth (as in `if x:`)")

    def numpy(self) -> np.ndarray:
        """Raise an error: numbers exist only when the graph runs."""
        raise self._no_numbers(".numpy()")


class Value(Symbolic):
    """One value of a graph.

    Attributes:
        spec: Shape and dtype.
        node: The node that computes it; None for inputs, constants and variables.
        array: The numbers, for a constant.
        name: A name for inputs and variables.
    """

    __slots__ = ("_keras_mask", "array", "name", "node", "spec")

    def __init__(self, spec: Spec, node: Node | None = None, array: np.ndarray | None = None, name: str = "") -> None:
        self.spec, self.node, self.array, self.name = spec, node, array, name

    @classmethod
    def constant(cls, array: np.ndarray) -> Value:
        """A constant with the numbers that the array has now."""
        return cls(Spec(array.shape, array.dtype.name), array=compact(array))

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        # A value belongs to its trace. Copies of a layer that has one as an attribute get None instead.
        return type(None), ()

    def __repr__(self) -> str:
        label = f" {self.name}" if self.name else ""
        return f"<Value{label} {self.spec}>"
