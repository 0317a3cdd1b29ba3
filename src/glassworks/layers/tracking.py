"""Search for the state of a layer: the variables, layers, metrics and seed generators in its attributes.

Setting attributes is not intercepted: the state of a layer is searched for when it is needed, so lists and
dicts of layers that grow later are included.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glassworks.graph import Variable
from glassworks.random import SeedGenerator


def attributes(owner: Any) -> Iterator[Any]:
    """Every value in the attributes of a layer; lists, tuples, sets and dicts are searched."""
    skipped = owner._untracked
    for name, value in vars(owner).items():
        if name not in skipped:
            yield from _open(value)


def _open(value: object) -> Iterator[Any]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _open(child)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for child in value:
            yield from _open(child)
    else:
        yield value


def unique(items: Iterator[Any]) -> list[Any]:
    """The items in order, each once (by identity)."""
    seen: set[int] = set()
    result = []
    for item in items:
        if id(item) not in seen:
            seen.add(id(item))
            result.append(item)
    return result


def own_variables(owner: Any) -> list[Variable]:
    """Variables of the layer itself: first those created trainable, then the others, in the order of creation."""
    own = unique(value for value in attributes(owner) if isinstance(value, Variable))
    listed = set(map(id, owner._own_weights))
    own = [*owner._own_weights, *(variable for variable in own if id(variable) not in listed)]
    return [v for v in own if v.trainable] + [v for v in own if not v.trainable]


def child_layers(owner: Any, layer_class: type) -> list[Any]:
    """The layers directly inside a layer."""
    return unique(value for value in attributes(owner) if isinstance(value, layer_class) and value is not owner)


def own_metrics(owner: Any) -> list[Any]:
    """Metrics held by the layer itself; anything with `update_state`, `result` and `reset_state` is one."""
    methods = ("update_state", "result", "reset_state")
    return unique(value for value in attributes(owner) if all(hasattr(value, method) for method in methods))


def own_seed_generators(owner: Any) -> list[SeedGenerator]:
    """Seed generators held by the layer itself."""
    return unique(value for value in attributes(owner) if isinstance(value, SeedGenerator))
