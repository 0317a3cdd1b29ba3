"""`check_layer`: the contract of layers, as a suite that runs on any layer class, yours included."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, ops, registry, tree
from glassworks.arguments import Argument
from glassworks.configured import Configured
from glassworks.engine import function
from glassworks.errors import GlassworksError
from glassworks.graph import GradientTape, KerasTensor, as_array
from glassworks.layers import Layer
from glassworks.layers.arguments import Named
from glassworks.layers.call_context import get_mask, set_mask
from glassworks.layers.calls import parameters_of
from glassworks.testing.contract import require, run_checks


def check_layer(
    cls: type[Layer],
    arguments: dict[str, Any] | Callable[[str | None], dict[str, Any]] | None = None,
    input_shape: Sequence = (2, 3),
    input_dtype: str = "float32",
    wrong_arguments: Sequence[dict[str, Any]] = (),
) -> list[str]:
    """Check that a layer class keeps the contract of layers, and return the names of the checks that ran.

    The checks: `arguments` (wrong ones give an error that names them), `config` (a layer built from its config behaves the same),
    `symbolic` (a traced call equals an eager one, and the predicted shape is the real one), `dtype` (float64 throughout),
    `gradient` (against central differences), `mask` (passed on, or dropped). Layers are called as in inference.

    Args:
        cls: The class.
        arguments: Its constructor arguments; or, where layers are among them, a function that makes new ones for a dtype or None.
        input_shape: The shape of an input with its batch, or a list of shapes for a list of inputs.
        input_dtype: Their dtype.
        wrong_arguments: Dicts that, merged into `arguments`, must be refused with an error that names the argument; so must
            the values that the declared arguments of the class do not allow.

    Raises:
        ContractError: The first broken promise.

    >>> from glassworks import layers
    >>> check_layer(layers.ReLU, {"max_value": 1.0}, wrong_arguments=[{"max_value": -1.0}])
    ['arguments', 'config', 'symbolic', 'dtype', 'gradient', 'mask']
    """
    sample = _Sample(cls, arguments or {}, input_shape, input_dtype)
    return run_checks(
        cls,
        {
            "arguments": lambda: _check_arguments(sample, wrong_arguments),
            "config": lambda: _check_config(sample),
            "symbolic": lambda: _check_symbolic(sample),
            "dtype": lambda: _check_dtype(sample),
            "gradient": lambda: _check_gradient(sample),
            "mask": lambda: _check_mask(sample),
        },
    )


class _Sample:
    """A layer class with arguments and inputs for the checks."""

    def __init__(self, cls: type[Layer], arguments: Any, input_shape: object, input_dtype: str) -> None:
        self.cls, self.arguments, self.shape, self.dtype = cls, arguments, input_shape, input_dtype

    def make(self, **changes: Any) -> Layer:
        """Create a layer with the arguments, some of them changed."""
        arguments = self.arguments(changes.get("dtype")) if callable(self.arguments) else self.arguments
        return self.cls(**{**arguments, **changes})

    def run(self, layer: Layer, inputs: object) -> Any:
        """Call a layer as in inference, where no layer draws random numbers."""
        return layer(inputs, training=False) if "training" in parameters_of(type(layer).call) else layer(inputs)

    def inputs(self, dtype: str | None = None) -> Any:
        """Random inputs, the same each time, away from the kinks of rectifiers."""
        generator = np.random.default_rng(0)
        dtype = dtype or self.dtype

        def draw(shape: tuple) -> Any:
            if dtype == "string":
                return generator.choice(["cat", "dog", "a red fox", ""], shape).astype(object)
            if not dtypes.is_float(dtype):
                return as_array(generator.integers(0, 3, shape), dtype)
            values = generator.uniform(0.1, 0.9, shape) * generator.choice([-1.0, 1.0], shape)
            return as_array(values, dtypes.numpy_dtype(dtype))

        return tree.map_shape_structure(draw, self.shape)


def constructor_arguments(cls: type[Layer]) -> dict[str, Argument]:
    """The declared arguments that the constructor of a class takes.

    A constructor of a user's takes those that the user declares; what it gives to a base class under the same names is another matter.
    """
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    if owner.__module__.startswith("glassworks."):
        return cls._declared_arguments
    classes = cls.__mro__[: cls.__mro__.index(owner) + 1]
    own = {name for base in classes if issubclass(base, Configured) for name in base._own_arguments}
    return {name: argument for name, argument in cls._declared_arguments.items() if name in own}


def _check_arguments(sample: _Sample, wrong_arguments: Sequence[dict[str, Any]]) -> None:
    arguments = constructor_arguments(sample.cls)
    declared = [{name: value} for name, argument in arguments.items() for value in argument.invalid()]
    for wrong in [*wrong_arguments, *declared, {"no_such_argument": 1}]:
        name = next(iter(wrong))
        made = f"{sample.cls.__name__}({wrong})"
        try:
            sample.make(**wrong)
        except (GlassworksError, TypeError) as error:
            # The error for an unknown `kernel_initializer` names an initializer.
            term = name.rpartition("_")[2] if isinstance(arguments.get(name), Named) else name
            require(term in str(error), f"{made} refused with: {error}", f"a message with the argument's name, {name!r}")
        else:
            fix = f"declare it, as in {name} = Integer(minimum=1), and call self._keep_arguments({name}={name})"
            require(False, f"{made} accepted", "an error from glassworks.errors that names the argument", fix)


def _check_config(sample: _Sample) -> None:
    layer = sample.make()
    inputs = sample.inputs()
    expected = sample.run(layer, inputs)
    config = layer.get_config()
    _require_json(config, sample.cls)
    for copy in (sample.cls.from_config(config), registry.deserialize(registry.serialize(layer), {sample.cls.__name__: sample.cls})):
        require(type(copy) is sample.cls, f"a {type(copy).__name__} from the config of a {sample.cls.__name__}", "the same class")
        sample.run(copy, inputs)
        copy.set_weights(layer.get_weights())
        again = copy.get_config()
        require(
            again == config, f"config {config} gave a layer with config {again}", "equal configs", "return every argument from get_config"
        )
        _require_close(sample.run(copy, inputs), expected, "the outputs of a layer built from its config")


def _require_json(config: dict[str, Any], cls: type) -> None:
    try:
        json.dumps(config)
    except TypeError as error:
        require(False, f"get_config of {cls.__name__}: {error}", "plain values that JSON can hold", "serialize objects in get_config")


def _check_symbolic(sample: _Sample) -> None:
    layer = sample.make()
    inputs = sample.inputs()
    expected = sample.run(layer, inputs)
    _require_close(function(lambda x: sample.run(layer, x))(inputs), expected, "the outputs of a traced call")
    shape = tree.map_shape_structure(lambda s: (None, *s[1:]), sample.shape)
    predicted = layer.compute_output_shape(shape)
    symbols = tree.map_shape_structure(lambda s: KerasTensor(s, sample.dtype), shape)
    symbolic = sample.run(layer, symbols)
    for tensor, one, value in zip(tree.flatten(symbolic), _flat_shapes(predicted), tree.flatten(expected), strict=True):
        require(tuple(tensor.shape) == one, f"compute_output_shape {one}, symbolic call {tuple(tensor.shape)}", "equal shapes")
        fits = len(one) == value.ndim and all(a in (None, b) for a, b in zip(one, value.shape, strict=True))
        require(fits, f"compute_output_shape {one}, outputs of shape {value.shape}", "the real shape, None where unknown")
        require(tensor.dtype == value.dtype.name, f"symbolic dtype {tensor.dtype}, outputs of {value.dtype.name}", "equal dtypes")


def _check_dtype(sample: _Sample) -> None:
    layer = sample.make(dtype="float64")
    for output in tree.flatten(sample.run(layer, sample.inputs("float64" if dtypes.is_float(sample.dtype) else None))):
        if dtypes.is_float(output.dtype.name):
            require(
                output.dtype == np.float64,
                f"outputs of {output.dtype} with dtype='float64'",
                "float64 outputs",
                "do not mix in float32 constants",
            )
    for weight in layer.weights:
        if dtypes.is_float(weight.dtype):
            require(
                weight.dtype == "float64",
                f"weight {weight.path} of {weight.dtype} with dtype='float64'",
                "float64 weights",
                "leave dtype out of add_weight",
            )


def _check_gradient(sample: _Sample) -> None:
    layer = sample.make(dtype="float64")
    differentiable = dtypes.is_float(sample.dtype)
    inputs = sample.inputs("float64" if differentiable else None)
    sample.run(layer, inputs)
    generator = np.random.default_rng(1)
    watched = tree.flatten(inputs) if differentiable else []
    sources = [*watched, *(weight.value for weight in layer.trainable_weights)]
    directions = [as_array(generator.normal(size=source.shape)) for source in sources]
    count = len(watched)
    factors: list[np.ndarray] = []

    def loss(values: list[Any]) -> Any:
        for weight, value in zip(layer.trainable_weights, values[count:], strict=True):
            weight.assign(value)
        outputs = tree.flatten(sample.run(layer, tree.pack_sequence_as(inputs, values[:count]) if differentiable else inputs))
        if not factors:
            factors.extend(generator.normal(size=output.shape) for output in outputs)
        return sum((ops.sum(output * factor) for output, factor in zip(outputs, factors, strict=True)), ops.zeros((), "float64"))

    with GradientTape() as tape:
        tape.watch(watched)
        total = loss(sources)
    gradients = tape.gradient(total, [*watched, *layer.trainable_weights], unconnected_gradients="zero")
    analytic = sum(float(np.sum(np.asarray(g) * np.asarray(d))) for g, d in zip(gradients, directions, strict=True))
    step = 1e-6
    ahead = float(loss([as_array(s.numpy() + step * d.numpy()) for s, d in zip(sources, directions, strict=True)]))
    behind = float(loss([as_array(s.numpy() - step * d.numpy()) for s, d in zip(sources, directions, strict=True)]))
    numeric = (ahead - behind) / (2 * step)
    close = abs(analytic - numeric) <= 1e-6 + 1e-5 * abs(numeric)
    require(
        close, f"directional derivative {analytic}", f"{numeric}, by central differences", "check the gradient rules of the ops in call"
    )


def _check_mask(sample: _Sample) -> None:
    layer = sample.make()
    inputs = sample.inputs()
    expected = sample.run(layer, inputs)
    for leaf in tree.flatten(inputs):
        set_mask(leaf, as_array(np.ones(leaf.shape[:-1], bool)))
    outputs = sample.run(layer, inputs)
    for output in tree.flatten(outputs):
        mask = get_mask(output)
        if not layer.supports_masking:
            require(
                mask is None, "a mask on the outputs", "none, because supports_masking is False", "set supports_masking = True in __init__"
            )
        elif mask is not None:
            fits = tuple(mask.shape) == tuple(output.shape[: len(mask.shape)])
            require(
                fits,
                f"a mask of shape {tuple(mask.shape)} on outputs of shape {tuple(output.shape)}",
                "the outputs' leading sizes",
                "write compute_mask",
            )
    _require_close(outputs, expected, "the outputs with a mask that is True everywhere")


def _flat_shapes(shapes: object) -> list[tuple]:
    flat: list[tuple] = []
    tree.map_shape_structure(flat.append, shapes)
    return flat


def _require_close(actual: object, expected: object, what: str) -> None:
    for a, b in zip(tree.flatten(actual), tree.flatten(expected), strict=True):
        require(np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True), f"{what}: {np.asarray(a)}", f"{np.asarray(b)}")
