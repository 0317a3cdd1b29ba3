"""Files of all formats, damaged at random: only `LoadError`, or a load that has no other effect.

`python -m tests.saving.hostile.mutations 2000` damages each format 2,000 times, under the limits of `guard`, and prints what came of it.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glassworks import Sequential, layers, models, ops, saving
from glassworks.errors import GlassworksError, LoadError
from glassworks.saving import npz
from glassworks.saving.checkpoint import Checkpoints
from tests.saving.hostile import archives
from tests.saving.hostile.guard import limit_memory, within

Text = list[Any] | dict[str, Any]
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        3,
        2**31,
        10**9,
        10**18,
        10**30,
        -(10**9),
        0.5,
        1e308,
        "",
        "a",
        "relu",
        "Dense",
        "../x",
        "/etc/passwd",
        [],
        {},
    ),
    *([1], [None, 4], [10**9], {"class_name": "Dense", "config": {"units": 2}}, {"class_name": "__tuple__", "config": {"value": [1]}}),
)


class Format(NamedTuple):
    """A good file, how a damaged one is loaded, and whether checksums cover all that it says."""

    data: bytes
    load: Callable[[Path, bytes], list[np.ndarray]]
    has_checksums: bool = False
    is_text: bool = False


def example() -> Any:
    """A small model with several kinds of layers, calls and settings."""
    x = layers.Input((6, 4), name="x")
    y = layers.Conv1D(3, 2, padding="same", activation="relu", name="conv")(x)
    y = layers.LSTM(3, return_sequences=True, name="lstm")(y)
    y = layers.BatchNormalization(name="norm")(y)
    z = layers.Dense(3, kernel_regularizer="l2", name="dense")(y)
    y = ops.add(layers.Add(name="sum")([y, z]), 1.0)
    y = layers.Dropout(0.5, seed=1, name="drop")(layers.GlobalAveragePooling1D(name="mean")(y))
    inner = Sequential([layers.Input((3,)), layers.Dense(2, name="inner_dense")], name="inner")
    model = models.Model(x, inner(y), name="example")
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((4, 6, 4), "float32"), np.ones((4, 2), "float32"), verbose=0)
    return model


def formats() -> dict[str, Format]:
    """A good file of each format."""
    target = example()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for ending in (".keras", ".h5"):
            target.save(folder / f"m{ending}")
        for ending in (".weights.h5", ".safetensors", ".npz"):
            target.save_weights(folder / f"m{ending}")
        target.save_weights(folder / "s.weights.json", max_shard_size=2000 / 2**30)
        np.save(folder / "m.npy", np.ones((3, 2), "float32"))
        Checkpoints(folder / "run").write(
            {"epoch": 1, "list": [1.5, None]}, {str(i): weight for i, weight in enumerate(target.get_weights())}
        )
        read = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        run = {path.name: path.read_bytes() for path in (folder / "run").iterdir()}
    config = target.to_json().encode()
    weights = saving_parts(read["m.keras"])

    def weights_of(ending: str) -> Callable[[Path, bytes], list[np.ndarray]]:
        def load(folder: Path, data: bytes) -> list[np.ndarray]:
            path = folder / f"m{ending}"
            path.write_bytes(data)
            before = target.get_weights()
            try:
                saving.load_weights(target, path)
                return target.get_weights()
            except GlassworksError:
                assert equal(target.get_weights(), before), "a load that failed changed the model"
                raise
            finally:
                target.set_weights(before)

        return load

    def model_of(ending: str) -> Callable[[Path, bytes], list[np.ndarray]]:
        def load(folder: Path, data: bytes) -> list[np.ndarray]:
            path = folder / f"m{ending}"
            path.write_bytes(data)
            return saving.load_model(path).get_weights()

        return load

    def repacked(folder: Path, data: bytes) -> list[np.ndarray]:
        """The config in an archive whose checksums are right."""
        member = archives.Member
        file = archives.archive([member("config.json", data), member("model.weights.h5", weights["model.weights.h5"])])
        return model_of(".keras")(folder, file)

    def repacked_weights(folder: Path, data: bytes) -> list[np.ndarray]:
        member = archives.Member
        return model_of(".keras")(folder, archives.archive([member("config.json", config), member("model.weights.h5", data)]))

    def shards(folder: Path, data: bytes) -> list[np.ndarray]:
        for name, content in read.items():
            if name.startswith("s_"):
                (folder / name).write_bytes(content)
        return weights_of(".weights.json")(folder, data)

    def array(folder: Path, data: bytes) -> list[np.ndarray]:
        entries = npz.read(io.BytesIO(data), "m.npy")
        return [entry.read() for entry in entries.values()]

    def checkpoint(name: str) -> Callable[[Path, bytes], list[np.ndarray]]:
        def load(folder: Path, data: bytes) -> list[np.ndarray]:
            for other, content in run.items():
                (folder / other).write_bytes(data if other == name else content)
            found = Checkpoints(folder).load()
            if found is None:
                raise LoadError(folder, "", "no checkpoint")
            return list(found.tensors.values())

        return load

    def signed(folder: Path, data: bytes) -> list[np.ndarray]:
        """A manifest whose own checksum is right."""
        text = b'", ' + data[1:] + b"\n"
        manifest = b'{"sha256": "' + hashlib.sha256(text).hexdigest().encode() + text
        return checkpoint("glassworks-000001.json")(folder, manifest)

    manifest = json.loads(run["glassworks-000001.json"])
    del manifest["sha256"]
    return {
        ".keras": Format(read["m.keras"], model_of(".keras"), has_checksums=True),
        ".keras, weights alone": Format(read["m.keras"], weights_of(".keras"), has_checksums=True),
        ".keras, config with right checksums": Format(config, repacked, is_text=True),
        ".keras, weights with right checksums": Format(weights["model.weights.h5"], repacked_weights),
        ".h5": Format(read["m.h5"], model_of(".h5")),
        ".h5, weights alone": Format(read["m.h5"], weights_of(".h5")),
        ".weights.h5": Format(read["m.weights.h5"], weights_of(".weights.h5")),
        ".weights.json": Format(read["s.weights.json"], shards, is_text=True),
        ".safetensors": Format(read["m.safetensors"], weights_of(".safetensors")),
        ".npz": Format(read["m.npz"], weights_of(".npz")),
        ".npy": Format(read["m.npy"], array),
        "json": Format(config, lambda _folder, data: from_json(data), is_text=True),
        "config": Format(config, lambda _folder, data: from_object(data), is_text=True),
        "checkpoint, manifest": Format(run["glassworks-000001.json"], checkpoint("glassworks-000001.json"), has_checksums=True),
        "checkpoint, tensors": Format(
            run["glassworks-000001.safetensors"], checkpoint("glassworks-000001.safetensors"), has_checksums=True
        ),
        "checkpoint, manifest with a right checksum": Format(json.dumps(manifest).encode(), signed, is_text=True),
    }


def saving_parts(file: bytes) -> dict[str, bytes]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def from_json(data: bytes) -> list[np.ndarray]:
    models.model_from_json(data.decode("utf-8", "replace"))
    return []


def from_object(data: bytes) -> list[np.ndarray]:
    """A config that no reader of JSON has checked."""
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        raise LoadError("config", "", "no JSON") from None
    try:
        saving.deserialize_keras_object(config)
    except GlassworksError as error:
        raise LoadError("config", "", error.found) from error
    return []


def equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return len(first) == len(second) and all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))


# ---- damage


def damaged(file: Format, rng: random.Random) -> bytes:
    """A copy with one to three faults."""
    data = file.data
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = in_structure(data, rng) if file.is_text and rng.random() < 0.7 else in_bytes(data, rng)
    return data


def in_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bits flipped, bytes lost, added, moved, or made a large number."""
    copy, size = bytearray(data), len(data)
    if not size:
        return bytes([rng.randrange(256)])
    place, length = rng.randrange(size), rng.choice((1, 2, 4, 8, 16, 100))
    kind = rng.randrange(9)
    if kind <= 2:
        copy[place] ^= 1 << rng.randrange(8)
    elif kind == 3:
        del copy[place:]
    elif kind == 4:
        del copy[place : place + length]
    elif kind == 5:
        copy[place:place] = rng.randbytes(length)
    elif kind == 6:
        other = rng.randrange(size)
        copy[place : place + length] = data[other : other + length]
    elif kind == 7:
        copy[place : place + length] = rng.choice((b"\xff", b"\x7f", b"\0", b"\x80")) * length
    else:
        number = int.from_bytes(copy[place : place + 4], "little") + rng.choice((1, -1))
        copy[place : place + 4] = (number % 2**32).to_bytes(4, "little")
    return bytes(copy)


