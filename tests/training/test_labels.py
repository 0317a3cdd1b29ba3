"""A label that is not one of the classes is an error wherever labels come from; only the ignored one is dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import config, function, layers, losses, metrics, ops
from glassworks.errors import DataError

X, GOOD = np.ones((8, 2), "float32"), np.arange(8) % 3
SCORES = np.tile(np.array([[0.2, 0.3, 0.5]], "float32"), (8, 1))
BAD: dict[str, tuple[Any, str]] = {
    "one too large": (3, "label 3 in sample 5"),
    "negative": (-1, "label -1 in sample 5"),
    "beyond 32 bits": (2**32 + 1, "label 4294967297 in sample 5"),
    "missing": (np.nan, "label nan in sample 5"),
    "a fraction": (1.5, "label 1.5 in sample 5"),
}


def labels(bad: Any) -> np.ndarray:
    """Good labels, and one that is not, in sample 5; integers where it is one."""
    y = GOOD.astype("float32" if isinstance(bad, float) else "int64")
    y[5] = bad
    return y


@pytest.fixture(params=["native", "reference", "eagerly"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    before = config.engine()
    config.set_engine("native" if request.param == "native" else "reference" if request.param == "reference" else "auto")
    yield request.param
    config.set_engine(before)


def compiled(engine: str, loss: Any = "sparse_categorical_crossentropy", watched: Any = ("accuracy",)) -> Any:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss, metrics=list(watched), run_eagerly=engine == "eagerly")
    return model


WAYS: dict[str, Callable[[Any, np.ndarray], Any]] = {
    "fit": lambda model, y: model.fit(X, y, verbose=0),
    "evaluate": lambda model, y: model.evaluate(X, y, verbose=0),
    "train_on_batch": lambda model, y: model.train_on_batch(X, y),
    "test_on_batch": lambda model, y: model.test_on_batch(X, y),
    "a later batch of a generator": lambda model, y: model.fit(((X, one) for one in (GOOD.astype(y.dtype), y)), verbose=0),
    "validation data": lambda model, y: model.fit(X, GOOD, validation_data=(X, y), verbose=0),
    "a weight of 0": lambda model, y: model.train_on_batch(X, y, sample_weight=(np.arange(8) != 5).astype("float32")),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_into_a_model_refuses_the_label(way: str, engine: str) -> None:
    for bad, _ in BAD.values():
        with pytest.raises(DataError, match=r"expected: (labels 0 to 2|class numbers|finite numbers)"):
            WAYS[way](compiled(engine), labels(bad))


ONE_HOT_CHOICES = {"from_logits": {"from_logits": True}, "ignore_class": {"ignore_class": 7}, "float16": {"dtype": "float16"}}
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "ops": ops.sparse_categorical_crossentropy,
    "the function": losses.sparse_categorical_crossentropy,
    "generalized": lambda y, p: losses.categorical_generalized_cross_entropy(y, p, q=0.5),
    "the class": lambda y, p: losses.SparseCategoricalCrossentropy()(y, p),
    **{name: (lambda y, p, o=options: losses.SparseCategoricalCrossentropy(**o)(y, p)) for name, options in ONE_HOT_CHOICES.items()},
    "a column of labels": lambda y, p: losses.SparseCategoricalCrossentropy()(y[:, None], p),
    "another axis": lambda y, p: losses.SparseCategoricalCrossentropy(axis=1)(y[:, None], ops.repeat(p[:, :, None], 1, axis=2)),
    "generalized class": lambda y, p: losses.CategoricalGeneralizedCrossEntropy()(y, p),
    "metric of the loss": lambda y, p: metrics.SparseCategoricalCrossentropy()(y, p),
    "accuracy": lambda y, p: metrics.SparseCategoricalAccuracy()(y, p),
    "accuracy, the function": metrics.sparse_categorical_accuracy,
    "top k": lambda y, p: metrics.SparseTopKCategoricalAccuracy(k=2)(y, p),
    "top k, the function": lambda y, p: metrics.sparse_top_k_categorical_accuracy(y, p, k=2),
    "MeanIoU": lambda y, p: metrics.MeanIoU(3, sparse_y_pred=False)(y, p),
    "MeanIoU, ignoring": lambda y, p: metrics.MeanIoU(3, sparse_y_pred=False, ignore_class=7)(y, p),
    "IoU": lambda y, p: metrics.IoU(3, [0])(y, ops.argmax(p, -1)),
    "IoU of predicted classes": lambda y, p: metrics.IoU(3, [0])(np.zeros(8), y),
    "BinaryIoU": lambda y, p: metrics.BinaryIoU()(y, p[:, 0]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_losses_and_metrics_refuse_the_label_and_say_which_it_is(name: str) -> None:
    f = FUNCTIONS[name]
    for bad, text in BAD.values():
        if name.startswith(("accuracy", "top k")) and bad == -1:
            continue  # a sample without a class, see below
        if name == "IoU of predicted classes" and bad == 1.5:
            continue  # a score, most likely: the metric warns and drops the fraction, as Keras does
        y = labels(bad) if name != "BinaryIoU" else np.where(np.arange(8) == 5, bad, GOOD % 2)
        texts = []
        for run in (f, function(lambda y, p: f(y, p))) if name.endswith(("ops", "function", "class", "logits", "generalized")) else (f,):
            with pytest.raises(DataError) as caught:
                run(y, SCORES)
            texts.append(str(caught.value))
        assert text in texts[0] and "fix:" in texts[0]
        assert texts.count(texts[0]) == len(texts), texts


def test_the_error_names_sample_place_range_and_loss_in_every_mode(engine: str) -> None:
    model = keras.Sequential([keras.Input((4, 2)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=engine == "eagerly")
    y = np.zeros((8, 4), "int32")
    y[6, 2] = 9
    with pytest.raises(DataError) as caught:
        model.test_on_batch(np.ones((8, 4, 2), "float32"), y)
    text = str(caught.value)
    assert "loss 'sparse_categorical_crossentropy'" in text
    assert "label 9 in sample 6, at (2,), and 3 classes" in text
    assert "labels 0 to 2" in text and "10 units" in text


@pytest.mark.parametrize(
    ("y", "fix"),
    [
        ([1, 2, 3], "train on y - 1"),
        ([0, 2, 3], "give the last layer 4 units"),
        ([0, -1, 2], "ignore_class=-1"),
        ([0.0, 0.5, 1.0], "loss='mse'"),
        ([0.0, np.nan, 1.0], "missing"),
    ],
)
def test_the_fix_fits_the_labels(y: list, fix: str) -> None:
    with pytest.raises(DataError, match=fix):
        losses.SparseCategoricalCrossentropy()(np.array(y), SCORES[:3])


@pytest.mark.parametrize("ignored", [-1, 255])
def test_an_ignored_class_is_dropped_by_the_loss_and_an_error_for_no_metric(ignored: int, engine: str) -> None:
    y = GOOD.copy()
    y[[1, 5]] = ignored
    loss = losses.SparseCategoricalCrossentropy(ignore_class=ignored)
    model = compiled(engine, loss, ["accuracy", metrics.SparseTopKCategoricalAccuracy(k=2, name="best"), "crossentropy"])
    model.fit(X, y, verbose=0)
    found = model.evaluate(X, y, verbose=0, return_dict=True)
    chances = model.predict(X, verbose=0)
    counted = y != ignored
    surprise = -np.log(chances[np.arange(8), np.where(counted, y, 0)])
    # As in Keras: the metrics count such samples as wrong, or as a surprise of 0.
    np.testing.assert_allclose(found["loss"], surprise[counted].mean(), rtol=1e-5)
    np.testing.assert_allclose(found["accuracy"], (chances.argmax(-1) == y).mean(), rtol=1e-6)
    np.testing.assert_allclose(found["crossentropy"], np.where(counted, surprise, 0).mean(), rtol=1e-5)
    y[2] = ignored + 7
    with pytest.raises(DataError):
        model.evaluate(X, y, verbose=0)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "float32"])
@pytest.mark.parametrize("negative", [-1, -3, -100])
def test_a_negative_label_is_wrong_for_accuracies_where_a_loss_of_ones_own_leaves_it_out(negative: int, dtype: str, engine: str) -> None:
    def masked(y: Any, p: Any) -> Any:
        kept = ops.cast(y >= 0, "float32")
        return losses.sparse_categorical_crossentropy(ops.maximum(y, 0), p) * kept

    y = GOOD.astype(dtype)
    y[[1, 5]] = negative
    model = compiled(engine, masked, ["accuracy", metrics.SparseTopKCategoricalAccuracy(k=3, name="best")])
    model.fit(X, y, verbose=0)
    found = model.evaluate(X, y, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["accuracy"], (model.predict(X, verbose=0).argmax(-1) == y).mean(), rtol=1e-6)
    np.testing.assert_allclose(found["best"], 6 / 8, rtol=1e-6)  # all three classes are among the best three
    y[2] = 3
    with pytest.raises(DataError):
        metrics.sparse_categorical_accuracy(y, SCORES)


@pytest.mark.parametrize(("dtype", "large"), [("uint8", 255), ("uint64", 2**64 - 1), ("int64", 2**32)])
def test_a_large_label_of_an_unsigned_dtype_is_not_a_negative_one(dtype: str, large: int) -> None:
    y = GOOD.astype(dtype)
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy(y, SCORES), y == 2)
    y[5] = large
    with pytest.raises(DataError, match=f"label {large} in sample 5"):
        metrics.sparse_categorical_accuracy(y, SCORES)


def test_ignored_samples_of_an_iou_have_no_say_whatever_was_predicted_there() -> None:
    found = metrics.MeanIoU(2, ignore_class=255)(np.array([0, 255, 1, 1]), np.array([0, 99, 1, 0]))
    np.testing.assert_allclose(found, (1 / 2 + 1 / 2) / 2, rtol=1e-5)


def test_labels_keep_all_their_bits_in_a_half_precision_loss() -> None:
    scores = np.full((1, 4000), -1.0, "float32")
    scores[0, 2049] = 5.0  # float16 has no 2049
    found = losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float16", reduction="none")(np.array([2049]), scores)
    assert float(np.asarray(found)[0]) < 2.5


def test_labels_of_ctc_are_classes_and_what_fills_them_up_is_not_looked_at() -> None:
    scores = np.zeros((2, 4, 3), "float32")
    y = np.array([[1, 2, -1], [2, -1, 99]])
    assert np.isfinite(ops.ctc_loss(y, scores, [2, 1], [4, 4])).all()
    for wrong, lengths in ((y, [3, 1]), (y, [2, 3]), (y + 2**32, [1, 1])):
        with pytest.raises(DataError, match="label"):
            ops.ctc_loss(wrong, scores, lengths, [4, 4])
    for lengths in ([2, 4], [-1, 1], [2**32 + 1, 1]):
        with pytest.raises(keras.errors.ArgumentError, match="target_length"):
            ops.ctc_loss(y, scores, lengths, [4, 4])


def masking(y_true: Any, y_pred: Any) -> Any:
    """A loss of the user's own, which leaves out every number that is not a class."""
    y_true = ops.cast(ops.reshape(y_true, (-1,)), "float32")
    is_class = ops.logical_and(y_true >= 0, y_true < 3)
    values = losses.sparse_categorical_crossentropy(ops.cast(ops.where(is_class, y_true, 0), "int32"), y_pred)
    return ops.sum(ops.where(is_class, values, 0.0)) / ops.maximum(ops.sum(ops.cast(is_class, "float32")), 1.0)


