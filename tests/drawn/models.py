"""Models: small ones of each kind with drawn arguments of `compile`, trained for some steps, evaluated and asked for predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.drawn.case import Case, Draw

# Sizes stay the same, so that JAX compiles each operation once.
SAMPLES, FEATURES, CLASSES = 12, 4, 3


@dataclass(frozen=True)
class Head:
    """An output: its layer, its targets, and the losses and metrics that fit."""

    layer: str
    targets: str
    losses: tuple[str, ...]
    metrics: tuple[str, ...]


HEADS = (
    Head(
        "Dense(1)",
        "numbers",
        ("'mse'", "'mae'", "keras.losses.Huber(0.5)", "keras.losses.mean_squared_error", "keras.losses.LogCosh(reduction='sum')"),
        (
            "'mae'",
            "'mse'",
            "keras.metrics.MeanAbsoluteError(name='own')",
            "keras.metrics.RootMeanSquaredError()",
            "keras.losses.mean_absolute_error",
        ),
    ),
    Head(
        "Dense(3)",
        "vectors",
        ("'mse'", "keras.losses.CosineSimilarity()", "'huber'", "lambda t, p: keras.ops.mean(keras.ops.abs(t - p), axis=-1)"),
        ("'mse'", "'cosine_similarity'", "keras.metrics.R2Score()", "lambda t, p: keras.ops.max(t - p)"),
    ),
    Head(
        "Dense(3, activation='softmax')",
        "classes",
        (
            "'sparse_categorical_crossentropy'",
            "keras.losses.SparseCategoricalCrossentropy(ignore_class=0)",
            "keras.losses.SparseCategoricalCrossentropy(name='own')",
        ),
        (
            "'accuracy'",
            "'acc'",
            "'sparse_top_k_categorical_accuracy'",
            "keras.metrics.SparseCategoricalAccuracy()",
            "'crossentropy'",
            "'ce'",
        ),
    ),
    Head(
        "Dense(3, activation='softmax')",
        "one hot",
        (
            "'categorical_crossentropy'",
            "keras.losses.CategoricalCrossentropy(label_smoothing=0.1)",
            "'kl_divergence'",
            "keras.losses.CategoricalFocalCrossentropy()",
        ),
        (
            "'accuracy'",
            "keras.metrics.AUC(num_thresholds=5)",
            "keras.metrics.F1Score(average='macro')",
            "'crossentropy'",
            "keras.metrics.TopKCategoricalAccuracy(2)",
        ),
    ),
    Head(
        "Dense(1, activation='sigmoid')",
        "binary",
        ("'binary_crossentropy'", "keras.losses.BinaryFocalCrossentropy()", "'bce'"),
        (
            "'accuracy'",
            "'acc'",
            "keras.metrics.Precision()",
            "keras.metrics.BinaryAccuracy(threshold=0.4)",
            "'crossentropy'",
            "'AUC'",
            "keras.metrics.Recall(name='found')",
        ),
    ),
    Head(
        "Dense(1)",
        "binary",
        ("keras.losses.BinaryCrossentropy(from_logits=True)", "'hinge'"),
        ("keras.metrics.BinaryAccuracy(threshold=0.0)", "'mse'", "'hinge'"),
    ),
)
OPTIMIZERS = (
    "'sgd'",
    "'adam'",
    "keras.optimizers.SGD(0.1, momentum=0.9)",
    "keras.optimizers.RMSprop(0.01)",
    "keras.optimizers.Adam(0.05, clipnorm=0.5)",
)
START = "model.set_weights([0.5 * np.cos(np.arange(w.size) + i).reshape(w.shape) for i, w in enumerate(model.get_weights())])"


def draw(seed: int) -> Case:
    """A model with one to three outputs, and what is done with it."""
    pick = Draw("models", seed)
    count = pick.one(1, 1, 1, 2, 2, 3)
    heads = [pick.one(*HEADS) for _ in range(count)]
    names = pick.one(["a", "b", "c"], ["out", "b", "a"])[:count]
    arrays = {"x": pick.normal((SAMPLES, FEATURES))}
    arrays |= {f"y_{name}": _targets(pick, head) for name, head in zip(names, heads, strict=True)}
    lines, keyed = _model(pick, heads, names)
    lines += ["model(x)", START, f"model.compile({_compile(pick, heads, names, keyed)})"]
    y = _structure(pick, [f"y_{name}" for name in names], names, keyed)
    weights = _weights(pick, heads, names, keyed, arrays)
    lines += _run(pick, y, weights)
    return Case(f"models:{seed}", lines, arrays, needs_jax=True)


def _model(pick: Draw, heads: list[Head], names: list[str]) -> tuple[list[str], bool]:
    """Lines that define the model; and whether its outputs are a dict."""
    layers = [f"keras.layers.{head.layer[:-1]}, name='{name}')" for head, name in zip(heads, names, strict=True)]
    hidden = "keras.layers.Dense(5, activation='tanh')"
    kind = pick.one("functional", "functional", "functional", "subclass", "sequential" if len(heads) == 1 else "functional")
    if kind == "sequential":
        start = pick.one("keras.Input((4,)), ", "")
        return [f"model = keras.Sequential([{start}{hidden}, {layers[0]}])"], False
    keyed = pick.maybe(0.35)
    if kind == "functional":
        calls = [f"{layer}(h)" for layer in layers]
        outputs = _structure(pick, calls, names, keyed, exact=True)
        return ["i = keras.Input((4,))", f"h = {hidden}(i)", f"model = keras.Model(i, {outputs})"], keyed
    parts = [f"self.l{k}(h)" for k in range(len(layers))]
    body = ["class Own(keras.Model):", "    def __init__(self):", "        super().__init__()", f"        self.hidden = {hidden}"]
    body += [f"        self.l{k} = {layer}" for k, layer in enumerate(layers)]
    body += [
        "    def call(self, x):",
        "        h = self.hidden(x)",
        f"        return {_structure(pick, parts, names, keyed, exact=True)}",
        "model = Own()",
    ]
    return body, keyed


def _structure(pick: Draw, parts: list[str], names: list[str], keyed: bool, exact: bool = False) -> str:
    """Code of one part, a list or a dict, as the outputs of the model are; now and then in the other form."""
    if not exact and len(parts) > 1 and pick.maybe(0.1):
        keyed = not keyed
    if keyed:
        return "{" + ", ".join(f"'{name}': {part}" for name, part in zip(names, parts, strict=True)) + "}"
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _compile(pick: Draw, heads: list[Head], names: list[str], keyed: bool) -> str:
    losses = [pick.one(*head.losses) for head in heads]
    if len(heads) > 1 and pick.maybe(0.1):
        losses[pick.integer(0, len(heads) - 1)] = "None"
    arguments = [f"optimizer={pick.one(*OPTIMIZERS)}"]
    loss = _form(pick, losses, names)
    if len(heads) > 1 and pick.maybe(0.1):
        loss = pick.one(losses[0], f"[{losses[0]}]")
    arguments.append(f"loss={loss}")
    for argument, chance in (("metrics", 0.6), ("weighted_metrics", 0.3)):
        if pick.maybe(chance):
            chosen = [_metrics(pick, head) for head in heads]
            arguments.append(f"{argument}={_form(pick, chosen, names, metrics=True)}")
    if pick.maybe(0.3):
        numbers = [pick.one("0.5", "2.0", "1") for _ in heads]
        arguments.append(f"loss_weights={_form(pick, numbers, names)}")
    return ", ".join(arguments)


def _metrics(pick: Draw, head: Head) -> str:
    chosen = [pick.one(*head.metrics) for _ in range(pick.integer(1, 2))]
    return chosen[0] if len(chosen) == 1 and pick.maybe(0.5) else f"[{', '.join(dict.fromkeys(chosen))}]"


def _form(pick: Draw, parts: list[str], names: list[str], metrics: bool = False) -> str:
    """One value, a list or a dict by the names of outputs, in which some may be missing or unknown."""
    if len(parts) == 1 and pick.maybe(0.6):
        return parts[0] if not metrics or parts[0].startswith("[") else f"[{parts[0]}]"
    if pick.maybe(0.5):
        given = parts if pick.maybe(0.95) else parts[1:]
        return f"[{', '.join(given)}]"
    pairs = [(name, part) for name, part in zip(names, parts, strict=True) if pick.maybe(0.92)]
    if pick.maybe(0.04):
        pairs.append(("unknown", parts[0]))
    return "{" + ", ".join(f"'{name}': {part}" for name, part in pairs) + "}"


def _targets(pick: Draw, head: Head) -> np.ndarray:
    if head.targets == "classes":
        return pick.labels(CLASSES, pick.one((SAMPLES,), (SAMPLES, 1)), pick.one("int32", "int64", "float32"))
    if head.targets == "one hot":
        return pick.one_hot((SAMPLES, CLASSES), pick.one("float32", "int32"))
    if head.targets == "binary":
        return pick.labels(2, pick.one((SAMPLES,), (SAMPLES, 1)), pick.one("int32", "float32", "bool"))
    return pick.normal((SAMPLES, CLASSES) if head.targets == "vectors" else pick.one((SAMPLES,), (SAMPLES, 1)))


def _weights(pick: Draw, heads: list[Head], names: list[str], keyed: bool, arrays: dict[str, np.ndarray]) -> str:
    """Weights of samples or of classes, as arguments of `fit`; none most often."""
    if pick.maybe(0.2) and (len(heads) > 1 or heads[0].targets in ("classes", "binary", "one hot")):
        return f", class_weight={pick.one('{0: 1.0, 1: 2.0, 2: 0.5}', '{0: 0.5, 1: 3}', '{1: 2.0}')}"
    if pick.maybe(0.6):
        return ""
    if len(heads) == 1 or pick.maybe(0.4):
        arrays["w"] = pick.uniform(0, 2, pick.one((SAMPLES,), (SAMPLES,), (SAMPLES, 1)), pick.one("float32", "float64", "int32"))
        return ", sample_weight=w"
    for name in names:
        arrays[f"w_{name}"] = pick.uniform(0, 2, (SAMPLES,))
    return f", sample_weight={_structure(pick, [f'w_{name}' for name in names], names, keyed)}"


def _run(pick: Draw, y: str, weights: str) -> list[str]:
    """Lines that train, evaluate and predict."""
    lines = []
    if pick.maybe(0.75):
        validation = pick.one("", "", "", f", validation_data=(x, {y})", ", validation_split=0.25")
        lines.append(
            f"history = model.fit(x, {y}, epochs={pick.one(1, 2)}, batch_size={pick.one(4, 12, 5)}, shuffle=False, verbose=0{weights}{validation})"
        )
        lines.append("note('history', history.history)")
    else:
        extra = weights.replace("validation", "")
        lines.append(f"note('trained', model.train_on_batch(x, {y}{extra}{pick.one('', ', return_dict=True')}))")
    lines.append("note('weights', model.get_weights())")
    sample = weights if "sample_weight" in weights else ""
    lines.append(
        pick.one(
            f"note('evaluated', model.evaluate(x, {y}, batch_size=5, verbose=0, return_dict=True{sample}))",
            f"note('evaluated', model.evaluate(x, {y}, verbose=0{sample}))",
            f"note('evaluated', model.test_on_batch(x, {y}, return_dict=True{sample}))",
        )
    )
    lines += [
        "note('metrics_names', model.metrics_names)",
        pick.one("note('predictions', model.predict(x, verbose=0))", "note('predictions', model.predict_on_batch(x))"),
    ]
    return lines
