"""Tracebacks end at the user's line, and warnings point at it."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import config, layers, ops
from glassworks.errors import GlassworksError, GlassworksWarning

SOURCE = str(Path(keras.__file__).parent)
X = np.linspace(0, 1, 32, dtype="float32").reshape(8, 4)
Y = X.sum(axis=1)


def small(*more: Any, loss: Any = "mse", **options: Any) -> Any:
    model = keras.Sequential([keras.Input(shape=(4,)), *more, layers.Dense(1)])
    model.compile("sgd", loss, **options)
    return model


def frames_of(error: BaseException) -> list[str]:
    """The file and function of each frame; files of the library by their name alone."""
    return [f"{Path(f.filename).name}:{f.name}" for f in traceback.extract_tb(error.__traceback__)]


def library_frames(error: BaseException) -> list[str]:
    return [f.name for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(SOURCE)]


@pytest.fixture
def every_frame() -> Iterator[None]:
    config.disable_traceback_filtering()
    yield
    config.enable_traceback_filtering()


def wrong_width() -> None:
    small().fit(X[:, :3], Y, verbose=0)


def wrong_length() -> None:
    small().fit(X, Y[:3], verbose=0)


def wrong_evaluation() -> None:
    small().evaluate(X[:, :3], Y, verbose=0)


def wrong_prediction() -> None:
    small().predict(X[:, :3], verbose=0)


def wrong_batch() -> None:
    small().train_on_batch(X[:, :3], Y)


def wrong_call() -> None:
    small()(X[:, :3])


def wrong_layer() -> None:
    layers.Conv2D(2, 3)(X)


def wrong_stack() -> None:
    keras.Sequential([keras.Input(shape=(4,)), layers.LSTM(2)])


def wrong_name() -> None:
    keras.Sequential([layers.Dense(1)]).compile("adm", "mse")


def wrong_op() -> None:
    ops.matmul(X, X)


def wrong_symbolic_op() -> None:
    ops.matmul(keras.Input(shape=(4,)), np.ones((3, 3), "float32"))


def wrong_gradients() -> None:
    keras.optimizers.SGD().apply_gradients([(np.ones(3), keras.Variable(np.ones(2, "float32")))])


MISTAKES = [
    wrong_width,
    wrong_length,
    wrong_evaluation,
    wrong_prediction,
    wrong_batch,
    wrong_call,
    wrong_layer,
    wrong_stack,
    wrong_name,
    wrong_op,
    wrong_symbolic_op,
    wrong_gradients,
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_traceback_ends_at_the_line_of_the_mistake(mistake: Callable[[], None]) -> None:
    with pytest.raises(GlassworksError) as caught:
        mistake()
    assert not library_frames(caught.value)
    assert frames_of(caught.value)[-1] == f"test_tracebacks.py:{mistake.__name__}"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_frame_is_kept_where_that_is_asked_for(mistake: Callable[[], None], every_frame: None) -> None:
    with pytest.raises(GlassworksError) as caught:
        mistake()
    assert library_frames(caught.value)


class Own(layers.Layer):
    """A user's layer with a mistake in a helper."""

    def call(self, x: Any) -> Any:
        return self.helper(x)

    def helper(self, x: Any) -> Any:
        return {}["missing"]


