"""Old data sets are Python pickles. They are read by an unpickler that can build arrays and nothing else."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from glassworks.errors import DataError

_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


class ArrayUnpickler(pickle.Unpickler):
    """Refuses every class and function but NumPy's arrays, so that a changed file cannot run code."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if it is an array's."""
        if (module, name) not in _ALLOWED:
            raise DataError(f"{module}.{name} in a data file", "arrays only", "do not use this file: it would run code", where="datasets")
        return super().find_class(module, name)


def load(file: IO[bytes], encoding: str = "ASCII") -> Any:
    """The content of a pickle that holds arrays, lists, dicts, strings and numbers."""
    try:
        return ArrayUnpickler(file, encoding=encoding).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, KeyError, ValueError) as error:
        raise DataError(
            f"a damaged data file: {error}", "a pickle of arrays", "delete it from the cache and download it again", where="datasets"
        ) from error


def load_npz_of_lists(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` whose entries may be lists of different lengths, which NumPy stores as pickles."""
    arrays = {}
    with zipfile.ZipFile(path) as zipped:
        for member in zipped.namelist():
            content = io.BytesIO(zipped.read(member))
            version = np.lib.format.read_magic(content)
            read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            _, _, dtype = read_header(content)
            if dtype.hasobject:
                arrays[member.removesuffix(".npy")] = load(content)
            else:
                content.seek(0)
                arrays[member.removesuffix(".npy")] = np.lib.format.read_array(content, allow_pickle=False)
    return arrays
