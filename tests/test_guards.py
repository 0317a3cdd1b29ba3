"""Guards hold while everything that was read is as it was."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from glassworks.guards import Guard, Observed, Reads, Setting


class Thing(Observed):
    default = 1.0

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def method(self) -> int:
        return 1


class Plain:
    def __init__(self, value: Any) -> None:
        self.value = value


def guard_of(thing: Thing, *names: str) -> Guard:
    with Reads() as reads:
        for name in names:
            getattr(thing, name, None)
    return reads.guard()


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, 2), (1, 1.0), (1, True), (0.0, -0.0), ((1,), (1.0,)), ("a", "b"), (None, 0), ([], []), ([1], (1,)), (Plain(1), Plain(1))],
)
def test_another_value_is_seen(before: Any, after: Any) -> None:
    thing = Thing(x=before)
    guard = guard_of(thing, "x")
    assert guard.holds()
    thing.x = after
    assert not guard.holds()
    thing.x = before
    assert guard.holds()


@pytest.mark.parametrize("value", [1, 1.5, float("nan"), "text", None, (1, "a", (2.5,))])
def test_an_equal_value_of_the_same_type_is_the_same(value: Any) -> None:
    thing = Thing(x=value)
    guard = guard_of(thing, "x")
    thing.x = eval(repr(value), {"nan": float("nan")})
    assert guard.holds()


def test_contents_are_seen_at_any_depth() -> None:
    inner = Plain({"a": [1, (2, [3])]})
    thing = Thing(x=[inner])
    guard = guard_of(thing, "x")
    deepest = inner.value["a"][1][1]
    for change, back in (
        (lambda: deepest.append(4), deepest.pop),
        (lambda: setattr(inner, "value", None), lambda: setattr(inner, "value", before)),
        (lambda: thing.x.append(1), thing.x.pop),
    ):
        before = inner.value
        assert guard.holds()
        change()
        assert not guard.holds()
        back()
    assert guard.holds()


def test_contents_that_hold_themselves_come_to_an_end() -> None:
    loop: list[Any] = []
    loop.append(loop)
    first, second = Plain(None), Plain(None)
    first.value, second.value = second, first
    assert guard_of(Thing(x=loop, y=first), "x", "y").holds()


def test_what_is_missing_is_seen_when_it_comes() -> None:
    thing = Thing()
    for name in ("unknown", "default", "method"):
        guard = guard_of(thing, name)
        assert guard.holds()
        setattr(thing, name, 5)
        assert not guard.holds()
        delattr(thing, name)
        assert guard.holds()


def test_what_the_code_sets_itself_is_not_a_setting() -> None:
    thing = Thing(count=0, latest=None)
    with Reads() as reads:
        thing.count += 1
        thing.latest = [thing.count]
        assert thing.latest
    guard = reads.guard()
    thing.count, thing.latest = 7, None
    assert guard.holds()


def test_reads_of_other_threads_and_of_other_times_do_not_count() -> None:
    thing = Thing(x=1, y=1, z=1)
    with Reads() as outer:
        thread = threading.Thread(target=lambda: thing.y)
        thread.start()
        thread.join()
        with Reads() as inner:
            assert thing.x
    assert thing.z
    guards = outer.guard(), inner.guard()
    thing.y = thing.z = 2
    assert [guard.holds() for guard in guards] == [True, True]
    thing.x = 2
    assert [guard.holds() for guard in guards] == [True, False]
    assert "__getattribute__" not in vars(Observed)


def test_a_setting_of_a_class_that_is_not_observed() -> None:
    class Weight:
        trainable = Setting()

    weight = Weight()
    weight.trainable = True
    with Reads() as reads:
        assert weight.trainable
    guard = reads.guard()
    weight.other = 1
    assert guard.holds()
    weight.trainable = False
    assert not guard.holds()
