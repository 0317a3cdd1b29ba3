"""`GradientTape`, `grad` and `value_and_grad`: gradients of Python code, eager or traced."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, tree
from glassworks.context import context
from glassworks.errors import ArgumentError, ArgumentTypeError, StateError
from glassworks.graph.array import Array, as_array, as_read_only
from glassworks.graph.backward import backward
from glassworks.graph.node import Node
from glassworks.graph.operators import table
from glassworks.graph.primitive import Primitive
from glassworks.graph.spec import spec_of
from glassworks.graph.state import active_trace
from glassworks.graph.value import Value
from glassworks.graph.variable import Variable

if TYPE_CHECKING:
    from glassworks.typing import Structure, Tensor


class GradientTape:
    """Record what is computed, to differentiate it afterwards.

    Trainable variables are watched when they are read; arrays must be watched explicitly. Tapes can be nested
    for higher derivatives. Inside traced code the graph itself is the record.

    Args:
        persistent: Whether to keep the record after the first `gradient` call.
        watch_accessed_variables: Whether to watch trainable variables automatically.

    >>> from glassworks import ops
    >>> x = ops.array([3.0])
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> tape.gradient(y, x).numpy()
    array([6.], dtype=float32)
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = persistent
        self._watches_variables = watch_accessed_variables
        self._used = False
        self.reset()

    def reset(self) -> None:
        """Forget everything recorded so far."""
        self._values: dict[int, tuple[Any, Value]] = {}
        self._arrays: dict[Value, Any] = {}
        self._variables: dict[Variable, list[Value]] = {}

    def __enter__(self) -> GradientTape:
        context.tapes = (*context.tapes, self)
        return self

    def __exit__(self, *_exception: object) -> None:
        context.tapes = tuple(tape for tape in context.tapes if tape is not self)

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Compute without recording, inside the tape's `with` block."""
        outer = context.tapes
        context.tapes = tuple(tape for tape in outer if tape is not self)
        try:
            yield
        finally:
            context.tapes = outer

    def watch(self, tensor: Structure) -> None:
        """Record what is computed from these arrays or variables (any structure of them)."""
        trace = active_trace()
        for leaf in tree.flatten(tensor):
            if isinstance(leaf, np.ndarray) and trace is not None:
                trace.watch(leaf)
            elif isinstance(leaf, Variable):
                self._watch_array(leaf.array, leaf)
            elif isinstance(leaf, np.ndarray):
                self._watch_array(leaf, None)
            elif not isinstance(leaf, Value):
                raise ArgumentTypeError(
                    f"watch({leaf!r})",
                    "an array made by glassworks.ops, or a variable",
                    "wrap it first: x = ops.array(x)",
                    where="GradientTape.watch",
                )

    def watch_variable(self, variable: Variable, array: Array) -> None:
        """Called when a variable is read while the tape records."""
        if variable in self._variables or (self._watches_variables and variable.trainable):
            self._watch_array(array, variable)

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables read so far, in the order of their first reading."""
        return tuple(self._variables)

    def tracks(self, array: np.ndarray) -> bool:
        """Whether gradients would flow to or through this array."""
        return id(array) in self._values

    def _watch_array(self, array: np.ndarray, variable: Variable | None) -> None:
        if id(array) not in self._values:
            self._remember(array, Value(spec_of(array)))
        if variable is not None:
            values = self._variables.setdefault(variable, [])
            value = self._values[id(array)][1]
            if value not in set(values):
                values.append(value)

    def _remember(self, array: np.ndarray, value: Value) -> None:
        # The reference keeps the array alive, so that its id is not reused while the tape exists. What the user writes to it
        # later must not change the gradient, so a copy replaces it; outer tapes must know the copy, too.
        kept = next((tape._arrays[tape._values[id(array)][1]] for tape in context.tapes if tape.tracks(array)), None)
        kept = as_read_only(array) if kept is None else kept
        self._values[id(array)] = (array, value)
        self._values[id(kept)] = (kept, value)
        self._arrays[value] = kept

    def record(self, primitive: Primitive, operands: Sequence[Any], attributes: dict[str, Any], outputs: Sequence[Any]) -> None:
        """Called for every eager op while the tape is active."""
        if not any(id(operand) in self._values for operand in operands):
            return
        node = Node(primitive, [self._value_of(operand) for operand in operands], attributes)
        for array, value in zip(outputs, node.outputs, strict=True):
            if id(array) in self._values:  # an op that returned its input: keep both identities apart
                continue
            self._remember(array, value)

    def _value_of(self, operand: np.ndarray) -> Value:
        if id(operand) not in self._values:
            if not any(tape.tracks(operand) for tape in context.tapes):
                # No gradient flows to it, so it needs no identity; it may have other numbers when it is used again.
                return Value.constant(operand)
            self._remember(operand, Value(spec_of(operand)))
        return self._values[id(operand)][1]

    def gradient(
        self, target: Structure, sources: Structure, output_gradients: Structure = None, unconnected_gradients: str = "none"
    ) -> Any:
        """Gradients of the target(s) with respect to the sources, in the structure of `sources`.

        Args:
            target: What was computed; several are summed.
            sources: Watched arrays or variables, in any structure.
            output_gradients: The gradient of each target; ones by default.
            unconnected_gradients: `"none"` (default) or `"zero"`: what to give where the target does not depend on a source.

        Raises:
            StateError: A second call on a tape that is not persistent.
        """
        if self._used and not self.persistent:
            raise StateError(
                "a second gradient() call on the same tape", "one call", "use GradientTape(persistent=True)", where="GradientTape.gradient"
            )
        if unconnected_gradients not in ("none", "zero"):
            raise ArgumentError(f"unconnected_gradients={unconnected_gradients!r}", "'none' or 'zero'", where="GradientTape.gradient")
        self._used = True
        targets, flat = tree.flatten(target), tree.flatten(sources)
        seeds = tree.flatten(output_gradients) if output_gradients is not None else [None] * len(targets)
        # An array of ours stays the object it is: another tape may be watching it.
        seeds = [as_array(s) if isinstance(s, (int, float, list, np.ndarray)) and not isinstance(s, Array) else s for s in seeds]
        if any(isinstance(leaf, Value) for leaf in targets) or active_trace() is not None:
            results = _symbolic_gradients(targets, flat, seeds)
        else:
            with self.stop_recording():
                results = self._recorded_gradients(targets, flat, seeds)
        if unconnected_gradients == "zero":
            results = [table["zeros"](s.shape, spec_of(s).dtype) if g is None else g for s, g in zip(flat, results, strict=True)]
        if not self.persistent:
            self.reset()
        return tree.pack_sequence_as(sources, results)

    def jacobian(self, target: Tensor, sources: Structure, unconnected_gradients: str = "none", **_options: object) -> Structure:
        """The gradients of each entry of the target: for each source an array of the target's shape followed by the source's.

        Args:
            target: One array.
            sources: Watched arrays or variables, in any structure.
            unconnected_gradients: See `gradient`.
            **_options: TensorFlow's `parallel_iterations` and `experimental_use_pfor` are ignored.

        >>> from glassworks import ops
        >>> x = ops.array([1.0, 2.0])
        >>> with GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tape.jacobian(y, x).numpy()
        array([[2., 0.],
               [0., 4.]], dtype=float32)
        """
        shape, persistent = tuple(target.shape), self.persistent
        size, dtype = math.prod(shape), spec_of(target).dtype
        self.persistent = True
        try:
            rows = []
            for place in range(size):
                seed = np.zeros(size, dtypes.numpy_dtype(dtype))
                seed[place] = 1
                rows.append(tree.flatten(self.gradient(target, sources, seed.reshape(shape), unconnected_gradients)))
        finally:
            self.persistent = persistent
        if not persistent:
            self.reset()
        columns = [_stacked(parts, shape) for parts in zip(*rows, strict=True)]
        return tree.pack_sequence_as(sources, columns)

    def batch_jacobian(self, target: Tensor, source: Tensor, unconnected_gradients: str = "none", **_options: object) -> Tensor | None:
        """The Jacobian of each row: of shape (rows, *target's, *source's), where a row of the target depends on its own row of the source.

        >>> from glassworks import ops
        >>> x = ops.array([[1.0, 2.0], [3.0, 4.0]])
        >>> with GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tape.batch_jacobian(y, x)[1].numpy()
        array([[6., 0.],
               [0., 8.]], dtype=float32)
        """
        full = self.jacobian(target, source, unconnected_gradients)
        if not isinstance(full, (Array, Value)):
            return None
        rows, inner = target.shape[0], target.ndim
        return table["stack"]([full[(row, *[slice(None)] * (inner - 1), row)] for row in range(rows)])

    def _recorded_gradients(self, targets: list, sources: list, seeds: list) -> list:
        pairs = [(self._values[id(t)][1], seed) for t, seed in zip(targets, seeds, strict=True) if id(t) in self._values]
        groups = [self._values_of(source) for source in sources]
        values = [value for group in groups for value in group]
        gradients = iter(backward([t for t, _ in pairs], values, [s for _, s in pairs], self._array_of))
        results = []
        for group in groups:
            parts = [part for part in (next(gradients) for _ in group) if part is not None]
            total = parts[0] if parts else None
            for part in parts[1:]:
                total = table["add"](total, part)
            results.append(total)
        return results

    def _array_of(self, value: Value) -> np.ndarray:
        return self._arrays[value] if value.array is None else value.array

    def _values_of(self, source: object) -> list[Value]:
        if isinstance(source, Variable):
            return self._variables.get(source, [])
        return [self._values[id(source)][1]] if id(source) in self._values else []


def _stacked(gradients: tuple, shape: tuple[int, ...]) -> Tensor | None:
    """The gradients of all entries of a target of this shape, in its shape; None if it does not depend on the source."""
    if gradients[0] is None:
        return None
    return table["reshape"](table["stack"](gradients), (*shape, *gradients[0].shape))


def _symbolic_gradients(targets: list, sources: list, seeds: list) -> list:
    trace = active_trace()
    reads = trace.reads if trace is not None else {}
    watched = [trace.watched(s) if trace is not None else None for s in sources]
    values = [
        reads.get(s, Value(s.spec)) if isinstance(s, Variable) else s if value is None else value
        for s, value in zip(sources, watched, strict=True)
    ]
    return backward([t for t in targets if isinstance(t, Value)], values, seeds, lambda value: value)


def value_and_grad(function: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable:
    """A function that returns `(function(...), gradients)`, the gradients with respect to the chosen arguments.

    Args:
        function: Returns a scalar, or `(scalar, auxiliary)` with `has_aux`.
        argnums: Which positional arguments to differentiate with respect to; each may be a structure of arrays or variables.

    >>> from glassworks import ops
    >>> value, gradient = value_and_grad(lambda w: ops.sum(w * w))(ops.array([1.0, 2.0]))
    >>> float(value), gradient.numpy()
    (5.0, array([2., 4.], dtype=float32))
    """
    several = not isinstance(argnums, int)
    chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def wrapped(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        args_list = [tree.map_structure(_watchable, arg) if i in chosen else arg for i, arg in enumerate(args)]
        with GradientTape() as tape:
            tape.watch([args_list[i] for i in chosen])
            result = function(*args_list, **kwargs)
        target = result[0] if has_aux else result
        gradients = tape.gradient(target, [args_list[i] for i in chosen], unconnected_gradients="zero")
        return result, tuple(gradients) if several else gradients[0]

    return wrapped


def grad(function: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable:
    """A function that returns the gradients of `function` with respect to the chosen arguments.

    >>> from glassworks import ops
    >>> cube = lambda x: x * x * x
    >>> float(grad(cube)(2.0)), float(grad(grad(cube))(2.0))
    (12.0, 12.0)
    """
    both = value_and_grad(function, argnums, has_aux)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result, gradients = both(*args, **kwargs)
        return (gradients, result[1]) if has_aux else gradients

    return wrapped


def _watchable(leaf: object) -> Any:
    if isinstance(leaf, (Value, Variable, Array)):
        return leaf
    array = np.asarray(leaf)
    if not dtypes.is_float(array.dtype.name):
        array = array.astype(dtypes.numpy_dtype(None))
    return as_array(array if isinstance(leaf, np.ndarray) else array.astype(dtypes.numpy_dtype(None)))
