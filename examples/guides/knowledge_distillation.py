"""Knowledge distillation: a small network learns from a large one, from more than the labels.

The teacher's probabilities say which wrong answers are nearly right; a temperature makes them softer (Hinton et al.,
2015). The student sees few labels but all of the teacher's answers. `compute_loss` joins the two.

Run: python examples/guides/knowledge_distillation.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers, ops = keras.layers, keras.ops


class Distiller(keras.Model):
    """Trains a student on labels and on a teacher's softened answers."""

    def __init__(self, student, teacher, alpha=0.1, temperature=4.0):
        super().__init__()
        self.student, self.teacher = student, teacher
        self.teacher.trainable = False
        self.alpha, self.temperature = alpha, temperature

    def call(self, inputs, training=None):
        return self.student(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        hard = super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        wanted = ops.softmax(self.teacher(x, training=False) / self.temperature)
        given = ops.softmax(y_pred / self.temperature)
        soft = ops.mean(keras.losses.kl_divergence(wanted, given)) * self.temperature**2
        return self.alpha * hard + (1 - self.alpha) * soft


def network(units, name):
    return keras.Sequential([keras.Input(shape=(64,)), layers.Dense(units, activation="relu"), layers.Dense(10)], name=name)


def fit(model, x, y, epochs):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.005), loss, metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, batch_size=64, verbose=0)


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), test = digits(flat=True)
    teacher, student, alone = network(96, "teacher"), network(10, "student"), network(10, "alone")
    alone.set_weights(student.get_weights())
    fit(teacher, x, y, 15)
    few = 100
    fit(alone, x[:few], y[:few], 60)
    distiller = Distiller(student, teacher)
    fit(distiller, x, teacher.predict(x, verbose=0).argmax(axis=1), 20)
    scores = {}
    for name, model in (("teacher", teacher), ("student alone", alone), ("student distilled", distiller)):
        scores[name] = model.evaluate(*test, verbose=0)[1]
        print(f"{name}: {scores[name]:.3f}")
    print(f"the student alone had {few} labels, the distilled one {len(x)} answers of the teacher")
    print(
        "parameters:", teacher.count_params(), "->", student.count_params(), "; trained here:", len(distiller.trainable_weights), "arrays"
    )
    agree = np.mean(teacher.predict(test[0], verbose=0).argmax(axis=1) == student.predict(test[0], verbose=0).argmax(axis=1))
    print(f"teacher and student agree on {agree:.1%} of the test images")
    return scores["student distilled"]


if __name__ == "__main__":
    main()
