"""The modules and names of Keras 1 and 2 that programs and books still import, and what became of them.

Where the meaning is clear, the old name works, with a warning that shows the new one; else an error says what to use.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from glassworks import absent
from glassworks.absent import Absence

_OF_LAYERS = (
    "core convolutional convolutional_recurrent embeddings advanced_activations noise wrappers local merge cudnn_recurrent experimental"
)
_OF_UTILS = "np_utils vis_utils data_utils generic_utils io_utils layer_utils"
_OF_ENGINE = "topology training base_layer input_layer network sequential functional"
_OF_OPTIMIZERS = "adam_v2 adamax_v2 nadam_v2 adagrad_v2 adadelta_v2 gradient_descent_v2 rmsprop_v2 experimental"

# Old module -> the module with its names; the empty text is the library itself.
MODULES: dict[str, str] = {
    **{f"layers.{name}": "layers" for name in _OF_LAYERS.split()},
    "layers.experimental.preprocessing": "layers",
    **{f"utils.{name}": "utils" for name in _OF_UTILS.split()},
    **{f"engine.{name}": "" for name in _OF_ENGINE.split()},
    **{f"optimizers.{name}": "optimizers" for name in _OF_OPTIMIZERS.split()},
    "objectives": "losses",
    "initializations": "initializers",
    "wrappers.scikit_learn": "wrappers",
    "backend.tensorflow_backend": "backend",
    "python": "",
    "python.keras": "",
}
# Old name -> the new one.
NAMES = {"layers.CuDNNLSTM": "layers.LSTM", "layers.CuDNNGRU": "layers.GRU", "layers.Deconvolution2D": "layers.Conv2DTranspose"}

_LOCAL = Absence("locally connected layers were removed from Keras 3", "use Conv1D or Conv2D, or a layer of your own with einsum")
_SKLEARN = Absence("the wrappers of Keras 2 were removed", "use keras.wrappers.SKLearnClassifier or SKLearnRegressor")
ABSENT: dict[str, Absence] = {
    "layers.LocallyConnected1D": _LOCAL,
    "layers.LocallyConnected2D": _LOCAL,
    "layers.Merge": Absence("it is a layer of Keras 1", "use layers.Concatenate, Add, Multiply or Dot in a functional model"),
    "layers.MaxoutDense": Absence("it is a layer of Keras 1", "use Dense, Reshape and ops.max"),
    "layers.Highway": Absence("it is a layer of Keras 1", "write it with Dense, Multiply and Add"),
    "layers.TimeDistributedDense": Absence("it is a layer of Keras 1", "use Dense, which works on the last axis"),
    "layers.AtrousConvolution2D": Absence("it is a layer of Keras 1", "use Conv2D(..., dilation_rate=2)"),
    "wrappers.KerasClassifier": _SKLEARN,
    "wrappers.KerasRegressor": _SKLEARN,
    "utils.HDF5Matrix": Absence("it was removed from Keras 2", "pass the data set of h5py itself to fit, or np.load(path, mmap_mode='r')"),
    "utils.multi_gpu_model": Absence("it was removed from Keras 2", "leave it out: there is one device, the CPU"),
    "utils.plot": Absence("it is a name of Keras 1", "use utils.plot_model"),
    "engine.Layer": Absence("keras.engine is a module of Keras 2", "from glassworks import Layer"),
    "engine.InputSpec": Absence("keras.engine is a module of Keras 2", "from glassworks import InputSpec"),
    "engine.Model": Absence("keras.engine is a module of Keras 2", "from glassworks import Model"),
    "engine.Input": Absence("keras.engine is a module of Keras 2", "from glassworks import Input"),
}


def refuse(path: str) -> None:
    """Raise the error of an old name that nothing has the meaning of; do nothing for all other names.

    >>> refuse("layers.Merge")
    Traceback (most recent call last):
        ...
    glassworks.errors.AbsentNameError: [keras.layers.Merge]
      found:    it is a layer of Keras 1
      expected: a name of Keras 3
      fix:      use layers.Concatenate, Add, Multiply or Dot in a functional model
    """
    why = ABSENT.get(path)
    if why is not None:
        from glassworks.errors import AbsentNameError  # imported late: `import glassworks` stays light

        raise AbsentNameError(why.reason, "a name of Keras 3", why.instead, where=f"keras.{path}")


def module_getattr(public: str, real: str) -> Callable[[str], object]:
    """The `__getattr__` of a module of which older versions of Keras had more names; like `absent.module_getattr`.

    Args:
        public: The name of the module in Keras, such as `"layers"`.
        real: The name of our module.
    """
    others, package = absent.module_getattr(public, real), real.partition(".")[0]

    def lookup(name: str) -> object:
        path = f"{public}.{name}"
        refuse(path)
        if path in MODULES:
            return importlib.import_module(f"{package}.{path}")
        if path not in NAMES:
            return others(name)
        warn_of(path, f"keras.{NAMES[path]}")
        module, _, new = NAMES[path].rpartition(".")
        return getattr(importlib.import_module(f"{package}.{module}"), new)

    return lookup


def warn_of(path: str, new: str) -> None:
    """Warn that a name is an old one."""
    from glassworks.errors import warn  # imported late: `import glassworks` stays light

    warn(f"keras.{path} is a name of Keras 2: write {new}")
