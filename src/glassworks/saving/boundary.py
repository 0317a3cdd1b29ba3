"""The boundaries around what reads a file or a config: whatever fails inside is an error of the library."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import BinaryIO

from glassworks.errors import ArgumentError, GlassworksError, LoadError
from glassworks.files import open_regular


def fill_registries() -> None:
    """Load the packages whose classes configs may name, which register them. They stand above this one, and are else loaded on first use."""
    library = sys.modules["glassworks"]
    _ = library.models, library.utils


def open_file(path: str | PathLike, follow: bool = True) -> BinaryIO:
    """A regular file, open for reading; see `files.open_regular`.

    Raises:
        LoadError: There is none, or it cannot be read.
    """
    try:
        return open_regular(path, follow)
    except (OSError, ValueError) as error:
        raise LoadError(path, "", getattr(error, "strerror", "") or str(error), "a file that can be read", "check the path") from None


_OTHER_CAUSE = (
    "the file is damaged or was changed; or a class of yours raised this: its traceback is above, "
    "and get_config must return the arguments of __init__"
)


@contextmanager
def errors_of_file(label: str, member: str = "", expected: str = "a file that save() wrote") -> Iterator[None]:
    """A `with` block that reads a file.

    A hostile file can make nearly any line of a loader fail, and a class of the caller's may raise whatever it likes; the caller of
    `load_model` has to catch one error alone.

    Args:
        label: The file.
        member: The part of it that is read.
        expected: What should be there, if the error does not say.

    Raises:
        LoadError: In the place of every other error.

    >>> with errors_of_file("model.keras", "config.json"):
    ...     {}["layers"]
    Traceback (most recent call last):
        ...
    glassworks.errors.LoadError: [loading model.keras]
      found:    config.json: KeyError: 'layers'
      expected: a file that save() wrote
      fix:      the file is damaged or was changed; or a class of yours raised this: its traceback is above, and get_config must return the arguments of __init__
    """
    try:
        yield
    except (LoadError, Warning):
        raise
    except Exception as error:
        text, fix = f"{type(error).__name__}: {str(error)[:300]}", _OTHER_CAUSE
        if isinstance(error, GlassworksError):
            text = f"{error.found} [{error.where}]" if error.where else error.found
            expected, fix = error.expected or expected, error.fix or "the file is damaged or was changed"
        raise LoadError(label, member, text, expected, fix) from error


@contextmanager
def errors_of_config(where: str) -> Iterator[None]:
    """A `with` block in which an object is built from a config: what fails there for whatever reason is an error of the library.

    Raises:
        ArgumentError: In the place of every error that is not one of the library.

    >>> with errors_of_config("Dense.from_config"):
    ...     {}["units"]
    Traceback (most recent call last):
        ...
    glassworks.errors.ArgumentError: [Dense.from_config]
      found:    a config that cannot be used (KeyError: 'units')
      expected: a config from get_config()
      fix:      the config is damaged or was changed
    """
    try:
        yield
    except (GlassworksError, Warning):
        raise
    except Exception as error:
        found = f"a config that cannot be used ({type(error).__name__}: {str(error)[:300]})"
        raise ArgumentError(found, "a config from get_config()", "the config is damaged or was changed", where=where) from error
