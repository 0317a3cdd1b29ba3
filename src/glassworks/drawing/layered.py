"""A layered layout for directed graphs: ranks from the sources down, few crossings, long edges straight.

The steps are those of Sugiyama, Tagawa and Toda (1981): break cycles, rank by the longest path, order each rank by the medians of
neighbours, place the nodes of a rank as near to their neighbours as the distances allow.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

Point = tuple[float, float]

_BEND = 0.14
"""The width that an edge takes where it passes a rank, and the distance of parallel lines between ranks."""


@dataclass
class Layout:
    """Where nodes and edges lie; y grows downwards.

    Attributes:
        centres: The centre of each node.
        routes: The points of each edge, from its source to its target; right angles between them.
        width, height: The extent of all.
    """

    centres: list[Point]
    routes: list[list[Point]]
    width: float
    height: float


def layered(
    sizes: Sequence[Point],
    edges: Sequence[tuple[int, int]],
    offsets: Sequence[tuple[float, float]] | None = None,
    first: Sequence[int] = (),
    last: Sequence[int] = (),
    gap: float = 0.35,
    between: float = 0.3,
) -> Layout:
    """Place nodes and route edges.

    Args:
        sizes: (width, height) of each node.
        edges: (source, target) by number. Cycles are allowed: edges that close one run upwards, and a node's edge to itself beside it.
        offsets: For each edge, how far right of the centre it leaves its source and meets its target.
        first, last: The nodes that stay in the first or last rank.
        gap: The least distance of ranks.
        between: The least distance of nodes in a rank.

    >>> layout = layered([(1.0, 0.5), (1.0, 0.5)], [(0, 1)])
    >>> layout.centres, layout.routes
    ([(0.5, 0.25), (0.5, 1.1)], [[(0.5, 0.5), (0.5, 0.85)]])
    """
    if not sizes:
        return Layout([], [], 0.0, 0.0)
    offsets = offsets or [(0.0, 0.0)] * len(edges)
    graph = _Ranked(sizes, edges, first, last)
    graph.order()
    x = graph.across(offsets, between)
    return _routed(graph, x, offsets, gap)


@dataclass
class _Ranked:
    """Nodes in ranks. Long edges are chains of further nodes, one in each rank that they pass."""

    sizes: Sequence[Point]
    edges: Sequence[tuple[int, int]]
    first: Sequence[int]
    last: Sequence[int]
    rank: list[int] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    ranks: list[list[int]] = field(default_factory=list)
    above: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    below: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.backward = _closing_edges(len(self.sizes), self.edges)
        self.rank = self._ranks([self.forward(number) for number in range(len(self.edges))])
        for number, (source, target) in enumerate(self.forward(n) for n in range(len(self.edges))):
            self.chains.append([source] if source == target else self._chain(number, source, target))
        self.ranks = [[] for _ in range(max(self.rank, default=0) + 1)]
        for node, rank in enumerate(self.rank):
            self.ranks[rank].append(node)

    def forward(self, number: int) -> tuple[int, int]:
        """An edge in the direction in which it runs down."""
        source, target = self.edges[number]
        return (target, source) if number in self.backward else (source, target)

    def _ranks(self, edges: list[tuple[int, int]]) -> list[int]:
        count = len(self.sizes)
        sources: list[list[int]] = [[] for _ in range(count)]
        targets: list[list[int]] = [[] for _ in range(count)]
        for source, target in edges:
            if source != target:
                sources[target].append(source)
                targets[source].append(target)
        rank = [0] * count
        order = _in_order(sources, targets)
        for node in order:
            rank[node] = max((rank[source] + 1 for source in sources[node]), default=0)
        for node in reversed(order):
            # What depends on nothing stands right above what needs it.
            if not sources[node] and targets[node] and node not in self.first:
                rank[node] = min(rank[target] for target in targets[node]) - 1
        deepest = max(rank, default=0)
        for node in self.last:
            rank[node] = deepest + (1 if any(rank[other] == deepest and other not in self.last for other in range(count)) else 0)
        return rank

    def _chain(self, number: int, source: int, target: int) -> list[int]:
        chain = [source]
        for rank in range(self.rank[source] + 1, self.rank[target]):
            self.rank.append(rank)
            chain.append(len(self.rank) - 1)
        chain.append(target)
        for upper, lower in itertools.pairwise(chain):
            self.below[upper].append(lower)
            self.above[lower].append(upper)
        return chain

    def is_bend(self, node: int) -> bool:
        """Whether a node is part of a long edge."""
        return node >= len(self.sizes)

    def width(self, node: int) -> float:
        return _BEND if self.is_bend(node) else self.sizes[node][0]

    def height(self, node: int) -> float:
        return 0.0 if self.is_bend(node) else self.sizes[node][1]

    def order(self, sweeps: int = 12) -> None:
        """Order the nodes of each rank so that few edges cross."""
        best, fewest = [list(rank) for rank in self.ranks], self.crossings()
        for sweep in range(sweeps):
            down = sweep % 2 == 0
            neighbours = self.above if down else self.below
            for number in range(1, len(self.ranks)) if down else range(len(self.ranks) - 2, -1, -1):
                place = {node: i for i, node in enumerate(self.ranks[number - 1 if down else number + 1])}
                own = {node: i for i, node in enumerate(self.ranks[number])}
                key = {node: float(np.mean([place[n] for n in neighbours[node]])) if neighbours[node] else own[node] for node in own}
                self.ranks[number].sort(key=lambda node: (key[node], own[node]))
            crossings = self.crossings()
            if crossings < fewest:
                best, fewest = [list(rank) for rank in self.ranks], crossings
            if not fewest:
                break
        self.ranks = best

    def crossings(self) -> int:
        """How many pairs of edges cross."""
        count = 0
        for upper, lower in zip(self.ranks, self.ranks[1:], strict=False):
            place = {node: i for i, node in enumerate(lower)}
            targets = [place[target] for node in upper for target in sorted(self.below[node], key=place.__getitem__)]
            count += sum(a > b for i, a in enumerate(targets) for b in targets[i + 1 :])
        return count

    def across(self, offsets: Sequence[tuple[float, float]], between: float, sweeps: int = 24) -> np.ndarray:
        """The horizontal centre of every node, bends of edges included."""
        pulls: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
        for number, chain in enumerate(self.chains):
            start, end = offsets[number] if number not in self.backward else offsets[number][::-1]
            for place, (upper, lower) in enumerate(itertools.pairwise(chain)):
                leaves, meets = start if place == 0 else 0.0, end if place == len(chain) - 2 else 0.0
                weight = (1.0, 2.0, 8.0)[self.is_bend(upper) + self.is_bend(lower)]
                pulls[upper].append((lower, meets - leaves, weight))
                pulls[lower].append((upper, leaves - meets, weight))
        x = np.zeros(len(self.rank))
        room = {rank: self._room(nodes, between) for rank, nodes in enumerate(self.ranks)}
        for rank, nodes in enumerate(self.ranks):
            x[nodes] = room[rank] - room[rank].mean()
        for sweep in range(sweeps):
            numbers = range(len(self.ranks)) if sweep % 2 == 0 else range(len(self.ranks) - 1, -1, -1)
            for number in numbers:
                # While the first sweeps go down, only what is above counts, and the reverse; the last ones balance both sides.
                side = 0 if sweep >= sweeps - 6 else (-1 if sweep % 2 == 0 else 1)
                self._settle(number, x, pulls, room[number], side)
        self._straighten(x, room)
        return x

    def _room(self, nodes: list[int], between: float) -> np.ndarray:
        """The places of a rank's nodes when they stand as close as they may."""
        places = np.zeros(len(nodes))
        for i in range(1, len(nodes)):
            left, right = nodes[i - 1], nodes[i]
            apart = between if not (self.is_bend(left) and self.is_bend(right)) else 0.06
            places[i] = places[i - 1] + (self.width(left) + self.width(right)) / 2 + apart
        return places

    def _settle(self, number: int, x: np.ndarray, pulls: dict[int, list[tuple[int, float, float]]], room: np.ndarray, side: int) -> None:
        nodes = self.ranks[number]
        wanted, weights = x[nodes].copy(), np.full(len(nodes), 0.01)
        for i, node in enumerate(nodes):
            near = [(x[n] + shift, w) for n, shift, w in pulls[node] if not side or (self.rank[n] - number) * side > 0]
            if near:
                weights[i] = sum(w for _, w in near)
                wanted[i] = sum(place * w for place, w in near) / weights[i]
        x[nodes] = _increasing(wanted - room, weights) + room

    def _straighten(self, x: np.ndarray, room: dict[int, np.ndarray], passes: int = 4) -> None:
        """Give the nodes of each column the same place, as far as their neighbours in their ranks leave room for it."""
        place = {node: (rank, i) for rank, nodes in enumerate(self.ranks) for i, node in enumerate(nodes)}
        columns = sorted(self._columns(), key=len, reverse=True)
        for _ in range(passes):
            for column in columns:
                part: list[int] = []
                low, high = -np.inf, np.inf
                for node in column:
                    least, most = self._limits(node, x, place, room)
                    if part and max(low, least) > min(high, most):
                        # No line goes through all of the column: the rest begins another one.
                        x[part] = np.clip(np.median(x[part]), low, high)
                        part, low, high = [], -np.inf, np.inf
                    part.append(node)
                    low, high = max(low, least), min(high, most)
                x[part] = np.clip(np.median(x[part]), low, high)

    def _limits(self, node: int, x: np.ndarray, place: dict[int, tuple[int, int]], room: dict[int, np.ndarray]) -> tuple[float, float]:
        """How far left and right a node may stand between its neighbours."""
        rank, i = place[node]
        nodes, rooms = self.ranks[rank], room[rank]
        low = x[nodes[i - 1]] + rooms[i] - rooms[i - 1] if i > 0 else -np.inf
        high = x[nodes[i + 1]] - rooms[i + 1] + rooms[i] if i + 1 < len(nodes) else np.inf
        return low, high

    def _is_alone(self, upper: int, lower: int) -> bool:
        """Whether neither of two nodes has another one beside it that it is joined with as well; bends of edges do not count."""
        if self.is_bend(upper) or self.is_bend(lower):
            return True
        return sum(not self.is_bend(n) for n in self.below[upper]) == 1 == sum(not self.is_bend(n) for n in self.above[lower])

    def _columns(self) -> list[list[int]]:
        """Nodes that should stand in one vertical line: the bends of an edge, and a node with the only one that follows it."""
        after: dict[int, int] = {}
        before: dict[int, int] = {}
        pairs = [(upper, lower) for upper, lowers in self.below.items() for lower in lowers if self._is_alone(upper, lower)]
        for upper, lower in sorted(pairs, key=lambda pair: abs(1 - self.is_bend(pair[0]) - self.is_bend(pair[1])), reverse=True):
            if upper not in after and lower not in before:
                after[upper], before[lower] = lower, upper
        columns = []
        for start in set(after) - set(before):
            column = [start]
            while column[-1] in after:
                column.append(after[column[-1]])
            columns.append(column)
        return columns


