"""`Variable`: named state that a graph reads and writes: weights, optimizer slots, metric totals, random counters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, registry
from glassworks.context import context
from glassworks.copying import Copyable
from glassworks.errors import ArgumentError, ArgumentTypeError, ShapeError
from glassworks.graph.array import Array, aligned_empty, as_array, frozen
from glassworks.graph.operators import Operators, table
from glassworks.graph.spec import Spec
from glassworks.graph.state import active_trace, stateless_scope, untraced
from glassworks.graph.value import Symbolic, Value
from glassworks.graph.variable_arguments import (
    AGGREGATIONS,
    SYNCHRONIZATIONS,
    accept_tensorflow,
    function_or_none,
    one_of,
    place,
    sizes,
    switch,
    variable_name,
)
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
        initializer: An array or a number; or the name of an initializer, an initializer, or another function of (shape, dtype) that
            returns an array. `tf.Variable` calls it `initial_value`.
        shape: The shape, needed where the initializer is a name or function; an array has its own.
        dtype: The dtype; by default `floatx()`, or that of the array.
        trainable: Whether an optimizer may change it.
        autocast: Whether mixed-precision layers read it in their compute dtype.
        aggregation: How replicas of it would be combined: `"none"`, `"mean"`, `"sum"` or `"only_first_replica"`. An annotation for others.
        synchronization: When replicas of it would be combined: `"auto"`, `"none"`, `"on_read"` or `"on_write"`. An annotation for others.
        name: Its name, `"variable"` with a number by default; `path` adds the layer's.
        layout: Accepted as in Keras; variables are not sharded.

    Attributes:
        overwrite_with_gradient: Whether optimizers set the variable to its gradient, as layers with scales of 8-bit floats need it.
        regularizer: A function that gives the penalty of the value, or None.
        constraint: A function that gives the nearest allowed value, which optimizers apply after each update, or None.

    Raises:
        ArgumentError: A function without a shape, an unknown initializer, or a name, aggregation or synchronization that is not allowed.
        ShapeError: A size is unknown or not an integer.

    >>> v = Variable([1.0, 2.0], name="kernel")
    >>> v.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    >>> Variable("ones", shape=(2, 3), dtype="int32").numpy().sum()
    np.int64(6)
    """

    trainable = Setting(bool)
    autocast = Setting(bool)
    regularizer = Setting(partial(function_or_none, "regularizer"))
    constraint = Setting(partial(function_or_none, "constraint"))
    overwrite_with_gradient = Setting(partial(switch, "overwrite_with_gradient"))

    @accept_tensorflow
    def __init__(
        self,
        initializer: ArrayLike | str | Callable[..., ArrayLike],
        shape: Shape | None = None,
        dtype: DTypeLike = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: object = None,
        **kwargs: Any,
    ) -> None:
        self.name = variable_name(name, registry.snake_case(type(self).__name__))
        self.path = scoped(self.name)
        self.trainable = trainable
        self.autocast = autocast
        self.aggregation = one_of("aggregation", aggregation, AGGREGATIONS)
        self.synchronization = one_of("synchronization", synchronization, SYNCHRONIZATIONS)
        self.regularizer = None
        self.constraint = None
        self.overwrite_with_gradient = False
        # The value is in `_snapshot`, or, where that is None, in `_memory`, in which a native program works.
        self._snapshot: Array | None = None
        self._memory: np.ndarray | None = None
        self._memory_is_current = False
        self._pending: Callable[[], Array] | None = None  # computes the initial value where that is deferred
        self.version = 0  # counts assignments, so that values derived from the variable can be refreshed
        initializer = registry.registry("initializers").get(initializer) if isinstance(initializer, str) else initializer
        if callable(initializer):
            self._initialize(initializer, shape, dtype)
        else:
            self._array = frozen(self._initial(initializer, dtype))
            self.spec = Spec(self._array.shape, self._array.dtype.name)

    def _initialize(self, initializer: Callable[..., ArrayLike], shape: Shape | None, dtype: DTypeLike) -> None:
        """Set the spec and the value, which is computed later while values are deferred."""
        if shape is None:
            fix = "pass shape=(...), or an array instead of the initializer"
            raise ArgumentError(f"the initializer {initializer!r} for {self.name!r} without a shape", "a shape", fix, where=place())
        spec = Spec(sizes(shape), dtypes.standardize(dtype))
        if context.deferral is not None:
            self.spec = spec
            self._pending = lambda: self._computed(initializer, spec)
            context.deferral.add(self)
        else:
            self._array = frozen(self._computed(initializer, spec))
            self.spec = Spec(self._array.shape, self._array.dtype.name)

    @property
    def _array(self) -> Array:
        """The current value as a read-only snapshot: programs that run later work in other memory."""
        if self._pending is not None:
            self._array = frozen(self._pending())
        snapshot = self._snapshot
        if snapshot is None:
            snapshot = self._snapshot = frozen(np.array(self._memory))
        return snapshot

    @_array.setter
    def _array(self, array: Array) -> None:
        self._snapshot = array
        self._pending = None
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
        return {**vars(self), "_snapshot": np.array(self._array), "_memory": None, "_memory_is_current": False, "_pending": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _snapshot=frozen(state["_snapshot"]))

    def _initial(self, value: ArrayLike, dtype: DTypeLike) -> Array:
        """A copy of an array or number, with the dtype that ops give it if none is asked for."""
        if isinstance(value, Symbolic):
            raise ArgumentTypeError(
                f"variable {self.name!r} initialised from the symbolic value {value.spec}",
                "numbers, or a function of (shape, dtype)",
                "create variables in __init__ or build(), from an initializer",
                where=place(),
            )
        with untraced():
            given = value.array if isinstance(value, Variable) else value
            return np.array(table["operand"](given, None if dtype is None else dtypes.standardize(dtype))).view(Array)

    def _computed(self, initializer: Callable[..., ArrayLike], spec: Spec) -> Array:
        found = f"a variable {self.name!r} of shape {spec.shape}, which takes {in_words(spec.bytes)}, and what its initializer works with"
        fix = "use smaller sizes: fewer units, a shorter or pooled input, a smaller vocabulary"
        require(_WHILE_INITIALIZED * spec.bytes, found, fix)
        with untraced():
            array = np.asarray(initializer(spec.shape, dtype=spec.dtype))
        return as_array(array, dtypes.numpy_dtype(spec.dtype)).copy().view(Array)

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
        memory = self._memory
        if self._snapshot is None and memory is not None and self._memory_is_current:
            return memory
        return self._array

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
        new: Tensor = value if isinstance(value, (Value, Array)) else table["operand"](value)
        if tuple(new.shape) != self.shape:
            raise ShapeError(
                f"a value of shape {tuple(new.shape)} for the variable {self.path!r}",
                f"shape {self.shape}",
                "assign an array of the variable's own shape",
            )
        holder = stateless_scope() or active_trace()
        if holder is not None:
            new = table["cast"](new, self.spec.dtype)
            holder.write(self, new)
            return new
        if isinstance(new, Value):
            raise new._no_numbers(f"an assignment to variable {self.path!r}")
        self.note()
        # A new array each time: tapes may still hold the old one.
        self._array = frozen(np.array(new, dtype=dtypes.numpy_dtype(self.spec.dtype)))
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

    def __pos__(self) -> Tensor:  # type: ignore[override]  # its value, and not the variable
        return self.value

    def __float__(self) -> float:
        return float(self._only("float()"))

    def __int__(self) -> int:
        return int(self._only("int()"))

    def _only(self, wanted: str) -> Tensor:
        """The value of a variable that holds a single number."""
        if self.shape:
            fix = "take one entry first: variable[0]; or use variable.numpy()"
            raise ArgumentTypeError(f"{wanted} of the variable {self.path!r} of shape {self.shape}", "shape ()", fix)
        return self.value

    def __bool__(self) -> bool:
        found, fix = f"the variable {self.path!r} as a condition", "compare its number, `if float(v) > 0:`, or ask `if v is not None:`"
        raise ArgumentTypeError(found, "a bool", fix)

    def __len__(self) -> int:
        if not self.shape:
            raise ArgumentTypeError(
                f"len() of the variable {self.path!r}, which holds a single number", "at least one axis", "use its `size`"
            )
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.spec.dtype}, value={self._array}>"
