"""Random heads, losses, metrics and optimizers for the models of the fuzzer."""

from __future__ import annotations

from typing import NamedTuple

from tests.fuzz.layer_choices import Choice
from tests.fuzz.pick import Pick


class Head(NamedTuple):
    """How an output ends: the layer before it, its loss and metrics, and how targets are drawn (`%d` stands for its size)."""

    activation: str
    targets: str
    losses: tuple[str, ...]
    metrics: tuple[str, ...]


HEADS = [
    Head(
        "None",
        "normal",
        (
            *("'mse'", "'mae'", "'log_cosh'", "keras.losses.Huber(0.5)", "keras.losses.CosineSimilarity()"),
            *("keras.losses.MeanSquaredError(reduction='sum')", "keras.losses.Huber()"),
        ),
        ("'mae'", "keras.metrics.RootMeanSquaredError()", "keras.metrics.CosineSimilarity()", "keras.metrics.MeanSquaredError()"),
    ),
    Head(
        "'softplus'",
        "positive",
        ("'poisson'", "'mean_squared_logarithmic_error'", "'mean_absolute_percentage_error'"),
        ("'mse'", "keras.metrics.Poisson()", "keras.metrics.MeanAbsolutePercentageError()"),
    ),
    Head(
        "'softmax'",
        "one hot",
        (
            *("'categorical_crossentropy'", "keras.losses.CategoricalCrossentropy(label_smoothing=0.1)"),
            *("keras.losses.CategoricalFocalCrossentropy()", "'kl_divergence'", "'categorical_hinge'", "keras.losses.Tversky()", "'dice'"),
        ),
        ("'accuracy'", "keras.metrics.CategoricalCrossentropy()", "keras.metrics.TopKCategoricalAccuracy(2)", "keras.metrics.F1Score()"),
    ),
    Head(
        "'softmax'",
        "below:%d",
        ("'sparse_categorical_crossentropy'",),
        ("'accuracy'", "keras.metrics.SparseCategoricalCrossentropy()", "keras.metrics.SparseTopKCategoricalAccuracy(2)"),
    ),
    Head(
        "None",
        "below:%d",
        ("keras.losses.SparseCategoricalCrossentropy(from_logits=True)",),
        ("keras.metrics.SparseCategoricalAccuracy()",),
    ),
    Head("None", "one hot", ("keras.losses.CategoricalCrossentropy(from_logits=True)",), ("keras.metrics.CategoricalAccuracy()",)),
    Head(
        "'sigmoid'",
        "binary",
        ("'binary_crossentropy'", "keras.losses.BinaryCrossentropy(label_smoothing=0.2)", "keras.losses.BinaryFocalCrossentropy()"),
        ("keras.metrics.BinaryAccuracy()", "keras.metrics.AUC()", "keras.metrics.Precision()", "keras.metrics.Recall(0.3)"),
    ),
    Head("None", "binary", ("keras.losses.BinaryCrossentropy(from_logits=True)", "'hinge'", "'squared_hinge'"), ("'mse'",)),
    # A normalised product of sigmoids is not a softmax: near-misses of what the graph passes rewrite.
    Head("'sigmoid'", "one hot", ("'categorical_crossentropy'",), ("keras.metrics.CategoricalAccuracy()",)),
]


def head(pick: Pick) -> tuple[Head, int]:
    """A head and its number of units; one unit only where that makes sense."""
    chosen = pick.one(*HEADS)
    several = chosen.targets in ("one hot", "below:%d")
    return chosen, pick.integer(2, 9) if several else pick.integer(1, 6)


def output_layer(chosen: Head, units: int) -> Choice:
    """The last layer of an output."""
    return Choice("Dense", {"units": str(units), "activation": chosen.activation})


OPTIMIZERS: dict[str, dict[str, list[str]]] = {
    "SGD": {"momentum": ["0.9"], "nesterov": ["True"]},
    "Adam": {"amsgrad": ["True"], "beta_1": ["0.8"], "epsilon": ["1e-3"]},
    "AdamW": {"weight_decay": ["0.1"]},
    "RMSprop": {"momentum": ["0.5"], "centered": ["True"], "rho": ["0.7"]},
    "Adagrad": {"initial_accumulator_value": ["0.5"]},
    "Adadelta": {"rho": ["0.8"]},
    "Adamax": {"beta_2": ["0.9"]},
    "Nadam": {"beta_1": ["0.8"]},
    "Ftrl": {"l1_regularization_strength": ["0.01"], "l2_regularization_strength": ["0.1"], "beta": ["0.2"]},
    "Lamb": {},
    "Lion": {},
    "Adafactor": {"relative_step": ["False"]},
}
OPTIONS = {
    "weight_decay": ["0.05"],
    "clipnorm": ["0.5"],
    "clipvalue": ["0.2"],
    "global_clipnorm": ["0.7"],
    "use_ema": ["True"],
    "gradient_accumulation_steps": ["2"],
}
RATES = [
    "0.01",
    "0.01",
    "0.001",
    "0.1",
    "keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5)",
    "keras.optimizers.schedules.CosineDecay(0.01, 5)",
]


def optimizer(pick: Pick) -> str:
    """Code of an optimizer with random arguments."""
    name = "SGD" if pick.maybe(0.3) else pick.one(*OPTIMIZERS)
    arguments = {"learning_rate": pick.one(*RATES)} | pick.some(OPTIMIZERS[name], 0.4)
    arguments |= pick.some({"weight_decay": OPTIONS["weight_decay"], "use_ema": OPTIONS["use_ema"]}, 0.1)
    arguments |= pick.some({"gradient_accumulation_steps": OPTIONS["gradient_accumulation_steps"]}, 0.1)
    if pick.maybe(0.25):
        clip = pick.one("clipnorm", "clipvalue", "global_clipnorm")
        arguments[clip] = OPTIONS[clip][0]
    return f"keras.optimizers.{name}({', '.join(f'{k}={v}' for k, v in arguments.items())})"
