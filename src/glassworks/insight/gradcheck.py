"""`gradcheck`: the backward pass of a layer or model beside central differences, element by element, in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, ops, settings, tree
from glassworks.arguments import Integer, check
from glassworks.dtype_policy import DTypePolicy
from glassworks.errors import ArgumentError
from glassworks.graph import KerasTensor, Spec, Variable, as_array
from glassworks.insight.copies import copy_of, unchanged_randomness, without_noise
from glassworks.insight.differences import Function, gradients_at
from glassworks.insight.gradient_report import ArrayCheck, Element, GradientReport
from glassworks.insight.slopes import compared
from glassworks.layers.base import Layer

if TYPE_CHECKING:
    from glassworks.typing import Structure, Tensor

_ARGUMENTS = {"samples": Integer(minimum=1), "elements": Integer(minimum=1), "seed": Integer(minimum=0)}


def gradcheck(
    layer: Layer,
    x: Structure,
    y: Structure = None,
    *,
    training: bool = False,
    samples: int = 4,
    elements: int = 20,
    seed: int = 0,
) -> GradientReport:
    """Compare the gradients of a layer or model with central differences, for its inputs and weights.

    A copy is used, in float64, with dropout and noise switched off; the layer itself stays as it is. The number that is differentiated is a
    sum of all outputs with random factors, or the compiled loss where targets are given.

    Args:
        layer: A layer or model, built or not.
        x: Its input, or a list or dict of inputs where it takes one; a tuple for a layer whose `call` has several arguments. Inputs
            of integers are passed on, but have no gradient.
        y: Targets, for a compiled model.
        training: Whether the layer acts as in training (batch statistics, for example), but without noise.
        samples: How many rows of the inputs are used at most.
        elements: How many elements of each array are compared one by one, drawn at random where there are more; then all others together
            along one random direction.
        seed: The seed of the choice and of the random factors.

    Returns:
        For each input and weight the largest relative error and where it is; print it. Its `passed` says whether all agree.

    Raises:
        ArgumentError: There is nothing to differentiate.

    >>> import numpy as np
    >>> from glassworks import insight, layers, ops
    >>> class Square(layers.Layer):
    ...     def call(self, x):
    ...         return x * ops.stop_gradient(x)  # the gradient should be 2 x, and is x
    >>> report = insight.gradcheck(Square(), np.array([[1.0, -2.0]]))
    >>> report.passed, report.arrays[0].verdict, round(report.arrays[0].worst.backward / report.arrays[0].worst.difference, 6)
    (False, 'WRONG', 0.5)

    The thresholds are those of Stanford's course CS231n, "Neural Networks Part 3": a relative error above 1e-2 is usually wrong, up to 1e-4
    is fine where there are kinks such as those of relu, up to 1e-7 is as good as it gets.
    """
    check("insight.gradcheck", _ARGUMENTS, samples=samples, elements=elements, seed=seed)
    if not isinstance(layer, Layer):
        found = f"layer of type {'class' if isinstance(layer, type) else type(layer).__name__}"
        raise ArgumentError(found, "a layer or a model", "insight.gradcheck(MyLayer(), x)", where="insight.gradcheck")
    rng = np.random.default_rng(seed)
    with unchanged_randomness(), _floats_of_64_bits():
        twin = copy_of(layer, "gradcheck")
        x, y = (tree.map_structure(lambda leaf: None if leaf is None else _few(leaf, samples), part) for part in (x, y))
        _to_float64(twin)
        arguments = x if isinstance(x, tuple) and not hasattr(twin, "_trainer") else (x,)
        twin(*arguments, training=training)
        without_noise(twin)
        _to_float64(twin)  # what the first call has built
        inputs = {name: leaf for name, leaf in _named(arguments) if leaf.dtype.kind == "f"}
        weights = {variable.path.removeprefix(f"{twin.name}/"): variable for variable in twin.trainable_variables}
        function, precise = _function(twin, arguments, list(inputs), y, training, rng)
        points = [*inputs.values(), *(variable.numpy() for variable in weights.values())]
        if not points:
            raise ArgumentError(
                "inputs of integers, and no trainable weights", "floating inputs or weights", "pass floats", where="insight.gradcheck"
            )
        points = [as_array(point) for point in points]
        slopes = gradients_at(function, points)
        names = [*inputs, *weights]
        arrays = [_check(name, i, function, points, slopes[i], elements, rng) for i, name in enumerate(names)]
    rows = len(next(leaf for leaf in tree.flatten(arguments) if leaf is not None))
    return GradientReport(layer.name, arrays, rows, precise)


def _check(
    name: str, place: int, function: Function, points: list[Any], gradient: Tensor | None, elements: int, rng: np.random.Generator
) -> ArrayCheck:
    """Compare elements of one array, and the rest of it along a direction."""
    point = np.asarray(points[place])
    backward = np.zeros(point.shape) if gradient is None else np.asarray(gradient, np.float64)
    flat = np.arange(point.size) if point.size <= elements else np.sort(rng.choice(point.size, elements, replace=False))
    directions = [np.zeros(np.shape(each)) for each in points]
    compared_elements: list[Element] = []
    for index in flat:
        directions[place].flat[index] = 1.0
        compared_elements.append(compared(function, points, directions, float(backward.flat[index]), np.unravel_index(index, point.shape)))
        directions[place].flat[index] = 0.0
    if point.size > elements:
        directions[place] = rng.normal(size=point.shape)
        directions[place].flat[flat] = 0.0
        directions[place] /= np.linalg.norm(directions[place])
        compared_elements.append(compared(function, points, directions, float((backward * directions[place]).sum()), None))
    return ArrayCheck(name, point.shape, gradient is not None, compared_elements)


def _function(
    layer: Layer, arguments: tuple, names: list[str], y: Structure, training: bool, rng: np.random.Generator
) -> tuple[Function, bool]:
    """The function of inputs and weights that is differentiated, and whether it is computed in float64."""
    weights, others = layer.trainable_variables, [variable.value for variable in layer.non_trainable_variables]
    random = np.random.default_rng(int(rng.integers(2**31)))
    factors: dict[int, np.ndarray] = {}
    precise = True

    def function(points: list[Any]) -> Tensor:
        nonlocal precise
        given = dict(zip(names, points[: len(names)], strict=True))
        full = [given.get(name, leaf) for name, leaf in _named(arguments)]
        packed = tree.pack_sequence_as(list(arguments), full)
        outputs, _, losses = layer.stateless_call(points[len(names) :], others, *packed, return_losses=True, training=training)
        total: Any = sum(losses) if losses else 0.0
        if y is not None:
            return total + _loss(layer)(y, outputs, names=getattr(layer, "output_names", None))
        for i, output in enumerate(leaf for leaf in tree.flatten(outputs) if dtypes.is_float(leaf.dtype.name)):
            precise = precise and output.dtype == "float64"
            if i not in factors:
                factors[i] = random.normal(size=output.shape)
            total = total + ops.sum(output * factors[i])
        return total

    function([*(leaf for name, leaf in _named(arguments) if name in names), *(variable.value for variable in weights)])
    return function, precise


def _loss(layer: Layer) -> Callable[..., Tensor]:
    trainer = getattr(layer, "_trainer", None)
    if trainer is None or trainer.losses is None:
        raise ArgumentError(
            f"targets for {type(layer).__name__} '{layer.name}', which has no loss",
            "a compiled model where y is given",
            "leave y out: the gradients of all outputs are checked then",
            where="insight.gradcheck",
        )
    return trainer.losses


def _named(arguments: tuple) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of the arguments by name: "input", or "input[1]['mask']" for one of several."""
    single = len(arguments) == 1
    for path, leaf in tree.flatten_with_path(list(arguments)):
        yield "input" + "".join(f"[{key!r}]" for key in (path[1:] if single else path)), leaf