def _closing_edges(count: int, edges: Sequence[tuple[int, int]]) -> set[int]:
    """The numbers of edges that lead back to a node that a walk from the sources has not finished yet."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for number, (source, _) in enumerate(edges):
        leaving[source].append(number)
    has_source = {target for source, target in edges if source != target}
    state, closing = [0] * count, set()
    for start in sorted(range(count), key=lambda node: node in has_source):
        stack = [(start, iter(leaving[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while stack:
            node, numbers = stack[-1]
            edge = next(numbers, None)
            if edge is None:
                state[node] = 2
                stack.pop()
                continue
            target = edges[edge][1]
            if target == node:
                continue
            if state[target] == 1:
                closing.add(edge)
            elif not state[target]:
                state[target] = 1
                stack.append((target, iter(leaving[target])))
    return closing


def _in_order(sources: list[list[int]], targets: list[list[int]]) -> list[int]:
    """The nodes, each after its sources."""
    waiting = [len(each) for each in sources]
    ready = [node for node, count in enumerate(waiting) if not count]
    for node in ready:
        for target in targets[node]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ready


def _increasing(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The non-decreasing numbers nearest to some values in weighted squares (pooling of neighbours that are out of order)."""
    blocks: list[list[float]] = []  # mean, weight, count
    for value, weight in zip(values, weights, strict=True):
        blocks.append([float(value), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, total, count = blocks.pop()
            previous = blocks[-1]
            previous[0] = (previous[0] * previous[1] + mean * total) / (previous[1] + total)
            previous[1] += total
            previous[2] += count
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])


