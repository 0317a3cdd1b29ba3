"""What models and histories say about themselves: representations and summaries."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import layers
from glassworks.models.summary import to_text


class Sentences(glassworks.Model):
    """A subclassed model with a nested layer list, a layer called twice, and two outputs."""

    def __init__(self) -> None:
        super().__init__(name="sentences")
        self.embedding = layers.Embedding(10, 4)
        self.lstm = layers.LSTM(3, return_sequences=True)
        self.dropout = layers.Dropout(0.5)
        self.heads = [layers.Dense(2), layers.Dense(5)]

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = self.dropout(self.lstm(self.embedding(inputs)), training=training)
        return {"a": self.heads[0](x), "b": self.heads[1](x[:, -1])}


def test_the_summary_of_a_fitted_subclassed_model_shows_its_shapes() -> None:
    model = Sentences()
    model.compile("sgd", {"a": "mse", "b": "mse"})
    model.fit(np.zeros((4, 6), "int32"), {"a": np.zeros((4, 6, 2)), "b": np.zeros((4, 5))}, verbose=0)
    text = to_text(model)
    for name, shape in (("embedding", "(None, 6, 4)"), ("lstm", "(None, 6, 3)"), ("dense (", "(None, 6, 2)"), ("dense_1", "(None, 5)")):
        assert any(name in line and shape in line for line in text.splitlines()), text
    before = model.get_weights()
    model.fit(np.zeros((4, 6), "int32"), {"a": np.zeros((4, 6, 2)), "b": np.zeros((4, 5))}, verbose=0)
    assert len(before) == len(model.get_weights())


def test_the_summary_of_a_subclassed_model_counts_the_operations_of_the_same_layers_in_a_row() -> None:
    class Twice(glassworks.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.dropped, self.out = layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.Dense(3)

        def call(self, x: Any, training: bool = False) -> Any:
            return self.out(self.dropped(self.hidden(x), training=training))

    def counts(model: Any) -> list[str]:
        lines = [line for line in to_text(model).splitlines() if " (Den" in line or "One sample" in line]
        return sorted(" ".join(re.sub(r"dense\S* ", "", line).split()) for line in lines)

    own = Twice()
    own(np.ones((2, 4)))
    assert "operations" not in to_text(own)
    assert all(line.endswith("?") for line in to_text(own).splitlines() if "(None" in line or "Dense" in line)
    own.predict(np.ones((2, 4)), verbose=0)
    row = glassworks.Sequential([glassworks.Input((4,)), layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.Dense(3)])
    assert len(counts(own)) == 3
    assert counts(own) == counts(row)


@pytest.mark.parametrize("method", ["predict", "evaluate", "train_on_batch"])
def test_any_use_on_data_is_enough_for_the_shapes(method: str) -> None:
    class Small(glassworks.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dense(7)

        def call(self, x: Any) -> Any:
            return self.inner(x["left"])

    model = Small()
    model.compile("sgd", "mse")
    arguments = [{"left": np.ones((2, 3))}, *([np.ones((2, 7))] if method != "predict" else [])]
    getattr(model, method)(*arguments)
    assert "(None, 7)" in to_text(model)


def test_representations_say_how_large_models_are() -> None:
    model = glassworks.Sequential([glassworks.Input((784,)), layers.Dense(128), layers.Dropout(0.2), layers.Dense(10)], name="digits")
    assert repr(model) == "<Sequential name=digits, built=True, 3 layers, 101,770 parameters>"
    assert repr(glassworks.Sequential([layers.Dense(1)], name="s")) == "<Sequential name=s, built=False, 1 layer>"
    inputs = glassworks.Input((3,))
    functional = glassworks.Model(inputs, layers.Dense(2)(inputs), name="f")
    assert repr(functional) == "<Functional name=f, built=True, 2 layers, 8 parameters>"
    assert repr(Sentences()) == "<Sentences name=sentences, built=False, 5 layers>"
    assert repr(layers.Dense(2, name="d")) == "<Dense name=d, built=False>"


def test_a_history_shows_its_first_best_and_last_epoch() -> None:
    assert repr(glassworks.callbacks.History()) == "<History: 0 epochs>"
    model = glassworks.Sequential([glassworks.Input((2,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(glassworks.optimizers.SGD(0.0), "mse", metrics=["mae"])
    history = model.fit(np.ones((4, 2)), np.full((4, 1), 2.0), epochs=2, verbose=0)
    lines = [line.split() for line in repr(history).splitlines()]
    assert lines[0] == ["History", "of", "2", "epochs"]
    assert lines[4] == ["loss", "4.0000", "4.0000", "4.0000", "▁▁"]
    assert lines[5] == ["mae", "2.0000", "2.0000", "2.0000", "▁▁"]
    page = history._repr_html_()
    assert page.count("<svg") == 2 and ">4.0000<" in page


def test_the_best_epoch_is_that_of_the_lowest_validation_loss() -> None:
    history = glassworks.callbacks.History()
    history.on_train_begin()
    for epoch, (loss, validation) in enumerate([(0.9, 0.8), (0.5, 0.3), (0.1, 0.7), (0.05, float("nan"))]):
        history.on_epoch_end(epoch, {"loss": loss, "val_loss": validation, "matrix": np.eye(2)})
    text = repr(history)
    assert "Best (epoch 2)" in text and "Best is the epoch of the lowest val_loss." in text and "matrix" not in text
    assert next(line for line in text.splitlines() if line.startswith("loss")).split()[1:4] == ["0.9000", "0.5000", "0.0500"]
    assert next(line for line in text.splitlines() if line.startswith("val_loss")).split()[1:4] == ["0.8000", "0.3000", "nan"]


def test_a_model_shows_its_connections_and_its_table_in_a_notebook() -> None:
    inputs = glassworks.Input((3,))
    left, right = layers.Dense(2, name="left<b>")(inputs), layers.Dense(2, name="right")(inputs)
    model = glassworks.Model(inputs, layers.add([left, right]))
    page = model._repr_html_()
    assert page.count("<rect") == 4 and page.count("<path") == 4
    assert "left&lt;b&gt;" in page and "left<b>" not in page
    assert "8 = 3 × 2 + 2" in page


@pytest.mark.parametrize("model", [Sentences(), glassworks.Sequential([layers.Dense(1)]), glassworks.Sequential()])
def test_models_that_are_not_built_show_what_they_know(model: Any) -> None:
    page = model._repr_html_()
    assert "<svg" not in page and "Not built yet" in page


def test_a_line_length_limits_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    model = glassworks.Sequential([glassworks.Input((784,)), layers.Dense(128, name="a_layer_with_a_long_name")])
    model.summary(line_length=50)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 50
    assert "".join("".join(line.split()) for line in lines).count("784×128") == 1
