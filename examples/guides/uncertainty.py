"""How sure is the network? Three answers: a distribution as the output, quantiles, and dropout that stays on.

The noise of the data grows to the right, and the interval from 0.2 to 0.5 has no samples. A Gaussian output and quantiles say how
much the data scatters; Monte Carlo dropout says where the network has seen nothing (Gal and Ghahramani, 2016).

Run: python examples/guides/uncertainty.py
"""

import numpy as np

import glassworks as keras

layers, ops = keras.layers, keras.ops
QUANTILES = (0.1, 0.5, 0.9)


def curve(count, rng):
    x = np.concatenate([rng.uniform(-1, 0.2, count // 2), rng.uniform(0.5, 1, count - count // 2)])
    y = np.sin(3 * x) + rng.normal(0, 0.08 + 0.25 * (x > 0.5), count)
    order = rng.permutation(count)
    return x[order, None].astype("float32"), y[order, None].astype("float32")


def gaussian_loss(y_true, y_pred):
    """The negative log-likelihood of a normal distribution, given its mean and the logarithm of its deviation."""
    mean, log_deviation = y_pred[:, :1], ops.clip(y_pred[:, 1:], -5.0, 3.0)
    return ops.mean(log_deviation + 0.5 * ops.square((y_true - mean) / ops.exp(log_deviation)), axis=-1)


def quantile_loss(y_true, y_pred):
    level = ops.convert_to_tensor(np.array(QUANTILES, "float32"))
    error = y_true - y_pred
    return ops.mean(ops.maximum(level * error, (level - 1) * error), axis=-1)


def network(outputs, rate=0.0):
    hidden = [layer for _ in range(2) for layer in (layers.Dense(32, activation="tanh"), layers.Dropout(rate))]
    return keras.Sequential([keras.Input(shape=(1,)), *hidden, layers.Dense(outputs)])


def fitted(outputs, loss, x, y, rate=0.0):
    keras.utils.set_random_seed(0)
    model = network(outputs, rate)
    model.compile(keras.optimizers.Adam(0.005), loss=loss)
    model.fit(x, y, epochs=30, batch_size=50, verbose=0)
    return model


def main() -> float:
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = curve(1000, rng), curve(1000, rng)
    places = np.array([[-0.5], [0.35], [0.8]], "float32")

    mean, log_deviation = fitted(2, gaussian_loss, x, y).predict(places, verbose=0).T
    for place, m, s in zip(places[:, 0], mean, np.exp(log_deviation), strict=True):
        print(f"at {place:5.2f}: {m:.2f} with a deviation of {s:.2f}")

    quantiles = fitted(len(QUANTILES), quantile_loss, x, y).predict(x_test, verbose=0)
    inside = float(np.mean((quantiles[:, 0] < y_test[:, 0]) & (y_test[:, 0] < quantiles[:, 2])))
    constant = np.quantile(y, QUANTILES)
    width, constant_width = float(np.mean(quantiles[:, 2] - quantiles[:, 0])), float(constant[2] - constant[0])
    print(
        f"{inside:.0%} of the test data is between the quantiles (80% wanted), {width:.2f} wide; a constant one is {constant_width:.2f} wide"
    )

    model = fitted(1, "mse", x, y, rate=0.1)
    draws = np.stack([np.asarray(model(places, training=True)) for _ in range(60)])
    print(
        "deviations of 60 answers with dropout:",
        {float(round(p, 2)): float(round(d, 3)) for p, d in zip(places[:, 0], draws.std(axis=0)[:, 0], strict=True)},
    )
    return 1 - width / constant_width if 0.7 < inside < 0.9 else 0.0


if __name__ == "__main__":
    main()
