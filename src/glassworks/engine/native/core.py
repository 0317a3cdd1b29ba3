"""The compiled core, if it was built: the module `glassworks._native`."""

from __future__ import annotations

from typing import Any

from glassworks.environment import native_core

native: Any = native_core()


def available() -> bool:
    """Whether the native engine was built."""
    return native is not None


def has_kernel(name: str) -> bool:
    """Whether there is a kernel of this name, such as `"add.float32"`."""
    return native.has_kernel(name)
