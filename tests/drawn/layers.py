"""Layers: every kind with drawn arguments on inputs of drawn ranks, dtypes and policies; some calls do not fit."""

from __future__ import annotations

import numpy as np

from tests.drawn.case import Case, Draw, Shape, join

ACTIVATION = ["'relu'", "'tanh'", "'softmax'", "None", "'gelu'", "'swish'"]
FLAG = ["True", "False"]
FORMAT = ["'channels_last'", "'channels_first'"]
PADDING = ["'same'", "'valid'"]
COMMON = {"dtype": ["'float16'", "'float64'", "'mixed_float16'", "'bfloat16'"], "name": ["'own'"], "trainable": ["False"]}
WEIGHTS = {
    "kernel_initializer": ["'ones'", "'he_normal'", "keras.initializers.Constant(0.5)"],
    "bias_initializer": ["'ones'"],
    "kernel_regularizer": ["'l2'", "keras.regularizers.L1(0.1)"],
    "activity_regularizer": ["'l1'"],
    "kernel_constraint": ["'non_neg'"],
    "use_bias": FLAG,
    "activation": ACTIVATION,
}


def _windows(rank: int, transposed: bool = False, depthwise: bool = False) -> dict[str, list[str]]:
    """Arguments of a convolution over some axes."""
    two = "(" + ", ".join(["2"] * rank) + ",)"
    found = {
        "strides": ["1", "2", two],
        "padding": [*PADDING, *(["'causal'"] if rank == 1 and not transposed else [])],
        "data_format": FORMAT,
    }
    found |= {"dilation_rate": ["1", "2"], **WEIGHTS}
    if depthwise:
        found = {name: value for name, value in found.items() if not name.startswith("kernel_")} | {"depth_multiplier": ["2"]}
    elif not transposed:
        found["groups"] = ["1", "2"]
    return found


def _pools(rank: int) -> dict[str, list[str]]:
    return {"pool_size": ["2", "1", "3"], "strides": ["1", "2", "None", "3"], "padding": PADDING, "data_format": FORMAT}


