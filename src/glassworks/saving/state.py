"""Which objects of a model have state, and under which path Keras's files keep it.

A path follows the attributes from the model to the object, private ones last: `dense` of a subclassed model, `layers/dense_1` of a
Sequential or Functional one, where layers are numbered by class, `layers/lstm/cell`. Entries of lists and dicts are named after their class,
too. An object that is reached twice has the first of its paths. Every object keeps its own variables as `vars/0`, `vars/1` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from glassworks.registry import snake_case


@runtime_checkable
class Stateful(Protocol):
    """A layer, metric or optimizer: an object with variables of its own."""

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Put its variables into a dict."""

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Set its variables from such a dict."""


def walk(root: Stateful) -> Iterator[tuple[str, Stateful]]:
    """Yield every object with state in a model, and its path; the model itself has an empty one.

    >>> from glassworks import Sequential, layers
    >>> [path for path, _ in walk(Sequential([layers.Dense(2), layers.ReLU(), layers.Dense(1)]))]
    ['', 'layers/dense', 'layers/re_lu', 'layers/dense_1']
    """
    return _walk(root, "", {})


def _walk(owner: object, path: str, seen: dict[int, object]) -> Iterator[tuple[str, Any]]:
    if id(owner) in seen:
        return
    seen[id(owner)] = owner  # a property may make its list for this call; while it is kept, no other list has its id
    if isinstance(owner, Stateful):
        yield path, owner
        children = _attributes(owner)
    else:
        children = _entries(owner)  # type: ignore[arg-type]  # only such objects are passed here
    for name, child in children:
        if isinstance(child, (Stateful, list, tuple, dict)):
            yield from _walk(child, f"{path}/{name}" if path else name, seen)


def _attributes(owner: Stateful) -> Iterator[tuple[str, object]]:
    first = getattr(owner, "_saved_first", ())
    for name in first:
        yield name, getattr(owner, name)
    skipped = {*getattr(owner, "_untracked", ()), *getattr(owner, "_unsaved", ()), *first}
    others = {*vars(owner), *getattr(owner, "_saved_properties", ())} - skipped
    names = getattr(owner, "_saved_names", {})  # where Keras has another name for the attribute
    for name in sorted(others, key=lambda name: _order(str(names.get(name, name)))):
        yield names.get(name, name), getattr(owner, name)


def _order(name: str) -> str:
    return f"~{name}" if name.startswith("_") else name


def _entries(container: list | tuple | dict) -> Iterator[tuple[str, object]]:
    counts: dict[str, int] = {}
    for entry in container.values() if isinstance(container, dict) else container:
        if isinstance(entry, (list, tuple, dict)):
            name = "container"
        elif isinstance(entry, Stateful):
            name = getattr(entry, "_saved_class", None) or snake_case(type(entry).__name__)
        else:
            continue
        number = counts[name] = counts.get(name, -1) + 1
        yield f"{name}_{number}" if number else name, entry
