"""Reading of old data sets, which are Python pickles, by an unpickler that can build arrays and nothing else."""

from __future__ import annotations

import pickle
from typing import IO, Any

import numpy as np

from glassworks.errors import DataError

# The names under which NumPy 1 and 2 pickle an array, and the functions they refer to.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}
_DAMAGED = (pickle.UnpicklingError, EOFError, AttributeError, LookupError, ValueError, TypeError, MemoryError, OverflowError)


class ArrayUnpickler(pickle.Unpickler):
    """Refuses every class and function but NumPy's arrays, so that a changed file cannot run code."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if it is an array's."""
        if (module, name) not in _ALLOWED:
            raise DataError(f"{module}.{name} in a data file", "arrays only", "do not use this file: it would run code", where="datasets")
        return _ALLOWED[module, name]


def load(file: IO[bytes], encoding: str = "ASCII") -> Any:
    """The content of a pickle that holds arrays, lists, dicts, strings and numbers."""
    try:
        return ArrayUnpickler(file, encoding=encoding).load()
    except DataError:
        raise
    except _DAMAGED as error:
        fix = "delete it from the cache and download it again"
        raise DataError(f"a damaged data file: {error}", "a pickle of arrays", fix, where="datasets") from error
