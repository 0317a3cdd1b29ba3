"""Wrong use gives an error (or a warning) that a newcomer can act on. Each case is tested by its text.

A case is a function that makes the mistake, and pieces that its message must hold: where, what was found,
what was expected, the fix.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops
from glassworks.errors import GlassworksError, GlassworksWarning

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
CLASSES = np.arange(40) % 3
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
NUMBERS = X.sum(axis=1)

Case = tuple[str, Callable[[], Any], list[str]]
CASES: list[Case] = []


def mistake(*pieces: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a mistake with the pieces its message must hold."""

    def register(function: Callable[[], Any]) -> Callable[[], Any]:
        CASES.append((function.__name__, function, list(pieces)))
        return function

    return register


def classifier(loss: Any = "sparse_categorical_crossentropy", units: int = 3, activation: Any = "softmax", **compile_options: Any) -> Any:
    model = keras.Sequential(
        [keras.Input(shape=(4,)), layers.Dense(8, activation="relu"), layers.Dense(units, activation=activation, name="scores")], name="net"
    )
    model.compile("adam", loss, **compile_options)
    return model


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


@mistake("layer 'shared' twice", "use the Functional API to share it")
def the_same_layer_twice_in_a_sequential() -> None:
    layer = layers.Dense(4, name="shared")
    keras.Sequential([layer, layer])


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


# ---- compile


@mistake("[model 'net'.fit]", "not compiled", 'model.compile(optimizer="adam"')
def fit_before_compile() -> None:
    keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3)], name="net").fit(X, CLASSES)


@mistake("evaluate() on a model that is not compiled", "compile() first")
def evaluate_before_compile() -> None:
    keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3)], name="net").evaluate(X, CLASSES)


@mistake("optimizer 'adm'", "did you mean 'adam'?")
def an_unknown_optimizer() -> None:
    keras.Sequential([layers.Dense(1)]).compile("adm", "mse")


@mistake("loss 'mean_square_error'", "did you mean 'mean_squared_error'?")
def an_unknown_loss() -> None:
    keras.Sequential([layers.Dense(1)]).compile("adam", "mean_square_error")


@mistake("metric 'acuracy'", "did you mean")
def an_unknown_metric() -> None:
    classifier(metrics=["acuracy"])


@mistake("metrics='accuracy'", "a list", "metrics=['accuracy']")
def metrics_that_are_not_a_list() -> None:
    classifier(metrics="accuracy")


@mistake("no loss to minimise", "compile with loss=")
def fit_without_a_loss() -> None:
    classifier(loss=None).fit(X, CLASSES, verbose=0)


@mistake("loss with 3 entries", "2 entries", "a, b")
def more_losses_than_outputs() -> None:
    inputs = keras.Input(shape=(4,))
    model = keras.Model(inputs, [layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)])
    model.compile("adam", ["mse", "mse", "mse"])
    model.fit(X, [NUMBERS, NUMBERS], verbose=0)


@mistake("outputs that are inputs ('x')", "swap them: Model(inputs, outputs)")
def a_model_of_outputs_and_inputs() -> None:
    inputs = keras.Input(shape=(4,), name="x")
    keras.Model(layers.Dense(1)(inputs), inputs)


@mistake("'hight'", "did you mean 'height'?")
def a_loss_for_an_unknown_output() -> None:
    inputs = keras.Input(shape=(4,))
    model = keras.Model(inputs, {"height": layers.Dense(1)(inputs), "width": layers.Dense(1)(inputs)})
    model.compile("adam", {"hight": "mse", "width": "mse"})
    model.fit(X, {"height": NUMBERS, "width": NUMBERS}, verbose=0)


@mistake("learning_rate='0.001'", "pass the number, learning_rate=0.001")
def a_learning_rate_as_a_string() -> None:
    keras.optimizers.Adam(learning_rate="0.001")


@mistake("[Adam]", "learning_rate='0.001'", "pass the number, learning_rate=0.001")
def a_learning_rate_that_is_set_to_a_string() -> None:
    keras.optimizers.Adam().learning_rate = "0.001"


@mistake("[SGD]", "learning_rate=nan", "a number >= 0")
def a_learning_rate_that_is_set_to_no_number() -> None:
    keras.optimizers.SGD().learning_rate = float("nan")


@mistake("momentum=2", "a number in [0, 1]")
def a_momentum_above_one() -> None:
    keras.optimizers.SGD(momentum=2)


@mistake("clipnorm=1.0, clipvalue=0.5", "only one way of clipping")
def two_ways_of_clipping_at_once() -> None:
    keras.optimizers.SGD(clipnorm=1.0, clipvalue=0.5)


@mistake("[model 'net'.fit]", "optimizer=None", "model.compile(optimizer='adam', ...)")
def fit_without_an_optimizer() -> None:
    model = classifier()
    model.compile(None, "mse")
    model.fit(X, ONE_HOT, verbose=0)


# ---- labels and losses


