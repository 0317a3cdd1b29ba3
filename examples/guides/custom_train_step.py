"""`train_step` overridden: what a step does is one's own, and `fit` brings batches, callbacks, metrics and the progress bar.

The step trains on mixed images: each batch is blended with itself in another order, and so are the labels (mixup, Zhang et
al., 2018). A `test_step` of one's own reports a second score.

Run: python examples/guides/custom_train_step.py
"""

import numpy as np
from sample_data import digits

import glassworks as tf

keras = tf.keras


class MixupModel(keras.Model):
    """A functional model that trains on blends of images."""

    def __init__(self, *args, strength=0.3, **kwargs):
        super().__init__(*args, **kwargs)
        self.strength = strength
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.accuracy = keras.metrics.CategoricalAccuracy(name="accuracy")
        self.confidence = keras.metrics.Mean(name="confidence")

    @property
    def metrics(self):
        return [self.loss_tracker, self.accuracy, self.confidence]

    def train_step(self, data):
        x, y = data
        share = tf.random.uniform((), 0.0, self.strength)
        x = (1 - share) * x + share * tf.reverse(x, axis=[0])
        mixed = (1 - share) * y + share * tf.reverse(y, axis=[0])
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(mixed, y_pred))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        self.loss_tracker.update_state(loss)
        self.accuracy.update_state(y, y_pred)
        self.confidence.update_state(tf.reduce_max(y_pred, axis=-1))
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        self.loss_tracker.update_state(tf.reduce_mean(keras.losses.categorical_crossentropy(y, y_pred)))
        self.accuracy.update_state(y, y_pred)
        self.confidence.update_state(tf.reduce_max(y_pred, axis=-1))
        return {m.name: m.result() for m in self.metrics}


def main() -> float:
    (x, y), (x_test, y_test) = digits(flat=True)
    y, y_test = keras.utils.to_categorical(y, 10), keras.utils.to_categorical(y_test, 10)
    scores = {}
    for strength in (0.0, 0.4):
        keras.utils.set_random_seed(0)
        inputs = keras.Input(shape=(64,))
        hidden = keras.layers.Dense(64, activation="relu")(inputs)
        model = MixupModel(inputs, keras.layers.Dense(10, activation="softmax")(hidden), strength=strength)
        model.compile(optimizer=keras.optimizers.Adam(0.005))
        history = model.fit(x, y, epochs=12, batch_size=64, validation_data=(x_test, y_test), verbose=0)
        scores[strength] = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
        print(f"strength {strength}: loss of the last epoch {history.history['loss'][-1]:.3f},", end=" ")
        print({name: round(float(value), 3) for name, value in scores[strength].items()})
    print("a mixed step makes the network less sure:", np.round(scores[0.4]["confidence"] - scores[0.0]["confidence"], 3))
    return float(scores[0.4]["accuracy"])


if __name__ == "__main__":
    main()
