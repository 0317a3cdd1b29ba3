"""Dtype policies: the dtype in which a layer computes, and the dtype of its variables."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Self

from glassworks import dtypes, registry, settings
from glassworks.arguments import Anything, Instance, check
from glassworks.errors import ArgumentError, ArgumentTypeError, suggest
from glassworks.guards import Observed, changed, guard_settings
from glassworks.names import matching

if TYPE_CHECKING:
    from glassworks.typing import ArrayLike, DTypeLike

__all__ = [
    "AWQDTypePolicy",
    "DTypePolicy",
    "DTypePolicyMap",
    "FloatDTypePolicy",
    "GPTQDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "deserialize",
    "get",
    "serialize",
]
__dir__ = __all__.copy  # what editors and `dir()` show

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
_MODES = ("int8", "float8", "int4", "gptq", "awq")


class DTypePolicy(Observed):
    """A layer's dtypes: `"float32"`, `"float64"`, ..., or `"mixed_float16"` and `"mixed_bfloat16"`.

    Args:
        name: A dtype, or a mixed policy: compute in 16 bits, keep variables in float32. None means the name of the global policy.

    Attributes:
        name: The name.
        compute_dtype: The dtype in which a layer computes.
        variable_dtype: The dtype of its variables.
        quantization_mode: How weights are quantised; None, but for the policies of quantised layers, which exist by name only.

    Raises:
        ArgumentError: No dtype or mixed policy has this name.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    _keras_module = "keras"
    quantization_mode: str | None = None

    def __init__(self, name: str | None = None) -> None:
        name = _global_name() if name is None else name
        self.name = name if isinstance(name, str) else dtypes.standardize(name)
        self.compute_dtype, self.variable_dtype = _parsed(self.name)

    def convert_input(self, x: ArrayLike, autocast: bool, dtype: DTypeLike) -> ArrayLike:
        """An input of a layer as this policy wants it: arrays of floats are cast to `dtype` if `autocast`; all else stays as it is.

        >>> import numpy as np
        >>> DTypePolicy("float16").convert_input(np.ones(2, "float32"), True, "float16").dtype
        dtype('float16')
        """
        wanted, given = dtypes.standardize(dtype), getattr(x, "dtype", None)
        if given is None or not autocast or not dtypes.is_float(dtypes.standardize(given)) or dtypes.standardize(given) == wanted:
            return x
        array: Any = x
        return array.astype(dtypes.numpy_dtype(wanted))

    def get_config(self) -> dict[str, Any]:
        """The config from which `from_config` builds the same policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A policy from its config."""
        return cls(**config)

    def __repr__(self) -> str:
        return f'<{type(self).__name__.replace("FloatDTypePolicy", "DTypePolicy")} "{self.name}">'

    def __eq__(self, other: object) -> bool:
        plain = (DTypePolicy, FloatDTypePolicy)
        same_kind = type(other) is type(self) or (type(self) in plain and type(other) in plain)
        return same_kind and isinstance(other, DTypePolicy) and other.get_config() == self.get_config()

    def __hash__(self) -> int:
        return hash(self.name)


class FloatDTypePolicy(DTypePolicy):
    """Keras's other name of `DTypePolicy`.

    >>> FloatDTypePolicy("float32") == DTypePolicy("float32")
    True
    """

    _keras_module = "keras"