@mistake("labels from 0 to 5", "3 outputs", "give the last layer 6 units")
def labels_beyond_the_outputs() -> None:
    classifier().fit(X, np.arange(40) % 6, verbose=0)


@mistake("labels from 1 to 3", "labels 0 to 2", "your classes start at 1: train on y - 1")
def labels_that_start_at_one() -> None:
    classifier().fit(X, CLASSES + 1, verbose=0)


@mistake("labels from -1 to 1", "number the classes from 0")
def negative_labels() -> None:
    classifier().fit(X, CLASSES - 1, verbose=0)


@mistake("y of shape (40, 3)", "these are one-hot labels: use loss='categorical_crossentropy'")
def one_hot_labels_with_a_sparse_loss() -> None:
    classifier().fit(X, ONE_HOT, verbose=0)


@mistake("sparse_categorical_crossentropy", "to_categorical")
def class_numbers_with_a_one_hot_loss() -> None:
    classifier("categorical_crossentropy").fit(X, CLASSES, verbose=0)


@mistake("y with fractions such as 0.5", "class numbers 0 to 2", "use loss='mse'")
def labels_that_are_fractions() -> None:
    classifier().fit(X, CLASSES + 0.5, verbose=0)


@mistake("y from 0 to 2", "a loss for binary targets", "targets from 0 to 1")
def binary_labels_outside_zero_and_one() -> None:
    classifier("binary_crossentropy", units=1, activation="sigmoid").fit(X, CLASSES, verbose=0)


@mistake("text", "numbers")
def labels_as_text() -> None:
    classifier().fit(X, np.array(["cat", "dog"] * 20), verbose=0)


@mistake("probabilities already", "softmax would be applied twice", "remove activation='softmax'")
def probabilities_with_from_logits() -> None:
    classifier(keras.losses.SparseCategoricalCrossentropy(from_logits=True)).fit(X, CLASSES, verbose=0)


@mistake("rows do not add up to 1", "add activation='softmax' to the last layer, or from_logits=True")
def logits_without_from_logits() -> None:
    classifier(activation=None).fit(X * 10, CLASSES, verbose=0)


@mistake("a softmax over 1 output", "Dense(1, activation='sigmoid')")
def a_softmax_over_one_output() -> None:
    classifier("binary_crossentropy", units=1).fit(X, CLASSES % 2, verbose=0)


@mistake("targets of shape (32, 3) and predictions of shape (32, 2)", "give the last layer 3 units")
def targets_of_another_width() -> None:
    classifier("mse", units=2, activation=None).fit(X, ONE_HOT, verbose=0)


@mistake("[loss 'nothing'", "nothing returned None", "end nothing with: return loss")
def a_loss_that_returns_nothing() -> None:
    def nothing(y_true: Any, y_pred: Any) -> None:
        ops.mean(y_true - y_pred)

    classifier(nothing).fit(X, ONE_HOT, verbose=0)


@mistake("[loss 'own'", "Own.call returned None", "end Own.call with: return loss")
def a_loss_class_that_returns_nothing() -> None:
    class Own(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> None:
            ops.mean(y_true - y_pred)

    classifier(Own(name="own")).fit(X, ONE_HOT, verbose=0)


@mistake("[metric 'nothing'", "nothing returned None", "end nothing with: return value")
def a_metric_that_returns_nothing() -> None:
    def nothing(y_true: Any, y_pred: Any) -> None:
        ops.mean(y_true - y_pred)

    classifier("mse", metrics=[nothing]).fit(X, ONE_HOT, verbose=0)


# ---- data


@mistake("validation_data]", "input of shape (32, 3)", "shape (None, 4)", "size 3 at axis 1")
def validation_data_with_fewer_features() -> None:
    classifier().fit(X, CLASSES, validation_data=(X[:, :3], CLASSES), verbose=0)


@mistake("x", "NaN", "row")
def nan_in_the_inputs() -> None:
    broken = X.copy()
    broken[3, 2] = np.nan
    classifier().fit(broken, CLASSES, verbose=0)


@mistake("y", "NaN")
def nan_in_the_targets() -> None:
    broken = NUMBERS.copy()
    broken[5] = np.nan
    classifier("mse", units=1, activation=None).fit(X, broken, verbose=0)


@mistake("inf")
def infinity_in_the_inputs() -> None:
    broken = X.copy()
    broken[0, 0] = np.inf
    classifier().fit(broken, CLASSES, verbose=0)


@mistake("empty")
def an_empty_data_set() -> None:
    classifier().fit(X[:0], CLASSES[:0], verbose=0)


@mistake("x has 40, y has 39")
def fewer_labels_than_samples() -> None:
    classifier().fit(X, CLASSES[:39], verbose=0)


@mistake("class_weight", "0")
def a_class_without_a_weight() -> None:
    classifier().fit(X, CLASSES, class_weight={1: 1.0, 2: 2.0}, verbose=0)


@mistake("batches", "10", "2")
def a_generator_that_ends_early() -> None:
    def two_batches() -> Any:
        for i in range(2):
            yield X[i * 8 : i * 8 + 8], CLASSES[i * 8 : i * 8 + 8]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier().fit(two_batches(), steps_per_epoch=10, verbose=0)


@mistake("y", "generator")
def labels_beside_a_generator() -> None:
    classifier().fit(((X, CLASSES) for _ in range(3)), CLASSES, steps_per_epoch=1, verbose=0)


@mistake("a generator without steps_per_epoch", "pass steps_per_epoch=")
def an_endless_generator_without_steps() -> None:
    def endless() -> Any:
        while True:
            yield X, CLASSES

    classifier().fit(endless(), epochs=2, verbose=0)


@mistake("validation_split")
def a_validation_split_of_everything() -> None:
    classifier().fit(X, CLASSES, validation_split=1.0, verbose=0)


@mistake("validation_split and validation_data", "one of them")
def two_kinds_of_validation() -> None:
    classifier().fit(X, CLASSES, validation_split=0.2, validation_data=(X, CLASSES), verbose=0)


@mistake("batch_size=0", "a positive integer")
def a_batch_size_of_zero() -> None:
    classifier().fit(X, CLASSES, batch_size=0, verbose=0)


@mistake("epochs=0", "a positive integer")
def no_epochs() -> None:
    classifier().fit(X, CLASSES, epochs=0, verbose=0)


@mistake("[model 'net'.fit", "x has 40, y has 40, sample_weight has 3", "one weight per sample")
def sample_weights_of_another_length() -> None:
    classifier().fit(X, CLASSES, sample_weight=np.ones(3), verbose=0)


@mistake("column", "colour")
def a_data_frame_with_a_column_of_text() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]})
    classifier().fit(frame, np.array([0, 1]), verbose=0)


