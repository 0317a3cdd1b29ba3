"""A rule per primitive: the expression of NumPy that computes it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.export.merging import MergedNode
from glassworks.export.numpy_program import lessons, mathematics
from glassworks.export.numpy_program.code import COMPARISON, POWER, PRODUCT, SUM, Code, OpenSizes, value_of
from glassworks.export.sizes import Dimension, Size
from glassworks.export.unexportable import UnexportableError

Rule = Callable[[MergedNode, OpenSizes], Code]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule of primitives."""

    def register(function: Rule) -> Rule:
        for name in names:
            assert name not in RULES
            RULES[name] = function
        return function

    return register


def code_of(node: MergedNode, sizes: OpenSizes) -> Code:
    """The expression of a node.

    Raises:
        UnexportableError: No rule exists for its primitive.
    """
    found = RULES.get(node.name)
    if found is None:
        raise UnexportableError(
            f"the operation {node.name}, which has no form in the NumPy program",
            "replace it, or export the part of the model before it: Model(model.inputs, layer.output).export(...)",
            node.origin.call,
        )
    return found(node, sizes)


# ---- elementwise: operators and functions of NumPy


def _less(sign: str, flipped: str, function: Callable) -> Rule:
    """A comparison, with the number on the right: `x > 0` for `0 < x`."""

    def build(node: MergedNode, sizes: OpenSizes) -> Code:
        left = node.inputs[0]
        text = f"{{1:s}} {flipped} {{0:s}}" if left.arrays is not None and not left.rank else f"{{0:s}} {sign} {{1:s}}"
        return Code(text, lambda _, *arrays: function(*arrays), node.inputs, COMPARISON)

    return build


def _operator(text: str, function: Callable, level: int) -> Rule:
    return lambda node, sizes: Code(text, lambda _, *arrays: function(*arrays), node.inputs, level)


def _numpy(name: str) -> Rule:
    function = getattr(np, name)

    def build(node: MergedNode, sizes: OpenSizes) -> Code:
        places = ", ".join(f"{{{i}}}" for i in range(len(node.inputs)))
        return Code(f"np.{name}({places})", lambda _, *arrays: function(*arrays), node.inputs)

    return build


def helper(function: Callable, *needs: Callable) -> Rule:
    """The rule of a primitive that one of the program's own functions computes from the inputs alone."""

    def build(node: MergedNode, sizes: OpenSizes) -> Code:
        places = ", ".join(f"{{{i}}}" for i in range(len(node.inputs)))
        return Code(f"{function.__name__}({places})", lambda _, *arrays: function(*arrays), node.inputs, helpers=(function, *needs))

    return build


