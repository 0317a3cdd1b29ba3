"""Advice on shapes: the code that an error suggests keeps every number with its sample and its place, and works when it is run."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.errors import ShapeError
from glassworks.rearranging import rearranged


def fix_of(error: ShapeError) -> str:
    return str(error).split("fix:")[1]


def test_no_permutation_of_axes_is_ever_answered_with_a_reshape() -> None:
    for sizes in [(3, 32, 32), (3, 32, 16), (10, 3), (2, 3, 4, 5)]:
        x = np.arange(7 * math.prod(sizes)).reshape(7, *sizes)
        for order in itertools.permutations(range(len(sizes))):
            wanted = (None, *(sizes[axis] for axis in order))
            code = rearranged(x.shape, wanted)
            if wanted[1:] == sizes:
                assert code == ""
                continue
            assert "reshape" not in code
            result = eval(code, {"np": np, "x": x})
            assert result.shape == (7, *wanted[1:])
            # Each row of numbers along the old axes is found along some axis of the result: nothing was mixed.
            moved = [np.transpose(x, (0, *(i + 1 for i in p))) for p in itertools.permutations(range(len(sizes)))]
            assert any(np.array_equal(result, one) for one in moved if one.shape == result.shape)


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((8, 784), (None, 28, 28)),
        ((8, 28, 28), (None, 784)),
        ((8, 28, 28), (None, 28, 28, 1)),
        ((8, 12, 2), (None, 3, 4, 2)),
        ((8, 6), (None, 2, 3, 1)),
    ],
)
def test_a_reshape_splits_or_merges_axes(shape: tuple, wanted: tuple) -> None:
    x = np.arange(math.prod(shape)).reshape(shape)
    result = eval(rearranged(shape, wanted), {"np": np, "x": x})
    assert result.shape == (shape[0], *wanted[1:])
    np.testing.assert_array_equal(result.ravel(), x.ravel())


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((8, 16, 4), (None, 8, 8)),
        ((8, 6, 4), (None, 3, 8)),
        ((8, 5), (None, 6)),
        ((None, 4), (None, None)),
        ((8,), (None, 3)),
        ((8, 0, 3), (None, 3, 1)),
    ],
)
def test_nothing_is_suggested_that_would_mix_numbers(shape: tuple, wanted: tuple) -> None:
    assert rearranged(shape, wanted) == ""


def test_channels_first_images_are_told_how_to_move_their_channels() -> None:
    model = keras.Sequential([keras.Input((8, 6, 3)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()])
    x = np.random.default_rng(0).random((4, 3, 8, 6)).astype("float32")
    with pytest.raises(ShapeError) as caught:
        model.predict(x, verbose=0)
    fix = fix_of(caught.value)
    assert "np.moveaxis(x, 1, -1)" in fix
    assert "reshape" not in str(caught.value)
    np.testing.assert_array_equal(model.predict(np.moveaxis(x, 1, -1), verbose=0), model.predict(np.transpose(x, (0, 2, 3, 1)), verbose=0))


@pytest.mark.parametrize(
    ("data_format", "built", "given", "code"),
    [
        ("channels_last", (1, 8, 6, 3), (1, 3, 8, 6), "np.moveaxis(x, 1, -1)"),
        ("channels_first", (1, 3, 8, 6), (1, 8, 6, 3), "np.moveaxis(x, -1, 1)"),
    ],
)
def test_a_convolution_says_where_the_channels_are(data_format: str, built: tuple, given: tuple, code: str) -> None:
    layer = layers.Conv2D(2, 3, data_format=data_format)
    layer(np.zeros(built, "float32"))
    x = np.zeros(given, "float32")
    with pytest.raises(ShapeError) as caught:
        layer(x)
    assert code in fix_of(caught.value)
    assert "reshape" not in str(caught.value)
    layer(eval(code, {"np": np, "x": x}))


def test_series_in_another_order_are_transposed() -> None:
    model = keras.Sequential([keras.Input((10, 3)), layers.LSTM(2)])
    x = np.random.default_rng(0).random((4, 3, 10)).astype("float32")
    with pytest.raises(ShapeError) as caught:
        model.predict(x, verbose=0)
    code = re.search(r"np\.\w+\(x.*?\)", fix_of(caught.value))
    assert code
    np.testing.assert_array_equal(eval(code.group(), {"np": np, "x": x}), x.transpose(0, 2, 1))


def test_a_compiled_call_gives_advice_of_the_same_kind() -> None:
    model = keras.Sequential([keras.Input((8, 6, 3)), layers.Conv2D(2, 3)])
    call = model.compile_call(2)
    with pytest.raises(ShapeError, match=r"np\.moveaxis\(x, 1, -1\)"):
        call(np.zeros((2, 3, 8, 6)))
    with pytest.raises(ShapeError, match=r"model\.compile_call\(batch_size=3\)"):
        call(np.zeros((3, 8, 6, 3)))


def test_layers_in_another_order_are_not_joined_by_a_reshape() -> None:
    with pytest.raises(ShapeError) as caught:
        layers.Concatenate()([np.zeros((2, 4, 5), "float32"), np.zeros((2, 5, 4), "float32")])
    assert "np.moveaxis(x, 1, -1)" in fix_of(caught.value)
    with pytest.raises(ShapeError, match="join along that axis with axis=1"):
        layers.Concatenate()([np.zeros((2, 4, 5), "float32"), np.zeros((2, 3, 5), "float32")])


# ---- recurrent layers


@pytest.mark.parametrize(
    ("first", "between", "second"),
    [
        (layers.LSTM, [], layers.LSTM),
        (layers.GRU, [lambda: layers.Dropout(0.1)], layers.GRU),
        (layers.SimpleRNN, [lambda: layers.Dense(3), lambda: layers.BatchNormalization()], layers.LSTM),
        (layers.LSTM, [], lambda units: layers.Conv1D(units, 2)),
        (layers.LSTM, [], lambda units: layers.GlobalAveragePooling1D()),
        (layers.LSTM, [], lambda units: layers.Bidirectional(layers.LSTM(units))),
    ],
)
def test_a_recurrent_layer_that_gives_its_last_step_is_told_to_return_sequences(first, between, second) -> None:
    with pytest.raises(ShapeError) as caught:
        keras.Sequential([keras.Input((5, 3)), first(4), *(make() for make in between), second(2)])
    assert f"{first.__name__}(..., return_sequences=True)" in fix_of(caught.value)
    keras.Sequential([keras.Input((5, 3)), first(4, return_sequences=True), *(make() for make in between), second(2)])


def test_a_bidirectional_layer_is_told_to_return_sequences_in_the_layer_it_wraps() -> None:
    with pytest.raises(ShapeError, match="return_sequences=True in the layer that it wraps"):
        keras.Sequential([keras.Input((5, 3)), layers.Bidirectional(layers.LSTM(4)), layers.LSTM(2)])


def test_a_table_for_a_recurrent_layer_gets_steps_or_another_layer() -> None:
    with pytest.raises(ShapeError) as caught:
        keras.Sequential([keras.Input((4,)), layers.LSTM(2)])
    fix = fix_of(caught.value)
    assert "x[..., None]" in fix
    assert "Input(shape=(4, 1))" in fix
    assert "Dense" in fix
    x = np.zeros((3, 4), "float32")
    assert keras.Sequential([keras.Input(shape=(4, 1)), layers.LSTM(2)]).predict(x[..., None], verbose=0).shape == (3, 2)


def test_images_for_a_recurrent_layer_become_rows_of_features() -> None:
    with pytest.raises(ShapeError) as caught:
        layers.LSTM(2)(np.zeros((2, 5, 4, 4), "float32"))
    fix = fix_of(caught.value)
    assert "TimeDistributed(layers.Flatten())" in fix
    x = np.zeros((2, 5, 4, 4), "float32")
    assert layers.LSTM(2)(x.reshape(*x.shape[:2], -1)).shape == (2, 2)
