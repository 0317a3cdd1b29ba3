"""Rules for functions of elements at the same position, and for what only looks at memory in another shape."""

from __future__ import annotations

import math

from glassworks.engine.native.ir.values import Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.graph import Node

# The kernels of these have the names of the primitives.
SAME_NAME = [
    "add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "mod", "floor_divide", "bitwise_and", "bitwise_or",
    "bitwise_xor", "left_shift", "right_shift", "equal", "not_equal", "less", "less_equal", "logical_and", "logical_or", "logical_xor",
    "logical_not", "is_nan", "is_inf", "is_finite", "negative", "square", "absolute", "sign", "relu", "sqrt", "rsqrt", "floor", "ceil",
    "trunc", "sin", "cos", "erf", "gelu", "gelu_slope", "exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "clip",
]  # fmt: skip


def elementwise(lowering: Lowering, node: Node, *inputs: Tensor) -> bool:
    """The kernel of the same name."""
    kernel = lowering.find(node.primitive.name, inputs[0].dtype)
    if kernel is None:
        return False
    spec = node.outputs[0].spec
    if node.primitive.name == "divide" and (divisor := _power_of_two(inputs[1])):
        # Multiplying by the inverse gives the same bits, and is many times faster.
        inputs = (inputs[0], lowering.constant(1.0 / divisor, inputs[1].dtype))
        kernel = lowering.target.kernel("multiply", inputs[0].dtype)
    return lowering.define(node, lowering.elementwise(kernel, inputs, spec.shape, spec.dtype))


def _power_of_two(tensor: Tensor) -> float | None:
    """The constant, if its inverse is exact and is not a subnormal number."""
    array = tensor.storage.array
    if array is None or array.size != 1 or tensor.dtype not in ("float32", "float64"):
        return None
    number = float(array.reshape(-1)[0])
    fraction, exponent = math.frexp(number)
    return number if abs(fraction) == 0.5 and abs(exponent) < 100 else None


def round_(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Rounding to integers only."""
    kernel = lowering.find("round", x.dtype)
    if node.attributes.get("decimals", 0) or kernel is None:
        return False
    return lowering.define(node, lowering.elementwise(kernel, [x], x.shape, x.dtype))


def where(lowering: Lowering, node: Node, condition: Tensor, x: Tensor, y: Tensor) -> bool:
    """A choice moves bytes, whatever their dtype."""
    kernel, spec = lowering.find("where", str(x.storage.item)), node.outputs[0].spec
    if condition.dtype != "bool" or kernel is None:
        return False
    return lowering.define(node, lowering.elementwise(kernel, [condition, x, y], spec.shape, spec.dtype))


def cast(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Change of dtype."""
    to = node.attributes["dtype"]
    if to == x.dtype:
        return lowering.define(node, x)
    kernel = lowering.find("cast", x.dtype, to)
    return kernel is not None and lowering.define(node, lowering.elementwise(kernel, [x], x.shape, to))


def reshape(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """The same memory, seen in another shape."""
    shape = node.outputs[0].spec.shape
    if x.storage.size == 1:
        return lowering.define(node, Tensor(x.storage, shape, (1,) * len(shape)))
    return lowering.define(node, lowering.materialize(x))


def broadcast_to(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """The same memory, repeated; written out only for those who cannot read it so."""
    return lowering.define(node, x.broadcast_to(node.outputs[0].spec.shape))


def copy(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Values never change, so a copy is the value itself."""
    return lowering.define(node, x)


def custom_gradient(lowering: Lowering, node: Node, *inputs: Tensor) -> bool:
    """What the function computed stands before its arguments."""
    return lowering.define(node, *inputs[: len(node.outputs)])


ELEMENTWISE_RULES: dict[str, Rule] = {
    **dict.fromkeys(SAME_NAME, elementwise),
    "round": round_,
    "where": where,
    "cast": cast,
    "reshape": reshape,
    "broadcast_to": broadcast_to,
    "copy": copy,
    "custom_gradient": custom_gradient,
}
