"""The order of groups: dependencies and unions that would make a cycle are refused, all others are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.ir.order import Order, Ordered
from glassworks.engine.native.passes.fuse import MOST_LOOKED_AT
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Spec, Variable, trace
from glassworks.graph.backward import gradients


def depends(one: Ordered, other: Ordered) -> bool:
    """By looking everywhere."""
    found, left = set(), [one]
    while left:
        for x in left.pop().needs:
            if x not in found:
                found.add(x)
                left.append(x)
    return other in found


def assert_ordered(things: list[Ordered]) -> None:
    for x in things:
        assert all(need.rank < x.rank and x in need.users and need is not x for need in x.needs)
        assert all(x in user.needs for user in x.users)
    assert len({x.rank for x in things}) == len(things)


@pytest.mark.parametrize("seed", range(8))
def test_random_dependencies_and_unions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    order, things = Order(), [Ordered() for _ in range(30)]
    for thing in things:
        order.append(thing)
    for _ in range(150):
        one, other = (things[i] for i in rng.choice(len(things), 2, replace=False))
        if rng.random() < 0.85 or len(things) < 8:
            allowed = not depends(other, one)
            assert order.let_need(one, [other]) == allowed
            assert depends(one, other) or not allowed
        else:
            between = any(depends(a, x) and depends(x, b) for a, b in ((one, other), (other, one)) for x in things)
            needed = [x for x in things if x is not one and x is not other and (depends(one, x) or depends(other, x))]
            assert order.unite(one, other) == (not between)
            if not between:
                things.remove(other)
                assert all(depends(one, x) for x in needed)
        assert_ordered(things)


def test_several_needs_are_taken_or_refused_together() -> None:
    order = Order()
    a, b, c, d = (Ordered() for _ in range(4))
    for one in (a, b, c, d):
        order.append(one)
    assert order.let_need(c, [a])
    assert not order.let_need(a, [d, c])
    assert d not in a.needs
    assert order.let_need(a, [b, d])
    assert_ordered([a, b, c, d])


def test_a_question_that_takes_too_long_is_answered_with_care() -> None:
    def chain(most: int | None) -> tuple[Order, Ordered, Ordered]:
        order, things = Order(most), [Ordered() for _ in range(50)]
        first = Ordered()
        order.append(first)
        order.append(things[0])
        for one, need in zip(things[1:], things, strict=False):
            order.append(one, [need])
        return order, first, things[-1]

    order, first, last = chain(None)
    assert order.let_need(first, [last])
    order, first, last = chain(10)
    assert not order.let_need(first, [last])
    assert not first.needs


def _looked_at(steps: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many groups all questions of planning a recurrence and its gradient look at."""
    looked = 0
    original = Order._walk

    def counting(self: Order, start: list[Ordered], *rest: Any) -> dict[Ordered, None] | None:
        nonlocal looked
        found = original(self, start, *rest)
        looked += MOST_LOOKED_AT if found is None else len(found)
        return found

    weight = Variable(np.eye(4, dtype="float32"))
    bias = Variable(np.zeros(4, "float32"))

    def step(x: Any) -> Any:
        hidden = x[0]
        for i in range(1, steps):
            hidden = ops.tanh(ops.matmul(hidden, weight) + x[i] + bias)
        loss = ops.sum(ops.square(hidden))
        for variable, gradient in zip((weight, bias), gradients([loss], [weight.value, bias.value]), strict=True):
            variable.assign(variable - 0.1 * gradient)
        return loss

    with monkeypatch.context() as patch:
        patch.setattr(Order, "_walk", counting)
        NativeProgram(trace(step, Spec((steps, 3, 4), "float32")))
    return looked


def test_planning_looks_at_as_many_groups_for_each_step_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = _looked_at(40, monkeypatch), _looked_at(160, monkeypatch)
    assert 0 < many <= 5 * few
