"""How outputs of our layers are compared with those of Keras."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from glassworks import tree


def assert_close(ours: Any, theirs: Any, **tolerance: float) -> None:
    """The same numbers in the same order, of nested outputs too."""
    ours, theirs = tree.flatten(ours), jax.tree_util.tree_leaves(theirs)
    assert len(ours) == len(theirs)
    for output, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(output, expected, **tolerance)
