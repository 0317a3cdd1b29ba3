"""Glassworks: neural networks with glass walls. The Keras API on a small engine of its own, open to look into.

`import glassworks as keras` runs Keras code; `import glassworks as tf` runs code written as `tf.keras...`.
Names are loaded on first use, so that the import itself is quick.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from glassworks import absent, aliases, tensorflow_names, tracebacks

__version__ = "0.1.0"

# Public name -> the module it comes from.
_NAMES = {
    "Array": "graph",
    "DTypePolicy": "dtype_policy",
    "FloatDTypePolicy": "dtype_policy",
    "Function": "models.function",
    "GradientTape": "graph",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "graph",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Operation": "graph.operation",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "RematScope": "engine.keras_scopes",
    "Sequential": "models",
    "StatelessScope": "graph.stateless",
    "SymbolicScope": "graph.stateless",
    "Variable": "graph",
    "device": "engine.keras_scopes",
    "function": "engine",
    "grad": "graph",
    "name_scope": "names",
    "remat": "engine.keras_scopes",
    "value_and_grad": "graph",
}
_MODULES = [
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "distillation",
    "distribution",
    "dtype_policies",
    "errors",
    "initializers",
    "insight",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "testing",
    "tree",
    "utils",
    "visualization",
    "wrappers",
]
aliases.install(__name__)


def _load(name: str) -> Any:
    """A public name, loaded on first use."""
    try:
        return _loaded(name)
    except Exception as error:
        tracebacks.leave(error)
        raise


def _loaded(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(aliases.real_name(name, __name__))
    elif name == "keras":
        value = sys.modules[__name__]
    elif name in tensorflow_names.NAMES:
        value = getattr(importlib.import_module(f"{__name__}.tensorflow"), name)
    else:
        absent.refuse(name)
        tensorflow_names.refuse(name)
        raise AttributeError(f"module 'glassworks' has no attribute {name!r}{_hint(name)}")
    globals()[name] = value
    return value


def _hint(name: str) -> str:
    # While the package itself is being imported, no suggestion is possible.
    errors = sys.modules.get(f"{__name__}.errors")
    return (
        f": {errors.suggest(name, [*_NAMES, *_MODULES, *tensorflow_names.NAMES])}"
        if errors is not None and hasattr(errors, "suggest")
        else ""
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_MODULES, *tensorflow_names.NAMES, "keras"})


def version() -> str:
    """The version of Glassworks."""
    return __version__


if not TYPE_CHECKING:
    # Type checkers use the list below instead, so that they report names that do not exist.
    __getattr__ = _load

if TYPE_CHECKING:
    import glassworks as keras  # noqa: F401 - `import glassworks as tf`, then `tf.keras`
    from glassworks import activations as activations
    from glassworks import applications as applications
    from glassworks import backend as backend
    from glassworks import config as config
    from glassworks import constraints as constraints
    from glassworks import datasets as datasets
    from glassworks import distillation as distillation
    from glassworks import distribution as distribution
    from glassworks import dtype_policy as dtype_policies  # noqa: F401 - Keras's name of the module
    from glassworks import errors as errors
    from glassworks import initializers as initializers
    from glassworks import insight as insight
    from glassworks import layers as layers
    from glassworks import losses as losses
    from glassworks import metrics as metrics
    from glassworks import mixed_precision as mixed_precision
    from glassworks import models as models
    from glassworks import ops as ops
    from glassworks import optimizers as optimizers
    from glassworks import preprocessing as preprocessing
    from glassworks import random as random
    from glassworks import regularizers as regularizers
    from glassworks import saving as saving
    from glassworks import testing as testing
    from glassworks import tree as tree
    from glassworks import utils as utils
    from glassworks import visualization as visualization
    from glassworks import wrappers as wrappers
    from glassworks.dtype_policy import DTypePolicy as DTypePolicy
    from glassworks.dtype_policy import FloatDTypePolicy as FloatDTypePolicy
    from glassworks.engine import function as function
    from glassworks.engine.keras_scopes import RematScope as RematScope
    from glassworks.engine.keras_scopes import device as device
    from glassworks.engine.keras_scopes import remat as remat
    from glassworks.graph import Array as Array
    from glassworks.graph import GradientTape as GradientTape
    from glassworks.graph import KerasTensor as KerasTensor
    from glassworks.graph import Variable as Variable
    from glassworks.graph import grad as grad
    from glassworks.graph import value_and_grad as value_and_grad
    from glassworks.graph.operation import Operation as Operation
    from glassworks.graph.stateless import StatelessScope as StatelessScope
    from glassworks.graph.stateless import SymbolicScope as SymbolicScope
    from glassworks.initializers import Initializer as Initializer
    from glassworks.layers import Input as Input
    from glassworks.layers import InputSpec as InputSpec
    from glassworks.layers import Layer as Layer
    from glassworks.losses import Loss as Loss
    from glassworks.metrics import Metric as Metric
    from glassworks.models import Model as Model
    from glassworks.models import Sequential as Sequential
    from glassworks.models.function import Function as Function
    from glassworks.names import name_scope as name_scope
    from glassworks.optimizers import Optimizer as Optimizer
    from glassworks.regularizers import Regularizer as Regularizer
    from glassworks.tensorflow import *  # noqa: F403 - the names of `tf`
    from glassworks.training import callbacks as callbacks
