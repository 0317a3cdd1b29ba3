"""Dtype policies: the dtype in which a layer computes, and the dtype of its variables."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from glassworks import dtypes, registry, settings
from glassworks.arguments import Anything, Instance, check
from glassworks.errors import ArgumentError, suggest
from glassworks.guards import Observed, changed, guard_settings
from glassworks.names import matching

__all__ = ["DTypePolicy", "DTypePolicyMap", "FloatDTypePolicy", "deserialize", "get", "serialize"]
__dir__ = __all__.copy  # what editors and `dir()` show

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


class DTypePolicy(Observed):
    """A layer's dtypes: `"float32"`, `"float64"`, ..., or `"mixed_float16"` and `"mixed_bfloat16"`.

    Args:
        name: A dtype, or a mixed policy: compute in 16 bits, keep variables in float32. None means `floatx()`.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name: str | None = None) -> None:
        name = settings.floatx() if name is None else name
        if name in _MIXED:
            self.name, self.compute_dtype, self.variable_dtype = name, _MIXED[name], "float32"
            return
        if not isinstance(name, str):
            name = dtypes.standardize(name)
        if name not in dtypes.ALL:
            raise ArgumentError(
                f"dtype policy {name!r}", "a dtype or a mixed policy", suggest(name, [*dtypes.ALL, *_MIXED]), where="DTypePolicy"
            )
        self.name = self.compute_dtype = self.variable_dtype = name

    def get_config(self) -> dict[str, Any]:
        """The config from which `from_config` builds the same policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """A policy from its config."""
        return cls(**config)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Dtype policies by the name of a layer: the whole name, or a pattern that matches whole names.

    Args:
        default_policy: The policy of layers that no pattern matches; None means the global policy.
        policy_map: A dict of policies, or of values that `get` accepts, by name or pattern.

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
        default = self.default_policy
        self.name, self.compute_dtype, self.variable_dtype = f"map_{default.name}", default.compute_dtype, default.variable_dtype

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of layers that no pattern matches."""
        given = self._given
        if given is None and isinstance(_global, DTypePolicyMap):
            given = _global._given  # the global policy may be this map itself
        return DTypePolicy() if given is None and isinstance(_global, DTypePolicyMap) else get(given)

    def __getitem__(self, key: str) -> DTypePolicy:
        """The policy of a name; the default policy if no pattern matches."""
        pattern = matching(key, self._by_pattern, "DTypePolicyMap")
        return self.default_policy if pattern is None else self._by_pattern[pattern]

    def __setitem__(self, key: str, policy: Any) -> None:
        """Set the policy of a new name or pattern."""
        if key in self._by_pattern:
            raise ArgumentError(f"a second policy for {key!r}", "one policy per pattern", "delete the first one", where="DTypePolicyMap")
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
        default = self._given if isinstance(self._given, (str, type(None))) else serialize(self._given)
        return {"default_policy": default, "policy_map": {key: serialize(policy) for key, policy in self._by_pattern.items()}}

    def __repr__(self) -> str:
        return f"<DTypePolicyMap default={self.default_policy.name}, { {key: policy.name for key, policy in self._by_pattern.items()} }>"


FloatDTypePolicy = DTypePolicy
DTYPE_POLICIES = registry.Registry("dtype_policies", "dtype policy")
DTYPE_POLICIES.add(DTypePolicy, "FloatDTypePolicy")
DTYPE_POLICIES.add(DTypePolicyMap)
_global: DTypePolicy | None = None
guard_settings(globals(), "_global")


def get(identifier: Any) -> DTypePolicy:
    """The policy meant by a name, a dtype, a config, a policy, or None (the global policy)."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return registry.deserialize(identifier, kind="dtype_policies")
    return DTypePolicy(identifier if isinstance(identifier, str) else dtypes.standardize(identifier))


def for_layer(identifier: Any, name: str) -> DTypePolicy:
    """The policy meant for the layer of a name, which a `DTypePolicyMap` looks up.

    >>> for_layer(DTypePolicyMap("float32", {"head": "float64"}), "head").name
    'float64'
    """
    policy = get(identifier)
    return policy[name] if isinstance(policy, DTypePolicyMap) else policy


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
    return _global or DTypePolicy()


def set_dtype_policy(policy: str | DTypePolicy | None) -> None:
    """Set the policy of layers created from now on: a name such as `"mixed_bfloat16"`, or a `DTypePolicy`.

    >>> set_dtype_policy("mixed_bfloat16")
    >>> dtype_policy().compute_dtype
    'bfloat16'
    >>> set_dtype_policy(None)
    """
    global _global
    _global = None if policy is None else get(policy)
    changed()
