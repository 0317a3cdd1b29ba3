"""A training loop by hand: batches, a tape, gradients and an optimizer, without `fit`.

What `fit` does in one line, written out: each step records the forward pass on a tape, asks for the gradients of the loss
and hands them to the optimizer. Metrics are updated per batch and read per epoch.

Run: python examples/guides/training_loop.py
"""

import numpy as np
from sample_data import digits

import glassworks as tf

keras = tf.keras


def make_model():
    return keras.Sequential(
        [
            keras.Input(shape=(64,)),
            keras.layers.Dense(48, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10),
        ]
    )


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=1).batch(64)
    test_batches = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(128)

    model = make_model()
    optimizer = keras.optimizers.Adam(0.005)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    loss_mean = keras.metrics.Mean()
    train_accuracy, test_accuracy = (keras.metrics.SparseCategoricalAccuracy() for _ in range(2))

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = loss_of(labels, logits) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        loss_mean.update_state(loss)
        train_accuracy.update_state(labels, logits)
        return loss

    @tf.function
    def test_step(images, labels):
        test_accuracy.update_state(labels, model(images, training=False))

    for epoch in range(6):
        for metric in (loss_mean, train_accuracy, test_accuracy):
            metric.reset_state()
        for step, (images, labels) in enumerate(batches):
            loss = train_step(images, labels)
            if epoch == 0 and step % 10 == 0:
                print(f"  step {step}: loss {float(loss):.3f} of a batch of {len(images)}")
        for images, labels in test_batches:
            test_step(images, labels)
        print(
            f"epoch {epoch + 1}: loss {float(loss_mean.result()):.3f}, accuracy {float(train_accuracy.result()):.3f}, "
            f"test {float(test_accuracy.result()):.3f}"
        )
    print(f"{int(optimizer.iterations)} steps; largest weight {np.abs(model.get_weights()[0]).max():.2f}")
    return float(test_accuracy.result())


if __name__ == "__main__":
    main()
