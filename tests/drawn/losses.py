"""Losses: every class and function with drawn arguments, shapes, dtypes, weights and masks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.drawn.case import FLOATS, Case, Draw, Shape, join

SMOOTHING = ["0.1", "0.3", "0.0"]
AXES = ["-1", "-1", "0", "1", "-2"]
LOGITS = {"from_logits": ["True", "False"], "label_smoothing": SMOOTHING, "axis": AXES}
FOCAL = {"alpha": ["0.25", "0.7"], "gamma": ["0.5", "2.0", "0", "3"]}
# Loss -> what its labels and predictions are, and its own arguments.
LOSSES: dict[str, tuple[str, dict[str, list[str]]]] = {
    "MeanSquaredError": ("numbers", {}),
    "MeanAbsoluteError": ("numbers", {}),
    "MeanAbsolutePercentageError": ("numbers", {}),
    "MeanSquaredLogarithmicError": ("positive", {}),
    "LogCosh": ("numbers", {}),
    "Huber": ("numbers", {"delta": ["0.3", "2", "1.5"]}),
    "Poisson": ("positive", {}),
    "CosineSimilarity": ("numbers", {"axis": ["-1", "1", "-2"]}),
    "Hinge": ("signs", {}),
    "SquaredHinge": ("signs", {}),
    "CategoricalHinge": ("one hot", {}),
    "BinaryCrossentropy": ("binary", LOGITS),
    "BinaryFocalCrossentropy": ("binary", {**LOGITS, **FOCAL, "apply_class_balancing": ["True", "False"]}),
    "CategoricalCrossentropy": ("one hot", LOGITS),
    "CategoricalFocalCrossentropy": ("one hot", {**LOGITS, **FOCAL}),
    "SparseCategoricalCrossentropy": ("classes", {"from_logits": ["True", "False"], "ignore_class": ["-1", "0", "2"], "axis": AXES}),
    "CategoricalGeneralizedCrossEntropy": ("classes", {"q": ["0.3", "0.9", "0.5"]}),
    "KLDivergence": ("distribution", {}),
    "Dice": ("binary", {"axis": ["None", "-1", "(1,)", "0", "(0, 1)"]}),
    "Tversky": ("binary", {"alpha": ["0.3", "1.0"], "beta": ["0.8", "0.0"], "axis": ["None", "-1", "(1,)", "(1, 2)"]}),
    "Circle": ("embeddings", {"gamma": ["8.0", "32"], "margin": ["0.1", "0.25"], "remove_diagonal": ["True", "False"]}),
    "CTC": ("sequences", {}),
}
FUNCTIONS = {
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "LogCosh": "log_cosh",
    "Huber": "huber",
    "Poisson": "poisson",
    "CosineSimilarity": "cosine_similarity",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "CategoricalHinge": "categorical_hinge",
    "BinaryCrossentropy": "binary_crossentropy",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "KLDivergence": "kl_divergence",
    "Dice": "dice",
    "Tversky": "tversky",
    "CTC": "ctc",
}
REDUCTIONS = ["'sum_over_batch_size'", "'sum'", "'mean'", "'mean_with_sample_weight'", "'none'", "None"]


def draw(seed: int) -> Case:
    """A loss, or the function of one, on drawn data."""
    pick = Draw("losses", seed)
    name = pick.one(*LOSSES)
    kind, own = LOSSES[name]
    options = pick.some(own)
    y_true, y_pred = data(pick, kind, options)
    arrays = {"y_true": y_true, "y_pred": y_pred}
    arguments = ", ".join(f"{key}={value}" for key, value in options.items())
    if name in FUNCTIONS and pick.maybe(0.25):
        call = f"keras.losses.{FUNCTIONS[name]}(y_true, %s{', ' + arguments if arguments else ''})"
        return Case(f"losses:{seed}", _notes(call, y_pred), arrays)
    common = pick.options({"reduction": REDUCTIONS, "dtype": ["'float32'", "'float64'", "'float16'", "'mixed_float16'"], "name": ["'own'"]})
    build = f"keras.losses.{name}({join(arguments, common)})"
    weight = "None"
    if pick.maybe(0.5):
        arrays["weight"], weight = weights(pick, y_pred.shape), "weight"
    lines = [f"loss = {build}", "note('config', loss.get_config())", "note('dtype', loss.dtype)"]
    if pick.maybe(0.15) and y_pred.ndim:
        arrays["mask"] = pick.rng.random(pick.one(y_pred.shape[:1], y_pred.shape[:-1], y_pred.shape)) < 0.7
        return Case(f"losses:{seed}", [*lines, f"note('value', loss(y_true, masked(y_pred, mask), sample_weight={weight}))"], arrays)
    call = f"{build}(y_true, %s, sample_weight={weight})"
    return Case(f"losses:{seed}", [*lines, *_notes(call, y_pred, "dtype" not in common)], arrays)


def _notes(call: str, y_pred: np.ndarray, differentiable: bool = True) -> list[str]:
    lines = [f"note('value', {call % 'y_pred'})"]
    if differentiable and y_pred.dtype in ("float32", "float64"):
        lines.append(f"gradient('gradient', lambda p: {call % 'p'}, y_pred)")
    return lines


def data(pick: Draw, kind: str, options: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions that a loss of a kind is given, of drawn shapes and dtypes; a few do not fit together."""
    if kind in ("sequences", "embeddings"):
        return _sequences(pick) if kind == "sequences" else _embeddings(pick)
    shape = pick.shape(1, 4) if pick.maybe(0.96) else ()
    dtype = pick.float_dtype() if pick.maybe(0.93) else pick.one("int32", "int64", "uint8")
    logits = options.get("from_logits") == "True"
    predictions: dict[str, Callable[[], np.ndarray]] = {
        "numbers": lambda: pick.normal(shape, dtype),
        "positive": lambda: pick.uniform(0.1, 3, shape, dtype),
        "signs": lambda: pick.normal(shape, dtype),
    }
    probabilities = pick.distribution if pick.maybe(0.7) and kind != "binary" else lambda s, d: pick.uniform(0.05, 0.95, s, d)
    make = predictions.get(kind, lambda: pick.normal(shape, dtype) if logits else probabilities(shape, dtype))
    return _labels(pick, kind, shape, options), make()