def _parsed(name: str) -> tuple[str, str]:
    """The compute dtype and the variable dtype of a policy."""
    if name in _MIXED:
        return _MIXED[name], "float32"
    dtype = "int32" if name == "int" else name
    if dtype not in (*dtypes.ALL, "string", *_FLOAT8):
        fix = suggest(name, [*dtypes.ALL, *_MIXED])
        raise ArgumentError(f"dtype policy {name!r}. Cannot convert it", "a dtype or a mixed policy", fix, where="DTypePolicy")
    return dtype, dtype


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Dtype policies by the name of a layer: the whole name, or a pattern that matches whole names.

    Args:
        default_policy: The policy of layers that no pattern matches; None means the global policy.
        policy_map: A dict of policies, or of values that `get` accepts, by name or pattern.

    Attributes:
        default_policy: The policy of layers that no pattern matches.

    Raises:
        ArgumentError: A key is there already, several patterns match a name, or a value is not a policy.

    >>> chosen = DTypePolicyMap("float32", {"dense.*": "mixed_bfloat16"})
    >>> chosen["dense_1"].name, chosen["head"].name
    ('mixed_bfloat16', 'float32')
    """

    def __init__(self, default_policy: Any = None, policy_map: dict[str, Any] | None = None) -> None:
        allowed = {"policy_map": Instance((dict, type(None)), "a dict of policies by name")}
        check("DTypePolicyMap", allowed, policy_map=policy_map)
        if isinstance(default_policy, DTypePolicyMap):
            raise ArgumentError("a map as default_policy", "one policy", "pass its default_policy", where="DTypePolicyMap")
        self._given = default_policy
        self._by_pattern: dict[str, DTypePolicy] = {}
        for key, policy in (policy_map or {}).items():
            self[key] = policy
        default = DTypePolicy() if default_policy is None and isinstance(_global, DTypePolicyMap) else get(default_policy)
        self.default_policy, self.quantization_mode = default, default.quantization_mode
        self.name, self.compute_dtype, self.variable_dtype = f"map_{default.name}", default.compute_dtype, default.variable_dtype

    def __getitem__(self, key: str) -> DTypePolicy:
        """The policy of a name; the default policy if no pattern matches."""
        pattern = matching(key, self._by_pattern, "DTypePolicyMap")
        return self.default_policy if pattern is None else self._by_pattern[pattern]

    def __setitem__(self, key: str, policy: Any) -> None:
        """Set the policy of a new name or pattern."""
        if key in self._by_pattern:
            found = f"a second policy for {key!r}: {key} already exist in the DTypePolicyMap"
            raise ArgumentError(found, "one policy per pattern", "delete the first one", where="DTypePolicyMap")
        self._by_pattern[key] = get(policy)

    def __delitem__(self, key: str) -> None:
        del self._by_pattern[key]

    def __contains__(self, key: object) -> bool:
        return key in self._by_pattern

    def __len__(self) -> int:
        return len(self._by_pattern)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_pattern)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and other.get_config() == self.get_config()

    def __hash__(self) -> int:
        return hash((self.name, *self._by_pattern.items()))

    def get_config(self) -> dict[str, Any]:
        """The default and the policies by pattern. Without a default, they are of the dtypes of the global policy where it is read."""
        default = self._given if isinstance(self._given, (str, type(None))) else serialize(self._given)
        policies = {key: serialize(policy) for key, policy in self._by_pattern.items()}
        for config in policies.values() if default is None else ():
            config["config"] |= dict.fromkeys({"name", "source_name"} & config["config"].keys())
        return {"default_policy": default, "policy_map": policies}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        """A map from its config."""
        with registry.custom_object_scope(custom_objects):
            return cls(**config)

    def __repr__(self) -> str:
        return f"<DTypePolicyMap default={self.default_policy.name}, { {key: policy.name for key, policy in self._by_pattern.items()} }>"


class QuantizedDTypePolicy(DTypePolicy):
    """The policy of a layer with quantised weights. It can be made, compared and saved, but layers refuse it: quantisation is not here.

    Args:
        mode: `"int8"`, `"int4"`, `"float8"`, `"gptq"` or `"awq"`.
        source_name: The policy of the layer before it was quantised; None means the name of the global policy.

    Raises:
        ArgumentError: The mode or the policy is unknown, or the mode does not fit the policy.

    >>> QuantizedDTypePolicy("int8", "mixed_bfloat16")
    <QuantizedDTypePolicy "int8_from_mixed_bfloat16">
    """

    _keras_module = "keras.dtype_policies"
    _form = "<mode>"

    def __init__(self, mode: str, source_name: str | None = None) -> None:
        source_name = _global_name() if source_name is None else source_name
        self._source_name, self._full_mode = source_name, mode
        self.compute_dtype, self.variable_dtype = _parsed(source_name)
        self.quantization_mode = str(mode).split("/")[0]
        if self.quantization_mode not in _MODES or (type(self) is QuantizedDTypePolicy and mode != self.quantization_mode):
            raise ArgumentError(f"mode={mode!r}", f"one of {_MODES}", suggest(str(mode), _MODES), where=type(self).__name__)
        if self.compute_dtype == "float16" and mode == "int8":
            found = "mode='int8', which doesn't work well with compute_dtype='float16'"
            raise ArgumentError(found, "another compute dtype", "use mixed_bfloat16", where=type(self).__name__)
        self.name = f"{mode}_from_{source_name}"

    def get_config(self) -> dict[str, Any]:
        return {"mode": self._full_mode, "source_name": self._source_name}

    def _numbers(self, count: int, bits: tuple[int, ...] = ()) -> list[int]:
        """The numbers after the mode, such as 4 and 128 of `"gptq/4/128"`; the last is the size of a block, -1 for none."""
        mode, *texts = str(self._full_mode).split("/")
        fits = f"{mode}{'/<number>' * len(texts)}" == self._form.replace("<weight_bits>", "<number>").replace("<block_size>", "<number>")
        numbers = [int(text) for text in texts] if fits and all(text.lstrip("-").isdecimal() for text in texts) else []
        if len(numbers) != count or numbers[-1] < -1 or numbers[-1] == 0 or (bits and numbers[0] not in bits):
            allowed = f", with weight_bits one of {bits}: only these are supported" if bits else ""
            found = f"Invalid mode {self._full_mode!r}"
            fix = "the block size is a positive integer, or -1 for one block"
            raise ArgumentError(found, f"{self._form!r}{allowed}", fix, where=type(self).__name__)
        return numbers

    @property
    def mode(self) -> str | None:
        """The mode without its numbers."""
        return self.quantization_mode


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer that computes in float8; see `QuantizedDTypePolicy`.

    Args:
        mode: `"float8"`.
        source_name: The policy of the layer before it was quantised.
        amax_history_length: How many of the latest largest absolute values are kept for scaling.

    >>> QuantizedFloat8DTypePolicy("float8", "float32").amax_history_length
    1024
    """

    default_amax_history_length = 1024

    def __init__(self, mode: str, source_name: str | None = None, amax_history_length: int = 1024) -> None:
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            found = f"amax_history_length={amax_history_length!r}, which must be an integer."
            raise ArgumentTypeError(found, "an integer", "pass for example 1024", where=type(self).__name__)
        self.amax_history_length = amax_history_length

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "amax_history_length": self.amax_history_length}


