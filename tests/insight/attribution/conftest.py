"""Both engines, for the tests of attribution."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from glassworks import config


@pytest.fixture(params=["reference", "auto"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    before = config.requested_engine()
    config.set_engine(request.param)
    yield request.param
    config.set_engine(before)
