"""What is read off the graph of a forward pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import ops
from glassworks.graph import Node, Spec, Value, Variable, trace
from glassworks.training.diagnosis.evidence import inputs_that_reach, raw_inputs, weighed_inputs

KERNEL = Variable(np.ones((4, 2), "float32"), name="kernel")


def test_inputs_that_are_cut_and_joined_many_times_are_followed_once() -> None:
    def forward(x: Any) -> Any:
        for _ in range(14):  # two ways on at each step, so 2 ** 14 in all
            x = ops.concatenate([x[:, :2], x[:, 2:]], axis=1)
        return ops.matmul(x / 255.0, KERNEL)

    visits: list[Node] = []

    def is_end(node: Node, _: Value) -> bool:
        visits.append(node)
        return False

    graph = trace(forward, Spec((3, 4), "float32"))
    assert inputs_that_reach(graph, is_end, lambda _: True) == [False]
    assert len(visits) <= sum(len(node.inputs) for node in graph.nodes())
    assert raw_inputs(graph) == weighed_inputs(graph) == [False]


def test_inputs_that_only_move_before_they_meet_weights_are_raw() -> None:
    graph = trace(lambda x: ops.matmul(ops.reshape(x, (3, 4)), KERNEL), Spec((3, 2, 2), "float32"))
    assert raw_inputs(graph) == weighed_inputs(graph) == [True]