class Narrow(layers.Layer):
    """A user's layer that uses another one wrongly."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)
        self.dense.build((None, 3))

    def call(self, x: Any) -> Any:
        return self.dense(x)


def own_loss(y_true: Any, y_pred: Any) -> Any:
    raise RuntimeError("a mistake in the loss")


class OwnCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise RuntimeError("a mistake in the callback")


class OwnStep(keras.Sequential):
    def train_step(self, data: Any) -> Any:
        raise RuntimeError("a mistake in the step")


def own_batches() -> Iterator[Any]:
    yield X, Y
    raise OSError("a mistake in the generator")


def with_own_step() -> None:
    model = OwnStep([layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize(
    ("error", "run", "last"),
    [
        (KeyError, lambda eager: small(Own(), run_eagerly=eager), "helper"),
        (RuntimeError, lambda eager: small(loss=own_loss, run_eagerly=eager).fit(X, Y, verbose=0), "own_loss"),
        (RuntimeError, lambda eager: small(run_eagerly=eager).fit(X, Y, verbose=0, callbacks=[OwnCallback()]), "on_epoch_end"),
        (RuntimeError, lambda eager: with_own_step(), "train_step"),
        (OSError, lambda eager: small(run_eagerly=eager).fit(own_batches(), verbose=0), "own_batches"),
        (GlassworksError, lambda eager: small(Narrow(), run_eagerly=eager), "call"),
    ],
)
def test_an_error_in_the_users_code_keeps_its_type_and_the_users_frames(
    error: type[Exception], run: Callable[[bool], Any], last: str, run_eagerly: bool
) -> None:
    with pytest.raises(error) as caught:
        run(run_eagerly)
    assert not library_frames(caught.value)
    assert frames_of(caught.value)[-1] == f"test_tracebacks.py:{last}"
    assert frames_of(caught.value)[0].endswith("frames")


def test_an_error_that_was_not_foreseen_says_where_the_library_raised_it() -> None:
    class Odd:
        __array__ = None

    with pytest.raises(TypeError) as caught:
        layers.Dense(2)(Odd())
    assert len(library_frames(caught.value)) == 1
    assert SOURCE in traceback.extract_tb(caught.value.__traceback__)[-1].filename


def test_an_argument_that_a_method_does_not_take_is_told_at_the_users_line() -> None:
    for call in (lambda: small().fit(X, Y, nb_epoch=3), lambda: small().predict(), lambda: small(metric=["mae"])):
        with pytest.raises(TypeError, match=r"nb_epoch|metric|missing 1 required") as caught:
            call()
        assert not library_frames(caught.value)


def test_what_the_library_tried_before_is_not_shown() -> None:
    with pytest.raises(GlassworksError) as caught:
        small().fit([[1.0], [2.0, 3.0]], Y[:2], verbose=0)
    text = "".join(traceback.format_exception(caught.value))
    assert "During handling" not in text
    assert "rows of different lengths" in text


def test_the_users_own_chain_of_errors_is_shown() -> None:
    class Chained(layers.Layer):
        def call(self, x: Any) -> Any:
            try:
                return {}["first"]
            except KeyError as error:
                raise ValueError("second") from error

    with pytest.raises(ValueError, match="second") as caught:
        small(Chained())
    text = "".join(traceback.format_exception(caught.value))
    assert "direct cause" in text
    assert "KeyError: 'first'" in text
    assert SOURCE not in text


SCRIPT = """
import numpy as np
import glassworks as keras
model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
"""


@pytest.mark.parametrize(("setting", "short"), [("1", True), ("0", False)])
def test_a_simple_mistake_prints_a_few_lines_in_a_terminal(setting: str, short: bool, tmp_path: Path) -> None:
    script = tmp_path / "mistake.py"
    script.write_text(SCRIPT)
    environment = {"GLASSWORKS_TRACEBACK_FILTERING": setting, "PYTHONPATH": str(Path(SOURCE).parent)}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    if short:
        assert len(lines) < 12, done.stderr
        assert SOURCE not in done.stderr
        assert "model.fit(np.ones((8, 3))" in done.stderr
    else:
        assert len(lines) > 40


# ---- warnings


def text_for_an_unread_weight() -> None:
    frozen, seen = keras.Variable(np.ones(1, "float32")), keras.Variable(np.ones(1, "float32"))
    optimizer = keras.optimizers.SGD()
    optimizer.apply([None, np.ones(1, "float32")], [frozen, seen])


def short_generator() -> None:
    model = small()
    model.evaluate(((X, Y) for _ in range(2)), steps=5, verbose=0)


def unweighted_class() -> None:
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, np.arange(8) % 3, class_weight={0: 1.0, 1: 1.0}, verbose=0)


def unscaled_images() -> None:
    model = keras.Sequential([keras.Input(shape=(8, 8)), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.arange(256).reshape(4, 8, 8) % 256, np.zeros(4), verbose=0)


def scores_as_probabilities() -> None:
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X * 9, np.arange(8) % 3, verbose=0)


def old_decay() -> None:
    keras.optimizers.SGD(decay=0.1)


def old_input_length() -> None:
    layers.Embedding(3, 2, input_length=4)


def missing_monitor() -> None:
    small().fit(X, Y, callbacks=[keras.callbacks.EarlyStopping(monitor="val_los")], verbose=0)


def many_shapes() -> None:
    model = small()
    for rows in range(1, 9):
        model.predict(X[:rows], verbose=0)


def odd_fourier_length() -> None:
    layers.STFTSpectrogram(frame_length=8, frame_step=4, fft_length=9)


def integer_counts() -> None:
    keras.metrics.MeanIoU(num_classes=2, dtype="int32").update_state([0, 1], [0, 1], sample_weight=[0.5, 0.5])


def not_adapted() -> None:
    layers.Normalization()(X)


@pytest.mark.parametrize(
    "warned",
    [
        text_for_an_unread_weight,
        short_generator,
        unweighted_class,
        unscaled_images,
        scores_as_probabilities,
        old_decay,
        old_input_length,
        missing_monitor,
        many_shapes,
        odd_fourier_length,
        integer_counts,
        not_adapted,
    ],
)
def test_a_warning_points_at_the_users_line(warned: Callable[[], None]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warned()
    ours = [one for one in caught if issubclass(one.category, (GlassworksWarning, UserWarning))]
    assert ours
    first = warned.__code__.co_firstlineno
    last = max(line for *_, line in warned.__code__.co_lines() if line)
    for one in ours:
        assert one.filename == __file__
        assert first < one.lineno <= last


def test_every_warning_is_given_by_the_one_function_that_finds_the_users_line() -> None:
    others = [path for path in Path(SOURCE).rglob("*.py") if re.search(r"warnings\.warn\(", path.read_text()) and path.name != "errors.py"]
    assert not others
