"""Reads the numbers of cards and tables back from their text, and computes the printed sums again."""

from __future__ import annotations

import re

import numpy as np

NUMBER = r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)"
ACTIVATIONS = {
    "relu": lambda z: max(z, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "gelu": None,
    "softmax": None,
}


def check_equations(card: object) -> int:
    """Evaluate each `... = total [-> activation -> result]` of a card's text; return how many there were."""
    count = 0
    for line in str(card).splitlines():
        match = re.search(rf"((?:\(?{NUMBER}\)?\*.*?)) = ({NUMBER})(?: -> (\w+) -> ({NUMBER}))?$", line.strip())
        if match is None or "query" in line or line.strip().startswith(("result", "m =", "v =", "rate", "step", "a =", "w_new", "softmax")):
            continue
        total = _evaluate(match[1])
        assert abs(total - float(match[2])) <= 3e-3 * max(_scale(match[1]), 1e-6), line
        activation = ACTIVATIONS.get(match[3]) if match[3] else None
        if activation is not None:
            assert abs(activation(float(match[2])) - float(match[4])) <= 2e-3 * max(abs(float(match[4])), 1e-3), line
        count += 1
    return count


def _terms(text: str) -> list[float]:
    text = re.sub(rf"\([\d,]+ more: ({NUMBER})\)", r"(\1)", text)
    terms = []
    for part in text.split(" + "):
        numbers = [float(number) for number in re.findall(NUMBER, part)]
        terms.append(float(np.prod(numbers)))
    return terms


def _evaluate(text: str) -> float:
    return sum(_terms(text))


def _scale(text: str) -> float:
    return sum(map(abs, _terms(text)))
