"""Tests mirror the source: who changes a package finds its tests in the folder of the same name."""

from __future__ import annotations

from pathlib import Path

import pytest

import glassworks

SOURCE, TESTS = Path(glassworks.__file__).parent, Path(__file__).parent
# Package -> where it is tested instead.
ELSEWHERE = {"testing": "contracts/test_own_classes.py"}
# Folders that stand beside the packages, and what is in them.
BESIDE = {
    "benchmarks": "the harness in benchmarks/",
    "contracts": "what every class of a family promises, with the contract suites of `glassworks.testing`",
    "doctor": "programs with and without mistakes, on which the doctor is tried",
    "drawn": "drawn calls of losses, metrics, optimizers, layers and models, here and on real Keras",
    "examples": "the programs in examples/",
    "fuzz": "random models and op graphs on all engines and on Keras",
    "mistakes": "the register of wrong uses that tests/test_wrong_use.py runs",
    "refusals": "programs that are refused here or in Keras, and the tables that tests/test_refusals.py holds against both",
    "typing_samples": "programs that type checkers read",
}


def packages() -> set[str]:
    return {init.parent.name for init in SOURCE.glob("*/__init__.py")}


@pytest.mark.parametrize("name", sorted(packages()))
def test_a_package_has_a_folder_of_tests(name: str) -> None:
    if name in ELSEWHERE:
        assert name in (TESTS / ELSEWHERE[name]).read_text(encoding="utf-8")
    else:
        assert list((TESTS / name).rglob("test_*.py")), f"tests/{name}/ holds no tests"


def test_a_folder_of_tests_belongs_to_a_package_or_says_what_it_is_for() -> None:
    folders = {file.relative_to(TESTS).parts[0] for file in TESTS.glob("*/**/*.py")}
    assert folders - packages() == set(BESIDE)
    assert set(ELSEWHERE) <= packages()
