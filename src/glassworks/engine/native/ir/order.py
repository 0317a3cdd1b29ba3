"""What depends on what among the groups of a plan, while groups grow and are united; there is never a cycle.

Each group has a rank, which is higher than the ranks of all that it needs. Whether one depends on another is then a matter
of the groups with ranks between the two, and a new dependency renumbers these alone (Pearce and Kelly, "A dynamic topological
sort algorithm for directed acyclic graphs", 2006). So plans of long sequences take time in proportion to their length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(eq=False, kw_only=True)
class Ordered:
    """Something with a place in an order.

    Attributes:
        rank: Higher than the ranks of all that this needs.
        needs, users: What it depends on directly, and what depends on it. Dicts without values: sets that keep their order, so
            that plans do not depend on where objects lie in memory.
    """

    rank: int = -1
    needs: dict[Ordered, None] = field(default_factory=dict)
    users: dict[Ordered, None] = field(default_factory=dict)


class Order:
    """The order of some things.

    Args:
        most: How many of them a question may look at; a question that takes more is answered by "it may be a cycle". None: all.
        count: A rank above all that were given out before.
    """

    def __init__(self, most: int | None = None, count: int = 0) -> None:
        self.most = most
        self._count = count

    def append(self, group: Ordered, needs: Iterable[Ordered] = ()) -> None:
        """Add something that nothing needs so far."""
        group.rank = self._count
        self._count += 1
        _link(needs, group)

    def let_need(self, group: Ordered, others: Iterable[Ordered]) -> bool:
        """Let something need others. False, and nothing changes, if one of them depends on it."""
        others = [other for other in others if other is not group and other not in group.needs]
        late = [other for other in others if other.rank > group.rank]
        if late:
            before = self._walk(late, lambda x: x.needs, lambda x: x.rank >= group.rank)
            if before is None or group in before:
                return False
            last = max(other.rank for other in late)
            after = self._walk([group], lambda x: x.users, lambda x: x.rank < last)
            if after is None:
                return False
            _renumber([*_by_rank(before), *_by_rank(after)])
        _link(others, group)
        return True

    def unite(self, group: Ordered, other: Ordered) -> bool:
        """Let the first stand for both. False, and nothing changes, if there is a third that needs one and is needed by the other."""
        low, high = (group, other) if group.rank < other.rank else (other, group)
        start = [x for x in high.needs if x is not low and x.rank > low.rank]
        before = self._walk(start, lambda x: x.needs, lambda x: x.rank >= low.rank)
        if before is None or low in before:
            return False
        if before:
            start = [x for x in low.users if x is not high and x.rank < high.rank]
            after = self._walk(start, lambda x: x.users, lambda x: x.rank < high.rank)
            if after is None:
                return False
            _renumber([*_by_rank(before), low, high, *_by_rank(after)])
        group.rank = low.rank
        for x in [*other.needs]:
            del x.users[other]
            if x is not group:
                _link([x], group)
        for x in [*other.users]:
            del x.needs[other]
            if x is not group:
                _link([group], x)
        other.needs, other.users = {}, {}
        return True

    def _walk(
        self, start: list[Ordered], following: Callable[[Ordered], Iterable[Ordered]], within: Callable[[Ordered], bool]
    ) -> dict[Ordered, None] | None:
        """What can be reached; None if there is too much."""
        found = dict.fromkeys(start)
        left = list(found)
        while left:
            if self.most is not None and len(found) > self.most:
                return None
            for x in following(left.pop()):
                if x not in found and within(x):
                    found[x] = None
                    left.append(x)
        return found


def _link(needs: Iterable[Ordered], group: Ordered) -> None:
    for x in needs:
        if x is not group:
            group.needs[x] = None
            x.users[group] = None


def _by_rank(some: Iterable[Ordered]) -> list[Ordered]:
    return sorted(some, key=lambda x: x.rank)


def _renumber(wanted: list[Ordered]) -> None:
    """Share out the ranks of some things in the order that is wanted."""
    for x, rank in zip(wanted, sorted(x.rank for x in wanted), strict=True):
        x.rank = rank
