"""Damaged files are refused, or load without any other effect: a slice of the campaign in `mutations`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.saving.hostile import mutations

NAMES = (
    *(".keras", ".keras, weights alone", ".keras, config with right checksums", ".keras, weights with right checksums"),
    *(".h5", ".h5, weights alone", ".weights.h5", ".weights.json", ".safetensors", ".npz", ".npy", "json", "config"),
    *("checkpoint, manifest", "checkpoint, tensors", "checkpoint, manifest with a right checksum"),
)


@pytest.fixture(scope="module")
def formats() -> dict[str, mutations.Format]:
    return mutations.formats()


def test_the_slices_cover_all_formats(formats: dict[str, mutations.Format]) -> None:
    assert set(NAMES) == formats.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_or_harmless(name: str, formats: dict[str, mutations.Format], tmp_path: Path) -> None:
    _, faults = mutations.campaign(formats[name], 40, seed=0, folder=tmp_path)
    assert faults == {}


@pytest.mark.parametrize("name", [".keras", "checkpoint, manifest", "checkpoint, tensors"])
def test_a_flipped_bit_or_a_lost_end_is_detected_or_says_nothing(name: str, formats: dict[str, mutations.Format], tmp_path: Path) -> None:
    file, rng = formats[name], random.Random(0)
    expected = file.load(tmp_path, file.data)
    outcomes = set()
    for place in rng.sample(range(8 * len(file.data)), 150):
        flipped = bytearray(file.data)
        flipped[place // 8] ^= 1 << place % 8
        outcomes.add(mutations.outcome(file, bytes(flipped), expected, tmp_path))
    # Dates and other fields of an archive that have no meaning here are the only bits that may change.
    assert outcomes <= ({"LoadError", "equal"} if name == ".keras" else {"LoadError"})
    for size in rng.sample(range(len(file.data)), 40):
        assert mutations.outcome(file, file.data[:size], expected, tmp_path) == "LoadError"
