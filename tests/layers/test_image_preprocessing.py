"""Layers for images: what they do at training and at inference, alone and in a model, and the mistakes they explain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import config, layers, random
from glassworks.engine import function, native
from glassworks.errors import GlassworksError
from glassworks.layers.base import Layer

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 255, (6, 8, 10, 3)).astype("float32")
RANDOM: dict[str, dict[str, Any]] = {
    "RandomFlip": {},
    "RandomRotation": {"factor": 0.2},
    "RandomZoom": {"height_factor": 0.3},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomShear": {"x_factor": 0.3, "y_factor": 0.2},
    "RandomPerspective": {"factor": (0.9, 1.0), "scale": 0.5},
    "RandomElasticTransform": {"factor": (0.9, 1.0), "scale": (0.7, 1.0)},
    "RandomBrightness": {"factor": 0.3},
    "RandomContrast": {"factor": (0.5, 0.5)},
    "RandomGrayscale": {"factor": 0.5},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomHue": {"factor": 0.5},
    "RandomSaturation": {"factor": (0.1, 0.9)},
    "RandomColorJitter": {"brightness_factor": 0.3, "contrast_factor": 0.3, "saturation_factor": 0.3, "hue_factor": 0.3},
    "RandomPosterization": {"factor": 5},
    "RandomInvert": {"factor": (0.5, 0.5)},
    "Solarization": {"addition_factor": 0.5, "threshold_factor": 0.5},
    "RandomSharpness": {"factor": 1.0},
    "RandomGaussianBlur": {"factor": (0.9, 1.0), "sigma": (0.5, 1.0)},
    "RandomErasing": {"scale": (0.2, 0.5), "factor": (0.9, 1.0)},
    "MixUp": {"alpha": 1.0},
    "CutMix": {},
    "RandAugment": {},
    "AugMix": {"num_chains": 1, "chain_depth": 2},
}
# With these arguments nothing changes, whatever is drawn.
HARMLESS: dict[str, dict[str, Any]] = {
    "RandomRotation": {"factor": 0.0},
    "RandomZoom": {"height_factor": 0.0},
    "RandomTranslation": {"height_factor": 0.0, "width_factor": 0.0},
    "RandomShear": {},
    "RandomPerspective": {"factor": 0.0},
    "RandomElasticTransform": {"factor": 0.0},
    "RandomBrightness": {"factor": 0.0},
    "RandomContrast": {"factor": 0.0},
    "RandomGrayscale": {"factor": 0.0},
    "RandomColorDegeneration": {"factor": 0.0},
    "RandomHue": {"factor": 0.0},
    "RandomSaturation": {"factor": (0.5, 0.5)},
    "RandomColorJitter": {},
    "RandomInvert": {"factor": 0.0},
    "RandomSharpness": {"factor": (0.5, 0.5)},
    "RandomGaussianBlur": {"factor": 0.0},
    "RandomErasing": {"factor": 0.0},
}
MOVING = ("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear", "RandomPerspective", "RandomElasticTransform")


def make(name: str, **more: Any) -> Layer:
    return getattr(layers, name)(**{**RANDOM.get(name, {}), **more})


@pytest.mark.parametrize("name", RANDOM)
def test_inference_leaves_images_alone(name: str) -> None:
    found = make(name)(IMAGES, training=False)
    np.testing.assert_array_equal(found, IMAGES)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_factor_of_nothing_changes_nothing(name: str) -> None:
    np.testing.assert_allclose(getattr(layers, name)(**HARMLESS[name])(IMAGES, training=True), IMAGES, atol=2e-3)


@pytest.mark.parametrize("name", RANDOM)
def test_the_same_seed_gives_the_same_images_eagerly_and_in_a_graph(name: str) -> None:
    one, two, traced = (make(name, seed=4) for _ in range(3))
    first = one(IMAGES, training=True).numpy()
    np.testing.assert_array_equal(first, two(IMAGES, training=True))
    assert first.dtype == np.float32 and first.shape == IMAGES.shape and np.isfinite(first).all()
    second = one(IMAGES, training=True).numpy()
    assert (first != second).any() or (name == "AugMix" and (second != IMAGES).any())
    program = function(lambda x: traced(x, training=True))
    for wanted in (first, second):
        # Where a value lies at a limit, a multiplication and addition in one step decide.
        assert (np.abs(np.asarray(program(IMAGES)) - wanted) > 0.05).mean() < 0.01


@pytest.mark.parametrize("name", [name for name in RANDOM if name not in ("RandAugment", "AugMix", "MixUp", "CutMix")])
def test_each_image_of_a_batch_gets_a_draw_of_its_own(name: str) -> None:
    found = make(name, seed=1)(np.tile(IMAGES[:1], (24, 1, 1, 1)), training=True).numpy()
    assert len({one.tobytes() for one in found}) >= 2


@pytest.mark.parametrize("name", RANDOM)
def test_one_image_is_transformed_like_a_batch_of_one(name: str) -> None:
    one, batch = make(name, seed=2), make(name, seed=2)
    np.testing.assert_array_equal(one(IMAGES[0], training=True), batch(IMAGES[:1], training=True)[0])


@pytest.mark.parametrize("name", RANDOM)
def test_bytes_are_taken_as_numbers(name: str) -> None:
    images = IMAGES.astype("uint8")
    one, two = make(name, seed=2), make(name, seed=2)
    found = one(images, training=True)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, two(images.astype("float32"), training=True))


@pytest.mark.parametrize(
    "name", [name for name in RANDOM if name not in ("RandomElasticTransform", "RandomErasing", "RandAugment", "AugMix")]
)
def test_channels_first_is_the_same_turned_around(name: str) -> None:
    last, first = make(name, seed=3), make(name, seed=3, data_format="channels_first")
    found = first(IMAGES.transpose(0, 3, 1, 2), training=True).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(found, last(IMAGES, training=True), atol=2e-3)


@pytest.mark.parametrize("name", MOVING)
def test_masks_move_with_their_images(name: str) -> None:
    labels = RNG.integers(0, 4, (6, 8, 10, 1)).astype("uint8")
    arguments = {} if name == "RandomFlip" else {"interpolation": "nearest"}
    found = make(name, seed=5, **arguments)({"images": labels * 10.0, "segmentation_masks": labels}, training=True)
    assert found["segmentation_masks"].dtype == np.uint8
    np.testing.assert_array_equal(found["images"], found["segmentation_masks"].numpy() * 10.0)


@pytest.mark.parametrize("name", MOVING[:6])
def test_boxes_move_with_their_images(name: str) -> None:
    images = np.zeros((40, 20, 30, 1), "float32")
    images[:, 8:12, 12:18] = 1.0
    boxes = np.tile(np.array([[[12.0, 8.0, 18.0, 12.0]]], "float32"), (40, 1, 1))
    arguments = {} if name == "RandomFlip" else {"fill_value": 0.0}
    arguments |= {} if name in ("RandomFlip", "RandomPerspective") else {"fill_mode": "constant"}
    layer = make(name, seed=6, bounding_box_format="xyxy", **arguments)
    found = layer({"images": images, "bounding_boxes": {"boxes": boxes, "labels": np.ones((40, 1))}}, training=True)
    for image, (left, top, right, bottom) in zip(
        found["images"].numpy()[..., 0], found["bounding_boxes"]["boxes"].numpy()[:, 0], strict=True
    ):
        rows, columns = np.nonzero(image > 0.5)
        if len(rows):
            seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            np.testing.assert_allclose((left, top, right, bottom), seen, atol=2.5)


def test_flips_are_fair_and_undo_themselves() -> None:
    many = np.tile(IMAGES[:1], (400, 1, 1, 1))
    for mode, flipped in (
        ("horizontal", IMAGES[0][:, ::-1]),
        ("vertical", IMAGES[0][::-1]),
        ("horizontal_and_vertical", IMAGES[0][::-1, ::-1]),
    ):
        found = layers.RandomFlip(mode, seed=1)(many).numpy()
        turned = (found == flipped).all(axis=(1, 2, 3))
        assert turned.sum() + (found == IMAGES[0]).all(axis=(1, 2, 3)).sum() == 400
        assert 150 < turned.sum() < 250


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    square = IMAGES[:, :8, :8]
    found = layers.RandomRotation((0.25, 0.25))(square)
    np.testing.assert_allclose(found, np.rot90(square, 1, axes=(1, 2)), atol=2e-3)


def test_values_stay_in_their_range() -> None:
    for name in ("RandomBrightness", "RandomContrast", "RandomColorJitter", "RandomSharpness", "RandomErasing", "RandAugment", "AugMix"):
        found = make(name, seed=3, value_range=(0, 1))(IMAGES / 255, training=True).numpy()
        assert found.min() >= -1e-6 and found.max() <= 1 + 1e-6


def test_a_mirror_of_hue_is_the_complement() -> None:
    found = layers.RandomHue((1.0, 1.0), value_range=(0, 1))(np.array([[[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]]]))
    np.testing.assert_allclose(found, [[[0.0, 1.0, 1.0], [0.5, 0.0, 0.5]]], atol=1e-6)


def test_jitter_is_its_four_parts_in_turn() -> None:
    jitter = make("RandomColorJitter", seed=9)
    drawn = jitter.get_random_transformation(IMAGES)
    found = jitter.transform_images(IMAGES, drawn)
    x: Any = IMAGES
    for name in ("Brightness", "Contrast", "Saturation", "Hue"):
        x = make(f"Random{name}", factor=0.3).transform_images(x, drawn[name.lower()])
    np.testing.assert_allclose(found, x, atol=1e-3)


def test_erased_windows_have_the_wanted_area_and_fill() -> None:
    ones = np.ones((50, 32, 32, 3), "float32")
    found = layers.RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=[5.0, 6.0, 7.0], seed=1)(ones).numpy()
    erased = found[..., 0] == 5.0
    np.testing.assert_allclose(erased.mean(axis=(1, 2)), 0.25, atol=0.02)
    assert (found[erased] == [5.0, 6.0, 7.0]).all() and (found[~erased] == 1.0).all()
    noise = layers.RandomErasing((1.0, 1.0), scale=(1.0, 1.0), seed=1)(ones).numpy()
    assert noise.min() == 0.0 and noise.max() > 200


def test_mixed_labels_tell_the_share_of_each_image() -> None:
    images = np.zeros((8, 16, 16, 1), "float32") + np.arange(8.0).reshape(-1, 1, 1, 1)
    data = {"images": images, "labels": np.eye(8, dtype="float32")}
    for name in ("MixUp", "CutMix"):
        for seed in range(3):
            found = make(name, seed=seed)(data, training=True)
            np.testing.assert_allclose(found["labels"].numpy() @ np.arange(8), found["images"].numpy().mean(axis=(1, 2, 3)), atol=0.8)
            np.testing.assert_allclose(found["labels"].numpy().sum(axis=1), 1.0, atol=1e-5)
    assert (data["images"][:, 0, 0, 0] == np.arange(8)).all()
    small = layers.CutMix((0.0, 1e-4), seed=1)({"images": images, "labels": np.eye(8, dtype="float32")})
    assert np.isfinite(small["labels"].numpy()).all()


def test_boxes_of_mixed_images_are_those_of_both() -> None:
    boxes = {"boxes": RNG.uniform(0, 8, (6, 2, 4)).astype("float32"), "labels": np.ones((6, 2), "float32")}
    found = layers.MixUp(seed=1, bounding_box_format="xyxy")({"images": IMAGES, "bounding_boxes": boxes})["bounding_boxes"]
    assert found["boxes"].shape == (6, 4, 4) and found["labels"].shape == (6, 4)
    np.testing.assert_array_equal(found["boxes"][:, :2], boxes["boxes"])


def test_random_crops_are_windows_and_inference_keeps_the_middle() -> None:
    layer = layers.RandomCrop(4, 5, seed=1)
    places = set()
    for _ in range(40):
        found = layer(IMAGES).numpy()
        window = [(i, j) for i in range(5) for j in range(6) if (found == IMAGES[:, i : i + 4, j : j + 5]).all()]
        assert len(window) == 1
        places.update(window)
    assert len({i for i, _ in places}) == 5 and len({j for _, j in places}) == 6
    found = layers.RandomCrop(4, 5)(IMAGES, training=False)
    np.testing.assert_allclose(found, layers.Resizing(4, 5, crop_to_aspect_ratio=True)(IMAGES), atol=1e-4)
    np.testing.assert_array_equal(layers.RandomCrop(8, 10)(IMAGES), IMAGES)
    boxes = {"boxes": [[2.0, 1.0, 9.0, 7.0]], "labels": [3]}
    one = layers.RandomCrop(8, 6, seed=3, bounding_box_format="xyxy")({"images": IMAGES[0], "bounding_boxes": boxes})
    left = next(j for j in range(5) if (one["images"].numpy() == IMAGES[0][:, j : j + 6]).all())
    np.testing.assert_allclose(one["bounding_boxes"]["boxes"], [[max(2 - left, 0), 1, min(9 - left, 6), 7]])


def test_resizing_keeps_bytes() -> None:
    found = layers.Resizing(3, 4)(IMAGES.astype("uint8"))
    assert found.dtype == np.uint8
    masks = RNG.choice([0, 7], (6, 8, 10, 1)).astype("int32")
    both = layers.Resizing(3, 4)({"images": IMAGES, "segmentation_masks": masks})
    assert np.unique(both["segmentation_masks"]).tolist() == [0, 7]


def test_boxes_without_area_lose_their_label() -> None:
    layer = layers.CenterCrop(2, 2, bounding_box_format="xywh")
    boxes = {"boxes": np.array([[[0.0, 0.0, 2.0, 2.0], [3.0, 2.0, 4.0, 4.0]]]), "labels": np.array([[5, 6]])}
    found = layer({"images": IMAGES[:1], "bounding_boxes": boxes})["bounding_boxes"]
    assert found["labels"].tolist() == [[-1, 6]]
    np.testing.assert_array_equal(found["boxes"][0, 1], [0.0, 0.0, 2.0, 2.0])


def test_lists_of_boxes_are_filled_to_one_length() -> None:
    boxes = {"boxes": [[[0.0, 0.0, 2.0, 2.0]], [[1.0, 1.0, 3.0, 3.0], [0.0, 0.0, 4.0, 4.0]]], "labels": [[1], [2, 3]]}
    layer = layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    found = layer({"images": IMAGES[:2], "bounding_boxes": boxes})["bounding_boxes"]
    assert found["boxes"].shape == (2, 2, 4) and found["labels"].tolist() == [[1, -1], [2, 3]]


def test_the_data_that_was_passed_stays_as_it_was() -> None:
    data = {"images": IMAGES.copy(), "labels": np.arange(6), "path": "a.png", "bounding_boxes": None}
    found = layers.RandomFlip(seed=1)(data)
    assert found["path"] == "a.png" and found["bounding_boxes"] is None
    np.testing.assert_array_equal(data["images"], IMAGES)
    np.testing.assert_array_equal(found["labels"], np.arange(6))
    assert found is not data


def test_histograms_are_spread_out() -> None:
    dark = np.floor(IMAGES / 8)
    assert layers.AutoContrast()(dark).numpy().max() == 255 and layers.AutoContrast()(dark).numpy().min() == 0
    equal = layers.Equalization()(dark, training=True).numpy()
    assert equal.max() == 255 and equal.min() == 0 and 60 < equal.std() < 90
    flat = np.full((1, 8, 8, 1), 9.0, "float32")
    for name in ("AutoContrast", "Equalization"):
        np.testing.assert_array_equal(getattr(layers, name)()(flat, training=True), flat)


def test_posterization_leaves_so_many_levels() -> None:
    for bits in (1, 2, 3):
        found = layers.RandomPosterization((bits, bits))(np.arange(256.0).reshape(1, 16, 16, 1)).numpy()
        assert len(np.unique(found)) == 2**bits


# ---- in a model


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    before = config.engine()
    yield
    config.set_engine(before)


def classifier() -> Any:
    glassworks.utils.set_random_seed(1)
    augmentation = [
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(0.05),
        layers.RandomZoom(0.1),
        layers.RandomContrast(0.2, (0, 1)),
    ]
    network = [layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(3, activation="softmax")]
    model = glassworks.Sequential([layers.Input((8, 8, 3)), layers.Rescaling(1 / 255), *augmentation, *network])
    model.compile(glassworks.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def bright() -> tuple[np.ndarray, np.ndarray]:
    """Images whose class is their strongest channel."""
    rng = np.random.default_rng(2)
    classes = rng.integers(0, 3, 192)
    images = rng.uniform(0, 150, (192, 8, 8, 3))
    images[np.arange(192), :, :, classes] += 100
    return images.astype("uint8"), classes


@pytest.mark.skipif(not native.available(), reason="the native engine was not built here: there is no C++ compiler")
def test_a_model_with_augmentation_trains_natively_with_the_same_bits_each_time() -> None:
    results = {}
    for name in ("native", "native again", "reference"):
        config.set_engine(name.split()[0])
        model = classifier()
        history = model.fit(*bright(), batch_size=32, epochs=4, verbose=0)
        results[name] = model.get_weights(), history.history["loss"]
        assert model.evaluate(*bright(), verbose=0)[1] > 0.8
    for mine, again in zip(*(results[name][0] for name in ("native", "native again")), strict=True):
        np.testing.assert_array_equal(mine, again)
    np.testing.assert_allclose(results["native"][1], results["reference"][1], rtol=2e-3)


def test_prediction_does_not_augment_and_a_saved_config_makes_the_same_model() -> None:
    model = classifier()
    images = bright()[0][:32]
    np.testing.assert_array_equal(model.predict(images, verbose=0), model.predict(images, verbose=0))
    again = glassworks.Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-6)
    assert model.output_shape == (None, 3)


def test_shapes_with_unknown_batch_are_found() -> None:
    symbol = layers.Input((8, 10, 3))
    for name in RANDOM:
        assert make(name)(symbol).shape == (None, 8, 10, 3)
    assert layers.RandomCrop(4, 5)(symbol).shape == (None, 4, 5, 3)
    assert layers.Resizing(4, 5)(symbol).shape == layers.CenterCrop(4, 5)(symbol).shape == (None, 4, 5, 3)
    assert layers.CenterCrop(4, 5, data_format="channels_first").compute_output_shape((None, 3, 8, 10)) == (None, 3, 4, 5)
    boxed = {"images": (None, 8, 8, 3), "bounding_boxes": {"boxes": (None, 9, 4), "labels": (None, 9)}}
    assert layers.MaxNumBoundingBoxes(3).compute_output_shape(boxed)["bounding_boxes"]["boxes"] == (None, 3, 4)


def test_images_of_any_size_are_brought_to_one() -> None:
    symbol = layers.Input((None, None, 3))
    for name in RANDOM:
        assert make(name)(symbol).shape == (None, None, None, 3)
    for layer in (layers.Resizing(6, 7), layers.CenterCrop(6, 7), layers.RandomCrop(6, 7), layers.Resizing(6, 7, pad_to_aspect_ratio=True)):
        assert layer(symbol).shape == (None, 6, 7, 3)
    model = glassworks.Model(symbol, layers.Flatten()(layers.Resizing(6, 7)(symbol)))
    assert model.predict(IMAGES, verbose=0).shape == model.predict(IMAGES[:, :5, :7], verbose=0).shape == (6, 126)


def test_a_pipeline_takes_everything_along() -> None:
    pipeline = layers.Pipeline([layers.RandomFlip(bounding_box_format="xyxy"), layers.Resizing(4, 5, bounding_box_format="xyxy")])
    data = {"images": IMAGES, "labels": np.arange(6), "bounding_boxes": BOXES, "segmentation_masks": np.ones((6, 8, 10, 1), "uint8")}
    found = pipeline(data)
    assert found["images"].shape == (6, 4, 5, 3) and found["segmentation_masks"].shape == (6, 4, 5, 1)
    assert found["bounding_boxes"]["boxes"].shape == (6, 1, 4) and found["labels"].shape == (6,)


def test_boxes_move_with_the_changes_of_rand_augment() -> None:
    images = np.zeros((4, 20, 30, 3), "float32")
    images[:, 8:12, 12:18] = 100.0
    boxes = {"boxes": np.tile(np.array([[[12.0, 8.0, 18.0, 12.0]]], "float32"), (4, 1, 1)), "labels": np.ones((4, 1))}
    layer = layers.RandAugment(num_ops=1, factor=0.1, seed=1, bounding_box_format="xyxy")
    for index in range(11):
        drawn = {**layer.get_random_transformation(images), "layer_idxes": np.array([index])}
        moved = np.asarray(layer.transform_bounding_boxes(boxes, drawn)["boxes"])
        assert (moved != boxes["boxes"]).any() == (index < 3)
        seen = layer.transform_images(images, drawn).numpy()[..., 0]
        if index < 3:
            for image, (left, top, right, bottom) in zip(seen, moved[:, 0], strict=True):
                rows, columns = np.nonzero(image > 50)
                ends = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                np.testing.assert_allclose((left, top, right, bottom), ends, atol=2.5)


def test_the_global_seed_covers_layers_without_a_seed() -> None:
    results = []
    for _ in range(2):
        random.set_global_seed(3)
        results.append(layers.RandomRotation(0.3)(IMAGES).numpy())
    np.testing.assert_array_equal(*results)


# ---- mistakes

BOXES = {"boxes": np.ones((6, 1, 4)), "labels": np.ones((6, 1))}
MISTAKES: list[tuple[Any, list[str]]] = [
    (lambda: layers.RandomFlip()(np.ones((8, 8))), ["(8, 8)", "3 axes", "expand_dims"]),
    (lambda: layers.Resizing(2, 2)(np.ones((1, 2, 8, 8, 3))), ["(1, 2, 8, 8, 3)", "4 for a batch"]),
    (lambda: layers.RandomFlip()({"image": IMAGES}), ["['image']", "'images'"]),
    (lambda: layers.RandomFlip()({"images": IMAGES, "bounding_boxes": BOXES}), ["bounding_box_format='xyxy'"]),
    (
        lambda: layers.RandomFlip(bounding_box_format="xyxy")({"images": IMAGES, "bounding_boxes": np.ones((6, 1, 4))}),
        ["'boxes' and 'labels'"],
    ),
    (lambda: layers.RandomGrayscale(0.5)(np.ones((2, 4, 4, 2))), ["(2, 4, 4, 2)", "3 channels"]),
    (lambda: layers.RandomHue(0.5)(np.ones((2, 4, 4, 1))), ["(2, 4, 4, 1)", "3 channels"]),
    (lambda: layers.MixUp()({"images": IMAGES, "labels": np.arange(6)}), ["labels of shape (6,)", "one_hot"]),
    (lambda: layers.RandomRotation(2), ["factor=2", "from -1.0 to 1.0"]),
    (lambda: layers.RandomZoom(-1.0), ["height_factor=-1.0"]),
    (lambda: layers.RandomFlip("left"), ["mode='left'", "horizontal"]),
    (lambda: layers.Resizing(-3, 4), ["height=-3", "positive integer"]),
    (lambda: layers.CenterCrop(3, 0), ["width=0", "positive integer"]),
    (lambda: layers.RandomBrightness(0.1, value_range=1), ["value_range=1", "two numbers"]),
    (lambda: layers.RandomContrast((0.1, 0.2, 0.3)), ["factor=(0.1, 0.2, 0.3)"]),
    (lambda: layers.RandomGaussianBlur(kernel_size=4), ["kernel_size=4", "odd"]),
    (lambda: layers.RandomErasing(fill_value=(1, 2)), ["fill_value=(1, 2)", "three numbers"]),
    (lambda: layers.Resizing(3, 3, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), ["at most one"]),
    (lambda: layers.Pipeline([3]), ["layers=[3]", "a list of layers"]),
    (lambda: layers.RandomColorJitter(hue_factor=3), ["hue_factor=3"]),
]


@pytest.mark.parametrize(("call", "pieces"), MISTAKES)
def test_mistakes_are_explained(call: Any, pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        call()
    assert all(piece in str(caught.value) for piece in pieces), caught.value


def test_boxes_and_cut_mix_do_not_go_together() -> None:
    with pytest.raises(NotImplementedError, match="MixUp does"):
        layers.CutMix(bounding_box_format="xyxy")({"images": IMAGES, "bounding_boxes": BOXES})
