"""Random calls of ops: a function per group, from the operands' shapes and dtypes to a line's code, or None where it cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from glassworks import dtypes
from tests.fuzz.pick import Pick


class Operand(NamedTuple):
    """A tensor that a graph has so far."""

    name: str
    shape: list[int]
    dtype: str

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether it holds floating numbers."""
        return dtypes.is_float(self.dtype)


class Fresh(NamedTuple):
    """An operand that the call needs and the graph does not have: a further input."""

    shape: list[int]
    values: str = "normal"
    dtype: str | None = None


class CallChoice(NamedTuple):
    """Code with `{0}` for the first operand and `{1}` for what else it reads."""

    code: str
    more: tuple[Operand | Fresh, ...] = ()


Chooser = Callable[[Pick, Operand, list[Operand]], CallChoice | None]
ANYWHERE = (
    "negative absolute square exp expm1 sin cos tan sinh cosh tanh arctan arcsinh erf erfc sigmoid softplus log_sigmoid softsign silu gelu elu"
    " selu relu relu6 leaky_relu hard_sigmoid hard_silu hard_tanh tanh_shrink hard_shrink soft_shrink squareplus sparse_plus sparse_sigmoid"
    " sign floor ceil trunc round isnan isinf isfinite nan_to_num exp2 cbrt sinc deg2rad rad2deg reciprocal i0 signbit"
).split()
POSITIVE = "sqrt rsqrt log log1p log2 log10 reciprocal".split()
UNIT = "arcsin arccos arctanh erfinv".split()
BINARY = (
    "add add subtract multiply multiply divide maximum minimum arctan2 logaddexp hypot fmax fmin heaviside equal not_equal less less_equal"
    " greater greater_equal divide_no_nan floor_divide mod fmod logaddexp2 power"
).split()
INTEGERS = "bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm".split()
REDUCTIONS = "sum sum mean mean prod max min amax amin var std any all argmax argmin count_nonzero logsumexp ptp nansum nanmean nanmax median".split()
CASTS = "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool".split()


