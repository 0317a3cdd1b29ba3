"""Neurons and filters are written out with the numbers of the run."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Model, Sequential, layers
from glassworks.errors import IndexRangeError, StateError
from tests.insight.printed import check_equations

RANDOM = np.random.default_rng(1)


def noisy(model):
    """The model with biases that are not zero, so that they show."""
    model.set_weights([weight + RANDOM.normal(scale=0.1, size=weight.shape) for weight in model.get_weights()])
    return model


def test_a_neuron_is_the_weighted_sum_of_its_inputs_largest_first():
    model = noisy(Sequential([layers.Input((9,)), layers.Dense(4, "relu", name="dense"), layers.Dense(2, "tanh", name="last")]))
    x = RANDOM.normal(size=9).astype("float32")
    trace = model.trace(x)
    w, b = model.layers[0].get_weights()
    for index in range(4):
        card = trace.neuron("dense", index)
        products = w[:, index] * x
        np.testing.assert_allclose(card.total, products.sum() + b[index], rtol=1e-5)
        np.testing.assert_allclose(card.result, max(products.sum() + b[index], 0), rtol=1e-5)
        np.testing.assert_allclose(card.sum.computed, card.total, rtol=1e-5)
        order = np.argsort(-np.abs(products))
        assert [term.label for term in card.sum.largest] == [f"x[{i}]" for i in order]
        np.testing.assert_allclose([term.product for term in card.sum.largest], products[order], rtol=1e-6)
        assert check_equations(card) == 1
        assert f"+ (3 more: {products[order[6:]].sum():.4g})" in str(card)
    assert check_equations(trace.neuron("last", -1)) == 1


def test_a_dense_layer_over_steps_has_a_neuron_per_step():
    model = noisy(Sequential([layers.Input((3, 5)), layers.Dense(2, name="dense")]))
    x = RANDOM.normal(size=(4, 3, 5)).astype("float32")
    w, b = model.get_weights()
    card = model.trace(x, sample=2).neuron("dense", (1, 0))
    np.testing.assert_allclose(card.total, x[2, 1] @ w[:, 0] + b[0], rtol=1e-5)
    assert next(card.sum.largest).label.startswith("x[1, ")
    assert model.trace(x).neuron("dense", 1).index == (0, 1)


@pytest.mark.parametrize(
    ("equation", "output", "bias", "index"),
    [
        ("abc,cd->abd", (None, 4), "d", (1, 2)),
        ("abc,bcd->ad", 4, "d", (3,)),
        ("...x,xy->...y", 4, "y", (2, 3)),
        ("abc,dcb->ad", 2, None, (1,)),
    ],
)
def test_neurons_of_einsum_layers(equation, output, bias, index):
    model = noisy(
        Sequential([layers.Input((3, 5)), layers.EinsumDense(equation, output, bias_axes=bias, activation="tanh", name="einsum")])
    )
    x = RANDOM.normal(size=(2, 3, 5)).astype("float32")
    card = model.trace(x, sample=1).neuron("einsum", index)
    weights = model.get_weights()
    expected = np.einsum(equation.replace("...", "z") if "..." not in equation else "abx,xy->aby", x, weights[0])[(1, *index)]
    expected += np.broadcast_to(weights[1], model.output_shape[1:])[index] if bias else 0
    np.testing.assert_allclose([card.total, card.sum.computed, card.result], [expected, expected, np.tanh(expected)], rtol=1e-4)
    assert check_equations(card) == 1


def convolved(x, layer):
    """A plain convolution, depthwise or not, with loops: the oracle. Channels last, one sample."""
    kernel, *bias = layer.get_weights()
    reach = [(k - 1) * d + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate, strict=True)]
    if layer.padding == "same":
        total = [max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in zip(x.shape, layer.strides, reach, strict=False)]
        x = np.pad(x, [*((t // 2, t - t // 2) for t in total), (0, 0)])
    elif layer.padding == "causal":
        x = np.pad(x, [(reach[0] - 1, 0), (0, 0)])
    sizes = [(n - r) // s + 1 for n, r, s in zip(x.shape, reach, layer.strides, strict=False)]
    depthwise = isinstance(layer, layers.DepthwiseConv1D | layers.DepthwiseConv2D)
    groups = 1 if depthwise else layer.groups
    out = np.zeros((*sizes, kernel.shape[-1] * (kernel.shape[-2] if depthwise else 1)))
    for place in np.ndindex(*sizes):
        window = x[tuple(slice(p * s, p * s + r, d) for p, s, r, d in zip(place, layer.strides, reach, layer.dilation_rate, strict=True))]
        for f in range(out.shape[-1]):
            if depthwise:
                c, m = divmod(f, kernel.shape[-1])
                out[(*place, f)] = np.sum(window[..., c] * kernel[..., c, m])
            else:
                size, own = kernel.shape[-2], f // (kernel.shape[-1] // groups)
                out[(*place, f)] = np.sum(window[..., own * size : (own + 1) * size] * kernel[..., f])
    return out + (bias[0] if bias else 0)


CONVOLUTIONS = [
    (layers.Conv1D(4, 3, name="conv"), (9, 2)),
    (layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh", name="conv"), (9, 2)),
    (layers.Conv1D(4, 4, strides=2, padding="same", groups=2, name="conv"), (9, 2)),
    (layers.Conv2D(3, 3, activation="relu", name="conv"), (6, 5, 2)),
    (layers.Conv2D(3, (2, 3), padding="same", strides=2, use_bias=False, name="conv"), (6, 5, 2)),
    (layers.Conv2D(3, 3, padding="same", dilation_rate=2, activation="relu", name="conv"), (6, 5, 1)),
    (layers.Conv3D(2, 2, padding="same", name="conv"), (3, 4, 3, 2)),
    (layers.DepthwiseConv1D(3, depth_multiplier=2, name="conv"), (7, 3)),
    (layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu", name="conv"), (5, 4, 3)),
]


@pytest.mark.parametrize(
    ("layer", "shape"), CONVOLUTIONS, ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else ""
)
def test_a_filter_at_any_place_is_the_sum_over_its_window(layer, shape):
    model = noisy(Sequential([layers.Input(shape), layer]))
    x = RANDOM.normal(size=(2, *shape)).astype("float32")
    trace = model.trace(x, sample=1)
    expected = convolved(x[1].astype(float), layer)
    assert expected.shape == trace["conv"].output.shape[1:]
    for place in [tuple(0 for _ in shape[:-1]), tuple(n - 1 for n in expected.shape[:-1]), None]:
        for index in (0, expected.shape[-1] - 1):
            card = trace.filter("conv", index, place)
            at = (*card.place, index)
            np.testing.assert_allclose([card.total, card.sum.computed], expected[at], rtol=1e-3, atol=1e-5)
            np.testing.assert_allclose(card.result, trace["conv"].output[(1, *at)], rtol=1e-6)
            assert card.padded + len(card.sum) == card.window[0].size
            assert check_equations(card) == 1


def test_channels_first_and_the_terms_name_the_cells():
    x = RANDOM.normal(size=(2, 5, 6, 7)).astype("float32")
    model = noisy(Sequential([layers.Input((5, 6, 7)), layers.Conv2D(3, 3, data_format="channels_first", name="conv")]))
    kernel, bias = model.get_weights()
    card = model.trace(x).filter("conv", 1, (2, 3))
    expected = np.sum(np.moveaxis(x[0], 0, -1)[2:5, 3:6] * kernel[..., 1]) + bias[1]
    np.testing.assert_allclose([card.total, card.sum.computed], expected, rtol=1e-4)
    for term in card.sum.largest:
        row, column, channel = map(int, term.label[2:-1].split(","))
        np.testing.assert_allclose(term.value, x[0, channel, row, column])
        np.testing.assert_allclose(term.weight, kernel[row - 2, column - 3, channel, 1])


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("rank", "strides"), [(1, 2), (2, 1), (2, 3), (3, 2)])
def test_a_filter_of_a_transposed_convolution_sums_the_cells_that_reach_its_place(padding, rank, strides):
    classes = {1: layers.Conv1DTranspose, 2: layers.Conv2DTranspose, 3: layers.Conv3DTranspose}
    shape = (4, 3, 2)[:rank]
    model = noisy(Sequential([layers.Input((*shape, 2)), classes[rank](3, 3, strides=strides, padding=padding, name="up")]))
    x = RANDOM.normal(size=(1, *shape, 2)).astype("float32")
    trace = model.trace(x)
    for place in np.ndindex(*trace["up"].output.shape[1:-1]):
        card = trace.filter("up", 1, place)
        np.testing.assert_allclose(card.sum.computed, card.total, rtol=1e-4, atol=1e-5)
    assert check_equations(trace.filter("up", 2)) == 1


@pytest.mark.parametrize("rank", [1, 2])
def test_a_filter_of_a_separable_convolution_is_a_sum_over_the_channels_between(rank):
    layer = (layers.SeparableConv1D if rank == 1 else layers.SeparableConv2D)(
        4, 3, padding="same", depth_multiplier=2, activation="relu", name="conv"
    )
    shape = (6, 5)[:rank]
    model = noisy(Sequential([layers.Input((*shape, 3)), layer]))
    x = RANDOM.normal(size=(1, *shape, 3)).astype("float32")
    depthwise, pointwise, bias = model.get_weights()
    card = model.trace(x).filter("conv", 2, (1,) * rank)
    window = x[0][tuple(slice(0, 3) for _ in range(rank))]
    between = (depthwise * window[..., None]).sum(axis=tuple(range(rank))).reshape(-1)
    np.testing.assert_allclose([part.total for part in card.between], between, rtol=1e-4)
    expected = between @ pointwise.reshape(6, 4)[:, 2] + bias[2]
    np.testing.assert_allclose([card.total, card.sum.computed, card.result], [expected, expected, max(expected, 0)], rtol=1e-4, atol=1e-6)
    assert check_equations(card) >= 2


def test_indexes_out_of_range_and_layers_of_another_kind_are_errors_with_advice():
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten(), layers.Dense(3, name="dense")])
    trace = model.trace(np.zeros((6, 6, 1)))
    with pytest.raises(IndexRangeError, match="from 0 to 2"):
        trace.neuron("dense", 3)
    with pytest.raises(IndexRangeError, match="2 numbers, for axes of sizes"):
        trace.filter("conv", 0, (1, 1, 1))
    with pytest.raises(StateError, match=r"trace.filter\('conv', 0, place\)"):
        trace.neuron("conv", 0)
    with pytest.raises(StateError, match=r"trace.neuron\('dense', 0\)"):
        trace.filter("dense", 0)


class Doubled(layers.Dense):
    def call(self, inputs):
        return 2 * super().call(inputs)


def test_a_layer_that_computes_something_else_is_an_error_and_no_wrong_card():
    inputs = layers.Input((3,))
    model = Model(inputs, Doubled(2, name="doubled")(inputs))
    with pytest.raises(StateError, match="a layer that computes a weighted sum"):
        model.trace(np.ones(3)).neuron("doubled", 0)


def test_cards_show_themselves_in_notebooks():
    model = Sequential([layers.Input((2,)), layers.Dense(1, name="<dense>")])
    html = model.trace(np.ones(2)).neuron("<dense>", 0)._repr_html_()
    assert "&lt;dense&gt;" in html
    assert "<dense>" not in html
