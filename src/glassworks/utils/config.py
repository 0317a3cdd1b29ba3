"""`Config`: the settings of a program by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from glassworks.errors import StateError, suggest


class Config(MutableMapping[str, Any]):
    """Named values, read and set as attributes or as in a dict, that can be frozen.

    Args:
        **kwargs: The initial values.

    Raises:
        AttributeError: A value of that name is read as an attribute and was never set.
        StateError: A frozen config is changed.

    >>> config = Config(learning_rate=0.1)
    >>> config.seed = 7
    >>> config["learning_rate"], config.seed
    (0.1, 7)
    >>> config.freeze()
    >>> config.to_json()
    '{"learning_rate": 0.1, "seed": 7}'
    """

    _values: dict[str, Any]
    _frozen: bool

    def __init__(self, **kwargs: Any) -> None:
        # Without the __setattr__ below, which would store these two as settings.
        object.__setattr__(self, "_values", dict(kwargs))
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether the config is frozen."""
        return self._frozen

    def freeze(self) -> None:
        """Freeze the config: later changes raise an error."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Unfreeze the config: changes are allowed again."""
        object.__setattr__(self, "_frozen", False)

    def as_dict(self) -> dict[str, Any]:
        """The values as a new dict."""
        return dict(self._values)

    def to_json(self) -> str:
        """The values as JSON text."""
        return json.dumps(self._values)

    def _check_changeable(self, name: str) -> None:
        if self._frozen:
            raise StateError(f"a change of {name!r} in a frozen config", "an unfrozen one", "call unfreeze() first", where="utils.Config")

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: object) -> None:
        self._check_changeable(name)
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        self._check_changeable(name)
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        # Python looks up names with underscores (for copying, pickling) before there are values.
        if not name.startswith("_") and name in self._values:
            return self._values[name]
        hint = "" if name.startswith("_") else suggest(name, self._values)
        raise AttributeError(f"the config has no value {name!r}{'; ' + hint if hint else ''}")

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def __repr__(self) -> str:
        return f"<Config {self._values}>"
