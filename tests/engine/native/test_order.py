"""The order of groups: dependencies and unions that would make a cycle are refused, all others are kept."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks.engine.native.order import Order, Ordered


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
