"""Names of tensors in files."""

from __future__ import annotations

import pytest

from glassworks.errors import LoadError
from glassworks.saving.tensors import MOST_NAME, check_name, writable_names

NAMES = ["a", "a", "a", "a_1", "../../etc", "/etc/passwd", "a\\b", "a\nb", "", "x" * 5000, "x" * 5000, "größe 1", "\ud800", "a\u202eb"]


def test_names_that_are_written_can_be_read_and_are_unique():
    written = writable_names(NAMES)
    for name in written:
        check_name("w", name)
        name.encode()
    assert len(set(written)) == len(NAMES)
    assert written[:4] == ["a", "a_1", "a_2", "a_1_1"]
    assert written[11] == "größe 1"


@pytest.mark.parametrize("name", [name for name in NAMES[4:] if name != "größe 1"] + [".", "a/../b", "a//b", "a" * (MOST_NAME + 1)])
def test_names_that_could_be_paths_are_refused(name):
    with pytest.raises(LoadError, match="not allowed"):
        check_name("w", name)
