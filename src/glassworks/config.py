"""Global settings: default float type, epsilon, image layout, engine, interactive logging.

These are the only globals of the library besides the global seed in `glassworks.random`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from glassworks import checks as _checks
from glassworks import environment, tracebacks
from glassworks.errors import ArgumentError, suggest
from glassworks.guards import changed, guard_settings

_FLOATS = ("bfloat16", "float16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")
environment.check_threads()
_settings: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "interactive_logging": True,
    "max_epochs": None,
    "max_steps_per_epoch": None,
    "unsafe_deserialization": False,
    "flash_attention": None,
    "engine": environment.engine(),
}
# What traced code may read.
guard_settings(_settings, "floatx", "epsilon", "image_data_format", "flash_attention")


def floatx() -> str:
    """The dtype of weights and activations unless a layer says otherwise; `"float32"` at the start.

    >>> floatx()
    'float32'
    """
    return _settings["floatx"]


def set_floatx(value: str) -> None:
    """Set the default float dtype: one of bfloat16, float16, float32, float64.

    >>> set_floatx("float64")
    >>> floatx()
    'float64'
    >>> set_floatx("float32")
    """
    if value not in _FLOATS:
        raise ArgumentError(f"value={value!r}", f"one of {_FLOATS}", suggest(str(value), _FLOATS), where="config.set_floatx")
    _settings["floatx"] = value
    changed()


def epsilon() -> float:
    """The fuzz factor that keeps logarithms and divisions finite; 1e-7 at the start.

    >>> epsilon()
    1e-07
    """
    return _settings["epsilon"]


def set_epsilon(value: float) -> None:
    """Set the fuzz factor, a small positive number.

    >>> set_epsilon(1e-5)
    >>> epsilon()
    1e-05
    >>> set_epsilon(1e-7)
    """
    if not value > 0:
        raise ArgumentError(f"value={value!r}", "a positive number", "the default is 1e-7", where="config.set_epsilon")
    _settings["epsilon"] = float(value)
    changed()


def image_data_format() -> str:
    """Where images carry their channels: `"channels_last"` (default) or `"channels_first"`."""
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Set the default place of the channel axis of images.

    >>> set_image_data_format("channels_last")
    """
    if data_format not in _FORMATS:
        raise ArgumentError(
            f"data_format={data_format!r}", f"one of {_FORMATS}", suggest(str(data_format), _FORMATS), where="config.set_image_data_format"
        )
    _settings["image_data_format"] = data_format
    changed()


def backend() -> str:
    """The name of the backend, as Keras code asks for it: always `"glassworks"`."""
    return "glassworks"


def set_backend(backend: str) -> None:
    """Choose the backend, as Keras code does: there is one, `"glassworks"`; the engine is chosen by `set_engine`.

    Raises:
        ArgumentError: Another backend is asked for.

    >>> set_backend("glassworks")
    """
    if backend != "glassworks":
        fix = "remove the line; config.set_engine chooses how graphs are run"
        raise ArgumentError(f"backend={backend!r}", "'glassworks', the only backend", fix, where="config.set_backend")


def is_nnx_enabled() -> bool:
    """Whether layers are modules of Flax, as Keras's can be on JAX: never.

    >>> is_nnx_enabled()
    False
    """
    return False


def dtype_policy() -> Any:
    """The `DTypePolicy` of layers that are given no dtype.

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return importlib.import_module("glassworks.dtype_policy").global_policy()


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers made from now on: a name such as `"mixed_bfloat16"`, or a `DTypePolicy`.

    >>> set_dtype_policy("mixed_bfloat16")
    >>> dtype_policy().compute_dtype
    'bfloat16'
    >>> set_dtype_policy(None)
    """
    importlib.import_module("glassworks.dtype_policy").set_global_policy(policy)


def enable_traceback_filtering() -> None:
    """Take the frames of the library out of tracebacks, as in Keras (the default): they end at the user's line.

    The environment variable is GLASSWORKS_TRACEBACK_FILTERING.

    >>> enable_traceback_filtering()
    >>> is_traceback_filtering_enabled()
    True
    """
    tracebacks.set_filtering(True)


def disable_traceback_filtering() -> None:
    """Keep every frame in tracebacks, those of the library too, as in Keras; see `enable_traceback_filtering`.

    >>> disable_traceback_filtering()
    >>> is_traceback_filtering_enabled()
    False
    >>> enable_traceback_filtering()
    """
    tracebacks.set_filtering(False)


def is_traceback_filtering_enabled() -> bool:
    """Whether the frames of the library are taken out of tracebacks; see `enable_traceback_filtering`.

    >>> is_traceback_filtering_enabled()
    True
    """
    return tracebacks.filtering()


def engine() -> str:
    """The engine that runs: `"native"` or `"reference"`. Of `"auto"`, it is the one that this comes to.

    >>> engine() in ("native", "reference")
    True
    """
    asked = _settings["engine"]
    return asked if asked != "auto" else "native" if environment.native_core() is not None else "reference"


def requested_engine() -> str:
    """The engine asked for by `set_engine` or GLASSWORKS_ENGINE: `"auto"` (native where it was built), `"native"` or `"reference"`.

    >>> before = requested_engine()
    >>> set_engine("auto")
    >>> requested_engine()
    'auto'
    >>> set_engine(before)
    """
    return _settings["engine"]