def _routed(graph: _Ranked, x: np.ndarray, offsets: Sequence[tuple[float, float]], gap: float) -> Layout:
    """Heights of ranks, with room between them for parallel lines, and the routes."""
    count = len(graph.sizes)
    widths = np.array([graph.width(node) for node in range(len(graph.rank))])
    loops = [chain[0] for chain in graph.chains if len(chain) == 1]
    left = float((x - widths / 2).min(initial=0.0))
    x = x - (left if len(x) else 0.0)
    tracks, lines = _tracks(graph, x, offsets)
    tops, bottoms, y = [], [], 0.0
    for number, nodes in enumerate(graph.ranks):
        tops.append(y)
        y += max(graph.height(node) for node in nodes)
        bottoms.append(y)
        y += gap + _BEND * max(lines.get(number, 1) - 1, 0)
    middle = [(tops[graph.rank[node]] + bottoms[graph.rank[node]]) / 2 for node in range(count)]
    routes = []
    for number, chain in enumerate(graph.chains):
        if len(chain) == 1:
            routes.append(_loop(x[chain[0]], middle[chain[0]], graph.sizes[chain[0]]))
            continue
        start, end = offsets[number] if number not in graph.backward else offsets[number][::-1]
        points = [(x[chain[0]] + start, middle[chain[0]] + graph.height(chain[0]) / 2)]
        for place, lower in enumerate(chain[1:]):
            rank, across = graph.rank[lower], x[lower] + (end if place == len(chain) - 2 else 0.0)
            if abs(across - points[-1][0]) > 1e-3:
                level = bottoms[rank - 1] + gap / 2 + _BEND * tracks[number, place]
                points += [(points[-1][0], level), (across, level)]
            if place < len(chain) - 2:
                points.append((across, bottoms[rank]))
        points.append((points[-1][0], middle[chain[-1]] - graph.height(chain[-1]) / 2))
        routes.append(_merged(points[::-1] if number in graph.backward else points))
    right = max([*(x + widths / 2), *(x[node] + graph.sizes[node][0] / 2 + 0.3 for node in loops)], default=0.0)
    centres = [(round(float(x[node]), 4), round(middle[node], 4)) for node in range(count)]
    return Layout(
        centres, [[(round(float(a), 4), round(float(b), 4)) for a, b in route] for route in routes], float(right), max(bottoms, default=0.0)
    )


