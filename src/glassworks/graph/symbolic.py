"""`KerasTensor` and records of calls, from which Functional models are built.

A `KerasTensor` stores the layer or op that produced it and the arguments of that call. A Functional model
replays those calls on real numbers or on graph values, so a layer used twice runs twice, and sizes that
were unknown when the model was built are known when it runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from glassworks import dtypes, tree
from glassworks.errors import DTypeError, returned_none
from glassworks.graph.array import as_read_only
from glassworks.graph.spec import Spec, merge_probes
from glassworks.graph.tracing import Trace
from glassworks.graph.value import Symbolic, Value
from glassworks.names import unique_name
from glassworks.scope import Frame, scope

if TYPE_CHECKING:
    from glassworks.typing import DTypeLike, Shape

P = ParamSpec("P")
R = TypeVar("R")


class KerasTensor(Symbolic):
    """A symbolic input or intermediate of a Functional model.

    Args:
        shape: The shape, with None for unknown sizes, usually the batch.
        dtype: The dtype of the data.
        name: A name for printing.

    Attributes:
        call: The `Call` that produced it, or None for an input.

    >>> KerasTensor((None, 784), name="image")
    <KerasTensor shape=(None, 784), dtype=float32, name=image>
    """

    __slots__ = ("__weakref__", "_keras_mask", "call", "name", "spec")
    _count = 0

    def __init__(
        self,
        shape: Shape,
        dtype: DTypeLike = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        KerasTensor._count += 1
        self.spec = Spec(tuple(shape), dtypes.standardize(dtype))
        self.name = name or f"keras_tensor_{KerasTensor._count}"
        self.call: Call | None = kwargs.get("call")

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class Call:
    """One recorded call of a layer or op.

    Attributes:
        operation: The layer, or the function of `ops`.
        args, kwargs: The arguments as passed, with `KerasTensor` leaves.
        outputs: The structure of `KerasTensor`s it returned.
        name: The name of the layer; names of ops are numbered as in Keras: `multiply`, `multiply_1`.
    """

    __slots__ = ("args", "kwargs", "name", "operation", "outputs")

    def __init__(self, operation: Any, args: tuple, kwargs: dict[str, Any], outputs: object, name: str | None = None) -> None:
        self.operation, self.args, self.kwargs, self.outputs = operation, args, kwargs, outputs
        self.name = name or getattr(operation, "name", None) or unique_name(getattr(operation, "__name__", "call"))

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic arguments, in order."""
        return [leaf for leaf in tree.flatten([list(self.args), self.kwargs]) if isinstance(leaf, KerasTensor)]

    def replay(self, value_of: Callable[[KerasTensor], Any], **overrides: Any) -> Any:
        """Repeat the call with other values in the place of the symbolic arguments."""

        def replace(leaf: object) -> Any:
            return value_of(leaf) if isinstance(leaf, KerasTensor) else leaf

        args = [tree.map_structure(replace, argument) for argument in self.args]
        kwargs = {name: tree.map_structure(replace, argument) for name, argument in self.kwargs.items()}
        return self.operation(*args, **(kwargs | overrides))


