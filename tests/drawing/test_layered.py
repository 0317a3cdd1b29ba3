"""The layout of graphs: nothing overlaps, arrows run down, lines pass beside the boxes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from glassworks.drawing.layered import Layout, Point, layered

Edges = list[tuple[int, int]]
CHAIN: Edges = [(0, 1), (1, 2), (2, 3)]
RESIDUAL: Edges = [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4), (4, 5), (5, 6), (3, 6)]
UNET: Edges = [*((i, i + 1) for i in range(8)), (0, 8), (1, 7), (2, 6), (3, 5)]
TWO_TOWERS: Edges = [(0, 2), (2, 3), (1, 4), (3, 5), (4, 5), (5, 6), (5, 7)]


def random_graph(seed: int) -> Edges:
    rng = np.random.default_rng(seed)
    return sorted({(int(rng.integers(0, target)), target) for target in range(1, 25) for _ in range(rng.integers(1, 4))})


GRAPHS = [CHAIN, RESIDUAL, UNET, TWO_TOWERS, *(random_graph(seed) for seed in range(4))]


def placed(edges: Edges, seed: int = 0) -> tuple[list[Point], Layout]:
    rng = np.random.default_rng(seed)
    sizes = [(float(w), float(h)) for w, h in rng.uniform(0.3, 2, (max(map(max, edges)) + 1, 2))]
    return sizes, layered(sizes, edges)


def corners(centre: Point, size: Point) -> tuple[float, float, float, float]:
    return centre[0] - size[0] / 2, centre[1] - size[1] / 2, centre[0] + size[0] / 2, centre[1] + size[1] / 2


@pytest.mark.parametrize("edges", GRAPHS)
def test_boxes_do_not_overlap_and_lie_within_the_extent(edges: Edges) -> None:
    sizes, layout = placed(edges)
    boxes = [corners(*box) for box in zip(layout.centres, sizes, strict=True)]
    for i, a in enumerate(boxes):
        assert a[0] > -1e-3
        assert a[1] > -1e-3
        assert a[2] < layout.width + 1e-3
        assert a[3] < layout.height + 1e-3
        for b in boxes[:i]:
            assert a[2] <= b[0] + 1e-3 or b[2] <= a[0] + 1e-3 or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("edges", GRAPHS)
def test_arrows_run_down_from_the_source_to_the_target_beside_all_boxes(edges: Edges) -> None:
    sizes, layout = placed(edges)
    for (source, target), route in zip(edges, layout.routes, strict=True):
        (x, y), (u, v) = layout.centres[source], layout.centres[target]
        assert route[0] == pytest.approx((x, y + sizes[source][1] / 2), abs=1e-3)
        assert route[-1] == pytest.approx((u, v - sizes[target][1] / 2), abs=1e-3)
        for start, end in itertools.pairwise(route):
            assert start[0] == end[0] or start[1] == end[1], "right angles"
            assert end[1] >= start[1] - 1e-6
            for box in (corners(*box) for box in zip(layout.centres, sizes, strict=True)):
                left, right = sorted((start[0], end[0]))
                inside = right > box[0] + 1e-3 and left < box[2] - 1e-3 and end[1] > box[1] + 1e-3 and start[1] < box[3] - 1e-3
                assert not inside


@pytest.mark.parametrize("edges", [CHAIN, RESIDUAL, UNET])
def test_what_follows_one_another_stands_in_one_line(edges: Edges) -> None:
    _, layout = placed(edges)
    assert max(x for x, _ in layout.centres) - min(x for x, _ in layout.centres) < 1e-3


def test_lines_of_a_u_net_do_not_cross() -> None:
    _, layout = placed(UNET)
    outer = [max(x for x, _ in layout.routes[UNET.index(edge)]) for edge in ((0, 8), (1, 7), (2, 6), (3, 5))]
    inner = [min(x for x, _ in layout.routes[UNET.index(edge)]) for edge in ((0, 8), (1, 7), (2, 6), (3, 5))]
    middle = layout.centres[0][0]
    distances = [max(high - middle, middle - low) for high, low in zip(outer, inner, strict=True)]
    for i, j in ((0, 2), (1, 3)):
        assert distances[i] != distances[j]


def test_an_input_stands_right_above_what_needs_it() -> None:
    layout = layered([(1.0, 0.5)] * 5, [(0, 1), (1, 2), (2, 3), (4, 3)])
    assert layout.centres[4][1] == layout.centres[2][1]
    first = layered([(1.0, 0.5)] * 5, [(0, 1), (1, 2), (2, 3), (4, 3)], first=[4], last=[])
    assert first.centres[4][1] == first.centres[0][1]


def test_the_last_ones_stand_below_all_others() -> None:
    layout = layered([(1.0, 0.5)] * 4, [(0, 1), (1, 2), (0, 3)], last=[3])
    assert layout.centres[3][1] > layout.centres[2][1]


def test_a_cycle_has_one_arrow_that_runs_up() -> None:
    edges = [(0, 1), (1, 2), (2, 1), (2, 3)]
    layout = layered([(1.0, 0.5)] * 4, edges)
    rising = [edge for edge, route in zip(edges, layout.routes, strict=True) if route[-1][1] < route[0][1]]
    assert rising == [(2, 1)]


def test_a_node_that_is_its_own_source_has_an_arrow_beside_it() -> None:
    layout = layered([(1.0, 0.4)] * 2, [(0, 0), (0, 1)])
    x, y = layout.centres[0]
    assert all(px >= x + 0.5 and abs(py - y) < 0.2 for px, py in layout.routes[0])
    assert max(px for px, _ in layout.routes[0]) <= layout.width


def test_offsets_move_the_ends_of_arrows() -> None:
    layout = layered([(2.0, 1.0), (2.0, 1.0)], [(0, 1)], [(0.5, -0.5)])
    (x, _), (u, _) = layout.centres
    assert layout.routes[0][0][0] == pytest.approx(x + 0.5)
    assert layout.routes[0][-1][0] == pytest.approx(u - 0.5)


def test_one_node_and_none() -> None:
    assert layered([(1.0, 2.0)], []) == Layout([(0.5, 1.0)], [], 1.0, 2.0)
    assert layered([], []).centres == []
