"""The arguments of layers with a vocabulary, and which of them go together."""

from __future__ import annotations

from typing import Any

from glassworks.arguments import Argument, OneOf
from glassworks.errors import ArgumentError

_OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


class OutputMode(OneOf[str]):
    """The output mode of categories: one of a few names, or their older names in Keras."""

    def allows(self, value: object) -> bool:
        return super().allows(_OLD_MODES.get(value, value) if isinstance(value, str) else value)

    def convert(self, value: str) -> str:
        """The name of today."""
        return _OLD_MODES.get(value, value)


class Salt(Argument[list[int] | None]):
    """One or two integers, kept as two; or None."""

    def allows(self, value: object) -> bool:
        given = value if isinstance(value, (list, tuple)) and len(value) == 2 else [value]
        return value is None or all(isinstance(one, int) and not isinstance(one, bool) for one in given)

    def convert(self, value: Any) -> list[int] | None:
        return value if value is None else list(value) if isinstance(value, (list, tuple)) else [value, value]

    def near(self) -> list[object]:
        """Another number of integers."""
        return [(1, 2, 3)]

    def __str__(self) -> str:
        return "an integer or a pair of integers"


def check_together(what: str, max_tokens: Any, pad: bool, invert: bool, output_mode: str, vocabulary: Any, idf_weights: Any) -> None:
    """Arguments that need or exclude one another."""
    problems = (
        (pad and max_tokens is None, "pad_to_max_tokens=True without max_tokens", "both", "pass max_tokens=..."),
        (invert and output_mode != "int", f"invert=True with output_mode={output_mode!r}", "output_mode='int'", ""),
        (
            idf_weights is not None and output_mode != "tf_idf",
            f"idf_weights with output_mode={output_mode!r}",
            "output_mode='tf_idf'",
            "leave idf_weights out",
        ),
        (
            output_mode == "tf_idf" and vocabulary is not None and idf_weights is None,
            "a vocabulary with output_mode='tf_idf' but no idf_weights",
            "idf_weights, one per token of the vocabulary",
            "or learn both with adapt(data)",
        ),
    )
    for wrong, found, expected, fix in problems:
        if wrong:
            raise ArgumentError(found, expected, fix, where=what)