class Int4DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer with weights of 4 bits, which share a scale in blocks; see `QuantizedDTypePolicy`.

    Args:
        mode: `"int4/<block_size>"`.
        source_name: The policy of the layer before it was quantised.

    >>> Int4DTypePolicy("int4/128", "float32").block_size
    128
    """

    _form = "int4/<block_size>"

    def __init__(self, mode: str, source_name: str | None = None) -> None:
        super().__init__(mode, source_name)
        (self.block_size,) = self._numbers(1)


class GPTQDTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer quantised by GPTQ; see `QuantizedDTypePolicy`.

    Args:
        mode: `"gptq/<weight_bits>/<group_size>"`, with 2, 3, 4 or 8 bits.
        source_name: The policy of the layer before it was quantised.

    >>> policy = GPTQDTypePolicy("gptq/4/128", "float32")
    >>> policy.weight_bits, policy.group_size
    (4, 128)
    """

    _form = "gptq/<weight_bits>/<block_size>"
    _bits: tuple[int, ...] = (2, 3, 4, 8)

    def __init__(self, mode: str, source_name: str | None = None) -> None:
        super().__init__(mode, source_name)
        self.weight_bits, self.group_size = self._numbers(2, self._bits)


class AWQDTypePolicy(GPTQDTypePolicy):
    """The policy of a layer quantised by AWQ; see `QuantizedDTypePolicy`.

    Args:
        mode: `"awq/4/<group_size>"`.
        source_name: The policy of the layer before it was quantised.

    >>> AWQDTypePolicy("awq/4/128", "float32").mode
    'awq'
    """

    _form = "awq/<weight_bits>/<block_size>"
    _bits = (4,)


