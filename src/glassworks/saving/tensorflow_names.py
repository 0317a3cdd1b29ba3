"""Functions and operations of TensorFlow in models of Keras 2, and the ops that compute the same."""

from __future__ import annotations

_BINARY = {"y": "x2"}
_REDUCED = {"axis": "axis", "keepdims": "keepdims"}
_NONE: dict[str, str] = {}

_SAME_NAME = (
    "abs acos=arccos acosh=arccosh asin=arcsin asinh=arcsinh atan=arctan atanh=arctanh ceil cos cosh erf exp expm1 floor is_finite=isfinite "
    "is_inf=isinf is_nan=isnan log log1p logical_not negative reciprocal rint=round round rsqrt sigmoid sign sin sinh softplus softsign sqrt square "
    "tan tanh"
)
_PAIRS = (
    "add atan2=arctan2 divide divide_no_nan equal floordiv=floor_divide floormod=mod greater greater_equal less less_equal logical_and logical_or "
    "logical_xor maximum minimum mod multiply not_equal pow=power subtract truediv=true_divide"
)
_REDUCTIONS = "all any euclidean_norm=norm logsumexp max mean min prod std sum variance=var"
_ACTIVATIONS = "elu log_softmax relu relu6 selu sigmoid silu softmax softplus softsign swish=silu tanh"


def _named(names: str) -> list[tuple[str, str]]:
    pairs = [name.partition("=") for name in names.split()]
    return [(theirs, ours or theirs) for theirs, _, ours in pairs]


def _table() -> dict[str, tuple[str, dict[str, str]]]:
    table = {f"math.{theirs}": (ours, _NONE) for theirs, ours in _named(_SAME_NAME)}
    table |= {f"math.{theirs}": (ours, _BINARY) for theirs, ours in _named(_PAIRS)}
    table |= {f"math.reduce_{theirs}": (ours, _REDUCED) for theirs, ours in _named(_REDUCTIONS)}
    table |= {f"nn.{theirs}": (ours, {"axis": "axis"} if "softmax" in ours else _NONE) for theirs, ours in _named(_ACTIVATIONS)}
    return table


# The name of a function as Keras 2 writes it, the op, and the names of its keyword arguments here. The first argument has no name.
FUNCTIONS: dict[str, tuple[str, dict[str, str]]] = {
    **_table(),
    "__operators__.add": ("add", _BINARY),
    "__operators__.eq": ("equal", {"other": "x2", "y": "x2"}),
    "__operators__.ne": ("not_equal", {"other": "x2", "y": "x2"}),
    "__operators__.getitem": ("get_item", {"slice_spec": "key"}),
    "identity": ("copy", _NONE),
    "cast": ("cast", {"dtype": "dtype"}),
    "clip_by_value": ("clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "compat.v1.squeeze": ("squeeze", {"axis": "axis"}),
    "squeeze": ("squeeze", {"axis": "axis"}),
    "compat.v1.transpose": ("transpose", {"perm": "axes"}),
    "transpose": ("transpose", {"perm": "axes"}),
    "concat": ("concatenate", {"axis": "axis"}),
    "expand_dims": ("expand_dims", {"axis": "axis"}),
    "linalg.matmul": ("matmul", {"b": "x2"}),
    "math.argmax": ("argmax", {"axis": "axis"}),
    "math.argmin": ("argmin", {"axis": "axis"}),
    "math.cumsum": ("cumsum", {"axis": "axis"}),
    "math.cumprod": ("cumprod", {"axis": "axis"}),
    "math.add_n": ("sum", _NONE),
    "nn.gelu": ("gelu", {"approximate": "approximate"}),
    "nn.leaky_relu": ("leaky_relu", {"alpha": "negative_slope"}),
    "ones_like": ("ones_like", {"dtype": "dtype"}),
    "zeros_like": ("zeros_like", {"dtype": "dtype"}),
    "repeat": ("repeat", {"repeats": "repeats", "axis": "axis"}),
    "reshape": ("reshape", {"shape": "newshape"}),
    "reverse": ("flip", {"axis": "axis"}),
    "split": ("split", {"num_or_size_splits": "indices_or_sections", "axis": "axis"}),
    "stack": ("stack", {"axis": "axis"}),
    "tile": ("tile", {"multiples": "repeats"}),
    "unstack": ("unstack", {"axis": "axis"}),
    "where": ("where", {"x": "x1", "y": "x2"}),
}

# Operations of graphs, which take their arguments by position: the op, and the names of its arguments; without any, as many as there are.
NODES: dict[str, tuple[str, tuple[str, ...]]] = {
    **{name: (op, ("x1", "x2")) for name, op in {
        "Add": "add", "AddV2": "add", "Sub": "subtract", "Mul": "multiply", "RealDiv": "true_divide", "Div": "divide", "FloorDiv": "floor_divide",
        "FloorMod": "mod", "Pow": "power", "Maximum": "maximum", "Minimum": "minimum", "Equal": "equal", "NotEqual": "not_equal",
        "Greater": "greater", "GreaterEqual": "greater_equal", "Less": "less", "LessEqual": "less_equal", "BiasAdd": "add",
    }.items()},
    **{name: (op, ("x",)) for name, op in {
        "Abs": "abs", "Ceil": "ceil", "Cos": "cos", "Elu": "elu", "Erf": "erf", "Exp": "exp", "Floor": "floor", "Identity": "copy", "Log": "log",
        "LogSoftmax": "log_softmax", "Neg": "negative", "Reciprocal": "reciprocal", "Relu": "relu", "Relu6": "relu6", "Round": "round",
        "Rsqrt": "rsqrt", "Selu": "selu", "Sigmoid": "sigmoid", "Sign": "sign", "Sin": "sin", "Softmax": "softmax", "Softplus": "softplus",
        "Sqrt": "sqrt", "Square": "square", "Tan": "tan", "Tanh": "tanh",
    }.items()},
    **{name: (op, ("x", "axis")) for name, op in {"Mean": "mean", "Sum": "sum", "Max": "max", "Min": "min", "Prod": "prod"}.items()},
    "ExpandDims": ("expand_dims", ("x", "axis")),
    "Reshape": ("reshape", ("x", "newshape")),
    "Transpose": ("transpose", ("x", "axes")),
    "Tile": ("tile", ("x", "repeats")),
}  # fmt: skip
# Attributes of operations that are arguments here.
CONSTANTS: dict[str, dict[str, str]] = {name: {"keep_dims": "keepdims"} for name in ("Mean", "Sum", "Max", "Min", "Prod")}