def has_keras_tensor(args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether any argument is, or contains, a `KerasTensor`."""
    for argument in args:
        if isinstance(argument, KerasTensor) or (isinstance(argument, (list, tuple, dict)) and _contains(argument)):
            return True
    if kwargs:
        return any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(kwargs))
    return False


def _contains(structure: list | tuple | dict) -> bool:
    children = structure.values() if isinstance(structure, dict) else structure
    return any(isinstance(c, KerasTensor) or (isinstance(c, (list, tuple, dict)) and _contains(c)) for c in children)


def infer_call(function: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
    """The structure of `Spec`s that a call returns, from a trace whose graph is discarded.

    Unknown sizes are probed with two different numbers; sizes that differ between the results are unknown.
    """
    tensors = [leaf for leaf in tree.flatten([list(args), kwargs]) if isinstance(leaf, KerasTensor)]
    probes = (0,) if all(tensor.spec.known for tensor in tensors) else (0, 1)
    answers = []
    for which in probes:
        values = {tensor: Value(tensor.spec.probe(which)) for tensor in tensors}
        replace = functools.partial(_replace_tensor, values)
        with Trace():
            result = function(
                *(tree.map_structure(replace, a) for a in args), **{k: tree.map_structure(replace, v) for k, v in kwargs.items()}
            )
        answers.append(result)
    return tree.map_structure(_merge, *answers)


def _replace_tensor(values: dict[KerasTensor, Value], leaf: object) -> Any:
    return values[leaf] if isinstance(leaf, KerasTensor) else leaf


class Opaque:
    """A leaf of a call's result that is not an array: a Python number, a string, None."""

    def __init__(self, value: object) -> None:
        self.value = value


def _merge(*leaves: Any) -> Any:
    if not hasattr(leaves[0], "shape"):
        return Opaque(leaves[0])
    specs = [leaf.spec if isinstance(leaf, Symbolic) else Spec(leaf.shape, leaf.dtype.name) for leaf in leaves]
    return merge_probes(*specs) if len(specs) == 2 else specs[0]


def record_call(operation: Callable, args: tuple, kwargs: dict[str, Any], function: Callable | None = None) -> Any:
    """Call symbolically: return `KerasTensor`s of the right shapes that store this call.

    Args:
        operation: The layer or op, which is replayed later.
        function: The function to trace for the shapes, if it is not `operation` itself.
    """
    text = next((leaf for leaf in tree.flatten([list(args), kwargs]) if isinstance(leaf, KerasTensor) and leaf.dtype == "string"), None)
    if text is not None:
        raise DTypeError(
            f"text ({text.name}, of dtype string) as input of {getattr(operation, 'name', None) or operation.__name__!r}",
            "numbers",
            "put layers.TextVectorization() in between (or layers.StringLookup() for categories)",
        )
    specs = infer_call(function or operation, args, kwargs)
    if specs is None or (isinstance(specs, Opaque) and specs.value is None):
        name = type(operation).__name__ if hasattr(operation, "call") else getattr(operation, "__name__", repr(operation))
        raise returned_none(f"{name}.call" if hasattr(operation, "call") else name)
    return record_specs(operation, args, kwargs, specs)


def record_specs(operation: Callable, args: tuple, kwargs: dict[str, Any], specs: object) -> Any:
    """`KerasTensor`s that store a call whose outputs have these specs."""
    # Arrays in the arguments belong to the user; the call keeps copies of their current numbers.
    args = tuple(tree.map_structure(_with_read_only_copy, argument) for argument in args)
    call = Call(operation, args, {name: tree.map_structure(_with_read_only_copy, argument) for name, argument in kwargs.items()}, None)

    def to_tensor(spec: Spec | Opaque) -> Any:
        return spec.value if isinstance(spec, Opaque) else KerasTensor(spec.shape, spec.dtype, call=call)

    call.outputs = _map_specs(to_tensor, specs)
    return call.outputs


def _with_read_only_copy(leaf: object) -> Any:
    return as_read_only(leaf) if isinstance(leaf, np.ndarray) else leaf


def _map_specs(function: Callable, structure: object) -> Any:
    if isinstance(structure, (Spec, Opaque)):
        return function(structure)
    if isinstance(structure, dict):
        return {key: _map_specs(function, child) for key, child in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(_map_specs(function, child) for child in structure)
    return structure


def op(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator of every public op: works on arrays, graph values, and symbolic tensors of Functional models.

    It also pushes the op's name on the stack of callers, where errors and graph nodes read it.
    """
    frame = Frame("ops", function.__name__)

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Any:
        with scope(frame):
            return record_call(wrapped, args, kwargs) if has_keras_tensor(args, kwargs) else function(*args, **kwargs)

    return wrapped
