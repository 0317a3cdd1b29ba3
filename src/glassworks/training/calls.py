"""Forward passes without the machinery of `predict`: compiled calls, and predictions on a few rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import dtypes, tree
from glassworks.engine import CachedProgram, Program, choose
from glassworks.errors import ShapeError
from glassworks.rearranging import rearranged
from glassworks.training.data.convert import as_trained
from glassworks.training.diagnosis.loss_watch import ResultWatch, has_nan
from glassworks.training.options import RunOptions
from glassworks.training.trainer import Trainer


def compiled_call(trainer: Trainer, batch_size: int) -> Callable[..., Any]:
    """See `Model.compile_call`."""
    model, name = trainer.model, trainer.model.name
    entry: CachedProgram
    specs: list[tuple[tuple[int, ...], np.dtype]]
    single: bool

    def renew() -> None:
        nonlocal entry, specs, single
        entry = trainer.predict_program(batch_size, "compile_call")
        specs = [(value.spec.shape, dtypes.numpy_dtype(value.spec.dtype)) for value in entry.program.graph.inputs]
        single = _has_single_output(entry.program)

    renew()

    def call(*arrays: Any) -> Any:
        if not entry.guard.holds():
            renew()
        if model.host_part:
            arrays = tuple(tree.flatten(model.on_host(arrays[0] if len(arrays) == 1 else list(arrays))))
        if len(arrays) != len(specs):
            raise ShapeError(f"{len(arrays)} arrays", f"{len(specs)}, one per input", "pass them in the order of model.inputs", where=name)
        ready = [
            x if type(x) is np.ndarray and x.dtype == dtype and x.shape == shape else _as_input(x, shape, dtype, name)
            for x, (shape, dtype) in zip(arrays, specs, strict=True)
        ]
        outputs = entry.program(*ready)
        return outputs[0] if single else entry.program.graph.pack(outputs)

    call.__doc__ = f"The forward pass of model {name!r} for batches of {batch_size}."
    return call


def _as_input(x: object, shape: tuple[int, ...], dtype: np.dtype, name: str) -> np.ndarray:
    array = np.asarray(x)
    if array.shape != shape:
        another = f"make another call: model.compile_call(batch_size={array.shape[0] if array.ndim else 1})"
        code = rearranged(array.shape, shape) if array.ndim and array.shape[0] == shape[0] else ""
        fix = f"{code} brings the axes into that order" if code else another if array.shape[1:] == shape[1:] else "pass data of that shape"
        raise ShapeError(
            f"an input of shape {array.shape}", f"shape {shape}, for which the call was compiled", fix, where=f"call of model '{name}'"
        )
    return array.astype(dtype)


def _has_single_output(program: Program) -> bool:
    return len(program.graph.outputs) == 1 and not tree.is_nested(program.graph.structure)


def predict_few(trainer: Trainer, x: object, options: RunOptions) -> np.ndarray | None:
    """Predictions for one plain array that fits into a batch, without progress and callbacks; None where that does not apply."""
    if type(x) is not np.ndarray or options.verbose != 0 or options.callbacks is not None or options.steps is not None:
        return None
    if not 0 < len(x) <= (options.batch_size or 32) or trainer.run_eagerly:
        return None
    if trainer.model.host_part:
        return None
    programs = trainer.programs
    key = (x.shape, x.dtype, choose())
    entry = programs.cache.shortcuts.get(key)
    if entry is None or not entry.guard.holds():
        # The first call goes through `predict`, which checks the data and leaves the compiled program in the cache.
        entry = programs.last.get("predict")
        if entry is None or not entry.guard.holds() or as_trained(x[:0]).dtype != x.dtype or not _has_single_output(entry.program):
            return None
        if [value.spec for value in entry.program.graph.inputs] != [(x.shape, x.dtype.name)]:
            return None
        programs.cache.shortcuts[key] = entry
    outputs = entry.program(x)[0]
    if has_nan(outputs):
        watch = ResultWatch(trainer, "predict", f"model '{trainer.model.name}'.predict")
        watch.ran_batch(0, (x, None, None), outputs, lambda batch: None)
        watch.tell((x, None, None))
    return outputs
