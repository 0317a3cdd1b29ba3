"""Spectral normalization: weights divided by their largest singular value."""

from __future__ import annotations

from typing import Any

from glassworks import initializers, ops
from glassworks.arguments import Integer
from glassworks.errors import ArgumentError
from glassworks.layers.base import Layer
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.wrapper import Wrapper
from glassworks.typing import Tensor


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value, so that the layer does not increase the norm of any input.

    Each call with `training=True` improves the singular value by power iteration, u W' / |u W'| and v W / |v W|, and stores
    the divided kernel in the layer (Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018).

    Args:
        layer: A layer with a `kernel` or `embeddings`.
        power_iterations: The number of iterations per call.
        kwargs: The arguments that all layers share; see `Layer`.

    Raises:
        ArgumentError: The layer has no such weights, or `power_iterations` is not positive.

    >>> from glassworks import layers
    >>> layer = layers.SpectralNormalization(layers.Dense(2, kernel_initializer="ones"), power_iterations=3)
    >>> layer([[1.0, 1.0]], training=True).numpy().round(4)
    array([[1., 1.]], dtype=float32)
    """

    power_iterations = Integer(1)

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self._keep_arguments(power_iterations=power_iterations)

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside, and create the vector of the power iteration."""
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        found = [getattr(self.layer, name, None) for name in ("kernel", "embeddings")]
        self.kernel: Any = next((weight for weight in found if weight is not None), None)
        if self.kernel is None:
            raise ArgumentError(
                f"layer={self.layer!r}, which has neither kernel nor embeddings",
                "a layer with one of them",
                "wrap the Dense, convolution or Embedding layer itself",
                where=f"layer '{self.name}'",
            )
        self.vector_u = self.add_weight(
            shape=(1, self.kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
            dtype=self.kernel.spec.dtype,
        )

    def call(self, inputs: Tensor, training: bool | None = False) -> Tensor:
        """The layer's outputs; in training, after its kernel was divided."""
        if training:
            self._divide()
        return ops.cast(self.layer(inputs), inputs.dtype)

    def _divide(self) -> None:
        kernel = self.kernel.value
        rows = ops.reshape(kernel, (-1, self.kernel.shape[-1]))
        u = self.vector_u.value
        v = u
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(rows)), axis=None)
            u = ops.normalize(ops.matmul(v, rows), axis=None)
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        size = ops.matmul(ops.matmul(v, rows), ops.transpose(u))[0, 0]
        # A kernel of zeros does not change, and neither does the vector.
        is_zero = ops.all(ops.equal(kernel, 0))
        self.vector_u.assign(ops.where(is_zero, self.vector_u.value, u))
        self.kernel.assign(kernel / ops.where(is_zero, ops.ones_like(size), size))
