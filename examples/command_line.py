"""Common parts of the examples: a command line whose --help shows every default, and one way to find data.

A file is looked for where --data says (the file itself, or the folder that holds it); without --data in the folder that
the environment variable GLASSWORKS_DATA names, then in the folder where the example is started.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path


class CommandLine(argparse.ArgumentParser):
    """The arguments of an example: --data, --epochs, and what it adds.

    Args:
        doc: The example's docstring; its first line heads the help.
        data: The file or folder it reads, or several, any of which will do; None for an example that brings its own data.
        what: What that file is, in words.
        epochs: The default number of epochs; None for an example without epochs.
        downloads: Whether the example gets the file itself where there is none.
    """

    def __init__(
        self, doc: str | None, data: str | Sequence[str] | None, what: str = "", epochs: int | None = None, downloads: bool = False
    ) -> None:
        super().__init__(description=(doc or "").split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        self.names = [data] if isinstance(data, str) else list(data or [])
        self.what, self.downloads = what, downloads
        if self.names:
            otherwise = ", and downloaded once where it is in neither" if downloads else ""
            text = f"{what}: {' or '.join(self.names)}, or the folder that holds it; looked for in $GLASSWORKS_DATA and here{otherwise}"
            self.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=text)
        if epochs is not None:
            self.add_argument("--epochs", type=at_least(1), default=epochs, help="how often to go through the data")

    def parse(self, arguments: Sequence[str] | None = None) -> argparse.Namespace:
        """The options; `data` is the path of a file that is there, or None where it is to be downloaded."""
        options = self.parse_args(arguments)
        if self.names:
            options.data = self._find(getattr(options, "data", None))
        return options

    def _find(self, given: Path | None) -> Path | None:
        folders = [Path(os.environ["GLASSWORKS_DATA"])] if "GLASSWORKS_DATA" in os.environ else []
        places = [given] if given is not None else [*folders, Path()]
        for place in places:
            for path in [place / name for name in self.names] if place.is_dir() else [place]:
                if path.exists():
                    return path
        if given is not None or not self.downloads:
            looked = ", ".join(str(place) for place in places)
            names = " or ".join(self.names)
            self.error(f"{names} ({self.what}) is not in {looked}: pass --data, or set GLASSWORKS_DATA to the folder that has it")
        return None


def at_least(minimum: int) -> Callable[[str], int]:
    """A type of argument: an integer that is not smaller.

    >>> at_least(1)("3")
    3
    """

    def integer(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not an integer") from None
        if number < minimum:
            raise argparse.ArgumentTypeError(f"{number} is less than {minimum}")
        return number

    return integer
