"""The op specification table: for every public op, inputs, what NumPy gives, and whether it has a gradient.

`test_specifications.py` reads it for forward values, gradients to second order, shapes, traces and symbolic tensors.
An op without a row cannot be public.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

RNG = np.random.default_rng(1234)
Arrays = tuple[Any, ...]


@dataclass
class Row:
    """One op.

    Attributes:
        name: Its name in `glassworks.ops`.
        reference: The same in NumPy, on the same arguments.
        inputs: Several tuples of arrays; floating ones in float64.
        call: How to call the op on them, where that is not `op(*arrays)`.
        gradient: Whether it is differentiated (every smooth op is, to second order).
        order: 1 where the second derivative is not of interest (piecewise linear functions have none).
        tolerance: Relative, where it is not rounding alone; `why` gives the reason.
    """

    name: str
    reference: Callable
    inputs: list[Arrays]
    call: Callable | None = None
    gradient: bool = True
    order: int = 2
    tolerance: float = 1e-12
    why: str = ""


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def between(low: float, high: float, *shape: int) -> np.ndarray:
    return RNG.uniform(low, high, shape)


def view(array: np.ndarray) -> np.ndarray:
    """The same numbers with strides of their own: every second column of a wider array."""
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def shapes(make: Callable = normal) -> list[Arrays]:
    """One array: no axes, empty, one number, odd sizes, a transposed and a strided view."""
    return [(make(),), (make(0, 3),), (make(1),), (make(7),), (make(3, 5),), (make(4, 3).T,), (view(make(2, 3)),)]


def pairs(first: Callable = normal, second: Callable | None = None) -> list[Arrays]:
    """Two arrays: equal shapes, broadcasts of every kind, empty ones, views."""
    second = second or first
    sizes = [((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((1, 5), (7, 1)), ((0, 3), (3,))]
    return [(first(*a), second(*b)) for a, b in sizes] + [(first(4, 3).T, view(second(3, 4)))]


def positive(*shape: int) -> np.ndarray:
    return between(0.2, 3.0, *shape)


def unit(*shape: int) -> np.ndarray:
    return between(-0.9, 0.9, *shape)


def away(*shape: int) -> np.ndarray:
    """Numbers away from the places where piecewise functions bend: 0, 0.5, 1, 3 and whole numbers."""
    return RNG.choice([-3.3, -2.4, -1.3, -0.7, -0.3, 0.3, 0.7, 1.3, 2.4, 3.3], size=shape) + between(-0.05, 0.05, *shape)


def truth(*shape: int) -> np.ndarray:
    return RNG.random(shape) > 0.5


def whole(*shape: int) -> np.ndarray:
    return RNG.integers(-5, 6, shape)


def probabilities(*shape: int) -> np.ndarray:
    x = positive(*shape)
    return x / x.sum(axis=-1, keepdims=True) if shape else x


def softmax(x: np.ndarray, axis: Any = -1) -> np.ndarray:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(x, 0)


_erf = np.vectorize(math.erf, otypes=[float])


def erf(x: Any) -> Any:
    return _erf(x) if np.size(x) else x


def inverse_of(function: Callable, y: np.ndarray) -> np.ndarray:
    """The inverse of a rising function, by bisection between -10 and 10."""
    low, high = np.full(np.shape(y), -10.0), np.full(np.shape(y), 10.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = function(middle) < y
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def unary(name: str, reference: Callable, make: Callable = normal, **more: Any) -> Row:
    return Row(name, reference, shapes(make), **more)


def binary(name: str, reference: Callable, first: Callable = normal, second: Callable | None = None, **more: Any) -> Row:
    return Row(name, reference, pairs(first, second), **more)


def logic(name: str, reference: Callable, make: Callable = normal) -> Row:
    return Row(name, reference, pairs(make), gradient=False)


MATRICES: list[Arrays] = [(normal(5, 3),), (normal(1, 1),), (normal(2, 3, 4),), (view(normal(3, 4)),), (normal(4, 3).T,)]


def over_axes(name: str, reference: Callable, make: Callable = normal, axis: Any = -1, **more: Any) -> Row:
    return Row(
        name,
        lambda x: reference(x, axis=axis),
        [(make(5, 3),), (make(1, 1),), (make(2, 3, 4),), (view(make(3, 4)),)],
        call=lambda op, x: op(x, axis=axis),
        **more,
    )


ROWS: list[Row] = [
    # arithmetic
    binary("add", np.add),
    binary("subtract", np.subtract),
    binary("multiply", np.multiply),
    binary("divide", np.divide, normal, positive),
    binary("true_divide", np.divide, normal, positive),
    binary("divide_no_nan", lambda x, y: np.divide(x, y, out=np.zeros(np.broadcast(x, y).shape), where=y != 0), normal, positive),
    binary("floor_divide", np.floor_divide, normal, positive, gradient=False),
    binary("mod", np.mod, away, positive, order=1),
    binary("power", np.power, positive, normal),
    binary("maximum", np.maximum, order=1),
    binary("minimum", np.minimum, order=1),
    binary("arctan2", np.arctan2),
    binary("logaddexp", np.logaddexp),
    unary("negative", np.negative),
    unary("absolute", np.abs, away, order=1),
    unary("abs", np.abs, away, order=1),
    unary("square", np.square),
    unary("sqrt", np.sqrt, positive),
    unary("rsqrt", lambda x: 1 / np.sqrt(x), positive),
    unary("reciprocal", np.reciprocal, positive),
    unary("sign", np.sign, gradient=False),
    unary("floor", np.floor, gradient=False),
    unary("ceil", np.ceil, gradient=False),
    unary("trunc", np.trunc, gradient=False),
    Row("round", lambda x: np.round(x, 1), shapes(), call=lambda op, x: op(x, 1), gradient=False),
    # functions
    unary("exp", np.exp),
    unary("expm1", np.expm1),
    unary("log", np.log, positive),
    unary("log1p", np.log1p, positive),
    unary("log2", np.log2, positive),
    unary("log10", np.log10, positive),
    unary("sin", np.sin),
    unary("cos", np.cos),
    unary("tan", np.tan, unit),
    unary("arcsin", np.arcsin, unit),
    unary("arccos", np.arccos, unit),
    unary("arctan", np.arctan),
    unary("sinh", np.sinh),
    unary("cosh", np.cosh),
    unary("tanh", np.tanh),
    unary("arcsinh", np.arcsinh),
    unary("arccosh", np.arccosh, lambda *s: between(1.2, 3, *s)),
    unary("arctanh", np.arctanh, unit),
    unary("erf", erf),
    Row("erfinv", lambda x: inverse_of(erf, x), shapes(unit), tolerance=1e-10, why="the reference is a bisection"),
    # comparison and logic
    logic("equal", np.equal, whole),
    logic("not_equal", np.not_equal, whole),
    logic("less", np.less),
    logic("less_equal", np.less_equal, whole),
    logic("greater", np.greater),
    logic("greater_equal", np.greater_equal, whole),
    logic("logical_and", np.logical_and, truth),
    logic("logical_or", np.logical_or, truth),
    logic("logical_xor", np.logical_xor, truth),
    unary("logical_not", np.logical_not, truth, gradient=False),
    Row("isnan", np.isnan, [(np.array([1.0, np.nan, np.inf]),)], gradient=False),
    Row("isinf", np.isinf, [(np.array([1.0, np.nan, -np.inf]),)], gradient=False),
    Row("isfinite", np.isfinite, [(np.array([1.0, np.nan, np.inf]),)], gradient=False),
    Row("where", np.where, [(truth(3), normal(3), normal(3)), (truth(2, 1), normal(3), normal(2, 3)), (truth(0, 3), normal(3), normal())]),
    Row(
        "nan_to_num",
        lambda x: np.nan_to_num(x, nan=7.0),
        [(np.array([1.0, np.nan, np.inf, -np.inf]),)],
        call=lambda op, x: op(x, nan=7.0),
        gradient=False,
    ),
    Row("clip", lambda x: np.clip(x, -1, 1), shapes(away), call=lambda op, x: op(x, -1, 1), order=1),
    # bits
    logic("bitwise_and", np.bitwise_and, whole),
    logic("bitwise_or", np.bitwise_or, whole),
    logic("bitwise_xor", np.bitwise_xor, whole),
    unary("bitwise_invert", np.bitwise_not, whole, gradient=False),
    unary("bitwise_not", np.bitwise_not, whole, gradient=False),
    Row("bitwise_left_shift", np.left_shift, [(whole(4), np.abs(whole(4)))], gradient=False),
    Row("left_shift", np.left_shift, [(whole(4), np.abs(whole(4)))], gradient=False),
    Row("bitwise_right_shift", np.right_shift, [(whole(4), np.abs(whole(4)))], gradient=False),
    Row("right_shift", np.right_shift, [(whole(4), np.abs(whole(4)))], gradient=False),
    # reductions
    over_axes("sum", np.sum),
    over_axes("mean", np.mean, axis=(0, -1)),
    over_axes("prod", np.prod),
    over_axes("max", np.max, order=1),
    over_axes("min", np.min, order=1),
    over_axes("amax", np.max, axis=0, order=1),
    over_axes("amin", np.min, axis=0, order=1),
    over_axes("var", np.var),
    Row("std", lambda x: np.std(x, axis=-1), [(normal(5, 3),), (normal(2, 3, 4),)], call=lambda op, x: op(x, axis=-1)),
    over_axes("ptp", np.ptp, order=1),
    over_axes("any", np.any, truth, gradient=False),
    over_axes("all", np.all, truth, gradient=False),
    over_axes("argmax", np.argmax, gradient=False),
    over_axes("argmin", np.argmin, gradient=False),
    over_axes("count_nonzero", np.count_nonzero, whole, gradient=False),
    over_axes("logsumexp", lambda x, axis: np.log(np.exp(x).sum(axis=axis))),
    Row(
        "average",
        lambda x, w: np.average(x, axis=0, weights=w),
        [(normal(4, 3), positive(4))],
        call=lambda op, x, w: op(x, axis=0, weights=w),
    ),
    over_axes("cumsum", np.cumsum),
    # shapes
    Row("reshape", lambda x: x.reshape(-1, 2), [(normal(4, 3),), (normal(0, 4),), (normal(6, 4).T,)], call=lambda op, x: op(x, (-1, 2))),
    unary("ravel", np.ravel),
    Row("transpose", np.transpose, MATRICES),
    Row("swapaxes", lambda x: np.swapaxes(x, 0, -1), MATRICES, call=lambda op, x: op(x, 0, -1)),
    Row("moveaxis", lambda x: np.moveaxis(x, 0, -1), MATRICES, call=lambda op, x: op(x, 0, -1)),
    Row("expand_dims", lambda x: np.expand_dims(x, (0, -1)), shapes(), call=lambda op, x: op(x, (0, -1))),
    Row("squeeze", np.squeeze, [(normal(1, 3, 1),), (normal(2, 3),)]),
    Row(
        "broadcast_to",
        lambda x: np.broadcast_to(x, (4, 2, 3)),
        [(normal(3),), (normal(2, 1),), (normal(),)],
        call=lambda op, x: op(x, (4, 2, 3)),
    ),
    Row("flip", lambda x: np.flip(x, 0), [(normal(5, 3),), (normal(0, 3),), (normal(1),)], call=lambda op, x: op(x, 0)),
    Row("tile", lambda x: np.tile(x, (2, 3)), [(normal(2, 3),), (normal(3),), (normal(0, 2),)], call=lambda op, x: op(x, (2, 3))),
    Row("repeat", lambda x: np.repeat(x, 3, axis=0), [(normal(2, 3),), (normal(1),)], call=lambda op, x: op(x, 3, axis=0)),
    Row("roll", lambda x: np.roll(x, 2, axis=0), [(normal(5, 3),), (normal(1),), (normal(0, 3),)], call=lambda op, x: op(x, 2, axis=0)),
    Row(
        "pad",
        lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=3.0),
        [(normal(2, 3),), (normal(0, 3),)],
        call=lambda op, x: op(x, ((1, 2), (0, 1)), constant_values=3.0),
    ),
    Row(
        "concatenate",
        lambda *xs: np.concatenate(xs, axis=1),
        [(normal(2, 3), normal(2, 1), normal(2, 0)), (normal(0, 3), normal(0, 2))],
        call=lambda op, *xs: op(list(xs), axis=1),
    ),
    Row("stack", lambda *xs: np.stack(xs, axis=1), [(normal(2, 3), normal(2, 3))], call=lambda op, *xs: op(list(xs), axis=1)),
    Row("append", lambda x, y: np.append(x, y, axis=0), [(normal(2, 3), normal(1, 3))], call=lambda op, x, y: op(x, y, axis=0)),
    Row("hstack", lambda *xs: np.hstack(xs), [(normal(2, 3), normal(2, 1)), (normal(3), normal(2))], call=lambda op, *xs: op(list(xs))),
    Row("vstack", lambda *xs: np.vstack(xs), [(normal(2, 3), normal(1, 3)), (normal(3), normal(3))], call=lambda op, *xs: op(list(xs))),
    Row("split", lambda x: np.split(x, [1, 3])[1], [(normal(5, 2),), (view(normal(4, 3)),)], call=lambda op, x: op(x, [1, 3])[1]),
    Row("unstack", lambda x: x[:, 1], [(normal(2, 3),)], call=lambda op, x: op(x, axis=1)[1]),
    # indexing
    Row(
        "get_item",
        lambda x: x[1:, ::-2, None],
        [(normal(3, 5),), (normal(1, 4),)],
        call=lambda op, x: op(x, (slice(1, None), slice(None, None, -2), None)),
    ),
    Row(
        "take",
        lambda x: np.take(x, [[0, -1], [1, 1]], axis=1),
        [(normal(2, 3, 2),)],
        call=lambda op, x: op(x, np.array([[0, -1], [1, 1]]), axis=1),
    ),
    Row(
        "take_along_axis",
        lambda x: np.take_along_axis(x, np.array([[0, 2], [1, 1]]), 1),
        [(normal(2, 3),)],
        call=lambda op, x: op(x, np.array([[0, 2], [1, 1]]), axis=1),
    ),
    Row("slice", lambda x: x[1:3, 0:2], [(normal(4, 3),)], call=lambda op, x: op(x, (1, 0), (2, 2))),
    Row(
        "slice_update",
        lambda x, u: np.concatenate([x[:1], u, x[3:]]),
        [(normal(4, 3), normal(2, 3))],
        call=lambda op, x, u: op(x, (1, 0), u),
    ),
    Row("scatter", lambda v: np.array([v[0] + v[2], 0.0, v[1]]), [(normal(3),)], call=lambda op, v: op(np.array([[0], [2], [0]]), v, (3,))),
    Row("nonzero", lambda x: np.nonzero(x)[0], [(truth(5),)], call=lambda op, x: op(x)[0], gradient=False),
    Row("argsort", lambda x: np.argsort(x, axis=-1, kind="stable"), [(whole(3, 7),)], gradient=False),
    Row("sort", lambda x: np.sort(x, axis=-1), MATRICES, order=1),
    Row("top_k", lambda x: -np.sort(-x, axis=-1)[..., :2], [(normal(3, 5),)], call=lambda op, x: op(x, 2)[0], order=1),
    Row(
        "in_top_k",
        lambda t, x: np.array([True, False]),
        [(np.array([1, 0]), np.array([[0.1, 0.8, 0.1], [0.1, 0.3, 0.6]]))],
        call=lambda op, t, x: op(t, x, 2),
        gradient=False,
    ),
    # products
    Row(
        "matmul",
        np.matmul,
        [
            (normal(2, 3), normal(3, 4)),
            (normal(3), normal(3, 2)),
            (normal(2, 3), normal(3)),
            (normal(3), normal(3)),
            (normal(5, 2, 3), normal(3, 4)),
            (normal(5, 1, 2, 3), normal(4, 3, 2)),
            (normal(0, 3), normal(3, 2)),
            (normal(2, 0), normal(0, 3)),
            (normal(3, 2).T, view(normal(3, 2))),
        ],
    ),
    Row("dot", np.dot, [(normal(2, 3), normal(3, 4)), (normal(3), normal(3)), (normal(2, 3), normal()), (normal(2, 3), normal(4, 3, 2))]),
    Row("inner", np.inner, [(normal(2, 3), normal(4, 3)), (normal(3), normal(3))]),
    Row("outer", np.outer, [(normal(3), normal(2)), (normal(2, 2), normal(3))]),
    Row("vdot", np.vdot, [(normal(2, 3), normal(2, 3))]),
    Row(
        "tensordot",
        lambda x, y: np.tensordot(x, y, axes=([0, 2], [1, 0])),
        [(normal(2, 3, 4), normal(4, 2, 5))],
        call=lambda op, x, y: op(x, y, axes=([0, 2], [1, 0])),
    ),
    Row(
        "einsum",
        lambda x, y: np.einsum("bij,bkj->bik", x, y),
        [(normal(2, 3, 4), normal(2, 5, 4)), (normal(2, 0, 4), normal(2, 5, 4))],
        call=lambda op, x, y: op("bij,bkj->bik", x, y),
    ),
    # creation and conversion
    Row("zeros_like", np.zeros_like, shapes(), gradient=False),
    Row("ones_like", np.ones_like, shapes(), gradient=False),
    Row("empty_like", np.zeros_like, shapes(), gradient=False),
    Row("full_like", lambda x: np.full_like(x, 2.5), shapes(), call=lambda op, x: op(x, 2.5), gradient=False),
    Row("zeros", lambda: np.zeros((2, 3)), [()], call=lambda op: op((2, 3)), gradient=False),
    Row("ones", lambda: np.ones((2, 3)), [()], call=lambda op: op((2, 3)), gradient=False),
    Row("empty", lambda: np.zeros((2, 3)), [()], call=lambda op: op((2, 3)), gradient=False),
    Row("full", lambda: np.full((2, 3), 7.0), [()], call=lambda op: op((2, 3), 7.0), gradient=False),
    Row("eye", lambda: np.eye(3, 4, 1), [()], call=lambda op: op(3, 4, 1), gradient=False),
    Row("identity", lambda: np.identity(3), [()], call=lambda op: op(3), gradient=False),
    Row("tri", lambda: np.tri(3, 4, 1), [()], call=lambda op: op(3, 4, 1), gradient=False),
    Row("arange", lambda: np.arange(2, 9, 3), [()], call=lambda op: op(2, 9, 3), gradient=False),
    Row(
        "linspace",
        lambda: np.linspace(0, 1, 5),
        [()],
        call=lambda op: op(0, 1, 5),
        gradient=False,
        tolerance=1e-6,
        why="float32 by default",
    ),
    Row(
        "logspace",
        lambda: np.logspace(0, 2, 5),
        [()],
        call=lambda op: op(0, 2, 5),
        gradient=False,
        tolerance=1e-6,
        why="float32 by default",
    ),
    Row("meshgrid", lambda x, y: np.meshgrid(x, y)[1], [(normal(3), normal(2))], call=lambda op, x, y: op(x, y)[1], gradient=False),
    Row("tril", np.tril, [(normal(3, 4),), (normal(2, 3, 3),)]),
    Row("triu", np.triu, [(normal(3, 4),), (normal(2, 3, 3),)]),
    Row("diag", np.diag, [(normal(3),), (normal(3, 4),)]),
    Row("array", np.array, shapes()),
    Row("copy", np.copy, shapes(), gradient=False),
    Row("convert_to_tensor", np.array, shapes()),
    Row("cast", lambda x: x.astype("int32"), [(whole(3).astype("float64"),)], call=lambda op, x: op(x, "int32"), gradient=False),
    Row(
        "saturate_cast",
        lambda x: np.array([255, 0, 7], "uint8"),
        [(np.array([300.0, -5.0, 7.0]),)],
        call=lambda op, x: op(x, "uint8"),
        gradient=False,
    ),
    Row("stop_gradient", lambda x: x, shapes(), gradient=False),
    # activations
    unary("relu", lambda x: np.maximum(x, 0), away, order=1),
    unary("relu6", lambda x: np.clip(x, 0, 6), away, order=1),
    unary("sigmoid", sigmoid),
    unary("softplus", softplus),
    unary("log_sigmoid", lambda x: -softplus(-x)),
    unary("softsign", lambda x: x / (1 + np.abs(x)), away),
    unary("silu", lambda x: x * sigmoid(x)),
    unary("swish", lambda x: x * sigmoid(x)),
    unary("leaky_relu", lambda x: np.where(x >= 0, x, 0.2 * x), away, order=1),
    unary("elu", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), away),
    unary("selu", lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))), away),
    Row("celu", lambda x: np.maximum(x, 0) + 2 * np.expm1(np.minimum(x, 0) / 2), shapes(away), call=lambda op, x: op(x, 2.0)),
    Row("gelu", lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))), shapes(), call=lambda op, x: op(x, approximate=False)),
    unary("hard_sigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1), away, order=1),
    unary("hard_silu", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), away),
    unary("hard_swish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), away),
    unary("hard_tanh", lambda x: np.clip(x, -1, 1), away, order=1),
    unary("tanh_shrink", lambda x: x - np.tanh(x)),
    unary("hard_shrink", lambda x: np.where(np.abs(x) > 0.5, x, 0), away, order=1),
    unary("soft_shrink", lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0), away, order=1),
    Row("threshold", lambda x: np.where(x > 0.5, x, -2.0), shapes(away), call=lambda op, x: op(x, 0.5, -2.0), order=1),
    unary("squareplus", lambda x: (x + np.sqrt(x * x + 4)) / 2),
    unary("sparse_plus", lambda x: np.where(x <= -1, 0, np.where(x < 1, 0.25 * (x + 1) ** 2, x)), away),
    unary("sparse_sigmoid", lambda x: np.clip(0.5 * (x + 1), 0, 1), away, order=1),
    Row("glu", lambda x: x[:, :2] * sigmoid(x[:, 2:]), [(normal(3, 4),)]),
    over_axes("softmax", softmax),
    over_axes("log_softmax", lambda x, axis: np.log(softmax(x, axis))),
    Row("sparsemax", lambda x: np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]]), [(np.array([[-1.0, 0.5, 1.0], [3.0, 0.0, 1.0]]),)], order=1),
    # encodings, normalisation, losses
    Row("one_hot", lambda x: np.eye(4)[x], [(np.array([0, 3, 1]),), (np.array([[1], [2]]),)], call=lambda op, x: op(x, 4), gradient=False),
    Row(
        "multi_hot",
        lambda x: np.array([[1.0, 0, 0, 1], [0, 1, 0, 0]]),
        [(np.array([[0, 3], [1, 1]]),)],
        call=lambda op, x: op(x, 4),
        gradient=False,
    ),
    over_axes("normalize", lambda x, axis: x / np.linalg.norm(x, axis=axis, keepdims=True)),
    Row("moments", lambda x: np.var(x, axis=0), [(normal(5, 3),)], call=lambda op, x: op(x, axes=0)[1]),
    Row(
        "batch_normalization",
        lambda x, m, v: (x - m) / np.sqrt(v + 1e-3),
        [(normal(4, 3), normal(3), positive(3))],
        call=lambda op, x, m, v: op(x, m, v, -1),
    ),
    Row(
        "layer_normalization",
        lambda x, g, b: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-7) * g + b,
        [(normal(4, 5), normal(5), normal(5))],
        call=lambda op, x, g, b: op(x, g, b),
    ),
    Row(
        "rms_normalization",
        lambda x, s: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-7) * s,
        [(normal(4, 5), normal(5))],
        call=lambda op, x, s: op(x, s),
    ),
    Row(
        "categorical_crossentropy",
        lambda t, p: -(t * np.log(p)).sum(-1),
        [(probabilities(5, 4), probabilities(5, 4))],
        tolerance=1e-6,
        why="probabilities are renormalised and clipped",
    ),
    Row(
        "sparse_categorical_crossentropy",
        lambda t, x: -np.log(softmax(x))[np.arange(3), t],
        [(np.array([0, 3, 1]), normal(3, 4))],
        call=lambda op, t, x: op(t, x, from_logits=True),
    ),
    Row("binary_crossentropy", lambda t, p: -t * np.log(p) - (1 - t) * np.log(1 - p), [(between(0.1, 0.9, 5), between(0.1, 0.9, 5))]),
]

# Functions that are no ops on arrays; each has tests of its own in test_core.py.
NOT_ROWS = {
    "cond",
    "convert_to_numpy",
    "custom_gradient",
    "dtype",
    "fori_loop",
    "is_tensor",
    "map",
    "ndim",
    "scan",
    "shape",
    "size",
    "switch",
    "vectorized_map",
    "while_loop",
}

# Wrong inputs, and pieces of the message each must give.
WRONG: list[tuple[str, Callable, list[str]]] = [
    ("add", lambda op: op(np.ones((2, 3)), np.ones((2, 4))), ["ops.add", "(2, 3) and (2, 4)", "axis -1"]),
    ("sum", lambda op: op(np.ones((2, 3)), axis=2), ["ops.sum", "axis=2", "-2 to 1"]),
    ("sum", lambda op: op(np.ones((2, 3)), axis=(0, 0)), ["each axis once"]),
    ("matmul", lambda op: op(np.ones((2, 3)), np.ones((2, 3))), ["inner sizes 3 and 2"]),
    ("matmul", lambda op: op(np.ones((2, 3)), 2.0), ["at least one axis"]),
    ("reshape", lambda op: op(np.ones(6), (4, -1)), ["6 numbers", "divide 6"]),
    ("reshape", lambda op: op(np.ones(6), (4, 2)), ["6 numbers", "reshape to (4, 2)"]),
    ("transpose", lambda op: op(np.ones((2, 3)), (0, 0)), ["each axis once"]),
    ("concatenate", lambda op: op([np.ones((2, 3)), np.ones((3, 3))], axis=1), ["(2, 3), (3, 3)", "axis 1"]),
    ("concatenate", lambda op: op([]), ["at least one"]),
    ("squeeze", lambda op: op(np.ones((2, 1)), axis=0), ["axes of size 1"]),
    ("broadcast_to", lambda op: op(np.ones(3), (3, 2)), ["(3,)", "(3, 2)"]),
    ("split", lambda op: op(np.ones(5), 2), ["2 sections", "size 5"]),
    ("einsum", lambda op: op("ij,jk->ik", np.ones((2, 3)), np.ones((2, 3))), ["letter 'j'"]),
    ("einsum", lambda op: op("ij->k", np.ones((2, 3))), ["einsum", "letters"]),
    ("einsum", lambda op: op("i", np.ones((2, 3))), ["one letter per axis"]),
    ("glu", lambda op: op(np.ones((2, 3))), ["even size"]),
    ("one_hot", lambda op: op(["cat"], 3), ["numbers"]),
    ("cast", lambda op: op(np.ones(2), "flaot32"), ["did you mean 'float32'"]),
    ("categorical_crossentropy", lambda op: op(np.ones((2, 3)), np.ones((2, 4))), ["(2, 3)", "(2, 4)"]),
    ("sparse_categorical_crossentropy", lambda op: op(np.eye(3), np.ones((3, 3))), ["one-hot", "categorical_crossentropy"]),
]
