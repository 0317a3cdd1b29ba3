"""`python -m fuzz TARGET FOLDER [options of libFuzzer]`: fuzz a reader, with a folder for the inputs that reach new code.

Coverage is seen in the sources alone, so they must be found before an installed package: `PYTHONPATH=src`. The folder gets good files first, unless
something is in it. An input that raises anything but `LoadError` ends the run, and is kept as `crash-...`.
"""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path


def main() -> None:
    """Start Atheris with a target."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["glassworks", "json"]):
        from fuzz import targets
    if len(sys.argv) < 3 or sys.argv[1] not in targets.TARGETS:
        raise SystemExit(f"python -m fuzz TARGET FOLDER; the targets are {', '.join(targets.TARGETS)}")
    target, folder = targets.TARGETS[sys.argv[1]][0], Path(sys.argv[2])
    if not folder.is_dir() or not any(folder.iterdir()):
        targets.write_corpus(sys.argv[1], folder)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        """Half of the changes know the structure of JSON; random bytes alone hardly get beyond its reader."""
        rng = random.Random(seed)
        changed = targets.in_structure(data, rng) if rng.random() < 0.5 else data
        return changed[:most] if changed != data else atheris.Mutate(data, most)

    options = {"custom_mutator": mutate} if sys.argv[1] in targets.TEXTS else {}
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: targets.once(target, data), **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
