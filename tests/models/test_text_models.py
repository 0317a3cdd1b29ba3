"""Models that start with layers for text: these run on the host, before the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from glassworks import Model, Sequential, layers, ops, utils
from glassworks.errors import GlassworksError
from glassworks.graph import GradientTape
from glassworks.training.data import Dataset

TEXTS = ["good film", "bad film", "very good", "so bad", "good good", "bad bad bad"] * 4
X, Y = np.array(TEXTS, dtype=object), np.array([1, 0, 1, 0, 1, 0] * 4, "float32")


def vectorizer() -> layers.TextVectorization:
    layer = layers.TextVectorization(output_mode="multi_hot")
    layer.adapt(TEXTS)
    return layer


def compiled(model: Any) -> Any:
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def sequential(*front: Any) -> Any:
    return compiled(Sequential([*front, vectorizer(), layers.Dense(1, activation="sigmoid")]))


class Batches(utils.PyDataset):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


def generated() -> Iterator[Any]:
    for start in range(0, 24, 8):
        yield list(TEXTS[start : start + 8]), Y[start : start + 8]


@pytest.mark.parametrize("front", [(), (layers.Input((1,), dtype="string"),)], ids=["without Input", "with Input"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: (X, Y),
        lambda: (TEXTS, Y),
        lambda: (X[:, None], Y),
        lambda: (np.array(TEXTS), Y),
        lambda: (Batches(), None),
        lambda: (generated(), None),
        lambda: ([(X, Y)], None),
    ],
    ids=["objects", "list", "column", "unicode", "PyDataset", "generator", "batches"],
)
def test_models_train_on_text_from_every_source(front: Any, make: Callable[[], Any]) -> None:
    model = sequential(*front)
    x, y = make()
    first = model.fit(x, y, verbose=0, shuffle=False).history["loss"][0]
    assert model.evaluate(X, Y, verbose=0)[0] < first
    assert model.predict(X, verbose=0, batch_size=7).shape == (24, 1)


def test_training_on_text_equals_training_on_its_vectors() -> None:
    model = sequential()
    model.build((None, 1))
    vectors = vectorizer()(X)
    plain = compiled(Sequential([layers.Input((vectors.shape[1],)), layers.Dense(1, activation="sigmoid")]))
    plain.set_weights(model.get_weights())
    for one, x in ((model, X), (plain, vectors)):
        one.fit(x, Y, epochs=2, verbose=0, shuffle=False, validation_split=0.25)
    for mine, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)
    np.testing.assert_allclose(model.predict(X[:3], verbose=0), plain.predict(vectors[:3], verbose=0), rtol=1e-6)
    np.testing.assert_allclose(model(X[:3]), model.predict_on_batch(X[:3]), rtol=1e-6)
    assert model.train_on_batch(X[:8], Y[:8])[0] == pytest.approx(plain.train_on_batch(vectors[:8], Y[:8])[0], rel=1e-5)
    assert model.test_on_batch(X[:8], Y[:8])[0] == pytest.approx(plain.test_on_batch(vectors[:8], Y[:8])[0], rel=1e-5)


def test_steps_run_eagerly_too() -> None:
    model = sequential()
    model.run_eagerly = True
    model.fit(X, Y, verbose=0)
    assert model.predict(X, verbose=0).shape == (24, 1)


def test_text_and_numbers_enter_one_model() -> None:
    text, number = layers.Input((1,), dtype="string", name="text"), layers.Input((2,), name="number")
    joined = layers.Concatenate()([vectorizer()(text), number])
    model = compiled(Model({"text": text, "number": number}, layers.Dense(1, activation="sigmoid")(joined)))
    data = {"text": TEXTS, "number": np.ones((24, 2))}
    model.fit(data, Y, verbose=0)
    np.testing.assert_allclose(model(data), model.predict(data, verbose=0), rtol=1e-5)


def test_numbers_of_categories_are_looked_up_in_front_of_a_model() -> None:
    model = compiled(Sequential([layers.IntegerLookup(vocabulary=[100, 200], output_mode="one_hot"), layers.Dense(1)]))
    x = np.array([[100], [200], [7]])
    expected = model(x)
    for _ in range(2):  # the second time, a prediction on a few rows takes a shorter way
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-6)


def test_what_leads_to_a_lookup_runs_on_the_host() -> None:
    inputs = layers.Input((2,), dtype="int64")
    columns = inputs[:, :1]
    model = Model(inputs, layers.Dense(2)(layers.IntegerLookup(vocabulary=[5], output_mode="multi_hot")(columns)))
    np.testing.assert_allclose(model.predict(np.array([[5, 1]]), verbose=0), model(np.array([[5, 1]])), rtol=1e-6)


def test_models_with_text_can_stand_inside_others() -> None:
    inner = sequential()
    inner(X[:1])
    outer = compiled(Sequential([inner, layers.Rescaling(2.0)]))
    np.testing.assert_allclose(outer.predict(X[:3], verbose=0), 2 * inner.predict(X[:3], verbose=0), rtol=1e-5)
    text = layers.Input((1,), dtype="string")
    functional = compiled(Model(text, inner(text)))
    functional.fit(X, Y, verbose=0)
    np.testing.assert_allclose(functional(X[:3]), inner(X[:3]), rtol=1e-6)


class OwnStep(Model):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data[:2]
        with GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def test_steps_of_ones_own_get_what_enters_the_graph() -> None:
    inputs = layers.Input((1,), dtype="string")
    model = compiled(OwnStep(inputs, layers.Dense(1, activation="sigmoid")(vectorizer()(inputs))))
    losses = model.fit(X, Y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_tapes_see_the_weights_behind_a_text_layer() -> None:
    model = sequential()
    with GradientTape() as tape:
        total = ops.sum(model(X))
    assert all(np.any(gradient) for gradient in tape.gradient(total, model.trainable_variables))


def test_a_model_may_be_a_text_layer_alone() -> None:
    layer = layers.TextVectorization(output_sequence_length=3)
    layer.adapt(TEXTS)
    np.testing.assert_array_equal(Sequential([layer]).predict(X, batch_size=5, verbose=0), layer(X))


def test_compiled_calls_take_text() -> None:
    model = sequential()
    np.testing.assert_allclose(model.predict(X[:2], verbose=0), model.compile_call(2)(X[:2]), rtol=1e-6)


def test_data_sets_of_text_are_learned_from_mapped_and_trained_on() -> None:
    dataset = Dataset(lambda look: iter(list(zip(TEXTS, Y, strict=True))), 24).batch(8)
    layer = layers.TextVectorization(output_mode="multi_hot")
    layer.adapt(dataset)
    assert layer.get_vocabulary() == vectorizer().get_vocabulary()
    compiled(Sequential([layer, layers.Dense(1, activation="sigmoid")])).fit(dataset, verbose=0)
    vectors = dataset.map(lambda x, y: (layer(x), y))
    np.testing.assert_array_equal(next(iter(vectors))[0], layer(X[:8]))


def test_summaries_and_configs_of_models_with_text_work() -> None:
    model = Sequential([layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"), layers.Dense(2)])
    model.build((None, 1))
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert "StringLookup" in lines[0] and "8 = 3 × 2 + 2" in lines[0]
    again = Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again([["a"]]), model([["a"]]), rtol=1e-6)


def lookup_behind_dense() -> Any:
    inputs = layers.Input((1,))
    return Model(inputs, layers.IntegerLookup(vocabulary=[1])(layers.Dense(1)(inputs)))


def different_widths() -> Any:
    layer = layers.TextVectorization()
    layer.adapt(TEXTS)
    return Sequential([layer]).predict(X, batch_size=5, verbose=0)


def text_out() -> Any:
    inputs = layers.Input((1,), dtype="int64")
    return Model(inputs, layers.StringLookup(vocabulary=["a"], invert=True)(inputs)).predict(np.array([[1]]), verbose=0)


class Subclassed(Model):
    def __init__(self) -> None:
        super().__init__()
        self.lookup, self.dense = layers.IntegerLookup(vocabulary=[1], output_mode="one_hot"), layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.dense(self.lookup(x))


WRONG: list[tuple[str, Callable[[], Any], list[str]]] = [
    (
        "fit without a text layer",
        lambda: compiled(Sequential([layers.Dense(1)])).fit(X, Y, verbose=0),
        ["text", "dtype string", "TextVectorization"],
    ),
    (
        "fit with an Input for numbers",
        lambda: compiled(Sequential([layers.Input((1,)), layers.Dense(1)])).fit(X, Y, verbose=0),
        ["text", "TextVectorization"],
    ),
    ("a layer called with text", lambda: layers.Dense(1)(["a", "b"]), ["text: 'a'", "TextVectorization"]),
    ("a model called with text", lambda: Sequential([layers.Input((1,)), layers.Dense(1)])(["a"]), ["text", "TextVectorization"]),
    (
        "a layer behind an Input for text",
        lambda: layers.Dense(1)(layers.Input((1,), dtype="string")),
        ["dtype string", "TextVectorization"],
    ),
    ("numbers into a model for text", lambda: sequential(layers.Input((1,), dtype="string"))(np.ones((2, 1))), ["numbers", "string"]),
    ("a lookup behind what learns", lookup_behind_dense, ["'dense', which learns", "look up first"]),
    ("a lookup inside call()", lambda: compiled(Subclassed()).fit(np.ones((4, 1)), np.ones(4), verbose=0), ["Functional", "dataset.map"]),
    ("text with a gap", lambda: sequential().fit(np.array(["a", None], dtype=object), Y[:2], verbose=0), ["None at item 1", "fillna"]),
    ("a single text", lambda: sequential(layers.Input((1,), dtype="string")).predict("good", verbose=0), ["list"]),
    ("batches of different widths", different_widths, ["(batch, 2)", "(batch, 3)", "output_sequence_length"]),
    ("text out of predict", text_out, ["gives text", "model(x)"]),
    ("labels that are text", lambda: sequential().fit(X, ["yes", "no"] * 12, verbose=0), ["y has text", "'yes'"]),
]


@pytest.mark.parametrize(("what", "wrong", "pieces"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_use_is_explained(what: str, wrong: Callable[[], Any], pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        wrong()
    assert [piece for piece in pieces if piece not in str(caught.value)] == []
