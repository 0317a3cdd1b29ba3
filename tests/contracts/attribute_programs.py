"""An object of every public class of layers, metrics, losses, optimizers and callbacks, and the names of its public attributes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

# The arguments of classes that need some: a tuple, or a function of the library.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "layers": {
        **dict.fromkeys(("Dense", "LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "CategoryEncoding"), (3,)),
        **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D", "MaxNumBoundingBoxes"), (3,)),
        **dict.fromkeys((f"Conv{rank}D{kind}" for rank in (1, 2, 3) for kind in ("", "Transpose")), (2, 3)),
        **dict.fromkeys((f"{name}{rank}D" for rank in (1, 2, 3) for name in ("ConvLSTM", "SeparableConv")), (2, 3)),
        **dict.fromkeys((f"SpatialDropout{rank}D" for rank in (1, 2, 3)), (0.5,)),
        **dict.fromkeys((f"{kind}Pooling{rank}D" for rank in (1, 2, 3) for kind in ("Average", "Max")), (2,)),
        **dict.fromkeys((f"Adaptive{kind}Pooling{rank}D" for rank in (1, 2, 3) for kind in ("Average", "Max")), (2,)),
        **dict.fromkeys(("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "Rescaling"), (0.5,)),
        **dict.fromkeys(
            (f"Random{name}" for name in ("Brightness", "Contrast", "Rotation", "Zoom", "Hue", "Saturation", "Sharpness")), (0.5,)
        ),
        **dict.fromkeys(("CenterCrop", "RandomCrop", "Resizing"), (3, 3)),
        **dict.fromkeys(("Bidirectional",), lambda keras: (keras.layers.LSTM(3),)),
        **dict.fromkeys(("TimeDistributed", "Wrapper", "SpectralNormalization"), lambda keras: (keras.layers.Dense(3),)),
        "RNN": lambda keras: (keras.layers.LSTMCell(3),),
        "StackedRNNCells": lambda keras: ([keras.layers.LSTMCell(3)],),
        "Lambda": lambda keras: (lambda x: x,),
        "Activation": ("relu",),
        "Discretization": ([0.0, 1.0],),
        "Dot": (1,),
        "EinsumDense": ("ab,bc->ac", 3),
        "Embedding": (5, 3),
        "GroupQueryAttention": (4, 2, 2),
        "InputLayer": ((3,),),
        "MultiHeadAttention": (2, 2),
        "Permute": ((1, 2),),
        "RandomPosterization": (4,),
        "RandomTranslation": (0.5, 0.5),
        "RepeatVector": (2,),
        "Reshape": ((3,),),
        "ReversibleEmbedding": (5, 3),
    },
    "metrics": {
        **dict.fromkeys(("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"), (0.5,)),
        **dict.fromkeys(("IoU", "OneHotIoU"), (2, [0])),
        **dict.fromkeys(("MeanIoU", "OneHotMeanIoU"), (2,)),
        "MeanMetricWrapper": lambda keras: (lambda a, b: a,),
        "MeanRelativeError": (np.ones(3),),
    },
    "losses": {},
    "optimizers": {"LossScaleOptimizer": lambda keras: (keras.optimizers.SGD(),)},
    "callbacks": {
        **dict.fromkeys(("BackupAndRestore", "CSVLogger"), ("/nowhere/file",)),
        "LearningRateScheduler": lambda keras: (lambda epoch: 0.1,),
        "ModelCheckpoint": ("/nowhere/model.keras",),
    },
}


def objects(keras: Any, family: str) -> dict[str, Any]:
    """An object of each class of a family that can be made with these arguments, by name."""
    found = {}
    for name, cls in sorted(vars(getattr(keras, family)).items()):
        if isinstance(cls, type) and not name.startswith("_"):
            arguments = ARGUMENTS[family].get(name, ())
            try:
                found[name] = cls(*(arguments(keras) if callable(arguments) else arguments))
            except (TypeError, ImportError, ValueError):  # classes of other frameworks, and bases
                continue
    return found


def models(keras: Any) -> dict[str, Any]:
    """Models of each kind, and objects that programs ask for attributes."""
    inputs = keras.Input((3,))
    functional = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    functional.compile("sgd", "mse", metrics=["mae"])
    built = keras.layers.Dense(2)
    built.build((None, 3))
    return {
        "Functional": functional,
        "Sequential": keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]),
        "Subclass": type("Mine", (keras.Model,), {"call": lambda self, x: x})(),
        "built Dense": built,
        "KerasTensor": inputs,
        "History": keras.callbacks.History(),
        "ExponentialDecay": keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9),
        "L2": keras.regularizers.L2(0.1),
        "GlorotUniform": keras.initializers.GlorotUniform(),
        "InputSpec": keras.layers.InputSpec(shape=(2, 3)),
    }


def has(obj: Any, name: str) -> bool:
    """Whether an object has an attribute; one that is not known yet counts."""
    try:
        getattr(obj, name)
    except AttributeError:
        return False
    except Exception:
        return True
    return True


def _names(keras: Any, made: Callable[[Any], dict[str, Any]]) -> dict[str, list[str]]:
    return {name: [one for one in dir(obj) if not one.startswith("_") and has(obj, one)] for name, obj in made(keras).items()}


MADE: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{family: functools.partial(objects, family=family) for family in ARGUMENTS},
    "models": models,
}
PROGRAMS = {name: functools.partial(_names, made=made) for name, made in MADE.items()}
