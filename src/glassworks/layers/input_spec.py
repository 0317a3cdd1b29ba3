"""`InputSpec`: the expected rank, shape and dtype of a layer's inputs, checked at every call."""

from __future__ import annotations

from typing import Any

from glassworks import registry, tree
from glassworks.errors import ShapeError
from glassworks.graph import KerasTensor, as_open_shape
from glassworks.rearranging import rearranged
from glassworks.typing import DTypePolicyLike


class InputSpec:
    """Expected rank, shape and dtype of one input.

    Args:
        dtype: The expected dtype, or None for any.
        shape: The expected shape; None entries match any size.
        ndim, max_ndim, min_ndim: The expected number of axes.
        axes: Axis -> expected size.
        allow_last_axis_squeeze: Whether a missing or extra last axis of size 1 is accepted.
        optional: Whether the input may be None.

    >>> InputSpec(min_ndim=2, axes={-1: 784})
    InputSpec(min_ndim=2, axes={-1: 784})
    """

    _keras_module = "keras"  # in configs

    def __init__(
        self,
        dtype: DTypePolicyLike = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = dtype
        self.shape = as_open_shape(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        keys = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "allow_last_axis_squeeze", "name", "optional")
        return {key: getattr(self, key) for key in keys}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """A spec from its config."""
        return cls(**config)

    def rank_fix(self, shape: tuple, wanted: int) -> str:
        """The fix for inputs with a wrong number of axes."""
        fitting = fitting_code(shape, self.shape)
        if fitting:
            return fitting
        if len(shape) == wanted - 1:
            if self.shape is not None and None not in self.shape[1:] and self.shape[1:] == shape:
                return "this looks like one sample: add the batch axis with x[None]"
            if shape and shape[0] is None:
                return "add a last axis: ops.expand_dims(x, -1), or layers.Reshape"
            return f"add the missing axis: x[None] makes one sample a batch of shape {(1, *shape)}, x[..., None] adds a last axis"
        if len(shape) > wanted == 2:
            return "flatten the samples with layers.Flatten() or x.reshape(len(x), -1)"
        if len(shape) > wanted:
            return f"pass samples with {wanted - 1} {'axis' if wanted == 2 else 'axes'}, besides the batch"
        return "the first axis is the batch: samples first"

    def size_fix(self, shape: tuple, axis: int) -> str:
        """The fix for inputs with a wrong size at an axis."""
        return f"pass data with {self.axes[axis]} features, or make a new layer for data with {shape[axis]}"

    def __repr__(self) -> str:
        given = [f"{key}={value!r}" for key, value in self.get_config().items() if value]
        return f"InputSpec({', '.join(given)})"


registry.Registry("input_specs", "input spec").add(InputSpec)


def check_inputs(spec: object, inputs: object, layer_name: str) -> None:
    """Raise a `ShapeError` for the first input that its spec does not allow."""
    if spec is None:
        return
    if isinstance(spec, dict) and isinstance(inputs, dict):
        pairs = [(one, inputs.get(name), name) for name, one in spec.items()]
    else:
        specs, values = tree.flatten(spec), tree.flatten(inputs)
        if len(specs) != len(values):
            raise ShapeError(f"{len(values)} inputs", f"{len(specs)} inputs", f"call the layer '{layer_name}' with {len(specs)} inputs")
        pairs = [
            (one, value, "input" if len(specs) == 1 else f"input {i}") for i, (one, value) in enumerate(zip(specs, values, strict=True))
        ]
    for one, value, what in pairs:
        if one is not None and not (value is None and one.optional):
            _check_one(one, value, what)


def _check_one(spec: InputSpec, value: Any, what: str) -> None:
    if value is None or not hasattr(value, "shape"):
        if value is None:
            fix = "the layer or function before returned nothing: end its call with a return"
            raise ShapeError(f"{what} is NoneType", "an array", fix)
        if callable(value):
            raise ShapeError(f"{what} is {type(value).__name__}", "an array", "call it first: pass what it returns")
        raise ShapeError(f"{what} is {type(value).__name__}", "an array", "pass a NumPy array or the output of a layer")
    shape = tuple(value.shape)
    if spec.shape is not None and spec.allow_last_axis_squeeze and spec.ndim is not None:
        if len(shape) == spec.ndim - 1 and spec.shape[-1] == 1:
            shape = (*shape, 1)
        elif len(shape) == spec.ndim + 1 and shape[-1] == 1:
            shape = shape[:-1]
    _check_rank(spec, shape, what, value)
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            raise ShapeError(
                f"{what} of shape {shape}: size {shape[axis]} at axis {axis}",
                f"size {size} at axis {axis}, the size this layer was built with",
                spec.size_fix(shape, axis),
            )
    if spec.shape is not None and any(a is not None and b is not None and a != b for a, b in zip(spec.shape, shape, strict=True)):
        raise ShapeError(f"{what} of shape {shape}", f"shape {spec.shape}", _shape_fix(spec.shape, shape))


def _check_rank(spec: InputSpec, shape: tuple, what: str, value: object) -> None:
    rank = len(shape)
    for wanted, allowed, words in (
        (spec.ndim, rank == spec.ndim, "exactly"),
        (spec.max_ndim, spec.max_ndim is None or rank <= spec.max_ndim, "at most"),
        (spec.min_ndim, spec.min_ndim is None or rank >= spec.min_ndim, "at least"),
    ):
        if wanted is not None and not allowed:
            expected = f"{words} {wanted} axes" + (f", shape {spec.shape}" if spec.shape else "")
            fix = _steps_lost(value, wanted) or spec.rank_fix(shape, wanted)
            raise ShapeError(f"{what} of shape {shape}, which has {rank} axes", expected, fix)


def _shape_fix(expected: tuple, shape: tuple) -> str:
    fitting = fitting_code(shape, expected)
    if fitting:
        return fitting
    if shape[:-1] == expected[1:] and shape[-1] == 1:
        return "this looks like one sample: add the batch axis with x[None]"
    axis = next(i for i, (a, b) in enumerate(zip(expected, shape, strict=True)) if a is not None and b is not None and a != b)
    return f"the data has size {shape[axis]} at axis {axis}: pass data with {expected[axis]} there, or change the shape given to Input"


def fitting_code(shape: tuple, expected: tuple | None) -> str:
    """Advice with code that gives samples the shape expected, if that is a matter of axes alone."""
    code = "" if expected is None else rearranged(shape, expected)
    if not code:
        return ""
    if ".reshape(" in code:
        return f"the number of values fits: reshape with {code}"
    return f"the axes stand in another order: {code} brings them into the one expected"


def _steps_lost(value: Any, wanted: int) -> str:
    """Advice if a symbolic input lacks the axis of steps because a recurrent layer before it returns its last step only."""
    tensor = value
    while isinstance(tensor, KerasTensor) and tensor.call is not None and len(tensor.shape) == len(value.shape) < wanted:
        layer = tensor.call.operation
        if getattr(layer, "return_sequences", None) is False:
            return (
                f"layer '{layer.name}' before it gives its last step only: {type(layer).__name__}(..., return_sequences=True) gives all steps"
                if not hasattr(layer, "forward_layer")
                else f"layer '{layer.name}' before it gives its last step only: set return_sequences=True in the layer that it wraps"
            )
        tensor = tensor.call.inputs[0] if tensor.call.inputs else None
    return ""
