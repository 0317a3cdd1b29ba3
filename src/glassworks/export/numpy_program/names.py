"""Names in an exported program. Names of layers come from anywhere: none of their characters reaches the program unless it is harmless."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable


def plain(name: str) -> str:
    """A name for comments and docstrings: letters, digits and a few signs; everything else becomes an underscore.

    >>> plain('my "layer"\\n')
    'my _layer__'
    """
    return "".join(letter if letter.isalnum() or letter in " _-./:" else "_" for letter in name)[:80]


def quoted(name: str) -> str:
    """A string literal with double quotes, of plain characters alone.

    >>> quoted('dense/"kernel"')
    '"dense/\\\\"kernel\\\\""'
    """
    return '"' + name.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'


def identifier(name: str) -> str:
    """A name for a variable.

    >>> identifier("conv2d.1"), identifier("2 layers"), identifier("class")
    ('conv2d_1', 'x_2_layers', 'class_')
    """
    text = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")[:40] or "x"
    text = f"x_{text}" if text[0].isdigit() else text
    return f"{text}_" if keyword.iskeyword(text) or keyword.issoftkeyword(text) else text


class Namespace:
    """Names that are taken, and new ones.

    >>> names = Namespace(["x"], functions=["dense"])
    >>> names.new("x"), names.new("dense"), names.new("dense")
    ('x_2', 'dense_output', 'dense_output_2')
    """

    def __init__(self, taken: Iterable[str], functions: Iterable[str] = ()) -> None:
        self._taken, self._functions = set(taken), set(functions)

    def new(self, name: str) -> str:
        """This name, or a similar one if it is taken."""
        base = identifier(name)
        base = f"{base}_output" if base in self._functions else base
        text, number = base, 2
        while text in self._taken | self._functions:
            text, number = f"{base}_{number}", number + 1
        self._taken.add(text)
        return text
