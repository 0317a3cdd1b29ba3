"""All hostile files, each with the entry points that it can reach, as functions without arguments, by group and name."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import glassworks
from glassworks import Sequential, layers, models, registry, saving
from glassworks.saving.checkpoint import Checkpoints
from glassworks.saving.hdf5 import Tree
from glassworks.saving.hdf5 import write as write_hdf5
from glassworks.saving.keras_file import config_of
from glassworks.saving.keras_file import write as write_keras_file
from glassworks.saving.weights import tree_of
from tests.saving.hostile import archives, arrays, configs

Call = Callable[[], object]
Cases = Iterator[tuple[str, Call]]
numbers = itertools.count()
# Small configs that are refused only after much work.
LONG = {"models within models, each called 20 times"}


def model() -> Sequential:
    return Sequential([layers.Input((4,)), layers.Dense(2, name="dense")])


def good_file() -> bytes:
    file = io.BytesIO()
    config = config_of(model())
    write_keras_file(model(), config, file)
    return file.getvalue()


def no_weights() -> bytes:
    file = io.BytesIO()
    write_hdf5(file, Tree())
    return file.getvalue()


def written(folder: Path, ending: str, data: bytes) -> Path:
    """A file of a new folder, so that nothing else lies beside it."""
    place = folder / f"{next(numbers):05}"
    place.mkdir()
    path = place / f"model{ending}"
    path.write_bytes(data)
    return path


def keras_file(folder: Path, config: bytes) -> Path:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", b'{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", no_weights())
    return written(folder, ".keras", file.getvalue())


def keras_folder(folder: Path, config: bytes) -> Path:
    place = written(folder, ".txt", b"").parent / "model"
    place.mkdir()
    for name, data in {"metadata.json": b"{}", "config.json": config, "model.weights.h5": no_weights()}.items():
        (place / name).write_bytes(data)
    return place


def legacy_file(folder: Path, config: str) -> Path:
    file = io.BytesIO()
    names = {"layer_names": np.zeros(0)}
    attributes = {"keras_version": "3.15.1", "backend": "tensorflow", "model_config": config}
    write_hdf5(file, Tree({"model_weights": Tree({"top_level_model_weights": Tree()}, names)}, attributes))
    return written(folder, ".h5", file.getvalue())


def of_config(folder: Path, name: str, config: Any, briefly: bool) -> Cases:
    """A config in the place of a model's. Briefly: by two entry points alone, where it takes long."""
    text = json.dumps(config)
    file = keras_file(folder, text.encode())
    yield f"{name} | load_model", lambda: saving.load_model(file)
    yield f"{name} | deserialize_keras_object", lambda: saving.deserialize_keras_object(config)
    if briefly:
        return
    yield f"{name} | load_model(safe_mode=False)", lambda: saving.load_model(file, safe_mode=False)
    path = keras_folder(folder, text.encode())
    yield f"{name} | load_model of a folder", lambda: saving.load_model(path)
    yield f"{name} | model_from_json", lambda: models.model_from_json(text)
    older = legacy_file(folder, text)
    yield f"{name} | load_model of .h5", lambda: saving.load_model(older)
    cls = registry.registry("layers").objects.get(config.get("class_name")) if isinstance(config, dict) and "config" in config else None
    if cls is not None:
        yield f"{name} | {cls.__name__}.from_config", lambda: cls.from_config(config["config"])


def of_kind(kind: str) -> Callable[[Path], Cases]:
    def cases(folder: Path) -> Cases:
        for name, config in configs.KINDS[kind]():
            yield from of_config(folder, name, config, briefly=len(str(config)) > 100_000 or name in LONG)

    return cases


class Opens:
    """A class of the caller's that is not a layer and does harm when it is made."""

    def __init__(self, path: str = "/tmp/owned") -> None:
        open(path, "w").close()


