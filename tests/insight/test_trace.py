"""`model.trace`: tables and stages have the numbers of the run, for every kind of model and of input."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Model, Sequential, config, layers, mixed_precision, ops
from glassworks.errors import ArgumentError, ArgumentTypeError, DataError, GlassworksError, ShapeError, StateError

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(5, 4)).astype("float32")


def dense():
    return Sequential([layers.Input((4,)), layers.Dense(8, "relu", name="dense_1"), layers.Dense(3, "softmax", name="last")], name="small")


def test_the_table_has_the_numbers_of_the_run():
    model = dense()
    w, b = model.layers[0].get_weights()
    z = X[2] @ w + b
    h = np.maximum(z, 0)
    trace = model.trace(X, sample=2)
    first, last = trace.table().rows
    assert first[0] == "dense_1 (Dense)"
    assert first[1:4] == ["(4,)", f"[{z[0]:.4g} {z[1]:.4g} {z[2]:.4g} ...]", "relu"]
    np.testing.assert_allclose([float(cell) for cell in first[6:9]], [h.min(), h.mean(), h.max()], rtol=1e-3)
    assert float(first[9].rstrip("%")) == pytest.approx(100 * np.mean(h == 0), abs=0.1)
    p = np.exp(h @ model.layers[1].get_weights()[0])
    np.testing.assert_allclose([float(number) for number in last[4][1:-1].split()], p / p.sum(), rtol=2e-3)
    assert "Trace of model 'small', sample 2 of 5" in str(trace)
    assert "<table" in trace._repr_html_()


def test_stages_are_found_by_name_number_layer_and_attribute():
    model = dense()
    trace = model.trace(X)
    assert trace["dense_1"] is trace[0] is trace[model.layers[0]] is trace.dense_1
    assert [stage.name for stage in trace] == ["dense_1", "last"]
    assert len(trace) == 2
    assert "last" in trace
    assert {"dense_1", "last", "neuron"} <= set(dir(trace))
    np.testing.assert_array_equal(trace["last"].output, model.predict(X, verbose=0))
    with pytest.raises(ArgumentError, match="did you mean 'dense_1'"):
        trace["dense1"]
    with pytest.raises(AttributeError, match="its layers are dense_1, last"):
        trace.nothing  # noqa: B018


def test_the_short_name_of_a_layer_inside_a_model_is_enough_where_it_is_unique():
    inner = Sequential([layers.Input((4,)), layers.Dense(4, name="only")], name="inner")
    model = Sequential([layers.Input((4,)), inner, layers.Dense(1, name="out")])
    trace = model.trace(X)
    assert trace["only"] is trace["inner/only"]
    assert trace.inner_only is trace["only"]
    np.testing.assert_array_equal(trace["inner"].output, trace["only"].output)


def test_one_sample_with_and_without_batch_axis_gives_the_same():
    model = dense()
    for given in (X[1], X[1:2], list(map(float, X[1]))):
        np.testing.assert_array_equal(model.trace(given)["last"].output, model.trace(X[1:2])["last"].output)
    assert model.trace(X).at(1).neuron("last", 0).total == pytest.approx(model.trace(X[1]).neuron("last", 0).total, rel=1e-5)


def test_one_sample_of_several_inputs_and_one_text():
    a, b = layers.Input((4,), name="a"), layers.Input((2,), name="b")
    model = Model({"a": a, "b": b}, layers.Dense(1, name="out")(layers.Concatenate()([a, b])))
    one = model.trace({"a": X[0], "b": np.ones(2)})["out"].output
    np.testing.assert_allclose(one, model.predict({"a": X[:1], "b": np.ones((1, 2))}, verbose=0), rtol=1e-6)
    text = Sequential(
        [layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=3, name="words"), layers.Embedding(4, 2, name="rows")]
    )
    text.build((None, 1))
    trace = text.trace("good day")
    assert trace["words"].output.tolist() == [[2, 1, 0]]
    assert trace.row("rows", 0).index == 2
    assert "'good day'" not in trace.table().rows[1][4]
    for texts in ("good day", np.array(["good day", "bad"]), np.array(["good day"], dtype=object), np.array([["good day"]])):
        assert "words (TextVectorization)" in str(text.trace(texts)), "texts with and without an axis of size 1 can be printed"


def test_a_model_that_is_not_built_yet_and_a_subclassed_one():
    class Net(Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(3, "tanh", name="a"), layers.Dense(2, name="b")

        def call(self, x):
            return self.b(self.a(x) * 2)

    model = Net()
    trace = model.trace(X)
    np.testing.assert_array_equal(trace["b"].input, 2 * trace["a"].output)
    assert [stage.name for stage in Sequential([layers.Dense(2, name="only")]).trace(X)] == ["only"]


def test_a_layer_of_ones_own_with_weights_and_no_layers_inside():
    class Scale(layers.Layer):
        def build(self, shape):
            self.factor = self.add_weight((shape[-1],), "ones", name="factor")

        def call(self, x):
            return ops.tanh(self.factor * x)

    trace = Sequential([layers.Input((4,)), Scale(name="scale")]).trace(X)
    assert trace["scale"].activation == "tanh"
    np.testing.assert_array_equal(trace["scale"].preactivation, X)
    np.testing.assert_array_equal(trace["scale"].weights["factor"], np.ones(4))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    before = config.dtype_policy()
    mixed_precision.set_global_policy(policy)
    try:
        model = dense()
    finally:
        mixed_precision.set_global_policy(before)
    model.compile("adam", "sparse_categorical_crossentropy")
    trace = model.trace(X, np.array([0, 1, 2, 0, 1]))
    assert trace["dense_1"].output.dtype.name == policy.removeprefix("mixed_")
    card = trace.neuron("dense_1", 0)
    assert abs(card.total - card.sum.computed) < 0.05
    assert np.isfinite(trace.backward.actual)


@pytest.mark.parametrize("name", ["reference", "auto"])
def test_both_engines_and_eager_models_give_the_same(name):
    model = dense()
    expected = model(X).numpy()
    before = config.requested_engine()
    config.set_engine(name)
    try:
        np.testing.assert_allclose(model.trace(X)["last"].output, expected, rtol=1e-5)
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        trace = model.trace(X, np.zeros(5, int))
        assert trace.backward.actual < 0
    finally:
        config.set_engine(before)


def test_wrong_shapes_samples_and_missing_compile_are_errors_with_advice():
    model = dense()
    with pytest.raises((ShapeError, ArgumentError), match="found"):
        model.trace(np.zeros((2, 5)))
    with pytest.raises(StateError, match="compile"):
        model.trace(X, np.zeros(5))
    with pytest.raises(ArgumentError, match="from 0 to 4"):
        model.trace(X, sample=5)
    with pytest.raises(ArgumentError, match=r"x\[:32\]"):
        model.trace(np.zeros((2000, 4)))
    with pytest.raises(GlassworksError):
        model.trace(np.zeros((0, 4)))
    with pytest.raises(StateError, match=r"model.trace\(x, y\)"):
        model.trace(X).backward  # noqa: B018


def test_a_trace_changes_nothing():
    model = Sequential([layers.Input((4,)), layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.train_on_batch(X, np.ones(5))
    watched = [*model.variables, *model.optimizer.variables, *[v for metric in model.metrics for v in metric.variables]]
    before = [variable.numpy().copy() for variable in watched]
    seeds = [layer.seed_generator.state.numpy().copy() for layer in model.layers if hasattr(layer, "seed_generator")]
    trace = model.trace(X, np.ones(5))
    str(trace)
    trace.update(f"{model.layers[0].name}/kernel", (0, 0))
    for variable, array in zip(watched, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), array)
    for seed, layer in zip(seeds, [layer for layer in model.layers if hasattr(layer, "seed_generator")], strict=True):
        np.testing.assert_array_equal(layer.seed_generator.state.numpy(), seed)
    assert seeds


def test_a_narrow_terminal_gets_a_few_lines_for_each_layer():
    trace = dense().trace(X)
    wide, narrow = trace.text(), trace.text(80)
    assert narrow.splitlines()[1] == "dense_1 (Dense): (4,) -> (8,)"
    assert max(map(len, narrow.splitlines())) <= 80 < max(map(len, wide.splitlines()))
    for cell in trace.table().rows[1][6:]:
        assert cell in narrow


def test_rows_of_different_lengths_are_an_error_with_advice():
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    with pytest.raises(DataError, match="rows of different lengths"):
        model.trace([[1, 2], [3]])


def test_a_model_that_branches_in_python_a_generator_and_text_for_numbers_are_errors_with_advice():
    class Branching(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x) if float(ops.sum(x)) > 0 else self.dense(-x)

    model = Branching()
    model(X)
    with pytest.raises(StateError, match=r"ops\.cond"):
        model.trace(X)
    with pytest.raises(ArgumentTypeError, match="list_iterator"):
        dense().trace(iter([X]))
    with pytest.raises(GlassworksError):
        dense().trace("text")


def test_a_linear_layer_shows_its_weighted_sum():
    model = Sequential([layers.Input((4,)), layers.Dense(1, name="out")])
    (row,) = model.trace(X).table().rows
    assert row[2] == row[4]
    assert row[3] == "linear"
