"""`KerasTensor` and records of calls, from which Functional models are built.

A `KerasTensor` stores the layer or op that produced it and the arguments of that call. A Functional model
replays those calls on real numbers or on graph values, so a layer used twice runs twice, and sizes that
were unknown when the model was built are known when it runs.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from glassworks import dtypes, tree
from glassworks.errors import DTypeError, ShapeError, returned_none
from glassworks.graph.array import Array, as_read_only
from glassworks.graph.operators import table
from glassworks.graph.sizes import as_open_shape
from glassworks.graph.spec import PROBES, Spec, merge_probes
from glassworks.graph.tracing import Trace
from glassworks.graph.value import Symbolic, Value
from glassworks.names import unique_name
from glassworks.plain_forms import Form, add_form
from glassworks.scope import Frame, scope

if TYPE_CHECKING:
    from glassworks.typing import Axis, DTypeLike, Shape, Tensor

P = ParamSpec("P")
R = TypeVar("R")

# What is tried in the place of an unknown size where the usual numbers fail: these two, and this many known sizes.
_MANY_DIVISORS = (24, 48)
_MOST_PROBES = 8
# Larger sizes are not tried, as some ops make constants of the size of the batch while they are traced.
_LARGEST_PROBE = 1 << 16


class KerasTensor(Symbolic):
    """A symbolic input or intermediate of a Functional model.

    Args:
        shape: The shape, with None for unknown sizes, usually the batch.
        dtype: The dtype of the data.
        name: A name for printing.

        sparse, ragged: Whether data of these kinds is meant; data here is dense.
        record_history: Whether calls on it are meant to be recorded, which Keras asks for.

    Attributes:
        call: The `Call` that produced it, or None for an input.

    >>> KerasTensor((None, 784), name="image")
    <KerasTensor shape=(None, 784), dtype=float32, name=image>
    """

    __slots__ = ("__weakref__", "_mask", "call", "name", "ragged", "record_history", "sparse", "spec")
    # What Keras says of ragged tensors, for those that are not.
    ragged_rank: int | None = None
    row_splits_dtype: str | None = None
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
        self.spec = Spec(as_open_shape(shape), dtypes.standardize(dtype))
        self.name = name or f"keras_tensor_{KerasTensor._count}"
        self.sparse, self.ragged, self.record_history = bool(sparse), bool(ragged), record_history
        self.call: Call | None = kwargs.get("call")
        self._mask: Tensor | Spec | None = None  # the shape of a mask that nobody has asked for yet

    @property
    def _keras_mask(self) -> Tensor | None:
        """The symbolic mask: one that was set, or the one that the layer of its call gives; None where all entries count."""
        if isinstance(self._mask, Spec):
            mask: KerasTensor = record_specs(mask_of, (self,), {}, self._mask)
            self._mask = mask
            return mask
        return self._mask

    @_keras_mask.setter
    def _keras_mask(self, mask: Tensor | None) -> None:
        self._mask = mask

    def reshape(self, newshape: Sequence[int]) -> Tensor:
        """The tensor with another shape; see `ops.reshape`."""
        return table["reshape"](self, newshape)

    def squeeze(self, axis: Axis = None) -> Tensor:
        """The tensor without axes of size 1; see `ops.squeeze`."""
        return table["squeeze"](self, axis)

    # Two symbolic tensors are equal if they are one, so that lists of them can be searched; `ops.equal` compares their numbers.
    def __eq__(self, other: object) -> bool | Array | Symbolic:  # type: ignore[override]  # entry by entry, as in NumPy
        return self is other if isinstance(other, KerasTensor) else super().__eq__(other)

    __hash__ = Symbolic.__hash__

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

    Unknown sizes are probed with two different numbers; sizes that differ between the results are unknown. A call may need an unknown
    size to be even, or equal to a size that is known; then it is probed with other numbers. Where fewer sizes of a result are unknown
    than of the arguments, a known one may be the lesser or the greater of it and the unknown one; then small and large ones are tried.
    """
    leaves = tree.flatten([list(args), kwargs])
    known = all(leaf.spec.known for leaf in leaves if isinstance(leaf, KerasTensor))
    try:
        answers = [_probed(function, args, kwargs, size) for size in (PROBES[:1] if known else PROBES)]
    except (ValueError, DTypeError):
        answers = [] if known else _probed_otherwise(function, args, kwargs)
        if not answers:
            raise
    try:
        merged = tree.map_structure(_merge, *answers)
    except ValueError as error:
        raise ShapeError(
            "a call whose number of results depends on a size that is None",
            "a number of results that is known when the model is built",
            "give the size, for example by keras.Input(batch_shape=...)",
        ) from error
    most = max((leaf.spec.shape.count(None) for leaf in leaves if isinstance(leaf, KerasTensor)), default=0)
    for size in _extremes(merged, most):
        with contextlib.suppress(ValueError, TypeError):
            more = [*answers, _probed(function, args, kwargs, size)]
            merged, answers = tree.map_structure(_merge, *more), more
    return merged