def _tracks(graph: _Ranked, x: np.ndarray, offsets: Sequence[tuple[float, float]]) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """The line on which each part of an edge runs sideways between two ranks, and how many lines each gap has."""
    parts: dict[int, list[tuple[float, float, int, int, tuple[int, int]]]] = defaultdict(list)
    for number, chain in enumerate(graph.chains):
        start, end = offsets[number] if number not in graph.backward else offsets[number][::-1]
        for place, (upper, lower) in enumerate(itertools.pairwise(chain)):
            a = x[upper] + (start if place == 0 else 0.0)
            b = x[lower] + (end if place == len(chain) - 2 else 0.0)
            if abs(a - b) > 1e-3:
                parts[graph.rank[upper]].append((min(a, b), max(a, b), upper, lower, (number, place)))
    chosen: dict[tuple[int, int], int] = {}
    lines: dict[int, int] = {}
    for rank, segments in parts.items():
        taken: list[list[tuple[float, float, int, int]]] = []
        for low, high, upper, lower, key in sorted(segments, key=lambda part: part[1] - part[0]):
            line = next(
                (n for n, others in enumerate(taken) if all(high < a or low > b or upper == u or lower == d for a, b, u, d in others)),
                len(taken),
            )
            if line == len(taken):
                taken.append([])
            taken[line].append((low, high, upper, lower))
            chosen[key] = line
        lines[rank] = len(taken)
    return chosen, lines


def _loop(x: float, y: float, size: Point) -> list[Point]:
    """The route of an edge from a node to itself, at its right side."""
    right, quarter = x + size[0] / 2, size[1] / 4
    return [(right, y + quarter), (right + 0.25, y + quarter), (right + 0.25, y - quarter), (right, y - quarter)]


def _merged(points: list[Point]) -> list[Point]:
    """The points without those that lie on the line between their neighbours."""
    kept = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if not (abs(before[0] - point[0]) < 1e-6 and abs(point[0] - after[0]) < 1e-6):
            kept.append(point)
    return [*kept, points[-1]]
