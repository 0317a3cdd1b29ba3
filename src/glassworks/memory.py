"""The amount of free memory, and errors for requests beyond it: an operating system may grant them and then kill the process."""

from __future__ import annotations

import math
from pathlib import Path

from glassworks.errors import MemoryShortageError

# Smaller requests are not checked.
_WORTH_A_LOOK = 1 << 28
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def in_words(size: float) -> str:
    """A number of bytes in a readable form.

    >>> in_words(512), in_words(4e15)
    ('512 bytes', '4.0 PB')
    """
    step = min(int(math.log10(max(size, 1)) // 3), len(_UNITS) - 1)
    return f"{size / 1000**step:.{1 if step else 0}f} {_UNITS[step]}"


def free_bytes() -> int | None:
    """The memory that this process may still take: what is free in the machine or in its container. None if the system does not say.

    >>> free = free_bytes()
    >>> free is None or free > 0
    True
    """
    known = [
        _machine(),
        _container("memory.max", "memory.current"),
        _container("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ]
    return min((size for size in known if size is not None), default=None)


def require(size: int, found: str, fix: str, freed: int = 0, where: str | None = None) -> None:
    """Raise an error unless the given number of bytes is free.

    Args:
        size: The number of bytes needed.
        found: The object that needs them, in words.
        fix: The fix, in words.
        freed: The number of bytes that are freed before.
        where: The caller; see `GlassworksError`.

    Raises:
        MemoryShortageError: More is needed than there is.
    """
    if size < _WORTH_A_LOOK:
        return
    free = free_bytes()
    if free is not None and size > free + freed:
        raise MemoryShortageError(
            f"{found}: {in_words(size)}", f"at most the {in_words(free + freed)} of memory that are free", fix, where=where
        )


def _machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def _container(limit: str, used: str) -> int | None:
    """The memory left by a container's limit; cached files, which the system can drop, do not count as used."""
    root = Path("/sys/fs/cgroup")
    try:
        most, taken = int((root / limit).read_text()), int((root / used).read_text())
        names = ("inactive_file", "total_inactive_file", "active_file", "total_active_file")
        rows = [line.split() for line in (root / limit).with_name("memory.stat").read_text().splitlines()]
        cached = {name: int(value) for name, value in rows if name in names}
    except (OSError, ValueError):
        return None
    dropped = max(
        cached.get("inactive_file", 0) + cached.get("active_file", 0),
        cached.get("total_inactive_file", 0) + cached.get("total_active_file", 0),
    )
    return None if most > 1 << 60 else max(most - taken + dropped, 0)
