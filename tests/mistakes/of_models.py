"""Mistakes in layers, shapes and models."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassworks as keras
from glassworks import layers, ops
from tests.mistakes.register import NUMBERS, ONE_HOT, X, classifier, mistake

# ---- layers and shapes


@mistake("[Dense]", "units=0", "a positive integer")
def dense_with_no_units() -> None:
    layers.Dense(0)


@mistake("units=3.5", "a positive integer", "pass an int, for example 3")
def dense_with_a_float_for_units() -> None:
    layers.Dense(3.5)


@mistake("argument 'activaton'", "did you mean 'activation'?")
def a_misspelt_layer_argument() -> None:
    layers.Dense(3, activaton="relu")


@mistake("activation 'rleu'", "did you mean 'relu'?")
def an_unknown_activation() -> None:
    layers.Dense(3, activation="rleu")


@mistake("initializer 'glorot_unifrom'", "did you mean 'glorot_uniform'?")
def an_unknown_initializer() -> None:
    layers.Dense(3, kernel_initializer="glorot_unifrom")


@mistake("regularizer 'l3'", "the name of a known regularizer")
def an_unknown_regularizer() -> None:
    layers.Dense(3, kernel_regularizer="l3")


@mistake("rate=1.5", "a number in [0, 1]")
def dropout_above_one() -> None:
    layers.Dropout(1.5)


@mistake("[layer 'narrow'.call", "size 4 at axis -1", "size 5", "pass data with 5 features")
def data_with_another_number_of_features() -> None:
    layer = layers.Dense(2, name="narrow")
    layer(np.ones((1, 5), "float32"))
    layer(X)


@mistake("[layer 'wide'.call", "input of shape (4,), which has 1 axes", "at least 2 axes", "x[None] makes one sample a batch")
def one_sample_without_a_batch_axis() -> None:
    layers.Dense(2, name="wide")(X[0])


@mistake("shape (2, 7)", "(None, 4)", "size 7 at axis 1")
def predict_with_the_wrong_features() -> None:
    classifier().predict(np.ones((2, 7)), verbose=0)


@mistake("shape (None, 28, 28)", "reshape with x.reshape(-1, 28, 28)")
def flat_images_for_an_image_model() -> None:
    model = keras.Sequential([keras.Input(shape=(28, 28)), layers.Flatten(), layers.Dense(2)])
    model.predict(np.zeros((3, 784)), verbose=0)


@mistake("samples of shape (4,) with 4 numbers", "samples of 5 numbers")
def a_reshape_that_does_not_fit() -> None:
    layers.Reshape((5,))(X)


@mistake("[layer 'join'", "(40, 4)", "(40, 3)")
def adding_layers_of_different_widths() -> None:
    layers.Add(name="join")([X, ONE_HOT])


@mistake("matmul of shapes (40, 4) and (3, 2)", "inner sizes 4 and 3", "transpose one of them")
def a_matmul_that_does_not_fit() -> None:
    ops.matmul(X, np.ones((3, 2), "float32"))


@mistake("shapes (40, 4) and (40,)", "ops.expand_dims(x, -1)")
def broadcasting_that_needs_an_axis() -> None:
    ops.add(X, NUMBERS)


@mistake("axis=2", "axes from -2 to 1")
def a_reduction_over_a_missing_axis() -> None:
    ops.sum(X, axis=2)


@mistake("shape=4", "a tuple", "shape=(4,), with the comma")
def an_input_shape_without_a_comma() -> None:
    keras.Input(shape=(4))


@mistake("neither shape nor batch_shape", "pass shape=(784,)")
def an_input_without_a_shape() -> None:
    keras.Input()


@mistake("symbolic value", "use glassworks.ops instead of NumPy")
def numpy_on_a_symbolic_tensor() -> None:
    np.exp(keras.Input(shape=(4,)))


@mistake("the truth (as in `if x:`)", "symbolic value")
def a_python_branch_on_a_symbolic_tensor() -> None:
    class Branching(layers.Layer):
        def call(self, x: Any) -> Any:
            return x if ops.sum(x) > 0 else -x

    Branching()(keras.Input(shape=(4,)))


@mistake("weight 'kernel' of shape (None", "known when the layer is built")
def a_weight_of_unknown_size() -> None:
    class Open(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.add_weight(shape=(None, 3), name="kernel")

    Open()(X)


@mistake("does not define call")
def a_layer_without_call() -> None:
    class Empty(layers.Layer):
        pass

    Empty()(X)


@mistake("1 arrays", "2 arrays, one for each of its weights")
def set_weights_with_too_few_arrays() -> None:
    layer = layers.Dense(2)
    layer(X)
    layer.set_weights([np.zeros((4, 2))])


@mistake("shape (3, 2) for 'turned/kernel'", "shape (4, 2)")
def set_weights_of_the_wrong_shape() -> None:
    layer = layers.Dense(2, name="turned")
    layer(X)
    layer.set_weights([np.zeros((3, 2)), np.zeros(2)])


@mistake("a layer without weights yet", "call it on data first")
def counting_parameters_before_build() -> None:
    layers.Dense(3).count_params()


@mistake("connected 0 times", "call it on a keras.Input first")
def the_output_of_an_unconnected_layer() -> None:
    _ = layers.Dense(3).output


# ---- models


@mistake("the class Dense", "make one: Dense(...)")
def a_layer_class_instead_of_a_layer() -> None:
    keras.Sequential([layers.Dense])


@mistake("two layers named 'same'", "unique names")
def two_layers_of_one_name() -> None:
    keras.Sequential([layers.Dense(2, name="same"), layers.Dense(3, name="same")])


@mistake("two layers named 'same'", "give one of them another name=")
def two_layers_of_one_name_in_a_sequential() -> None:
    keras.Sequential([layers.Dense(4, name="same"), layers.Dense(4, name="same")])


@mistake("a model without layers", "model.add(layers.Dense(10))")
def a_sequential_without_layers() -> None:
    keras.Sequential()(X)


@mistake("an output that depends on the input 'other'", "add 'other' to the model's inputs")
def an_input_that_was_forgotten() -> None:
    a, b = keras.Input(shape=(4,)), keras.Input(shape=(4,), name="other")
    keras.Model(a, layers.add([a, b]))


@mistake("2 inputs: left, right", "1 input arrays")
def one_array_for_two_inputs() -> None:
    a, b = keras.Input(shape=(4,), name="left"), keras.Input(shape=(4,), name="right")
    keras.Model([a, b], layers.add([a, b])).predict(X, verbose=0)


@mistake("'rigth' is not an input", "did you mean 'right'?")
def a_misspelt_input_name() -> None:
    a, b = keras.Input(shape=(4,), name="left"), keras.Input(shape=(4,), name="right")
    keras.Model([a, b], layers.add([a, b])).predict({"left": X, "rigth": X}, verbose=0)


@mistake("did not call super().__init__()", "the first line of __init__")
def a_model_that_forgets_super_init() -> None:
    class Hasty(keras.Model):
        def __init__(self) -> None:
            self.dense = layers.Dense(2)

    Hasty()


@mistake("name='scors'", "did you mean 'scores'?")
def a_layer_name_that_is_not_there() -> None:
    classifier().get_layer("scors")


@mistake("does not know its input shape yet", "Input(shape=...)")
def the_output_shape_of_an_unbuilt_model() -> None:
    _ = keras.Sequential([layers.Dense(3)]).output_shape


@mistake("what 'dense", "a symbolic tensor", "pass the layer, without calling it")
def a_tensor_in_the_list_of_layers() -> None:
    keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2)(layers.Dense(3)(keras.Input(shape=(4,))))])


@mistake("'LeakyReLU' of type str", "make one: layers.LeakyReLU(...)")
def the_name_of_a_layer() -> None:
    keras.Sequential([layers.Dense(3), "LeakyReLU"])


@mistake("layer 'lambda", "nothing returned None", "end nothing with: return outputs")
def a_function_in_a_lambda_that_returns_nothing() -> None:
    def nothing(x: Any) -> None:
        ops.exp(x)

    layers.Lambda(nothing)(X)


@mistake("query of shape (None, 3)", "return_sequences=True", "x[:, None, :]")
def attention_on_the_last_step_of_a_recurrent_layer() -> None:
    last = layers.GRU(3)(keras.Input(shape=(7, 2)))
    layers.MultiHeadAttention(2, 2)(last, last)


@mistake("input of shape (None,)", "one long series is cut into windows", "sliding_window_view(x, length + 1)")
def a_recurrent_layer_on_one_series() -> None:
    model = keras.Sequential([layers.SimpleRNN(3), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(NUMBERS, NUMBERS, verbose=0)
