"""The names of Keras that are not here: why, and what to use. `docs/keras_names.md` prints them.

Modules that Keras fills and we do not entirely take their `__getattr__` from here, so that a program that asks for such a name is
told the reason. A test holds this table against Keras's list of names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, NoReturn


class Absence(NamedTuple):
    """Why a name is not here, and what to use."""

    reason: str
    instead: str


_NO_QUANTISATION = Absence("models are not quantised here", "train in 16 bits: mixed_precision.set_global_policy('mixed_bfloat16')")
_ARCHITECTURE = Absence(
    "this architecture is not built here", "use an application that is, such as keras.applications.EfficientNetB0 or ResNet50V2"
)


def _layer_of(framework: str) -> Absence:
    return Absence(f"it runs a module of {framework}, which is not among our engines", "write the module with keras.layers and keras.ops")


# Module of Keras -> the names in it that are not here.
_GROUPS: list[tuple[Absence, str, str]] = [
    (_NO_QUANTISATION, "", "Quantizer"),
    (
        _NO_QUANTISATION,
        "quantizers",
        "AWQConfig AbsMaxQuantizer Float8QuantizationConfig GPTQConfig Int4QuantizationConfig Int8QuantizationConfig QuantizationConfig "
        "Quantizer abs_max_quantize abs_max_quantize_grouped_with_zero_point compute_float8_amax_history compute_float8_scale deserialize "
        "fake_quant_with_min_max_vars get pack_int4 quantize_and_dequantize serialize unpack_int4",
    ),
    (
        Absence("it loads a SavedModel of TensorFlow, which runs in TensorFlow alone", "save the model as .keras and use load_model"),
        "layers",
        "TFSMLayer",
    ),
    (
        _ARCHITECTURE,
        "applications",
        "ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge InceptionResNetV2 NASNetLarge NASNetMobile",
    ),
    (_ARCHITECTURE, "applications.convnext", "ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge"),
    (_ARCHITECTURE, "applications.inception_resnet_v2", "InceptionResNetV2"),
    (_ARCHITECTURE, "applications.nasnet", "NASNetLarge NASNetMobile"),
    (_layer_of("Flax"), "layers", "FlaxLayer"),
    (_layer_of("JAX"), "layers", "JaxLayer"),
    (_layer_of("PyTorch"), "layers", "TorchModuleWrapper"),
    (
        Absence("it writes checkpoints in the format of the package orbax", "use callbacks.ModelCheckpoint or callbacks.BackupAndRestore"),
        "callbacks",
        "OrbaxCheckpoint",
    ),
    (
        Absence(
            "it writes a SavedModel, which runs in TensorFlow alone",
            "use model.export('model.onnx'), or model.export('model.py') for NumPy",
        ),
        "export",
        "ExportArchive",
    ),
]
ABSENT: dict[str, Absence] = {
    (f"{module}.{name}" if module else name): absence for absence, module, names in _GROUPS for name in names.split()
}
# Modules of which nothing is here.
MODULES: dict[str, Absence] = {"quantizers": _NO_QUANTISATION}


def absence(path: str) -> Absence | None:
    """Why a name or module of Keras is not here; None for all other names.

    Args:
        path: The dotted name without the name of the library.

    >>> absence("layers.TFSMLayer").reason
    'it loads a SavedModel of TensorFlow, which runs in TensorFlow alone'
    >>> absence("layers.Dense") is None
    True
    """
    return ABSENT.get(path) or MODULES.get(path)


def refuse(path: str) -> None:
    """Raise the error that explains an absent name; nothing happens for all other names.

    Raises:
        AbsentNameError: The name is Keras's and not here.

    >>> refuse("layers.Dense")
    """
    why = absence(path)
    if why is not None:
        from glassworks.errors import AbsentNameError  # imported late: `import glassworks` stays light

        raise AbsentNameError(
            why.reason, "a name of Keras that is here (docs/keras_names.md lists the others)", why.instead, where=f"keras.{path}"
        )


def module_getattr(public: str, real: str) -> Callable[[str], NoReturn]:
    """The `__getattr__` of a module that lacks some names of Keras's module.

    Args:
        public: The name of the module in Keras, such as `"layers"`.
        real: The name of our module, for the error of names that Keras does not have either.

    >>> module_getattr("layers", "glassworks.layers")("TFSMLayer")
    Traceback (most recent call last):
        ...
    glassworks.errors.AbsentNameError: [keras.layers.TFSMLayer]
      found:    it loads a SavedModel of TensorFlow, which runs in TensorFlow alone
      expected: a name of Keras that is here (docs/keras_names.md lists the others)
      fix:      save the model as .keras and use load_model
    """

    def lookup(name: str) -> NoReturn:
        refuse(f"{public}.{name}")
        raise AttributeError(f"module {real!r} has no attribute {name!r}")

    return lookup