def unary(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice:
    """A function of each number, within its domain most of the time."""
    if x.dtype == "bool":
        return CallChoice(pick.one("ops.logical_not({0})", "ops.cast({0}, 'float32')", "ops.cast({0}, 'int32')"))
    if not x.is_float:
        return CallChoice(f"ops.{pick.one('negative', 'absolute', 'square', 'sign', 'bitwise_not', 'relu')}({{0}})")
    kind = pick.integer(0, 9)
    if kind == 0:
        return CallChoice(f"ops.{pick.one(*POSITIVE)}(ops.absolute({{0}}) + 0.5)")
    if kind == 1:
        return CallChoice(f"ops.{pick.one(*UNIT)}(ops.clip({{0}}, -0.9, 0.9))")
    if kind == 2:
        return CallChoice(f"ops.{pick.one(*POSITIVE, *UNIT, 'arccosh')}({{0}})")
    if kind == 3:
        return CallChoice(
            pick.one("ops.clip({0}, -0.5, 1.0)", "ops.leaky_relu({0}, 0.1)", "ops.gelu({0}, approximate=False)", "ops.celu({0}, 2.0)")
        )
    if kind == 4:
        return CallChoice(
            pick.one("{0} * 2.0", "3.0 - {0}", "{0} / 7.0", "1.0 / ({0} * {0} + 1.0)", "{0} ** 2", "-{0}", "abs({0})", "{0} ** 3")
        )
    return CallChoice(f"ops.{pick.one(*ANYWHERE)}({{0}})")


def broadcast(pick: Pick, shape: list[int]) -> list[int]:
    """A shape that broadcasts against another one."""
    found = [1 if pick.maybe(0.3) else n for n in shape]
    return found[pick.integer(0, len(found)) :] if pick.maybe(0.3) else found


def binary(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice:
    """A function of two tensors that broadcast, or of one with itself."""
    fitting = [o for o in others if _broadcasts(o.shape, x.shape)]
    other: Operand | Fresh = pick.one(*fitting) if fitting and pick.maybe(0.7) else Fresh(broadcast(pick, x.shape), dtype=x.dtype)
    if not x.is_float and x.dtype != "bool" and other.dtype == x.dtype and pick.maybe(0.3):
        name = pick.one(*INTEGERS)
        return CallChoice(f"ops.{name}({{0}}, {'ops.absolute({1})' if 'shift' in name else '{1}'})", (other,))
    if x.dtype == "bool" and other.dtype == "bool" and pick.maybe(0.7):
        return CallChoice(f"ops.logical_{pick.one('and', 'or', 'xor')}({{0}}, {{1}})", (other,))
    if pick.maybe(0.1):
        return CallChoice("ops.where({1} > 0, {0}, {1})" if other.dtype != "bool" else "ops.where({1}, {0}, {0} * 2)", (other,))
    name = pick.one(*BINARY)
    # Integers have no negative powers, which Glassworks says when the numbers are known, and no quotient by 0.
    integers = not (x.is_float or (other.dtype is not None and dtypes.is_float(other.dtype)))
    if name in ("divide", "mod", "fmod", "floor_divide", "power") and (pick.maybe(0.8) or integers):
        return CallChoice(f"ops.{name}({'ops.absolute({0})' if name == 'power' else '{0}'}, ops.absolute({{1}}) + 1)", (other,))
    return CallChoice(f"ops.{name}({{0}}, {{1}})", (other,)) if pick.maybe(0.8) else CallChoice(f"ops.{name}({{1}}, {{0}})", (other,))


def _broadcasts(a: list[int], b: list[int]) -> bool:
    sizes = list(zip(reversed(a), reversed(b), strict=False))
    longest = max(a, b, key=len)
    grown = [max(m, n) if m and n else 0 for m, n in sizes]
    return all(m == n or 1 in (m, n) for m, n in sizes) and math.prod(grown) * math.prod(longest[: len(longest) - len(grown)]) <= 400_000


def reduction(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice | None:
    """A sum or the like over some axes."""
    if not x.shape:
        return None
    rank = len(x.shape)
    name = pick.one(*REDUCTIONS)
    axis = pick.one(
        "None", str(pick.integer(-rank, rank - 1)), str(tuple(sorted(int(i) for i in pick.rng.permutation(rank)[: pick.integer(1, rank)])))
    )
    if name in ("argmax", "argmin", "median") and "(" in axis:
        axis = "-1"
    if name in ("cumsum", "cumprod"):
        return CallChoice(f"ops.{name}({{0}}, axis=-1)")
    if name == "count_nonzero":
        return CallChoice(f"ops.{name}({{0}}, axis={axis})")
    return CallChoice(f"ops.{name}({{0}}, axis={axis}, keepdims={pick.maybe(0.5)})")


def moving(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice | None:
    """The same numbers in another shape, order or number."""
    rank, shape = len(x.shape), x.shape
    if rank > 8 and pick.maybe(0.6):  # each axis by itself
        cut = ", ".join(pick.one(":1", ":", "::-1", ":", "1:" if n > 1 else ":") for n in shape)
        widths = tuple((pick.integer(0, 1) * pick.integer(0, 1), 0) for _ in shape)
        return CallChoice(pick.one(f"{{0}}[{cut}]", f"{{0}}[{cut}]", f"ops.pad({{0}}, {widths})"))
    if not rank:
        return CallChoice(pick.one("ops.expand_dims({0}, 0)", "ops.broadcast_to({0}, (3, 2))", "ops.reshape({0}, (1, 1))"))
    axis = pick.integer(0, rank - 1)
    order = tuple(int(i) for i in pick.rng.permutation(rank))
    divisor = pick.divisor(x.size) if 0 < x.size < 5000 else 1
    choices = [
        f"ops.transpose({{0}}, {order})",
        f"ops.reshape({{0}}, {(divisor, x.size // divisor)})",
        "ops.reshape({0}, (-1,))",
        f"ops.flip({{0}}, {axis})",
        f"ops.roll({{0}}, {pick.integer(-3, 3)}, axis={axis})",
        f"ops.expand_dims({{0}}, {axis})",
        f"ops.swapaxes({{0}}, {axis}, -1)",
        f"ops.pad({{0}}, {tuple((pick.integer(0, 2), pick.integer(0, 1)) for _ in shape)})",
        f"ops.concatenate([{{0}}, {{0}}], axis={axis})",
        f"ops.stack([{{0}}, {{0}}], axis={axis})",
        f"ops.cumsum({{0}}, axis={axis})",
        f"ops.diff({{0}}, axis={axis})",
        f"ops.repeat({{0}}, 2, axis={axis})",
        "{0}[..., None]",
        "{0}[::-1]",
        "{0}[..., ::2]",
        "{0}[1:]",
        "ops.squeeze({0})",
        f"ops.tile({{0}}, {tuple(pick.integer(1, 2) for _ in shape)})",
    ]
    if shape[axis]:
        places = [pick.integer(-shape[axis], shape[axis] - 1) for _ in range(pick.integer(1, 5))]
        choices += [f"ops.take({{0}}, np.array({places}), axis={axis})", f"ops.split({{0}}, [{shape[axis] // 2}], axis={axis})[0]"]
        choices += [f"ops.sort({{0}}, axis={axis})", f"ops.argsort({{0}}, axis={axis})", "ops.top_k({0}, 1)[0]" if shape[-1] else "{0}"]
        choices += [f"ops.unstack({{0}}, axis={axis})[-1]", "{0}[0]" if shape[0] else "{0}"]
    if rank > 1:
        choices += ["ops.tril({0})", "ops.triu({0}, 1)", "ops.diagonal({0})"]
    if x.size > 20_000:
        choices = choices[:7]
    return CallChoice(pick.one(*choices))


def joining(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice | None:
    """Several tensors as one; updates of parts."""
    same = [o for o in others if o.shape == x.shape and o.dtype == x.dtype]
    if not x.shape or not same:
        return None
    other = pick.one(*same)
    return CallChoice(
        pick.one("ops.concatenate([{0}, {1}], axis=-1)", "ops.stack([{0}, {1}], axis=0)", "ops.append({0}, {1}, axis=0)"), (other,)
    )


def product(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice | None:
    """Matrix products with a further input."""
    if not x.shape or x.dtype == "bool" or x.size > 20_000:
        return None
    inner, columns = x.shape[-1], pick.size(65)
    values = "normal" if x.is_float else "signed"
    kind = pick.integer(0, 4)
    if kind == 0 and len(x.shape) > 1:
        batch = [1 if pick.maybe(0.3) else n for n in x.shape[:-2]]
        return CallChoice("ops.matmul({0}, {1})", (Fresh([*batch, inner, columns], values, x.dtype),))
    if kind == 1:
        return CallChoice("ops.dot({0}, {1})", (Fresh([inner], values, x.dtype),))
    if kind == 2 and len(x.shape) == 3:
        return CallChoice("ops.einsum('bij,bkj->bik', {0}, {1})", (Fresh([x.shape[0], columns, inner], values, x.dtype),))
    if kind == 3 and len(x.shape) == 2:
        return CallChoice(
            pick.one("ops.matmul(ops.transpose({0}), {0})", "ops.matmul({0}, ops.transpose({0}))", "ops.einsum('ij,ij->i', {0}, {0})")
        )
    return CallChoice("ops.matmul({0}, {1})", (Fresh([inner, columns], values, x.dtype),))


def rows(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice | None:
    """Functions along an axis: softmax, normalisations; encodings of integers."""
    if not x.shape or not x.size:
        return None
    if x.dtype in ("int32", "int64", "uint8") and x.size < 2000:
        return CallChoice(pick.one("ops.one_hot(ops.mod({0}, 5), 5)", "ops.bincount(ops.reshape(ops.mod({0}, 7), (-1,)), minlength=7)"))
    if not x.is_float:
        return None
    axis = pick.integer(-len(x.shape), -1)
    names = ["softmax", "log_softmax", "logsumexp", "normalize"]
    if pick.maybe(0.6):
        return CallChoice(f"ops.{pick.one(*names)}({{0}}, axis={axis})")
    n = x.shape[-1]
    return pick.one(
        CallChoice("ops.layer_normalization({0}, {1}, {2})", (Fresh([n], dtype=x.dtype), Fresh([n], dtype=x.dtype))),
        CallChoice("ops.rms_normalization({0}, {1})", (Fresh([n], dtype=x.dtype),)),
        CallChoice("({0} - ops.mean({0}, axis=-1, keepdims=True)) * ops.rsqrt(ops.var({0}, axis=-1, keepdims=True) + 1e-3)"),
        CallChoice("ops.exp({0}) / ops.sum(ops.exp({0}), axis=-1, keepdims=True)"),
        CallChoice("ops.log(ops.clip(ops.softmax({0}), 0.2, 0.7))"),
        CallChoice("ops.log(ops.clip(ops.sigmoid({0}), 1e-7, 1 - 1e-7))"),
        CallChoice("ops.log(ops.sigmoid({0}) / ops.sum(ops.sigmoid({0}), axis=-1, keepdims=True))"),
        CallChoice("ops.log(ops.softmax({0}) / ops.sum(ops.softmax({0}), axis=0, keepdims=True))"),
    )


def windowed(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice | None:
    """Convolutions and poolings, if it has the axes of a batch of pictures."""
    rank = len(x.shape) - 2
    if x.is_float and rank == 1 and x.shape[1] > 2000 and x.shape[2] < 100:
        length = x.shape[1] - pick.integer(0, 3)
        return CallChoice("ops.conv({0}, {1})", (Fresh([length, x.shape[2], pick.integer(1, 3)], dtype=x.dtype),))
    if not x.is_float or not 1 <= rank <= 3 or min(x.shape) < 1 or x.size > 20_000:
        return None
    size = pick.integer(1, min(*x.shape[1:-1], 4)) if rank > 1 else pick.integer(1, min(x.shape[1], 5))
    padding, strides = pick.one("'same'", "'valid'"), pick.integer(1, 3)
    kind = pick.integer(0, 4)
    if kind <= 1:
        name = pick.one("max_pool", "average_pool")
        return CallChoice(f"ops.{name}({{0}}, {size}, {strides}, {padding})")
    kernel = [*[size] * rank, x.shape[-1], pick.one(1, 2, 3, 8, 16, 17)]
    if kind == 2:
        return CallChoice(f"ops.conv_transpose({{0}}, {{1}}, {strides}, {padding})", (Fresh([*kernel[:-2], 3, kernel[-2]], dtype=x.dtype),))
    if kind == 3 and rank <= 2:
        return CallChoice(f"ops.depthwise_conv({{0}}, {{1}}, {strides}, {padding})", (Fresh([*kernel[:-1], 2], dtype=x.dtype),))
    return CallChoice(f"ops.conv({{0}}, {{1}}, {strides}, {padding})", (Fresh(kernel, dtype=x.dtype),))


def cast(pick: Pick, x: Operand, others: list[Operand]) -> CallChoice:
    """Another dtype. Floating numbers become integers within range only: what others become is not defined."""
    dtype = pick.one(*CASTS)
    if dtype.startswith(("int", "uint")) and x.is_float:
        return CallChoice(f"ops.cast(ops.nan_to_num(ops.clip({{0}}, 0.0, 100.0)), '{dtype}')")
    return CallChoice(f"ops.cast({{0}}, '{dtype}')")


CHOOSERS: list[Chooser] = [
    unary,
    unary,
    unary,
    binary,
    binary,
    binary,
    reduction,
    reduction,
    moving,
    moving,
    joining,
    product,
    rows,
    windowed,
    cast,
]
