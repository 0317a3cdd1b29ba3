"""The source of constants: numbers as literals, arrays that are easily said as calls of NumPy, others from the file of the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassworks.export.constants import Edges, Growth, Triangles, growth
from glassworks.export.merging import MergedValue
from glassworks.export.numpy_program import mathematics
from glassworks.export.numpy_program.code import ATOM, PRODUCT, Code, OpenSizes, literal, value_of
from glassworks.export.numpy_program.names import quoted
from glassworks.export.sizes import Dimension, Probes, Size
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError


class Constants:
    """The constants of a program.

    Args:
        sizes, probes: The open sizes, and their numbers in the traces.
        taken: The names of weights in the file of the weights.

    Attributes:
        stored: Those that stand in the file of the weights, by their names.
    """

    def __init__(self, sizes: OpenSizes, probes: Probes, taken: Sequence[str]) -> None:
        self._folder = "constants"
        while any(name.startswith(f"{self._folder}/") for name in taken):
            self._folder += "_"
        self.stored: dict[str, np.ndarray] = {}
        self._sizes, self._probes = sizes, probes
        self._known: dict[int, Code] = {}

    def code(self, value: MergedValue, where: str) -> Code:
        """The expression of a constant.

        Raises:
            UnexportableError: It depends on open sizes in a way that cannot be said.
        """
        if id(value) not in self._known:
            assert value.arrays is not None
            self._known[id(value)] = self._code(value.arrays, value.shape, where)
        return self._known[id(value)]

    def _code(self, arrays: Sequence[np.ndarray], shape: Sequence[Dimension], where: str) -> Code:
        first = arrays[0]
        if all(array.shape == first.shape and np.array_equal(array, first, equal_nan=first.dtype.kind == "f") for array in arrays):
            return self._same(first, shape, where)
        grown = growth(arrays, self._probes)
        if isinstance(grown, Growth):
            return self._growing(grown, shape, first.dtype, where)
        if isinstance(grown, Triangles):
            return self._triangles(grown, shape, where)
        if isinstance(grown, Edges):
            return self._edges(grown, shape, where)
        raise UnexportableError("numbers that depend on an open size", GIVE_SIZES, where)

    def _same(self, array: np.ndarray, shape: Sequence[Dimension], where: str) -> Code:
        if not array.ndim:
            text, number = literal(array[()]), array.item()
            return Code(text, lambda _: number, (), PRODUCT if text[0] == "-" else ATOM)
        if array.size and (array == array.reshape(-1)[0]).all():
            text = _filled(self._shape(shape, where), literal(array.reshape(-1)[0]), array.dtype)
            return Code(text, lambda _: array, ())
        return Code(self._stored(array), lambda _: array, ())

    def _growing(self, grown: Growth, shape: Sequence[Dimension], dtype: np.dtype, where: str) -> Code:
        """`base + slopes * sizes + step * arange`, repeated to the shape."""
        terms = [self._number(grown.base)] if grown.base.any() else []
        for name, slope in zip(self._sizes.names, grown.slopes, strict=False):
            if slope.any():
                self._sizes.used.add(name)
                terms.append(name if (slope == 1).all() else f"{self._number(slope)} * {name}")
        flat = not any(term.startswith("weights") for term in terms)
        if grown.axis is not None and grown.step is not None:
            count = f"np.arange({self._sizes.text(shape[grown.axis], where)})"
            after = len(shape) - 1 - grown.axis
            count += f".reshape(-1{', 1' * after})" if after else ""
            terms.append(count if (grown.step == 1).all() else f"{self._number(grown.step)} * {count}")
        total = " + ".join(terms) or "0"

        def function(given: Sequence[int]) -> np.ndarray:
            result: np.ndarray = grown.base.astype(np.float64 if dtype.kind == "f" else np.int64)
            for slope, size in zip(grown.slopes, given, strict=False):
                result = result + slope * size
            if grown.axis is not None and grown.step is not None:
                numbers = np.arange(value_of(shape[grown.axis], given)).reshape([-1 if i == grown.axis else 1 for i in range(len(shape))])
                result = result + grown.step * numbers
            return np.broadcast_to(result, tuple(value_of(size, given) for size in shape)).astype(dtype)

        if not shape:
            return Code(f"({total})" if len(terms) > 1 or "*" in total else total, lambda given: function(given).item(), ())
        if flat and grown.axis is None:
            return Code(_filled(self._shape(shape, where), total, dtype), function, ())
        whole = flat and len(shape) == 1
        text = f"({total})" if whole else f"np.broadcast_to({total}, {self._shape(shape, where)})"
        return Code(f'{text}.astype("{dtype}")', function, ())

    def _triangles(self, grown: Triangles, shape: Sequence[Dimension], where: str) -> Code:
        parts = [self._number(part) for part in (grown.below, grown.diagonal, grown.above)]
        dtype, axes = grown.below.dtype, grown.axes
        text = f'triangles({self._shape(shape, where)}, {axes}, {", ".join(parts)}, "{dtype}")'

        def function(given: Sequence[int]) -> np.ndarray:
            sizes = tuple(value_of(size, given) for size in shape)
            return mathematics.triangles(sizes, axes, grown.below, grown.diagonal, grown.above, dtype)

        return Code(text, function, (), helpers=(mathematics.triangles,))

    def _edges(self, grown: Edges, shape: Sequence[Dimension], where: str) -> Code:
        """A start, a middle as often as needed, and an end."""

        def part(arrays: list[np.ndarray]) -> Code:
            sizes = [arrays[0].shape[axis] if axis == grown.axis else size for axis, size in enumerate(shape)]
            return self._code(arrays, sizes, where)

        start, middle, end = part(grown.start), part(grown.middle), part(grown.end)
        outside = grown.start[0].shape[grown.axis] + grown.end[0].shape[grown.axis]
        size = shape[grown.axis]
        count = size._replace(constant=size.constant - outside) if isinstance(size, Size) else None if size is None else size - outside
        repeated = f"np.repeat({middle.text}, {self._sizes.text(count, where)}, axis={grown.axis})"
        shown = [start.text] * bool(grown.start[0].size) + [repeated] + [end.text] * bool(grown.end[0].size)

        def function(given: Sequence[int]) -> np.ndarray:
            inner = np.repeat(np.asarray(middle.function(given)), value_of(count, given), axis=grown.axis)
            return np.concatenate([np.asarray(start.function(given)), inner, np.asarray(end.function(given))], axis=grown.axis)

        helpers: tuple[Callable, ...] = (*start.helpers, *middle.helpers, *end.helpers)
        return Code(f"np.concatenate([{', '.join(shown)}], axis={grown.axis})", function, (), helpers=helpers)

    # ---- parts of the text

    def _shape(self, shape: Sequence[Dimension], where: str) -> str:
        texts = [self._sizes.text(size, where) for size in shape]
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def _number(self, array: np.ndarray) -> str:
        """A number, if all are the same."""
        if array.size and (array == array.reshape(-1)[0]).all():
            text = literal(array.reshape(-1)[0])
            return f"({text})" if text[0] == "-" else text
        return self._stored(array)

    def _stored(self, array: np.ndarray) -> str:
        name = next((key for key, other in self.stored.items() if other is array), f"{self._folder}/{len(self.stored)}")
        self.stored[name] = array
        return f"weights[{quoted(name)}]"


def _filled(shape: str, number: str, dtype: np.dtype) -> str:
    return f'np.zeros({shape}, "{dtype}")' if number in ("0", "0.0") else f'np.full({shape}, {number}, "{dtype}")'
