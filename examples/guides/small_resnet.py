"""A small residual network: blocks that add what they compute to what they were given.

The sum gives the gradient a short way back, so that deep networks train. A block that halves the image sends the short
way through a 1x1 convolution, because the shapes of both must be equal (He et al., 2016).

Run: python examples/guides/small_resnet.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers


def convolution(x, filters, stride=1, activation=True):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.Activation("relu")(x) if activation else x


def block(x, filters, stride=1):
    short = x
    if stride != 1 or x.shape[-1] != filters:
        short = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(x)
        short = layers.BatchNormalization(momentum=0.9)(short)
    x = convolution(x, filters, stride)
    x = convolution(x, filters, activation=False)
    return layers.Activation("relu")(layers.Add()([x, short]))


def make_model():
    inputs = keras.Input(shape=(8, 8, 1))
    x = convolution(inputs, 8)
    for filters, stride in ((8, 1), (16, 2), (32, 2)):
        x = block(x, filters, stride)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x), name="resnet")


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits()
    model = make_model()
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    print(f"{len(model.layers)} layers, {trained:,} trained numbers, {model.count_params() - trained} averages")
    schedule = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=5 * (len(x) // 64))
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=5, batch_size=64, verbose=0)
    print("training accuracy:", np.round(history.history["accuracy"], 3))
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    wrong = np.flatnonzero(model.predict(x_test, verbose=0).argmax(axis=1) != y_test)
    print(f"test accuracy {accuracy:.3f}, {len(wrong)} digits wrong, among them true {y_test[wrong][:5]}")
    return accuracy


if __name__ == "__main__":
    main()
