"""A program that a user would write, for type checkers: mypy reads it in the suite, pyright in CI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import glassworks as keras
from glassworks import callbacks, layers, losses, metrics, ops, optimizers
from glassworks.typing import Tensor

(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = x_train.astype("float32") / 16, x_test.astype("float32") / 16


class Scale(layers.Layer):
    """A layer with a weight and an argument of its own."""

    def __init__(self, factor: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.offset = self.add_weight((input_shape[-1],), initializer="zeros", name="offset")

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        scaled = x * self.factor + self.offset
        return ops.where(scaled > 0.0, scaled, 0.1 * scaled) if training else scaled

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


class CubedError(losses.Loss):
    """A loss of the user's own."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.mean(ops.abs(y_true - y_pred) ** 3, axis=-1)


class LargestError(metrics.Metric):
    """A metric of the user's own."""

    def __init__(self, name: str = "largest_error") -> None:
        super().__init__(name=name)
        self.largest = self.add_weight(shape=(), initializer="zeros", name="largest")

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        self.largest.assign(ops.maximum(self.largest, ops.max(ops.abs(y_true - y_pred))))

    def result(self) -> Tensor:
        return self.largest.value


class Progress(callbacks.Callback):
    """A callback of the user's own."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        print(f"epoch {epoch + 1} of {self.params['epochs']}: {(logs or {}).get('loss', 0.0):.3f}")


def sequential(units: int = 32) -> keras.Sequential:
    model = keras.Sequential(name="digits")
    model.add(keras.Input(shape=x_train.shape[1:]))
    model.add(layers.Flatten())
    model.add(layers.Dense(units, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)))
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.2, seed=1))
    model.add(layers.Dense(10))
    model.compile(
        optimizer=optimizers.Adam(learning_rate=optimizers.schedules.ExponentialDecay(1e-3, 100, 0.9)),
        loss=losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy", metrics.SparseTopKCategoricalAccuracy(k=3)],
    )
    return model


def functional() -> keras.Model:
    image = keras.Input(shape=(8, 8, 1), name="image")
    extra = keras.Input(shape=(3,), name="extra")
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Concatenate()([layers.Flatten()(x), extra])
    shifted = layers.Dense(16)(x) + 1.0
    outputs = layers.Dense(1, name="score")(ops.tanh(shifted))
    model = keras.Model(inputs=[image, extra], outputs=outputs)
    model.compile(optimizer="sgd", loss=CubedError(), metrics=[LargestError()])
    return model


def train() -> dict[str, list[float]]:
    model = sequential()
    history = model.fit(
        x_train,
        y_train,
        epochs=2,
        batch_size=64,
        validation_split=0.1,
        class_weight={0: 2.0},
        callbacks=[
            callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
            callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs)),
            Progress(),
        ],
        verbose=0,
    )
    first = model.layers[0]
    print(first.name, first.trainable, [weight.shape for weight in first.weights], model.count_params())
    loss, *rest = model.evaluate(x_test, y_test, verbose=0)
    named = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    predictions = model.predict(x_test, verbose=0)
    print(loss, rest, named["loss"], predictions.shape, predictions.argmax(axis=-1))
    model.summary()
    return history.history


def several_inputs() -> np.ndarray:
    model = functional()
    inputs = {"image": x_train[..., None], "extra": np.zeros((len(x_train), 3))}
    model.fit(inputs, y_train.astype("float32"), epochs=1, verbose=0, shuffle=True)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    result: np.ndarray = copy.predict(inputs, verbose=0)
    return result


def batches(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, count * 32, 32):
        yield x_train[start : start + 32], y_train[start : start + 32]


def own_loop(steps: int = 5) -> list[float]:
    model = sequential()
    optimizer = optimizers.SGD(learning_rate=0.1, momentum=0.9)
    loss_of = losses.SparseCategoricalCrossentropy(from_logits=True)
    mean = metrics.Mean()
    seen: list[float] = []
    for x, y in batches(steps):
        with keras.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean.update_state(loss)
        seen.append(float(loss))
    print(float(mean.result()), optimizer.learning_rate)
    return seen


def arithmetic() -> np.ndarray:
    x = ops.reshape(ops.arange(6, dtype="float32"), (2, 3))
    y = 2 * x[:, 1:] - ops.ones((2, 2)) @ np.eye(2, dtype="float32")
    total = ops.sum(y, axis=0) / ops.relu(x).shape[0]
    variable = keras.Variable(np.zeros(2, "float32"), name="kept")
    variable.assign_add(total)
    noise = keras.random.normal((2,), stddev=0.1, seed=keras.random.SeedGenerator(3))
    slope = keras.grad(lambda w: ops.sum(w * w))(ops.convert_to_tensor([1.0, 2.0]))
    print(y.dtype, y.ndim, len(y), slope, -noise, [float(entry) for entry in total])
    values, indices = ops.top_k(x, k=2)
    return np.concatenate([values.numpy(), np.asarray(indices), variable.numpy()[None]])


if __name__ == "__main__":
    print(train()["loss"], several_inputs().shape, own_loop(), arithmetic())
