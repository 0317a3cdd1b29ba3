"""Images projected in the core have the numbers of the op `affine_transform`, which computes them step by step in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as keras
from glassworks import ops
from glassworks.engine import images
from glassworks.engine.native.core import native

pytestmark = pytest.mark.skipif(native is None, reason="the compiled core was not built")
FILL_MODES = ["constant", "nearest", "wrap", "mirror", "reflect"]


def transforms(count: int) -> np.ndarray:
    """Turned, moved far away, squeezed and tilted images, and numbers that are none."""
    rng = np.random.default_rng(2)
    found = rng.normal(0, 1, (count, 8)).astype("float32")
    found[:, [2, 5]] *= 20
    found[: count // 2, 6:] = 0
    found[count // 2 :, 6:] *= 0.2
    found[0] = [1, 0, 0, 0, 1, 0, 0, 0]
    found[1] = [1e12, 0, -1e20, 0, -1e12, 1e30, 0, 0]
    found[2] = [np.nan, 0, np.inf, 0, 1, -np.inf, 0, 0]
    found[3] = [0.5, 0, 0.5, 0, 0.5, 0.5, 0, 0]
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, for numbers that are none
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("shape", [(24, 9, 7, 3), (24, 1, 5, 1), (24, 2, 1, 4)])
def test_projected_images_are_those_of_the_op_bit_for_bit(fill_mode: str, shape: tuple[int, ...]) -> None:
    given = np.random.default_rng(3).normal(100, 60, shape).astype("float32")
    numbers = transforms(shape[0])
    found = images.projected(given, numbers, fill_mode, 7.3)
    expected = np.asarray(ops.image.affine_transform(given, numbers, "bilinear", fill_mode, 7.3, data_format="channels_last"))
    assert found is not None
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("fill_mode", ["reflect", "constant"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("RandomRotation", {"factor": 0.3}),
        ("RandomZoom", {"height_factor": 0.4, "width_factor": (-0.2, 0.6)}),
        ("RandomTranslation", {"height_factor": 0.4, "width_factor": 0.7}),
        ("RandomShear", {"x_factor": 0.3, "y_factor": 0.2}),
        ("RandomPerspective", {"factor": 0.7, "scale": 0.6}),
    ],
)
def test_layers_give_the_same_images_with_the_core_and_without(
    name: str, arguments: dict, fill_mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**arguments, "seed": 5, "fill_value": 3.0} | ({} if name == "RandomPerspective" else {"fill_mode": fill_mode})
    given = np.random.default_rng(4).uniform(0, 255, (6, 13, 11, 3)).astype("float32")
    layer = getattr(keras.layers, name)(**options)
    found = [np.asarray(layer(given)) for _ in range(2)]
    monkeypatch.setattr(images, "native", None)
    layer = getattr(keras.layers, name)(**options)
    np.testing.assert_array_equal(found, [np.asarray(layer(given)) for _ in range(2)])


def test_gradients_and_other_dtypes_go_through_the_op() -> None:
    given, numbers = np.ones((2, 4, 4, 1), "float32"), transforms(4)[[0, 3]]
    assert images.projected(given.astype("float64"), numbers, "reflect", 0.0) is None
    assert images.projected(given, numbers[:1], "reflect", 0.0) is None
    layer = keras.layers.RandomRotation(0.2, seed=1)
    x = keras.Variable(given)
    with keras.GradientTape() as tape:
        loss = ops.sum(layer(x))
    gradient = tape.gradient(loss, x)
    assert gradient is not None and np.isclose(np.sum(gradient), 32, atol=1e-4)


def test_the_core_reads_and_writes_only_what_it_was_given() -> None:
    one = np.ones((1, 2, 2, 1), "float32")
    for shape in ((1, 2, 3, 1), (1, 2, 2), (0, 2, 2, 1), (1, -2, -2, 1), (1, 2**40, 2**40, 1)):
        with pytest.raises(ValueError, match="image"):
            native.project_images(one, np.zeros((1, 8), "float32"), one.copy(), shape, native.Fill.wrap, 0.0)
    with pytest.raises(ValueError, match="another size"):
        native.project_images(one, np.zeros((1, 7), "float32"), one.copy(), (1, 2, 2, 1), native.Fill.wrap, 0.0)
