"""What users do with data besides training: augmentation by layers alone, folders of pictures, texts to numbers.

`python -m benchmarks.data_work` runs Glassworks and Keras on TensorFlow in turns. TensorFlow may be installed in an environment of its own,
whose Python `GLASSWORKS_PEERS` names.
"""

from __future__ import annotations

import os
import statistics
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT, environment, run_child

DATA = Path(os.environ.get("GLASSWORKS_DATA", ROOT.parent / "shared" / "data"))
OURS, PEER = "glassworks", "keras-tensorflow"

_START = """
import json, sys, time
import numpy as np
if sys.argv[1] == "glassworks":
    import glassworks as keras
else:
    import keras
def timed(work, repetitions):
    work()
    seconds = []
    for _ in range(repetitions):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        seconds.append((time.perf_counter() - wall, time.process_time() - cpu))
    print(json.dumps({"seconds": [wall for wall, _ in seconds], "cpu": [cpu for _, cpu in seconds]}))
"""

_AUGMENTATION = """
x = np.random.default_rng(0).uniform(0, 255, (64, 96, 96, 3)).astype("float32")
layers = keras.layers
steps = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1), layers.RandomContrast(0.2)]
def work():
    y = x
    for step in steps:
        y = step(y, training=True)
    return np.asarray(y)
timed(work, 15)
"""

_FOLDER = """
def work():
    size = int(sys.argv[3])
    dataset = keras.utils.image_dataset_from_directory(sys.argv[2], image_size=(size, size), verbose=False)
    assert sum(len(y) for _, y in dataset) == int(sys.argv[4])
timed(work, 3)
"""

_TEXT = """
import csv, gzip
with gzip.open(sys.argv[2], "rt", encoding="utf-8", newline="") as file:
    texts = [row["text"] for row in csv.DictReader(file)]
def work():
    layer = keras.layers.TextVectorization(max_tokens=20_000, output_sequence_length=200)
    layer.adapt(texts)
    return np.asarray(layer(texts[:2000]))
timed(work, 3)
"""


def in_turns(program: str, arguments: list[str], rounds: int) -> dict[str, Any]:
    """Seconds of Glassworks and of the peer, which are started one after the other in each round: medians of the wall and of the CPU time."""
    found: dict[str, dict[str, list[float]]] = {}
    skipped: dict[str, Any] = {}
    for _ in range(rounds):
        for who in (OURS, PEER):
            python = sys.executable if who == OURS else os.environ.get("GLASSWORKS_PEERS", sys.executable)
            result = run_child(["-c", _START + program, who, *arguments], environment(who), python)
            if "skipped" in result:
                skipped[who] = result["skipped"]
            for kind in ("seconds", "cpu"):
                found.setdefault(who, {}).setdefault(kind, []).extend(result.get(kind, []))
    medians = {f"{who}, {kind}": statistics.median(values) for who, kinds in found.items() for kind, values in kinds.items() if values}
    return {**medians, **skipped}


def augmentation(rounds: int = 3) -> dict[str, Any]:
    """64 images of 96x96x3 through four random layers that are called by themselves."""
    return in_turns(_AUGMENTATION, [], rounds)


def folder(rounds: int = 3) -> dict[str, Any]:
    """A pass over 10,000 JPEG files of 32x32, which are listed first."""
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(DATA / "cifar10_images.tar") as archive:
            archive.extractall(directory, filter="data")
        return in_turns(_FOLDER, [str(Path(directory, "cifar10", "train")), "32", "10000"], rounds)


def photographs(rounds: int = 3) -> dict[str, Any]:
    """A pass over 2,000 JPEG files of 96x96, enlarged from small ones, read as 96x96."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(DATA / "cifar10_images.tar") as archive:
            for member in archive.getmembers():
                packed = archive.extractfile(member)
                if packed is not None and "/test/" in member.name:  # folders have no content
                    path = Path(directory, Path(member.name).parent.name, Path(member.name).name)
                    path.parent.mkdir(exist_ok=True)
                    Image.open(packed).resize((96, 96), Image.Resampling.BICUBIC).save(path, quality=90)
        return in_turns(_FOLDER, [directory, "96", "2000"], rounds)


def text(rounds: int = 3) -> dict[str, Any]:
    """TextVectorization: adapt to 10,000 reviews, encode 2,000."""
    return in_turns(_TEXT, [str(DATA / "imdb_train.csv.gz")], rounds)


WORK = {"augmentation": augmentation, "folder": folder, "photographs": photographs, "text": text}


def table(name: str, found: dict[str, Any]) -> str:
    """The results of one workload."""
    lines = [f"{name}: {(WORK[name].__doc__ or '').strip()} Seconds, with the CPU time of all threads."]
    lines += [f"  {who:<30}{value if isinstance(value, str) else format(value, '9.3f')}" for who, value in found.items()]
    if f"{PEER}, seconds" in found and f"{OURS}, seconds" in found:
        ratios = [found[f"{PEER}, {kind}"] / found[f"{OURS}, {kind}"] for kind in ("seconds", "cpu")]
        lines.append(f"  {ratios[0]:.2f}x the speed of Keras on TensorFlow, {ratios[1]:.2f}x by CPU time")
    return "\n".join(lines)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or list(WORK):
        print(table(chosen, WORK[chosen]()), flush=True)
