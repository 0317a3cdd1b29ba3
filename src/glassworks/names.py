"""Automatic names: `dense`, `dense_1`, `dense_2`, ... in the order of creation, as in Keras."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from glassworks.context import context
from glassworks.errors import ArgumentError

_counts: Counter[str] = Counter()


def unique_name(prefix: str) -> str:
    """The next free name with this prefix.

    >>> reset_names()
    >>> unique_name("dense"), unique_name("dense")
    ('dense', 'dense_1')
    """
    count = _counts[prefix]
    _counts[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def get_uid(prefix: str = "") -> int:
    """The next number of a prefix, from 1; automatic names count with it.

    >>> reset_names()
    >>> get_uid("dense"), get_uid("dense"), unique_name("dense")
    (1, 2, 'dense_2')
    """
    _counts[prefix] += 1
    return _counts[prefix]


def reset_names() -> None:
    """Count from 0 again; `utils.clear_session` and tests call it."""
    _counts.clear()


def is_of_the_library(named: object) -> bool:
    """Whether a class or function is defined in this library; one that knows no module, as `exec` can define it, is not.

    >>> is_of_the_library(unique_name), is_of_the_library(len)
    (True, False)
    """
    return str(getattr(named, "__module__", None)).startswith("glassworks.")


class name_scope:
    """A `with` block whose name is a prefix of the paths of variables created in it.

    Args:
        name: A word without slashes.
        kwargs: Ignored; Keras passes its own here.

    Raises:
        ArgumentError: The name is not a string, or has a slash.

    >>> from glassworks import Variable
    >>> with name_scope("encoder"):
    ...     Variable([1.0], name="scale").path
    'encoder/scale'
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError(f"name={name!r}", "a string without slashes", "nest two scopes for two levels", where="name_scope")
        self.name = name

    def __enter__(self) -> name_scope:
        context.names = (*context.names, self.name)
        return self

    def __exit__(self, *_exception: object) -> None:
        context.names = context.names[:-1]


def scoped(name: str) -> str:
    """A name with the names of the open scopes as prefix.

    >>> with name_scope("a"), name_scope("b"):
    ...     scoped("c")
    'a/b/c'
    """
    return "/".join((*context.names, name))


def matching(path: str, patterns: Iterable[str], where: str) -> str | None:
    """The path itself if it is among the patterns, else the one pattern that matches all of it, else None.

    Args:
        path: The path of a layer or variable.
        patterns: Paths and regular expressions.
        where: The caller's name, for errors.

    Raises:
        ArgumentError: Several patterns match.

    >>> matching("encoder/dense", ["encoder/.*", "decoder"], where="here")
    'encoder/.*'
    """
    patterns = list(patterns)
    if path in patterns:
        return path
    matches = [pattern for pattern in patterns if re.fullmatch(pattern, path)]
    if len(matches) > 1:
        listed = ", ".join(map(repr, matches))
        raise ArgumentError(f"{path!r}, which the patterns {listed} match", "one pattern per path", "make them narrower", where=where)
    return matches[0] if matches else None