class OwnLayer(layers.Layer):
    """A layer of the caller's."""

    def call(self, inputs: Any) -> Any:
        return inputs


def own_classes(folder: Path) -> Cases:
    own = {"Opens": Opens, "OwnLayer": OwnLayer, "opens": Opens.__init__}
    part, sequential, function = configs.part, configs.sequential, configs.function
    for name, config in {
        "own class that is not a layer": sequential(part("Opens", "mine", "Opens")),
        "own class as optimizer": sequential(part("Dense", units=2), compile_config={"optimizer": part("Opens", "mine", "Opens")}),
        "own layer as optimizer": sequential(part("Dense", units=2), compile_config={"optimizer": part("OwnLayer", "mine", "OwnLayer")}),
        "own layer as initializer": sequential(part("Dense", units=2, kernel_initializer=part("OwnLayer", "mine", "OwnLayer"))),
        "own layer as loss": sequential(part("Dense", units=2), compile_config={"loss": part("OwnLayer", "mine", "OwnLayer")}),
        "own function as layer": sequential(function("opens", "mine", "opens")),
        "own function as an op": configs.functional(configs.wired(function("opens", "mine"), configs.node(configs.tensor("x")), name="o")),
        "own class as wrapped layer": sequential(part("TimeDistributed", layer=part("Opens", "mine", "Opens")), shape=(3, 4)),
        "own class as cell": sequential(part("RNN", cell=part("Opens", "mine", "Opens")), shape=(3, 4)),
        "own class as the model": part("Opens", "mine", "Opens"),
        "own layer by a name of the library": sequential(part("Dense", "keras.layers", "OwnLayer>Dense", units=2)),
    }.items():
        text = json.dumps(config)
        file = keras_file(folder, text.encode())
        yield f"{name} | load_model", lambda file=file: saving.load_model(file, custom_objects=own)
        yield f"{name} | model_from_json", lambda text=text: models.model_from_json(text, custom_objects=own)


def of_texts(folder: Path) -> Cases:
    for name, text in archives.texts():
        file = keras_file(folder, text)
        yield f"{name} | load_model", lambda file=file: saving.load_model(file)
        if len(text) > 1_000_000:
            continue
        path = keras_folder(folder, text)
        yield f"{name} | load_model of a folder", lambda path=path: saving.load_model(path)
        yield f"{name} | model_from_json", lambda text=text: models.model_from_json(text.decode("utf-8", "surrogateescape"))
        index = written(folder, ".weights.json", text)
        yield f"{name} | load_weights of shards", loads(index)
        header = written(folder, ".safetensors", arrays.tensors(text, b""))
        yield f"{name} | load_weights of safetensors", loads(header)


def of_archives(folder: Path) -> Cases:
    for name, data in archives.archives(good_file()):
        file = written(folder, ".keras", data)
        yield f"{name} | load_model", lambda file=file: saving.load_model(file)
        yield f"{name} | load_weights", loads(file)
        yield f"{name} | load_weights of npz", loads(written(folder, ".npz", data))


class ChangedError(AssertionError):
    """A load that failed has changed the model."""


def loads(path: Path) -> Call:
    """Load weights into a model; if that fails, its weights must be what they were."""
    target = model()
    before = [weight.tobytes() for weight in target.get_weights()]

    def call() -> None:
        try:
            saving.load_weights(target, path)
        except Exception:
            if [weight.tobytes() for weight in target.get_weights()] != before:
                raise ChangedError("the model has changed") from None
            raise

    return call


def of_arrays(folder: Path) -> Cases:
    for kind, files, ending in (
        ("safetensors", arrays.safetensors, ".safetensors"),
        ("npy", arrays.npy, ".npz"),
        ("npz", arrays.npz, ".npz"),
        ("hdf5", arrays.hdf5, ".weights.h5"),
    ):
        for name, data in files():
            yield f"{kind}: {name} | load_weights", loads(written(folder, ending, data))
    config = config_of(model())
    for name, data in arrays.hdf5():
        file = written(
            folder, ".keras", archives.archive([archives.Member("config.json", config), archives.Member("model.weights.h5", data)])
        )
        yield f"hdf5: {name} | load_model", lambda file=file: saving.load_model(file)
        yield f"hdf5: {name} | load_weights of keras", loads(file)


