"""Every pass keeps what a graph computes: each graph is run node by node before and after each pass, on random numbers.

Beside each pattern that a pass rewrites stand its near misses, which look like it and mean something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as gw
from glassworks import ops, settings
from glassworks.graph import Graph, Spec, Value, Variable, apply, trace
from glassworks.graph.passes import PASSES, fold_constants, share_common_subexpressions, stable_cross_entropy
from glassworks.graph.primitive import Primitive
from glassworks.ops.primitives.shape import reshape

EPSILON = 1e-7
RNG = np.random.default_rng(0)


def run(graph: Graph, *arrays: np.ndarray) -> list[np.ndarray]:
    """The results of a graph by the forward of each primitive, with no pass and no engine."""
    values: dict[Value, Any] = dict(zip(graph.inputs, arrays, strict=True))
    values.update({value: variable.numpy() for variable, value in graph.reads.items()})
    for node in graph.nodes():
        inputs = [values[value] if value.array is None else value.array.view(np.ndarray) for value in node.inputs]
        with np.errstate(all="ignore"):
            result = node.primitive.forward(np, *inputs, **node.attributes)
        values.update(zip(node.outputs, result if isinstance(result, tuple) else (result,), strict=True))
    return [np.asarray(values[value] if value.array is None else value.array) for value in graph.results]


def names(graph: Graph) -> list[str]:
    return [node.primitive.name for node in graph.nodes()]


def stabilised(graph: Graph) -> Graph:
    new = stable_cross_entropy(graph.results)
    return Graph(graph.inputs, new, graph.structure, graph.reads, {})


def assert_passes_keep(function: Callable, *arrays: np.ndarray) -> None:
    """Each pass by itself, and all of them one after the other, with the same bits."""
    graph = trace(function, *(Spec(a.shape, a.dtype.name) for a in arrays))
    expected = run(graph, *arrays)
    after = graph
    for name, one in PASSES.items():
        after = one(after)
        for rewritten in (one(graph), after):
            for found, wanted in zip(run(rewritten, *arrays), expected, strict=True):
                assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype), name
                np.testing.assert_array_equal(found, wanted, err_msg=name)
                np.testing.assert_array_equal(np.signbit(np.real(found)), np.signbit(np.real(wanted)), err_msg=name)


def guard(p: Any) -> Any:
    return ops.clip(p, EPSILON, 1 - EPSILON)


def divided(p: Any, axis: Any = -1, keepdims: bool = True) -> Any:
    return p / ops.sum(p, axis=axis, keepdims=keepdims)


REWRITTEN: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda z: ops.log(ops.softmax(z)),
    "clipped softmax": lambda z: ops.log(guard(ops.softmax(z))),
    "divided softmax": lambda z: ops.log(guard(divided(ops.softmax(z)))),
    "divided softmax, no clip": lambda z: ops.log(divided(ops.softmax(z))),
    "softmax over the first axis": lambda z: ops.log(guard(divided(ops.softmax(z, axis=0), axis=0))),
    "sigmoid": lambda z: ops.log(ops.sigmoid(z)),
    "clipped sigmoid": lambda z: ops.log(guard(ops.sigmoid(z))),
    "complement": lambda z: ops.log(1.0 - ops.sigmoid(z)),
    "clipped complement": lambda z: ops.log(1.0 - guard(ops.sigmoid(z))),
}
NEAR_MISSES: dict[str, Callable[[Any], Any]] = {
    "sigmoid divided by its sum": lambda z: ops.log(guard(divided(ops.sigmoid(z)))),
    "sum over another axis": lambda z: ops.log(guard(divided(ops.softmax(z), axis=0))),
    "sum over both axes": lambda z: ops.log(divided(ops.softmax(z), axis=(0, 1))),
    "sum over no axis of its own": lambda z: ops.log(divided(ops.softmax(z, axis=0), axis=1)),
    "sum without its axis": lambda z: ops.log(divided(ops.softmax(z), axis=-1, keepdims=False)),
    "sum of another softmax": lambda z: ops.log(ops.softmax(z) / ops.sum(ops.softmax(2 * z), axis=-1, keepdims=True)),
    "sum of something else": lambda z: ops.log(ops.softmax(z) / ops.sum(z * z, axis=-1, keepdims=True)),
    "mean in place of the sum": lambda z: ops.log(ops.softmax(z) / ops.mean(ops.softmax(z), axis=-1, keepdims=True)),
    "divided the other way": lambda z: ops.log(ops.sum(ops.softmax(z), axis=-1, keepdims=True) / ops.softmax(z)),
    "divided by a number": lambda z: ops.log(ops.softmax(z) / 2.0),
    "narrow clip": lambda z: ops.log(ops.clip(ops.softmax(z), 0.2, 0.5)),
    "narrow clip of sigmoid": lambda z: ops.log(ops.clip(ops.sigmoid(z), 0.4, 0.6)),
    "clip from below": lambda z: ops.log(ops.clip(ops.softmax(z), 0.3, 1 - EPSILON)),
    "clip from above": lambda z: ops.log(ops.clip(ops.sigmoid(z), EPSILON, 0.7)),
    "coarse clip": lambda z: ops.log(ops.clip(ops.softmax(z), 1e-3, 1 - 1e-3)),
    "clip by an array": lambda z: ops.log(ops.clip(ops.softmax(z), np.array([0.1, 0.3, 0.2], "float32"), 1.0)),
    "clip by values": lambda z: ops.log(ops.clip(ops.softmax(z), ops.min(z) * 0 + 0.3, 1.0)),
    "clip before the division": lambda z: ops.log(divided(ops.clip(ops.softmax(z), 0.3, 0.5))),
    "maximum": lambda z: ops.log(ops.maximum(ops.softmax(z), 0.3)),
    "two minus": lambda z: ops.log(2.0 - ops.sigmoid(z)),
    "minus one": lambda z: ops.log(ops.absolute(ops.sigmoid(z) - 1.0)),
    "complement of softmax": lambda z: ops.log(1.0 - guard(ops.softmax(z))),
    "complement that broadcasts": lambda z: ops.log(np.ones((1, 1, 1), "float32") - ops.sigmoid(z)),
    "ones of an array": lambda z: ops.log(np.array([1.0, 1.5, 2.0], "float32") - ops.sigmoid(z)),
    "clip that broadcasts": lambda z: ops.log(ops.clip(ops.softmax(z), np.full((1, 1, 1), EPSILON, "float32"), 1 - EPSILON)),
    "clip of the complement, narrow": lambda z: ops.log(ops.clip(1.0 - ops.sigmoid(z), 0.3, 0.9)),
    "another logarithm": lambda z: ops.log2(ops.softmax(z)),
    "log1p": lambda z: ops.log1p(ops.sigmoid(z)),
    "scaled": lambda z: ops.log(0.5 * ops.sigmoid(z)),
    "cast to half and back": lambda z: ops.log(ops.cast(ops.cast(ops.softmax(z), "float16"), "float32")),
    "cast to double": lambda z: ops.log(ops.cast(ops.softmax(z), "float64")),
    "transposed": lambda z: ops.log(ops.transpose(ops.softmax(z))),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", [*REWRITTEN, *NEAR_MISSES])
def test_stable_cross_entropy_keeps_the_numbers(name: str, dtype: str) -> None:
    z = RNG.normal(size=(3, 3)).astype(dtype)
    graph = trace({**REWRITTEN, **NEAR_MISSES}[name], Spec(z.shape, dtype))
    after = stabilised(graph)
    tolerance = 4e-3 if "float16" in (dtype, *(str(v.dtype) for n in graph.nodes() for v in n.outputs)) else 1e-5
    for found, wanted in zip(run(after, z), run(graph, z), strict=True):
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", REWRITTEN)
def test_stable_cross_entropy_rewrites_its_patterns(name: str) -> None:
    after = stabilised(trace(REWRITTEN[name], Spec((4, 3), "float32")))
    assert "softplus" in names(after) or "log_softmax" in names(after)
    # Probabilities of e^-200 have a logarithm.
    z = np.array([[-200.0, 0.0, 200.0]] * 4, "float32")
    assert np.isfinite(run(after, z)[0]).all()


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_stable_cross_entropy_leaves_near_misses_alone(name: str) -> None:
    graph = trace(NEAR_MISSES[name], Spec((3, 3), "float32"))
    assert names(stabilised(graph)) == names(graph)


def test_a_large_epsilon_is_a_bound_that_the_user_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings._settings, "epsilon", 0.1)
    graph = trace(lambda z: ops.log(ops.clip(ops.softmax(z), 0.1, 0.9)), Spec((3, 3), "float32"))
    assert names(stabilised(graph)) == names(graph)


def test_probabilities_that_others_read_stay_as_they_are() -> None:
    def function(z: Any) -> list[Any]:
        p = guard(ops.softmax(z))
        return [ops.log(p), p, ops.sum(p * ops.log(p))]

    z = RNG.normal(size=(4, 3)).astype("float32")
    graph = trace(function, Spec(z.shape, "float32"))
    for found, wanted in zip(run(stabilised(graph), z), run(graph, z), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


LOSSES = [
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_crossentropy",
    "categorical_focal_crossentropy",
    "kl_divergence",
]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
def test_each_loss_is_what_it_says_on_each_activation(loss: str, activation: str) -> None:
    """By the formula, in NumPy, from the probabilities that the model predicts."""
    rng = np.random.default_rng(3)
    x, classes = rng.normal(size=(8, 4)).astype("float32"), rng.integers(0, 3, 8)
    model = gw.Sequential([gw.Input((4,)), gw.layers.Dense(3, activation=activation, bias_initializer="ones")])
    model.compile("sgd", loss)
    p, y = np.asarray(model.predict(x, verbose=0), "float64"), np.eye(3)[classes]
    clip = lambda q: np.clip(q, EPSILON, float(np.float32(1 - EPSILON)))  # noqa: E731
    shares = clip(p / p.sum(axis=1, keepdims=True))
    if loss == "binary_crossentropy":
        expected = -np.mean(y * np.log(clip(p)) + (1 - y) * np.log(1 - clip(p)), axis=1)
    elif loss == "kl_divergence":
        expected = np.sum(np.clip(y, EPSILON, 1) * np.log(np.clip(y, EPSILON, 1) / np.clip(p, EPSILON, 1)), axis=1)
    elif loss == "categorical_focal_crossentropy":
        expected = np.sum(0.25 * (1 - shares) ** 2 * -y * np.log(shares), axis=1)
    else:
        expected = -np.sum(y * np.log(shares), axis=1)
    target = classes if loss.startswith("sparse") else y.astype("float32")
    graph = trace(lambda x, y: model.compute_loss(x, y, model(x)), Spec(x.shape, "float32"), Spec(target.shape, target.dtype.name))
    np.testing.assert_allclose(run(graph, x, target)[0], expected.mean(), rtol=1e-5)


# ---- folding and sharing


class TimesAttribute(Primitive):
    """x times an attribute: shows what an attribute was."""

    def __init__(self) -> None:
        """Not among the known primitives."""

    def infer(self, x: Spec, *, by: Any) -> Spec:
        return x

    def forward(self, xp: Any, x: Any, *, by: Any) -> Any:
        return x * xp.asarray(_number(by), x.dtype)


def _number(by: Any) -> Any:
    while isinstance(by, (list, tuple, dict)):
        by = next(iter(by.values())) if isinstance(by, dict) else by[0]
    if isinstance(by, slice):
        by = by.start
    if isinstance(by, np.ndarray):
        by = by.reshape(-1)[0]
    number = by() if callable(by) else by
    return float(number) + {bool: 100, int: 200, np.float32: 300, np.float64: 400}.get(type(number), 0) if number else number


times_attribute = TimesAttribute()


def _scaled(x: Any, by: Any) -> Any:
    return apply(times_attribute, x, by=by)


ATTRIBUTES: list[tuple[Any, Any]] = [
    (1, 1.0),
    (1, True),
    (1.0, True),
    (0.0, -0.0),
    ((1, 2), (1.0, 2.0)),
    ([0.0], [-0.0]),
    ({"a": 1}, {"a": True}),
    ((1,), [1.0]),
    (np.array([1.0]), np.array([2.0])),
    (np.array([0.0]), np.array([-0.0])),
    (np.array([1], "int32"), np.array([1.0], "float32")),
    (np.float32(1), np.float64(1)),
    (slice(1, 2), slice(1.0, 2)),
    (lambda: 1.0, lambda: 2.0),
    (float("nan"), 1.0),
]


@pytest.mark.parametrize("pair", ATTRIBUTES, ids=lambda pair: "two functions" if callable(pair[0]) else f"{pair[0]!r} or {pair[1]!r}"[:40])
def test_attributes_that_are_equal_but_not_the_same_are_told_apart(pair: tuple[Any, Any]) -> None:
    x = np.array([1.0, -2.0])
    for one, other in (pair, pair[::-1]):
        assert_passes_keep(lambda x, one=one, other=other: [_scaled(x, one), _scaled(x, other)], x)


def test_the_same_attributes_are_shared() -> None:
    function = lambda: 3.0  # noqa: E731
    for by in (1, 1.0, True, (1, 2), [0.0, None], {"a": (1,), "b": "text"}, np.arange(3), float("nan"), slice(1, None), function):
        again = by if callable(by) else type(by)(by) if isinstance(by, (tuple, list, dict)) else by
        graph = trace(lambda x, by=by, again=again: _scaled(x, by) + _scaled(x, again), Spec((2,), "float32"))
        assert names(share_common_subexpressions(graph)) == ["times_attribute", "add"]


def test_constants_are_shared_by_their_bits_and_dtypes() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    for one, other in [(0.0, -0.0), (1.0, np.nan), (np.zeros((1, 2)), np.zeros((2, 1))), (np.float64(1), np.float64(1) + 1e-16)]:
        assert_passes_keep(lambda x, one=one, other=other: [ops.sum(x) / one, ops.sum(x) / other], x)
    graph = trace(lambda x: (x + 1.0) * (x + 1.0), Spec((3,), "float32"))
    assert names(share_common_subexpressions(graph)) == ["add", "multiply"]
    # The bits of 1.0 in float32 are those of an int32.
    bits = int(np.float32(1.0).view("int32"))
    assert_passes_keep(lambda x: [ops.cast(np.float32(1.0), "float64") * x, ops.cast(np.int32(bits), "float64") * x], x)


def test_random_numbers_are_those_of_their_seeds() -> None:
    def function(x: Any) -> list[Any]:
        draws = [ops.cast(gw.random.normal((4,), seed=seed), "float64") for seed in (1, 1, 2)]
        generator = gw.random.SeedGenerator(3)
        draws += [ops.cast(gw.random.uniform((4,), seed=generator), "float64") for _ in range(2)]
        return [x + draw for draw in draws]

    assert_passes_keep(function, np.zeros(4))
    graph = trace(function, Spec((4,), "float64"))
    for one in PASSES.values():
        graph = one(graph)
    same, again, other, first, second = run(graph, np.zeros(4))[:5]
    assert (same == again).all() and (same != other).all() and (first != second).all()


def test_an_array_that_changes_after_tracing_changes_no_graph() -> None:
    array = np.ones(3)
    graph = trace(lambda x: [x * array, x * ops.reshape(array, (1, 3)), x * (ops.convert_to_tensor(array) + 1.0)], Spec((3,), "float64"))
    expected = run(graph, np.ones(3))
    array[:] = 5.0
    for after in (graph, fold_constants(graph)):
        for found, wanted in zip(run(after, np.ones(3)), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_what_cannot_be_folded_raises_when_it_runs() -> None:
    class Fails(Primitive):
        """Raises whatever it is given."""

        def __init__(self) -> None:
            """Not among the known primitives."""

        def infer(self, x: Spec) -> Spec:
            return x

        def forward(self, xp: Any, x: Any) -> Any:
            raise ValueError("not today")

    fails = Fails()
    graph = trace(lambda x: x + apply(fails, Value.constant(np.ones(2))), Spec((2,), "float64"))
    assert names(fold_constants(graph)) == ["fails", "add"]


def test_a_forward_of_another_shape_than_its_rule_is_not_folded() -> None:
    graph = trace(lambda x: x + apply(reshape, Value.constant(np.ones(2)), shape=(2,)), Spec((2,), "float64"))
    assert names(fold_constants(graph)) == ["add"]


def _random_function(seed: int) -> Callable[[Any, Any], list[Any]]:
    unary = [
        ops.tanh,
        ops.negative,
        ops.square,
        ops.sign,
        lambda v: ops.sum(v, axis=-1, keepdims=True) if v.shape else v,
        lambda v: ops.cast(v, "float32"),
    ]
    binary = [ops.add, ops.multiply, ops.subtract, ops.maximum, lambda a, b: ops.where(a > b, a, b), ops.true_divide]

    def function(x: Any, y: Any) -> list[Any]:
        rng = np.random.default_rng(seed)
        constants = [0.0, -0.0, 1.0, 1, 2, np.ones((1, 3)), np.zeros((2, 1), "float32"), np.float32(1), np.nan]
        made = [x, y, *(ops.convert_to_tensor(one) for one in constants), state.value]
        for _ in range(20):
            if rng.random() < 0.3:
                made.append(unary[rng.integers(6)](made[rng.integers(len(made))]))
            else:
                made.append(binary[rng.integers(6)](*(made[rng.integers(len(made))] for _ in range(2))))
        state.assign(state.value + ops.cast(ops.sum(made[-1]), "float64"))
        return [one for one in made[-6:] if isinstance(one, Value)]

    state = Variable(np.array([[0.5, -1.0, 2.0]]), name="state")
    return function


def test_random_graphs_keep_their_numbers_bit_for_bit() -> None:
    x, y = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 1))
    for seed in range(60):
        assert_passes_keep(_random_function(seed), x, y)
