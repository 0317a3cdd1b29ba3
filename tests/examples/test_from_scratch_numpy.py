"""The from-scratch NumPy network and the same network in Glassworks."""

from __future__ import annotations

from examples import from_scratch_numpy


def test_numpy_and_glassworks_agree_after_100_steps() -> None:
    assert from_scratch_numpy.compare(100) < 1e-5
