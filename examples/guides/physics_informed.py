"""A physics-informed network: solve a differential equation with gradients of gradients.

The equation of a damped spring, `u'' + 0.4 u' + 4 u = 0` with `u(0) = 1` and `u'(0) = 0`. It has no training data: the loss
says by how much the network, and its first and second derivatives by time, violate the equation and the start (Raissi et
al., 2019). The exact solution is known, so that the answer can be checked.

Run: python examples/guides/physics_informed.py
"""

import numpy as np
from sample_data import r_squared

import glassworks as tf

keras = tf.keras
DAMPING, STIFFNESS, END = 0.4, 4.0, 3.0


def exact(t):
    rate, frequency = DAMPING / 2, np.sqrt(STIFFNESS - DAMPING**2 / 4)
    return np.exp(-rate * t) * (np.cos(frequency * t) + rate / frequency * np.sin(frequency * t))


def derivatives(network, t):
    """The value of the network, and its first and second derivative by time."""
    with tf.GradientTape() as outer:
        outer.watch(t)
        with tf.GradientTape() as inner:
            inner.watch(t)
            u = network(t)
        du = inner.gradient(u, t)
    return u, du, outer.gradient(du, t)


def main() -> float:
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input(shape=(1,)),
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(1),
        ]
    )
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 700))
    times = tf.constant(np.linspace(0, END, 40, dtype="float32")[:, None])
    zero = tf.constant([[0.0]])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            u, du, ddu = derivatives(network, times)
            equation = tf.reduce_mean(tf.square(ddu + DAMPING * du + STIFFNESS * u))
            u0, du0, _ = derivatives(network, zero)
            start = tf.square(u0[0, 0] - 1.0) + tf.square(du0[0, 0])
            loss = equation + 20.0 * start
        optimizer.apply_gradients(zip(tape.gradient(loss, network.trainable_variables), network.trainable_variables, strict=True))
        return equation, start

    for number in range(700):
        equation, start = step()
        if number % 175 == 0 or number == 699:
            print(f"step {number}: violation of the equation {float(equation):.4f}, of the start {float(start):.5f}")
    t = np.linspace(0, END, 100, dtype="float32")[:, None]
    predicted = network.predict(t, verbose=0)
    for place in (0, 33, 66, 99):
        print(f"  u({t[place, 0]:.1f}) = {predicted[place, 0]:6.3f}, exact {exact(t[place, 0]):6.3f}")
    score = r_squared(exact(t), predicted)
    print(f"explained variance of the exact solution: {score:.4f}")
    return score


if __name__ == "__main__":
    main()
