"""Layers that bring raw numbers to a scale that networks learn well on. Being layers, they travel with the model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glassworks import ops, registry, settings
from glassworks.arguments import FLAG, Anything, Instance
from glassworks.context import context
from glassworks.errors import ArgumentError, DataError, ShapeError, warn
from glassworks.layers.identity import _SameShape
from glassworks.layers.preprocessing.adapting import batches, refuse_text
from glassworks.ops.convert import as_given
from glassworks.scope import entry
from glassworks.typing import Axis, Data, Tensor


class _Numbers(Instance):
    """A number, or an array or list of them."""

    def __init__(self) -> None:
        types = (int, float, np.generic, np.ndarray, list, tuple)
        super().__init__(types, "a number or a list of numbers, one per channel")

    def convert(self, value: Any) -> Any:
        """The numbers; what is written to an array later does not change them."""
        return as_given(value)

    def serialize(self, value: object) -> object:
        return registry.serialize(value)


class Rescaling(_SameShape):
    """`inputs * scale + offset`.

    Args:
        scale: A factor, or one per channel. `1 / 255` brings pixels to 0..1; `1 / 127.5` with `offset=-1` to -1..1.
        offset: A number to add, or one per channel.

    Output shape: that of the input; integers become the layer's float dtype.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Rescaling(1 / 255)(np.array([[0, 51, 255]], dtype="uint8")).numpy().round(3)
    array([[0. , 0.2, 1. ]], dtype=float32)
    """

    scale = offset = _Numbers()

    def __init__(self, scale: float | Sequence[float], offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(scale=scale, offset=offset)

    def call(self, inputs: Tensor) -> Tensor:
        scale = ops.cast(self.scale, self.compute_dtype)
        if scale.ndim and settings.image_data_format() == "channels_first":
            scale = ops.reshape(scale, (*scale.shape, *(1,) * (3 - scale.ndim)))
        return ops.cast(inputs, self.compute_dtype) * scale + ops.cast(self.offset, self.compute_dtype)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(
            **{
                **config,
                "scale": registry.deserialize(config["scale"], kind="values"),
                "offset": registry.deserialize(config["offset"], kind="values"),
            }
        )


class _Axes(Instance):
    """An axis, several, or None for no axis; kept as a tuple."""

    def __init__(self) -> None:
        super().__init__((int, list, tuple, type(None)), "an axis, a list of axes or None")

    def convert(self, value: Any) -> tuple[int, ...]:
        return () if value is None else (value,) if isinstance(value, int) else tuple(value)


class Normalization(_SameShape):
    """Brings each feature to mean 0 and variance 1, by the mean and variance of the training data.

    Args:
        axis: The axes along which each entry has its own mean and variance, usually the last (the features). None: one mean for all.
        mean, variance: Numbers to use, instead of learning them from data with `adapt`. Both or none.
        invert: Do the opposite: bring normalized features back to their scale.

    Attributes:
        expects_adapt: Whether a call before `adapt` gives a warning. Networks whose mean and variance come with weights from a file set it to False.

    Output shape: the shape of the input.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layer = layers.Normalization()
    >>> layer.adapt(np.array([[0.0, 100.0], [2.0, 300.0]]))
    >>> layer([[2.0, 200.0]]).numpy()
    array([[1., 0.]], dtype=float32)
    """

    arguments = {"mean": Anything().unsaved(), "variance": Anything().unsaved()}  # kept as `input_mean`, `input_variance`
    axis = _Axes()
    invert = FLAG
    expects_adapt = True

    def __init__(self, axis: Axis = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis, invert=invert)
        self.input_mean, self.input_variance = (as_given(registry.deserialize(one, kind="values")) for one in (mean, variance))
        self._check_given()

    def _check_given(self) -> None:
        mean, variance = self.input_mean, self.input_variance
        if (mean is None) != (variance is None):
            given, missing = ("variance", "mean") if mean is None else ("mean", "variance")
            raise ArgumentError(
                f"{given} without {missing}", "both or none", f"pass {missing} too, or learn both with adapt(data)", where="Normalization"
            )
        if mean is not None and np.shape(mean) != np.shape(variance):
            raise ShapeError(
                f"mean of shape {np.shape(mean)}, variance of shape {np.shape(variance)}",
                "equal shapes",
                "pass one number of each per feature",
                where="Normalization",
            )
        if mean is not None and np.ndim(mean) > len(self.axis):
            raise ShapeError(
                f"mean of shape {np.shape(mean)} for axis={self.axis}",
                f"at most {len(self.axis)} axes",
                "name one axis per axis of mean",
                where="Normalization",
            )

    def build(self, input_shape: tuple) -> None:
        """Make room for mean and variance: the input's sizes along the kept axes."""
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ShapeError(
                f"axis={self.axis} for inputs of shape {tuple(input_shape)}",
                f"axes from {-rank} to {rank - 1}",
                "for data of one axis use axis=None",
            )
        self._kept = tuple(sorted(axis % rank for axis in self.axis))
        sizes = tuple(input_shape[axis] for axis in self._kept)
        if None in sizes:
            raise ShapeError(
                f"inputs of shape {tuple(input_shape)}", f"known sizes at axes {self._kept}", "give them: keras.Input(shape=(8,))"
            )
        self._broadcast_shape = tuple(size if axis in self._kept else 1 for axis, size in enumerate(input_shape))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
        else:
            self._given_to_shape(self.input_mean)

    def _given_to_shape(self, given: object) -> Any:
        """A mean or variance given by the user, shaped to broadcast to the inputs."""
        array = np.asarray(given, dtype=np.float64)
        aligned = [1] * len(self._broadcast_shape)
        for axis, size in zip(self._kept[::-1], array.shape[::-1], strict=False):
            aligned[axis] = size
        if any(a not in (1, b) for a, b in zip(aligned, self._broadcast_shape, strict=True)):
            raise ShapeError(
                f"mean and variance of shape {array.shape} for features of shape {tuple(self._broadcast_shape[a] for a in self._kept)}",
                "one number per feature",
                "check mean and variance, or learn them with adapt(data)",
            )
        return ops.cast(np.broadcast_to(array.reshape(aligned), self._broadcast_shape), self.compute_dtype)

    @property
    def mean(self) -> Any:
        """The mean in use, shaped to broadcast to the inputs; None before `build` or `adapt`."""
        return self._statistic(self.input_mean, "adapt_mean")

    @property
    def variance(self) -> Any:
        """The variance in use, shaped to broadcast to the inputs; None before `build` or `adapt`."""
        return self._statistic(self.input_variance, "adapt_variance")

    def finalize_state(self) -> None:
        """Nothing to do: mean and variance are computed from what `adapt` has learned when they are asked for."""

    def _statistic(self, given: object, name: str) -> Any:
        if not self.built:
            return None
        if given is not None:
            return self._given_to_shape(given)
        return ops.cast(ops.reshape(getattr(self, name), self._broadcast_shape), self.compute_dtype)

    @entry("layer")
    def adapt(self, data: Data) -> None:
        """Learn mean and variance from data; what was learned before is forgotten.

        Args:
            data: An array (or anything that NumPy can make one of), a `PyDataset`, or an iterable of batches. Of a batch
                that is a tuple the first entry counts, so `(x, y)` batches work.
        """
        if self.input_mean is not None:
            raise ArgumentError(
                "adapt() of a layer with a given mean and variance",
                "one or the other",
                "leave mean and variance out",
                where=f"layer '{self.name}'.adapt",
            )
        total_count, total_mean, total_variance = 0, np.zeros(()), np.zeros(())
        for batch in self._batches(data):
            reduced = tuple(axis for axis in range(batch.ndim) if axis not in self._kept)
            count = math.prod(batch.shape[axis] for axis in reduced)
            if not count:
                continue
            mean, variance = batch.mean(axis=reduced, dtype=np.float64), batch.var(axis=reduced, dtype=np.float64)
            # Mean and variance of two sets from those of each (Chan, Golub and LeVeque, 1979).
            share = count / (total_count + count)
            shift = mean - total_mean
            total_mean = total_mean + shift * share
            total_variance = (1 - share) * (total_variance + shift * shift * share) + share * variance
            total_count += count
        if not total_count:
            raise DataError("no data", "at least one sample", "pass the training inputs", where=f"layer '{self.name}'.adapt")
        if not np.all(np.isfinite(total_mean)):
            raise DataError(
                f"NaN or infinity in {int(np.sum(~np.isfinite(total_mean)))} of {np.size(total_mean)} features",
                "finite numbers",
                "fill or drop missing values first",
                where=f"layer '{self.name}'.adapt",
            )
        self.adapt_mean.assign(total_mean)
        self.adapt_variance.assign(total_variance)

    def _batches(self, data: Data) -> Iterator[np.ndarray]:
        """The data as arrays of the shape this layer is built for, building it from the first."""
        for batch in map(np.asarray, batches(data, where=f"layer '{self.name}'.adapt")):
            refuse_text(batch)
            if not self.built:
                self.build(batch.shape)
            sizes = tuple(self._broadcast_shape[axis] for axis in self._kept)
            rank = len(self._broadcast_shape)
            if self._kept and (batch.ndim != rank or tuple(batch.shape[axis] for axis in self._kept) != sizes):
                raise ShapeError(
                    f"data of shape {batch.shape}",
                    f"{rank} axes, and sizes {sizes} at axes {self._kept}",
                    "make a new layer for other data",
                    where=f"layer '{self.name}'.adapt",
                )
            yield batch

    def call(self, inputs: Tensor) -> Tensor:
        if (
            self.input_mean is None and self.expects_adapt and context.deferral is None
        ):  # a model that is being loaded gets its numbers afterwards
            self._warn_if_not_adapted()
        x = ops.cast(inputs, self.compute_dtype)
        stddev = ops.maximum(ops.sqrt(self.variance), settings.epsilon())
        return self.mean + x * stddev if self.invert else (x - self.mean) / stddev

    def _warn_if_not_adapted(self) -> None:
        if not self.adapt_mean.array.any() and (self.adapt_variance.array.numpy() == 1).all():
            text = f"[layer '{self.name}'.call] Normalization does nothing yet: call its adapt(training_inputs) before training"
            warn(text)

    def get_config(self) -> dict[str, Any]:
        given = {"mean": np.array(self.input_mean).tolist(), "variance": np.array(self.input_variance).tolist()}
        return {**super().get_config(), **given}
