"""Metrics: every class with drawn arguments, over several batches with drawn weights; the result after each, and after a reset."""

from __future__ import annotations

import numpy as np

from tests.drawn.case import FLOATS, Case, Draw, Shape, join

LOGITS = {"from_logits": ["True", "False"], "label_smoothing": ["0.1", "0.25"]}
THRESHOLDS = {"thresholds": ["0.3", "[0.2, 0.7]", "[0.6, 0.1, 0.9]", "0.0", "1.0", "None"]}
CLASS = {"top_k": ["1", "2"], "class_id": ["0", "1"]}
IGNORED = {"ignore_class": ["0", "1", "-1"]}
SPARSE = {"sparse_y_true": ["True", "False"], "sparse_y_pred": ["True", "False"], "axis": ["-1", "-1", "1"]}
AT = {"num_thresholds": ["200", "7", "1", "2"], "class_id": ["0", "1"]}
F_SCORE = {"average": ["None", "'micro'", "'macro'", "'weighted'"], "threshold": ["None", "0.4", "0.0"]}
AUC = {
    "num_thresholds": ["200", "11", "2"],
    "curve": ["'ROC'", "'PR'", "'PRGAIN'"],
    "summation_method": ["'interpolation'", "'minoring'", "'majoring'"],
    "thresholds": ["[0.5]", "[0.1, 0.5, 0.8]"],
    "multi_label": ["True", "False"],
    "from_logits": ["True", "False"],
}
# Metric -> what its labels and predictions are, and its own arguments; a first argument that it must have stands in `NEEDED`.
METRICS: dict[str, tuple[str, dict[str, list[str]]]] = {
    "Accuracy": ("ids", {}),
    "BinaryAccuracy": ("binary", {"threshold": ["0.3", "0.0", "1.0", "0.75"]}),
    "CategoricalAccuracy": ("one hot", {}),
    "SparseCategoricalAccuracy": ("classes", {}),
    "TopKCategoricalAccuracy": ("one hot", {"k": ["1", "2", "3"]}),
    "SparseTopKCategoricalAccuracy": ("classes", {"k": ["1", "2", "3"]}),
    "MeanSquaredError": ("numbers", {}),
    "RootMeanSquaredError": ("numbers", {}),
    "MeanAbsoluteError": ("numbers", {}),
    "MeanAbsolutePercentageError": ("numbers", {}),
    "MeanSquaredLogarithmicError": ("positive", {}),
    "CosineSimilarity": ("numbers", {"axis": ["-1", "1"]}),
    "LogCoshError": ("numbers", {}),
    "R2Score": (
        "numbers",
        {"class_aggregation": ["None", "'uniform_average'", "'variance_weighted_average'"], "num_regressors": ["0", "1", "2"]},
    ),
    "PearsonCorrelation": ("numbers", {"axis": ["-1", "0", "1", "None"]}),
    "ConcordanceCorrelation": ("numbers", {"axis": ["-1", "0", "1"]}),
    "BinaryCrossentropy": ("binary", LOGITS),
    "CategoricalCrossentropy": ("one hot", {**LOGITS, "axis": ["-1", "1"]}),
    "SparseCategoricalCrossentropy": ("classes", {"from_logits": ["True"], "ignore_class": ["0", "1"], "axis": ["-1"]}),
    "KLDivergence": ("distribution", {}),
    "Poisson": ("positive", {}),
    "Hinge": ("signs", {}),
    "SquaredHinge": ("signs", {}),
    "CategoricalHinge": ("one hot", {}),
    "TruePositives": ("binary", THRESHOLDS),
    "FalsePositives": ("binary", THRESHOLDS),
    "TrueNegatives": ("binary", THRESHOLDS),
    "FalseNegatives": ("binary", THRESHOLDS),
    "Precision": ("binary", {**THRESHOLDS, **CLASS}),
    "Recall": ("binary", {**THRESHOLDS, **CLASS}),
    "SensitivityAtSpecificity": ("binary", AT),
    "SpecificityAtSensitivity": ("binary", AT),
    "PrecisionAtRecall": ("binary", AT),
    "RecallAtPrecision": ("binary", AT),
    "AUC": ("binary", AUC),
    "F1Score": ("matrix", F_SCORE),
    "FBetaScore": ("matrix", {**F_SCORE, "beta": ["2.0", "0.5"]}),
    "IoU": ("ids", {**IGNORED, **SPARSE}),
    "MeanIoU": ("ids", {**IGNORED, **SPARSE}),
    "BinaryIoU": ("binary", {"target_class_ids": ["(0, 1)", "[1]", "[0]"], "threshold": ["0.3", "0.5"]}),
    "OneHotIoU": ("one hot", {**IGNORED, "sparse_y_pred": ["True", "False"]}),
    "OneHotMeanIoU": ("one hot", {**IGNORED, "sparse_y_pred": ["True", "False"]}),
    "Mean": ("values", {}),
    "Sum": ("values", {}),
}
NEEDED = {
    "SensitivityAtSpecificity": ["0.4", "0.0", "1.0", "specificity=0.7"],
    "SpecificityAtSensitivity": ["0.4", "sensitivity=0.7", "1"],
    "PrecisionAtRecall": ["0.4", "recall=0.7"],
    "RecallAtPrecision": ["0.4", "precision=0.7"],
    "IoU": ["num_classes=%d, target_class_ids=[0]", "%d, [0, 1]", "%d, (1,)"],
    "MeanIoU": ["%d", "num_classes=%d"],
    "OneHotIoU": ["num_classes=%d, target_class_ids=[0]", "%d, [0, 1]"],
    "OneHotMeanIoU": ["%d"],
}
CLASSES = 4