def _few(leaf: object, samples: int) -> np.ndarray:
    array = np.asarray(leaf)
    if array.dtype.kind not in "biuf":
        if not dtypes.is_float(array.dtype.name):
            raise ArgumentError(
                f"an input of {array.dtype}", "numbers", "check the model behind the layers that read text", where="insight.gradcheck"
            )
        array = array.astype(np.float64)
    return (array[:samples] if array.ndim else array).astype(np.float64 if array.dtype.kind == "f" else array.dtype)


@contextmanager
def _floats_of_64_bits() -> Iterator[None]:
    """A `with` block in which float64 is the default, so that what a layer creates is float64, too."""
    before = settings.floatx()
    settings.set_floatx("float64")
    try:
        yield
    finally:
        settings.set_floatx(before)


def _to_float64(layer: Layer) -> None:
    """Let a layer, all layers inside it and its losses compute in float64."""
    policy = DTypePolicy("float64")
    for inner in layer._flat_layers():
        if dtypes.is_float(inner.compute_dtype):
            inner.dtype_policy = policy
        # A model casts its inputs to the dtypes that they were declared with.
        for tensor in tree.flatten(getattr(getattr(inner, "_functional", None) or inner, "_inputs", None)):
            if isinstance(tensor, KerasTensor) and dtypes.is_float(tensor.dtype):
                tensor.spec = Spec(tensor.spec.shape, "float64")
    for variable in layer.weights:
        _widen(variable)
    losses = getattr(getattr(layer, "_trainer", None), "losses", None)
    for loss in tree.flatten(losses._resolved) if losses is not None else ():
        if loss is not None:
            loss.dtype = "float64"


def _widen(variable: Variable) -> None:
    if dtypes.is_float(variable.spec.dtype) and variable.spec.dtype != "float64":
        state = variable.__getstate__()
        state |= {"spec": Spec(variable.shape, "float64"), "_snapshot": np.asarray(variable.numpy(), np.float64)}
        variable.__setstate__(state)
