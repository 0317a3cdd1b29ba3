"""How a `Dataset` is made: from arrays, a generator, numbers, other data sets, names of files."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from glassworks import tree
from glassworks.arguments import Callable as IsCallable
from glassworks.arguments import check
from glassworks.dtypes import numpy_dtype
from glassworks.errors import DataError
from glassworks.ops.convert import operand
from glassworks.training.data import elements
from glassworks.training.data.dataset_base import DatasetBase, Passes
from glassworks.training.data.rows import Rows
from glassworks.typing import Data, Structure


class DatasetMaking(DatasetBase):
    """The class methods of `Dataset` that make one."""

    @classmethod
    def _of_rows(cls, rows: Rows) -> Self:
        dataset = cls(rows.elements, rows.count)
        dataset._rows = rows
        return dataset

    @classmethod
    def from_tensor_slices(cls, tensors: Data, name: str | None = None) -> Self:
        """The rows of arrays, in their structure: a tuple such as (x, y), or a dict; a list is an array.

        Batches of them are gathered from the arrays while the model trains, as fast as `fit(x, y)` does.

        Raises:
            DataError: The arrays differ in length, or have no rows.

        >>> from glassworks.training.data import Dataset
        >>> dataset = Dataset.from_tensor_slices(([[1.0], [2.0], [3.0]], [0, 1, 1])).batch(2)
        >>> [(x.tolist(), y.tolist()) for x, y in dataset]
        [([[1.0], [2.0]], [0, 1]), ([[3.0]], [1])]
        """
        arrays = _arrays(tensors)
        lengths = {len(leaf) if leaf.ndim else -1 for leaf in tree.flatten(arrays)}
        if len(lengths) != 1 or -1 in lengths:
            shapes = ", ".join(str(leaf.shape) for leaf in tree.flatten(arrays)) or "no arrays"
            fix = "pass a row for each element in every array, as in (x, y)"
            raise DataError(f"shapes {shapes}", "arrays of one length", fix, where="Dataset.from_tensor_slices")
        (count,) = lengths
        return cls._of_rows(Rows(arrays, lambda look: iter([np.arange(count)]), count))

    @classmethod
    def from_tensors(cls, tensors: Data, name: str | None = None) -> Self:
        """A single element.

        >>> from glassworks.training.data import Dataset
        >>> [x.tolist() for x in Dataset.from_tensors([1, 2])]
        [[1, 2]]
        """
        element = _arrays(tensors)
        return cls(lambda look: iter([element]), 1)

    @classmethod
    def from_generator(
        cls,
        generator: Callable[..., Any],
        output_types: object = None,
        output_shapes: object = None,
        args: Sequence[Any] = (),
        output_signature: object = None,
        name: str | None = None,
    ) -> Self:
        """What a generator yields; it is called once for each pass.

        Args:
            generator: A function that returns an iterator, such as a generator function.
            output_types: The dtypes of an element, in its structure; those of the elements if None.
            output_shapes: Accepted; shapes are those of the elements.
            args: Arguments of the function.
            output_signature: Specs with a `dtype` in place of `output_types`.
            name: Ignored.

        >>> from glassworks.training.data import Dataset
        >>> def squares():
        ...     for i in range(3):
        ...         yield i * i
        >>> [int(x) for x in Dataset.from_generator(squares, output_types="int32")]
        [0, 1, 4]
        """
        check("Dataset.from_generator", {"generator": IsCallable()}, generator=generator)
        dtypes = output_types if output_signature is None else tree.map_structure(lambda spec: spec.dtype, output_signature)

        def start(look: bool) -> Iterator[Any]:
            return (_with_dtypes(element, dtypes) for element in generator(*args))

        return cls(start)

    @classmethod
    def range(cls, *args: int, output_type: str = "int64", name: str | None = None) -> Self:
        """The numbers of Python's `range`.

        >>> from glassworks.training.data import Dataset
        >>> [int(x) for x in Dataset.range(2, 6, 2)]
        [2, 4]
        """
        numbers = np.arange(*args, dtype=str(output_type))
        return cls._of_rows(Rows(numbers, lambda look: iter([np.arange(len(numbers))]), len(numbers)))

    @classmethod
    def zip(cls, *args: object, datasets: object = None, name: str | None = None) -> Self:
        """Tuples with an element of each data set, up to the end of the shortest one.

        Args:
            *args: The data sets, or a structure of them.
            datasets: The structure, by name.
            name: Ignored.

        >>> from glassworks.training.data import Dataset
        >>> [(int(a), int(b)) for a, b in Dataset.zip(Dataset.range(3), Dataset.range(5, 7))]
        [(0, 5), (1, 6)]
        """
        structure = datasets if datasets is not None else args[0] if len(args) == 1 else args
        parts: list[DatasetBase] = tree.flatten(structure)
        lengths = [part._length for part in parts]
        length = None if None in lengths else min(length for length in lengths if length is not None)

        def start(look: bool) -> Iterator[Any]:
            passes = (part._start(look) for part in parts)
            return (tree.pack_sequence_as(structure, list(together)) for together in zip(*passes, strict=False))

        zipped = cls(start, length, all(part.is_batched for part in parts))
        zipped._stages = list(dict.fromkeys(stage for part in parts for stage in part._stages))
        return zipped

    @classmethod
    def list_files(
        cls, file_pattern: str | Sequence[str], shuffle: bool | None = None, seed: int | None = None, name: str | None = None
    ) -> Self:
        """The names of the files that match a pattern such as "images/*/*.jpg".

        Args:
            file_pattern: The pattern, or several.
            shuffle: Whether each pass has a new order; True if None.
            seed: The seed of the order.
            name: Ignored.

        Raises:
            DataError: No file matches.

        >>> from glassworks.training.data import Dataset
        >>> folder = getfixture("tmp_path")
        >>> _ = (folder / "a.txt").write_text("a")
        >>> [path[-5:] for path in Dataset.list_files(f"{folder}/*.txt")]
        ['a.txt']
        """
        patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
        paths = sorted(path for pattern in patterns for path in glob.glob(str(pattern)))
        if not paths:
            raise DataError(f"no file matches {', '.join(patterns)}", "at least one file", "check the path", where="Dataset.list_files")
        files = cls.from_tensor_slices(paths)
        if shuffle is False or files._rows is None:
            return files
        passes = Passes(seed)
        return files._derive_rows(files._rows.shuffled(len(paths), passes.generator), [passes])


def _arrays(tensors: Data) -> Structure:
    """NumPy arrays in the structure of the tuples and dicts; lists and tables are arrays, texts an array of objects."""
    if isinstance(tensors, tuple):
        parts = tuple(_arrays(part) for part in tensors)
        return tensors._make(parts) if hasattr(tensors, "_make") else parts  # a named tuple makes one of its class
    if isinstance(tensors, dict):
        return {key: _arrays(part) for key, part in tensors.items()}
    array = tensors if isinstance(tensors, np.ndarray) else np.asarray(tensors)
    if array.dtype.kind in "US":
        return array.astype(object)
    if isinstance(tensors, list) and array.dtype != object:
        return np.asarray(operand(tensors))  # numbers of Python have the default dtypes
    return array.view(np.ndarray)


def _with_dtypes(element: object, dtypes: object) -> object:
    if isinstance(element, list) and not isinstance(dtypes, list):
        element = np.asarray(operand(element)) if not _is_text(element) else np.array(element, object)
    if dtypes is None:
        return elements.plain(element)
    if isinstance(element, tuple) and isinstance(dtypes, (list, tuple)):
        return tuple(_with_dtypes(part, dtype) for part, dtype in zip(element, tuple(dtypes), strict=True))
    if isinstance(element, dict) and isinstance(dtypes, dict):
        return {key: _with_dtypes(part, dtypes[key]) for key, part in element.items()}
    is_text = str(dtypes) == "string" or isinstance(element, (str, bytes))
    return element if is_text else np.asarray(element, dtype=numpy_dtype(dtypes))


def _is_text(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], (str, bytes))
