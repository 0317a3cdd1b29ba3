"""Arithmetic, comparisons, logic and choices."""

from __future__ import annotations

import math

from glassworks import dtypes
from glassworks.export.merging import MergedNode
from glassworks.export.onnx.builder import Builder, Operand
from glassworks.export.onnx.lowerings.table import lowers, widened

# Primitives that ONNX has under another name.
_OPERATORS = {
    "add": "Add",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "power": "Pow",
    "maximum": "Max",
    "minimum": "Min",
}
_COMPARISONS = {"equal": "Equal", "less": "Less", "less_equal": "LessOrEqual"}
_LOGIC = {"logical_and": "And", "logical_or": "Or", "logical_xor": "Xor"}
_BITS = {"bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor", "bitwise_invert": "BitwiseNot"}


@lowers(*_OPERATORS)
def operator(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """One operator of two numbers."""
    return b.op(_OPERATORS[node.name], x, y)


@lowers(*_COMPARISONS, "not_equal")
def comparison(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """A comparison, which gives booleans."""
    if node.name == "not_equal":
        return b.op("Not", b.op("Equal", x, y, dtype="bool"))
    return b.op(_COMPARISONS[node.name], x, y, dtype="bool")


@lowers(*_LOGIC, keeps=True)
def logic(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """A logical operator; numbers other than 0 are true."""
    return b.op(_LOGIC[node.name], b.cast(x, "bool"), b.cast(y, "bool"))


@lowers("logical_not", keeps=True)
def logical_not(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Logical not; numbers other than 0 are true."""
    return b.op("Not", b.cast(x, "bool"))


@lowers("where", keeps=True)
def where(b: Builder, node: MergedNode, condition: Operand, x: Operand, y: Operand) -> Operand:
    """A choice."""
    x, y = widened(b, x), widened(b, y)
    return b.op("Where", condition, x, y, dtype=x.dtype)


@lowers("clip")
def clip(b: Builder, node: MergedNode, x: Operand, low: Operand, high: Operand) -> Operand:
    """Limits, which may be arrays: ONNX's Clip takes numbers alone."""
    return b.op("Min", b.op("Max", x, low), high)


@lowers("is_nan", "is_inf", "is_finite")
def finiteness(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """NaN and infinity; integers are always finite."""
    if not dtypes.is_float(x.dtype):
        return b.op("Equal" if node.name == "is_finite" else "Less", x, x, dtype="bool")
    if node.name == "is_finite":
        # x - x is 0 for finite numbers, and NaN for others.
        return b.op("Not", b.op("IsNaN", b.op("Sub", x, x), dtype="bool"))
    return b.op("IsNaN" if node.name == "is_nan" else "IsInf", x, dtype="bool")


@lowers("sign_bit")
def sign_bit(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Whether a number is negative, or -0.0, which 1 / x tells apart; False for NaN."""
    return is_negative(b, x)


def is_negative(b: Builder, x: Operand) -> Operand:
    """Whether the sign of x is minus, also of -0.0."""
    zero = b.number(0, x)
    negative = b.op("Less", x, zero, dtype="bool")
    if not dtypes.is_float(x.dtype):
        return negative
    zeros = b.op("Equal", x, zero, dtype="bool")
    return b.op("Or", negative, b.op("And", zeros, b.op("Less", b.op("Reciprocal", x), zero, dtype="bool")))


@lowers(*_BITS, keeps=True)
def bitwise(b: Builder, node: MergedNode, *inputs: Operand) -> Operand:
    """Bitwise logic; of booleans it is logic."""
    if inputs[0].dtype == "bool":
        return b.op({"bitwise_and": "And", "bitwise_or": "Or", "bitwise_xor": "Xor", "bitwise_invert": "Not"}[node.name], *inputs)
    return b.op(_BITS[node.name], *inputs)


@lowers("left_shift", "right_shift")
def shift(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """Shifts as products with powers of two and as whole divisions, since ONNX shifts unsigned integers alone."""
    wide = b.cast(x, "int64")
    power = b.op("Pow", b.constant(dtypes.numpy_dtype("int64").type(2)), b.cast(y, "int64"))
    return b.op("Mul", wide, power) if node.name == "left_shift" else floor_division(b, wide, power)


def floor_division(b: Builder, x: Operand, y: Operand) -> Operand:
    """The largest integer not above x / y, as NumPy computes it: what is left after the remainder is a multiple of y."""
    if not dtypes.is_float(x.dtype):
        by_zero, safe = _without_zero(b, y)
        quotient = b.op("Div", b.op("Sub", x, b.op("Mod", x, safe)), safe)
        return b.op("Where", by_zero, b.number(0, x), quotient, dtype=x.dtype)
    rest = b.op("Mod", x, y, fmod=1)
    quotient = b.op("Round", b.op("Div", b.op("Sub", x, rest), y))
    quotient = b.op("Sub", quotient, b.cast(_is_beyond(b, rest, y), x.dtype))
    by_zero, _ = _without_zero(b, y)
    return b.op("Where", by_zero, b.op("Div", x, y), quotient, dtype=x.dtype)


def remainder(b: Builder, x: Operand, y: Operand) -> Operand:
    """The remainder of x / y with the sign of y; of integers it is 0 where y is 0, as in NumPy."""
    if not dtypes.is_float(x.dtype):
        by_zero, safe = _without_zero(b, y)
        return b.op("Where", by_zero, b.number(0, x), b.op("Mod", x, safe), dtype=x.dtype)
    rest = b.op("Mod", x, y, fmod=1)
    return b.op("Where", _is_beyond(b, rest, y), b.op("Add", rest, y), rest, dtype=x.dtype)


def _is_beyond(b: Builder, rest: Operand, y: Operand) -> Operand:
    """Whether a remainder with the sign of x has another sign than y."""
    zero = b.number(0, y)
    differ = b.op("Xor", b.op("Less", rest, zero, dtype="bool"), b.op("Less", y, zero, dtype="bool"))
    return b.op("And", differ, b.op("Not", b.op("Equal", rest, zero, dtype="bool")))


def _without_zero(b: Builder, y: Operand) -> tuple[Operand, Operand]:
    """Where y is 0, and y with 1 there: a division of integers by 0 would end the process."""
    is_zero = b.op("Equal", y, b.number(0, y), dtype="bool")
    return is_zero, b.op("Where", is_zero, b.number(1, y), y, dtype=y.dtype)


@lowers("floor_divide", "mod", "fmod")
def division(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """Whole division and remainders."""
    if node.name != "fmod":
        return floor_division(b, x, y) if node.name == "floor_divide" else remainder(b, x, y)
    if dtypes.is_float(x.dtype):
        return b.op("Mod", x, y, fmod=1)
    by_zero, safe = _without_zero(b, y)
    return b.op("Where", by_zero, b.number(0, x), b.op("Mod", x, safe, fmod=1), dtype=x.dtype)


@lowers("arctan2")
def arctan2(b: Builder, node: MergedNode, y: Operand, x: Operand) -> Operand:
    """The angle of a point: the arctangent of its slope, half a turn further on the left."""
    infinite = b.op("And", *(b.op("IsInf", part, dtype="bool") for part in (y, x)))
    y, x = (b.op("Where", infinite, b.op("Sign", part), part, dtype=x.dtype) for part in (y, x))
    zero, half_turn = b.number(0, x), b.number(math.pi, x)
    below, left = is_negative(b, y), is_negative(b, x)
    signed = b.op("Where", below, b.op("Neg", half_turn), half_turn, dtype=x.dtype)
    slope = b.op("Atan", b.op("Div", y, x))
    angle = b.op("Where", left, b.op("Add", slope, signed), slope, dtype=x.dtype)
    # On the axes the slope is 0 or infinite, or 0 / 0 at the origin.
    zero_x, zero_y = (b.op("Equal", part, zero, dtype="bool") for part in (x, y))
    on_y = b.op("And", zero_x, b.op("Not", b.op("Or", zero_y, b.op("IsNaN", y, dtype="bool"))))
    angle = b.op("Where", on_y, b.op("Mul", signed, b.number(0.5, x)), angle, dtype=x.dtype)
    on_x = b.op("And", zero_y, b.op("Not", b.op("IsNaN", x, dtype="bool")))
    return b.op("Where", on_x, b.op("Where", left, signed, y, dtype=x.dtype), angle, dtype=x.dtype)


@lowers("hypot")
def hypot(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """The length of a vector, without overflow: the larger component times the length of what is left when it is divided out."""
    x, y = b.op("Abs", x), b.op("Abs", y)
    large, small = b.op("Max", x, y), b.op("Min", x, y)
    _, divisor = _without_zero(b, large)
    ratio = b.op("Div", small, divisor)
    length = b.op("Mul", large, b.op("Sqrt", b.op("Add", b.number(1, x), b.op("Mul", ratio, ratio))))
    infinite = b.op("Or", *(b.op("IsInf", part, dtype="bool") for part in (x, y)))
    return b.op("Where", infinite, b.number(math.inf, x), length, dtype=x.dtype)


@lowers("logaddexp")
def logaddexp(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """log(exp(x) + exp(y)): the larger, plus the softplus of the difference; equal infinities have none."""
    large, small = b.op("Max", x, y), b.op("Min", x, y)
    rest = b.op("Log", b.op("Add", b.number(1, x), b.op("Exp", b.op("Sub", small, large))))
    equal = b.op("And", b.op("Equal", x, y, dtype="bool"), b.op("IsInf", x, dtype="bool"))
    return b.op("Where", equal, x, b.op("Add", large, rest), dtype=x.dtype)


# The signed integer that a float becomes before its low bits are taken, as in the primitive `cast`.
_THROUGH = {"int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32", "uint32": "int64"}


@lowers("cast", keeps=True)
def cast(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Another dtype."""
    dtype = node.attributes["dtype"]
    if dtypes.is_float(x.dtype) and dtype in _THROUGH:
        x = b.cast(x, _THROUGH[dtype])
    return b.cast(x, dtype)


@lowers("in_range", keeps=True)
def in_range(b: Builder, node: MergedNode, x: Operand, *needed: Operand) -> Operand:
    """Integers, negative ones among indices counted from the end. The check itself has no operator: what reads by index raises instead."""
    places = b.cast(x, node.attributes["dtype"])
    if node.attributes["what"] != "index":
        return places
    high = b.cast(b.op("Squeeze", b.size(node.attributes["high"])), places.dtype)
    negative = b.op("Less", places, b.number(0, places), dtype="bool")
    return b.op("Where", negative, b.op("Add", places, high), places, dtype=places.dtype)
