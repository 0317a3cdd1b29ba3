"""Parts of one's own: a loss, a metric, a regularizer, a constraint, an initializer, an activation and a callback.

Each is a small class or a function; the model takes them in the same places as those of the library.

Run: python examples/guides/custom_parts.py
"""

import numpy as np

import glassworks as keras

ops = keras.ops


class Pinball(keras.losses.Loss):
    """Under-estimates cost `cost` times as much as over-estimates, as with stock that runs out."""

    def __init__(self, cost=3.0, name="pinball", **kwargs):
        super().__init__(name=name, **kwargs)
        self.cost = cost

    def call(self, y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(self.cost * error, -error), axis=-1)


class ShortfallRate(keras.metrics.Metric):
    """The share of samples that were under-estimated."""

    def __init__(self, name="shortfall", **kwargs):
        super().__init__(name=name, **kwargs)
        self.short = self.add_weight(name="short", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        short = ops.cast(ops.cast(y_true, "float32") > y_pred, "float32")
        self.short.assign(self.short + ops.sum(short))
        self.count.assign(self.count + ops.cast(ops.size(short), "float32"))

    def result(self):
        return self.short / self.count


class OrthogonalRows(keras.regularizers.Regularizer):
    """Pushes the columns of a kernel towards right angles."""

    def __init__(self, rate=1e-3):
        self.rate = rate

    def __call__(self, w):
        gram = ops.matmul(ops.transpose(w), w)
        return self.rate * ops.sum(ops.square(gram * (1 - ops.eye(w.shape[-1]))))


class Between(keras.constraints.Constraint):
    """Keeps each weight between two limits."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __call__(self, w):
        return ops.clip(w, self.low, self.high)


class Checkered(keras.initializers.Initializer):
    """Random values whose signs alternate from unit to unit."""

    def __call__(self, shape, dtype=None):
        signs = ops.cast(1 - 2 * (ops.arange(shape[-1]) % 2), dtype or "float32")
        return signs * keras.random.uniform(shape, 0.0, 0.3, dtype=dtype, seed=1)


class StopWhenCalm(keras.callbacks.Callback):
    """Stops as soon as an epoch lowers the loss by less than a share of it."""

    def __init__(self, share):
        super().__init__()
        self.share, self.before = share, np.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.before - logs["loss"] < self.share * logs["loss"]:
            print(f"calm after {epoch + 1} of {self.params['epochs']} epochs at a rate of {float(self.model.optimizer.learning_rate):.3g}")
            self.model.stop_training = True
        self.before = logs["loss"]


def soft_step(x):
    return x * ops.sigmoid(1.5 * x)


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (2400, 4)).astype("float32")
    demand = (3 + 2 * x[:, :1] - x[:, 1:2] * x[:, 2:3] + rng.normal(0, 0.5, (2400, 1))).astype("float32")
    model = keras.Sequential(
        [
            keras.Input(shape=(4,)),
            keras.layers.Dense(16, soft_step, kernel_initializer=Checkered(), kernel_regularizer=OrthogonalRows()),
            keras.layers.Dense(1, kernel_constraint=Between(-1.0, 1.0), bias_initializer="ones"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), loss=Pinball(cost=3.0), metrics=[ShortfallRate()])
    history = model.fit(x[:2000], demand[:2000], epochs=40, callbacks=[StopWhenCalm(0.002)], verbose=0)
    loss, shortfall = model.evaluate(x[2000:], demand[2000:], verbose=0)
    largest = float(np.abs(model.layers[-1].get_weights()[0]).max())
    print(f"{len(history.epoch)} epochs; loss {loss:.3f}; largest weight of the last layer {largest:.2f}")
    # The best answer is the quantile 3 / (3 + 1): a quarter of the samples lies above it.
    print(f"share of samples above the prediction: {shortfall:.3f}, wanted: 0.250")
    best_constant = np.quantile(demand[:2000], 0.75)
    error = demand[2000:] - best_constant
    gain = 1 - loss / np.maximum(3 * error, -error).mean()
    print(f"the loss is {gain:.0%} below that of the best constant")
    return float(gain)


if __name__ == "__main__":
    main()
