"""Mixed precision: computations in 16 bits, weights and the loss in 32.

The policy of a layer has two dtypes. Under "mixed_float16" the optimizer scales the loss, because small gradients would
become 0 in float16; "mixed_bfloat16" has the range of float32 and needs no scaling. The last layer gives float32.

Run: python examples/guides/mixed_precision.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras


def train(policy):
    keras.utils.set_random_seed(0)
    keras.mixed_precision.set_global_policy(policy)
    (x, y), (x_test, y_test) = digits(flat=True)
    hidden = keras.layers.Dense(64, activation="relu")
    head = keras.layers.Dense(10)
    scores = keras.layers.Activation("softmax", dtype="float32")
    model = keras.Sequential([keras.Input(shape=(64,)), hidden, keras.layers.Dropout(0.1), head, scores])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, batch_size=128, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"{policy}: computes in {hidden.compute_dtype}, weights {hidden.kernel.dtype}, optimizer {type(model.optimizer).__name__}")
    outputs = model.predict(x_test[:4], verbose=0)
    print(f"    predictions {outputs.dtype}, sums {np.round(outputs.sum(axis=1), 3)}, test accuracy {accuracy:.3f}")
    return accuracy


def main() -> float:
    before = keras.mixed_precision.global_policy()
    try:
        scores = {policy: train(policy) for policy in ("float32", "mixed_float16", "mixed_bfloat16")}
    finally:
        keras.mixed_precision.set_global_policy(before)
    # A policy can also be given to single layers.
    layer = keras.layers.Dense(4, dtype="mixed_float16")
    print("a layer of its own policy:", layer.dtype_policy.name, "->", layer(np.ones((1, 3), "float32")).dtype)
    largest = np.float16(6e4)
    print("float16 ends near", largest, "and the square of that is", keras.ops.convert_to_numpy(keras.ops.square(largest)))
    return min(scores.values())


if __name__ == "__main__":
    main()