DTYPE_POLICIES = registry.Registry("dtype_policies", "dtype policy")
for _policy in (DTypePolicy, FloatDTypePolicy, DTypePolicyMap, QuantizedDTypePolicy, QuantizedFloat8DTypePolicy):
    DTYPE_POLICIES.add(_policy)
for _policy in (Int4DTypePolicy, GPTQDTypePolicy, AWQDTypePolicy):
    DTYPE_POLICIES.add(_policy)
_global: DTypePolicy | None = None
guard_settings(globals(), "_global")


def _global_name() -> str:
    """The name of the global policy; of a map, that of its default."""
    policy = dtype_policy()
    return policy.default_policy.name if isinstance(policy, DTypePolicyMap) else policy.name


def get(identifier: Any) -> DTypePolicy:
    """The policy meant by a name, a dtype, a config, a policy, or None (the global policy).

    >>> get("mixed_float16").compute_dtype, get("int8_from_float32").quantization_mode
    ('float16', 'int8')
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return registry.deserialize(identifier, kind="dtype_policies")
    if isinstance(identifier, str):
        return _quantized(identifier) if "_from_" in identifier else DTypePolicy(identifier)
    return DTypePolicy(dtypes.standardize(identifier))


def _quantized(name: str) -> DTypePolicy:
    """The policy of a name such as `int8_from_float32`."""
    mode, _, source = name.partition("_from_")
    with_numbers = {"gptq": GPTQDTypePolicy, "awq": AWQDTypePolicy, "int4": Int4DTypePolicy if "/" in mode else QuantizedDTypePolicy}
    kinds: dict[str, type[QuantizedDTypePolicy]] = {**with_numbers, "float8": QuantizedFloat8DTypePolicy}
    return kinds.get(mode.split("/")[0], QuantizedDTypePolicy)(mode, source)


def for_layer(identifier: Any, name: str) -> DTypePolicy:
    """The policy meant for the layer of a name, which a `DTypePolicyMap` looks up.

    >>> for_layer(DTypePolicyMap("float32", {"head": "float64"}), "head").name
    'float64'
    """
    policy = get(identifier)
    policy = policy[name] if isinstance(policy, DTypePolicyMap) else policy
    if policy.quantization_mode or policy.compute_dtype in _FLOAT8:
        found = f"the policy {policy.name!r} for layer {name!r}"
        fix = "pass dtype='float32', or 'mixed_bfloat16' to compute in 16 bits; quantise an exported model with another program"
        raise ArgumentError(found, "a policy without quantisation, which Glassworks does not have", fix, where="dtype_policies")
    return policy


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The config of a policy, with its class.

    >>> serialize(DTypePolicy("float32"))["config"]
    {'name': 'float32'}
    """
    return registry.serialize(dtype_policy)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """The policy of a config from `serialize`.

    >>> deserialize(serialize(DTypePolicy("float64"))).name
    'float64'
    """
    return registry.deserialize(config, custom_objects, kind="dtype_policies")


class ComputeDType(Anything):
    """The dtype that a loss or metric computes in; `floatx()` for None.

    The global policy does not apply: under mixed precision, losses and metrics are computed in float32 from 16-bit outputs.
    """

    def convert(self, value: object) -> str:
        return get(value or settings.floatx()).compute_dtype

    def invalid(self) -> list[object]:
        return ["no such dtype"]


def dtype_policy() -> DTypePolicy:
    """The `DTypePolicy` of layers without a dtype argument.

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return DTypePolicy(settings.floatx()) if _global is None else _global


def set_dtype_policy(policy: str | DTypePolicy | None) -> None:
    """Set the policy of layers created from now on: a name such as `"mixed_bfloat16"`, or a `DTypePolicy`; None is `floatx()`.

    >>> set_dtype_policy("mixed_bfloat16")
    >>> dtype_policy().compute_dtype
    'bfloat16'
    >>> set_dtype_policy(None)
    """
    global _global
    _global = None if policy is None else get(policy)
    changed()
