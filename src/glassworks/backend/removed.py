"""Names of older Keras that have no place in Keras 3, each with what to write instead."""

from __future__ import annotations

import sys
from typing import NoReturn

from glassworks.errors import suggest

_TRAINING = "pass training=True or False in the call: model(x, training=False), and read the argument of call(self, x, training=None)"
_EAGER = "arrays are computed at once: call the model or the layer on an array"
_SESSION = f"there are no sessions: {_EAGER}; utils.clear_session() starts again"
_UPDATES = "assign to a variable within call, with variable.assign(value)"
_ADVICE = {
    "learning_phase": _TRAINING,
    "set_learning_phase": _TRAINING,
    "learning_phase_scope": _TRAINING,
    "symbolic_learning_phase": _TRAINING,
    "gradients": "with GradientTape() as tape: loss = ...; then tape.gradient(loss, variables)",
    "placeholder": "write Input(shape), or call functions on arrays",
    "is_placeholder": "write isinstance(x, KerasTensor)",
    "get_session": _SESSION,
    "set_session": _SESSION,
    "manual_variable_initialization": "variables have their values as soon as they exist",
    "get_graph": _EAGER,
    "print_tensor": "write print(x): arrays are computed at once; compile with run_eagerly=True to print within call",
    "ctc_label_dense_to_sparse": "ops.ctc_loss takes dense labels with their lengths",
    "local_conv": "the layers LocallyConnected1D and LocallyConnected2D do not exist in Keras 3",
    "local_conv1d": "the layers LocallyConnected1D and LocallyConnected2D do not exist in Keras 3",
    "local_conv2d": "the layers LocallyConnected1D and LocallyConnected2D do not exist in Keras 3",
    "image_dim_ordering": "image_data_format() gives 'channels_last' or 'channels_first'",
    "set_image_dim_ordering": "set_image_data_format takes 'channels_last' or 'channels_first'",
    "tf": "write `import glassworks as tf`, or use glassworks.ops",
    "update_variable": _UPDATES,
}


def advice(name: str) -> NoReturn:
    """Raise the error for a name that `keras.backend` does not have.

    Raises:
        AttributeError: Always, with what to write instead.

    >>> advice("learning_phase")
    Traceback (most recent call last):
        ...
    AttributeError: glassworks.backend has no 'learning_phase': pass training=True or False in the call: model(x, training=False), and read the argument of call(self, x, training=None)
    """
    module = sys.modules[__package__]
    hint = _ADVICE.get(name) or suggest(name, [known for known in vars(module) if not known.startswith("_")])
    raise AttributeError(f"glassworks.backend has no {name!r}: {hint}", name=name, obj=module)