RULES |= {
    "add": _operator("{0:s} + {1:p}", operator.add, SUM),
    "subtract": _operator("{0:s} - {1:p}", operator.sub, SUM),
    "multiply": _operator("{0:p} * {1:a}", operator.mul, PRODUCT),
    "divide": _operator("{0:p} / {1:a}", operator.truediv, PRODUCT),
    "floor_divide": _operator("{0:p} // {1:a}", operator.floordiv, PRODUCT),
    "mod": _operator("{0:p} % {1:a}", operator.mod, PRODUCT),
    "negative": _operator("-{0:a}", operator.neg, PRODUCT),
    "power": _operator("{0:a}**{1:a}", operator.pow, POWER),
    "square": _operator("{0:a}**2", lambda x: x**2, POWER),
    "equal": _operator("{0:s} == {1:s}", operator.eq, COMPARISON),
    "not_equal": _operator("{0:s} != {1:s}", operator.ne, COMPARISON),
    "less": _less("<", ">", operator.lt),
    "less_equal": _less("<=", ">=", operator.le),
    "logical_and": _operator("{0:a} & {1:a}", operator.and_, COMPARISON),
    "logical_or": _operator("{0:a} | {1:a}", operator.or_, COMPARISON),
    "logical_xor": _operator("{0:a} ^ {1:a}", operator.xor, COMPARISON),
    "bitwise_and": _operator("{0:a} & {1:a}", operator.and_, COMPARISON),
    "bitwise_or": _operator("{0:a} | {1:a}", operator.or_, COMPARISON),
    "bitwise_xor": _operator("{0:a} ^ {1:a}", operator.xor, COMPARISON),
    "left_shift": _operator("{0:a} << {1:a}", operator.lshift, COMPARISON),
    "right_shift": _operator("{0:a} >> {1:a}", operator.rshift, COMPARISON),
    "logical_not": _operator("~{0:a}", operator.invert, PRODUCT),
    "bitwise_invert": _operator("~{0:a}", operator.invert, PRODUCT),
    "rsqrt": _operator("1 / np.sqrt({0})", lambda x: 1 / np.sqrt(x), PRODUCT),
    "gelu": helper(mathematics.gelu, mathematics.erfc),
    "erf": helper(mathematics.erf),
    "erfc": helper(mathematics.erfc),
    "relu": helper(lessons.relu),
    "sigmoid": helper(lessons.sigmoid),
    "softplus": helper(lessons.softplus),
}
_SAME_NAME = (
    *("exp", "log", "sqrt", "tanh", "log1p", "expm1", "log2", "log10", "exp2", "cbrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "arcsinh", "arccosh", "arctanh", "sign", "floor", "ceil", "trunc", "maximum", "minimum", "where"),
    *("arctan2", "fmod", "hypot", "logaddexp"),
)
_OTHER_NAME = {
    "absolute": "abs",
    "is_nan": "isnan",
    "is_inf": "isinf",
    "is_finite": "isfinite",
    "sign_bit": "signbit",
    "next_after": "nextafter",
    "greatest_divisor": "gcd",
    "least_multiple": "lcm",
    "clip": "clip",
    "bessel_i0": "i0",
    "real": "real",
    "imaginary": "imag",
    "conjugate": "conj",
}
RULES |= {name: _numpy(name) for name in _SAME_NAME} | {name: _numpy(other) for name, other in _OTHER_NAME.items()}


@rule("round")
def _round(node: MergedNode, sizes: OpenSizes) -> Code:
    decimals = node.attributes.get("decimals", 0)
    return Code(f"np.round({{0}}, {decimals})" if decimals else "np.round({0})", lambda _, x: np.round(x, decimals), node.inputs)


@rule("cast")
def _cast(node: MergedNode, sizes: OpenSizes) -> Code:
    dtype = node.attributes["dtype"]
    return Code(f'{{0:a}}.astype("{dtype}")', lambda _, x: x.astype(dtype), node.inputs)


@rule("softmax", "log_softmax")
def _over_axis(node: MergedNode, sizes: OpenSizes) -> Code:
    axis = node.attributes["axis"] % node.inputs[0].rank - node.inputs[0].rank
    function = lessons.softmax if node.name == "softmax" else lessons.log_softmax
    text = f"{node.name}({{0}})" if axis == -1 else f"{node.name}({{0}}, axis={axis})"
    return Code(text, lambda _, x: function(x, axis=axis), node.inputs, helpers=(function,))


# ---- shapes


def shape_text(
    shape: Sequence[Dimension], sizes: OpenSizes, where: str, free: bool = False
) -> tuple[str, Callable[[Sequence[int]], tuple]]:
    """The source of a shape, and a function that computes it. With `free`, one size may be open or unknown: it is written as -1."""
    open_places = [i for i, size in enumerate(shape) if not isinstance(size, int)]
    minus = open_places[0] if free and len(open_places) == 1 and 0 not in shape else None
    texts = ["-1" if i == minus else sizes.text(size, where) for i, size in enumerate(shape)]
    return ", ".join(texts), lambda given: tuple(-1 if i == minus else value_of(size, given) for i, size in enumerate(shape))


@rule("reshape")
def _reshape(node: MergedNode, sizes: OpenSizes) -> Code:
    shape = node.attributes["shape"]
    text, at = shape_text(shape, sizes, node.origin.call, free=True)
    return Code(f"{{0:a}}.reshape({text or '()'})", lambda given, x: x.reshape(at(given)), node.inputs)


@rule("transpose")
def _transpose(node: MergedNode, sizes: OpenSizes) -> Code:
    axes = tuple(node.attributes["axes"])
    text = f"{{0:a}}.transpose({', '.join(map(str, axes))})" if axes != (1, 0) else "{0:a}.T"
    return Code(text, lambda _, x: x.transpose(axes), node.inputs)


@rule("broadcast_to")
def _broadcast_to(node: MergedNode, sizes: OpenSizes) -> Code:
    text, at = shape_text(node.attributes["shape"], sizes, node.origin.call)
    comma = "," if len(node.attributes["shape"]) == 1 else ""
    return Code(f"np.broadcast_to({{0}}, ({text}{comma}))", lambda given, x: np.broadcast_to(x, at(given)), node.inputs)


@rule("concatenate")
def _concatenate(node: MergedNode, sizes: OpenSizes) -> Code:
    axis = node.attributes["axis"]
    places = ", ".join(f"{{{i}}}" for i in range(len(node.inputs)))
    return Code(f"np.concatenate([{places}], axis={axis})", lambda _, *xs: np.concatenate(xs, axis=axis), node.inputs)


@rule("unstack")
def _unstack(node: MergedNode, sizes: OpenSizes) -> Code:
    axis = node.attributes["axis"]
    text = "{0}" if not axis else f"np.moveaxis({{0}}, {axis}, 0)"
    return Code(text, lambda _, x: tuple(np.moveaxis(x, axis, 0)), node.inputs)


def slices_text(slices: Sequence[Any], shape: Sequence[Dimension], sizes: OpenSizes, where: str) -> tuple[str, Callable]:
    """The source of slices, one per axis of an array of the given shape, and a function that makes them."""
    ends = [_relative(part, size) for part, size in zip(slices, shape, strict=True)]
    texts = []
    for start, stop, step in ends:
        shown = ["" if place is None else sizes.text(place, where) for place in (start, stop)]
        texts.append(":".join(shown) + (f":{step}" if step != 1 else ""))
    while len(texts) > 1 and texts[-1] == ":":
        texts.pop()

    def at(given: Sequence[int]) -> tuple[slice, ...]:
        numbers = [[None if place is None else value_of(place, given) for place in (start, stop)] for start, stop, _ in ends]
        return tuple(slice(start, stop, step) for (start, stop), (_, _, step) in zip(numbers, ends, strict=True))

    return ", ".join(texts), at


def _relative(part: Sequence[Any], size: Dimension) -> tuple[Any, Any, int]:
    """A slice whose places count from the end where the size of the axis is open and they stay at the same distance from it."""
    start, stop, step = part
    if isinstance(size, Size):
        start, stop = (_from_end(place, size) for place in (start, stop))
        stop = None if stop == 0 and step > 0 else stop
    elif isinstance(size, int) and stop == size and step > 0:
        stop = None
    return (None if start == 0 and step > 0 else start), stop, step


def _from_end(place: int | Size | None, size: Size) -> int | Size | None:
    if isinstance(place, Size) and place.factors == size.factors and place.constant <= size.constant:
        return place.constant - size.constant
    return place


@rule("take_slices")
def _take_slices(node: MergedNode, sizes: OpenSizes) -> Code:
    text, at = slices_text(node.attributes["slices"], node.inputs[0].shape, sizes, node.origin.call)
    return Code(f"{{0:a}}[{text}]", lambda given, x: x[at(given)], node.inputs)


@rule("place_slices")
def _place_slices(node: MergedNode, sizes: OpenSizes) -> Code:
    where = node.origin.call
    slices, shape = node.attributes["slices"], node.attributes["shape"]
    full, at_shape = shape_text(shape, sizes, where)
    if all(step == 1 and isinstance(start, (int, type(None))) for start, _, step in slices):
        return _padding(node, sizes)
    text, at = slices_text(slices, shape, sizes, where)
    shown = ", ".join(f"np.s_[{part}]" for part in text.split(", "))
    return Code(
        f"place({{0}}, ({shown},), ({full},))",
        lambda given, x: mathematics.place(x, at(given), at_shape(given)),
        node.inputs,
        helpers=(mathematics.place,),
    )


def _padding(node: MergedNode, sizes: OpenSizes) -> Code:
    """`np.pad`, if the array stands in one piece."""
    before = [start or 0 for start, _, _ in node.attributes["slices"]]
    x, y = node.inputs[0], node.outputs[0]
    after: list[Dimension] = []
    for start, inner, outer in zip(before, x.shape, y.shape, strict=True):
        if isinstance(inner, Size) and isinstance(outer, Size) and inner.factors == outer.factors:
            after.append(outer.constant - inner.constant - start)
        elif isinstance(inner, int) and isinstance(outer, int):
            after.append(outer - inner - start)
        else:
            after.append(None)
    shown = ", ".join(f"({a}, {sizes.text(b, node.origin.call)})" for a, b in zip(before, after, strict=True))
    widths = list(zip(before, after, strict=True))
    return Code(f"np.pad({{0}}, [{shown}])", lambda _, a: np.pad(a, widths), node.inputs)  # type: ignore[arg-type]  # `text` has refused widths that are not known


# ---- reductions and order


def _axes_text(axes: Sequence[int], rank: int) -> str:
    return "" if len(axes) == rank else f"axis={axes[0]}" if len(axes) == 1 else f"axis={tuple(axes)}"


@rule("reduce_sum", "reduce_mean", "reduce_product", "reduce_max", "reduce_min", "reduce_any", "reduce_all")
def _reduce(node: MergedNode, sizes: OpenSizes) -> Code:
    method = {"reduce_product": "prod"}.get(node.name, node.name.removeprefix("reduce_"))
    axes, keepdims = tuple(node.attributes["axes"]), node.attributes["keepdims"]
    options: dict[str, Any] = {"keepdims": True} if keepdims else {}
    if method in ("sum", "prod") and np.dtype(node.inputs[0].dtype).kind in "iu":
        options["dtype"] = node.inputs[0].dtype
    parts = [_axes_text(axes, node.inputs[0].rank), *(f"{key}={value!r}".replace("'", '"') for key, value in options.items())]
    text = f"{{0:a}}.{method}({', '.join(part for part in parts if part)})"
    return Code(text, lambda _, x: getattr(x, method)(axis=axes, **options), node.inputs)


@rule("argmax", "argmin", "argsort")
def _index(node: MergedNode, sizes: OpenSizes) -> Code:
    axis = node.attributes["axis"]
    options: dict[str, Any] = {"kind": "stable"} if node.name == "argsort" else {"keepdims": True} if node.attributes["keepdims"] else {}
    shown = "".join(f", {key}={value!r}".replace("'", '"') for key, value in options.items())
    function = getattr(np, node.name)
    text = f'np.{node.name}({{0}}, axis={axis}{shown}).astype("int32")'
    return Code(text, lambda _, x: function(x, axis=axis, **options).astype("int32"), node.inputs)


@rule("cumulative_sum")
def _cumulative_sum(node: MergedNode, sizes: OpenSizes) -> Code:
    axis, dtype = node.attributes["axis"], node.inputs[0].dtype
    return Code(f'np.cumsum({{0}}, axis={axis}, dtype="{dtype}")', lambda _, x: np.cumsum(x, axis=axis, dtype=dtype), node.inputs)


@rule("search_sorted")
def _search_sorted(node: MergedNode, sizes: OpenSizes) -> Code:
    side = node.attributes["side"]
    text = f'np.searchsorted({{0}}, {{1}}, side="{side}").astype("int32")'
    return Code(text, lambda _, row, x: np.asarray(np.searchsorted(row, x, side=side)).astype("int32"), node.inputs)


# ---- products and layers


@rule("matmul")
def _matmul(node: MergedNode, sizes: OpenSizes) -> Code:
    flips = [node.attributes.get(name, False) for name in ("transpose_x", "transpose_y")]
    shown = [
        f"{{{i}:a}}" + ("" if not flip else ".T" if x.rank == 2 else ".swapaxes(-1, -2)")
        for i, (flip, x) in enumerate(zip(flips, node.inputs, strict=True))
    ]

    def product(_: Sequence[int], *xs: np.ndarray) -> np.ndarray:
        x, y = (a.swapaxes(-1, -2) if flip else a for a, flip in zip(xs, flips, strict=True))
        return x @ y

    return Code(" @ ".join(shown), product, node.inputs, PRODUCT)


@rule("gather")
def _gather(node: MergedNode, sizes: OpenSizes) -> Code:
    axis = node.attributes["axis"]
    text = "{0:a}[{1}]" if axis == 0 else f"np.take({{0}}, {{1}}, axis={axis})"
    return Code(text, lambda _, x, i: np.take(x, i, axis=axis), node.inputs)


@rule("gather_along")
def _gather_along(node: MergedNode, sizes: OpenSizes) -> Code:
    axis = node.attributes["axis"]
    return Code(f"np.take_along_axis({{0}}, {{1}}, axis={axis})", lambda _, x, i: np.take_along_axis(x, i, axis=axis), node.inputs)


@rule("scatter")
def _scatter(node: MergedNode, sizes: OpenSizes) -> Code:
    combine = None if node.attributes["reduction"] == "set" else getattr(np, node.attributes["reduction"])
    text = "scatter({0}, {1}, {2})" if combine is None else f"scatter({{0}}, {{1}}, {{2}}, combine=np.{combine.__name__})"
    return Code(text, lambda _, x, i, u: mathematics.scatter(x, i, u, combine), node.inputs, helpers=(mathematics.scatter,))


@rule("one_hot")
def _one_hot(node: MergedNode, sizes: OpenSizes) -> Code:
    classes, dtype = node.attributes["classes"], node.attributes["dtype"]
    text = f'one_hot({{0}}, {sizes.text(classes, node.origin.call)}, "{dtype}")'
    return Code(
        text,
        lambda given, x: mathematics.one_hot(x, value_of(classes, given), dtype),
        node.inputs,
        helpers=(mathematics.one_hot,),
    )


@rule("in_range")
def _in_range(node: MergedNode, sizes: OpenSizes) -> Code:
    low, high, dtype = (node.attributes[name] for name in ("low", "high", "dtype"))
    if node.attributes["what"] == "input":
        return Code(f'{{0:a}}.astype("{dtype}")', lambda _, x: x.astype(dtype), node.inputs[:1])
    where = node.origin.call
    return Code(
        f'indices({{0}}, {sizes.text(low, where)}, {sizes.text(high, where)}, "{dtype}")',
        lambda given, x: mathematics.indices(x, value_of(low, given), value_of(high, given), dtype),
        node.inputs[:1],
        helpers=(mathematics.indices,),
    )


@rule("fourier")
def _fourier(node: MergedNode, sizes: OpenSizes) -> Code:
    axes, inverse = tuple(node.attributes["axes"]), node.attributes["sign"] > 0
    return Code(
        f"fourier({{0}}, {{1}}, axes={axes}{', inverse=True' if inverse else ''})",
        lambda _, real, imaginary: mathematics.fourier(real, imaginary, axes, inverse),
        node.inputs,
        helpers=(mathematics.fourier,),
    )
