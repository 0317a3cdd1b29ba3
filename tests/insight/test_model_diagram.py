"""The diagram of a model has its layers, their connections and what is asked for about them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers, ops
from glassworks.drawing.diagram import Box, Diagram, Door
from glassworks.errors import StateError
from glassworks.insight.model_diagram import Shown, diagram_of


def heads(diagram: Diagram) -> dict[Any, str]:
    return {box.key: box.rows[0][0].text for box in diagram.boxes}


def connections(model: Model, **shown: bool) -> set[tuple[str, str]]:
    diagram = diagram_of(model, Shown(layer_names=True, **shown))
    names = {key: text.split(" ")[0] for key, text in heads(diagram).items()}
    return {(names[arrow.source], names[arrow.target]) for arrow in diagram.arrows}


def box(model: Model, name: str, **shown: bool) -> Box:
    boxes = diagram_of(model, Shown(layer_names=True, **shown)).boxes
    return next(one for one in boxes if one.rows[0][0].text.startswith(f"{name} "))


def cells(model: Model, name: str, **shown: bool) -> list[str]:
    return [cell.text for row in box(model, name, **shown).rows[1:] for cell in row]


def residual(depth: int = 2) -> Model:
    x = inputs = Input((4,), name="in")
    for i in range(depth):
        y = layers.Dense(4, name=f"dense_{i}")(x)
        x = layers.Add(name=f"add_{i}")([x, y])
    return Model(inputs, x)


def encoder() -> Sequential:
    return Sequential([Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="second")], name="encoder")


def siamese() -> Model:
    shared = encoder()
    a, b = Input((4,), name="left"), Input((4,), name="right")
    return Model([a, b], layers.Subtract(name="difference")([shared(a), shared(b)]))


def test_a_sequential_model_is_a_chain_of_its_layers() -> None:
    assert list(heads(diagram_of(encoder(), Shown())).values()) == ["Dense", "Dense"]
    assert connections(encoder()) == {("first", "second")}
    assert list(heads(diagram_of(encoder(), Shown(layer_names=True))).values()) == ["first (Dense)", "second (Dense)"]


def test_a_functional_model_has_its_inputs_branches_and_skips() -> None:
    expected = {("in", "dense_0"), ("in", "add_0"), ("dense_0", "add_0"), ("add_0", "dense_1"), ("add_0", "add_1"), ("dense_1", "add_1")}
    assert connections(residual()) == expected


def test_boxes_say_what_is_asked_for() -> None:
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(3, activation="relu", trainable=False, name="d")(x))
    assert cells(model, "d") == []
    assert cells(model, "d", shapes=True) == ["Input shape: (None, 4)", "Output shape: (None, 3)"]
    assert cells(model, "x", shapes=True) == ["Output shape: (None, 4)"]
    assert cells(model, "d", dtype=True) == ["Output dtype: float32"]
    number = Input((4,), dtype="int32", name="n")
    assert cells(Model(number, number + 1), "n", dtype=True) == ["Output dtype: int32"]
    assert cells(model, "d", layer_activations=True) == ["Activation: relu"]
    assert cells(model, "d", trainable=True) == ["Non-trainable"]
    assert cells(model, "x", trainable=True, layer_activations=True) == []
    assert cells(residual(), "add_0", shapes=True)[0] == "Input shape: [(None, 4), (None, 4)]"


def test_a_shared_layer_is_one_box_with_the_shapes_of_all_its_calls() -> None:
    a, b = Input((5, 4), name="a"), Input((4,), name="b")
    shared = layers.Dense(4, name="shared")
    model = Model([a, b], [shared(a), shared(b)])
    assert connections(model) == {("a", "shared"), ("b", "shared")}
    assert cells(model, "shared", shapes=True)[0] == "Input shape: (None, 5, 4) and (None, 4)"
    x = Input((4,), name="x")
    assert connections(Model(x, shared(shared(x)))) == {("x", "shared"), ("shared", "shared")}


def test_ops_are_boxes_with_the_names_that_keras_gives_them() -> None:
    x = Input((4,), name="x")
    model = Model(x, ops.relu(x * 2.0))
    assert [text.split(" ")[1] for text in heads(diagram_of(model, Shown(layer_names=True))).values()] == [
        "(InputLayer)",
        "(Multiply)",
        "(Relu)",
    ]


def test_a_model_within_a_model_is_one_box_or_its_layers() -> None:
    assert connections(siamese()) == {("left", "encoder"), ("right", "encoder"), ("encoder", "difference")}
    diagram = diagram_of(siamese(), Shown(layer_names=True, nested=True))
    (inner,) = [part.parts for part in diagram.boxes if part.parts is not None]
    assert inner.name == "encoder"
    assert list(heads(inner).values()) == ["first (Dense)", "second (Dense)"]
    assert inner.inputs == [Door(inner.boxes[0].key, 0)]
    assert inner.outputs == [Door(inner.boxes[1].key, 0)]
    texts = {text.get_text() for text in insight.plot_model(siamese(), expand_nested=True, show_shapes=False).axes[0].texts}
    assert texts == {"left (InputLayer)", "right (InputLayer)", "encoder", "first (Dense)", "second (Dense)", "difference (Subtract)"}


def test_models_within_models_within_models_are_drawn() -> None:
    x = Input((4,), name="x")
    middle = Model(x, encoder()(x), name="middle")
    z = Input((4,), name="z")
    outer = Model(z, layers.Dense(1, name="last")(middle(z)))
    texts = [text.get_text() for text in insight.plot_model(outer, expand_nested=True, show_shapes=False).axes[0].texts]
    assert {"middle", "encoder", "first (Dense)", "last (Dense)"} <= set(texts)


def test_outputs_of_a_nested_model_leave_it_at_their_own_places() -> None:
    x = Input((4,))
    heads_model = Model(x, [layers.Dense(2, name="a")(x), layers.Dense(3, name="b")(x)], name="heads")
    z = Input((4,), name="z")
    first, second = heads_model(z)
    model = Model(z, [layers.Softmax(name="s")(first), layers.ReLU(name="r")(second)])
    diagram = diagram_of(model, Shown(layer_names=True, nested=True))
    names = {key: text.split(" ")[0] for key, text in heads(diagram).items()}
    leaving = {(names[arrow.target], arrow.output) for arrow in diagram.arrows if names[arrow.source] == "heads"}
    assert leaving == {("s", 0), ("r", 1)}


def test_a_model_of_intermediate_tensors_starts_with_a_box_for_them() -> None:
    model = residual()
    part = Model(model.get_layer("add_0").output, model.output)
    assert {target for _, target in connections(part)} == {"dense_1", "add_1"}
    assert len(heads(diagram_of(part, Shown()))) == 3


def test_a_subclassed_model_is_one_box() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__(name="own")
            self.dense = layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Own()
    with pytest.raises(StateError, match="build"):
        insight.plot_model(model)
    model(np.ones((1, 3)))
    assert list(heads(diagram_of(model, Shown(layer_names=True))).values()) == ["own (Own)"]
    assert insight.plot_model(model).axes[0].texts


def test_fifty_layers_stay_readable() -> None:
    figure = insight.plot_model(residual(25))
    width, height = figure.get_size_inches()
    assert width < 8, "one column with skips beside it"
    assert height < 60
    assert {text.get_fontsize() for text in figure.axes[0].texts} == {9}
