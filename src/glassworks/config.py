"""Settings of the library, as `keras.config` has them, those of the engines, and the names of `tf.config`."""

from glassworks import checks as _checks
from glassworks import tracebacks as _tracebacks
from glassworks.dtype_policy import dtype_policy as dtype_policy
from glassworks.dtype_policy import set_dtype_policy as set_dtype_policy
from glassworks.engine import cpu as cpu
from glassworks.engine import devices as _devices
from glassworks.engine import engine as engine
from glassworks.engine import num_threads as num_threads
from glassworks.engine import requested_engine as requested_engine
from glassworks.engine import set_engine as set_engine
from glassworks.engine import set_num_threads as set_num_threads
from glassworks.errors import ArgumentError as _ArgumentError
from glassworks.settings import disable_flash_attention as disable_flash_attention
from glassworks.settings import disable_interactive_logging as disable_interactive_logging
from glassworks.settings import enable_flash_attention as enable_flash_attention
from glassworks.settings import enable_interactive_logging as enable_interactive_logging
from glassworks.settings import enable_unsafe_deserialization as enable_unsafe_deserialization
from glassworks.settings import epsilon as epsilon
from glassworks.settings import floatx as floatx
from glassworks.settings import image_data_format as image_data_format
from glassworks.settings import is_flash_attention_enabled as is_flash_attention_enabled
from glassworks.settings import is_interactive_logging_enabled as is_interactive_logging_enabled
from glassworks.settings import max_epochs as max_epochs
from glassworks.settings import max_steps_per_epoch as max_steps_per_epoch
from glassworks.settings import set_epsilon as set_epsilon
from glassworks.settings import set_floatx as set_floatx
from glassworks.settings import set_image_data_format as set_image_data_format
from glassworks.settings import set_max_epochs as set_max_epochs
from glassworks.settings import set_max_steps_per_epoch as set_max_steps_per_epoch
from glassworks.settings import unsafe_deserialization_enabled as unsafe_deserialization_enabled

experimental, threading = _devices.experimental, _devices.threading
list_logical_devices = list_physical_devices = _devices.list_physical_devices
set_memory_growth, set_visible_devices = _devices.set_memory_growth, _devices.set_visible_devices


def backend() -> str:
    """The name of the backend, as Keras code asks for it: always `"glassworks"`.

    >>> backend()
    'glassworks'
    """
    return "glassworks"


def set_backend(backend: str) -> None:
    """Choose the backend, as Keras code does: there is one, `"glassworks"`; the engine is chosen by `set_engine`.

    Raises:
        ArgumentError: Another backend is asked for.

    >>> set_backend("glassworks")
    """
    if backend != "glassworks":
        fix = "remove the line; config.set_engine chooses how graphs are run"
        raise _ArgumentError(f"backend={backend!r}", "'glassworks', the only backend", fix, where="config.set_backend")


def is_nnx_enabled() -> bool:
    """Always False: layers are not modules of Flax, as Keras's can be on JAX.

    >>> is_nnx_enabled()
    False
    """
    return False


def enable_traceback_filtering() -> None:
    """Take the frames of the library out of tracebacks, as in Keras (the default): they end at the user's line.

    The environment variable is GLASSWORKS_TRACEBACK_FILTERING.

    >>> enable_traceback_filtering()
    >>> is_traceback_filtering_enabled()
    True
    """
    _tracebacks.set_filtering(True)


def disable_traceback_filtering() -> None:
    """Keep all frames in tracebacks, also those of the library, as in Keras; see `enable_traceback_filtering`.

    >>> disable_traceback_filtering()
    >>> is_traceback_filtering_enabled()
    False
    >>> enable_traceback_filtering()
    """
    _tracebacks.set_filtering(False)


def is_traceback_filtering_enabled() -> bool:
    """Whether the frames of the library are taken out of tracebacks; see `enable_traceback_filtering`.

    >>> is_traceback_filtering_enabled()
    True
    """
    return _tracebacks.filtering()


