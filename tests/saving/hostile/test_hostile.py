"""Hostile files, through every entry point that they can reach: `LoadError`, and no other file, import, code, process, socket or large memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glassworks import errors
from tests.saving.hostile.cases import GROUPS
from tests.saving.hostile.configs import KINDS

ROOT = Path(__file__).parents[3]
# What takes neither memory nor time before data comes, and then as much as the same layers in code.
HARMLESS = {
    "shared object of another type",
    "shared object with a huge number",
    "StringLookup: a path in a list",
    "layer name with ..",
    "layer name with /",
    "layer name with NUL",
    "Conv2D dilation 10^9, same",
    "Conv2D strides 10^9",
    "Conv1DTranspose dilation 10^9",
    "MaxPooling2D 10^9, same",
    "Attention over 10^6 steps, causal",
    "Hashing of 10^18 bins, one-hot",
    "HashedCrossing of 10^12 bins",
    "TextVectorization padded to 10^9",
    "TextVectorization of 10^9 n-grams",
    "GaussianNoise after 10^12",
    "Input of rank 10^5",
    "seed of 10^400",
    "3,000 layers in reverse order",
    "30,000 calls of one layer",
    "65,535 members that are not there",
    "npz: bomb: an array of nobody",
    "npz: member 'C:/x.npy'",
}
HARMLESS_OPS = ("op on a tensor: diag ", "op on a tensor: roll ", "op on a tensor: concatenate ")
# Weights alone do not need the parts that are wrong in these.
OF_OTHER_PARTS = (
    "without config.json",
    "config.json ",
    "bomb: config",
    "bomb: vocabulary",
    "bomb: many vocabularies",
    "vocabulary as a path",
)


def is_allowed(case: str, outcome: str) -> bool:
    name, entry = case.rsplit(" | ", 1)
    if outcome == "LoadError":
        return True
    if entry.endswith("[loads]"):
        return outcome == "loaded"
    if entry == "deserialize_keras_object" or "from_config" in entry:
        return outcome == "loaded" or issubclass(getattr(errors, outcome, object), errors.GlassworksError)
    is_other_part = entry == "load_weights" and name.startswith(OF_OTHER_PARTS)
    return outcome == "loaded" and (name in HARMLESS or name.startswith(HARMLESS_OPS) or is_other_part)


@pytest.mark.parametrize("group", GROUPS)
def test_a_hostile_file_is_refused_and_has_no_other_effect(group: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.saving.hostile.guard", group, str(tmp_path)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert run.returncode == 0, run.stderr[-3000:]
    outcomes = json.loads(run.stdout.splitlines()[-1])
    assert outcomes
    assert {case: outcome for case, outcome in outcomes.items() if not is_allowed(case, outcome)} == {}
    assert not Path("/tmp/owned").exists()


def test_there_are_hundreds_of_hostile_files() -> None:
    assert sum(len(list(KINDS[kind]())) for kind in ("gadgets", "slots", "paths", "sizes")) > 250


def test_a_number_in_a_layers_config_is_refused_or_harmless() -> None:
    command = [sys.executable, "-m", "tests.saving.hostile.layer_numbers", "0.03"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "fault" not in run.stdout
