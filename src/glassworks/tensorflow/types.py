"""Classes that programs name: `TensorSpec`, `TensorShape`, `TensorArray`, `Module`, `UnconnectedGradients`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassworks import ops
from glassworks.dtypes import standardize
from glassworks.errors import StateError
from glassworks.graph import Variable
from glassworks.layers import Layer
from glassworks.typing import ArrayLike, DTypeLike, Tensor


class TensorSpec:
    """The shape and dtype of a tensor.

    Args:
        shape: The size of each axis; None where it is not known.
        dtype: The dtype.
        name: A name.

    >>> TensorSpec((None, 3))
    TensorSpec(shape=(None, 3), dtype='float32')
    """

    def __init__(self, shape: Sequence[int | None] | None = None, dtype: DTypeLike = "float32", name: str | None = None) -> None:
        self.shape = None if shape is None else tuple(shape)
        self.dtype = "string" if dtype == "string" else standardize(dtype)
        self.name = name

    @classmethod
    def from_tensor(cls, tensor: Tensor, name: str | None = None) -> TensorSpec:
        """The spec of a tensor.

        >>> TensorSpec.from_tensor(ops.ones((2,)))
        TensorSpec(shape=(2,), dtype='float32')
        """
        return cls(ops.shape(tensor), ops.dtype(tensor), name)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


class TensorShape(tuple[int | None, ...]):
    """A shape: a tuple with TensorFlow's methods.

    >>> shape = TensorShape([None, 3])
    >>> shape.as_list(), shape.rank, shape.is_fully_defined()
    ([None, 3], 2, False)
    """

    __slots__ = ()

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    ndims = rank

    def as_list(self) -> list[int | None]:
        """The sizes as a list."""
        return list(self)

    def is_fully_defined(self) -> bool:
        """Whether all sizes are known."""
        return None not in self

    def num_elements(self) -> int | None:
        """The number of elements; None if a size is not known."""
        count = 1
        for size in self:
            if size is None:
                return None
            count *= size
        return count


class UnconnectedGradients:
    """What `GradientTape.gradient` gives for sources that the target does not depend on.

    >>> UnconnectedGradients.ZERO
    'zero'
    """

    NONE, ZERO = "none", "zero"


class TensorArray:
    """A list of tensors that a loop writes, and stacks at its end.

    Args:
        dtype: Its dtype.
        size: The number of tensors.
        dynamic_size: Ignored; it grows as it is written.
        clear_after_read: Ignored.
        tensor_array_name: Ignored.
        element_shape: Ignored.

    >>> array = TensorArray("float32", size=2)
    >>> for i in range(2):
    ...     array = array.write(i, 10.0 * i)
    >>> array.stack().numpy()
    array([ 0., 10.], dtype=float32)
    """

    def __init__(
        self,
        dtype: DTypeLike,
        size: int = 0,
        dynamic_size: bool = False,
        clear_after_read: bool = True,
        tensor_array_name: str | None = None,
        element_shape: Sequence[int | None] | None = None,
    ) -> None:
        self.dtype = standardize(dtype)
        self._entries: list[Tensor | None] = [None] * int(size)

    def write(self, index: int, value: ArrayLike, name: str | None = None) -> TensorArray:
        """Write an entry; the array itself is returned."""
        index = int(index)
        self._entries += [None] * (index + 1 - len(self._entries))
        self._entries[index] = ops.cast(value, self.dtype)
        return self

    def read(self, index: int, name: str | None = None) -> Tensor:
        """An entry.

        Raises:
            StateError: It was not written.
        """
        entry = self._entries[int(index)]
        if entry is None:
            raise StateError(f"entry {int(index)}, which was not written", "an entry", "call write first", where="TensorArray.read")
        return entry

    def stack(self, name: str | None = None) -> Tensor:
        """All entries along a new first axis."""
        return ops.stack([self.read(index) for index in range(len(self._entries))])

    def concat(self, name: str | None = None) -> Tensor:
        """All entries one behind the other along their first axis."""
        return ops.concatenate([self.read(index) for index in range(len(self._entries))], 0)

    def unstack(self, value: ArrayLike, name: str | None = None) -> TensorArray:
        """Write the entries along the first axis of a tensor."""
        self._entries = list(ops.unstack(value))
        return self

    def size(self, name: str | None = None) -> int:
        """The number of entries."""
        return len(self._entries)


class Module:
    """A class of your own with variables, which it finds in its attributes. Where you can, write a `keras.Layer` instead.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         super().__init__(name="line")
    ...         self.slope = Variable(2.0)
    ...     def __call__(self, x):
    ...         return self.slope * x
    >>> float(Line()(3.0)), len(Line().trainable_variables)
    (6.0, 1)
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__.lower()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables in the attributes, and in the modules, layers, lists and dicts that they hold."""
        return tuple(dict.fromkeys(_variables_in(vars(self))))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The variables that are trained."""
        return tuple(variable for variable in self.variables if variable.trainable)


def _variables_in(value: object) -> Iterator[Variable]:
    if isinstance(value, Variable):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _variables_in(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _variables_in(entry)
    elif isinstance(value, (Module, Layer)):
        yield from value.variables
