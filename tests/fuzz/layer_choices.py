"""Random arguments for every kind of layer: a function per family from the shape of a sample to a line's call, or None where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.fuzz.pick import Pick

Shape = list[int | None]


class Choice(NamedTuple):
    """A layer with arguments (as code), and how its operands are written."""

    kind: str
    arguments: dict[str, str] = {}
    form: str = "{0}"
    suffix: str = ""


Chooser = Callable[[Pick, Shape], Choice | None]
ACTIVATIONS = (
    "relu sigmoid tanh softmax gelu elu selu silu softplus softsign swish exponential hard_sigmoid leaky_relu linear mish relu6 celu"
    " hard_silu hard_tanh hard_shrink soft_shrink tanh_shrink squareplus sparse_plus sparse_sigmoid log_sigmoid log_softmax"
).split()
COMMON = [f"'{name}'" for name in ACTIVATIONS[:9]]
REGULARIZERS = ["'l1'", "'l2'", "keras.regularizers.L1L2(0.01, 0.02)"]
CONSTRAINTS = ["'non_neg'", "'unit_norm'", "keras.constraints.MaxNorm(0.5)", "keras.constraints.MinMaxNorm(0.2, 0.6, rate=0.7)"]


def flags(pick: Pick) -> dict[str, str]:
    """Arguments that every layer takes: a dtype of its own, frozen weights."""
    found = {}
    if pick.maybe(0.06):
        found["dtype"] = pick.one("'float32'", "'float64'", "'mixed_float16'", "'mixed_bfloat16'", "'bfloat16'", "'float16'")
    if pick.maybe(0.05):
        found["trainable"] = "False"
    return found


def weighted(pick: Pick, *names: str) -> dict[str, str]:
    """Regularizers and constraints of some weights, and of the output."""
    found: dict[str, str] = {}
    for name in names:
        found |= pick.some({f"{name}_regularizer": REGULARIZERS, f"{name}_constraint": CONSTRAINTS}, 0.06)
    return found | pick.some({"activity_regularizer": REGULARIZERS}, 0.05)


def simple(pick: Pick, shape: Shape) -> Choice:
    """Layers for any shape that work elementwise or along the last axis."""
    last = -1
    name = pick.one(*SIMPLE)
    arguments: dict[str, str] = {}
    if name == "Activation":
        arguments = {"activation": repr(pick.one(*ACTIVATIONS))}
    elif name == "ReLU":
        arguments = pick.some({"max_value": ["0.5", "6"], "negative_slope": ["0.2"], "threshold": ["0.3"]})
    elif name == "LeakyReLU":
        arguments = pick.some({"negative_slope": ["0.1", "0.5"]})
    elif name == "PReLU" and len(shape) > 1:
        arguments = {"shared_axes": pick.one("[1]", str(list(range(1, len(shape)))))} if shape[0] is None or pick.maybe() else {}
    elif name == "ELU":
        arguments = pick.some({"alpha": ["0.5", "2.0"]})
    elif name in ("Softmax", "UnitNormalization"):
        arguments = pick.some({"axis": ["1", "-1", str(list(range(1, len(shape) + 1)))]})
    elif name in ("Dropout", "AlphaDropout", "GaussianDropout"):
        arguments = {"rate": str(pick.number(0.1, 0.7))} | pick.some({"seed": ["3"]})
    elif name == "GaussianNoise":
        arguments = {"stddev": str(pick.number(0.1, 0.9))} | pick.some({"seed": ["3"]})
    elif name == "ActivityRegularization":
        arguments = {"l1": "0.01", "l2": "0.02"}
    elif name == "BatchNormalization":
        axis = pick.one(last, last, 1) if shape[0] is not None else last
        arguments = {"axis": str(axis)} | pick.some(
            {"momentum": ["0.5", "0.9"], "epsilon": ["0.1"], "center": ["False"], "scale": ["False"]}
        )
        arguments |= {"renorm": "True"} if pick.maybe(0.05) else {}
    elif name in ("LayerNormalization", "RMSNormalization"):
        fixed = [axis + 1 for axis, n in enumerate(shape) if n is not None]
        arguments = pick.some({"axis": [str(pick.one(*fixed)), str(fixed)], "epsilon": ["0.1"]})
        if name == "LayerNormalization":
            arguments |= pick.some({"center": ["False"], "scale": ["False"]})
    elif name == "GroupNormalization":
        arguments = {"groups": str(pick.divisor(shape[-1] or 1))} | pick.some({"center": ["False"], "scale": ["False"]})
    elif name == "Rescaling":
        arguments = {"scale": "0.5"} | pick.some({"offset": ["-1.0", "0.25"]})
    elif name == "Normalization":
        arguments = {"mean": "0.5", "variance": "2.0"} | pick.some({"invert": ["True"]}, 0.15)
    return Choice(name, arguments | flags(pick) if name != "Normalization" else arguments)


SIMPLE = (
    "Activation Activation ReLU LeakyReLU PReLU ELU Softmax Identity Dropout GaussianNoise GaussianDropout AlphaDropout Rescaling"
    " ActivityRegularization BatchNormalization BatchNormalization LayerNormalization LayerNormalization RMSNormalization"
    " UnitNormalization GroupNormalization Normalization"
).split()


def dense(pick: Pick, shape: Shape) -> Choice:
    """Matrix products along the last axis; often square, so that residuals fit."""
    units = shape[-1] if pick.maybe(0.4) else pick.size()
    arguments = {"units": str(units)} | pick.some({"activation": COMMON, "use_bias": ["False"]})
    arguments |= weighted(pick, "kernel", "bias") | flags(pick)
    kind = pick.integer(0, 11)
    if kind == 0:
        return Choice("EinsumDense", {"equation": "'...x,xy->...y'", "output_shape": f"{units}", "bias_axes": pick.one("'y'", "None")})
    if kind == 1:
        return Choice("SpectralNormalization", {"layer": f"L.Dense({units})"} | pick.some({"power_iterations": ["2"]}))
    if kind == 2:
        return Choice("Lambda", {"function": pick.one("lambda t: t * t", "lambda t: ops.sin(t) + 1", "lambda t: ops.sort(t, axis=-1)")})
    return Choice("Dense", arguments)


def reshaping(pick: Pick, shape: Shape) -> Choice | None:
    """Other shapes of the same numbers."""
    if None in shape:
        return Choice("Permute", {"dims": "(2, 1)"}) if len(shape) == 2 and pick.maybe(0.1) else None
    count = 1
    for n in shape:
        count *= n or 1
    if len(shape) == 1:
        part = pick.divisor(count)
        if pick.maybe(0.3) and count * 3 < 500:
            return Choice("RepeatVector", {"n": str(pick.integer(1, 3))})
        return Choice("Reshape", {"target_shape": pick.one(f"({part}, -1)", f"({count // part}, {part}, 1)", f"({part}, {count // part})")})
    if pick.maybe(0.4):
        return Choice("Flatten")
    if pick.maybe(0.5):
        return Choice("Permute", {"dims": str(tuple(int(i) + 1 for i in pick.rng.permutation(len(shape))))})
    return Choice("Reshape", {"target_shape": pick.one("(-1,)", f"({shape[-1]}, -1)", str(tuple(reversed(shape))))})


def windows(pick: Pick, shape: Shape) -> Choice | None:
    """Convolutions, poolings, borders and enlargements of one to three axes."""
    rank = len(shape) - 1
    if not 1 <= rank <= 3:
        return None
    first = pick.maybe(0.2) and None not in shape
    sizes, channels = (shape[1:], shape[0]) if first else (shape[:-1], shape[-1])
    layout = {"data_format": "'channels_first'"} if first else {}
    least = min([n for n in sizes if n is not None] or [3])
    kind = pick.integer(0, 9)
    if kind <= 4:
        return _convolution(pick, rank, least, channels or 1, layout)
    if kind <= 6:
        return _pooling(pick, rank, least, layout, None in sizes)
    if kind == 7:
        amount = [str(pick.integer(0, 2)), str((1, 2) if rank == 1 else tuple((pick.integer(0, 2), 1) for _ in range(rank)))]
        return Choice(f"ZeroPadding{rank}D", {"padding": pick.one(*amount)} | (layout if rank > 1 or pick.maybe() else {}))
    if kind == 8 and least > 2:
        return Choice(
            f"Cropping{rank}D", {"cropping": pick.one("1", str((1, 0) if rank == 1 else ((0, 1),) * rank))} | (layout if rank > 1 else {})
        )
    if kind == 9 and least < 9:
        extra = {"interpolation": "'bilinear'"} if rank == 2 and pick.maybe(0.3) else {}
        return Choice(f"UpSampling{rank}D", {"size": str(pick.integer(1, 2))} | (layout if rank > 1 else {}) | extra)
    return Choice(f"SpatialDropout{rank}D", {"rate": "0.4"} | (layout if rank > 1 else {}))


def _window(pick: Pick, rank: int, least: int, most: int) -> str:
    top = min(least, most)
    return str(pick.integer(1, top)) if pick.maybe(0.7) else str(tuple(pick.integer(1, top) for _ in range(rank)))


def _convolution(pick: Pick, rank: int, least: int, channels: int, layout: dict[str, str]) -> Choice:
    arguments = {"kernel_size": _window(pick, rank, least, 5), "padding": pick.one("'valid'", "'same'")} | layout
    if pick.maybe(0.3):
        arguments["strides"] = str(pick.integer(2, 3))
    elif pick.maybe(0.3):
        arguments["dilation_rate"] = "2"
        arguments["padding"] = "'same'"
    arguments |= pick.some({"use_bias": ["False"], "activation": COMMON})
    kind = pick.integer(0, 9)
    filters = pick.one(1, 2, 3, 4, 8, 16, 17)
    if kind <= 1 and rank <= 2:
        return Choice(
            f"DepthwiseConv{rank}D", arguments | pick.some({"depth_multiplier": ["2", "3"]}) | weighted(pick, "depthwise") | flags(pick)
        )
    if kind == 2 and rank <= 2:
        return Choice(f"SeparableConv{rank}D", {"filters": str(filters)} | arguments | weighted(pick, "pointwise") | flags(pick))
    arguments |= weighted(pick, "kernel", "bias") | flags(pick)
    if kind <= 4:
        if "strides" in arguments and pick.maybe(0.2):
            arguments["output_padding"] = "1"
        return Choice(f"Conv{rank}DTranspose", {"filters": str(filters)} | arguments)
    groups = pick.divisor(channels) if pick.maybe(0.25) else 1
    if rank == 1 and not layout and pick.maybe(0.2):
        arguments["padding"] = "'causal'"
    return Choice(f"Conv{rank}D", {"filters": str(groups * max(1, filters // groups)), "groups": str(groups)} | arguments)


def _pooling(pick: Pick, rank: int, least: int, layout: dict[str, str], unknown: bool) -> Choice:
    kind = pick.one("Max", "Average")
    if pick.maybe(0.25):
        return Choice(f"Global{kind}Pooling{rank}D", layout | pick.some({"keepdims": ["True"]}))
    if pick.maybe(0.2) and not unknown:
        return Choice(f"Adaptive{kind}Pooling{rank}D", {"output_size": str(pick.integer(1, least + 1))} | layout)
    arguments = {"pool_size": _window(pick, rank, least, 4), "padding": pick.one("'valid'", "'same'")}
    return Choice(f"{kind}Pooling{rank}D", arguments | pick.some({"strides": ["1", "2", "3"]}, 0.4) | layout)


def sequence(pick: Pick, shape: Shape) -> Choice | None:
    """Layers for sequences of vectors: recurrent, attention, wrappers, masks."""
    if len(shape) != 2:
        return None
    # The reference engine and Keras take long over thousands of steps, and hold the scores of all pairs of them.
    kind = pick.integer(0, 9) if (shape[0] or 0) < 300 else pick.integer(5, 6)
    channels = shape[-1] or 1
    if kind <= 4:
        return _recurrent(pick, shape)
    if kind == 5:
        return Choice("TimeDistributed", {"layer": f"L.Dense({pick.size(17)}, activation={pick.one(*COMMON)})"})
    if kind == 6:
        return Choice("Masking", {"mask_value": "0.0"})
    if kind == 7:
        kinds = {"num_heads": str(pick.integer(1, 3)), "key_dim": str(pick.integer(1, 9))}
        options = {"value_dim": ["5"], "use_bias": ["False"], "dropout": ["0.2"], "output_shape": ["6"]}
        causal = ", use_causal_mask=True" if pick.maybe(0.3) else ""
        return Choice("MultiHeadAttention", kinds | pick.some(options), "{0}, {0}" + causal)
    if kind == 8:
        heads = pick.integer(1, 2)
        sizes = {"head_dim": str(pick.integer(1, 8)), "num_query_heads": str(2 * heads), "num_key_value_heads": str(heads)}
        return Choice("GroupQueryAttention", sizes | pick.some({"use_bias": ["False"]}), "{0}, {0}")
    if pick.maybe() or channels > 48:
        return Choice("Attention", pick.some({"use_scale": ["True"], "score_mode": ["'concat'"]}), "[{0}, {0}]")
    return Choice("AdditiveAttention", pick.some({"use_scale": ["False"]}), "[{0}, {0}]")


def _recurrent(pick: Pick, shape: Shape) -> Choice:
    kind = pick.one("LSTM", "GRU", "SimpleRNN")
    units = pick.one(1, 2, 3, 5, 8, 16, 17)
    options = {"return_sequences": ["True"], "go_backwards": ["True"], "use_bias": ["False"]}
    rare = {
        "dropout": ["0.3"],
        "recurrent_dropout": ["0.3"],
        "activation": COMMON[:5],
        "unroll": ["True"] if shape[0] is not None else ["False"],
    }
    arguments = pick.some(options, 0.35) | pick.some(rare, 0.1) | weighted(pick, "kernel", "recurrent")
    arguments.pop("activity_regularizer", None)
    if kind == "LSTM":
        arguments |= pick.some({"unit_forget_bias": ["False"], "recurrent_activation": ["'hard_sigmoid'"]}, 0.1)
    if kind == "GRU":
        arguments |= pick.some({"reset_after": ["False"]}, 0.3)
    inner = ", ".join([str(units), *(f"{name}={value}" for name, value in arguments.items())])
    if pick.maybe(0.2):
        inner = inner.replace("go_backwards=True", "go_backwards=False")
        modes = {"merge_mode": ["'sum'", "'mul'", "'ave'", "'concat'"]}
        return Choice("Bidirectional", {"layer": f"L.{kind}({inner})"} | pick.some(modes))
    if pick.maybe(0.1):
        cells = pick.one(f"L.LSTMCell({units})", f"[L.GRUCell({units}), L.SimpleRNNCell(3)]")
        return Choice("RNN", {"cell": cells} | pick.some({"return_sequences": ["True"], "go_backwards": ["True"]}))
    if pick.maybe(0.1):
        return Choice(kind, {"units": str(units)} | arguments | {"return_state": "True"}, "{0}", "[0]")
    return Choice(kind, {"units": str(units)} | arguments | flags(pick))


def images(pick: Pick, shape: Shape) -> Choice | None:
    """Layers for pictures and for sequences of them."""
    if len(shape) not in (3, 4) or None in shape or (shape[0] or 0) > 300:
        return None
    if pick.maybe(0.3) or len(shape) == 4:
        kind = f"ConvLSTM{len(shape) - 2}D"
        options = {"padding": ["'same'"], "return_sequences": ["True"], "use_bias": ["False"]}
        return Choice(
            kind, {"filters": str(pick.integer(1, 3)), "kernel_size": "1" if min(shape[1:-1]) < 2 else "2"} | pick.some(options, 0.4)
        )
    # Changes of colour want three channels.
    name = pick.one(*(IMAGES if shape[-1] == 3 else [*IMAGES][:8]))
    arguments = IMAGES[name](pick)
    return Choice(name, arguments | ({"seed": "5"} if name.startswith("Random") else {}))


IMAGES: dict[str, Callable[[Pick], dict[str, str]]] = {
    "Resizing": lambda p: (
        {"height": str(p.integer(1, 9)), "width": str(p.integer(1, 9))}
        | p.some({"interpolation": ["'nearest'", "'bicubic'"], "antialias": ["True"], "crop_to_aspect_ratio": ["True"]})
    ),
    "CenterCrop": lambda p: {"height": str(p.integer(1, 5)), "width": str(p.integer(1, 5))},
    "RandomCrop": lambda p: {"height": "2", "width": "2"},
    "RandomFlip": lambda p: p.some({"mode": ["'horizontal'", "'vertical'"]}),
    "RandomRotation": lambda p: {"factor": "0.2"} | p.some({"fill_mode": ["'constant'", "'nearest'", "'wrap'"]}),
    "RandomZoom": lambda p: {"height_factor": "0.3"},
    "RandomTranslation": lambda p: {"height_factor": "0.3", "width_factor": "0.2"},
    "RandomShear": lambda p: {"x_factor": "0.2"},
    "RandomBrightness": lambda p: {"factor": "0.3", "value_range": "(0, 1)"},
    "RandomContrast": lambda p: {"factor": "0.3", "value_range": "(0, 1)"},
    "RandomHue": lambda p: {"factor": "0.3", "value_range": "(0, 1)"},
    "RandomSaturation": lambda p: {"factor": "0.3", "value_range": "(0, 1)"},
    "RandomColorJitter": lambda p: {"brightness_factor": "0.3", "contrast_factor": "0.2", "value_range": "(0, 1)"},
    "RandomColorDegeneration": lambda p: {"factor": "0.3", "value_range": "(0, 1)"},
    "RandomGrayscale": lambda p: {"factor": "0.5"},
    "RandomInvert": lambda p: {"factor": "0.5", "value_range": "(0, 1)"},
    "RandomPosterization": lambda p: {"factor": "3", "value_range": "(0, 1)"},
    "RandomSharpness": lambda p: {"factor": "0.4", "value_range": "(0, 1)"},
    "RandomGaussianBlur": lambda p: {"sigma": "0.5", "value_range": "(0, 1)"},
    "RandomPerspective": lambda p: {"scale": "0.3"},
    "RandomElasticTransform": lambda p: {"scale": "0.3", "value_range": "(0, 1)"},
    "AutoContrast": lambda p: {"value_range": "(0, 1)"},
    "Equalization": lambda p: {"value_range": "(0, 1)", "bins": "16"},
    "RandomErasing": lambda p: {"value_range": "(0, 1)"},
    "Solarization": lambda p: {"value_range": "(0, 1)"},
}


def tabular(pick: Pick, shape: Shape) -> Choice | None:
    """Layers that read integers; the case's integer inputs are below 7."""
    if len(shape) > 2 or None in shape:
        return None
    name = pick.one("Embedding", "Embedding", "Embedding", "CategoryEncoding", "IntegerLookup", "Hashing", "Discretization")
    if name == "Embedding":
        options = {"mask_zero": ["True"], "embeddings_regularizer": REGULARIZERS, "embeddings_constraint": CONSTRAINTS}
        return Choice(name, {"input_dim": "7", "output_dim": str(pick.size(17))} | pick.some(options))
    # For samples of two axes, Keras counts along the first of them, but predicts shapes as if it were the last.
    several = "'multi_hot'" if len(shape) == 1 else "'one_hot'"
    if name == "CategoryEncoding":
        return Choice(name, {"num_tokens": "7", "output_mode": pick.one(several, "'one_hot'")})
    if name == "IntegerLookup":
        return Choice(name, {"vocabulary": "[1, 2, 4]", "output_mode": pick.one("'int'", several)})
    if name == "Hashing":
        return Choice(name, {"num_bins": "7"})
    return Choice(name, {"bin_boundaries": "[0.5, 2.0, 4.0]"} | pick.some({"output_mode": ["'one_hot'", several]}))


