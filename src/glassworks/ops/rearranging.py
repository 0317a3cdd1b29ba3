"""Axes by name: `rearrange`, in the notation of einops (Rogozhnikov, 2022)."""

from __future__ import annotations

import math
import re

from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops.convert import operand
from glassworks.ops.numpy.shaping import reshape, transpose
from glassworks.typing import ArrayLike, Tensor

__all__ = ["rearrange"]


@op
def rearrange(tensor: ArrayLike, pattern: str, **axes_lengths: int) -> Tensor:
    """Axes named, split, merged and reordered.

    Args:
        tensor: Any numbers.
        pattern: Two sides with the same names: `"b h w c -> b (h w) c"`; names in parentheses are one axis of the array.
        axes_lengths: The sizes of names that do not follow from the shape.

    >>> from glassworks import ops
    >>> ops.rearrange(ops.zeros((2, 6, 4)), "b (h w) c -> (b h) w c", h=3).shape
    (6, 2, 4)
    """
    tensor = operand(tensor)
    left, arrow, right = pattern.partition("->")
    groups, wanted = _groups(left, pattern), _groups(right, pattern)
    names, new_names = ([name for group in side for name in group] for side in (groups, wanted))
    if not arrow or sorted(names) != sorted(new_names) or len(set(names)) != len(names):
        raise ArgumentError(
            f"pattern {pattern!r}", "the same names, each once, on both sides of ->", "write it like 'b h w c -> b (h w) c'"
        )
    sizes = _sizes(groups, spec_of(tensor).shape, axes_lengths, pattern)
    unpacked = reshape(tensor, tuple(sizes[name] for name in names))
    moved = transpose(unpacked, tuple(names.index(name) for name in new_names))
    return reshape(moved, tuple(math.prod(sizes[name] for name in group) for group in wanted))


def _groups(side: str, pattern: str) -> list[list[str]]:
    parts = re.findall(r"\([^()]*\)|[^\s()]+", side)
    if re.sub(r"[\s()\w]", "", side) or side.count("(") != side.count(")"):
        raise ArgumentError(f"pattern {pattern!r}", "names, spaces and parentheses", "write it like 'b h w c -> b (h w) c'")
    return [part.strip("()").split() for part in parts]


def _sizes(groups: list[list[str]], shape: tuple, given: dict[str, int], pattern: str) -> dict[str, int]:
    """The size of each name: given, or derived from its axis."""
    if len(groups) != len(shape):
        raise ShapeError(
            f"pattern {pattern!r} with {len(groups)} axes for shape {tuple(shape)}", f"{len(shape)} axes on the left", "name every axis"
        )
    sizes = dict(given)
    for group, size in zip(groups, shape, strict=True):
        open_names = [name for name in group if name not in sizes]
        known = math.prod(sizes[name] for name in group if name in sizes)
        if len(open_names) > 1:
            raise ArgumentError(f"sizes of {open_names} in {pattern!r}", "all but one of a group", f"pass {open_names[0]}=...")
        if open_names:
            sizes[open_names[0]] = size // known if known else 0
        if math.prod(sizes[name] for name in group) != size:
            raise ShapeError(
                f"an axis of size {size} as ({' '.join(group)}) with {given}", f"sizes whose product is {size}", "check the given sizes"
            )
    return sizes
