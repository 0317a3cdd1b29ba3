"""Markers by what a file imports and where it stands; the tour takes some cases of each test; costs by file; settings last for a test."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from glassworks import config, saving
from tests.costs import SHOWN, Costs
from tests.selection import TESTS, Selection, imports, markers, tour
from tests.settings import current, restore


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("losses/test_against_keras.py", {"keras"}),
        ("utils/test_feature_space.py", {"keras"}),  # by way of feature_space_rows.py
        ("losses/test_masks.py", set()),
        ("engine/native/test_kernels.py", {"native"}),
        ("training/test_native_training.py", {"native", "slow"}),
        ("examples/test_mnist_convnet.py", {"slow"}),
        ("fuzz/test_fuzz.py", {"keras", "native", "slow"}),
    ],
)
def test_a_file_has_the_markers_of_what_it_imports_and_where_it_stands(file: str, expected: set[str]) -> None:
    assert markers(TESTS / file) == expected


def test_imports_are_found_inside_functions_and_through_other_files_that_import_each_other(tmp_path: Path) -> None:
    file = tmp_path / "test_sample.py"
    file.write_text("import os.path\ndef f():\n    from jax import numpy, lax as l\nfrom tests.fuzz.case import (\n    Case,\n)\n")
    assert {"os.path", "jax", "jax.numpy", "jax.lax", "tests.fuzz.case"} <= imports(file)


def test_the_tour_takes_the_first_and_the_last_case() -> None:
    names = [*(f"test_a.py::test[{i}]" for i in range(9)), "test_a.py::single"]
    kept = tour([Mock(spec=pytest.Item, nodeid=name) for name in names])
    assert sorted(item.nodeid for item in kept) == ["test_a.py::single", *(f"test_a.py::test[{i}]" for i in (0, 8))]


def test_what_a_file_needs_and_is_not_installed_leaves_it_out() -> None:
    everything, quick = Selection(quick=False), Selection(quick=True)
    everything.missing, quick.missing = [], []
    keras_file, other = TESTS / "losses" / "test_against_keras.py", TESTS / "losses" / "test_masks.py"
    assert [everything.pytest_ignore_collect(file) for file in (keras_file, other)] == [None, None]
    assert [quick.pytest_ignore_collect(file) for file in (keras_file, other)] == [True, None]
    everything.missing = ["jax"]
    assert [everything.pytest_ignore_collect(file) for file in (keras_file, other)] == [True, None]


def test_the_slowest_files_and_the_memory_of_workers_are_printed(tmp_path: Path) -> None:
    costs, lines = Costs(), []
    for number in range(SHOWN + 1):
        for part in ("setup", "teardown", "teardown"):
            properties = [("cpu_seconds", number / 2)] if part == "teardown" else []
            costs.pytest_runtest_logreport(Mock(when=part, nodeid=f"tests/test_{number}.py::test", user_properties=properties))
    costs.pytest_testnodedown(SimpleNamespace(workeroutput={"costs": {"cpu": 90.0, "peak": 1234}}))
    costs.pytest_testnodedown(SimpleNamespace())
    costs.pytest_terminal_summary(Mock(section=lines.append, line=lines.append, config=Mock(rootpath=tmp_path)))
    assert lines[0] == "slowest 10 files, of 1.5 minutes of CPU time; at most 1,234 MB of memory"
    assert lines[1].split() == ["10.0", "s", "tests/test_10.py"] and len(lines) == SHOWN + 1
    assert len((tmp_path / ".pytest_cache" / "costs.txt").read_text().splitlines()) == SHOWN + 1


def test_settings_that_a_test_changed_are_restored() -> None:
    saving.register_keras_serializable("selection")(markers)
    before = current()
    saving.get_custom_objects().clear()
    config.set_engine("reference")
    config.set_floatx("float64")
    config.set_max_epochs(3)
    config.disable_flash_attention()
    config.disable_traceback_filtering()
    assert current() != before
    restore(before)
    assert current() == before
    assert saving.get_custom_objects().pop("selection>markers") is markers


@pytest.mark.parametrize("attempt", range(2))
def test_a_change_by_one_test_does_not_reach_the_next(attempt: int) -> None:
    assert config.image_data_format() == "channels_last"
    config.set_image_data_format("channels_first")
