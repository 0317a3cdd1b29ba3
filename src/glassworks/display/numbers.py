"""Numbers as short texts: metrics, counts, bytes, shares and time spans."""

from __future__ import annotations

from typing import TypeGuard

import numpy as np


def number_text(value: float | np.ndarray) -> str:
    """A metric in about 4 digits, of the same width wherever it usually lies.

    >>> number_text(0.971234), number_text(0.0931), number_text(0.00001234), number_text(1234.56), number_text(1.0)
    ('0.9712', '0.0931', '1.234e-05', '1235', '1.0000')
    """
    if isinstance(value, np.ndarray) and value.ndim:
        return "[" + ", ".join(number_text(entry) for entry in value) + "]"
    value = float(value)
    return f"{value:.4f}" if value == 0 or 0.01 <= abs(value) < 10 else f"{value:.4g}"


def cell_text(value: object) -> str:
    """What stands in a cell of a table: text as it is, numbers in about 4 digits, integers with separators, nothing for None.

    >>> cell_text("dense"), cell_text(100480), cell_text(0.25), cell_text(None), cell_text(True), cell_text((None, 128))
    ('dense', '100,480', '0.2500', '', 'yes', '(None, 128)')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    scalar = getattr(value, "ndim", 0) == 0
    if isinstance(value, bool) or (kind == "b" and scalar):
        return "yes" if value else "no"
    if isinstance(value, int) or (kind in "iu" and kind and scalar):
        return f"{np.asarray(value).item():,}"
    return number_text(np.asarray(value)[()]) if is_number(value) or kind == "f" else str(value)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is one number, a boolean aside.

    >>> is_number(1), is_number(0.5), is_number(True), is_number("1")
    (True, True, False, False)
    """
    if isinstance(value, (int, float)):
        return not isinstance(value, bool)
    return getattr(getattr(value, "dtype", None), "kind", "") in ("i", "u", "f") and getattr(value, "ndim", 1) == 0


def short_text(count: float, unit: str = "") -> str:
    """A large count with a prefix: thousand, million, billion.

    >>> short_text(950), short_text(100480), short_text(25_600_000, "FLOP")
    ('950', '100.5 k', '25.6 MFLOP')
    """
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f} {prefix}{unit}"
    return f"{count:.0f} {unit}".rstrip()


def bytes_text(count: float) -> str:
    """A size of memory.

    >>> bytes_text(900), bytes_text(401_920), bytes_text(3 * 2**30)
    ('900 B', '392.5 KB', '3.00 GB')
    """
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.2f} GB"


def share_text(share: float) -> str:
    """A share in percent.

    >>> share_text(0.9712), share_text(0.0004), share_text(0.0), share_text(1.0)
    ('97.1%', '0.04%', '0%', '100%')
    """
    return f"{share:.0%}" if share in (0.0, 1.0) else f"{share:.1%}" if abs(share) >= 0.001 else f"{share:.2%}"


def duration_text(seconds: float) -> str:
    """A time span in a readable form.

    >>> duration_text(1.234), duration_text(72), duration_text(7500)
    ('1.2s', '1:12', '2:05:00')
    """
    if seconds < 10:
        return f"{seconds:.1f}s"
    rounded = round(seconds)
    if rounded < 60:
        return f"{rounded}s"
    minutes = f"{rounded % 3600 // 60}:{rounded % 60:02d}"
    return minutes if rounded < 3600 else f"{rounded // 3600}:{rounded % 3600 // 60:02d}:{rounded % 60:02d}"


def per_unit_text(seconds: float, unit: str = "step") -> str:
    """The time that one step takes.

    >>> per_unit_text(0.00031), per_unit_text(0.0123), per_unit_text(2)
    ('310us/step', '12ms/step', '2.0s/step')
    """
    if seconds >= 1:
        return f"{seconds:.1f}s/{unit}"
    return f"{seconds * 1e3:.0f}ms/{unit}" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/{unit}"