@mistake("255", "divide")
def images_in_bytes() -> None:
    model = keras.Sequential([keras.Input(shape=(8, 8)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(RNG.integers(0, 256, (40, 8, 8)).astype("uint8"), CLASSES, verbose=0)


@mistake("from 0 to 255", "divide by 255")
def images_in_bytes_that_are_only_flipped_resized_and_pooled() -> None:
    hidden = [layers.RandomFlip(), layers.Resizing(6, 6), layers.MaxPooling2D(), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)]
    model = keras.Sequential([keras.Input(shape=(8, 8, 1)), *hidden])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(RNG.integers(0, 256, (40, 8, 8, 1)).astype("uint8"), CLASSES, verbose=0)


# ---- gradients, dtypes, settings


@mistake("a second gradient() call", "GradientTape(persistent=True)")
def two_gradients_from_one_tape() -> None:
    x = ops.array([1.0])
    with keras.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    tape.gradient(y, x)


@mistake("numpy.exp2", "an op of glassworks.ops")
def a_numpy_function_under_a_tape() -> None:
    x = ops.array([1.0])
    with keras.GradientTape() as tape:
        tape.watch(x)
        np.exp2(x)


@mistake("'flaot32'", "did you mean 'float32'?")
def a_misspelt_dtype() -> None:
    ops.cast(X, "flaot32")


@mistake("value='float31'", "one of")
def a_wrong_floatx() -> None:
    keras.config.set_floatx("float31")


@mistake("shape (2,) for the variable 'v'", "shape (3,)")
def assigning_the_wrong_shape() -> None:
    keras.Variable(np.zeros(3, "float32"), name="v").assign([1.0, 2.0])


@mistake("class 'Mystery' in a config", "register_keras_serializable")
def an_unknown_class_in_a_config() -> None:
    keras.utils.deserialize_keras_object({"module": "x", "class_name": "Mystery", "config": {}, "registered_name": None})


@pytest.mark.parametrize(("name", "make", "pieces"), CASES, ids=[name for name, *_ in CASES])
def test_a_mistake_gives_an_error_that_says_what_to_do(name: str, make: Callable[[], Any], pieces: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", GlassworksWarning)
        with pytest.raises((GlassworksError, GlassworksWarning, NotImplementedError)) as caught:
            make()
    message = str(caught.value)
    missing = [piece for piece in pieces if piece not in message]
    assert not missing, f"{missing} not in:\n{message}"
    if isinstance(caught.value, GlassworksError):
        assert "found:" in message
        assert "expected:" in message or "fix:" in message


def test_at_least_sixty_mistakes_are_covered() -> None:
    assert len({name for name, *_ in CASES}) >= 60


def test_no_text_installs_the_package_from_an_index_where_it_is_not() -> None:
    root = Path(__file__).resolve().parents[1]
    files = [*(root / "src").rglob("*.py"), *(root / "examples").glob("*.py"), *root.glob("*.md"), root / "Makefile"]
    assert not [str(path) for path in files if re.search(r"pip install\s+(-\S+\s+)*['\"]?glassworks\b", path.read_text())]
