"""Models that override hooks with any of the signatures that Keras calls them with, evaluated and asked for predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests import keras_answers

ROWS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 0.0], [2.0, 0.0, 1.0]], "float32")
TARGETS = np.array([[1.0], [0.0], [2.0], [1.0]], "float32")
WEIGHTS = np.array([1.0, 0.0, 2.0, 1.0], "float32")


def _model(keras: Any, base: str, **methods: Callable[..., Any]) -> Any:
    """A model of one layer with these methods, of one of the kinds of models."""

    def init(self: Any) -> None:
        super(cls, self).__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones", name="dense")

    def call(self: Any, x: Any) -> Any:
        return self.dense(x)

    if base == "subclass":
        cls = type("Mine", (keras.Model,), {"__init__": init, "call": call, **methods})
        model = cls()
    elif base == "functional":
        cls = type("Mine", (keras.Model,), dict(methods))
        inputs = keras.Input((3,), name="x")
        model = cls(inputs, keras.layers.Dense(1, kernel_initializer="ones", name="dense")(inputs))
    else:
        cls = type("Mine", (keras.Sequential,), dict(methods))
        model = cls([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones", name="dense")])
    return model


def _evaluated(model: Any, loss: Any = "mse", weights: Any = None, metrics: Any = ("mae",)) -> Any:
    model.compile("sgd", loss, metrics=metrics and list(metrics), run_eagerly=True)
    logs = model.evaluate(ROWS, TARGETS, sample_weight=weights, verbose=0, return_dict=True)
    predicted = model.predict(ROWS, verbose=0)
    return [sorted([name, float(value)] for name, value in logs.items()), np.asarray(predicted).shape]


def _mean(keras: Any, y: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(y - y_pred)) + 1


# ---- compute_loss


def _losses(keras: Any) -> dict[str, Callable[..., Any]]:
    def full(self: Any, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: Any = None) -> Any:
        return _mean(keras, y, y_pred)

    def without_training(self: Any, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
        return _mean(keras, y, y_pred)

    def positional(self: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        return _mean(keras, y, y_pred)

    def other_names(self: Any, inputs: Any, targets: Any, outputs: Any, weights: Any) -> Any:
        return _mean(keras, targets, outputs)

    def other_names_with_training(self: Any, a: Any, b: Any, c: Any, d: Any, training: bool = True) -> Any:
        return _mean(keras, b, c) + (1.0 if training else 0.0)

    def keywords(self: Any, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, **kwargs: Any) -> Any:
        return _mean(keras, y, y_pred) + len(kwargs)

    def stars(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _mean(keras, args[1], args[2]) + len(args) + len(kwargs)

    def by_super(self: Any, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: Any = True) -> Any:
        return keras.Model.compute_loss(self, x, y, y_pred, sample_weight) * 2

    def by_super_with_names(
        self: Any, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: Any = True
    ) -> Any:
        return keras.Model.compute_loss(self, x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training) * 2

    def too_few(self: Any, x: Any, y: Any, y_pred: Any) -> Any:
        return _mean(keras, y, y_pred)

    def only_keywords(self: Any, *, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        return _mean(keras, y, y_pred)

    def a_number_of_its_own(self: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        return keras.ops.convert_to_tensor(3.0)

    return {name: value for name, value in locals().items() if name != "keras"}


def _metrics(keras: Any) -> dict[str, Callable[..., Any]]:
    def full(self: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return {"own": keras.ops.convert_to_tensor(1.0), **keras.Model.compute_metrics(self, x, y, y_pred, sample_weight)}

    def required(self: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        keras.Model.compute_metrics(self, x, y, y_pred, sample_weight)
        return self.get_metrics_result()

    def other_names(self: Any, a: Any, b: Any, c: Any, sample_weight: Any = None) -> Any:
        return {"own": keras.ops.convert_to_tensor(2.0)}

    def other_name_of_weights(self: Any, x: Any, y: Any, y_pred: Any, weights: Any = None) -> Any:
        return {"own": keras.ops.convert_to_tensor(2.0)}

    def stars(self: Any, *args: Any, **kwargs: Any) -> Any:
        return {"args": keras.ops.convert_to_tensor(float(len(args))), "kwargs": keras.ops.convert_to_tensor(float(len(kwargs)))}

    def keywords(self: Any, x: Any, y: Any, y_pred: Any, **kwargs: Any) -> Any:
        return {"kwargs": keras.ops.convert_to_tensor(float(len(kwargs)))}

    return {name: value for name, value in locals().items() if name != "keras"}


def _steps(keras: Any) -> dict[str, Callable[..., Any]]:
    def unpacks(self: Any, data: Any) -> Any:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        return {"own": loss}

    def by_names(self: Any, data: Any) -> Any:
        x, y = data[0], data[1]
        y_pred = self(x)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        return {"loss": loss, "length": keras.ops.convert_to_tensor(float(len(data)))}

    def other_name(self: Any, batch: Any) -> Any:
        return {"own": keras.ops.mean(self(batch[0]))}

    def by_super(self: Any, data: Any) -> Any:
        return {**keras.Model.test_step(self, data), "own": keras.ops.convert_to_tensor(1.0)}

    def compiled_metrics(self: Any, data: Any) -> Any:
        x, y = data[0], data[1]
        y_pred = self(x)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(self.compute_loss(y=y, y_pred=y_pred))
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}

    return {name: value for name, value in locals().items() if name != "keras"}


def _predictions(keras: Any) -> dict[str, Callable[..., Any]]:
    def plain(self: Any, data: Any) -> Any:
        x = data[0] if isinstance(data, tuple) else data
        return self(x) * 2

    def other_name(self: Any, batch: Any) -> Any:
        return keras.Model.predict_step(self, batch) + 1

    def two(self: Any, data: Any) -> Any:
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return {"twice": self(x) * 2, "once": self(x)}

    return {name: value for name, value in locals().items() if name != "keras"}


BASES = ("subclass", "functional", "sequential")


def _hooked(base: str, hook: str, table: Callable[[Any], dict[str, Callable[..., Any]]], name: str, weights: bool) -> Callable[[Any], Any]:
    def program(keras: Any) -> Any:
        model = _model(keras, base, **{hook: table(keras)[name]})
        if hook == "predict_step":
            model.compile("sgd", "mse", run_eagerly=True)
            found = model.predict(ROWS, verbose=0)
            return found if isinstance(found, dict) else np.asarray(found)
        # Keras fails at the end where metrics that `compile` got were never updated.
        updates = hook == "compute_loss" or name in ("full", "required", "by_super", "compiled_metrics")
        return _evaluated(model, weights=WEIGHTS if weights else None, metrics=("mae",) if updates else None)

    return program


# ---- losses, metrics and other hooks of models


def stateless_call_of_a_model(keras: Any) -> Any:
    model = _model(keras, "functional")
    outputs, others = model.stateless_call(model.trainable_variables, model.non_trainable_variables, ROWS, training=True)
    return [np.asarray(outputs), len(others)]


def stateless_compute_loss(keras: Any) -> Any:
    model = _model(keras, "functional")
    model.compile("sgd", "mse")
    loss, (trainable, others, metrics) = model.stateless_compute_loss(
        [v.value for v in model.trainable_variables], [], [v.value for v in model.metrics_variables], x=ROWS, y=TARGETS, y_pred=model(ROWS)
    )
    return [float(loss), len(trainable), len(others), len(metrics)]


def loss_as_a_function(keras: Any) -> Any:
    return _evaluated(_model(keras, "functional"), loss=lambda y_true, y_pred: keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1))


def loss_as_a_function_that_returns_a_scalar(keras: Any) -> Any:
    return _evaluated(_model(keras, "functional"), loss=lambda y, p: keras.ops.mean(keras.ops.abs(y - p)))


def loss_as_an_object_with_call(keras: Any) -> Any:
    class Mine:
        def __call__(self, y_true: Any, y_pred: Any) -> Any:
            return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    return _evaluated(_model(keras, "functional"), loss=Mine())


def loss_as_a_bound_method(keras: Any) -> Any:
    class Mine:
        def loss(self, y_true: Any, y_pred: Any) -> Any:
            return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    return _evaluated(_model(keras, "functional"), loss=Mine().loss)


def loss_as_a_partial_function(keras: Any) -> Any:
    import functools

    def scaled(y_true: Any, y_pred: Any, scale: float) -> Any:
        return scale * keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    return _evaluated(_model(keras, "functional"), loss=functools.partial(scaled, scale=2.0))


def metric_as_a_function(keras: Any) -> Any:
    def double(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1) * 2

    model = _model(keras, "functional")
    model.compile("sgd", "mse", metrics=[double], run_eagerly=True)
    return model.evaluate(ROWS, TARGETS, verbose=0, return_dict=True)


def metric_as_a_lambda(keras: Any) -> Any:
    model = _model(keras, "functional")
    model.compile("sgd", "mse", metrics=[lambda y, p: keras.ops.abs(y - p)], run_eagerly=True)
    return sorted(float(v) for v in model.evaluate(ROWS, TARGETS, verbose=0, return_dict=True).values())


def metric_with_keywords(keras: Any) -> Any:
    class Mine(keras.metrics.Metric):
        def __init__(self, name: str = "mine", **kwargs: Any) -> None:
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.total.assign(self.total + keras.ops.sum(y_true))

        def result(self) -> Any:
            return self.total

        def reset_state(self) -> None:
            self.total.assign(0.0)

    model = _model(keras, "functional")
    model.compile("sgd", "mse", metrics=[Mine()], run_eagerly=True)
    return model.evaluate(ROWS, TARGETS, verbose=0, return_dict=True)


def metrics_property(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(1, kernel_initializer="ones")
            self.tracker = keras.metrics.Mean(name="tracked")

        @property
        def metrics(self) -> Any:
            return [self.tracker]

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def test_step(self, data: Any) -> Any:
            x, y = data
            self.tracker.update_state(keras.ops.mean((y - self(x)) ** 2))
            return {"tracked": self.tracker.result()}

    model = Mine()
    model.compile("sgd", run_eagerly=True)
    return model.evaluate(ROWS, TARGETS, verbose=0, return_dict=True)


def compile_with_a_loss_attribute(keras: Any) -> Any:
    class Mine(keras.Model):
        def compile(self, **kwargs: Any) -> None:
            super().compile(**kwargs)
            self.loss_fn = keras.losses.MeanSquaredError()

        def call(self, x: Any) -> Any:
            return x[:, :1]

        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: Any = None) -> Any:
            return self.loss_fn(y, y_pred)

    model = Mine()
    model.compile(optimizer="sgd", run_eagerly=True)
    return model.evaluate(ROWS, TARGETS, verbose=0, return_dict=True)


def reset_metrics_overridden(keras: Any) -> Any:
    seen = []

    def reset_metrics(self: Any) -> None:
        seen.append("reset")
        keras.Model.reset_metrics(self)

    model = _model(keras, "functional", reset_metrics=reset_metrics)
    _evaluated(model)
    return seen


def get_metrics_result_overridden(keras: Any) -> Any:
    def get_metrics_result(self: Any) -> Any:
        return {**keras.Model.get_metrics_result(self), "own": 3.0}

    return _evaluated(_model(keras, "functional", get_metrics_result=get_metrics_result))


def call_overridden_in_a_functional_model(keras: Any) -> Any:
    class Mine(keras.Model):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(inputs, training=training, mask=mask) + 1

    inputs = keras.Input((3,))
    model = Mine(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    return _evaluated(model)


def _callback_log(keras: Any) -> tuple[Any, list[Any]]:
    seen: list[Any] = []

    def hook(name: str) -> Callable[..., None]:
        def method(self: Any, *args: Any, **kwargs: Any) -> None:
            numbers = [one for one in args if isinstance(one, int)]
            logs = kwargs.get("logs", args[-1] if args and isinstance(args[-1], dict) else None)
            seen.append([name, numbers, sorted(logs) if logs is not None else None, self.model is not None, sorted(kwargs)])

        return method

    names = [
        f"on_{what}_{when}"
        for what in ("test", "predict", "test_batch", "predict_batch", "train", "epoch", "batch", "train_batch")
        for when in ("begin", "end")
    ]
    return type("Mine", (keras.callbacks.Callback,), {name: hook(name) for name in names})(), seen


def callbacks_of_evaluate(keras: Any) -> Any:
    callback, seen = _callback_log(keras)
    model = _model(keras, "functional")
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)
    model.evaluate(ROWS, TARGETS, batch_size=2, verbose=0, callbacks=[callback])
    return [seen, sorted(callback.params), callback.params["steps"], callback.params["verbose"], callback.params["epochs"]]


def callbacks_of_predict(keras: Any) -> Any:
    callback, seen = _callback_log(keras)
    model = _model(keras, "functional")
    model.predict(ROWS, batch_size=2, verbose=0, callbacks=[callback])
    return [seen, sorted(callback.params), callback.params["steps"]]


def callback_list_by_hand(keras: Any) -> Any:
    callback, seen = _callback_log(keras)
    model = _model(keras, "functional")
    callbacks = keras.callbacks.CallbackList([callback], add_history=True, model=model, epochs=3, steps=2, verbose=0)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_train_batch_begin(0)
    callbacks.on_train_batch_end(0, {"loss": 1.0})
    callbacks.on_epoch_end(0, {"loss": 1.0})
    callbacks.on_train_end()
    return [seen, callback.params, model.history.history, len(callbacks.callbacks)]


def callback_without_a_model(keras: Any) -> Any:
    callback = keras.callbacks.Callback()
    return [callback.validation_data, callback.model, callback.params]


def callbacks_as_one_object(keras: Any) -> Any:
    callback, seen = _callback_log(keras)
    model = _model(keras, "functional")
    model.compile("sgd", "mse", run_eagerly=True)
    model.evaluate(ROWS, TARGETS, verbose=0, callbacks=callback)
    return len(seen)


def _all() -> dict[str, Callable[[Any], Any]]:
    plain = {
        name: function
        for name, function in globals().items()
        if callable(function) and getattr(function, "__module__", "") == __name__ and not name.startswith("_")
    }
    names = {"compute_loss": _losses, "compute_metrics": _metrics, "test_step": _steps, "predict_step": _predictions}
    hooked = {
        f"{hook}_{name}_of_a_{base}_model{'_with_weights' if weights else ''}": _hooked(base, hook, table, name, weights)
        for hook, table in names.items()
        for name in table(None)
        for base in BASES
        for weights in ((False, True) if hook in ("compute_loss", "test_step") and base == "functional" else (False,))
    }
    return plain | hooked | keras_answers.programs("tests.training.layer_hook_programs")


PROGRAMS = _all()
