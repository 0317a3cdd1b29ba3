"""`ImageDataGenerator` and its functions, compared with the copies of them that Keras 3 still ships."""

from __future__ import annotations

import keras.src.legacy.preprocessing.image as keras_image
import numpy as np
import pandas
import pytest

from glassworks import layers, models, utils
from glassworks.errors import ArgumentError, DataError, GlassworksWarning, ShapeError
from glassworks.preprocessing import image

# Keras calls SciPy by an old name.
pytestmark = pytest.mark.filterwarnings("ignore:Please (use|import)")

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (6, 8, 8, 3)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])

SETTINGS = [
    {},
    {"rescale": 1 / 255, "horizontal_flip": True, "vertical_flip": True},
    {"rotation_range": 30, "width_shift_range": 0.2, "height_shift_range": 0.1, "shear_range": 10, "zoom_range": 0.3},
    {"rotation_range": 90, "fill_mode": "constant", "cval": 7.0},
    {"zoom_range": [0.5, 2.0], "fill_mode": "reflect"},
    {"width_shift_range": 3, "height_shift_range": [-2, 1, 2]},
    {"channel_shift_range": 40.0, "brightness_range": (0.5, 1.5)},
    {"samplewise_center": True, "samplewise_std_normalization": True},
    {"preprocessing_function": lambda x: x / 2, "validation_split": 0.5},
]


def both(settings):
    return image.ImageDataGenerator(**settings), keras_image.ImageDataGenerator(**settings)


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-2)


@pytest.mark.parametrize("settings", SETTINGS)
def test_batches_are_those_of_keras(settings):
    flows = [g.flow(PICTURES, LABELS, batch_size=4, seed=3, sample_weight=LABELS + 1.0) for g in both(settings)]
    for _ in range(3):
        for ours, theirs in zip(*(next(flow) for flow in flows), strict=True):
            close(ours, theirs)
    assert len(flows[0]) == len(flows[1]) == 2
    for index in range(2):
        for ours, theirs in zip(*(flow[index] for flow in flows), strict=True):
            close(ours, theirs)


@pytest.mark.parametrize("settings", SETTINGS[2:6])
def test_a_picture_is_changed_as_in_keras(settings):
    for number, picture in enumerate(PICTURES):
        ours, theirs = (generator.random_transform(picture, seed=number) for generator in both(settings))
        close(ours, theirs)
    first = [generator.get_random_transform((8, 8, 3), seed=1) for generator in both(settings)]
    assert {key: float(value or 0) for key, value in first[0].items()} == {key: float(value or 0) for key, value in first[1].items()}


@pytest.mark.parametrize(
    "name", ["random_rotation", "random_shift", "random_shear", "random_zoom", "random_channel_shift", "random_brightness"]
)
def test_the_functions_are_those_of_keras(name):
    arguments = {"random_shift": (0.2, 0.3), "random_zoom": ((0.7, 1.3),), "random_brightness": ((0.5, 1.5),)}.get(name, (20,))
    axes = {} if name == "random_brightness" else {"channel_axis": 2}
    axes |= {} if name in ("random_brightness", "random_channel_shift") else {"row_axis": 0, "col_axis": 1}
    results = []
    for module in (image, keras_image):
        np.random.seed(2)
        results.append(getattr(module, name)(PICTURES[0], *arguments, **axes))
    close(*results)


@pytest.mark.parametrize(
    "settings",
    [{"featurewise_center": True}, {"featurewise_std_normalization": True, "rescale": 0.1}, {"zca_whitening": True, "zca_epsilon": 1e-3}],
)
@pytest.mark.filterwarnings("ignore:This ImageDataGenerator")
def test_what_is_learned_from_pictures_is_what_keras_learns(settings):
    generators = both(settings)
    for generator in generators:
        generator.fit(PICTURES, augment=True, rounds=2, seed=1)
    ours, theirs = (generator.standardize(PICTURES.copy()) for generator in generators)
    np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=2e-2)


def test_pictures_that_are_not_square_are_turned_about_their_middle():
    # Keras takes half the height for the middle column, and half the width for the middle row.
    picture = RNG.random((4, 9, 2)).astype("float32")
    turned = image.apply_affine_transform(picture, theta=180, row_axis=0, col_axis=1, channel_axis=2)
    np.testing.assert_allclose(turned, picture[::-1, ::-1], atol=1e-4)


def test_channels_may_come_first():
    first = PICTURES.transpose(0, 3, 1, 2)
    last, other = (
        image.ImageDataGenerator(rotation_range=40, data_format=data_format).flow(x, shuffle=False, seed=1)
        for x, data_format in ((PICTURES, "channels_last"), (first, "channels_first"))
    )
    close(next(last), next(other).transpose(0, 2, 3, 1))


