"""A program that writes what Keras gives for every pair of dtypes of every op of two operands, on its NumPy backend, which compiles nothing.

`python -m tests.ops.keras_on_numpy FILE`, with KERAS_BACKEND=numpy.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

from tests.ops.dtype_pairs import CALLS, DTYPES, ONE_OPERAND, dtype_of, numbers, refused


def answer(call: Any, *dtypes: str) -> tuple[str | None, str | None, Any]:
    """The dtype of the symbolic result, that of the computed one, and its numbers; None for what is refused."""
    symbolic = refused(lambda: call(keras.ops, *(keras.KerasTensor((3,), dtype) for dtype in dtypes)))
    operands = [keras.ops.convert_to_tensor(numbers(dtype, second=bool(i))) for i, dtype in enumerate(dtypes)]
    computed = refused(lambda: call(keras.ops, *operands))
    return dtype_of(symbolic), dtype_of(computed), None if computed is None else np.asarray(computed)


def main() -> None:
    """Write a dict from op and dtypes to answers."""
    assert keras.backend.backend() == "numpy"
    BIT64_TO_BIT32_DTYPE.update({name: name for name in BIT64_TO_BIT32_DTYPE})  # it has 64 bits, as on TensorFlow
    answers = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, call in CALLS.items():
            answers.update({(name, a, b): answer(call, a, b) for a in DTYPES for b in DTYPES})
        for name, of_one in ONE_OPERAND.items():
            answers.update({(name, a): answer(of_one, a) for a in DTYPES})
    Path(sys.argv[1]).write_bytes(pickle.dumps(answers))


if __name__ == "__main__":
    main()