def of_folders(folder: Path) -> Cases:
    """Indexes of shards and checkpoints that lead elsewhere."""
    shard = io.BytesIO()
    write_hdf5(shard, tree_of(model()))
    outside = written(folder, "_00000.weights.h5", shard.getvalue())
    for value in (
        "../x.weights.h5", str(outside), "/etc/passwd", "a/b.weights.h5", "..\\x.weights.h5", "C:\\x.weights.h5", "x.weights.h5\0", "", ".", "..",
        ".weights.h5", "missing.weights.h5", "link.weights.h5", "folder.weights.h5", "pipe.weights.h5", "n" * 10**6 + ".weights.h5", 7, None, ["../x.weights.h5"],
        [[["a"]]], {"a": 1}, ["good.weights.h5"] * 10**6, "model.weights.json", "http://127.0.0.1/x.weights.h5",
    ):  # fmt: skip
        index = written(
            folder, ".weights.json", json.dumps({"metadata": {"total_size": 40}, "weight_map": {"/layers/dense/vars": value}}).encode()
        )
        (index.parent / "good.weights.h5").write_bytes(no_weights())
        (index.parent / "link.weights.h5").symlink_to("/etc/passwd")
        (index.parent / "folder.weights.h5").mkdir()
        glassworks_fifo(index.parent / "pipe.weights.h5")
        yield f"shards: {str(value)[:40]} | load_weights", loads(index)
    for text in ({}, {"weight_map": []}, {"weight_map": {}}, [], {"weight_map": {"/vars": "x"}}):
        yield f"shards: {text} | load_weights", loads(written(folder, ".weights.json", json.dumps(text).encode()))
    for ending in (".keras", ".weights.h5", ".safetensors", ".npz", ".weights.json"):
        place = written(folder, ".txt", b"").parent
        (place / f"link{ending}").symlink_to("/dev/zero")
        (place / f"folder{ending}").mkdir()
        yield f"a folder | load_weights of {ending}", loads(place / f"folder{ending}")
        yield f"a missing file | load_weights of {ending}", loads(place / f"missing{ending}")
    yield from of_checkpoints(folder)


def glassworks_fifo(path: Path) -> None:
    import os

    os.mkfifo(path)


