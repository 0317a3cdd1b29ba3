"""Activation functions and their derivatives in one or two lines of NumPy."""

from __future__ import annotations

# Name -> the lines that make y of z.
ACTIVATIONS: dict[str, list[str]] = {
    "relu": ["y = np.maximum(z, 0)"],
    "sigmoid": ["y = 1 / (1 + np.exp(-z))"],
    "tanh": ["y = np.tanh(z)"],
    "softmax": ["e = np.exp(z - z.max(axis=-1, keepdims=True))", "y = e / e.sum(axis=-1, keepdims=True)"],
    "log_softmax": ["e = np.exp(z - z.max(axis=-1, keepdims=True))", "y = np.log(e / e.sum(axis=-1, keepdims=True))"],
    "gelu": ["y = 0.5 * z * (1 + np.vectorize(math.erf)(z / np.sqrt(2)))"],
    "silu": ["y = z / (1 + np.exp(-z))"],
    "swish": ["y = z / (1 + np.exp(-z))"],
    "elu": ["y = np.where(z > 0, z, np.exp(z) - 1)"],
    "selu": ["y = 1.05070098 * np.where(z > 0, z, 1.67326324 * (np.exp(z) - 1))"],
    "leaky_relu": ["y = np.where(z > 0, z, 0.2 * z)"],
    "softplus": ["y = np.log(1 + np.exp(z))"],
    "softsign": ["y = z / (1 + np.abs(z))"],
    "exponential": ["y = np.exp(z)"],
    "hard_sigmoid": ["y = np.clip(z / 6 + 0.5, 0, 1)"],
    "relu6": ["y = np.clip(z, 0, 6)"],
    "mish": ["y = z * np.tanh(np.log(1 + np.exp(z)))"],
    "linear": ["y = z"],
}

# Name -> the line that makes dz of dy: the derivative of the function times what comes from behind.
DERIVATIVES: dict[str, list[str]] = {
    "relu": ["dz = dy * (z > 0)"],
    "sigmoid": ["dz = dy * y * (1 - y)"],
    "tanh": ["dz = dy * (1 - y ** 2)"],
    "softmax": ["dz = y * (dy - (dy * y).sum(axis=-1, keepdims=True))"],
    "softplus": ["dz = dy / (1 + np.exp(-z))"],
    "exponential": ["dz = dy * y"],
    "elu": ["dz = dy * np.where(z > 0, 1, np.exp(z))"],
    "leaky_relu": ["dz = dy * np.where(z > 0, 1, 0.2)"],
    "gelu": ["cdf = 0.5 * (1 + np.vectorize(math.erf)(z / np.sqrt(2)))", "dz = dy * (cdf + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))"],
    "softsign": ["dz = dy / (1 + np.abs(z)) ** 2"],
    "silu": ["s = 1 / (1 + np.exp(-z))", "dz = dy * (s + z * s * (1 - s))"],
}
