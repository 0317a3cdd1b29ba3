"""Exported programs, run by a Python of their own that sees nothing but NumPy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from glassworks import tree

# The runner reads the names of programs, and calls `predict` of each with the arrays beside it.
RUNNER = """
import importlib.util, json, sys
sys.path[:0] = [{numpy!r}]
import numpy as np
for name in json.loads(sys.argv[1]):
    with np.load(name + ".inputs.npz", allow_pickle=False) as file:
        arrays = [file[key] for key in sorted(file, key=lambda key: int(key.split("_")[1]))]
    spec = importlib.util.spec_from_file_location("program", name + ".py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    results = program.predict(*arrays)
    results = results if isinstance(results, tuple) else (results,)
    np.savez(name + ".outputs.npz", *results)
foreign = {{module.split(".")[0] for module in sys.modules}} & {{"glassworks", "keras", "jax", "ml_dtypes", "scipy", "click"}}
assert not foreign, foreign
"""


def isolated(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    """Run Python without site packages, the user's paths and the environment's: with the folder of NumPy alone."""
    return subprocess.run([sys.executable, "-I", "-S", *arguments], cwd=folder, capture_output=True, text=True, timeout=150)


def only_numpy(folder: Path) -> Path:
    """A folder that has NumPy and nothing else."""
    place = folder / "only_numpy"
    place.mkdir(exist_ok=True)
    package = Path(np.__file__).parent
    for source in (package, package.with_name("numpy.libs")):
        if source.exists() and not (place / source.name).exists():
            (place / source.name).symlink_to(source)
    return place


def run(programs: dict[str, list[np.ndarray]], folder: Path) -> dict[str, list[np.ndarray]]:
    """What exported programs of a folder predict for arrays, in one process."""
    for name, arrays in programs.items():
        np.savez(folder / f"{name}.inputs.npz", *arrays)
    done = isolated("-c", RUNNER.format(numpy=str(only_numpy(folder))), json.dumps(list(programs)), folder=folder)
    assert not done.returncode, done.stderr
    outputs = {}
    for name in programs:
        with np.load(folder / f"{name}.outputs.npz") as file:
            outputs[name] = [file[key] for key in sorted(file, key=lambda key: int(key.split("_")[1]))]
    return outputs


def predicted(model: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """What the model predicts."""
    given = arrays if len(arrays) > 1 else arrays[0]
    return [np.asarray(leaf) for leaf in tree.flatten(model.predict(given, verbose=0))]
