"""Dtype policies by the names of layers, and configs of policies, as in real Keras."""

from __future__ import annotations

import keras as real
import pytest

import glassworks
from glassworks import dtype_policies, layers
from glassworks.errors import ArgumentError


@pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])
def test_a_map_gives_each_path_its_policy(library) -> None:
    kinds = library.dtype_policies
    chosen = kinds.DTypePolicyMap("float32")
    chosen["encoder/.*"] = "mixed_bfloat16"
    chosen["encoder/first"] = kinds.DTypePolicy("float16")
    assert [chosen[path].name for path in ("encoder/first", "encoder/second", "head")] == ["float16", "mixed_bfloat16", "float32"]
    assert len(chosen) == 2 and list(chosen) == ["encoder/.*", "encoder/first"] and "head" not in chosen
    assert (chosen.name, chosen.compute_dtype, chosen.variable_dtype) == ("map_float32", "float32", "float32")
    copy = kinds.deserialize(kinds.serialize(chosen))
    assert copy["encoder/second"].name == "mixed_bfloat16" and copy.default_policy.name == "float32"
    del chosen["encoder/first"]
    assert chosen["encoder/first"].name == "mixed_bfloat16"


def test_layers_take_the_policy_of_their_name() -> None:
    chosen = dtype_policies.DTypePolicyMap(policy_map={"small.*": "mixed_float16"})
    assert layers.Dense(1, dtype=chosen, name="small_1").compute_dtype == "float16"
    assert layers.Dense(1, dtype=chosen, name="large").compute_dtype == "float32"
    glassworks.config.set_dtype_policy(chosen)
    try:
        assert layers.Dense(1, name="small_2").compute_dtype == "float16"
        assert dtype_policies.DTypePolicyMap()["anything"].name == "float32"
    finally:
        glassworks.config.set_dtype_policy(None)


@pytest.mark.parametrize(
    ("wrong", "piece"),
    [
        (lambda kinds: kinds.DTypePolicyMap(policy_map=["a"]), "a dict of policies"),
        (lambda kinds: kinds.DTypePolicyMap(kinds.DTypePolicyMap()), "one policy"),
        (lambda kinds: kinds.DTypePolicyMap(policy_map={"a": "float31"}), "did you mean"),
        (lambda kinds: kinds.DTypePolicyMap(policy_map={"a.*": "float32", ".*b": "float32"})["ab"], "make them narrower"),
    ],
)
def test_wrong_maps_are_named(wrong, piece: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        wrong(dtype_policies)
    assert piece in str(caught.value)


@pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])
def test_an_operation_of_one_s_own_works_on_numbers_and_in_a_model(library) -> None:
    class Scaled(library.Operation):
        def __init__(self, factor: float) -> None:
            super().__init__(name="scaled")
            self.factor = factor

        def call(self, x):
            return x * self.factor

        def compute_output_spec(self, x):
            return library.KerasTensor(x.shape, x.dtype)

    x = library.Input((2,))
    model = library.Model(x, Scaled(3.0)(x))
    assert model.output_shape == (None, 2)
    assert float(model(library.ops.ones((1, 2)))[0, 0]) == 3.0
    assert float(Scaled(2.0)(library.ops.ones((1,)))[0]) == 2.0