def in_structure(data: bytes, rng: random.Random) -> bytes:
    """JSON in which a value is another one, is missing, occurs twice, or stands elsewhere."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places = list(containers(value))
    if not places:
        return data
    holder = rng.choice(places)
    if not holder:
        return data
    key: Any = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
    kind = rng.randrange(5)
    if kind <= 1:
        holder[key] = rng.choice(VALUES)
    elif kind == 2:
        del holder[key]
    elif kind == 3:
        other = rng.choice(places)
        if other:
            holder[key] = json.loads(json.dumps(rng.choice(list(other.values()) if isinstance(other, dict) else other)))
    elif isinstance(holder, dict):
        holder[rng.choice(("name", "config", "class_name", "units", "shape", "dtype", "value", "x"))] = holder[key]
    else:
        holder.append(holder[key])
    return json.dumps(value).encode()


def containers(value: Any) -> Iterator[Text]:
    if isinstance(value, (dict, list)):
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from containers(child)


# ---- the campaign


def outcome(file: Format, data: bytes, expected: list[np.ndarray], folder: Path) -> str:
    """`LoadError`, `equal`, `loaded`; anything else is a fault of the library."""
    for old in folder.iterdir():
        old.unlink()
    try:
        with within(10), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = file.load(folder, data)
    except LoadError as error:
        cause: BaseException | None = error
        while cause is not None:
            if type(cause) is MemoryError:
                return "memory ran out before anything was refused"
            cause = cause.__cause__
        return "LoadError"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    if equal(found, expected):
        return "equal"
    return "another load in spite of checksums" if file.has_checksums else "loaded"


GOOD = ("LoadError", "equal", "loaded")


def campaign(file: Format, count: int, seed: int, folder: Path) -> tuple[Counter[str], dict[str, int]]:
    """How often each outcome came, and a seed for each that should not."""
    expected = file.load(folder, file.data)
    outcomes, faults = Counter[str](), {}
    for number in range(seed, seed + count):
        result = outcome(file, damaged(file, random.Random(number)), expected, folder)
        outcomes[result] += 1
        if result not in GOOD:
            faults.setdefault(result, number)
    return outcomes, faults


def main(count: str = "2000", seed: str = "0", only: str = "") -> None:
    good = formats()
    limit_memory()
    for name, file in good.items():
        if only in name:
            with tempfile.TemporaryDirectory() as folder:
                outcomes, faults = campaign(file, int(count), int(seed), Path(folder))
            print(f"{name}: {dict(outcomes)}", *(f"\n    seed {number}: {fault}" for fault, number in faults.items()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