@pytest.fixture
def folder(tmp_path):
    """Two classes of small pictures, of which one stands in a folder of its own."""
    for number, name in enumerate(["cats/a.png", "cats/b.png", "cats/more/c.png", "dogs/d.png", "dogs/e.jpg", "dogs/readme.txt"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no picture")
        else:
            utils.save_img(path, np.full((6 + number, 8, 3), 20 * number), scale=False)
    return tmp_path


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"class_mode": "binary", "color_mode": "grayscale", "shuffle": False},
        {"class_mode": "sparse", "classes": ["dogs", "cats"]},
        {"class_mode": None},
        {"class_mode": "input", "interpolation": "bilinear", "keep_aspect_ratio": True},
        {"subset": "validation", "shuffle": False},
        {"subset": "training", "color_mode": "rgba"},
    ],
)
def test_folders_are_read_as_in_keras(folder, settings, capsys):
    generators = both({"rescale": 1 / 255, "validation_split": 0.4})
    flows = [generator.flow_from_directory(str(folder), target_size=(5, 4), batch_size=3, seed=2, **settings) for generator in generators]
    ours, theirs = flows
    said = capsys.readouterr().out.splitlines()
    assert said[0] == said[-1] and said[0].startswith("Found ")
    for name in ("filenames", "class_indices", "samples", "num_classes", "image_shape", "filepaths"):
        assert getattr(ours, name) == getattr(theirs, name), name
    np.testing.assert_array_equal(ours.classes, theirs.classes)
    for _ in range(2):
        first, second = next(ours), next(theirs)
        for a, b in zip(first if isinstance(first, tuple) else [first], second if isinstance(second, tuple) else [second], strict=True):
            close(a, b)


@pytest.mark.parametrize(
    "settings",
    [
        {"y_col": "kind"},
        {"y_col": "kind", "class_mode": "binary", "subset": "training"},
        {"y_col": "size", "class_mode": "raw", "weight_col": "size"},
        {"y_col": ["size", "age"], "class_mode": "multi_output"},
        {"y_col": "tags"},
        {"y_col": "kind", "class_mode": "sparse", "classes": ["dog"]},
        {"class_mode": None},
    ],
)
@pytest.mark.filterwarnings("ignore:Found 1 invalid", "ignore:.*are left out")
def test_tables_are_read_as_in_keras(folder, settings):
    names = ["cats/a.png", "cats/b.png", "dogs/d.png", "dogs/none.png"]
    table = pandas.DataFrame({"filename": names, "kind": ["cat", "cat", "dog", "dog"], "size": [1.0, 2.0, 3.0, 4.0], "age": [5, 6, 7, 8]})
    table["tags"] = [["x"], ["x", "y"], ["y"], ["x"]]
    flows = [
        generator.flow_from_dataframe(table, str(folder), target_size=(5, 4), batch_size=2, shuffle=False, **settings)
        for generator in both({"validation_split": 0.4})
    ]
    assert flows[0].filenames == flows[1].filenames and len(flows[0]) == len(flows[1])
    for index in range(len(flows[0])):
        first, second = (flow[index] for flow in flows)
        for a, b in zip(first if isinstance(first, tuple) else [first], second if isinstance(second, tuple) else [second], strict=True):
            close(np.asarray(a), np.asarray(b))


def test_changed_pictures_are_written_to_a_folder(tmp_path):
    flow = image.ImageDataGenerator().flow(PICTURES, batch_size=2, save_to_dir=str(tmp_path), save_prefix="new", save_format="jpeg")
    next(flow)
    assert len(list(tmp_path.glob("new_*.jpeg"))) == 2


def test_a_model_trains_on_the_batches():
    generator = image.ImageDataGenerator(rescale=1 / 255, horizontal_flip=True, validation_split=1 / 3)
    x, y = np.repeat(PICTURES, 3, 0), np.repeat(LABELS, 3)
    order = np.random.default_rng(1).permutation(len(x))
    training = generator.flow(x[order], y[order], batch_size=4, subset="training", ignore_class_split=True)
    validation = generator.flow(x[order], y[order], batch_size=4, subset="validation", ignore_class_split=True)
    assert (training.n, validation.n) == (12, 6)
    model = models.Sequential([layers.Input((8, 8, 3)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(training, epochs=2, validation_data=validation, steps_per_epoch=len(training), verbose=0).history
    assert len(history["loss"]) == len(history["val_loss"]) == 2
    validation.reset()
    assert model.predict(validation, verbose=0).shape == (6, 3)


def test_wrong_uses_say_what_to_change(tmp_path):
    generator = image.ImageDataGenerator(featurewise_center=True, validation_split=0.5)
    with pytest.warns(GlassworksWarning, match=r"featurewise_center needs fit\(x\) first"):
        generator.standardize(PICTURES[0].copy())
    with pytest.raises(ShapeError, match=r"x\[None\]"):
        generator.flow(PICTURES[0])
    with pytest.raises(ShapeError, match="y has 5 entries"):
        generator.flow(PICTURES, LABELS[1:])
    with pytest.raises(DataError, match="ignore_class_split=True"):
        generator.flow(PICTURES, np.arange(6), subset="training")
    with pytest.raises(ValueError, match="subset='test'"):
        generator.flow(PICTURES, subset="test")
    with pytest.raises(DataError, match="no folder"):
        generator.flow_from_directory(tmp_path / "nothing")
    with pytest.raises(ArgumentError, match=r"zoom_range=\(1, 2, 3\)"):
        image.ImageDataGenerator(zoom_range=(1, 2, 3))
    with pytest.raises(ArgumentError, match=r"validation_split=2"):
        image.ImageDataGenerator(validation_split=2)
    table = pandas.DataFrame({"filename": ["a.png"], "class": [1]})
    with pytest.raises(TypeError, match="astype"):
        generator.flow_from_dataframe(table, validate_filenames=False)
