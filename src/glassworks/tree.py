"""Nested structures of tuples, lists and dicts with arrays (or anything else) at their leaves.

Dicts are walked in the order of their sorted keys, and None is a leaf, as in `keras.tree`.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from glassworks.errors import ArgumentError

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]
__dir__ = __all__.copy  # what editors and `dir()` show


class MAP_TO_NONE:
    """Return this from the function given to `traverse` to put None at that place.

    >>> traverse(lambda leaf: MAP_TO_NONE if leaf == 2 else None, [1, 2])
    [1, None]
    """


def is_nested(structure: object) -> bool:
    """Whether this is a tuple, list or dict, and so has children.

    >>> is_nested([1]), is_nested("text"), is_nested(None)
    (True, False, False)
    """
    return isinstance(structure, (tuple, list, dict))


def _children(structure: Any) -> list[tuple[Any, Any]]:
    if isinstance(structure, dict):
        return [(key, structure[key]) for key in sorted_keys(structure)]
    return list(enumerate(structure))


def _aligned(first: object, structure: Any) -> list[Any]:
    """The children of a structure in the order of those of another one of the same keys."""
    if isinstance(first, dict):
        return [structure[key] for key in sorted_keys(first)]
    return list(structure)


def sorted_keys(mapping: dict) -> list:
    """The keys in the order in which a dict is walked: that of an `OrderedDict`, else sorted.

    >>> sorted_keys({"b": 1, "a": 2}), sorted_keys(OrderedDict(b=1, a=2))
    (['a', 'b'], ['b', 'a'])
    """
    if isinstance(mapping, OrderedDict):
        return list(mapping)
    try:
        return sorted(mapping)
    except TypeError:
        return sorted(mapping, key=lambda key: (type(key).__name__, str(key)))


def _rebuild(like: object, values: list) -> Any:
    """A container of the type of `like`, holding `values` in the order of `_children(like)`."""
    if isinstance(like, dict):
        by_key = dict(zip(sorted_keys(like), values, strict=True))
        items = [(key, by_key[key]) for key in like]
        if isinstance(like, OrderedDict):
            return OrderedDict(items)
        if isinstance(like, defaultdict):
            return type(like)(like.default_factory, items)
        return dict(items) if type(like) is dict else type(like)(items)
    if isinstance(like, tuple):
        return type(like)(*values) if hasattr(like, "_fields") else tuple(values)
    return list(values)


def flatten_with_path(structure: object) -> list[tuple[tuple, Any]]:
    """The leaves with the path of keys and indices that leads to each.

    >>> flatten_with_path({"b": 1, "a": [2, 3]})
    [(('a', 0), 2), (('a', 1), 3), (('b',), 1)]
    """
    if not is_nested(structure):
        return [((), structure)]
    return [((key, *path), leaf) for key, child in _children(structure) for path, leaf in flatten_with_path(child)]


def flatten(structure: object) -> list:
    """The leaves, in order.

    >>> flatten({"b": 1, "a": (2, [3])})
    [2, 3, 1]
    """
    if not is_nested(structure):
        return [structure]
    return [leaf for _, child in _children(structure) for leaf in flatten(child)]


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply `func` to the leaves of one or more structures of the same shape; the result has that shape.

    Args:
        func: Called with one leaf of each structure.
        none_is_leaf: If False, a place where the first structure has None stays None.

    Raises:
        ArgumentError: The structures have different shapes.

    >>> map_structure(lambda x, y: x + y, {"a": 1, "b": (2,)}, {"a": 10, "b": (20,)})
    {'a': 11, 'b': (22,)}
    """
    first = structures[0]
    if not is_nested(first):
        if first is None and not none_is_leaf:
            return None
        return func(*structures)
    for other in structures[1:]:
        _check_same(first, other, ())
    rows = [_aligned(first, structure) for structure in structures]
    values = [map_structure(func, *row, none_is_leaf=none_is_leaf) for row in zip(*rows, strict=True)]
    return _rebuild(first, values)


def map_structure_up_to(shallow_structure: object, func: Callable, *structures: Any) -> Any:
    """Like `map_structure`, but `func` gets whatever stands where `shallow_structure` has its leaves.

    >>> map_structure_up_to([0, 0], len, [[1, 2], [3]])
    [2, 1]
    """
    if not is_nested(shallow_structure):
        return func(*structures)
    rows = [[child for _, child in _children(structure)] for structure in structures]
    shallow = [child for _, child in _children(shallow_structure)]
    values = [map_structure_up_to(one, func, *row) for one, *row in zip(shallow, *rows, strict=True)]
    return _rebuild(shallow_structure, values)


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Like `map_structure`, with shapes (tuples or lists of ints and None) as the leaves.

    >>> map_shape_structure(len, {"a": (2, 3), "b": (None,)})
    {'a': 2, 'b': 1}
    """
    if _is_shape(structure):
        return func(tuple(structure))
    if not is_nested(structure):
        raise ArgumentError(
            f"{structure!r}", "a structure of shapes", "shapes are tuples of ints and None", where="tree.map_shape_structure"
        )
    return _rebuild(structure, [map_shape_structure(func, child) for _, child in _children(structure)])


def _is_shape(structure: object) -> bool:
    return isinstance(structure, (tuple, list)) and all(entry is None or isinstance(entry, int) for entry in structure)


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Put a flat sequence of leaves into the shape of `structure`; the inverse of `flatten`.

    >>> pack_sequence_as({"b": 0, "a": [0, 0]}, [1, 2, 3])
    {'b': 3, 'a': [1, 2]}
    """
    leaves = list(flat_sequence)
    wanted = len(flatten(structure))
    if wanted != len(leaves):
        raise ArgumentError(
            f"{len(leaves)} leaves", f"{wanted} leaves", "pass as many values as the structure has leaves", where="tree.pack_sequence_as"
        )
    return _pack(structure, iter(leaves))