def draw(seed: int) -> Case:
    """A metric and the batches that it sees."""
    pick = Draw("metrics", seed)
    name = pick.one(*METRICS)
    kind, own = METRICS[name]
    chosen = pick.some(own)
    classes = pick.integer(2, CLASSES)
    needed = pick.one(*NEEDED.get(name, [""]))
    needed = needed % classes if "%d" in needed else needed
    dtype = pick.options({"dtype": ["'float32'", "'float16'", "'float64'", "'mixed_float16'"], "name": ["'own'"]}, 0.12)
    arguments = join(needed, *(f"{key}={value}" for key, value in chosen.items()), dtype)
    lines = [f"metric = keras.metrics.{name}({arguments})", "note('config', metric.get_config())", "note('name', metric.name)"]
    lines += ["note('names of variables', [v.name for v in metric.variables])"] if name not in ("AUC", "R2Score") else []
    if pick.maybe(0.15):
        lines.append("note('result at first', metric.result())")
    arrays: dict[str, np.ndarray] = {}
    rest = _rest(pick, name, kind, chosen, classes)
    weighted = pick.maybe(0.5)
    for step in range(pick.integer(1, 4)):
        lines.append(_update(pick, step, kind, chosen, (pick.one(1, 2, 3, 5, 8), *rest), weighted, arrays))
        lines.append(f"note('result {step}', metric.result())")
    lines += ["note('variables', metric.variables)", "metric.reset_state()", "note('result after reset', metric.result())"]
    if pick.maybe(0.3):
        lines += [
            lines[-6] if len(lines) > 6 and lines[-6].startswith("metric.update") else "pass",
            "note('result again', metric.result())",
        ]
    return Case(f"metrics:{seed}", lines, arrays)


def _rest(pick: Draw, name: str, kind: str, chosen: dict[str, str], classes: int) -> Shape:
    """The axes of predictions after that of the batch."""
    if kind in ("ids", "values"):
        sparse = chosen.get("sparse_y_pred", "True") == "True" and chosen.get("sparse_y_true", "True") == "True"
        inner = pick.one((), (), (3,), (2, 2), (1,))
        return inner if sparse or name == "Accuracy" else (*inner, classes)
    if name in ("R2Score", "F1Score", "FBetaScore") or chosen.get("multi_label") == "True":
        return (classes,) if pick.maybe(0.85) else pick.one((), (1,), (2, classes))
    if kind in ("one hot", "classes", "distribution"):
        return pick.one((classes,), (classes,), (classes,), (2, classes), (2, 3, classes), ())
    return pick.one((), (1,), (classes,), (classes,), (3, 2), (2, 1, 3))


