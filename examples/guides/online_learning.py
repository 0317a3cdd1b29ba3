"""Online learning: a stream of samples, a step per batch with `train_on_batch`, and a world that changes halfway.

Each batch is first a test and then a lesson, so that every sample counts as unseen once. A model that was trained on the
first half only shows what standing still costs.

Run: python examples/guides/online_learning.py
"""

import numpy as np

import glassworks as keras

STEPS, BATCH = 240, 16


def stream(rng):
    """Batches of six numbers with their class; after half of the time the rule is another one."""
    rules = rng.normal(size=(2, 6))
    for step in range(STEPS):
        x = rng.normal(size=(BATCH, 6)).astype("float32")
        yield x, (x @ rules[2 * step // STEPS] > 0).astype("float32")[:, None]


def make_model():
    model = keras.Sequential(
        [keras.Input(shape=(6,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def main() -> float:
    keras.utils.set_random_seed(0)
    learning, frozen = make_model(), make_model()
    right, right_frozen = [], []
    for step, (x, y) in enumerate(stream(np.random.default_rng(0))):
        if step == STEPS // 2:
            frozen.set_weights(learning.get_weights())
            print("the rule changes now")
        model = frozen if step > STEPS // 2 else learning
        right.append(np.mean((learning.predict_on_batch(x) > 0.5) == y))
        right_frozen.append(np.mean((model.predict_on_batch(x) > 0.5) == y))
        logs = learning.train_on_batch(x, y, return_dict=True)
        if step % 40 == 39:
            print(f"step {step + 1}: {np.mean(right[-40:]):.3f} right, without learning {np.mean(right_frozen[-40:]):.3f}; {sorted(logs)}")
    loss, accuracy = learning.test_on_batch(x, y)
    print(f"the last batch after its step: loss {float(loss):.3f}, accuracy {float(accuracy):.3f}")
    print(f"{int(learning.optimizer.iterations)} steps")
    return float(np.mean(right[-40:]))


if __name__ == "__main__":
    main()
