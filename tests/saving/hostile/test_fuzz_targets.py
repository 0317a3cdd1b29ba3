"""The targets of `fuzz/` take their good files, and refuse damaged ones as the fuzzer expects."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fuzz import targets
from tests.saving.hostile.mutations import in_bytes


@pytest.mark.parametrize("name", targets.TARGETS)
def test_a_target_reads_its_good_files_and_refuses_damaged_ones(name: str, tmp_path: Path) -> None:
    target = targets.TARGETS[name][0]
    targets.write_corpus(name, tmp_path)
    rng = random.Random(0)
    for path in sorted(tmp_path.iterdir()):
        data = path.read_bytes()
        if path.name.startswith("good"):
            target(data)
        for _ in range(5):
            targets.once(target, in_bytes(data, rng))
