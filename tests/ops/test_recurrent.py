"""Sequences through LSTM and GRU in one primitive: values, gradients to second order, masks, both directions, traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine import compile_graph
from glassworks.errors import GlassworksError
from glassworks.graph import GradientTape, KerasTensor, Spec, as_array, check, gradients, trace
from glassworks.ops.nn.recurrent import gru_sequence, lstm_sequence
from glassworks.testing import check_gradients

RNG = np.random.default_rng(5)
B, T, U = 3, 4, 2
MASK = np.array([[True, True, False, True], [False, True, True, False], [True, True, True, True]])
LSTM = [RNG.normal(size=s) for s in ((B, T, 4 * U), (U, 4 * U), (B, U), (B, U))]
GRU = [RNG.normal(size=s) for s in ((B, T, 3 * U), (U, 3 * U), (3 * U,), (B, U))]
OPTIONS = [
    pytest.param(mask, reverse, id=f"{'backward' if reverse else 'forward'}-{name}")
    for reverse in (False, True)
    for mask, name in ((None, "whole"), (MASK, "masked"))
]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm(gates: Any, kernel: Any, hidden: Any, cell: Any, mask: Any, reverse: bool) -> tuple:
    """Sample by sample and step by step."""
    hiddens, cells = np.zeros((B, T, U)), np.zeros((B, T, U))
    for n in range(B):
        h, c = hidden[n], cell[n]
        for t in range(T)[::-1] if reverse else range(T):
            if mask is None or mask[n, t]:
                i, f, g, o = np.split(gates[n, t] + h @ kernel, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            hiddens[n, t], cells[n, t] = h, c
    return hiddens, cells


def gru(gates: Any, kernel: Any, bias: Any, hidden: Any, mask: Any, reverse: bool) -> tuple:
    hiddens = np.zeros((B, T, U))
    for n in range(B):
        h = hidden[n]
        for t in range(T)[::-1] if reverse else range(T):
            if mask is None or mask[n, t]:
                (z, r, g), (sz, sr, sg) = np.split(gates[n, t], 3), np.split(h @ kernel + bias, 3)
                z = sigmoid(z + sz)
                h = z * h + (1 - z) * np.tanh(g + sigmoid(r + sr) * sg)
            hiddens[n, t] = h
    return (hiddens,)


def both(op: Any, *points: Any, **options: Any) -> Any:
    """All outputs as one array."""
    found = op(*points, **options)
    return ops.concatenate(found, axis=-1) if isinstance(found, tuple) else found


CELLS = [pytest.param(lstm_sequence, lstm, LSTM, id="lstm"), pytest.param(gru_sequence, gru, GRU, id="gru")]


@pytest.mark.parametrize(("mask", "reverse"), OPTIONS)
@pytest.mark.parametrize(("op", "reference", "points"), CELLS)
def test_states_are_those_of_single_steps(op: Any, reference: Any, points: list, mask: Any, reverse: bool) -> None:
    expected = np.concatenate(reference(*points, mask, reverse), axis=-1)
    np.testing.assert_allclose(both(op, *points, mask=mask, reverse=reverse), expected, rtol=1e-12)


@pytest.mark.parametrize(("mask", "reverse"), OPTIONS)
@pytest.mark.parametrize(("op", "reference", "points"), CELLS)
def test_gradients_are_central_differences_to_second_order(op: Any, reference: Any, points: list, mask: Any, reverse: bool) -> None:
    check_gradients(lambda *p: both(op, *p, mask=mask, reverse=reverse), *points)


@pytest.mark.parametrize(("mask", "reverse"), OPTIONS)
@pytest.mark.parametrize(("op", "reference", "points"), CELLS)
def test_a_trace_with_its_gradients_gives_the_same_numbers(op: Any, reference: Any, points: list, mask: Any, reverse: bool) -> None:
    def step(*values: Any) -> list:
        states = both(op, *values[:4], mask=values[4] if len(values) > 4 else None, reverse=reverse)
        return [states, *gradients([states], values[:4])]

    arrays = [*points, *([] if mask is None else [mask])]
    graph = trace(step, *(Spec(a.shape, a.dtype.name) for a in arrays))
    check(graph, "engine")
    watched = [as_array(a) for a in points]
    with GradientTape() as tape:
        tape.watch(watched)
        states = both(op, *watched, mask=mask, reverse=reverse)
    expected = [states, *tape.gradient(states, watched)]
    for found, wanted in zip(compile_graph(graph)(*arrays), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("op", "reference", "points"), CELLS)
def test_numbers_of_masked_steps_do_not_matter(op: Any, reference: Any, points: list) -> None:
    spoilt = [np.where(MASK[..., None], points[0], np.nan), *points[1:]]
    results = []
    for arrays in (points, spoilt):
        watched = [as_array(a) for a in arrays]
        with GradientTape() as tape:
            tape.watch(watched)
            states = both(op, *watched, mask=MASK)
        results.append([states, *tape.gradient(states, watched)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("op", "reference", "points"), CELLS)
def test_a_sequence_of_one_step_has_gradients(op: Any, reference: Any, points: list) -> None:
    check_gradients(lambda *p: both(op, *p), points[0][:, :1], *points[1:])


def test_unknown_sizes_stay_unknown() -> None:
    state = KerasTensor((None, U))
    hidden, cell = lstm_sequence(KerasTensor((None, None, 4 * U)), LSTM[1].astype("float32"), state, state)
    assert hidden.shape == cell.shape == (None, None, U)


@pytest.mark.parametrize(
    ("call", "pieces"),
    [
        (lambda: lstm_sequence(np.ones((2, 3, 8)), np.ones((3, 8)), np.ones((2, 2)), np.ones((2, 2))), ["(3, 8)", "4 * units"]),
        (
            lambda: lstm_sequence(np.ones((2, 3, 8)), np.ones((2, 8)), np.ones((3, 2)), np.ones((2, 2))),
            ["(3, 2)", "states of shape (2, 2)"],
        ),
        (lambda: gru_sequence(np.ones((2, 3, 6)), np.ones((2, 6)), np.ones(4), np.ones((2, 2))), ["(4,)", "(6,)"]),
        (
            lambda: gru_sequence(np.ones((2, 3, 6)), np.ones((2, 6)), np.ones(6), np.ones((2, 2)), mask=np.ones((2, 4), bool)),
            ["mask of shape (2, 4)", "(2, 3)"],
        ),
        (
            lambda: gru_sequence(np.ones((2, 3, 6)), np.ones((2, 6)), np.ones(6), np.ones((2, 2)), mask=np.ones((2, 3), "int32")),
            ["mask of int32", "booleans"],
        ),
    ],
)
def test_wrong_inputs_give_an_error_that_says_why(call: Any, pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        call()
    missing = [piece for piece in pieces if piece not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"
