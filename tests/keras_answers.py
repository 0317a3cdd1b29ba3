"""What small programs answer on real Keras, and what they answer here: tables of programs that tests compare.

A module of programs defines functions that take the library, called `keras`, and return plain values. `python -m tests.keras_answers MODULE`
runs each on real Keras with its NumPy backend, which compiles nothing, and writes the answers as JSON.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import inspect
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from glassworks.files import atomic_file

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".pytest_cache" / "keras_answers"
REFUSED = "refused"


def programs(module: str) -> dict[str, Callable[[Any], Any]]:
    """The programs of a module by name: its public functions, and those in its dict `PROGRAMS`, if it has one."""
    loaded = importlib.import_module(module)
    own = {
        name: function
        for name, function in vars(loaded).items()
        if inspect.isfunction(function) and not name.startswith("_") and function.__module__ == module
    }
    return getattr(loaded, "PROGRAMS", None) or own


def answer(program: Callable[[Any], Any], keras: Any) -> Any:
    """What a program returns, as JSON has it; `"refused"` where the library raises an error."""
    keras.utils.set_random_seed(0)
    keras.utils.clear_session(free_memory=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = program(keras)
        except Exception as error:
            return [REFUSED, f"{type(error).__name__}: {error}"]
    return json.loads(json.dumps(plain(value)))


def compare(program: Callable[[Any], Any], ours: Any, expected: Any, may_accept_more: bool = False) -> None:
    """Assert that a program answers here what it answered on Keras; errors may have other texts.

    Args:
        program: The program.
        ours: The library.
        expected: The answer of Keras.
        may_accept_more: Whether the program may run here where Keras raises an error.
    """
    found = answer(program, ours)
    if not (may_accept_more and is_refusal(expected)):
        assert is_refusal(found) == is_refusal(expected), (found, expected)
        assert is_refusal(found) or found == expected


def is_refusal(found: Any) -> bool:
    """Whether an answer says that the library raised an error."""
    return isinstance(found, list) and found[:1] == [REFUSED]


def plain(value: object) -> Any:
    """A value as JSON: arrays as lists of numbers with five digits, tuples as lists."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, int, str, type(None))):
        return value
    array = np.asarray(value)
    return plain(array.tolist()) if array.ndim or array.dtype.kind != "f" else float(f"{float(array):.5g}")


def answers_of_keras(module: str) -> dict[str, Any]:
    """The answers of real Keras to the programs of a module, from a process of their own; they are kept as long as the programs stay the same."""
    modules = {module, *(inspect.unwrap(getattr(program, "func", program)).__module__ for program in programs(module).values())}
    sources = [Path(__file__), *(ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in sorted(modules))]
    key = hashlib.sha256(b"".join([source.read_bytes() for source in sources] + [importlib.metadata.version("keras").encode()]))
    kept = CACHE / f"{module}-{key.hexdigest()[:16]}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(kept) as file:
            file.write(json.dumps(_asked(module)).encode())
    found: dict[str, Any] = json.loads(kept.read_bytes())
    return found


def _asked(module: str) -> Any:
    result = subprocess.run(
        [sys.executable, "-m", "tests.keras_answers", module],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "numpy", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def main(module: str) -> None:
    """Print the answers of real Keras to the programs of a module."""
    import keras

    print(json.dumps({name: answer(program, keras) for name, program in programs(module).items()}))


if __name__ == "__main__":
    main(sys.argv[1])
