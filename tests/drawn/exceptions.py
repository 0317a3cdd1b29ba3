"""Where answers differ from real Keras on purpose, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.drawn.case import Case


def always(case: Case) -> bool:
    """For exceptions that the texts alone decide."""
    return True


@dataclass(frozen=True)
class Allowed:
    """Differences that are right: in programs of a family that match `program`, in cases for which `when` holds, lines that match `difference`."""

    family: str
    program: str
    difference: str
    reason: str
    when: Callable[[Case], bool] = always


def _pairs(case: Case) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The shapes of labels and predictions that belong together: `y_true` and `y_pred`, or `t0` and `p0` and so on."""
    arrays = case.arrays
    pairs = [("y_true", "y_pred"), *((f"t{i}", f"p{i}") for i in range(5))]
    return [(arrays[one].shape, arrays[other].shape) for one, other in pairs if one in arrays and other in arrays]


def _integer_predictions(case: Case) -> bool:
    return case.arrays["y_pred"].dtype.kind in "iub"


def _weights_of_samples(case: Case) -> bool:
    """Whether weights or a mask have fewer axes than the predictions, which have several."""
    y_pred = case.arrays["y_pred"]
    given = [case.arrays[name] for name in ("weight", "mask") if name in case.arrays]
    return (y_pred.ndim > 2 or len(given) > 1) and any(0 < one.ndim < y_pred.ndim for one in given)


def _integer_input(case: Case) -> bool:
    return any(array.dtype.kind in "iub" for array in case.arrays.values())


def _weights_other_than_losses(case: Case) -> bool:
    given = [case.arrays[name].shape for name in ("weight", "mask") if name in case.arrays]
    return any(shape not in (case.arrays["y_pred"].shape[: len(shape)], ()) for shape in given) or len(set(given)) > 1 or bool(given)


def _labels_broadcast(case: Case) -> bool:
    """Whether labels and predictions have other shapes."""
    return any(labels != outputs for labels, outputs in _pairs(case))


def _a_number_per_sample(case: Case) -> bool:
    return any(labels == outputs[:-1] or (len(labels) < len(outputs) and labels != outputs) for labels, outputs in _pairs(case))


def _metric_weights_broadcast(case: Case) -> bool:
    weights = [(case.arrays[f"w{i}"].shape, case.arrays[f"p{i}"].shape) for i in range(5) if f"w{i}" in case.arrays]
    return any(one != other for one, other in weights)