def set_engine(name: str) -> None:
    """Choose the engine that runs training, evaluation and prediction; the environment variable is GLASSWORKS_ENGINE.

    Args:
        name: `"auto"`, `"native"` or `"reference"`.

    Raises:
        ArgumentError: There is none of this name, or the native engine was not built.

    >>> before = requested_engine()
    >>> set_engine("reference")
    >>> engine()
    'reference'
    >>> set_engine(before)
    """
    environment.known_engine(name, "name", "config.set_engine")
    if name == "native":
        environment.require_native_core("config.set_engine")
    _settings["engine"] = name


def set_num_threads(count: int) -> None:
    """How many threads the native engine shares its work among; all cores by default. The environment variable is GLASSWORKS_NUM_THREADS.

    Results do not depend on it: they are the same bit for bit.

    Args:
        count: From 1 to 64.

    >>> before = num_threads()
    >>> set_num_threads(1)
    >>> num_threads()
    1
    >>> set_num_threads(before)
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= environment.MOST_THREADS:
        expected = f"an integer from 1 to {environment.MOST_THREADS}"
        raise ArgumentError(f"count={count!r}", expected, "os.cpu_count() is usual", where="config.set_num_threads")
    native = environment.native_core()
    if native is not None:
        native.set_threads(count)


def num_threads() -> int:
    """How many threads the native engine uses; 1 where it was not built.

    >>> num_threads() >= 1
    True
    """
    native = environment.native_core()
    return 1 if native is None else native.threads()


def cpu() -> dict[str, Any]:
    """The instruction set in use (`"isa"`), those that this CPU could run (`"runnable"`), and the number of threads.

    The instruction set is the best one, or the one that the environment variable GLASSWORKS_ISA names. Without the native
    engine it is None.

    >>> sorted(cpu())
    ['isa', 'runnable', 'threads']
    """
    native = environment.native_core()
    return {
        "isa": None if native is None else native.isa(),
        "runnable": [] if native is None else native.runnable_isas(),
        "threads": num_threads(),
    }


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
    - `frame_columns`: a DataFrame whose columns have other names, or another order, than those of the training data
    - `frame_index`: x and y as DataFrames whose rows have different indexes
    - `frozen`: nothing to train: every layer is frozen
    - `inputs_like_bytes`: inputs that are still integers such as 0..255
    - `not_finite`: NaN or infinity in the data, the loss or the predictions
    - `one_class`: labels that are all the same
    - `outputs_for_loss`: outputs that are not the probabilities, or the scores, that the loss expects
    - `several_labels`: rows with several labels, with a loss for exactly one
    - `softmax_binary`: a softmax with binary cross-entropy
    - `sorted_labels`: labels sorted by class, so that validation_split holds other classes out than it trains on
    - `stretched_targets`: targets whose shape is stretched to that of the outputs
    - `target_range`: targets that the last activation cannot reach
    - `unscaled_inputs`: inputs with columns on very different scales, or very large ones, in front of weights
    - `unscaled_targets`: targets too large for a network to reach in reasonable time
    - `validation_scale`: validation data on another scale than the training data

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


def enable_interactive_logging() -> None:
    """Print progress to the terminal (the default)."""
    _settings["interactive_logging"] = True


def disable_interactive_logging() -> None:
    """Send progress to Python's `logging` instead of the terminal."""
    _settings["interactive_logging"] = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress is printed to the terminal."""
    return _settings["interactive_logging"]


def enable_unsafe_deserialization() -> None:
    """Let Lambda layers run Python code found in a config or file. Only for files whose source you trust."""
    _settings["unsafe_deserialization"] = True


def unsafe_deserialization_enabled() -> bool:
    """Whether code found in configs may run; False at the start."""
    return _settings["unsafe_deserialization"]


def enable_flash_attention() -> None:
    """Let attention layers choose for themselves (the default). Attention never holds all scores unless it must.

    >>> enable_flash_attention()
    >>> is_flash_attention_enabled() is None
    True
    """
    _settings["flash_attention"] = None
    changed()


def disable_flash_attention() -> None:
    """Ask attention layers not to insist on flash attention, as in Keras; results are the same.

    >>> disable_flash_attention()
    >>> is_flash_attention_enabled()
    False
    >>> enable_flash_attention()
    """
    _settings["flash_attention"] = False
    changed()


def is_flash_attention_enabled() -> bool | None:
    """False after `disable_flash_attention`, otherwise None: layers choose.

    >>> is_flash_attention_enabled()
    """
    return _settings["flash_attention"]


@contextmanager
def deserializing_code(allowed: bool) -> Iterator[None]:
    """A `with` block in which code found in configs may run, if `allowed`; else as the settings say.

    >>> with deserializing_code(True):
    ...     unsafe_deserialization_enabled()
    True
    """
    before = _settings["unsafe_deserialization"]
    _settings["unsafe_deserialization"] = before or allowed
    try:
        yield
    finally:
        _settings["unsafe_deserialization"] = before


def max_epochs() -> int | None:
    """The cap on epochs of any `fit`, or None.

    >>> max_epochs() is None
    True
    """
    return _settings["max_epochs"]


def set_max_epochs(max_epochs: int | None) -> None:
    """Cap the epochs of any `fit`, for quick trials of a long script; None lifts the cap.

    >>> set_max_epochs(None)
    """
    _settings["max_epochs"] = max_epochs


def max_steps_per_epoch() -> int | None:
    """The cap on steps per epoch of any `fit`, `evaluate` or `predict`, or None."""
    return _settings["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Cap the steps of every epoch, for quick trials of a long script; None lifts the cap."""
    _settings["max_steps_per_epoch"] = max_steps_per_epoch
