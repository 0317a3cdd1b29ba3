"""Global settings that every module may read: default float type, epsilon, image layout, logging. Their public home is `glassworks.config`."""

from __future__ import annotations

from typing import Any

from glassworks import environment
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
}
# The settings that traced code may read.
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
    if isinstance(value, str) or not value > 0:
        raise ArgumentError(f"value={value!r}", "a positive number", "the default is 1e-7", where="config.set_epsilon")
    _settings["epsilon"] = float(value)
    changed()


def image_data_format() -> str:
    """The position of the channel axis of images: `"channels_last"` (default) or `"channels_first"`.

    >>> image_data_format()
    'channels_last'
    """
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Set the default position of the channel axis of images.

    >>> set_image_data_format("channels_last")
    """
    data_format = str(data_format).lower()
    if data_format not in _FORMATS:
        raise ArgumentError(
            f"data_format={data_format!r}", f"one of {_FORMATS}", suggest(str(data_format), _FORMATS), where="config.set_image_data_format"
        )
    _settings["image_data_format"] = data_format
    changed()


def enable_interactive_logging() -> None:
    """Print progress to the terminal (the default).

    >>> enable_interactive_logging()
    >>> is_interactive_logging_enabled()
    True
    """
    _settings["interactive_logging"] = True


def disable_interactive_logging() -> None:
    """Send progress to Python's `logging` instead of the terminal.

    >>> disable_interactive_logging()
    >>> is_interactive_logging_enabled()
    False
    >>> enable_interactive_logging()
    """
    _settings["interactive_logging"] = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress is printed to the terminal.

    >>> is_interactive_logging_enabled()
    True
    """
    return _settings["interactive_logging"]


def enable_unsafe_deserialization() -> None:
    """Accepted as in Keras, without an effect: code in a config or file never runs. Pass functions in `custom_objects`."""
    _settings["unsafe_deserialization"] = True


def unsafe_deserialization_enabled() -> bool:
    """Whether `enable_unsafe_deserialization` was called; no code runs either way.

    >>> unsafe_deserialization_enabled()
    False
    """
    return _settings["unsafe_deserialization"]


def enable_flash_attention() -> None:
    """Let attention layers choose the algorithm (the default). They never hold all scores in memory unless they must.

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
    """The cap on steps per epoch of any `fit`, `evaluate` or `predict`, or None.

    >>> max_steps_per_epoch() is None
    True
    """
    return _settings["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Cap the steps of every epoch, for quick trials of a long script; None lifts the cap.

    >>> set_max_steps_per_epoch(10)
    >>> max_steps_per_epoch()
    10
    >>> set_max_steps_per_epoch(None)
    """
    _settings["max_steps_per_epoch"] = max_steps_per_epoch
