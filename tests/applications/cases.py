"""The applications that are compared with Keras: how each is called, and weights that both sides can compute."""

from __future__ import annotations

import hashlib
from types import ModuleType
from typing import Any

import numpy as np

# Name -> the size of the images of the call without a classifier, which is compared by its outputs.
SIZES = {
    **dict.fromkeys(["VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2"], 32),
    **dict.fromkeys(["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "DenseNet121", "DenseNet169", "DenseNet201"], 32),
    **dict.fromkeys([f"EfficientNetB{number}" for number in range(8)], 32),
    **dict.fromkeys([f"EfficientNetV2{variant}" for variant in ("B0", "B1", "B2", "B3", "S", "M", "L")], 32),
    "InceptionV3": 75,
    "Xception": 71,
}
# Calls whose outputs are compared, with arguments that only some applications have.
OUTPUTS: list[tuple[str, dict[str, Any]]] = [
    ("MobileNet", {"alpha": 0.25, "depth_multiplier": 2, "pooling": "avg"}),
    ("MobileNetV2", {"alpha": 0.35, "include_top": True, "classes": 7, "classifier_activation": None}),
    ("MobileNetV3Small", {"alpha": 0.75, "include_top": True, "classes": 7}),
    ("EfficientNetB0", {"include_top": True, "classes": 7}),
    ("EfficientNetV2B0", {"include_top": True, "classes": 7}),
]
# More of them, for `python -m tests.applications.keras_facts --compare`.
MORE_OUTPUTS: list[tuple[str, dict[str, Any]]] = [
    ("VGG16", {"pooling": "avg"}),
    ("DenseNet121", {"pooling": "avg"}),
    ("ResNet50V2", {"pooling": "avg"}),
    ("ResNet50", {"pooling": "max"}),
    ("MobileNet", {"alpha": 0.5, "include_top": True, "classes": 7}),
    ("MobileNetV2", {"alpha": 1.4}),
    ("MobileNetV3Large", {"minimalistic": True, "pooling": "avg", "include_preprocessing": False}),
    ("EfficientNetV2S", {"pooling": "avg", "include_preprocessing": False}),
    ("InceptionV3", {"pooling": "avg"}),
    ("Xception", {"pooling": "avg"}),
]
# Calls whose layers and weights are compared: every second with its classifier.
ALL_CALLS: list[tuple[str, dict[str, Any]]] = [
    (name, {"pooling": "max"} if position % 2 else {"include_top": True, "classes": 5}) for position, name in enumerate(SIZES)
]
# The tests compare one or two of each family, `--compare` all.
_TESTED = {
    *("VGG19", "ResNet50", "ResNet50V2", "ResNet101", "MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "DenseNet169"),
    *("InceptionV3", "Xception", "EfficientNetB0", "EfficientNetB3", "EfficientNetV2B1", "EfficientNetV2S"),
}
CALLS = [call for call in ALL_CALLS if call[0] in _TESTED]


def key(name: str, arguments: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{argument}={value!r}' for argument, value in arguments.items())})"


def build(applications: ModuleType, name: str, arguments: dict[str, Any]) -> Any:
    """The model without pretrained weights, and without a classifier if the arguments do not ask for one."""
    size = SIZES[name]
    return getattr(applications, name)(**{"weights": None, "include_top": False, "input_shape": (size, size, 3), **arguments})


def facts(model: Any) -> dict[str, Any]:
    """Counts, and a digest of the names and classes of the layers with the paths and shapes of their weights, in order."""
    rows = [(layer.name, type(layer).__name__, [(weight.path, tuple(weight.shape)) for weight in layer.weights]) for layer in model.layers]
    order = [weight.path for weight in model.weights]
    digest = hashlib.sha256(repr((rows, order)).encode()).hexdigest()
    return {
        "name": model.name,
        "layers": len(rows),
        "parameters": model.count_params(),
        "output": list(model.output_shape),
        "digest": digest,
    }


def weights(model: Any) -> list[np.ndarray]:
    """Values for all weights that depend on their position alone and keep activations at a moderate size."""
    values = []
    for position, weight in enumerate(model.weights):
        rng, shape = np.random.default_rng(position), tuple(weight.shape)
        if "int" in str(weight.dtype):
            values.append(np.zeros(shape, "int32"))
        elif len(shape) < 2:
            values.append(rng.uniform(0.5, 1.5, shape).astype("float32"))
        else:
            inputs = np.prod(shape[:2]) if "depthwise" in weight.path else np.prod(shape[:-1])
            values.append((rng.standard_normal(shape, "float32") * np.sqrt(2 / inputs)).astype("float32"))
    return values


def outputs(model: Any, name: str) -> list[float]:
    """The first numbers of the output for two images."""
    model.set_weights(weights(model))
    size = SIZES[name]
    images = np.random.default_rng(0).uniform(0, 255, (2, size, size, 3)).astype("float32")
    return [float(number) for number in np.asarray(model(images)).reshape(2, -1)[:, :4].ravel()]
