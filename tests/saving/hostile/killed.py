"""A training process that saves its model again and again, and is killed at random times: whatever file is there loads.

`python -m tests.saving.hostile.killed 100` kills it 100 times.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = """
import sys
import numpy as np
from glassworks import Sequential, callbacks, layers
x, y = np.random.rand(64, 50).astype("float32"), np.random.rand(64, 1).astype("float32")
model = Sequential([layers.Input((50,)), layers.Dense(400, activation="relu"), layers.Dense(400, activation="relu"), layers.Dense(1)])
model.compile("adam", "mse")
print("ready", flush=True)
model.fit(x, y, epochs=100_000, verbose=0, callbacks=[callbacks.ModelCheckpoint(sys.argv[1])])
"""


def kill_once(path: Path, rng: random.Random) -> bool:
    """Start training, kill it at a random moment, and load what is there; whether there was a file."""
    from glassworks import saving

    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(rng.uniform(0, 0.4))
    process.kill()
    process.wait()
    process.stdout.close()
    if not path.exists():
        return False
    assert saving.load_model(path).count_params() == 50 * 400 + 400 + 400 * 400 + 400 + 401
    return True


def main(count: str = "100", seed: str = "0") -> None:
    rng, found = random.Random(int(seed)), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(int(count)):
            found += kill_once(Path(folder) / ("model.keras" if number % 2 else "model.h5"), rng)
            left = [path.name for path in Path(folder).iterdir() if ".tmp-" in path.name]
            assert len(left) <= 2, left  # one of each file at most: the next save removes it
    print(f"{count} kills, after {found} of which a file was there, and loaded")


if __name__ == "__main__":
    main(*sys.argv[1:])
