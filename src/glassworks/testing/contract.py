"""Common parts of the contract suites: the error for a broken contract, and exemptions."""

from __future__ import annotations

from collections.abc import Callable

from glassworks.errors import GlassworksError


class ContractError(GlassworksError, AssertionError):
    """A class breaks the contract of its kind."""


def require(condition: object, found: str, expected: str, fix: str = "") -> None:
    """Raise a `ContractError` unless the condition holds."""
    if not condition:
        raise ContractError(found, expected, fix)


def run_checks(cls: type, checks: dict[str, Callable[[], None]]) -> list[str]:
    """Run the checks that a class is not exempt from, and return their names.

    A class states its exemptions, each with a reason: `contract_exemptions = {"gradient": "outputs are integers"}`.

    Raises:
        ContractError: The first broken promise, or an exemption from a check that does not exist.
    """
    exempt = getattr(cls, "contract_exemptions", {})
    for name in exempt:
        require(name in checks, f"an exemption from {name!r} on {cls.__name__}", f"the name of a check: {', '.join(checks)}")
    for name, check in checks.items():
        if name not in exempt:
            check()
    return [name for name in checks if name not in exempt]
