"""The arguments of layers with a vocabulary, and which of them go together."""

from __future__ import annotations

from typing import Any

from glassworks.arguments import Instance, Integer, OneOf, Optional
from glassworks.errors import ArgumentError

OUTPUT_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
ARGUMENTS = {
    "max_tokens": Optional(Integer(minimum=2)),
    "num_oov_indices": Integer(minimum=0),
    "output_mode": OneOf(*OUTPUT_MODES),
    "oov_method": OneOf("floormod", "farmhash"),
    "invert": Instance(bool, "True or False"),
    "pad_to_max_tokens": Instance(bool, "True or False"),
    "sparse": OneOf(False),
}


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


def checked_salt(salt: Any, where: str) -> list[int] | None:
    """A salt as two integers."""
    if salt is None:
        return None
    pair = [salt, salt] if not isinstance(salt, (list, tuple)) else list(salt)
    if len(pair) != 2 or any(isinstance(one, bool) or not isinstance(one, int) for one in pair):
        raise ArgumentError(f"salt={salt!r}", "salt to be an integer or a pair of integers", where=where)
    return pair
