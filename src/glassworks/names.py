"""Automatic names: `dense`, `dense_1`, `dense_2`, ... in the order of making, as Keras counts."""

from __future__ import annotations

from collections import Counter

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


def reset_names() -> None:
    """Start counting anew; `utils.clear_session` and tests call it."""
    _counts.clear()