def checks() -> dict[str, bool]:
    """The checks for silent mistakes by name, and whether each is on; see `disable_checks`.

    >>> checks()["frozen"]
    True
    """
    return {name: _checks.is_on(name) for name in _checks.CHECKS}


def disable_checks(*names: str) -> None:
    """Switch off checks for silent mistakes, by name; all of them without names.

    Each check warns at most once per `fit`, `evaluate` or `predict`, and its warning says its name:

    - `accuracy_of_quantities`: accuracy counted on targets that are quantities, where it means nothing
    - `all_dropped`: a Dropout layer that drops everything
    - `batch_norm_modes`: batch normalization whose averages are not ready, so that outputs in use differ from those in training
    - `batch_norm_single`: batch normalization on batches of one row
    - `class_imbalance`: classes of which one has ten times as many samples as another
    - `clipped_loss`: outputs that are maximally wrong, where the loss is clipped and has no slope
    - `conflicting_labels`: equal rows with different labels
    - `constant_columns`: columns, or inputs, that never vary
    - `dead_units`: units of an activation such as relu that give 0 for every sample
    - `double_activation`: an output through two activations in a row, of which the first limits the second
    - `duplicate_rows`: rows of the validation data that are in the training data as well
    - `exploding_gradients`: gradients that grow from layer to layer on their way back
    - `frame_columns`: a DataFrame whose columns have other names, or another order, than those of the training data
    - `frame_index`: x and y as DataFrames whose rows have different indexes
    - `frozen`: nothing to train: every layer is frozen
    - `id_column`: a column that numbers the rows
    - `initial_loss`: a first loss far from that of a model that knows nothing
    - `initial_weights`: weights that start at one value, or far too large
    - `inputs_like_bytes`: inputs that are still integers such as 0..255
    - `leaking_column`: a column that alone gives the answer
    - `learning_rate_high`: a learning rate so high that steps destroy what was learned
    - `learning_rate_low`: a learning rate so low that the weights hardly move
    - `loss_floor`: probabilities given to a loss that expects scores, which it cannot bring below a certain value
    - `not_finite`: NaN or infinity in the data, the loss or the predictions
    - `nothing_learned`: a network that after training is not better than a constant answer
    - `one_class`: labels that are all the same
    - `one_class_predicted`: a classifier that gives the same class for every sample
    - `output_dropout`: dropout behind the last layer with weights
    - `outputs_for_loss`: outputs that are not the probabilities, or the scores, that the loss expects
    - `overfitting`: a validation loss that rises while the training loss falls
    - `plateau`: a loss that has stopped falling
    - `saturated_units`: units of a sigmoid or tanh that are at an end of its range for almost every sample
    - `several_labels`: rows with several labels, with a loss for exactly one
    - `softmax_binary`: a softmax with binary cross-entropy
    - `sorted_labels`: labels sorted by class, so that validation_split holds other classes out than it trains on
    - `stretched_targets`: targets whose shape is stretched to that of the outputs
    - `target_range`: targets that the last activation cannot reach
    - `underfitting`: a network that has stopped learning, and is little better than a constant answer
    - `unscaled_inputs`: inputs with columns on very different scales, or very large ones, in front of weights
    - `unscaled_targets`: targets too large for a network to reach in reasonable time
    - `unseen_labels`: classes that only the training data or only the validation data has
    - `unused_weights`: weights that no gradient reaches
    - `validation_scale`: validation data on another scale than the training data
    - `vanishing_gradients`: gradients that shrink from layer to layer on their way back, so that the first layers do not learn

    Raises:
        ArgumentError: A name that no check has.

    >>> disable_checks("frozen", "one_class")
    >>> [name for name, on in checks().items() if not on]
    ['frozen', 'one_class']
    >>> enable_checks()
    """
    _checks.switch(names, False, "config.disable_checks")


def enable_checks(*names: str) -> None:
    """Switch checks for silent mistakes on again, by name; all of them without names. See `disable_checks`.

    >>> enable_checks("frozen")
    """
    _checks.switch(names, True, "config.enable_checks")
