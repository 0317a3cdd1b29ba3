"""Training, prediction and looking at plans on the native engine, as users meet them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import glassworks
from glassworks import config, layers
from glassworks.engine import STAGES, choose, native
from glassworks.errors import ArgumentError, GlassworksWarning, ShapeError, StateError

NATIVE = pytest.mark.skipif(not native.available(), reason="the native engine was not built here: there is no C++ compiler")


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    before = config.engine()
    yield
    config.set_engine(before)


def classifier(kind: str = "plain", optimizer: Any = "adam") -> Any:
    glassworks.utils.set_random_seed(1)
    middle = {
        "plain": [layers.Dense(32, activation="relu"), layers.Dropout(0.2)],
        # No bias: before batch normalisation its gradient would be nothing but rounding, of which Adam makes steps.
        "norm": [layers.Dense(32, use_bias=False), layers.BatchNormalization(), layers.Activation("relu"), layers.LayerNormalization()],
        "regular": [layers.Dense(32, activation="tanh", kernel_regularizer="l2", kernel_constraint="max_norm"), layers.GaussianNoise(0.1)],
    }[kind]
    model = glassworks.Sequential([layers.Input((20,)), *middle, layers.Dense(4, activation="softmax")])
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data(samples: int = 330) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, 20)).astype("float32")
    return x, np.argmax(x[:, :4] + 0.1 * rng.normal(size=(samples, 4)), axis=1)


@NATIVE
@pytest.mark.parametrize("kind", ["plain", "norm", "regular"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adamw"])
def test_both_engines_train_alike(kind: str, optimizer: str) -> None:
    results = {}
    for name in ("reference", "native"):
        config.set_engine(name)
        model = classifier(kind, optimizer)
        history = model.fit(*data(), batch_size=32, epochs=3, verbose=0, validation_split=0.2)
        results[name] = history.history, model.get_weights(), model.predict(data()[0], verbose=0)
    (history, weights, outputs), (other_history, other_weights, other_outputs) = results.values()
    for key, values in history.items():
        np.testing.assert_allclose(values, other_history[key], rtol=2e-4, atol=1e-5, err_msg=key)
    for a, b in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(outputs, other_outputs, rtol=2e-3, atol=2e-4)


@NATIVE
def test_three_epochs_of_every_fifth_digit_of_mnist_have_the_same_losses(shared_data: Path) -> None:
    file = np.load(shared_data / "mnist.npz")
    x, y = (file["x_train"][::5].reshape(-1, 784) / 255).astype("float32"), file["y_train"][::5].astype("int64")
    losses = []
    for name in ("reference", "native"):
        config.set_engine(name)
        glassworks.utils.set_random_seed(0)
        model = glassworks.Sequential(
            [layers.Input((784,)), layers.Dense(64, activation="relu"), layers.Dropout(0.2), layers.Dense(10, activation="softmax")]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        losses.append(model.fit(x, y, batch_size=128, epochs=3, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3)


@NATIVE
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads() -> None:
    before = config.num_threads()
    try:
        results = []
        for threads in (1, 2, 3, 8):
            config.set_num_threads(threads)
            model = classifier("norm")
            model.fit(*data(), batch_size=64, epochs=2, verbose=0)
            results.append([w.tobytes() for w in model.get_weights()])
    finally:
        config.set_num_threads(before)
    assert all(result == results[0] for result in results)


def test_bytes_are_gathered_as_bytes() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (200, 20), "uint8"), rng.integers(0, 4, 200)
    glassworks.utils.set_random_seed(0)
    model = glassworks.Sequential([layers.Input((20,), dtype="uint8"), layers.Rescaling(1 / 255), layers.Dense(4, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(x, y, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_a_batch_hook_sees_every_batch() -> None:
    seen: list[int] = []
    hook = glassworks.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    classifier().fit(*data(), batch_size=32, verbose=0, callbacks=[hook])
    assert seen == list(range(11))


INTERRUPTED = """
import sys, threading, time, os, signal
import numpy as np, glassworks
from glassworks import layers
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process started in the background ignores Ctrl-C
x = np.random.default_rng(0).normal(size=(20000, 200)).astype("float32")
y = np.zeros(20000, "int64")
model = glassworks.Sequential([layers.Input((200,)), layers.Dense(256, activation="relu"), layers.Dense(4, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x[:64], y[:64], verbose=0)
sent = []
def press():
    time.sleep(0.5)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press).start()
model.fit(x, y, epochs=10000, verbose=0)
waited = time.perf_counter() - sent[0]
assert np.isfinite(model.predict(x[:10], verbose=0)).all()
model.fit(x[:640], y[:640], verbose=0)
print("waited", waited)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT that a process can send to itself")
def test_control_c_stops_soon_and_leaves_the_model_usable() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120, check=True)
    assert "Interrupted in epoch" in done.stdout
    # A tenth of a second is promised; a busy machine gets more before the test calls it broken.
    assert float(done.stdout.split("waited")[1]) < 1.0


