"""The reference engine runs any graph, node by node."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from glassworks import config, ops
from glassworks.engine import compile_graph
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import Spec, Variable, gradients, trace


@pytest.fixture(autouse=True)
def reference() -> Iterator[None]:
    """These tests are about this engine, whatever the default is."""
    before = config.engine()
    config.set_engine("reference")
    yield
    config.set_engine(before)


PAIR = Spec((2, 3), "float32")
X = np.arange(6, dtype="float32").reshape(2, 3)


def test_outputs_come_in_the_structure_the_function_returned() -> None:
    program = compile_graph(trace(lambda x: {"double": x + x, "none": None, "pair": (x, 3)}, PAIR))
    result = program.graph.pack(program(X))
    assert result["none"] is None and result["pair"][1] == 3
    np.testing.assert_array_equal(result["double"], 2 * X)


def test_variables_are_read_and_written() -> None:
    total = Variable(np.zeros((2, 3), "float32"), name="total")

    def step(x):
        before = total.value
        total.assign_add(x)
        total.assign(total.value * 2.0)
        return before

    program = compile_graph(trace(step, PAIR))
    assert program(X)[0].sum() == 0
    np.testing.assert_array_equal(total.numpy(), 2 * X)
    program(X)
    np.testing.assert_array_equal(total.numpy(), 6 * X)


def test_a_variable_does_not_share_memory_with_the_batch_it_was_set_from() -> None:
    kept = Variable(np.zeros((3, 2), "float32"))

    def keep(x):
        kept.assign(ops.transpose(x))

    batch = X.copy()
    compile_graph(trace(keep, PAIR))(batch)
    batch[:] = -1
    np.testing.assert_array_equal(kept.numpy(), X.T)


def test_an_observer_sees_every_node_and_changes_nothing() -> None:
    program = compile_graph(trace(lambda x: ops.sum(ops.exp(x) * 2.0), PAIR))
    seen = []
    watched = program(X, observer=lambda node, arrays, seconds: seen.append((node.primitive.name, arrays[0].shape, seconds >= 0)))
    assert [name for name, *_ in seen] == ["exp", "multiply", "reduce_sum"]
    assert all(timed for *_, timed in seen)
    np.testing.assert_array_equal(watched[0], program(X)[0])


def test_values_are_let_go_after_their_last_use() -> None:
    program = compile_graph(trace(lambda x: ops.exp(ops.exp(ops.exp(x))), PAIR))
    freed = [slot for step in program.steps for slot in step.frees]
    assert len(freed) == len(set(freed)) == 3  # the input and two intermediates, not the result


def test_a_batch_of_another_shape_is_refused() -> None:
    program = compile_graph(trace(lambda x: x + 1.0, PAIR))
    with pytest.raises(ShapeError, match=r"\(3, 3\)"):
        program(np.zeros((3, 3), "float32"))


def test_gradients_are_nodes_of_the_same_graph() -> None:
    program = compile_graph(trace(lambda x: gradients([ops.sum(x * x * x)], [x])[0], PAIR))
    np.testing.assert_allclose(program(X)[0], 3 * X**2)


def test_float64_graphs_stay_in_float64() -> None:
    program = compile_graph(trace(lambda x: ops.log1p(ops.square(x)), Spec((2,), "float64")))
    out = program(np.array([1e-9, 2.0]))[0]
    assert out.dtype == np.float64
    np.testing.assert_allclose(out, np.log1p(np.array([1e-9, 2.0]) ** 2), rtol=1e-14)


def test_an_unknown_engine_is_an_error_that_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.requested_engine()
    with pytest.raises(ArgumentError, match="did you mean 'reference'"):
        config.set_engine("referense")
    assert config.requested_engine() == before
