"""Convolution and pooling layers."""

from tests.layers.against_keras.cases import Case

SIZES = {1: (7,), 2: (6, 5), 3: (4, 5, 3)}
FIRST = {"data_format": "channels_first"}


def case(name: str, rank: int, channels: int = 4, **arguments: object) -> Case:
    """A case with two samples of small size."""
    first = arguments.get("data_format") == "channels_first"
    return Case(name, arguments, (2, channels, *SIZES[rank]) if first else (2, *SIZES[rank], channels))


def convolutions() -> list[Case]:
    """Each option of each kind of convolution at least once, over every number of axes; combinations are drawn elsewhere."""
    cases = []
    common = {"filters": 6, "kernel_size": 2}
    penalties = {"kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2"}
    for rank in SIZES:
        conv, transpose = f"Conv{rank}D", f"Conv{rank}DTranspose"
        cases += [
            case(conv, rank, strides=2, **common),
            case(conv, rank, padding="same", dilation_rate=2, activation="relu", **common),
            case(conv, rank, filters=6, kernel_size=3, padding="SAME", groups=2, use_bias=False, **FIRST),
            case(transpose, rank, strides=3, output_padding=1, **common),
            case(transpose, rank, padding="same", strides=2, activation="tanh", **common, **FIRST),
        ]
    for rank in (1, 2):
        depthwise, separable = f"DepthwiseConv{rank}D", f"SeparableConv{rank}D"
        cases += [
            case(depthwise, rank, kernel_size=2, padding="same", strides=2, depthwise_regularizer="l2"),
            case(depthwise, rank, kernel_size=3, depth_multiplier=3, dilation_rate=2, activation="relu", use_bias=False, **FIRST),
            case(separable, rank, padding="same", strides=2, pointwise_regularizer="l2", depthwise_regularizer="l1", **common),
            case(separable, rank, depth_multiplier=3, dilation_rate=2, activation="relu", use_bias=False, **common, **FIRST),
        ]
    return [
        *cases,
        case("Conv1D", 1, filters=3, kernel_size=3, padding="causal", dilation_rate=2),
        case("Conv1D", 1, filters=3, kernel_size=3, padding="causal", strides=2, **FIRST),
        case("Conv2D", 2, **common, **penalties),
        case("Conv2D", 2, channels=1, filters=2, kernel_size=1),
        case("Conv1DTranspose", 1, filters=1, kernel_size=3, dilation_rate=2, padding="same", **penalties),
        case("Conv2DTranspose", 2, filters=2, kernel_size=(3, 2), strides=(3, 2), output_padding=(2, 0), padding="same"),
    ]


def poolings() -> list[Case]:
    """Windows, everything, and as many windows as asked for."""
    cases = []
    for rank in SIZES:
        for kind in ("Max", "Average"):
            cases += [
                case(f"{kind}Pooling{rank}D", rank, pool_size=3, strides=2, padding="same", **(FIRST if rank == 2 else {})),
                case(f"Global{kind}Pooling{rank}D", rank, keepdims=rank == 2, **(FIRST if rank == 3 else {})),
                case(f"Adaptive{kind}Pooling{rank}D", rank, output_size=2, **(FIRST if rank == 2 else {})),
            ]
    return [
        *cases,
        case("MaxPooling2D", 2, pool_size=(3, 2), strides=(1, 2)),
        case("AveragePooling2D", 2, pool_size=2),
        case("GlobalMaxPooling2D", 2),
        case("GlobalAveragePooling1D", 1, keepdims=True, **FIRST),
        case("AdaptiveMaxPooling1D", 1, output_size=(9,)),
        case("AdaptiveAveragePooling2D", 2, output_size=(3, 1)),
    ]


CASES = [*convolutions(), *poolings()]
