"""A GAN: a generator makes points, a discriminator tells them from real ones, and both learn from each other.

`train_step` has two tapes and two optimizers. The real points lie on a ring; the generator starts with a small blob and
ends on the ring.

Run: python examples/guides/generative_adversarial_network.py
"""

import numpy as np

import glassworks as tf

keras = tf.keras
layers = keras.layers
NOISE = 8


def ring(count, rng):
    angle = rng.uniform(0, 2 * np.pi, count)
    radius = rng.normal(1.0, 0.05, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype("float32")


class GAN(keras.Model):
    """Trains a generator and a discriminator against each other."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.g_loss, self.d_loss = keras.metrics.Mean(name="g_loss"), keras.metrics.Mean(name="d_loss")

    def compile(self, g_optimizer, d_optimizer, loss):
        super().compile()
        self.g_optimizer, self.d_optimizer, self.judge = g_optimizer, d_optimizer, loss

    @property
    def metrics(self):
        return [self.g_loss, self.d_loss]

    def train_step(self, real):
        count = tf.shape(real)[0]
        points = tf.concat([self.generator(tf.random.normal((count, NOISE))), real], axis=0)
        labels = tf.concat([tf.zeros((count, 1)), 0.9 * tf.ones((count, 1))], axis=0)  # 0.9: never quite sure
        with tf.GradientTape() as tape:
            d_loss = self.judge(labels, self.discriminator(points))
        gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(gradients, self.discriminator.trainable_weights, strict=True))

        with tf.GradientTape() as tape:
            made = self.generator(tf.random.normal((count, NOISE)))
            g_loss = self.judge(tf.ones((count, 1)), self.discriminator(made))
        gradients = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(gradients, self.generator.trainable_weights, strict=True))
        self.g_loss.update_state(g_loss)
        self.d_loss.update_state(d_loss)
        return {m.name: m.result() for m in self.metrics}


class Watch(keras.callbacks.Callback):
    """Prints how far the points are from the ring."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch % 16 == 15:
            radius = np.linalg.norm(draw(self.model.generator), axis=1)
            print(f"epoch {epoch + 1}: radius {radius.mean():.2f} +- {radius.std():.2f}; {logs}")


def draw(generator, count=300):
    return generator.predict(np.random.default_rng(1).normal(size=(count, NOISE)).astype("float32"), verbose=0)


def main() -> float:
    keras.utils.set_random_seed(0)
    real = ring(1024, np.random.default_rng(0))
    generator = keras.Sequential(
        [keras.Input(shape=(NOISE,)), layers.Dense(32, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(2)]
    )
    discriminator = keras.Sequential(
        [keras.Input(shape=(2,)), layers.Dense(32), layers.LeakyReLU(0.2), layers.Dense(32), layers.LeakyReLU(0.2), layers.Dense(1)]
    )
    model = GAN(generator, discriminator)
    rates = keras.optimizers.Adam(0.002, beta_1=0.5), keras.optimizers.Adam(0.002, beta_1=0.5)
    model.compile(*rates, loss=keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(real, epochs=48, batch_size=32, callbacks=[Watch()], verbose=0)
    points = draw(generator)
    radius = np.linalg.norm(points, axis=1)
    near = np.abs(radius - 1) < 0.3
    corners = len(np.unique(np.floor(np.arctan2(points[near, 1], points[near, 0]) / (np.pi / 4))))
    print(f"{near.mean():.0%} of the points are near the ring, in {corners} of its 8 parts")
    return float(near.mean() * corners / 8)


if __name__ == "__main__":
    main()
