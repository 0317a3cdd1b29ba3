"""MultiHeadAttention, GroupQueryAttention and ReversibleEmbedding against real Keras."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import keras
import numpy as np
import pytest

import glassworks
from glassworks import layers, ops, tree
from glassworks.graph import GradientTape, as_array
from tests.layers.against_keras.closeness import assert_close

TOLERANCE = {"rtol": 2e-5, "atol": 2e-5}
X, MEMORY, KEYS = (2, 4, 6), (2, 5, 3), (2, 5, 7)
PLANE = (2, 3, 4, 5)


class Case(NamedTuple):
    """A layer, the shapes of query, value and perhaps key, and further arguments of the call."""

    name: str
    arguments: dict[str, Any]
    shapes: tuple = (X, X)
    call: dict[str, Any] = {}

    def __str__(self) -> str:
        arguments = ",".join(f"{k}={v}" for k, v in {**self.arguments, **dict.fromkeys(self.call, "...")}.items())
        return f"{self.name}({arguments})-{self.shapes}".replace(" ", "")


def pairs(*shape: int) -> np.ndarray:
    """Truth values; each query sees its first key."""
    mask = np.random.default_rng(5).random(shape) > 0.5
    mask[..., 0] = True
    return mask


HEADS = {"num_heads": 2, "key_dim": 3}
GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
CALLS: list[dict[str, Any]] = [
    {},
    {"use_causal_mask": True},
    {"return_attention_scores": True},
    {"return_attention_scores": True, "use_causal_mask": True},
    {"attention_mask": pairs(2, 4, 4)},
    {"attention_mask": pairs(2, 4, 4), "use_causal_mask": True},
    {"attention_mask": pairs(4, 4), "return_attention_scores": True},
    {"attention_mask": pairs(2, 1, 4, 4), "return_attention_scores": True},
    {"attention_mask": np.zeros((2, 4, 4), bool)},
    {"attention_mask": pairs(2, 4, 4).astype("float32")},
]
CASES = [
    *(
        Case(name, arguments, call=call)
        for name, arguments in (("MultiHeadAttention", HEADS), ("GroupQueryAttention", GROUPS))
        for call in CALLS
    ),
    *(
        Case(name, {**arguments, **more}, call=call)
        for name, arguments in (("MultiHeadAttention", HEADS), ("GroupQueryAttention", GROUPS))
        for more in ({"use_bias": False}, {"use_gate": True}, {"sliding_window": 2}, {"dropout": 0.5, "seed": 3})
        for call in ({}, {"use_causal_mask": True})
    ),
    # With values of another size Keras on JAX knows only the way that gives the scores too.
    Case("MultiHeadAttention", {**HEADS, "value_dim": 5, "use_gate": True}, (X, MEMORY), {"return_attention_scores": True}),
    Case("MultiHeadAttention", {**HEADS, "value_dim": 1, "output_shape": 8}, (X, MEMORY, KEYS), {"return_attention_scores": True}),
    Case("MultiHeadAttention", {**HEADS, "output_shape": (2, 3)}, (X, MEMORY, KEYS), {"use_causal_mask": True}),
    Case("MultiHeadAttention", {**HEADS, "attention_axes": 1}, (X, MEMORY)),
    Case("MultiHeadAttention", {**HEADS, "attention_axes": (2,)}, (PLANE, PLANE)),
    Case("MultiHeadAttention", {**HEADS, "attention_axes": [-2]}, (PLANE, PLANE), {"return_attention_scores": True}),
    Case("MultiHeadAttention", HEADS, (PLANE, PLANE)),
    Case("MultiHeadAttention", {**HEADS, "attention_axes": 1}, (PLANE, PLANE)),
    Case("MultiHeadAttention", {**HEADS, "attention_axes": (1, 2)}, (PLANE, PLANE), {"attention_mask": pairs(2, 3, 4, 3, 4)}),
    Case("MultiHeadAttention", {**HEADS, "attention_axes": (1, 2)}, (PLANE, PLANE), {"return_attention_scores": True}),
    Case("MultiHeadAttention", {**HEADS, "dropout": 0.5}, call={"attention_mask": np.zeros((4, 4), bool)}),
    Case(
        "MultiHeadAttention",
        {**HEADS, "kernel_regularizer": "l2", "activity_regularizer": "l2", "kernel_constraint": "unit_norm"},
    ),
    Case("GroupQueryAttention", {**GROUPS, "num_key_value_heads": 1}, (X, (2, 5, 6), KEYS)),
    Case("GroupQueryAttention", {**GROUPS, "num_key_value_heads": 4, "bias_constraint": "non_neg"}, (X, (2, 5, 6))),
]


def draw(case: Case, seed: int) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.normal(size=shape).astype("float32") for shape in case.shapes]


def pair(case: Case) -> tuple[Any, Any]:
    """Our layer and Keras's with the same name, built, with the same random weights."""
    ours, theirs = (getattr(module, case.name)(**case.arguments, name="attention") for module in (layers, keras.layers))
    inputs = draw(case, 0)
    ours(*inputs, **case.call), theirs(*inputs, **case.call)
    assert [(w.path, w.shape, w.trainable) for w in ours.weights] == [(w.path, w.shape, w.trainable) for w in theirs.weights]
    generator = np.random.default_rng(1)
    weights = [generator.normal(size=w.shape).astype(w.dtype) for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    return ours, theirs


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_scores_and_losses_are_those_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    inputs = draw(case, 2)
    assert_close(ours(*inputs, **case.call), theirs(*inputs, **case.call), **TOLERANCE)
    np.testing.assert_allclose([float(x) for x in ours.losses], [float(x) for x in theirs.losses], rtol=1e-5)


# Every fourth, because JAX compiles a program for each gradient; they fall on both layers and on most kinds of calls.
@pytest.mark.parametrize("case", CASES[::4], ids=str)
def test_gradients_are_those_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    inputs = draw(case, 3)
    generator = np.random.default_rng(2)
    factors = [generator.normal(size=np.shape(o)).astype("float32") for o in jax.tree_util.tree_leaves(theirs(*inputs, **case.call))]
    others = [v.value for v in theirs.non_trainable_variables]

    def loss(trainable: Any, inputs: Any) -> Any:
        outputs, _ = theirs.stateless_call(trainable, others, *inputs, **case.call)
        return sum((o * f).sum() for o, f in zip(jax.tree_util.tree_leaves(outputs), factors, strict=True))

    expected = jax.jit(jax.grad(loss, argnums=(0, 1)))([v.value for v in theirs.trainable_variables], inputs)
    watched = tree.map_structure(as_array, inputs)
    with GradientTape() as tape:
        tape.watch(watched)
        total = sum(ops.sum(o * f) for o, f in zip(tree.flatten(ours(*watched, **case.call)), factors, strict=True))
    found = tape.gradient(total, [ours.trainable_variables, watched], unconnected_gradients="zero")
    assert_close(found, expected, rtol=2e-4, atol=5e-5)


@pytest.mark.parametrize("case", [case for case in CASES if not case.call], ids=str)
def test_shapes_and_configs_are_those_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    shapes = [(None, *shape[1:]) for shape in case.shapes]
    assert ours.compute_output_shape(*shapes) == theirs.compute_output_shape(*shapes)
    symbolic = ours(*(layers.Input(shape[1:]) for shape in shapes))
    assert symbolic.shape == theirs(*(keras.Input(shape[1:]) for shape in shapes)).shape
    assert ours.get_config() == {**theirs.get_config(), "dtype": ours.get_config()["dtype"]}
    inputs = draw(case, 4)
    for copy in (type(ours).from_config(theirs.get_config()), type(theirs).from_config(ours.get_config())):
        copy(*inputs)
        copy.set_weights(ours.get_weights())
        assert_close(copy(*inputs), ours(*inputs), **TOLERANCE)


def network(keras_like: Any, attention: Any) -> Any:
    """Numbers, of which 0 is padding, attended to by themselves and by others: masks travel from the embedding."""
    words, others = keras_like.Input((5,)), keras_like.Input((4,))
    embedding = keras_like.layers.Embedding(9, 6, mask_zero=True)
    embedded = embedding(words)
    return keras_like.Model([words, others], attention(embedded, embedding(others)))


ATTENTIONS = {
    "multi-head": lambda k: lambda q, v: k.layers.MultiHeadAttention(2, 3)(q, v),
    "multi-head causal": lambda k: lambda q, v: k.layers.MultiHeadAttention(2, 3)(q, q, use_causal_mask=True),
    "multi-head with keys": lambda k: lambda q, v: k.layers.MultiHeadAttention(2, 3)(q, v, key=v),
    "multi-head, normalised": lambda k: lambda q, v: k.layers.LayerNormalization()(k.layers.MultiHeadAttention(2, 3)(q, v) + q),
    "grouped": lambda k: lambda q, v: k.layers.GroupQueryAttention(3, 4, 2)(q, v),
    "dot": lambda k: lambda q, v: k.layers.Attention()([q, v]),
    "dot causal": lambda k: lambda q, v: k.layers.Attention(use_scale=True)([q, v], use_causal_mask=True),
    "dot, concatenated": lambda k: lambda q, v: k.layers.Attention(score_mode="concat")([q, v]),
    "additive": lambda k: lambda q, v: k.layers.AdditiveAttention()([q, v]),
    "additive causal": lambda k: lambda q, v: k.layers.AdditiveAttention()([q, v], use_causal_mask=True),
    "averaged after attention": lambda k: lambda q, v: k.layers.Dense(2)(k.layers.Dropout(0.5)(k.layers.Attention()([q, v]))),
}


@pytest.mark.parametrize("name", ATTENTIONS)
def test_masks_travel_from_an_embedding_into_attention_as_in_keras(name: str) -> None:
    ours, theirs = network(glassworks, ATTENTIONS[name](glassworks)), network(keras, ATTENTIONS[name](keras))
    generator = np.random.default_rng(1)
    weights = [generator.normal(size=w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    words, others = generator.integers(0, 9, (3, 5)), generator.integers(0, 9, (3, 4))
    words[:, 3:], others[0, 2:], others[1] = 0, 0, 0
    assert_close(ours.predict([words, others], verbose=0), theirs.predict([words, others], verbose=0), **TOLERANCE)


@pytest.mark.parametrize("name", ["multi-head", "grouped", "dot", "additive"])
def test_the_mask_of_the_query_weighs_the_loss_as_in_keras(name: str) -> None:
    ours, theirs = network(glassworks, ATTENTIONS[name](glassworks)), network(keras, ATTENTIONS[name](keras))
    generator = np.random.default_rng(1)
    weights = [generator.normal(size=w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    words, others = generator.integers(1, 9, (3, 5)), generator.integers(1, 9, (3, 4))
    words[:, 3:], others[0, 2:] = 0, 0
    targets = generator.normal(size=(3, 5, 6))
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    histories = [model.fit([words, others], targets, epochs=3, verbose=0).history["loss"] for model in (ours, theirs)]
    np.testing.assert_allclose(*histories, rtol=1e-4)


WORDS = {"input_dim": 7, "output_dim": 4}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tie_weights": False},
        {"logit_soft_cap": 2.0},
        {"reverse_dtype": "float32", "mask_zero": True},
        {"embeddings_regularizer": "l2"},
    ],
    ids=str,
)
def test_embedding_there_and_back_is_that_of_keras(more: dict[str, Any]) -> None:
    ours, theirs = (module.ReversibleEmbedding(**WORDS, **more) for module in (layers, keras.layers))
    numbers = np.random.default_rng(0).integers(0, 7, (3, 5))
    ours(numbers), theirs(numbers)
    assert [(w.name, w.shape) for w in ours.weights] == [(w.name, w.shape) for w in theirs.weights]
    theirs.set_weights(ours.get_weights())
    vectors = np.random.default_rng(1).normal(size=(3, 5, 4)).astype("float32")
    assert_close(ours(numbers), theirs(numbers), **TOLERANCE)
    assert_close(ours(vectors, reverse=True), theirs(vectors, reverse=True), **TOLERANCE)
    assert ours.compute_output_shape((None, 5)) == tuple(theirs.compute_output_shape((None, 5)))
    assert ours.compute_output_shape((None, 5, 4), reverse=True) == tuple(theirs.compute_output_shape((None, 5, 4), reverse=True))
    assert set(ours.get_config()) == set(theirs.get_config())
    back = type(ours).from_config(theirs.get_config())
    back.build(None)
    assert [w.shape for w in back.weights] == [w.shape for w in ours.weights]


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16"])
@pytest.mark.parametrize("call", [{}, {"return_attention_scores": True}], ids=str)
def test_half_precision_gives_the_dtype_and_about_the_numbers_of_keras(policy: str, call: dict[str, Any]) -> None:
    ours, theirs = (module.MultiHeadAttention(2, 3, dtype=policy) for module in (layers, keras.layers))
    x = np.random.default_rng(0).normal(size=X).astype("float32")
    ours(x, x), theirs(x, x)
    ours.set_weights([np.asarray(w) for w in theirs.get_weights()])
    mine, other = tree.flatten(ours(x, x, **call)), jax.tree_util.tree_leaves(theirs(x, x, **call))
    assert [one.dtype.name for one in mine] == [one.dtype.name for one in other]
    for one, expected in zip(mine, other, strict=True):
        np.testing.assert_allclose(np.asarray(one, "float32"), np.asarray(expected, "float32"), atol=0.02)


@pytest.mark.parametrize("name", ["MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention", "ReversibleEmbedding"])
def test_names_in_saved_configs_and_default_names_are_those_of_keras(name: str) -> None:
    arguments = {"MultiHeadAttention": (2, 3), "GroupQueryAttention": (3, 4, 2), "ReversibleEmbedding": (7, 4)}.get(name, ())
    ours, theirs = (getattr(module, name)(*arguments) for module in (layers, keras.layers))
    mine, other = layers.serialize(ours), keras.layers.serialize(theirs)
    assert (mine["module"], mine["class_name"]) == (other["module"], other["class_name"])
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")


SEEN = pairs(2, 5)


@pytest.mark.parametrize(
    "call",
    [
        {"use_causal_mask": True},
        {"return_attention_scores": True},
        {"return_attention_scores": True, "use_causal_mask": True},
        {"mask": [None, SEEN]},
        {"mask": [SEEN[:, :3], SEEN]},
        {"mask": [SEEN[:, :3], SEEN, SEEN], "use_causal_mask": True},
        {"mask": [None, SEEN], "return_attention_scores": True},
        {"mask": [SEEN[:, :3], None]},
        {"mask": [None, pairs(2, 3, 5)]},
        {"mask": [None, np.zeros((2, 5), bool)]},
    ],
    ids=lambda call: "-".join(call),
)
@pytest.mark.parametrize(
    ("name", "arguments"), [("Attention", {"use_scale": True}), ("Attention", {"score_mode": "concat"}), ("AdditiveAttention", {})]
)
def test_attention_without_heads_treats_given_masks_as_keras(name: str, arguments: dict[str, Any], call: dict[str, Any]) -> None:
    ours, theirs = (getattr(module, name)(**arguments) for module in (layers, keras.layers))
    generator = np.random.default_rng(0)
    inputs = [generator.normal(size=shape).astype("float32") for shape in ((2, 3, 4), (2, 5, 4))]
    theirs(inputs), ours(inputs)
    weights = [generator.uniform(0.5, 1.5, w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    as_theirs = {**call, "mask": [m if m is None else keras.ops.convert_to_tensor(m) for m in call["mask"]]} if "mask" in call else call
    assert_close(ours(inputs, **call), theirs(inputs, **as_theirs), **TOLERANCE)


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"scale": 0.2, "is_causal": True},
        {"mask": pairs(2, 1, 4, 5)},
        {"bias": np.arange(40, dtype="float32").reshape(1, 2, 4, 5)},
        {"mask": pairs(1, 4, 4, 5), "bias": np.ones((2, 4, 4, 5), "float32"), "is_causal": True},
        {"mask": np.zeros((2, 1, 4, 5), bool)},
        {"mask": np.zeros((2, 1, 4, 5), bool), "is_causal": True},
    ],
    ids=lambda call: "-".join(call) or "plain",
)
@pytest.mark.parametrize("dtypes", [("float32",) * 3, ("float16",) * 3, ("float16", "float32", "float32")], ids="-".join)
def test_the_op_gives_the_numbers_and_dtype_of_keras(dtypes: tuple[str, ...], call: dict[str, Any]) -> None:
    if "bias" in call and call["bias"].shape[1] == 2:
        call = {"bias": np.repeat(call["bias"], 2, axis=1) / 10}
    generator = np.random.default_rng(0)
    shapes = ((2, 4, 4, 3), (2, 5, 2, 3), (2, 5, 2, 3))
    inputs = [(2 * generator.normal(size=shape)).astype(dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
    mine, other = ops.dot_product_attention(*inputs, **call), keras.ops.dot_product_attention(*inputs, **call)
    assert mine.dtype.name == other.dtype.name
    half = "float16" in dtypes
    np.testing.assert_allclose(
        np.asarray(mine, "float32"), np.asarray(other, "float32"), rtol=5e-3 if half else 2e-5, atol=5e-3 if half else 2e-5
    )


def test_models_with_attention_are_exchanged_with_keras_by_config() -> None:
    models = []
    for library in (glassworks, keras):
        words, seen = library.Input((5,), dtype="int32", name="words"), library.Input((5, 5), dtype="bool", name="seen")
        x = library.layers.Embedding(9, 6, mask_zero=True, name="embedding")(words)
        x = library.layers.MultiHeadAttention(2, 3, name="heads")(x, x, attention_mask=seen, use_causal_mask=True)
        x = library.layers.GroupQueryAttention(3, 4, 2, name="groups")(x, value=x, key=x)
        models.append(library.Model([words, seen], library.layers.Attention(name="plain")([x, x, x])))
    ours, theirs = models
    weights = [np.random.default_rng(i).normal(size=w.shape) for i, w in enumerate(theirs.weights)]
    inputs = [np.random.default_rng(0).integers(0, 9, (3, 5)), pairs(3, 5, 5)]
    theirs.set_weights(weights)
    expected = theirs.predict(inputs, verbose=0)
    for model in (ours, type(ours).from_config(theirs.get_config()), type(theirs).from_config(ours.get_config())):
        model.set_weights(weights)
        np.testing.assert_allclose(model.predict(inputs, verbose=0), expected, **TOLERANCE)
