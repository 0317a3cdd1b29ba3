"""Shapes as users write them: a tuple, a list or an array of ints, or one int for one axis."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Iterable
from typing import SupportsIndex, TypeGuard

from glassworks.errors import ShapeError


def as_shape(shape: SupportsIndex | Iterable[SupportsIndex]) -> tuple[int, ...]:
    """A shape whose sizes are all known, as a tuple of ints.

    Raises:
        ShapeError: A size is missing, negative, or not an integer.

    >>> as_shape([2, 3]), as_shape(4)
    ((2, 3), (4,))
    """
    known: tuple[int, ...] = as_open_shape(shape)
    if None in known:
        raise ShapeError(f"the shape {known}", "sizes that are all known", "give a number in place of None")
    return known


def as_open_shape(shape: SupportsIndex | Iterable[SupportsIndex | None]) -> tuple:
    """A shape as a tuple of ints, and None for unknown sizes.

    Raises:
        ShapeError: A size is negative, or not an integer.

    >>> as_open_shape((None, 3))
    (None, 3)
    """
    sizes = as_ints(shape)
    if any(size is not None and size < 0 for size in sizes):
        raise ShapeError(f"the shape {sizes}", "sizes from 0 on", "check how the negative size was computed")
    return sizes


def is_int(value: object) -> TypeGuard[SupportsIndex]:
    """Whether this is an integer: Python's, NumPy's, or an array of one, without axes.

    >>> import numpy as np
    >>> is_int(3), is_int(np.array(3)), is_int(3.0), is_int(np.array([3]))
    (True, True, False, False)
    """
    try:
        operator.index(value)  # type: ignore[arg-type]  # anything but an integer raises
    except TypeError:
        return False
    return True


def as_ints(value: SupportsIndex | Iterable[SupportsIndex | None], what: str = "the shape") -> tuple:
    """Ints as a tuple, of which None stays; one int is a tuple of one.

    Args:
        value: The ints.
        what: What they are, for the error.

    Raises:
        ShapeError: An entry is not an integer.

    >>> as_ints(3), as_ints([2, -1])
    ((3,), (2, -1))
    """
    if not isinstance(value, (tuple, list)) and is_int(value):
        return (operator.index(value),)
    if isinstance(value, Iterable) and not isinstance(value, str):
        with contextlib.suppress(TypeError):
            return tuple([None if size is None else operator.index(size) for size in value])
    fix = "give ints: 784, or (28, 28), or () for no axis; n // 2 is an int where n / 2 is a float"
    raise ShapeError(f"{what} {value!r}", "an int, or a tuple of ints", fix)


def is_shape(shape: object) -> bool:
    """Whether this is a tuple, a list or an array of ints from 0 on, and of None for unknown sizes.

    >>> is_shape((None, 784)), is_shape(784)
    (True, False)
    """
    if isinstance(shape, str) or not isinstance(shape, Iterable) or hasattr(shape, "keys"):
        return False
    try:
        as_open_shape(shape)
    except ShapeError:
        return False
    return True
