"""Traces, passes, the checker and the printed form."""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as keras
from glassworks import Variable, ops
from glassworks.engine import compile_graph
from glassworks.errors import GraphError, ShapeError
from glassworks.graph import Spec, Value, check, gradients, optimize, trace
from glassworks.graph.passes import PASSES, stable_cross_entropy

VECTOR = Spec((3,), "float32")


def names(graph) -> list[str]:
    return [node.primitive.name for node in graph.nodes()]


def test_nodes_know_the_layer_and_op_that_made_them_and_gradients_inherit_it() -> None:
    layer = keras.layers.Dense(2, name="mine")
    layer.build((None, 3))
    graph = trace(lambda x: gradients([ops.sum(layer(x))], [x])[0], Spec((4, 3), "float32"))
    calls = {node.primitive.name: (node.call, node.is_gradient) for node in graph.nodes()}
    assert calls["matmul"] == ("layer 'mine'.call > ops.matmul", True)
    assert all(node.layer == "mine" for node in graph.nodes() if node.primitive.name == "matmul")


def test_the_printed_form_names_inputs_variables_shapes_and_writes() -> None:
    total = Variable(np.zeros(3, "float32"), name="total")

    def step(x):
        total.assign_add(ops.exp(x))
        return total.value

    assert str(trace(step, VECTOR, name="add up")).splitlines() == [
        "graph add up(%0: float32[3])",
        "  %1 = exp(%0)         float32[3]  ops.exp",
        "  %2 = add(total, %1)  float32[3]  ops.add",
        "  total <- %2",
        "  return %2",
    ]


def test_equal_things_are_computed_once() -> None:
    graph = trace(lambda x: ops.exp(x) + ops.exp(x) * 2.0 + ops.exp(x) * 2.0, VECTOR)
    assert names(graph).count("exp") == 3
    assert names(optimize(graph)).count("exp") == 1
    assert names(optimize(graph)).count("multiply") == 1


def test_constants_are_folded() -> None:
    graph = trace(lambda x: x * ops.broadcast_to(x[:1] * 0.0 + 1.0, (3,)), VECTOR)
    assert len(names(optimize(graph))) == len(names(graph))
    known = Value.constant(np.ones(3, "float32"))
    folded = optimize(trace(lambda x: x + ops.exp(known), VECTOR))
    assert names(folded) == ["add"]


def test_dead_nodes_are_not_there() -> None:
    def wasteful(x):
        ops.exp(x)
        return x + 1.0

    assert names(trace(wasteful, VECTOR)) == ["add"]


def test_passes_can_be_watched() -> None:
    seen = []
    optimize(trace(lambda x: x + 1.0, VECTOR), lambda name, graph: seen.append(name))
    assert seen == list(PASSES)


def test_passes_keep_the_numbers() -> None:
    graph = trace(lambda x: ops.softmax(x * x + ops.tanh(x) * ops.tanh(x)), VECTOR)
    x = np.array([0.1, -2.0, 3.0], "float32")
    h = x * x + np.tanh(x) ** 2
    np.testing.assert_allclose(compile_graph(graph)(x)[0], np.exp(h) / np.exp(h).sum(), rtol=1e-6)


@pytest.mark.parametrize("sparse", [True, False])
def test_cross_entropy_of_a_softmax_uses_the_logits_and_keeps_its_gradient(sparse: bool) -> None:
    z = np.array([[40.0, 0.0, -40.0]])
    target = np.array([2]) if sparse else np.array([[0.0, 0.0, 1.0]])
    loss_of = ops.sparse_categorical_crossentropy if sparse else ops.categorical_crossentropy

    def step(z):
        (loss,) = stable_cross_entropy([ops.sum(loss_of(target, ops.softmax(z)))])
        return loss, gradients([loss], [z])[0]

    graph = trace(step, Spec((1, 3), "float64"))
    assert "log_softmax" in names(graph) and "clip" not in names(graph)
    loss, gradient = compile_graph(graph)(z)
    assert loss == pytest.approx(80.0)
    np.testing.assert_allclose(gradient, [[1.0, 0.0, -1.0]], atol=1e-12)


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_cross_entropy_of_a_sigmoid_uses_the_logits_and_keeps_its_gradient(target: float) -> None:
    def step(z):
        (loss,) = stable_cross_entropy([ops.sum(ops.binary_crossentropy(np.full((2,), target), ops.sigmoid(z)))])
        return loss, gradients([loss], [z])[0]

    z = np.array([50.0, -50.0])
    loss, gradient = compile_graph(trace(step, Spec((2,), "float64")))(z)
    assert loss == pytest.approx(50.0)
    np.testing.assert_allclose(gradient, 1 / (1 + np.exp(-z)) - target, atol=1e-12)


def test_a_logarithm_of_other_probabilities_is_left_alone() -> None:
    graph = trace(lambda p: stable_cross_entropy([ops.sum(ops.log(ops.clip(p, 1e-7, 1.0)))])[0], VECTOR)
    assert "log" in names(graph)


def test_the_checker_finds_a_value_of_another_trace() -> None:
    leaked = []
    trace(lambda x: leaked.append(ops.exp(x)), VECTOR)
    graph = trace(lambda x: x + leaked[0], VECTOR)
    with pytest.raises(GraphError, match="leaked from another trace"):
        check(graph)


def test_the_checker_wants_known_sizes_for_an_engine() -> None:
    graph = trace(lambda x: ops.exp(x), Spec((None, 3), "float32"))
    check(graph)
    with pytest.raises(GraphError, match="unknown size"):
        check(graph, "engine")


def test_a_shape_error_in_a_trace_names_the_layer() -> None:
    layer = keras.layers.Dense(2, name="first")
    layer.build((None, 3))
    with pytest.raises(ShapeError, match="layer 'first'"):
        trace(lambda x: layer(x), Spec((4, 5), "float32"))


def test_reading_after_writing_gives_what_was_written() -> None:
    v = Variable(1.0)

    def step(x):
        v.assign(x)
        return v.value * 2.0

    assert float(compile_graph(trace(step, Spec((), "float32")))(np.float32(5).reshape(()))[0]) == 10
    assert float(v) == 5


def test_costs_count_operations_and_bytes() -> None:
    graph = trace(lambda x: ops.matmul(x, ops.transpose(x)), Spec((4, 8), "float32"))
    matmul = next(node for node in graph.nodes() if node.primitive.name == "matmul")
    cost = matmul.primitive.cost([v.spec for v in matmul.inputs], [v.spec for v in matmul.outputs], **matmul.attributes)
    assert cost.flops == 2 * 4 * 4 * 8
    assert cost.bytes == 4 * (32 + 32 + 16)


def test_gradients_of_independent_sources_do_not_pass_through_one_another() -> None:
    def both(independent: bool) -> list[float]:
        def function(x: Value) -> list[Value]:
            inner = x * x
            return gradients([x + inner], [x, inner], independent=independent)

        return [float(result) for result in compile_graph(trace(function, Spec((), "float32")))(np.float32(3.0))]

    assert both(independent=False) == [1 + 2 * 3, 1]
    assert both(independent=True) == [1, 1]