def _labels(pick: Draw, kind: str, shape: Shape, options: dict[str, str]) -> np.ndarray:
    like = _label_shape(pick, shape)
    any_dtype = pick.one("float32", "float32", "int32", "int64", "bool", *FLOATS)
    if kind == "classes":
        axis = int(options.get("axis", "-1"))
        count = shape[axis] if -len(shape) <= axis < len(shape) else 2
        rest = tuple(n for i, n in enumerate(shape) if i != axis % max(len(shape), 1))
        rest = pick.one(rest, rest, rest, (*rest, 1), like)
        found = pick.labels(count, rest, pick.one("int32", "int64", "uint8", "float32", "int8"))
        ignored = int(options.get("ignore_class", "0"))
        return (
            np.where(pick.rng.random(rest) < 0.2, np.array(ignored, found.dtype), found)
            if ignored < 0 < found.dtype.itemsize and found.dtype.kind != "u"
            else found
        )
    if kind == "one hot":
        return pick.one_hot(like, any_dtype) if pick.maybe(0.7) else pick.distribution(like)
    if kind == "distribution":
        return pick.distribution(like, pick.float_dtype())
    if kind == "binary":
        return pick.labels(2, like, any_dtype) if pick.maybe(0.8) else pick.uniform(0, 1, like)
    if kind == "signs":
        return pick.labels(2, like, any_dtype) if pick.maybe(0.5) else (2 * pick.labels(2, like) - 1).astype(pick.one("float32", "int32"))
    return pick.uniform(0.1, 3, like, any_dtype) if kind == "positive" else pick.normal(like, any_dtype)


def _label_shape(pick: Draw, shape: Shape) -> Shape:
    """Most often that of the predictions; else with a last axis less or more, or one that broadcasts, or another."""
    if pick.maybe(0.7) or not shape:
        return shape
    some = tuple(1 if pick.maybe(0.4) else n for n in shape)
    return pick.one(shape[:-1], (*shape, 1), (*shape[:-1], 1), some, shape[1:], pick.shape(1, 3))


def weights(pick: Draw, shape: Shape) -> np.ndarray:
    """Weights of samples, of steps or of entries, as numbers, integers or booleans; a few do not fit."""
    batch, inner = shape[:1], shape[:-1]
    chosen = pick.one(batch, batch, batch, inner, inner, (*batch, 1), (*inner, 1), shape, (), pick.shape(1, 2))
    return pick.uniform(0, 2, chosen, pick.one("float32", "float32", "float64", "int32", "bool", "float16"))


def _embeddings(pick: Draw) -> tuple[np.ndarray, np.ndarray]:
    batch, width = pick.integer(1, 5), pick.integer(1, 4)
    x = pick.normal((batch, width), "float64")
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    labels = pick.labels(2, pick.one((batch,), (batch,), (batch, 1)), pick.one("int32", "int64", "float32", "uint8"))
    return labels, x.astype(pick.float_dtype())


def _sequences(pick: Draw) -> tuple[np.ndarray, np.ndarray]:
    batch, steps, classes, most = pick.integer(1, 3), pick.integer(2, 6), pick.integer(2, 4), pick.integer(1, 3)
    labels = pick.rng.integers(1, classes, (batch, most))
    labels = np.where(np.arange(most) < pick.rng.integers(1, most + 1, (batch, 1)), labels, 0)
    return labels.astype(pick.one("int32", "int64", "float32")), pick.normal(
        (batch, steps, classes), pick.one("float32", "float32", "float64")
    )
