"""A neural network in plain NumPy, and the same network in Glassworks: the numbers agree.

Two matrices, ReLU, softmax, gradients written by hand. Then the same weights and the same batches go through
Glassworks, and after 100 steps both have the same weights to five digits. Nothing else happens in between.

Run: python examples/from_scratch_numpy.py
"""

from __future__ import annotations

import numpy as np
from command_line import CommandLine, at_least

import glassworks as keras

STEPS, BATCH, HIDDEN, LEARNING_RATE = 100, 32, 32, 0.5


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """8x8 images as rows of 64 numbers in 0..1, and the digit each one shows."""
    (x, y), _ = keras.datasets.digits.load_data()
    return (x.reshape(len(x), -1) / 16).astype("float32"), y.astype("int32")


def start_weights(inputs: int) -> list[np.ndarray]:
    """Small random matrices, and zeros for the biases."""
    rng = np.random.default_rng(0)
    return [
        rng.normal(0, 0.1, (inputs, HIDDEN)).astype("float32"),
        np.zeros(HIDDEN, "float32"),
        rng.normal(0, 0.1, (HIDDEN, 10)).astype("float32"),
        np.zeros(10, "float32"),
    ]


def numpy_step(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], float]:
    """One step of training, written out: forward, loss, backward, update."""
    w1, b1, w2, b2 = weights

    # Forward: two rounds of "multiply by weights, add a bias"; ReLU keeps only what is positive.
    z = x @ w1 + b1
    hidden = np.maximum(z, 0)
    scores = hidden @ w2 + b2

    # Softmax turns scores into probabilities; the loss is the negative log probability of the right answer.
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(len(y)), y]).mean()

    # Backward: the derivative of the loss by each score, then by each weight, from the last layer to the first.
    d_scores = probabilities.copy()
    d_scores[np.arange(len(y)), y] -= 1
    d_scores /= len(y)
    d_w2, d_b2 = hidden.T @ d_scores, d_scores.sum(axis=0)
    d_hidden = d_scores @ w2.T
    d_z = d_hidden * (z > 0)
    d_w1, d_b1 = x.T @ d_z, d_z.sum(axis=0)

    # Update: a small step against the gradient.
    gradients = [d_w1, d_b1, d_w2, d_b2]
    return [w - LEARNING_RATE * g for w, g in zip(weights, gradients, strict=True)], float(loss)


def glassworks_model(weights: list[np.ndarray]) -> keras.Sequential:
    """The same network in four lines, with the same starting weights."""
    model = keras.Sequential(
        [
            keras.Input(shape=(weights[0].shape[0],)),
            keras.layers.Dense(HIDDEN, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(LEARNING_RATE), loss="sparse_categorical_crossentropy")
    model.set_weights(weights)
    return model


def compare(steps: int = STEPS) -> float:
    """Train both on the same batches; the largest difference between their weights."""
    x, y = load_digits()
    weights = start_weights(x.shape[1])
    model = glassworks_model(weights)
    rng = np.random.default_rng(1)
    for step in range(steps):
        batch = rng.integers(0, len(x), BATCH)
        weights, loss = numpy_step(weights, x[batch], y[batch])
        model.reset_metrics()
        same_loss = model.train_on_batch(x[batch], y[batch])
        if step % 20 == 0 or step == steps - 1:
            print(f"step {step + 1:3}: loss {loss:.6f} in NumPy, {same_loss:.6f} in Glassworks")
    return max(float(np.abs(a - b).max()) for a, b in zip(weights, model.get_weights(), strict=True))


def main() -> None:
    parser = CommandLine(__doc__, data=None)
    parser.add_argument("--steps", type=at_least(1), default=STEPS, help="how often to train both networks on a batch")
    steps = parser.parse().steps
    print(f"\nLargest difference between the two networks' weights after {steps} steps: {compare(steps):.1e}")


if __name__ == "__main__":
    main()
