"""`Variable`: named state that a graph reads and writes: weights, optimizer slots, metric totals, random counters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes
from glassworks.context import context
from glassworks.copying import Copyable
from glassworks.errors import ArgumentTypeError, ShapeError
from glassworks.graph.array import Array, aligned_empty, as_array, frozen
from glassworks.graph.operators import Operators, table
from glassworks.graph.spec import Spec
from glassworks.graph.state import active_trace, stateless_scope, untraced
from glassworks.graph.value import Symbolic, Value
from glassworks.guards import Setting
from glassworks.memory import in_words, require
from glassworks.names import scoped

if TYPE_CHECKING:
    from glassworks.typing import ArrayLike, DTypeLike, Shape, Tensor

# The memory that an initializer needs, as a multiple of the variable's: random bits, intermediate results, and the value.
_WHILE_INITIALIZED = 3


class Variable(Operators, Copyable):
    """A named array that training changes.

    Args:
        initializer: An array, or a function of (shape, dtype) that returns one.
        shape: The shape; needed with a function.
        dtype: The dtype; `floatx()` by default, or that of the array.
        trainable: Whether an optimizer may change it.
        autocast: Whether mixed-precision layers read it in their compute dtype.
        name: Its name; `path` adds the layer's.

    >>> v = Variable([1.0, 2.0], name="kernel")
    >>> v.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    """

    trainable: Any = Setting()
    autocast: Any = Setting()
    regularizer: Any = Setting()
    constraint: Any = Setting()

    def __init__(
        self,
        initializer: ArrayLike | Callable[..., ArrayLike],
        shape: Shape | None = None,
        dtype: DTypeLike = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        layout: object = None,
        **kwargs: Any,
    ) -> None:
        self.name = name or "variable"
        self.path = scoped(self.name)
        self.trainable = trainable
        self.autocast = autocast
        self.aggregation = aggregation
        self.regularizer = None
        self.constraint = None
        # The value is in `_snapshot`, or, where that is None, in `_memory`, in which a native program works.
        self._snapshot: Array | None = None
        self._memory: np.ndarray | None = None
        self._memory_is_current = False
        self.version = 0  # counts assignments, so that values derived from the variable can be refreshed
        self._array = frozen(self._initial(initializer, shape, dtype))
        self.spec = Spec(self._array.shape, self._array.dtype.name)

    @property
    def _array(self) -> Array:
        """The current value as a read-only snapshot: programs that run later work in other memory."""
        if self._snapshot is None:
            self._snapshot = frozen(np.array(self._memory))
        return self._snapshot

    @_array.setter
    def _array(self, array: Array) -> None:
        self._snapshot = array
        self._memory_is_current = False
        self.version += 1

    def memory(self) -> np.ndarray:
        """Memory that holds the value, for programs that work in place; call `note` before the program and `memory_changed` after it."""
        if self._memory is None:
            self._memory = aligned_empty(self.spec.shape, self._array.dtype)
        if not self._memory_is_current:
            np.copyto(self._memory, self._array)
            self._memory_is_current = True
        return self._memory

    def ensure_current(self) -> None:
        """Copy the value to the memory that `memory` returns, unless it is there already; called before a program reads it."""
        if not self._memory_is_current:
            self.memory()

    def note(self) -> None:
        """Record the current value in open journals, before it changes."""
        for notes in context.journals:
            notes.setdefault(self, self._array)

    def memory_changed(self) -> None:
        """Mark that a program has written a new value to the memory."""
        self._snapshot = None
        self.version += 1

    def __getstate__(self) -> dict[str, Any]:
        # The memory belongs to the programs of this process; a copy gets its own.
        return {**vars(self), "_snapshot": np.array(self._array), "_memory": None, "_memory_is_current": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _snapshot=frozen(state["_snapshot"]))

    def _initial(self, initializer: ArrayLike | Callable[..., ArrayLike], shape: Any, dtype: DTypeLike) -> Array:
        if isinstance(initializer, Symbolic):
            raise ArgumentTypeError(
                f"variable {self.name!r} initialised from the symbolic value {initializer.spec}",
                "numbers, or a function of (shape, dtype)",
                "create variables in __init__ or build(), from an initializer",
            )
        with untraced():
            if callable(initializer):
                if shape is None:
                    raise ArgumentTypeError(f"variable {self.name!r} without a shape", "a shape", "pass shape=(...) with the initializer")
                self._require_memory(tuple(shape), dtype)
                array = np.asarray(initializer(tuple(shape), dtype=dtypes.standardize(dtype)))
                return as_array(array, dtypes.numpy_dtype(dtype)).copy().view(Array)
            array = np.asarray(initializer)
            if dtype is None:
                # Python floats take the default float type; arrays keep their own.
                keeps = isinstance(initializer, np.ndarray) or array.dtype.kind != "f"
                dtype = array.dtype if keeps else None
            target = dtypes.numpy_dtype(dtype)
            array = np.array(array, dtype=target)
            if shape is not None and tuple(shape) != array.shape:
                array = np.broadcast_to(array, tuple(shape)).copy()
            return array.view(Array)

    def _require_memory(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        size = math.prod(shape) * dtypes.numpy_dtype(dtype).itemsize
        found = f"a variable {self.name!r} of shape {shape}, which takes {in_words(size)}, and what its initializer works with"
        require(_WHILE_INITIALIZED * size, found, "use smaller sizes: fewer units, a shorter or pooled input, a smaller vocabulary")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.spec.shape  # type: ignore[return-value]

    @property
    def dtype(self) -> str:
        """The dtype in which the value is read: the compute dtype inside a mixed-precision layer."""
        return self._compute_dtype() or self.spec.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.spec.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.spec.size

    @property
    def value(self) -> Tensor:
        """The current value as a read-only array; inside a trace, the graph value that stands for it."""
        current = self._stored()
        if current is self._snapshot:
            for tape in context.tapes:
                tape.watch_variable(self, current)
        dtype = self._compute_dtype()
        return current if dtype is None else table["cast"](current, dtype)

    def _compute_dtype(self) -> str | None:
        """The dtype to which the value is cast where it is read here; None where it is read as it is."""
        wanted = context.autocast
        casts = wanted is not None and self.autocast and wanted != self.spec.dtype and dtypes.is_float(self.spec.dtype)
        return wanted if casts else None

    @property
    def array(self) -> Array:
        """The current array, even inside a trace or under a tape. Engines read it."""
        return self._array

    def peek(self) -> np.ndarray:
        """The current value without a copy: read-only, and valid only until the next step."""
        return self._snapshot if self._snapshot is not None else self._memory  # type: ignore[return-value]

    def set_array(self, array: np.ndarray) -> None:
        """Set the value to an array of the same shape and dtype, without checks. Engines call it after a step.

        The variable takes over the array, which becomes read-only.
        """
        self.note()
        self._array = frozen(array)

    def numpy(self) -> np.ndarray:
        """A copy of the value as a NumPy array."""
        return np.array(self._array)

    def assign(self, value: ArrayLike) -> Tensor:
        """Set the value; inside a trace, for the rest of the graph."""
        trace = active_trace()
        if isinstance(value, Variable):
            value = value.value
        if not isinstance(value, (Value, Array)):
            value = as_array(value)
        if tuple(value.shape) != self.shape:
            raise ShapeError(
                f"a value of shape {tuple(value.shape)} for the variable {self.path!r}",
                f"shape {self.shape}",
                "assign an array of the variable's own shape",
            )
        holder = stateless_scope() or trace
        if holder is not None:
            holder.write(self, table["cast"](value, self.spec.dtype))
            return value
        if isinstance(value, Value):
            raise value._no_numbers(f"an assignment to variable {self.path!r}")
        self.note()
        # A new array each time: tapes may still hold the old one.
        self._array = frozen(np.array(value, dtype=dtypes.numpy_dtype(self.spec.dtype)))
        return self._array

    def assign_add(self, value: ArrayLike) -> Tensor:
        """Add an array to the value."""
        return self.assign(table["add"](self._stored(), value))

    def assign_sub(self, value: ArrayLike) -> Tensor:
        """Subtract an array from the value."""
        return self.assign(table["subtract"](self._stored(), value))

    def _stored(self) -> Tensor:
        """The value in the current `StatelessScope` or trace, if there is one, else the array."""
        scope = stateless_scope()
        if scope is not None and self in scope.values:
            return scope.values[self]
        trace = active_trace()
        return trace.read(self) if trace is not None else self._array

    def __array__(self, dtype: DTypeLike = None, copy: bool | None = None) -> np.ndarray:
        current = self.value
        if isinstance(current, Symbolic):
            raise current._no_numbers("a NumPy array")
        plain = current.view(np.ndarray)
        return np.array(plain, dtype=dtype) if copy else np.asarray(plain, dtype=dtype)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.spec.dtype}, value={self._array}>"
