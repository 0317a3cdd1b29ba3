"""Convolution and pooling layers."""

from tests.keras_parity.cases import Case

SIZES = {1: (7,), 2: (6, 5), 3: (4, 5, 3)}
FIRST = {"data_format": "channels_first"}


def case(name: str, rank: int, channels: int = 4, **arguments: object) -> Case:
    """A case with two samples of small size."""
    first = arguments.get("data_format") == "channels_first"
    return Case(name, arguments, (2, channels, *SIZES[rank]) if first else (2, *SIZES[rank], channels))


def convolutions() -> list[Case]:
    """Each option of each kind of convolution at least once, over every number of axes."""
    cases = []
    for rank in SIZES:
        conv, transpose = f"Conv{rank}D", f"Conv{rank}DTranspose"
        common = {"filters": 6, "kernel_size": 2}
        for padding in ("valid", "same"):
            cases.append(case(conv, rank, padding=padding, strides=2, **common))
            cases.append(case(transpose, rank, padding=padding, strides=3, output_padding=1, **common))
            if rank < 3:
                cases.append(case(conv, rank, padding=padding, dilation_rate=2, activation="relu", **common))
                cases.append(case(transpose, rank, padding=padding, strides=2, **common))
        cases += [
            case(conv, rank, filters=6, kernel_size=3, padding="SAME", groups=2, use_bias=False),
            case(conv, rank, **common, **FIRST, kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2"),
            case(transpose, rank, **common, **FIRST, activation="tanh"),
        ]
        if rank < 3:
            depthwise, separable = f"DepthwiseConv{rank}D", f"SeparableConv{rank}D"
            cases += [
                case(depthwise, rank, kernel_size=2, padding="same", strides=2),
                case(depthwise, rank, kernel_size=3, depth_multiplier=3, dilation_rate=2, activation="relu", use_bias=False),
                case(depthwise, rank, kernel_size=2, **FIRST, depthwise_regularizer="l2"),
                case(separable, rank, padding="same", strides=2, **common),
                case(separable, rank, depth_multiplier=3, dilation_rate=2, activation="relu", use_bias=False, **common),
                case(separable, rank, **common, **FIRST, pointwise_regularizer="l2", depthwise_regularizer="l1"),
            ]
    for options in ({}, {"strides": 2}, {"dilation_rate": 2}, FIRST):
        cases.append(case("Conv1D", 1, filters=3, kernel_size=3, padding="causal", **options))
    cases += [
        case("Conv1DTranspose", 1, filters=1, kernel_size=3, dilation_rate=2, padding="same", use_bias=False),
        case("Conv2DTranspose", 2, filters=2, kernel_size=1, strides=2),
        case("Conv2D", 2, filters=2, kernel_size=(3, 2), strides=(1, 3)),
        case("Conv2D", 2, channels=1, filters=2, kernel_size=1),
        case("Conv2DTranspose", 2, filters=2, kernel_size=(3, 2), strides=(3, 2), output_padding=(2, 0), padding="same"),
        case("DepthwiseConv2D", 2, channels=1, kernel_size=(1, 3)),
    ]
    return cases


def poolings() -> list[Case]:
    """Windows, everything, and as many windows as asked for."""
    cases = []
    for rank in SIZES:
        for kind in ("Max", "Average"):
            cases += [
                case(f"{kind}Pooling{rank}D", rank, pool_size=2),
                case(f"{kind}Pooling{rank}D", rank, pool_size=3, strides=2, padding="same"),
                case(f"Global{kind}Pooling{rank}D", rank),
                case(f"Global{kind}Pooling{rank}D", rank, keepdims=True, **FIRST),
                case(f"Adaptive{kind}Pooling{rank}D", rank, output_size=2, **(FIRST if rank == 2 else {})),
            ]
        cases.append(case(f"AveragePooling{rank}D", rank, pool_size=2, strides=1, **FIRST))
    return [
        *cases,
        case("MaxPooling2D", 2, pool_size=(3, 2), strides=(1, 2)),
        case("AdaptiveMaxPooling1D", 1, output_size=(9,)),
        case("AdaptiveAveragePooling2D", 2, output_size=(3, 1)),
    ]


CASES = [*convolutions(), *poolings()]
