"""The build backend: scikit-build-core, with a wheel without the native core where that core cannot be built.

scikit-build-core has a fallback of its own (`if.failed`), but a project that uses it compiles everything to answer a
question about its metadata, and the wheel does not know why it has no core. Here the reason is decided first, and
written into the wheel as `glassworks/_without_native.py`, where the library finds it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scikit_build_core import build as skbuild
from scikit_build_core.build import (
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

# Read by the overrides of pyproject.toml: builds without CMake, and takes the reason from this file.
SWITCH = "GLASSWORKS_WITHOUT_NATIVE"
REASON_FILE = Path("build", "without_native.py")

ASKED = "GLASSWORKS_PURE was set when it was installed"
NO_COMPILER = "no C++ compiler was found when it was installed"
FAILED = "the C++ compiler failed when it was installed (pip install -v shows its errors)"

_Settings = dict[str, Any] | None


def build_wheel(wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None) -> str:
    """Build a wheel, with the native core if possible; the file's name."""
    return _build(skbuild.build_wheel, wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None) -> str:
    """Build a wheel that points to this checkout, with the native core if possible; the file's name."""
    return _build(skbuild.build_editable, wheel_directory, config_settings, metadata_directory)


def _build(build: Callable[..., str], wheel_directory: str, config_settings: _Settings, metadata_directory: str | None) -> str:
    reason = _reason_not_to_compile()
    if reason is None:
        try:
            return build(wheel_directory, config_settings, metadata_directory)
        except SystemExit:  # a compiler's or CMake's error, which has been printed by now
            # Whoever asks for settings of the compiled core wants to see it fail.
            if config_settings:
                raise
            reason = FAILED
    print(f"*** Building without the native core: {reason}", file=sys.stderr)
    REASON_FILE.parent.mkdir(exist_ok=True)
    REASON_FILE.write_text(f'"""Written by the build, since this installation has no native core."""\n\nREASON = {reason!r}\n')
    os.environ[SWITCH] = "1"
    try:
        # Metadata that was prepared for a wheel with a core names another platform: it is made again.
        return build(wheel_directory, config_settings, None)
    finally:
        del os.environ[SWITCH]
        REASON_FILE.unlink()


def _reason_not_to_compile() -> str | None:
    if os.environ.get("GLASSWORKS_PURE", "").lower() not in ("", "0", "n", "no", "off", "false", "f"):
        return ASKED
    named = os.environ.get("CXX")
    candidates = [named.split()[0]] if named and named.split() else ["c++", "g++", "clang++"]
    return None if any(shutil.which(name) for name in candidates) else NO_COMPILER
