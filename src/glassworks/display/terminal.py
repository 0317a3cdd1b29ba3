"""What the output can show: a terminal or a notebook, its width, its colours and its characters."""

from __future__ import annotations

import os
import shutil
import sys

_ASCII = str.maketrans("─━│┃╭╮╰╯├└×·…→≈–—", "-=||++++++x*~>~--") | {ord("Σ"): "sum", ord("±"): "+-"}


def is_notebook() -> bool:
    """Whether the program runs in a notebook, or in the console of an IDE that rewrites lines as one does.

    >>> is_notebook()
    False
    """
    return "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ


def is_terminal() -> bool:
    """Whether the output is a terminal that can rewrite a line, not a file or pipe."""
    return bool(getattr(sys.stdout, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"


def has_colour() -> bool:
    """Whether the output shows colours, and the user has not switched them off (NO_COLOR, https://no-color.org)."""
    if os.environ.get("NO_COLOR") or not (is_notebook() or is_terminal()):
        return False
    return os.name != "nt" or any(name in os.environ for name in ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM"))


def columns() -> int:
    """The width of the terminal in characters: 80, or 120 in a notebook, where it is not known."""
    return shutil.get_terminal_size((120 if "ipykernel" in sys.modules else 80, 24)).columns


def can_print(characters: str) -> bool:
    """Whether the encoding of the output has these characters.

    >>> can_print("abc")
    True
    """
    stream = getattr(sys.stdout, "rich_proxied_file", sys.stdout)  # while a live line is shown, rich stands before the output
    try:
        characters.encode(getattr(stream, "encoding", None) or "utf-8")  # text in memory has no encoding
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def printable(text: str) -> str:
    """A text as the output can print it: lines, signs and arrows become ASCII where its encoding lacks them.

    >>> printable("784 x 128")
    '784 x 128'
    """
    if can_print(text):
        return text
    text = text.translate(_ASCII)
    return text if can_print(text) else text.encode("ascii", "replace").decode()
