"""The activation functions: a neuron applies one to its weighted sum.

Each takes an array (or a symbolic value) and gives one of the same shape and dtype, except `glu`, which halves one axis.
The computations are in `glassworks.ops`; this module has the names that layers accept.
"""

from __future__ import annotations

from glassworks import ops
from glassworks.registry import Registry
from glassworks.typing import ArrayLike, Tensor

ACTIVATIONS = Registry("activations", "activation", "relu")


@ACTIVATIONS.add
def linear(x: Tensor) -> Tensor:
    """The identity: returns x.

    >>> from glassworks import activations
    >>> activations.linear(3.0)
    3.0
    """
    return x


@ACTIVATIONS.add
def relu(x: ArrayLike, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """The rectifier `max(x, 0)`, with Keras's three variations.

    Args:
        x: The input.
        negative_slope: The slope below the threshold.
        max_value: The largest output; None for no limit.
        threshold: Inputs up to it give `negative_slope * (x - threshold)`.

    >>> from glassworks import activations
    >>> activations.relu([-2.0, 3.0, 9.0], negative_slope=0.5, max_value=6).numpy()
    array([-1.,  3.,  6.], dtype=float32)
    """
    x = ops.convert_to_tensor(x)
    output = ops.relu(x) if threshold == 0 else ops.where(x > threshold, x, 0)
    if max_value is not None:
        output = ops.minimum(output, max_value)
    if negative_slope != 0:
        output = output - negative_slope * ops.relu(threshold - x)
    return output


@ACTIVATIONS.add
def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> Tensor:
    """`x` where positive, `negative_slope * x` elsewhere.

    >>> from glassworks import activations
    >>> activations.leaky_relu([-5.0, 5.0]).numpy()
    array([-1.,  5.], dtype=float32)
    """
    return ops.leaky_relu(x, negative_slope=negative_slope)


@ACTIVATIONS.add
def relu6(x: ArrayLike) -> Tensor:
    """`min(max(x, 0), 6)`.

    >>> from glassworks import activations
    >>> activations.relu6([-1.0, 3.0, 9.0]).numpy()
    array([0., 3., 6.], dtype=float32)
    """
    return ops.relu6(x)


@ACTIVATIONS.add
def elu(x: ArrayLike, alpha: float = 1.0) -> Tensor:
    """`x` where positive, `alpha * (exp(x) - 1)` elsewhere (Clevert et al., 2016).

    >>> from glassworks import activations
    >>> activations.elu([0.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """
    return ops.elu(x, alpha=alpha)


@ACTIVATIONS.add
def selu(x: ArrayLike) -> Tensor:
    """`1.0507 * elu(x, 1.6733)`: keeps mean 0 and variance 1 through a deep network (Klambauer et al., 2017).

    Use it with the initializer `"lecun_normal"` and with `AlphaDropout`.

    >>> from glassworks import activations
    >>> round(float(activations.selu(1.0)), 4)
    1.0507
    """
    return ops.selu(x)


@ACTIVATIONS.add
def celu(x: ArrayLike, alpha: float = 1.0) -> Tensor:
    """`max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))` (Barron, 2017).

    >>> from glassworks import activations
    >>> activations.celu([0.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """
    return ops.celu(x, alpha=alpha)


@ACTIVATIONS.add
def gelu(x: ArrayLike, approximate: bool = False) -> Tensor:
    """`x * P(X <= x)` for a standard normal X (Hendrycks and Gimpel, 2016).

    Args:
        x: The input.
        approximate: Use the tanh approximation.

    >>> from glassworks import activations
    >>> round(float(activations.gelu(1.0)), 4)
    0.8413
    """
    return ops.gelu(x, approximate=approximate)


@ACTIVATIONS.add
def glu(x: ArrayLike, axis: int = -1) -> Tensor:
    """The first half of an axis times the sigmoid of the second half (Dauphin et al., 2017).

    >>> from glassworks import activations
    >>> activations.glu([4.0, 0.0]).numpy()
    array([2.], dtype=float32)
    """
    return ops.glu(x, axis=axis)


@ACTIVATIONS.add
def silu(x: ArrayLike) -> Tensor:
    """`x * sigmoid(x)`, also called swish (Ramachandran et al., 2017).

    >>> from glassworks import activations
    >>> round(float(activations.silu(1.0)), 4)
    0.7311
    """
    return ops.silu(x)


@ACTIVATIONS.add
def mish(x: ArrayLike) -> Tensor:
    """`x * tanh(softplus(x))` (Misra, 2019).

    >>> from glassworks import activations
    >>> round(float(activations.mish(1.0)), 4)
    0.8651
    """
    x = ops.convert_to_tensor(x)
    return x * ops.tanh(ops.softplus(x))


@ACTIVATIONS.add
def sigmoid(x: ArrayLike) -> Tensor:
    """`1 / (1 + exp(-x))`: a probability for a yes-or-no question.

    >>> from glassworks import activations
    >>> float(activations.sigmoid(0.0))
    0.5
    """
    return ops.sigmoid(x)


@ACTIVATIONS.add
def log_sigmoid(x: ArrayLike) -> Tensor:
    """The logarithm of the sigmoid, without losing small probabilities.

    >>> from glassworks import activations
    >>> float(activations.log_sigmoid(-1000.0))
    -1000.0
    """
    return ops.log_sigmoid(x)


@ACTIVATIONS.add
def hard_sigmoid(x: ArrayLike) -> Tensor:
    """The straight-line sigmoid `relu6(x + 3) / 6`.

    >>> from glassworks import activations
    >>> activations.hard_sigmoid([-3.0, 0.0, 3.0]).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return ops.hard_sigmoid(x)


@ACTIVATIONS.add
def hard_silu(x: ArrayLike) -> Tensor:
    """`x * hard_sigmoid(x)`, also called hard swish (Howard et al., 2019).

    >>> from glassworks import activations
    >>> activations.hard_silu([-3.0, 0.0, 3.0]).numpy()
    array([-0.,  0.,  3.], dtype=float32)
    """
    return ops.hard_silu(x)


@ACTIVATIONS.add
def sparse_sigmoid(x: ArrayLike) -> Tensor:
    """0 up to -1, 1 from 1, and `(x + 1) / 2` between (Martins et al., 2016).

    >>> from glassworks import activations
    >>> activations.sparse_sigmoid([-2.0, 0.0, 2.0]).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return ops.sparse_sigmoid(x)


@ACTIVATIONS.add
def tanh(x: ArrayLike) -> Tensor:
    """The hyperbolic tangent, from -1 to 1.

    >>> from glassworks import activations
    >>> float(activations.tanh(0.0))
    0.0
    """
    return ops.tanh(x)


@ACTIVATIONS.add
def hard_tanh(x: ArrayLike) -> Tensor:
    """`x` clipped to [-1, 1].

    >>> from glassworks import activations
    >>> activations.hard_tanh([-2.0, 0.5, 2.0]).numpy()
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return ops.hard_tanh(x)


@ACTIVATIONS.add
def tanh_shrink(x: ArrayLike) -> Tensor:
    """`x - tanh(x)`.

    >>> from glassworks import activations
    >>> float(activations.tanh_shrink(0.0))
    0.0
    """
    return ops.tanh_shrink(x)


@ACTIVATIONS.add
def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> Tensor:
    """`x` moved towards 0 by the threshold, 0 within it.

    >>> from glassworks import activations
    >>> activations.soft_shrink([-1.0, 0.25, 1.0]).numpy()
    array([-0.5,  0. ,  0.5], dtype=float32)
    """
    return ops.soft_shrink(x, threshold=threshold)


@ACTIVATIONS.add
def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> Tensor:
    """`x` outside [-threshold, threshold], 0 within.

    >>> from glassworks import activations
    >>> activations.hard_shrink([-1.0, 0.25, 1.0]).numpy()
    array([-1.,  0.,  1.], dtype=float32)
    """
    return ops.hard_shrink(x, threshold=threshold)


@ACTIVATIONS.add
def threshold(x: ArrayLike, threshold: float, default_value: float) -> Tensor:
    """`x` above the threshold, `default_value` elsewhere.

    >>> from glassworks import activations
    >>> activations.threshold([1.0, 3.0], 2.0, -1.0).numpy()
    array([-1.,  3.], dtype=float32)
    """
    return ops.threshold(x, threshold, default_value)


@ACTIVATIONS.add
def softplus(x: ArrayLike) -> Tensor:
    """`log(1 + exp(x))`, a smooth rectifier.

    >>> from glassworks import activations
    >>> round(float(activations.softplus(0.0)), 4)
    0.6931
    """
    return ops.softplus(x)


@ACTIVATIONS.add
def sparse_plus(x: ArrayLike) -> Tensor:
    """0 up to -1, `x` from 1, and `(x + 1)^2 / 4` between.

    >>> from glassworks import activations
    >>> activations.sparse_plus([-2.0, 0.0, 2.0]).numpy()
    array([0.  , 0.25, 2.  ], dtype=float32)
    """
    return ops.sparse_plus(x)


@ACTIVATIONS.add
def squareplus(x: ArrayLike, b: int = 4) -> Tensor:
    """`(x + sqrt(x^2 + b)) / 2`, a smooth rectifier without exponentials (Barron, 2021).

    >>> from glassworks import activations
    >>> float(activations.squareplus(0.0))
    1.0
    """
    return ops.squareplus(x, b=b)


@ACTIVATIONS.add
def softsign(x: ArrayLike) -> Tensor:
    """`x / (1 + |x|)`.

    >>> from glassworks import activations
    >>> activations.softsign([-1.0, 0.0, 3.0]).numpy()
    array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    return ops.softsign(x)


@ACTIVATIONS.add
def exponential(x: ArrayLike) -> Tensor:
    """`exp(x)`.

    >>> from glassworks import activations
    >>> float(activations.exponential(0.0))
    1.0
    """
    return ops.exp(x)


@ACTIVATIONS.add
def softmax(x: ArrayLike, axis: int = -1) -> Tensor:
    """`exp(x) / sum(exp(x))` along an axis: probabilities that sum to 1.

    >>> from glassworks import activations
    >>> activations.softmax([1.0, 1.0]).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    return ops.softmax(x, axis=axis)


@ACTIVATIONS.add
def log_softmax(x: ArrayLike, axis: int = -1) -> Tensor:
    """The logarithm of the softmax, without losing small probabilities.

    >>> from glassworks import activations
    >>> activations.log_softmax([0.0, 1000.0]).numpy()
    array([-1000.,     0.], dtype=float32)
    """
    return ops.log_softmax(x, axis=axis)


@ACTIVATIONS.add
def sparsemax(x: ArrayLike, axis: int = -1) -> Tensor:
    """The nearest probability distribution, with exact zeros (Martins and Astudillo, 2016).

    >>> from glassworks import activations
    >>> activations.sparsemax([0.0, 2.0]).numpy()
    array([0., 1.], dtype=float32)
    """
    return ops.sparsemax(x, axis=axis)


ACTIVATIONS.add(silu, "swish")
ACTIVATIONS.add(hard_silu, "hard_swish")
