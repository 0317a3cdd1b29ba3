"""Learning rates that change: schedules of the optimizer, one of one's own, and a rate that is set by hand.

A schedule is a function of the number of steps. It belongs to the optimizer, is saved with it, and needs no callback.

Run: python examples/guides/learning_rate_schedules.py
"""

from sample_data import digits

import glassworks as keras

schedules = keras.optimizers.schedules
STEPS = 8 * 23


@keras.saving.register_keras_serializable(package="guides")
class WarmUpThenRoot(schedules.LearningRateSchedule):
    """Grows linearly, then falls with the root of the steps, as in the first transformer (Vaswani et al., 2017)."""

    def __init__(self, peak, warm_up):
        self.peak, self.warm_up = peak, warm_up

    def __call__(self, step):
        step = keras.ops.cast(step, "float32") + 1.0
        return self.peak * keras.ops.minimum(step / self.warm_up, keras.ops.sqrt(self.warm_up / step))

    def get_config(self):
        return {"peak": self.peak, "warm_up": self.warm_up}


SCHEDULES = {
    "constant": 0.1,
    "exponential": schedules.ExponentialDecay(0.2, decay_steps=40, decay_rate=0.7),
    "staircase": schedules.PiecewiseConstantDecay([80, 140], [0.2, 0.05, 0.01]),
    "cosine with warm-up": schedules.CosineDecay(0.0, STEPS, warmup_target=0.2, warmup_steps=20),
    "restarts": schedules.CosineDecayRestarts(0.2, first_decay_steps=60),
    "polynomial": schedules.PolynomialDecay(0.2, STEPS, end_learning_rate=0.005, power=2.0),
    "own": WarmUpThenRoot(0.2, warm_up=20.0),
}


def main() -> float:
    (x, y), (x_test, y_test) = digits(flat=True)
    scores = {}
    for name, rate in SCHEDULES.items():
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input(shape=(64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10, activation="softmax")]
        )
        model.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, epochs=8, batch_size=64, verbose=0)
        scores[name] = model.evaluate(x_test, y_test, verbose=0)[1]
        at = [float(rate(step)) if callable(rate) else rate for step in (0, 20, 60, 120, 180)]
        print(f"{name:20} {' '.join(f'{value:.3f}' for value in at)}   accuracy {scores[name]:.3f}")
    config = keras.optimizers.serialize(model.optimizer)
    copy = keras.optimizers.deserialize(config)
    print("a schedule is part of the optimizer's config:", type(copy._learning_rate).__name__)
    by_hand = keras.optimizers.Adam(0.01)
    by_hand.learning_rate = 0.002
    print("set by hand:", round(float(by_hand.learning_rate), 4))
    return min(scores.values())


if __name__ == "__main__":
    main()
