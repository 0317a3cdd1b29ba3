"""Settings of the library that a test changes last for that test: those of the test before it never reach the next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from glassworks import config, dtype_policy
from glassworks.custom_objects import get_custom_objects

# Each setting with its setter. `requested_engine` may be "auto", for which `config.engine` gives the engine that it chose.
SETTINGS: list[tuple[Callable[[], Any], Callable[[Any], object]]] = [
    (config.requested_engine, config.set_engine),
    (config.num_threads, config.set_num_threads),
    (config.floatx, config.set_floatx),
    (config.epsilon, config.set_epsilon),
    (config.image_data_format, config.set_image_data_format),
    (config.dtype_policy, dtype_policy.set_dtype_policy),
    (config.max_epochs, config.set_max_epochs),
    (config.max_steps_per_epoch, config.set_max_steps_per_epoch),
    (config.is_interactive_logging_enabled, lambda on: config.enable_interactive_logging() if on else config.disable_interactive_logging()),
    (config.is_flash_attention_enabled, lambda on: config.disable_flash_attention() if on is False else config.enable_flash_attention()),
    (
        config.is_traceback_filtering_enabled,
        lambda on: config.enable_traceback_filtering() if on else config.disable_traceback_filtering(),
    ),
    # Objects that the test took away are registered again. New ones stay: a module that registers its classes is imported once.
    (lambda: dict(get_custom_objects()), lambda known: get_custom_objects().update(known)),
]
BEFORE = pytest.StashKey[list[Any]]()


def current() -> list[Any]:
    """The values of all settings."""
    return [get() for get, _ in SETTINGS]


def restore(values: list[Any]) -> None:
    """Give every setting that has another value its value of before."""
    for (get, set_to), value in zip(SETTINGS, values, strict=True):
        if get() != value:
            set_to(value)


class Settings:
    """A plugin of pytest that restores settings after each test, also after examples in docstrings."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Any:
        item.stash[BEFORE] = current()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Any:
        try:
            return (yield)
        finally:
            restore(item.stash[BEFORE])
