"""What a case answers on a library: its notes by name, or the error that refused it."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.drawn.case import Case

# The step of central differences in float64.
STEP = 1e-6


@dataclass
class Answer:
    """The notes of a case until it ended, and the error that ended it, if one did."""

    notes: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    # Whether the error is one of the library's own, which says what to do; only known of ours.
    is_own_error: bool = True


class Notes:
    """The helpers of programs: they note results, gradients and slopes by name."""

    def __init__(self, keras: Any, backend: str) -> None:
        self.keras, self.backend = keras, backend
        self.notes: dict[str, Any] = {}

    def note(self, name: str, value: object) -> None:
        """Keep a result: arrays, or plain values in dicts and lists."""
        self.notes[name] = self._plain(value)

    def gradient(self, name: str, function: Callable[[Any], Any], x: np.ndarray) -> None:
        """Keep the gradient of the sum of a function, and its slope along a fixed direction; real Keras on NumPy has the slope only."""
        direction = np.random.default_rng(x.size).normal(size=x.shape)
        if self.backend == "numpy":
            self.notes[f"{name}, along a direction"] = self._difference(function, x, direction)
            return
        found = self._gradient(function, x)
        self.notes[name] = found
        self.notes[f"{name}, along a direction"] = np.float64(np.vdot(found.astype("float64"), direction))

    def masked(self, x: np.ndarray, mask: np.ndarray) -> Any:
        """A tensor that has a mask, as a layer gives it."""
        tensor, mask = self.keras.ops.convert_to_tensor(x), self.keras.ops.convert_to_tensor(mask)
        if self.backend == "glassworks":
            tensor._keras_mask = mask
        else:
            from keras.src.backend.common.masking import set_keras_mask

            set_keras_mask(tensor, mask)
        return tensor

    def _gradient(self, function: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
        if self.backend == "jax":
            import jax

            return np.asarray(jax.grad(lambda p: self.keras.ops.sum(function(p)))(x))
        tensor = self.keras.ops.convert_to_tensor(x)
        with self.keras.GradientTape() as tape:
            tape.watch(tensor)
            total = self.keras.ops.sum(function(tensor))
        found = tape.gradient(total, tensor)
        return np.zeros_like(x) if found is None else np.asarray(found)

    def _difference(self, function: Callable[[Any], Any], x: np.ndarray, direction: np.ndarray) -> np.float64:
        before = self.keras.config.floatx()
        self.keras.config.set_floatx("float64")
        try:
            high, low = (np.sum(np.asarray(function(x.astype("float64") + step * direction), "float64")) for step in (STEP, -STEP))
        finally:
            self.keras.config.set_floatx(before)
        return np.float64((high - low) / (2 * STEP))

    def _plain(self, value: object) -> Any:
        if isinstance(value, dict):
            return {str(key): self._plain(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(one) for one in value]
        if value is None or isinstance(value, (bool, int, float, str, np.ndarray)):
            return value
        if isinstance(value, self.keras.Variable):
            value = value.value
        if hasattr(value, "get_config"):
            return {"class_name": type(value).__name__, "config": self._plain(value.get_config())}
        return np.asarray(value)


def answer(case: Case, keras: Any, backend: str) -> Answer:
    """Run a case; `backend` is "glassworks", or that of real Keras."""
    helpers = Notes(keras, backend)
    space = {"keras": keras, "np": np, **{name: getattr(helpers, name) for name in ("note", "gradient", "masked")}}
    space |= {name: array.copy() for name, array in case.arrays.items()}
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)
    silence = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with warnings.catch_warnings(), np.errstate(all="ignore"), silence[0], silence[1]:
        warnings.simplefilter("ignore")
        try:
            exec("\n".join(case.lines), space)
        except Exception as error:
            own = type(error).__module__.startswith("glassworks")
            return Answer(helpers.notes, f"{type(error).__name__}: {str(error)[:400]}", own)
    return Answer(helpers.notes)