class MaskingLoss(losses.Loss):
    """The same as a class."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return masking(y_true, y_pred)


class MaskingModel(keras.Sequential):
    """The same in the model."""

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True) -> Any:
        return masking(y, y_pred)


@pytest.mark.parametrize("way", ["function", "class", "compute_loss"])
@pytest.mark.parametrize("outside", [-1, -100, 3, 255, 2**32 + 1, 1.5])
def test_beside_a_loss_that_masks_labels_itself_metrics_count_them_as_wrong(outside: Any, way: str, engine: str) -> None:
    y = labels(outside)
    model = (MaskingModel if way == "compute_loss" else keras.Sequential)([keras.Input((2,)), layers.Dense(3, activation="softmax")])
    loss = {"function": masking, "class": MaskingLoss(), "compute_loss": None}[way]
    watched = ["accuracy", metrics.SparseTopKCategoricalAccuracy(k=3, name="best"), "crossentropy"]
    model.compile("sgd", loss, metrics=watched, run_eagerly=engine == "eagerly")
    model.fit(X, y, verbose=0)
    found = model.evaluate(X, y, verbose=0, return_dict=True)
    chances, counted = model.predict(X, verbose=0), np.arange(8) != 5
    surprise = np.where(counted, -np.log(chances[np.arange(8), GOOD]), 0)
    np.testing.assert_allclose(found["accuracy"], np.mean(counted & (chances.argmax(-1) == GOOD)), rtol=1e-6)
    np.testing.assert_allclose(found["best"], 7 / 8, rtol=1e-6)
    np.testing.assert_allclose(found["crossentropy"], surprise.mean(), rtol=1e-5)


class Masked(losses.SparseCategoricalCrossentropy):
    """Leaves samples out whose label is negative."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return super().call(ops.maximum(y_true, 0), y_pred) * ops.cast(y_true >= 0, "float32")


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any) -> Any:
    """Has the name of a loss of the library, and does the same as `Masked`."""
    return Masked().call(ops.convert_to_tensor(y_true), y_pred)


@pytest.mark.parametrize("loss", [Masked(), sparse_categorical_crossentropy])
def test_a_loss_of_ones_own_may_take_labels_that_the_library_knows_nothing_of(loss: Any, engine: str) -> None:
    y = GOOD.copy()
    y[5] = -1
    model = compiled(engine, loss)
    expected = -np.log(model.predict(X, verbose=0)[np.arange(8), y]) * (y >= 0)
    history = model.fit(X, y, class_weight={0: 1.0, 1: 1.0, 2: 1.0}, verbose=0).history
    np.testing.assert_allclose(history["loss"], expected.mean(), rtol=1e-5)
