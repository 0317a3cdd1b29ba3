"""Rows of the op specification table: connectionist temporal classification, by adding up all ways to read a sequence."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tests.ops.rows import Row, normal

TARGET, COUNTS, STEPS = np.array([[1, 2], [2, 2], [1, 0]]), np.array([2, 2, 1]), np.array([4, 5, 3])


def log_softmax(x: np.ndarray) -> np.ndarray:
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def read(path: tuple[int, ...]) -> tuple[int, ...]:
    """A class per step, without repeats and then without blanks."""
    merged = [k for i, k in enumerate(path) if i == 0 or k != path[i - 1]]
    return tuple(k for k in merged if k != 0)


def chances(x: np.ndarray) -> dict[tuple[int, ...], float]:
    """The chance of each sequence of labels, over all paths."""
    found: dict[tuple[int, ...], float] = {}
    for path in product(range(x.shape[1]), repeat=x.shape[0]):
        chance = float(np.exp(sum(x[t, k] for t, k in enumerate(path))))
        found[read(path)] = found.get(read(path), 0.0) + chance
    return found


def loss(x: np.ndarray) -> np.ndarray:
    log_chances = log_softmax(x)
    return np.array([-np.log(chances(log_chances[b, : STEPS[b]])[tuple(TARGET[b, : COUNTS[b]])]) for b in range(len(x))])


def likeliest(x: np.ndarray) -> np.ndarray:
    """Log chances of the two likeliest sequences."""
    return np.stack([np.sort(np.log(list(chances(log_softmax(one)).values())))[:-3:-1] for one in x])


def call_loss(op: Any, x: Any) -> Any:
    return op(TARGET, x, COUNTS, STEPS)


ROWS: list[Row] = [
    Row("ctc_loss", loss, [(normal(3, 5, 3),), (normal(3, 6, 3),)], call=call_loss),
    Row("ctc_decode", likeliest, [(normal(2, 4, 3),)], call=lambda op, x: op(x, [4, 4], "beam_search", top_paths=2)[1], gradient=False),
    Row(
        "ctc_decode",
        lambda x: -x.max(axis=-1).sum(axis=-1, keepdims=True),
        [(normal(2, 4, 3),)],
        call=lambda op, x: op(x, [4, 4])[1],
        gradient=False,
    ),
]
SCORES = np.zeros((2, 3, 4), "float32")
WRONG: list[tuple[str, Any, list[str]]] = [
    ("ctc_loss", lambda op: op([[1]], SCORES, [1], [3]), ["2 sequences", "(2, n)"]),
    ("ctc_loss", lambda op: op([[1], [1]], SCORES[0], [1, 1], [3, 3]), ["(3, 4)", "(batch, steps, classes)"]),
    ("ctc_loss", lambda op: op([[1], [1]], SCORES, [1, 1], [3, 3], mask_index=4), ["mask_index=4", "0 to 3"]),
    ("ctc_decode", lambda op: op(SCORES, [3, 3], strategy="best"), ["'greedy' or 'beam_search'"]),
    ("ctc_decode", lambda op: op(SCORES, [3, 3], strategy="beam_search", beam_width=2, top_paths=3), ["top_paths no larger"]),
]
