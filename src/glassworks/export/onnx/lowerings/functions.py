"""Functions of one number: logarithms, trigonometry, rounding, activations."""

from __future__ import annotations

import math

import numpy as np

from glassworks import dtypes
from glassworks.export.merging import MergedNode
from glassworks.export.onnx.builder import Builder, Operand
from glassworks.export.onnx.lowerings.table import lowers

_OPERATORS = {
    "negative": "Neg",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "absolute": "Abs",
    "sin": "Sin",
    "cos": "Cos",
    "tan": "Tan",
    "arcsin": "Asin",
    "arccos": "Acos",
    "arctan": "Atan",
    "sinh": "Sinh",
    "cosh": "Cosh",
    "arcsinh": "Asinh",
    "arccosh": "Acosh",
    "arctanh": "Atanh",
    "sign": "Sign",
    "relu": "Relu",
    "erf": "Erf",
    "gelu": "Gelu",
}


@lowers(*_OPERATORS)
def function(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """One operator."""
    if node.name == "relu" and not dtypes.is_float(x.dtype):
        return b.op("Max", x, b.number(0, x))
    return b.op(_OPERATORS[node.name], x)


@lowers("stop_gradient", "copy", keeps=True)
def identity(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Nothing to compute."""
    return x


@lowers("custom_gradient", keeps=True)
def custom_gradient(b: Builder, node: MergedNode, *inputs: Operand) -> list[Operand]:
    """The results, which are the first inputs."""
    return list(inputs[: node.attributes["count"]])


@lowers("square")
def square(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """x times x."""
    return b.op("Mul", x, x)


@lowers("rsqrt")
def rsqrt(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """1 / sqrt(x)."""
    return b.op("Reciprocal", b.op("Sqrt", x))


@lowers("log2", "log10")
def logarithm(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """A logarithm to another base."""
    return b.op("Mul", b.op("Log", x), b.number(1 / math.log(int(node.name[3:])), x))


@lowers("exp2")
def exp2(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """2 to the power x."""
    return b.op("Pow", b.number(2, x), x)


@lowers("cbrt")
def cbrt(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """The cube root, of negative numbers too."""
    return b.op("Mul", b.op("Sign", x), b.op("Pow", b.op("Abs", x), b.number(1 / 3, x)))


def log1p(b: Builder, x: Operand) -> Operand:
    """log(1 + x), exact for small x: what rounding 1 + x to u took from x, log(u) / (u - 1) gives back."""
    one, u = b.number(1, x), b.op("Add", b.number(1, x), x)
    plain, step = b.op("Log", u), b.op("Sub", u, one)
    is_one = b.op("Equal", step, b.number(0, x), dtype="bool")
    exact = b.op("Mul", x, b.op("Div", plain, b.op("Where", is_one, one, step, dtype=x.dtype)))
    exact = b.op("Where", is_one, x, exact, dtype=x.dtype)
    is_small = b.op("Less", b.op("Abs", x), b.number(0.5, x), dtype="bool")
    return b.op("Where", is_small, exact, plain, dtype=x.dtype)


@lowers("log1p")
def lower_log1p(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """See `log1p`."""
    return log1p(b, x)


@lowers("expm1")
def expm1(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """exp(x) - 1, for small x by 2 tanh(x / 2) / (1 - tanh(x / 2)), which loses no digits."""
    one = b.number(1, x)
    half = b.op("Tanh", b.op("Mul", x, b.number(0.5, x)))
    exact = b.op("Div", b.op("Mul", b.number(2, x), half), b.op("Sub", one, half))
    is_small = b.op("Less", b.op("Abs", x), b.number(0.5, x), dtype="bool")
    return b.op("Where", is_small, exact, b.op("Sub", b.op("Exp", x), one), dtype=x.dtype)


@lowers("softplus")
def softplus(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """log(1 + exp(x)): the positive part of x, plus what does not overflow."""
    return b.op("Add", b.op("Max", x, b.number(0, x)), log1p(b, b.op("Exp", b.op("Neg", b.op("Abs", x)))))


@lowers("floor", "ceil", "trunc", "round")
def rounding(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Integers near x; integers stay as they are."""
    decimals = node.attributes.get("decimals", 0)
    if not dtypes.is_float(x.dtype):
        return x
    if node.name == "trunc":
        return b.op("Mul", b.op("Sign", x), b.op("Floor", b.op("Abs", x)))
    if decimals:
        # NumPy multiplies by a power of ten, or divides by one, and goes back the same way.
        there, back = ("Mul", "Div") if decimals > 0 else ("Div", "Mul")
        scale = b.number(10.0 ** abs(decimals), x)
        return b.op(back, b.op("Round", b.op(there, x, scale)), scale)
    return b.op({"floor": "Floor", "ceil": "Ceil", "round": "Round"}[node.name], x)


@lowers("softmax", "log_softmax")
def softmax(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Along one axis."""
    return b.op("Softmax" if node.name == "softmax" else "LogSoftmax", x, axis=node.attributes["axis"])


@lowers("erfc")
def erfc(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """1 - erf(x)."""
    return b.op("Sub", b.number(1, x), b.op("Erf", x))


@lowers("gelu_slope")
def gelu_slope(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """The chance that a standard normal number is below x, and x times its density there."""
    below = b.op("Mul", b.number(0.5, x), b.op("Add", b.number(1, x), b.op("Erf", b.op("Mul", x, b.number(math.sqrt(0.5), x)))))
    density = b.op("Mul", b.op("Exp", b.op("Mul", b.op("Mul", x, x), b.number(-0.5, x))), b.number(1 / math.sqrt(2 * math.pi), x))
    return b.op("Add", below, b.op("Mul", x, density))


@lowers("fourier")
def fourier(b: Builder, node: MergedNode, real: Operand, imaginary: Operand) -> list[Operand]:
    """Sums of x[n] exp(sign 2 pi i k n / N) over axes, by ONNX's DFT of pairs in a last axis."""
    rank = node.inputs[0].rank
    last = b.integers(-1)
    pairs = b.op("Concat", b.op("Unsqueeze", real, last), b.op("Unsqueeze", imaginary, last), axis=-1)
    forward = node.attributes["sign"] < 0
    for axis in node.attributes["axes"]:
        axis %= rank
        pairs = b.op("DFT", pairs, None, b.constant(np.int64(axis)), inverse=int(not forward))
        if not forward:  # ONNX divides by the number of terms
            pairs = b.op("Mul", pairs, b.cast(b.op("Squeeze", b.size(node.inputs[0].shape[axis], node.origin.call)), real.dtype))
    return [b.op("Gather", pairs, b.constant(np.int64(i)), axis=-1) for i in (0, 1)]
