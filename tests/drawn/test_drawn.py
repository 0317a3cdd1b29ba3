"""Drawn calls answer as on real Keras: values, gradients, dtypes, configs, and which calls are refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drawn.check import Checker
from tests.drawn.exceptions import ALLOWED
from tests.drawn.families import FAMILIES

# A slice of the campaign of `python -m tests.drawn`, which is for thousands. Models run on JAX, which compiles, and cost most.
CASES = {"losses": 130, "metrics": 110, "optimizers": 50, "parts": 120, "layers": 60, "models": 5}
FIRST_SEED = 10_000


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker() as opened:
        yield opened


@pytest.mark.parametrize("family", FAMILIES)
def test_drawn_cases_answer_as_on_keras(family: str, checker: Checker) -> None:
    different = []
    for seed in range(FIRST_SEED, FIRST_SEED + CASES[family]):
        case = FAMILIES[family](seed)
        result = checker.check(case)
        if result.kind == "differs":
            different.append(f"{case}\n" + "\n".join(f"-> {line}" for line in result.lines))
    assert not different, "\n\n".join(different)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_gives_the_same_case_again(family: str) -> None:
    assert str(FAMILIES[family](3)) == str(FAMILIES[family](3))
    assert str(FAMILIES[family](3)) != str(FAMILIES[family](4))


def test_exceptions_have_reasons() -> None:
    for entry in ALLOWED:
        assert entry.reason.endswith(".") and set(entry.family.split("|")) <= set(FAMILIES)
