"""`StoredVariables`: how an object with variables keeps them in files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from glassworks.configured import unless_overridden
from glassworks.errors import ShapeError
from glassworks.graph.variable import Variable


class StoredVariables:
    """The base of layers, metrics and optimizers: their variables in files, under the names "0", "1" and so on, as Keras has them.

    Subclasses say by `_stored_variables` which they are. A user's class may override the two public methods and store something else.
    """

    def _stored_variables(self) -> list[Variable]:
        """What files keep: the object's own variables, but not those of objects inside it that are stored beside it."""
        raise NotImplementedError(f"{type(self).__name__} does not say which variables it stores")

    def _stored_values(self) -> list[Variable | np.ndarray]:
        """What files keep of them: the variables, or arrays in place of some."""
        return [*self._stored_variables()]

    def _zeroed_by_loading(self) -> list[Variable]:
        """Variables that are not in files, and are 0 after loading."""
        return []

    @unless_overridden
    def save_own_variables(self, store: dict[str, np.ndarray]) -> None:
        """Put the own variables into a dict under the names "0", "1" and so on; a subclass may store others."""
        for i, value in enumerate(self._stored_values()):
            store[str(i)] = value.numpy() if isinstance(value, Variable) else value

    @unless_overridden
    def load_own_variables(self, store: Mapping[str, np.ndarray]) -> None:
        """Set the own variables from a dict that `save_own_variables` filled.

        Raises:
            ShapeError: The dict has more or fewer arrays than there are variables, or others.
        """
        own = self._stored_variables()
        if len(store) != len(own):
            fix = "load the weights of the same architecture" if getattr(self, "built", True) else "build it first: call it on data"
            where = f"{getattr(self, 'name', type(self).__name__)!r}.load_own_variables"
            raise ShapeError(f"{len(store)} arrays for {len(own)} variables", "one for each", fix, where=where)
        for i, variable in enumerate(own):
            variable.assign(store[str(i)])
        for variable in self._zeroed_by_loading():
            variable.assign(np.zeros(variable.shape))