def sound(pick: Pick, shape: Shape) -> Choice | None:
    """Layers that show the frequencies of a signal."""
    length = shape[0] or 0
    if length < 8 or (len(shape) == 2 and shape[1] != 1):
        return None
    if len(shape) == 1:
        sizes = {"fft_length": "8", "sequence_stride": "4", "num_mel_bins": "3", "sampling_rate": "100", "min_freq": "5.0"}
        return Choice("MelSpectrogram", sizes | pick.some({"power_to_db": ["False"]}))
    modes = {"mode": ["'real'", "'imag'", "'stft'", "'magnitude'", "'log'"], "padding": ["'same'"]}
    return Choice("STFTSpectrogram", {"frame_length": str(pick.integer(4, 8))} | pick.some(modes, 0.5))


GENERAL: list[Chooser] = [simple, simple, dense, dense, reshaping]
BY_AXES: dict[int, list[Chooser]] = {
    1: [*GENERAL, reshaping, reshaping, sound],
    2: [*GENERAL, windows, windows, sequence, sequence, sequence, sound],
    3: [*GENERAL, windows, windows, windows, windows, images, images],
    4: [simple, dense, reshaping, windows, windows, windows, windows, images],
}


def layer_for(pick: Pick, shape: Shape) -> Choice | None:
    """A layer that fits the number of axes of a sample."""
    choosers = BY_AXES.get(len(shape), GENERAL)
    return next(filter(None, (pick.one(*choosers)(pick, shape) for _ in range(4))), None)
