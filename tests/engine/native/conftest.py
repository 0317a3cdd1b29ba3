"""The tests of this folder need the compiled core; afterwards it is as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from glassworks.engine.native.core import native as core
from tests.engine.native.helpers import NEEDS_NATIVE, available, on_instruction_sets


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    if not available():
        pytest.skip(NEEDS_NATIVE)
    isa, threads = core.isa(), core.threads()
    yield
    core.choose_isa(isa)
    if core.threads() != threads:
        core.set_threads(threads)


@pytest.fixture(params=on_instruction_sets())
def isa(request: pytest.FixtureRequest) -> str:
    """Each instruction set that this CPU can run, forced."""
    assert core.choose_isa(request.param)
    return request.param
