"""`make_source`: from whatever a user passes as data to a `DataSource`."""

from __future__ import annotations

from typing import Any

from glassworks.arguments import Integer
from glassworks.errors import DataError, go_on
from glassworks.training.data.arrays import ArraySource
from glassworks.training.data.base import ClassWeight, DataSource
from glassworks.training.data.dataset_source import DatasetSource
from glassworks.training.data.generator import GeneratorSource, IterableSource
from glassworks.training.data.kinds import kind_of
from glassworks.training.data.py_dataset_source import PyDatasetSource
from glassworks.training.data.row_source import RowSource, has_rows
from glassworks.training.data.torch_loader import TorchLoaderSource


def make_source(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    shuffle: bool | str = True,
    class_weight: ClassWeight = None,
    steps: int | None = None,
    for_predict: bool = False,
) -> DataSource:
    """The source of batches for data of any kind.

    Args:
        x: Arrays, structures of arrays, DataFrames, tensors; or a source of batches: a generator, a `PyDataset`, a `Dataset`,
            a PyTorch `DataLoader`, any iterable of batches.
        y, sample_weight: Arrays, where x is arrays.
        batch_size: Samples in a batch, for arrays; 32 by default.
        shuffle: Whether to draw a new order each epoch (arrays, and the batches of a `PyDataset`); "batch" shuffles within batches.
        class_weight: class -> weight, or "balanced" (arrays).
        steps: Batches wanted in an epoch.
        for_predict: Whether to leave out targets and weights.

    Raises:
        DataError: Data that cannot be trained on, or arguments that do not go with its kind.

    >>> source = make_source([[1.0], [2.0], [3.0]], [1, 2, 3], batch_size=2, shuffle=False)
    >>> source.num_batches, [x.tolist() for x, y, sample_weight in source]
    (2, [[[1.0], [2.0]], [[3.0]]])
    """
    kind = kind_of(x)
    if x is None:
        raise DataError("x=None", "data", "pass arrays, or a source of batches, as x")
    if batch_size is not None and not Integer(minimum=1).allows(batch_size):
        raise DataError(f"batch_size={batch_size!r}", "a positive integer", "32 is a usual value")
    if kind == "arrays":
        if for_predict:
            y = sample_weight = None
        return ArraySource(x, y, sample_weight, batch_size=batch_size, shuffle=shuffle, class_weight=class_weight, steps=steps)
    _refuse(kind, y=y, sample_weight=sample_weight)
    if batch_size is not None:
        found, fix = f"batch_size={batch_size} together with a {kind}", "leave batch_size out"
        go_on(DataError(found, f"a {kind} alone, which decides how large its batches are", fix))
    if isinstance(class_weight, str):
        raise DataError(
            f"class_weight={class_weight!r} with a {kind}",
            "a dict of class -> weight, because the classes cannot be counted ahead",
            "class_weight={0: 1.0, 1: 5.0}",
        )
    if kind == "source":
        return x
    if kind == "PyDataset":
        return PyDatasetSource(x, shuffle, class_weight, for_predict)
    if kind == "Dataset" and has_rows(x):
        return RowSource(x, class_weight, for_predict)
    source = {"Dataset": DatasetSource, "DataLoader": TorchLoaderSource, "generator": GeneratorSource, "iterable": IterableSource}[kind]
    return source(x, class_weight, for_predict)


def _refuse(kind: str, **given: Any) -> None:
    fixes = {
        "y": f"let the {kind} give (x, y)",
        "sample_weight": f"let the {kind} give (x, y, sample_weight)",
    }
    for name, value in given.items():
        if value is not None:
            raise DataError(f"{name} together with a {kind}", f"a {kind} alone, which gives whole batches", fixes[name])