NORMAL = {"axis": ["-1", "1", "[1, 2]"], "epsilon": ["0.1", "1e-6"], "center": FLAG, "scale": FLAG}
# Layer -> its first arguments, its other ones, and how many axes its input has.
Row = tuple[list[str], dict[str, list[str]], tuple[int, int]]
LAYERS: dict[str, Row] = {
    "Dense": (["3", "units=2"], WEIGHTS, (1, 4)),
    "EinsumDense": (
        ["'ab,bc->ac', 3", "'abc,cd->abd', (None, 4)", "'...x,xy->...y', 3", "'abc,cde->abde', output_shape=(None, 2, 3), bias_axes='de'"],
        {"activation": ACTIVATION},
        (2, 3),
    ),
    "Conv1D": (["2, 2", "4, 3", "filters=2, kernel_size=(1,)"], _windows(1), (3, 3)),
    "Conv2D": (["2, 2", "4, (3, 1)", "2, kernel_size=(1, 2)"], _windows(2), (4, 4)),
    "Conv3D": (["2, 2", "2, (1, 2, 1)"], _windows(3), (5, 5)),
    "Conv1DTranspose": (["2, 2", "3, 3"], _windows(1, True), (3, 3)),
    "Conv2DTranspose": (["2, 2", "3, (3, 1)"], _windows(2, True), (4, 4)),
    "DepthwiseConv1D": (["2", "3"], _windows(1, depthwise=True), (3, 3)),
    "DepthwiseConv2D": (["2", "(1, 3)"], _windows(2, depthwise=True), (4, 4)),
    "SeparableConv1D": (["2, 2", "3, 3"], _windows(1, depthwise=True), (3, 3)),
    "SeparableConv2D": (["2, 2", "3, 1"], _windows(2, depthwise=True), (4, 4)),
    **{f"{kind}Pooling{rank}D": ([""], _pools(rank), (rank + 2, rank + 2)) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{
        f"Global{kind}Pooling{rank}D": ([""], {"data_format": FORMAT, "keepdims": FLAG}, (rank + 2, rank + 2))
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    },
    "AdaptiveAveragePooling1D": (["2", "1"], {"data_format": FORMAT}, (3, 3)),
    "AdaptiveMaxPooling2D": (["2", "(1, 2)"], {"data_format": FORMAT}, (4, 4)),
    "BatchNormalization": ([""], {**NORMAL, "axis": ["-1", "1"], "momentum": ["0.5"], "synchronized": ["False"]}, (2, 4)),
    "LayerNormalization": ([""], NORMAL, (1, 4)),
    "RMSNormalization": ([""], {"axis": ["-1", "1"], "epsilon": ["0.1"]}, (2, 3)),
    "GroupNormalization": (["1", "groups=2", "3", "-1", "32"], NORMAL | {"axis": ["-1", "1"]}, (2, 4)),
    "UnitNormalization": ([""], {"axis": ["-1", "1", "[1, 2]", "0"]}, (1, 4)),
    "Activation": (ACTIVATION, {}, (0, 4)),
    "ReLU": ([""], {"max_value": ["0.5", "6", "None"], "negative_slope": ["0.2", "0"], "threshold": ["0.3", "1"]}, (0, 4)),
    "LeakyReLU": ([""], {"negative_slope": ["0.1", "0"]}, (0, 4)),
    "PReLU": ([""], {"shared_axes": ["[1]", "1", "[1, 2]"], "alpha_initializer": ["'ones'"]}, (2, 4)),
    "ELU": ([""], {"alpha": ["0.5", "2"]}, (0, 4)),
    "Softmax": ([""], {"axis": ["-1", "1", "(1, 2)", "0"]}, (1, 4)),
    "Flatten": ([""], {"data_format": FORMAT}, (1, 5)),
    "Reshape": (["(-1,)", "(2, -1)", "(3, 2)", "(4,)", "(1, -1, 2)", "(-1, 1)"], {}, (1, 4)),
    "Permute": (["(1,)", "(2, 1)", "(1, 2)", "(3, 1, 2)", "(2, 2)"], {}, (2, 4)),
    "RepeatVector": (["2", "1", "n=3"], {}, (2, 3)),
    "Cropping1D": (["1", "(1, 0)", "(2, 1)", "3"], {}, (3, 3)),
    "Cropping2D": (["1", "(1, 0)", "((0, 1), (1, 0))", "2"], {"data_format": FORMAT}, (4, 4)),
    "Cropping3D": (["1", "(1, 0, 0)", "((0, 1), (1, 0), (0, 0))"], {"data_format": FORMAT}, (5, 5)),
    "ZeroPadding1D": (["1", "(1, 0)", "(0, 2)"], {"data_format": FORMAT}, (3, 3)),
    "ZeroPadding2D": (["1", "(1, 0)", "((0, 1), (2, 0))"], {"data_format": FORMAT}, (4, 4)),
    "ZeroPadding3D": (["1", "(1, 0, 2)"], {"data_format": FORMAT}, (5, 5)),
    "UpSampling1D": (["2", "1", "3"], {}, (3, 3)),
    "UpSampling2D": (["2", "(1, 2)", "3"], {"data_format": FORMAT, "interpolation": ["'nearest'", "'bilinear'"]}, (4, 4)),
    "UpSampling3D": (["2", "(1, 2, 1)"], {"data_format": FORMAT}, (5, 5)),
    "Dropout": (["0.5", "0", "1.0", "rate=0.2"], {"noise_shape": ["(None, 1)"], "seed": ["1"]}, (1, 3)),
    "SpatialDropout1D": (["0.5"], {"seed": ["1"]}, (3, 3)),
    "GaussianNoise": (["0.5"], {"seed": ["1"]}, (1, 3)),
    "ActivityRegularization": ([""], {"l1": ["0.1"], "l2": ["0.2"]}, (1, 3)),
    "Masking": ([""], {"mask_value": ["0.0", "1.0"]}, (2, 4)),
    "Rescaling": (["0.5", "2, 1.0", "[1.0, 2.0, 3.0]", "1./255, offset=-1"], {}, (0, 4)),
    "Identity": ([""], {}, (0, 4)),
    "SimpleRNN": (
        ["3", "units=2"],
        {"return_sequences": FLAG, "go_backwards": FLAG, "activation": ["'relu'", "'tanh'"], "use_bias": FLAG, "unroll": ["True"]},
        (3, 3),
    ),
    "LSTM": (
        ["3", "units=2"],
        {
            "return_sequences": FLAG,
            "go_backwards": FLAG,
            "unit_forget_bias": FLAG,
            "recurrent_activation": ["'tanh'"],
            "use_bias": FLAG,
            "return_state": FLAG,
        },
        (3, 3),
    ),
    "GRU": (["3", "units=2"], {"return_sequences": FLAG, "reset_after": FLAG, "go_backwards": FLAG, "use_bias": FLAG}, (3, 3)),
    "Bidirectional": (
        ["keras.layers.SimpleRNN(2)", "keras.layers.LSTM(2, return_sequences=True)"],
        {"merge_mode": ["'sum'", "'mul'", "'ave'", "None", "'concat'"]},
        (3, 3),
    ),
    "TimeDistributed": (["keras.layers.Dense(2)", "keras.layers.Flatten()", "keras.layers.LayerNormalization()"], {}, (3, 4)),
    "Embedding": (["4, 3", "input_dim=9, output_dim=2"], {"mask_zero": FLAG, "embeddings_initializer": ["'ones'"]}, (0, 3)),
    "CategoryEncoding": (["4", "num_tokens=9"], {"output_mode": ["'one_hot'", "'multi_hot'", "'count'"]}, (1, 3)),
    "Discretization": (["[0.0, 1.0]", "bin_boundaries=[-1.0, 0.5, 2.0]"], {"output_mode": ["'int'", "'one_hot'", "'multi_hot'"]}, (1, 3)),
    "Normalization": (
        ["mean=0.5, variance=2.0", "axis=None, mean=1, variance=4", "mean=[0., 1., 2.], variance=[1., 2., 3.]"],
        {"invert": FLAG},
        (1, 3),
    ),
    "Add": ([""], {}, (-1, 3)),
    "Multiply": ([""], {}, (-1, 3)),
    "Subtract": ([""], {}, (-1, 3)),
    "Average": ([""], {}, (-1, 3)),
    "Maximum": ([""], {}, (-1, 3)),
    "Minimum": ([""], {}, (-1, 3)),
    "Concatenate": ([""], {"axis": ["-1", "1", "0", "2"]}, (-1, 3)),
    "Dot": (["1", "-1", "(2, 1)", "axes=2"], {"normalize": FLAG}, (-1, 3)),
}
RANDOM_IN_TRAINING = ("Dropout", "SpatialDropout1D", "GaussianNoise")
START = "layer.set_weights([(1 + np.cos(np.arange(w.size) + i)).reshape(w.shape) for i, w in enumerate(layer.get_weights())])"


def draw(seed: int) -> Case:
    """A layer, its input, and what is asked of it."""
    pick = Draw("layers", seed)
    name = pick.one(*LAYERS)
    first, own, (low, high) = LAYERS[name]
    arguments = join(pick.one(*first), pick.options(own, 0.3), pick.options(COMMON, 0.06))
    arrays, x = _inputs(pick, name, low, high)
    lines = [f"layer = keras.layers.{name}({arguments})"]
    if pick.maybe(0.4):
        lines.append("note('config', {k: v for k, v in layer.get_config().items() if k not in ('dtype', 'name', 'seed')})")
    if pick.maybe(0.5):
        lines.append(f"note('symbolic', [[list(t.shape), t.dtype] for t in keras.tree.flatten(layer({_symbolic(x, arrays)}))])")
    lines += [f"layer({x})", "note('shapes of weights', [[list(w.shape), str(w.dtype), w.name] for w in layer.weights])", START]
    training = (
        ""
        if name in RANDOM_IN_TRAINING
        else pick.one("", "", ", training=True", ", training=False")
        if name == "BatchNormalization"
        else ""
    )
    lines.append(f"note('output', layer({x}{training}))")
    if pick.maybe(0.3):
        lines.append("note('losses', layer.losses)")
    if name == "BatchNormalization":
        lines.append("note('variables after', layer.non_trainable_variables)")
    if (
        x == "x"
        and arrays["x"].dtype in ("float32", "float64")
        and "float16" not in arguments
        and "return_state" not in arguments
        and "None" not in arguments
        and pick.maybe(0.6)
    ):
        lines.append("gradient('gradient', lambda p: layer(p), x)")
    return Case(f"layers:{seed}", lines, arrays)


def _inputs(pick: Draw, name: str, low: int, high: int) -> tuple[dict[str, np.ndarray], str]:
    """Arrays, and code of the layer's input."""
    if low < 0:
        count = pick.one(1, 2, 2, 2, 3)
        shape = pick.shape(1, high)
        shapes = [shape if pick.maybe(0.8) else tuple(1 if pick.maybe(0.4) else n for n in shape) for _ in range(count)]
        arrays = {f"x{i}": pick.normal(one, pick.float_dtype() if pick.maybe(0.8) else "int32") for i, one in enumerate(shapes)}
        return arrays, f"[{', '.join(arrays)}]" if pick.maybe(0.95) else "x0"
    rank = pick.integer(low, high) if pick.maybe(0.93) else pick.integer(0, 5)
    shape: Shape = tuple(pick.one(1, 2, 3, 4, 4, 6) for _ in range(rank))
    if shape and pick.maybe(0.02):
        shape = (0, *shape[1:])
    if name in ("Embedding", "CategoryEncoding"):
        return {"x": pick.labels(4, shape, pick.one("int32", "int64", "uint8", "float32"))}, "x"
    return {"x": pick.normal(shape, pick.float_dtype() if pick.maybe(0.85) else pick.one("int32", "uint8", "bool", "int64"))}, "x"


def _symbolic(x: str, arrays: dict[str, np.ndarray]) -> str:
    """The input as symbolic tensors whose batch is unknown."""
    for name, array in arrays.items():
        made = (
            f"keras.Input({array.shape[1:]}, dtype='{array.dtype}')"
            if array.ndim
            else f"keras.Input(batch_shape=(), dtype='{array.dtype}')"
        )
        x = x.replace(name, made)
    return x
