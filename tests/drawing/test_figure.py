"""Figures without global state."""

from __future__ import annotations

import builtins
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from glassworks.display.colours import colour
from glassworks.drawing.figure import diverging, finished, new_figure
from glassworks.errors import GlassworksError


def test_a_figure_is_saved_in_the_format_of_its_ending(tmp_path: Path) -> None:
    figure, axes = new_figure(2, 2)
    assert len(axes) == 4
    finished(figure, tmp_path / "picture.png")
    finished(figure, tmp_path / "picture.svg")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "picture.svg").read_bytes()
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


@pytest.mark.parametrize("value", np.linspace(-1, 1, 9))
def test_pictures_and_pages_have_one_scale(value: float) -> None:
    drawn = [int(to_hex(diverging()((value + 1) / 2))[i : i + 2], 16) for i in (1, 3, 5)]
    written = [int(colour(value)[i : i + 2], 16) for i in (1, 3, 5)]
    # A colormap has 256 steps.
    assert math.dist(drawn, written) <= 4


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(GlassworksError, match=r"\[plot\]"):
        new_figure()
