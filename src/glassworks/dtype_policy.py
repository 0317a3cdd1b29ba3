"""Dtype policies: in which dtype a layer computes and in which it keeps its variables."""

from __future__ import annotations

from typing import Any

from glassworks import config, dtypes, registry
from glassworks.errors import ArgumentError, suggest

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


class DTypePolicy:
    """A layer's dtypes: `"float32"`, `"float64"`, ..., or `"mixed_float16"` and `"mixed_bfloat16"`.

    Args:
        name: A dtype, or a mixed policy: compute in 16 bits, keep variables in float32. None means `floatx()`.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name: str | None = None) -> None:
        name = config.floatx() if name is None else name
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


DTYPE_POLICIES = registry.Registry("dtype_policies", "dtype policy")
DTYPE_POLICIES.add(DTypePolicy, "FloatDTypePolicy")
_global: DTypePolicy | None = None


def get(identifier: Any) -> DTypePolicy:
    """The policy meant by a name, a dtype, a config, a policy, or None (the global policy)."""
    if identifier is None:
        return global_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return registry.deserialize(identifier, kind="dtype_policies")
    return DTypePolicy(identifier if isinstance(identifier, str) else dtypes.standardize(identifier))


def global_policy() -> DTypePolicy:
    """The policy of layers that are given no dtype."""
    return _global or DTypePolicy()


def set_global_policy(policy: Any) -> None:
    """Set the policy of layers made from now on: a name or a `DTypePolicy`."""
    global _global
    _global = None if policy is None else get(policy)