COUNTS = r"metrics\.(True|False|Precision|Recall|Sensitivity|Specificity|AUC)"
ALLOWED = [
    # Losses.
    Allowed(
        "losses",
        r"keras\.losses\.\w+\(y_true, y_pred",
        r"^value|^runs here",
        "Integers as predictions are computed in floatx; Keras cuts labels to integers, or fails.",
        _integer_predictions,
    ),
    Allowed(
        "losses",
        r"keras\.losses\.",
        r"^value|^gradient|^runs here",
        "Weights of samples belong to the first axes, however many the losses have; Keras broadcasts them along the last ones.",
        _weights_of_samples,
    ),
    Allowed(
        "losses",
        r"keras\.losses\.",
        r"^refused here: ShapeError: .*\n.*sample_weight",
        "Weights that do not fit would multiply the number of losses, by broadcasting.",
        _weights_other_than_losses,
    ),
    Allowed(
        "losses",
        r"keras\.losses\.\w*([bB]inary|[cC]ategorical)\w*\(",
        "^runs here",
        "Labels that broadcast over the predictions are taken by these losses as by all others.",
        _labels_broadcast,
    ),
    Allowed(
        "losses|metrics",
        r"keras\.(losses|metrics)\.",
        r"^refused here: ShapeError: .*\n.*(targets|labels) of shape",
        "A number per sample for several outputs broadcasts only where the sizes happen to be equal, and then along the wrong axis.",
        _a_number_per_sample,
    ),
    Allowed(
        "losses",
        r"keras\.losses\.sparse_categorical_crossentropy",
        r"dtype float16, expected float32",
        "A loss has the dtype of its predictions; Keras's has on some backends that of its one-hot labels.",
    ),
    Allowed(
        "losses",
        r"kl_divergence|KLDivergence",
        r"^gradient",
        "Predictions of exactly 1 are at the border of a clip, where JAX halves the gradient.",
        lambda case: bool((case.arrays["y_pred"] == 1).any()),
    ),
    Allowed(
        "losses",
        r"Sparse|sparse",
        "^runs here",
        "Scores without an axis for samples are those of one sample, whose labels may be several.",
        lambda case: case.arrays["y_pred"].ndim < 2,
    ),
    # Metrics.
    Allowed(
        "metrics",
        r"metrics\.(CategoricalHinge|KLDivergence|Poisson|Hinge|SquaredHinge|\w*Accuracy|\w*[cC]rossentropy|Log|Mean|R2|F1|FBeta|Cosine|AUC)",
        "^runs here",
        "Labels that broadcast over the predictions are computed, with a warning where they are class numbers.",
        _labels_broadcast,
    ),
    Allowed(
        "metrics",
        COUNTS + "|metrics.F1|metrics.FBeta",
        "^runs here",
        "Weights of samples count for all entries of their sample, however many axes it has; scalars count for all.",
        _metric_weights_broadcast,
    ),
    Allowed(
        "metrics",
        r"metrics\.(AUC|F1Score|FBetaScore|R2Score)",
        "^runs here.*(no attribute|NoneType)",
        "A result before the first batch is 0.",
    ),
    Allowed(
        "metrics", r"metrics\.", r"expected \[?(inf|nan)", "Numbers of 16 bits overflow in Keras; sums are in float32 here.", Case.is_narrow
    ),
    Allowed("metrics", r"IoU\(.*axis=1", "^runs here", "An axis of scores that class numbers do not have is not used."),
    Allowed("metrics", r"metrics\.OneHot|IoU", "^runs here.*axis 1 is out of bounds", "A row of scores without a batch is one sample."),
    Allowed(
        "metrics",
        COUNTS + "|TopK",
        r"^refused here: ShapeError",
        "Labels of one sample that broadcast over its outputs only because the batch has size 1.",
        _labels_broadcast,
    ),
    Allowed(
        "metrics",
        r"metrics\.(SquaredHinge|Hinge|Poisson|KLDivergence)",
        r"^(result|variables)",
        "A label per sample belongs to its sample, with or without a last axis of 1; Keras broadcasts it over all samples.",
        _labels_broadcast,
    ),
    Allowed("metrics", "Sparse", "^refused here: DataError", "A label outside the classes counts against a class that is not meant."),
    Allowed("metrics", COUNTS + ".*class_id", "^runs here", "Weights of entries are those of the chosen class, with any number of axes."),
    # Optimizers and schedules.
    Allowed(
        "optimizers|parts",
        r"Adafactor",
        r"^names of its variables\[\d+\]|dtype float32, expected int32|^variables of the optimizer\[\d+\]: shape",
        "Slots that vectors do not need are placeholders, with other names and dtypes.",
    ),
    Allowed(
        "optimizers|parts", r"Nadam", r"^names of its variables\[\d+\] is 'u_product'", "Keras names the product of momenta `variable`."
    ),
    Allowed(
        "optimizers|parts",
        r"ExponentialDecay\(1, |PiecewiseConstantDecay\(\[1.5, 3.5\]|PiecewiseConstantDecay\(\[3\]",
        r"^(rate|weights|variables|averages)",
        "A rate that starts as an integer decays as a number; Keras cuts it to integers.",
    ),
    Allowed("optimizers|parts", r"PiecewiseConstantDecay\(\[\]", "^runs here", "A schedule without boundaries has one rate."),
    Allowed("optimizers|parts", r"AdamW\(.*weight_decay=None", "^runs here", "None means no weight decay, as in the other optimizers."),
    Allowed(
        "optimizers|parts",
        r"LossScaleOptimizer",
        "^runs here.*UnexpectedTracer",
        "Keras fails on JAX when a scaled optimizer with a schedule runs eagerly.",
    ),
    # Models.
    Allowed(
        "models",
        "",
        "^runs here.*interpret metric identifier: (ce|crossentropy)",
        "`ce` and `crossentropy` work in every form of `metrics`.",
    ),
    Allowed("models", "", r"^runs here.*Expected `loss_weights` argument to be a float", "An integer is a number too."),
    Allowed(
        "models",
        "",
        r"^runs here.*(`loss_weights` must match|KeyError: .[abc]|KeyError: .out)",
        "Weights by output fit one loss for all outputs; outputs without a weight have 1.",
    ),
    Allowed(
        "models",
        "",
        r"^runs here.*(Expected keys .* in loss dict|NoneType' object is not iterable)",
        "Outputs that a dict of losses leaves out have none.",
    ),
    Allowed("models", r"loss=\[None\]", "^refused here.*\n.*loss=None", "Without a loss no weight changes; Keras trains on 0."),
    Allowed(
        "models",
        "class Own",
        r"_loss'\]|^metrics_names|^evaluated\[",
        "Two losses of one name have two names in the logs; Keras shows one of the two.",
    ),
    Allowed(
        "models",
        r"loss=\[.*loss_weights=\{",
        "",
        "Weights go to the outputs they name; Keras sorts the names and takes the losses in their order.",
    ),
    Allowed(
        "models",
        "hinge",
        "hinge",
        "A label per sample belongs to its sample, with or without a last axis of 1; Keras broadcasts it over all samples.",
    ),
    Allowed(
        "models",
        "'unknown'|loss=\\[\\]",
        r"^refused here: ArgumentError: \[compile\]",
        "A name that no output has is most often misspelt, and a list without losses an oversight; Keras ignores them where there is one output.",
    ),
    Allowed(
        "models",
        "sample_weight=",
        "^runs here.*(sample_weight|list indices|KeyError)",
        "Weights in a list fit outputs in a dict, by their order, and weights by name outputs in a list.",
    ),
    Allowed(
        "models",
        "weighted_metrics=.*'out'|weighted_metrics=.*'a'",
        "^evaluated has",
        "Keras lists a metric twice that is weighted and not.",
    ),
    Allowed("models", "F1Score", "^runs here.*f1_score/", "A column of weights fits samples."),
    # Layers.
    Allowed("layers", "Pooling", "^refused here.*\n.*a window of", "A window larger than its input leaves nothing."),
    Allowed("layers", "", r"^symbolic", "Integers keep their dtype, as when the layer runs; Keras says floatx.", _integer_input),
    Allowed("layers", "", "^runs here", "Integers are computed in floatx.", _integer_input),
    Allowed("layers", "Normalization", "^output", "Integers are normalised in floatx.", _integer_input),
    Allowed(
        "layers", "GRU|LSTM|RNN", "^runs here.*scan body", "Keras fails on JAX with 64 bits, where states and inputs have other dtypes."
    ),
    # Regularizers, constraints and initializers.
    Allowed(
        "parts",
        r"keras\.regularizers\.",
        r"dtype float32, expected int32",
        "A penalty of integers is a number in floatx.",
        lambda case: case.arrays["x"].dtype == "int32",
    ),
    Allowed(
        "parts",
        r"OrthogonalRegularizer",
        "^runs here",
        "A matrix without rows or columns has no penalty, and integers are computed in floatx.",
        lambda case: not case.arrays["x"].size or case.arrays["x"].dtype == "int32",
    ),
    Allowed(
        "parts",
        r"initializers\.\w+\([^\n]*\n[^\n]*\n[^\n]*\n.*(int32|16)",
        "^runs here.*dtype",
        "Random numbers in a dtype that JAX does not draw are drawn in floatx.",
    ),
    Allowed("parts", r"STFT\((.|\n)*16", "^values", "Windows are computed in float32, and then rounded to 16 bits."),
    Allowed("parts", r"STFT\(", "^dtype", "Windows have the dtype that is asked for."),
]


def reason(case: Case, lines: list[str]) -> str:
    """Why all differences of a case are right, or nothing."""
    program = "\n".join(case.lines)
    fitting = [one for one in ALLOWED if re.match(one.family, case.name) and re.search(one.program, program) and one.when(case)]
    found = [next((one.reason for one in fitting if re.search(one.difference, line)), "") for line in lines]
    return " ".join(dict.fromkeys(found)) if all(found) else ""