def of_checkpoints(folder: Path) -> Cases:
    """Checkpoints whose manifest was changed by somebody who also knows how to compute its checksum."""
    import hashlib

    def manifest(change: Callable[[dict[str, Any]], None]) -> Path:
        place = written(folder, ".txt", b"").parent / "run"
        Checkpoints(place).write({"epoch": 1}, {"dense/kernel": np.ones((4, 2), "float32")})
        path = place / "glassworks-000001.json"
        content = json.loads(path.read_bytes())
        del content["sha256"]
        change(content)
        text = b'", ' + json.dumps(content).encode()[1:] + b"\n"
        path.write_bytes(b'{"sha256": "' + hashlib.sha256(text).hexdigest().encode() + text)
        return place

    def tensor(**changes: Any) -> Callable[[dict[str, Any]], None]:
        return lambda content: content["tensors"][0].update(changes)

    def top(**changes: Any) -> Callable[[dict[str, Any]], None]:
        return lambda content: content.update(changes)

    changes = {
        **{f"name {name[:20]!r}": tensor(name=name) for name in ("../owned", "/owned", "a\0", "", "n" * 10**5)},
        **{f"dtype {dtype}": tensor(dtype=dtype) for dtype in ("object", "O", "str", 7, None)},
        **{
            f"shape {str(shape)[:20]}": tensor(shape=shape)
            for shape in ([10**12], [-1], [2**63, 2], [1] * 10**4, "ab", [True, 8], [10**400])
        },
        **{f"crc {crc}": tensor(crc32=crc) for crc in (0, -1, "0", None, 10**400)},
        **{f"size {size}": top(size=size) for size in (0, -1, 10**18, "1", None, 10**400)},
        **{f"sha {str(sha)[:8]}": top(file_sha256=sha) for sha in ("0" * 64, "", 7, None)},
        "document: a list": top(document=[1]),
        "tensors: a dict": top(tensors={"a": 1}),
        "tensors: of texts": top(tensors=["a"]),
        "tensors: twice": lambda content: content["tensors"].append(content["tensors"][0]),
        "finite: a text": top(finite="yes"),
        "format: another": top(format="glassworks checkpoint 9"),
        "format: none": lambda content: content.pop("format"),
    }

    def load(place: Path) -> Call:
        def call() -> None:
            if Checkpoints(place).load() is None:
                raise glassworks.errors.LoadError(place, "", "no checkpoint that can be used")

        return call

    for name, change in changes.items():
        yield f"checkpoint: {name} | load", load(manifest(change))
    for name, target in (("a link", "/etc/passwd"), ("a device", "/dev/zero")):
        place = manifest(lambda content: None)
        for ending in ("json", "safetensors"):
            path = place / f"glassworks-000001.{ending}"
            path.unlink()
            path.symlink_to(target)
        yield f"checkpoint: {name} | load", load(place)


def clones(folder: Path) -> Cases:
    """Copies of live models run no code of their configs."""
    live = Sequential([layers.Input((4,)), layers.Lambda(lambda x: x * 2, name="double")])
    config = live.get_config()
    text = json.loads(json.dumps(config))
    yield "a live Lambda | clone_model [loads]", lambda: models.clone_model(live)
    yield "a live Lambda | Sequential.from_config [loads]", lambda: Sequential.from_config(config)
    yield "the config of a Lambda as JSON | Sequential.from_config", lambda: Sequential.from_config(text)
    yield "the config of a Lambda as JSON | Lambda.from_config", lambda: layers.Lambda.from_config(text["layers"][1]["config"])
    yield "the same, safe_mode=False | Lambda.from_config", lambda: layers.Lambda.from_config(text["layers"][1]["config"], safe_mode=False)
    yield "the same, safe_mode=None | Lambda.from_config", lambda: layers.Lambda.from_config(text["layers"][1]["config"], safe_mode=None)


GROUPS: dict[str, Callable[[Path], Cases]] = {
    **{kind: of_kind(kind) for kind in configs.KINDS},
    "own classes": own_classes,
    "texts": of_texts,
    "archives": of_archives,
    "arrays": of_arrays,
    "folders": of_folders,
    "clones": clones,
}


def warm_up(folder: Path) -> None:
    """Load good files of all formats, so that nothing is imported for the first time while a hostile one is read."""
    target = model()
    target.compile("adam", "mse", metrics=["mae"])
    place = written(folder, ".txt", b"").parent
    for ending in (".keras", ".weights.h5", ".safetensors", ".npz"):
        target.save(place / f"m{ending}") if ending == ".keras" else target.save_weights(place / f"m{ending}")
        target.load_weights(place / f"m{ending}")
    saving.load_model(place / "m.keras")
    target.save_weights(place / "s.weights.json", max_shard_size=1.0)
    target.load_weights(place / "s.weights.json")
    models.clone_model(models.model_from_json(target.to_json()))
    x = layers.Input((4,))
    functional = models.Model(x, glassworks.ops.relu(layers.Dense(2)(x)))
    models.clone_model(models.model_from_json(functional.to_json()))
    Checkpoints(place / "run").write({}, {"a": np.ones(3)})
    Checkpoints(place / "run").load()
