"""A target for each reader: a function of bytes that raises `LoadError`, or nothing; and good files, from which the fuzzer starts."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from glassworks import models, saving
from glassworks.errors import LoadError
from glassworks.saving import bounded_json, checkpoint, hdf5, npz, safetensors
from glassworks.saving.archive import Archive
from tests.saving.hdf5.mutations import read_all
from tests.saving.hostile import archives, mutations

BUDGET = 64 << 20


def keras_archive(data: bytes) -> None:
    """The zip archive of a `.keras` file, and its config as JSON."""
    archive = Archive(io.BytesIO(data), "model.keras", BUDGET)
    for name in archive.names():
        archive.read(name, BUDGET)
    part, offset, size, checksum = archive.open("model.weights.h5", BUDGET)
    bounded_json.parse(archive.read("config.json", BUDGET), "model.keras", "config.json")
    hdf5.read(part, "model.keras", offset, size)
    checksum.check()


def hdf5_file(data: bytes) -> None:
    """An HDF5 file with all its arrays and attributes."""
    read_all(data)


def safetensors_file(data: bytes) -> None:
    """A safetensors file with all its tensors."""
    file = io.BytesIO(data)
    safetensors.metadata(file, "model.safetensors")
    for entry in safetensors.read(file, "model.safetensors", BUDGET).values():
        entry.read()


def npz_file(data: bytes) -> None:
    """An `.npz` or `.npy` file with all its arrays."""
    for entry in npz.read(io.BytesIO(data), "model.npz", BUDGET).values():
        entry.read()


def config(data: bytes) -> None:
    """The config of a model as JSON, and the model that is built from it."""
    models.model_from_json(data.decode("utf-8", "replace"))


def manifest(data: bytes) -> None:
    """The manifest of a checkpoint, behind its checksum."""
    checkpoint._parse(Path("run.json"), bounded_json.parse(data, "run.json", "manifest"))


_FOLDER = Path(tempfile.mkdtemp())


def legacy_file(data: bytes) -> None:
    """A whole model in an `.h5` file."""
    path = _FOLDER / "model.h5"
    path.write_bytes(data)
    saving.load_model(path)


TEXTS = ("config", "manifest")  # in JSON
in_structure = mutations.in_structure
# Name: the target, and the formats of `tests.saving.hostile.mutations` whose good files it starts from.
TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[str, ...]]] = {
    "keras_archive": (keras_archive, (".keras",)),
    "hdf5": (hdf5_file, (".weights.h5", ".h5", ".keras, weights with right checksums")),
    "safetensors": (safetensors_file, (".safetensors", "checkpoint, tensors")),
    "npz": (npz_file, (".npz", ".npy")),
    "config": (config, ("json",)),
    "manifest": (manifest, ("checkpoint, manifest with a right checksum",)),
    "legacy_h5": (legacy_file, (".h5",)),
}


def once(target: Callable[[bytes], None], data: bytes) -> None:
    """Run a target: `LoadError` is as good as success, everything else is a finding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(LoadError):
            target(data)


def write_corpus(name: str, folder: Path) -> None:
    """Write the good files of a target, and small parts of them that readers know."""
    folder.mkdir(parents=True, exist_ok=True)
    good = mutations.formats()
    for number, form in enumerate(TARGETS[name][1]):
        (folder / f"good_{number}").write_bytes(good[form].data)
    if name == "keras_archive":  # small ones, in which a fuzzer finds the fields of the headers
        member = archives.Member
        inner = archives.archive([member("config.json", b"{}"), member("model.weights.h5", b"\x89HDF")])
        (folder / "small").write_bytes(inner)
        (folder / "deflated").write_bytes(
            archives.archive([member("config.json", b"{}"), member("assets/x", bytes(99), zipfile.ZIP_DEFLATED)])
        )
        (folder / "nested").write_bytes(archives.archive([member("config.json", b"{}"), member("x", inner)]))
    if name == "config":
        for number, layer in enumerate(json.loads(good["json"].data)["config"]["layers"]):
            text = json.dumps({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer]}})
            (folder / f"layer_{number}").write_text(text)
