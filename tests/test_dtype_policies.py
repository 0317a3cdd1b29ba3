"""Dtype policies by the names of layers, and configs of policies, as in real Keras."""

from __future__ import annotations

import keras as real
import numpy as np
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


BOTH = pytest.mark.parametrize("library", [glassworks, real], ids=["glassworks", "keras"])
QUANTIZED = [
    ("QuantizedDTypePolicy", ("int8", "mixed_bfloat16"), "int8_from_mixed_bfloat16"),
    ("QuantizedDTypePolicy", ("int4", "float32"), "int4_from_float32"),
    ("QuantizedFloat8DTypePolicy", ("float8", "mixed_float16"), "float8_from_mixed_float16"),
    ("Int4DTypePolicy", ("int4/128", "float32"), "int4/128_from_float32"),
    ("Int4DTypePolicy", ("int4/-1", "float32"), "int4/-1_from_float32"),
    ("GPTQDTypePolicy", ("gptq/4/128", "float32"), "gptq/4/128_from_float32"),
    ("AWQDTypePolicy", ("awq/4/-1", "mixed_bfloat16"), "awq/4/-1_from_mixed_bfloat16"),
]
FIELDS = ("name", "compute_dtype", "variable_dtype", "quantization_mode", "mode", "block_size", "weight_bits", "group_size")


def outcome(make) -> object:
    try:
        return make()
    except (TypeError, ValueError):
        return "refused"


@pytest.mark.parametrize(("kind", "arguments", "name"), QUANTIZED, ids=[f"{kind}-{name}" for kind, _, name in QUANTIZED])
def test_policies_of_quantised_layers_exist_as_in_keras(kind: str, arguments: tuple, name: str) -> None:
    configs = []
    for library in (glassworks, real):
        policy = getattr(library.dtype_policies, kind)(*arguments)
        fields = {field: getattr(policy, field, None) for field in FIELDS if field != "mode"}
        configs.append((fields, repr(policy), library.dtype_policies.serialize(policy)))
        by_name, by_config = library.dtype_policies.get(name), library.dtype_policies.deserialize(library.dtype_policies.serialize(policy))
        assert policy == by_config == by_name and type(by_name) is type(policy) and policy.name == name
        assert policy != getattr(library.dtype_policies, kind)(arguments[0], "bfloat16") and policy != arguments[1]
        library.config.set_dtype_policy(policy)
        assert library.config.dtype_policy() == policy
        library.config.set_dtype_policy("float32")
        with pytest.raises(ValueError, match="mode"):
            getattr(library.dtype_policies, kind)("int7", arguments[1])
    assert configs[0] == configs[1]
    with pytest.raises(ArgumentError, match="quantisation") as caught:
        layers.Dense(1, dtype=name)
    assert "mixed_bfloat16" in str(caught.value)


NAMES = [
    *("float16", "bfloat16", "float32", "float64", "int8", "uint8", "int", "bool", "string", "complex64", "float8_e4m3fn", "float8_e5m2"),
    *("mixed_float16", "mixed_bfloat16", "", "abc", "mixed_float15", "mixed_float16" * 9, "half", "float128", "int8_abc_", "@float32"),
    *("int8_from_float32", "int8_from_mixed_float16", "int8_from_", "int8_from_abc", "int7_from_float32", "float8_from_float32"),
    *("gptq/4/128_from_float32", "gptq/5/128_from_float32", "gptq/4/0_from_float32", "gptq/4_from_float32", "gptq/a/b_from_float32"),
    *("awq/8/128_from_float32", "awq/4/128_from_float32", "awq/4_from_float32", "int4/0_from_float32", "int4/-2_from_float32"),
    *("int4/32_from_float32", "int4_from_float32", "int4/8/8_from_float32"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_means_the_policy_that_it_means_in_keras(name: str) -> None:
    for make in (lambda k: k.DTypePolicy(name), lambda k: k.FloatDTypePolicy(name), lambda k: k.dtype_policies.get(name)):
        ours, theirs = (outcome(lambda k=k: (make(k).name, make(k).compute_dtype, make(k).variable_dtype)) for k in (glassworks, real))
        # By `get`, Keras takes the names of dtypes of 8 bits for those of quantised policies.
        assert ours == theirs or name in ("int8", "float8_e4m3fn", "float8_e5m2")


@BOTH
@pytest.mark.parametrize("name", ["float16", "bfloat16", "mixed_bfloat16"])
def test_a_policy_without_a_name_is_the_global_one(library, name: str) -> None:
    before = library.config.dtype_policy()
    library.config.set_dtype_policy(name)
    try:
        kinds = library.dtype_policies
        assert library.DTypePolicy().name == library.config.dtype_policy().name == kinds.get(None).name == name
        assert kinds.QuantizedDTypePolicy("int4").name == f"int4_from_{name}"
        chosen = kinds.DTypePolicyMap()
        chosen["a"] = kinds.DTypePolicy("mixed_bfloat16")
        chosen["b"] = kinds.QuantizedDTypePolicy("int4", "float32")
        copy = kinds.DTypePolicyMap.from_config(chosen.get_config())
        assert [copy[key].name for key in "abc"] == [name, f"int4_from_{name}", name]
        assert chosen.get_config()["default_policy"] is None
    finally:
        library.config.set_dtype_policy(before)


@BOTH
def test_policies_are_equal_if_their_classes_and_names_are(library) -> None:
    kinds = library.dtype_policies
    assert kinds.DTypePolicy("float32") == kinds.FloatDTypePolicy("float32") != kinds.DTypePolicy("float16")
    assert kinds.DTypePolicy("float32") != "float32" and kinds.QuantizedDTypePolicy("int8", "float32") != kinds.DTypePolicy("float32")
    long, short = (kinds.QuantizedFloat8DTypePolicy("float8", "float32", length) for length in (1024, 512))
    assert long != short and long == kinds.QuantizedFloat8DTypePolicy("float8", "float32")
    with pytest.raises(TypeError, match="must be an integer"):
        kinds.QuantizedFloat8DTypePolicy("float8", "float32", "512")


@BOTH
@pytest.mark.parametrize("autocast", [True, False])
@pytest.mark.parametrize("given", ["float32", "float16", "int32", "bool"])
def test_inputs_are_cast_as_keras_does(library, given: str, autocast: bool) -> None:
    policy = library.DTypePolicy("mixed_float16")
    found = policy.convert_input(np.ones(2, given), autocast, policy.compute_dtype)
    wanted = "float16" if autocast and given.startswith("float") else given
    assert library.backend.standardize_dtype(found.dtype) == wanted if library is real else found.dtype.name == wanted
    assert policy.convert_input("text", autocast, "float16") == "text"


@BOTH
def test_an_unknown_dtype_is_a_value_error(library) -> None:
    for wrong in ("abc", "mixed_float16", 123):
        with pytest.raises(ValueError):
            library.utils.standardize_dtype(wrong)
    with pytest.raises(ValueError):
        library.dtype_policies.get(123)
    with pytest.raises(TypeError):
        library.DTypePolicy(123)