def _update(pick: Draw, step: int, kind: str, chosen: dict[str, str], shape: Shape, weighted: bool, arrays: dict[str, np.ndarray]) -> str:
    """A call of `update_state`, with its arrays."""
    names = (f"t{step}", f"p{step}", f"w{step}")
    y_true, y_pred = _data(pick, kind, chosen, shape)
    arrays[names[1]] = y_pred
    arguments = names[1] if kind == "values" else f"{names[0]}, {names[1]}"
    if kind != "values":
        arrays[names[0]] = y_true
    if not weighted:
        return f"metric.update_state({arguments})"
    like = (
        y_pred.shape
        if kind in ("ids", "values", "binary") and pick.maybe(0.2)
        else pick.one(shape[:1], shape[:1], shape[:1], (*shape[:1], 1), shape[:-1], ())
    )
    arrays[names[2]] = pick.uniform(0.1, 2, like, pick.one("float32", "float32", "float64", "int32", "bool"))
    return f"metric.update_state({arguments}, sample_weight={names[2]})"


def _data(pick: Draw, kind: str, chosen: dict[str, str], shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    any_dtype = pick.one("float32", "float32", "int32", "int64", "bool", "uint8")
    dtype = pick.one("float32", "float32", "float32", "float32", *FLOATS)
    logits = chosen.get("from_logits") == "True"
    like = shape if pick.maybe(0.88) else pick.one((*shape, 1), shape[:-1] or shape, (*shape[:-1], 1))
    if kind == "ids":
        return _ids(pick, chosen, shape)
    if kind == "values":
        return np.zeros(()), pick.normal(shape, pick.one("float32", "int32", "float64", "bool"))
    if kind == "classes":
        count, rest = (shape[-1], shape[:-1]) if len(shape) > 1 else (2, shape)
        labels = pick.labels(count, pick.one(rest, rest, (*rest, 1), like), pick.one("int32", "int64", "float32", "uint8"))
        return labels, pick.normal(shape, dtype) if logits else pick.distribution(shape, dtype)
    if kind == "one hot":
        if chosen.get("sparse_y_pred") == "True":
            return pick.one_hot(shape, any_dtype), pick.labels(shape[-1], shape[:-1], "int32")
        return pick.one_hot(like, any_dtype), pick.normal(shape, dtype) if logits else pick.distribution(shape, dtype)
    if kind == "distribution":
        return pick.distribution(like, dtype), pick.distribution(shape, dtype)
    if kind in ("binary", "matrix"):
        scores = pick.normal(shape, dtype) if logits else np.round(pick.uniform(0, 1, shape, dtype), pick.one(1, 4))
        return pick.labels(2, like, any_dtype), scores
    if kind == "signs":
        return pick.labels(2, like, any_dtype), pick.normal(shape, dtype)
    return (
        (pick.uniform(0.1, 3, like), pick.uniform(0.1, 3, shape, dtype))
        if kind == "positive"
        else (pick.normal(like, any_dtype), pick.normal(shape, dtype))
    )


def _ids(pick: Draw, chosen: dict[str, str], shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers on both sides, or rows of numbers where the metric takes the largest."""
    sparse = [chosen.get(side, "True") == "True" for side in ("sparse_y_true", "sparse_y_pred")]
    if all(sparse):
        return pick.labels(2, shape, pick.one("int32", "int64", "float32")), pick.labels(2, shape, pick.one("int32", "float32"))
    numbers = pick.labels(2, shape[:-1], pick.one("int32", "int64", "uint8"))
    return numbers if sparse[0] else pick.one_hot(shape), numbers if sparse[1] else pick.distribution(shape)