def _pack(structure: object, leaves: Iterator) -> Any:
    if not is_nested(structure):
        return next(leaves)
    return _rebuild(structure, [_pack(child, leaves) for _, child in _children(structure)])


def traverse(func: Callable, structure: object, top_down: bool = True) -> Any:
    """Call `func` on every container and leaf; where it returns None, go on with the children.

    Args:
        func: Returns a replacement, None to keep going, or `MAP_TO_NONE` to put None there.
        top_down: Visit containers before (True) or after their children.

    >>> traverse(lambda node: node * 2 if isinstance(node, int) else None, {"a": [1, 2]})
    {'a': [2, 4]}
    """

    def replaced(node: object) -> Any:
        result = func(node)
        if result is MAP_TO_NONE or isinstance(result, MAP_TO_NONE):
            return True, None
        return result is not None, result

    if top_down:
        done, value = replaced(structure)
        if done:
            return value
    if is_nested(structure):
        structure = _rebuild(structure, [traverse(func, child, top_down) for _, child in _children(structure)])
    if not top_down:
        done, value = replaced(structure)
        return value if done else structure
    return structure


def lists_to_tuples(structure: object) -> Any:
    """Replace every list by a tuple.

    >>> lists_to_tuples([1, [2, {"a": [3]}]])
    (1, (2, {'a': (3,)}))
    """
    if not is_nested(structure):
        return structure
    rebuilt = _rebuild(structure, [lists_to_tuples(child) for _, child in _children(structure)])
    return tuple(rebuilt) if isinstance(rebuilt, list) else rebuilt


def assert_same_structure(a: object, b: object, check_types: object = None) -> None:
    """Raise an error naming the first place where two structures have different containers, lengths or keys.

    >>> assert_same_structure([1, {"a": 2}], [3, {"a": 4}])
    """
    _check_same(a, b, ())
    if is_nested(a):
        for (key, left), right in zip(_children(a), _aligned(a, b), strict=True):
            try:
                assert_same_structure(left, right)
            except ArgumentError as error:
                raise ArgumentError(f"at {key!r}: {error.found}", error.expected, error.fix, where="tree.assert_same_structure") from None


def assert_same_paths(a: object, b: object) -> None:
    """Raise an error unless two structures have the same paths, whatever their container types.

    >>> assert_same_paths([1, 2], (3, 4))
    """
    left = {path for path, _ in flatten_with_path(a)}
    right = {path for path, _ in flatten_with_path(b)}
    if left != right:
        differing = sorted(map(str, left ^ right))
        raise ArgumentError(
            f"paths in only one of them: {', '.join(differing)}",
            "the same paths",
            "compare the two structures' keys",
            where="tree.assert_same_paths",
        )


def _check_same(a: Any, b: Any, path: tuple) -> None:
    kinds = [next((kind for kind in (dict, list, tuple) if isinstance(s, kind)), None) for s in (a, b)]
    if kinds[0] is not kinds[1]:
        raise ArgumentError(
            f"{type(a).__name__} and {type(b).__name__}", "two structures of the same shape", "nest both in the same way", where="tree"
        )
    if kinds[0] is dict and set(a) != set(b):
        raise ArgumentError(f"keys {sorted_keys(a)} and {sorted_keys(b)}", "the same keys in both", "compare the two dicts", where="tree")
    if kinds[0] in (list, tuple) and len(a) != len(b):
        raise ArgumentError(f"lengths {len(a)} and {len(b)}", "the same length", "compare the two sequences", where="tree")


def held(values: Iterable[Any], kind: type) -> list[Any]:
    """The objects of a kind among values, each once; lists, tuples, sets and the values of dicts are searched.

    >>> held([1, "a", [2, {"key": 3}], 1], int)
    [1, 2, 3]
    """
    objects: dict[int, Any] = {}
    for value in values:
        if isinstance(value, kind):
            objects.setdefault(id(value), value)
        elif isinstance(value, (list, tuple, set, frozenset, dict)):
            inside = value.values() if isinstance(value, dict) else value
            objects.update((id(nested), nested) for nested in held(inside, kind) if id(nested) not in objects)
    return list(objects.values())
