"""Paths of objects with state: each object is found once, wherever a property lists it."""

from __future__ import annotations

import weakref
from typing import Any

from glassworks import layers
from glassworks.saving.state import walk


class Parts(list[Any]):
    """A list that can be watched."""


class Owner(layers.Layer):
    """A layer with properties that make a list for each call, as `Sequential.layers` does."""

    _saved_properties = ("first", "second")

    def _parts(self) -> Parts:
        parts = Parts([layers.Dense(1)])
        self._last = weakref.ref(parts)
        return parts

    first = second = property(_parts)


def test_a_list_that_a_property_makes_lives_while_its_id_counts_as_seen() -> None:
    owner = Owner()
    lists = []
    for path, _ in walk(owner):
        if path:
            lists.append(owner._last)
        assert all(made() is not None for made in lists)
    assert len(lists) == 2
