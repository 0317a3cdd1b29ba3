"""What the fuzzer found."""

from __future__ import annotations


class CaseError(Exception):
    """A case that must not be.

    Args:
        category: What kind of failure: shrinking keeps it.
        detail: Which numbers, where.
    """

    def __init__(self, category: str, detail: str) -> None:
        super().__init__(category, detail)
        self.category, self.detail = category, detail

    def __str__(self) -> str:
        return f"{self.category}: {self.detail}"
