"""The methods of `Model` in Keras 2 that Keras 3 has no more, each by the method that took its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from glassworks.errors import warn
from glassworks.training.callbacks import History
from glassworks.training.options import Callbacks, ClassWeight, ValidationFreq, Verbosity
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


def _warn(method: str, instead: str) -> None:
    warn(f"{method} is a name of Keras 2: write model.{instead}")


def _model(self: KerasTwo) -> Model:
    return cast("Model", self)


class KerasTwo:
    """The part of `Model` with the names of Keras 2. Each warns, and shows the new form."""

    def fit_generator(
        self,
        generator: Data,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: Verbosity = 1,
        callbacks: Callbacks = None,
        validation_data: Data = None,
        validation_steps: int | None = None,
        validation_freq: ValidationFreq = 1,
        class_weight: ClassWeight = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> History:
        """`fit` on a generator, in the form of Keras 2. `max_queue_size`, `workers` and `use_multiprocessing` are ignored."""
        _warn("fit_generator", "fit(generator, steps_per_epoch=..., epochs=...)")
        return _model(self).fit(
            generator,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
        )

    def evaluate_generator(
        self,
        generator: Data,
        steps: int | None = None,
        callbacks: Callbacks = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Verbosity = 0,
    ) -> Structure:
        """`evaluate` on a generator, in the form of Keras 2."""
        _warn("evaluate_generator", "evaluate(generator, steps=...)")
        return _model(self).evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_generator(
        self,
        generator: Data,
        steps: int | None = None,
        callbacks: Callbacks = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Verbosity = 0,
    ) -> Structure:
        """`predict` on a generator, in the form of Keras 2."""
        _warn("predict_generator", "predict(generator, steps=...)")
        return _model(self).predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_classes(self, x: Data, batch_size: int | None = None, verbose: Verbosity = 0) -> np.ndarray:
        """The class of each sample: that of the largest output, or, for a single output, whether it is over 0.5."""
        _warn("predict_classes", "predict(x).argmax(axis=-1), or (model.predict(x) > 0.5).astype('int32') for one output")
        outputs: np.ndarray = _model(self).predict(x, batch_size=batch_size, verbose=verbose)
        return outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype("int32")

    def predict_proba(self, x: Data, batch_size: int | None = None, verbose: Verbosity = 0) -> Structure:
        """`predict`, by its name in scikit-learn."""
        _warn("predict_proba", "predict(x)")
        return _model(self).predict(x, batch_size=batch_size, verbose=verbose)