def _extremes(results: object, most: int) -> list[int]:
    """The sizes that show whether known sizes of results are limits of unknown ones: 1, and one that is larger than the known ones.

    Args:
        results: The structure of `Spec`s that the usual numbers gave.
        most: The largest number of unknown sizes that an argument has.
    """
    specs: list[Spec] = []
    _map_specs(lambda leaf: specs.append(leaf) if isinstance(leaf, Spec) else None, results)
    if all(spec.shape.count(None) >= most for spec in specs):
        return []
    large = max((spec.shape[0] for spec in specs if spec.shape and spec.shape[0] is not None), default=0)
    return [1, large + 1] if PROBES[1] <= large < _LARGEST_PROBE else [1]


def _probed_otherwise(function: Callable, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
    """What the call returns for all other numbers that it takes in the place of unknown sizes.

    First come numbers with many divisors, then sizes of the other arguments, of which one may stand for the unknown size, and 1, which
    broadcasts.
    """
    with contextlib.suppress(ValueError, DTypeError):
        return [_probed(function, args, kwargs, size) for size in _MANY_DIVISORS]
    answers = []
    for size in _known_sizes([*args, *kwargs.values()]):
        with contextlib.suppress(ValueError, DTypeError):
            answers.append(_probed(function, args, kwargs, size))
    return answers


def _probed(function: Callable, args: tuple, kwargs: dict[str, Any], size: int) -> object:
    """What the call returns in a trace with a number in the place of unknown sizes."""
    leaves = tree.flatten([list(args), kwargs])
    values = {leaf: Value(leaf.spec.with_size(size)) for leaf in leaves if isinstance(leaf, KerasTensor)}
    replace = functools.partial(_replace_tensor, values)
    with Trace():
        return function(*(tree.map_structure(replace, a) for a in args), **{k: tree.map_structure(replace, v) for k, v in kwargs.items()})


def _known_sizes(arguments: list[Any]) -> list[int]:
    """1 and the least of the numbers, sizes of arrays and lengths of lists among the arguments."""
    shapes: list[Any] = [leaf.shape if hasattr(leaf, "shape") else (leaf,) for leaf in tree.flatten(arguments)]
    shapes += [(len(argument),) for argument in arguments if isinstance(argument, (list, tuple))]
    sizes = {size for shape in shapes for size in shape if isinstance(size, int) and not isinstance(size, bool)}
    return sorted({1} | {size for size in sizes if 0 < size <= _LARGEST_PROBE})[:_MOST_PROBES]


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
    return functools.reduce(merge_probes, specs)


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
    specs, masks = _inferred(function or operation, args, kwargs)
    if specs is None or (isinstance(specs, Opaque) and specs.value is None):
        name = type(operation).__name__ if hasattr(operation, "call") else getattr(operation, "__name__", repr(operation))
        raise returned_none(f"{name}.call" if hasattr(operation, "call") else name)
    outputs = record_specs(operation, args, kwargs, specs)
    for output, mask in zip(tree.flatten(outputs), masks, strict=True):
        if isinstance(output, KerasTensor) and isinstance(mask, Spec):
            output._mask = mask
    return outputs


def _inferred(function: Callable, args: tuple, kwargs: dict[str, Any]) -> tuple[Any, list[Any]]:
    """What `infer_call` gives for a call whose inputs have their masks, and the specs of the masks of its results."""
    tensors = [leaf for leaf in tree.flatten([list(args), kwargs]) if isinstance(leaf, KerasTensor) and leaf._keras_mask is not None]

    def with_masks(*args: Any, **kwargs: Any) -> tuple[object, list[object]]:
        results = function(*args, **kwargs)
        return results, [getattr(leaf, "_keras_mask", None) for leaf in tree.flatten(results)]

    def masked(args: list[Any], kwargs: dict[str, Any], values: list[Any], masks: list[Any]) -> tuple[object, list[object]]:
        for value, mask in zip(values, masks, strict=True):
            value._keras_mask = mask
        return with_masks(*args, **kwargs)

    if not tensors:
        return infer_call(with_masks, args, kwargs)
    return infer_call(masked, (list(args), kwargs, tensors, [tensor._keras_mask for tensor in tensors]), {})


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


def mask_of(x: Tensor) -> Tensor | None:
    """The mask that travels with a tensor, for models that use the mask of one of their tensors."""
    return getattr(x, "_keras_mask", None)


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


def _tensor_config(tensor: KerasTensor, _: object) -> dict[str, Any]:
    history = getattr(tensor, "_keras_history", None)  # the operation, and the places of its call and output
    place = [history[0].name, *history[1:]] if history else None
    return {"shape": tensor.shape, "dtype": tensor.dtype, "keras_history": place}


# The tensor alone: what made it is part of the config of a model.
add_form("__keras_tensor__", Form(KerasTensor, _tensor_config, lambda inner, _: KerasTensor(inner["shape"], inner["dtype"])))
