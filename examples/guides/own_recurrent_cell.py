"""A recurrent cell of one's own: one step of a loop, which the RNN layer runs over the sequence.

A cell has `state_size` and `call(inputs, states)`. The cell here is the minimal gated unit: a GRU with a single gate
(Zhou et al., 2016). The task: in a sequence of numbers, two are marked; say their sum after the last step.

Run: python examples/guides/own_recurrent_cell.py
"""

import numpy as np
from sample_data import r_squared

import glassworks as keras

layers, ops = keras.layers, keras.ops


@keras.saving.register_keras_serializable(package="guides")
class MinimalGatedCell(layers.Layer):
    """`f = sigmoid(x W + h U + b)`, then `h = (1 - f) h + f tanh(x V + (f h) R)`."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def get_config(self):
        return {**super().get_config(), "units": self.units}

    def build(self, input_shape):
        def weight(rows, name, initializer="glorot_uniform"):
            return self.add_weight(shape=(rows, self.units), initializer=initializer, name=name)

        self.gate_kernel, self.gate_recurrent = weight(input_shape[-1], "gate_kernel"), weight(self.units, "gate_recurrent", "orthogonal")
        self.kernel, self.recurrent = weight(input_shape[-1], "kernel"), weight(self.units, "recurrent", "orthogonal")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs, states, training=False):
        h = states[0]
        gate = ops.sigmoid(ops.matmul(inputs, self.gate_kernel) + ops.matmul(h, self.gate_recurrent) + self.bias)
        candidate = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(gate * h, self.recurrent))
        h = (1 - gate) * h + gate * candidate
        return h, [h]


def marked_numbers(count, steps, rng):
    values, marks = rng.uniform(0, 1, (count, steps)), np.zeros((count, steps))
    half = steps // 2
    marks[np.arange(count), rng.integers(0, half, count)] = 1
    marks[np.arange(count), rng.integers(half, steps, count)] = 1
    return np.stack([values, marks], axis=-1).astype("float32"), (values * marks).sum(axis=1, keepdims=True).astype("float32")


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = marked_numbers(3000, 10, rng)
    x_test, y_test = marked_numbers(500, 10, rng)

    inputs = keras.Input(shape=(10, 2))
    sequence, state = layers.RNN(MinimalGatedCell(24), return_sequences=True, return_state=True)(inputs)
    print("all steps:", sequence.shape, "last state:", state.shape)
    model = keras.Model(inputs, layers.Dense(1)(state))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, epochs=14, batch_size=50, verbose=0)
    score = r_squared(y_test, model.predict(x_test, verbose=0))
    print(f"explained variance of the sum: {score:.3f}")

    # Cells can be stacked, and any cell runs in both directions; Bidirectional makes its layers from their configs.
    stacked = layers.RNN(layers.StackedRNNCells([MinimalGatedCell(5), MinimalGatedCell(3)]))
    both = layers.Bidirectional(layers.RNN(MinimalGatedCell(4)))
    print("stacked:", stacked(x[:2]).shape, "in both directions:", both(x[:2]).shape)
    return score


if __name__ == "__main__":
    main()