def test_the_last_smaller_batch_counts() -> None:
    model = classifier()
    model.compile(glassworks.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = data(70)
    fitted = model.fit(x, y, batch_size=32, verbose=0, shuffle=False).history
    np.testing.assert_allclose(fitted["loss"][0], model.evaluate(x, y, batch_size=70, verbose=0)[0], rtol=0.2)
    one, many = model.evaluate(x, y, batch_size=32, verbose=0), model.evaluate(x, y, batch_size=70, verbose=0)
    np.testing.assert_allclose(one, many, rtol=1e-5)


def test_shapes_that_keep_changing_are_named() -> None:
    inputs = layers.Input((None,))
    model = glassworks.Model(inputs, layers.Lambda(lambda x: glassworks.ops.sum(x, axis=1, keepdims=True))(inputs))
    for width in range(3, 10):
        model.predict(np.ones((2, width), "float32"), verbose=0)
    with pytest.warns(GlassworksWarning, match=r"8 different shapes for predict steps.*axis 1 of x had sizes 3, 4, 5, 6, 7, 8, 9, 10"):
        model.predict(np.ones((2, 10), "float32"), verbose=0)


def test_full_and_last_batches_are_no_change_of_shapes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier()
        for samples in (100, 130, 190):
            model.fit(*data(samples), batch_size=32, verbose=0)


# ---- calls and predictions


def test_a_compiled_call_gives_what_predict_gives() -> None:
    model, (x, _) = classifier(), data()
    call = model.compile_call(3)
    np.testing.assert_array_equal(call(x[:3]), model.predict(x[:3], verbose=0))
    np.testing.assert_allclose(call(x[:3].astype("float64")), call(x[:3]))
    before = call(x[:3])
    model.fit(*data(), verbose=0)
    assert not np.allclose(call(x[:3]), before)
    with pytest.raises(ShapeError, match=r"compile_call\(batch_size=5\)"):
        call(x[:5])
    with pytest.raises(ShapeError, match="one per input"):
        call(x[:3], x[:3])


def test_a_compiled_call_of_several_inputs_and_outputs() -> None:
    a, b = layers.Input((2,)), layers.Input((3,))
    model = glassworks.Model([a, b], {"sum": layers.Dense(1)(layers.Concatenate()([a, b])), "first": layers.Dense(2)(a)})
    x, y = np.ones((1, 2), "float32"), np.ones((1, 3), "float32")
    found, expected = model.compile_call()(x, y), model.predict([x, y], verbose=0)
    assert set(found) == {"sum", "first"}
    for key in found:
        np.testing.assert_array_equal(found[key], expected[key])


def test_a_compiled_call_needs_known_inputs() -> None:
    model = glassworks.Sequential([layers.Dense(2)])
    with pytest.raises(StateError, match=r"layers\.Input"):
        model.compile_call()


def test_a_compiled_call_works_from_several_threads() -> None:
    model, (x, _) = classifier(), data()
    call = model.compile_call(1)
    expected = [call(x[i : i + 1]) for i in range(50)]
    wrong: list[int] = []

    def work() -> None:
        wrong.extend(i for i in range(50) if not np.array_equal(call(x[i : i + 1]), expected[i]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_predicting_a_few_rows_is_the_same_the_short_way_and_the_long() -> None:
    model, (x, _) = classifier(), data()
    long = model.predict(x[:5], verbose=0, callbacks=[])
    for _ in range(3):
        np.testing.assert_array_equal(model.predict(x[:5], verbose=0), long)
    config.set_engine("reference")
    np.testing.assert_allclose(model.predict(x[:5], verbose=0), long, rtol=1e-5, atol=1e-7)
    config.set_engine("auto")
    model.fit(*data(), verbose=0)
    assert not np.allclose(model.predict(x[:5], verbose=0), long)


# ---- plans


@NATIVE
def test_a_plan_names_layers_costs_and_times(tmp_path: Path) -> None:
    model = classifier()
    with pytest.raises(StateError, match=r"call fit\(\) first"):
        model.plan("train")
    model.fit(*data(330), verbose=0)  # the last batch has 10 rows; the plan is of the usual one
    before = model.get_weights()
    lines: list[str] = []
    model.plan(svg=tmp_path / "plan.svg", print_fn=lines.append)
    (text,) = lines
    assert "one train step on a batch of 32" in text and "matmul 32x32x20" in text and "matmul 32x4x32" in text
    assert "> adam" in text and "us" in text and "GFLOP/s" in text
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    drawing = ElementTree.parse(tmp_path / "plan.svg").getroot()
    words = "".join(drawing.itertext())
    assert drawing.tag.endswith("svg") and "dense" in words and "of limit" in words


@pytest.mark.parametrize("name", [pytest.param("native", marks=NATIVE), "reference"])
def test_a_plan_can_be_seen_at_every_stage(name: str) -> None:
    config.set_engine(name)
    model, texts = classifier(), dict[str, str]()
    for stage in STAGES:
        model.plan(batch_size=7, stage=stage, print_fn=lambda text, stage=stage: texts.update({stage: text}))
    with pytest.raises(ArgumentError, match="stage"):
        model.plan(batch_size=7, stage="fusd")
    assert all("relu" in text for text in texts.values())
    if name == "native":
        assert all(text.startswith(f"plan, {stage}:") for stage, text in texts.items())
        assert "arena" in texts["placed"] and "wave 0" in texts["scheduled"] and "wave" not in texts["fused"]
    else:
        assert len(set(texts.values())) == 1


def test_a_drawing_of_a_stage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a drawing shows the placed program"):
        classifier().plan(batch_size=7, stage="fused", svg=tmp_path / "plan.svg")


def test_a_plan_of_predictions_needs_no_training() -> None:
    lines: list[str] = []
    classifier().plan(batch_size=7, measure=False, print_fn=lines.append)
    assert "one predict step on a batch of 7" in lines[0] and "softmax" in lines[0]


def test_the_reference_engine_has_a_plan_too() -> None:
    config.set_engine("reference")
    lines: list[str] = []
    classifier().plan("predict", batch_size=2, print_fn=lines.append)
    assert "matmul" in lines[0] and "us" in lines[0]


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="'train'"):
        classifier().plan("trian")


# ---- settings


@NATIVE
def test_the_native_engine_is_the_default() -> None:
    config.set_engine("auto")
    assert choose().name == "native"
    assert config.cpu()["isa"] in config.cpu()["runnable"]


@pytest.mark.parametrize("count", [0, -1, 65, 1.5, True, "2"])
def test_a_wrong_number_of_threads_is_an_error(count: Any) -> None:
    with pytest.raises(ArgumentError, match="from 1 to 64"):
        config.set_num_threads(count)


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )


@NATIVE
def test_the_environment_chooses_engine_instruction_set_and_threads() -> None:
    code = "from glassworks import config; from glassworks.engine import choose; print(choose().name, config.cpu()['isa'], config.num_threads())"
    done = run_python(code, GLASSWORKS_ENGINE="native", GLASSWORKS_ISA="baseline", GLASSWORKS_NUM_THREADS="3")
    assert done.stdout.split() == ["native", "baseline", "3"]
    assert run_python(code, GLASSWORKS_ENGINE="reference").stdout.split()[0] == "reference"
    assert "an instruction set that this CPU can run" in run_python(code, GLASSWORKS_ISA="sse9").stderr
    assert "an integer from 1 to 64" in run_python(code, GLASSWORKS_NUM_THREADS="many").stderr


def test_without_the_core_one_line_says_so_and_everything_runs() -> None:
    code = """
import sys
sys.modules["glassworks._native"] = None
import numpy as np, glassworks
from glassworks import layers
for _ in range(2):
    model = glassworks.Sequential([layers.Input((2,)), layers.Dense(1)])
    print(model.predict(np.ones((1, 2)), verbose=0).shape, glassworks.config.cpu()["isa"], glassworks.config.num_threads())
"""
    done = run_python(code, GLASSWORKS_ENGINE="auto")
    assert done.stdout.split("\n")[0] == "(1, 1) None 1"
    assert done.stderr.count("the native engine is missing") == 1
    assert "missing" not in run_python(code, GLASSWORKS_ENGINE="reference").stderr


@NATIVE
def test_an_embedding_trains_alike_though_its_gradient_is_never_a_table() -> None:
    words = np.random.default_rng(0).integers(0, 40, (96, 7)).astype("int32")
    labels = (words[:, 0] % 2).astype("float32")
    results = []
    for name in ("reference", "native"):
        config.set_engine(name)
        glassworks.utils.set_random_seed(1)
        model = glassworks.Sequential([layers.Input((7,), dtype="int32"), layers.Embedding(50, 12), layers.LSTM(5), layers.Dense(1)])
        model.compile("adam", "mean_squared_error")
        model.fit(words, labels, batch_size=32, epochs=3, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
    _, program = model._trainer.planned_program("train", None)
    assert any("scatter_adam" in station.ops for station in program.stations())
