"""Programs whose classes inherit from models or layers and from other classes; each says what was called and what the objects are."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from tests import keras_answers

T = TypeVar("T")
ROWS = np.ones((2, 3), "float32")


def layer_after_model(keras: Any) -> Any:
    class Scale(keras.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(2, kernel_initializer="ones")

        def call(self, x: Any) -> Any:
            return self.dense(x)

    class M(keras.Model, Scale):
        def __init__(self) -> None:
            super().__init__()

        def call(self, x: Any) -> Any:
            return keras.ops.sum(x, axis=-1)

    model = M()
    return [hasattr(model, "dense"), np.asarray(model(ROWS))]


def layer_after_model_that_calls_it(keras: Any) -> Any:
    class Scale(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(units, kernel_initializer="ones")

        def call(self, x: Any) -> Any:
            return self.dense(x)

    class M(keras.Model, Scale):
        def __init__(self) -> None:
            Scale.__init__(self, 4)

    model = M()
    return [model.dense.units, len(model.layers)]


def layer_before_model(keras: Any) -> Any:
    class Scale(keras.layers.Layer):
        def __init__(self, units: int = 2, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(units, kernel_initializer="ones")

        def call(self, x: Any) -> Any:
            return self.dense(x)

    class M(Scale, keras.Model):
        pass

    model = M(3)
    return [np.asarray(model(ROWS)), model.built, len(model.weights), len(model.layers), np.asarray(model.predict(ROWS, verbose=0))]


def dense_after_model(keras: Any) -> Any:
    class M(keras.Model, keras.layers.Dense):
        def __init__(self) -> None:
            super().__init__(name="m")

    model = M()
    return [model.name, hasattr(model, "units")]


def dense_before_model(keras: Any) -> Any:
    class M(keras.layers.Dense, keras.Model):
        pass

    model = M(2, kernel_initializer="ones")
    return [np.asarray(model(ROWS)), len(model.weights), np.asarray(model.predict(ROWS, verbose=0))]


def _mixin(log: list[str], cooperative: bool, takes_kwargs: bool = True) -> type:
    if cooperative and takes_kwargs:

        class Mixin:
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                log.append("mixin")
                super().__init__(*args, **kwargs)
                self.marked = 1

            def double(self) -> int:
                return 2
    elif cooperative:

        class Mixin:  # type: ignore[no-redef]
            def __init__(self) -> None:
                log.append("mixin")
                super().__init__()
                self.marked = 1

            def double(self) -> int:
                return 2
    else:

        class Mixin:  # type: ignore[no-redef]
            def __init__(self) -> None:
                log.append("mixin")
                self.marked = 1

            def double(self) -> int:
                return 2

    return Mixin


def _with_mixin(keras: Any, base: str, before: bool, cooperative: bool, takes_kwargs: bool, how: str) -> Any:
    log: list[str] = []
    mixin = _mixin(log, cooperative, takes_kwargs)
    kind = {"model": keras.Model, "layer": keras.layers.Layer, "sequential": keras.Sequential, "metric": keras.metrics.Metric}[base]
    bases = (mixin, kind) if before else (kind, mixin)

    def call(self: Any, x: Any) -> Any:
        return x * self.double()

    def super_only(self: Any) -> None:
        log.append("own")
        super(cls, self).__init__()

    def with_name(self: Any) -> None:
        super(cls, self).__init__(name="own_name")

    def both(self: Any) -> None:
        kind.__init__(self, name="own_name")
        mixin.__init__(self)

    def both_reversed(self: Any) -> None:
        mixin.__init__(self)
        kind.__init__(self, name="own_name")

    own = {"none": None, "super": super_only, "name": with_name, "both": both, "both_reversed": both_reversed}[how]
    body: dict[str, Any] = {} if own is None else {"__init__": own}
    if base in ("model", "layer"):
        body["call"] = call
    if base == "metric":
        body |= {"update_state": lambda self, *args, **kwargs: None, "result": lambda self: 1.0}
    cls = type("Mixed", bases, body)
    mixed = cls()
    named = mixed.name
    if base == "metric":
        return [log, named, hasattr(mixed, "marked"), mixed.double()]
    if base == "sequential":
        mixed.add(keras.layers.Dense(2, kernel_initializer="ones"))
    return [log, named, hasattr(mixed, "marked"), mixed.double(), np.asarray(mixed(ROWS)), mixed.built]


def two_layers(keras: Any) -> Any:
    class A(keras.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.a = 1

    class B(keras.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.b = 2

        def call(self, x: Any) -> Any:
            return x * self.b

    class Both(A, B):
        pass

    class Other(B, A):
        pass

    return [[hasattr(one, name) for name in "ab"] for one in (Both(), Other())] + [np.asarray(Other()(ROWS))]


def two_library_layers(keras: Any) -> Any:
    class Both(keras.layers.Dense, keras.layers.Dropout):
        def __init__(self) -> None:
            keras.layers.Dense.__init__(self, 2, kernel_initializer="ones")

    return np.asarray(Both()(ROWS))


def two_models(keras: Any) -> Any:
    class A(keras.Model):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.a = 1

    class B(keras.Model):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.b = 2

        def call(self, x: Any) -> Any:
            return x * 2

    class Both(A, B):
        pass

    model = Both(name="both")
    return [hasattr(model, "a"), hasattr(model, "b"), model.name, np.asarray(model(ROWS))]


def model_and_sequential(keras: Any) -> Any:
    class A(keras.Model):
        def extra(self) -> int:
            return 1

    class Both(A, keras.Sequential):
        pass

    model = Both()
    return [model.extra(), type(model).__mro__[2].__name__]


def diamond(keras: Any) -> Any:
    log: list[str] = []

    class Root(keras.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            log.append("root")
            super().__init__(**kwargs)

    class Left(Root):
        def __init__(self, left: int = 1, **kwargs: Any) -> None:
            log.append("left")
            super().__init__(**kwargs)
            self.left = left

    class Right(Root):
        def __init__(self, right: int = 1, **kwargs: Any) -> None:
            log.append("right")
            super().__init__(**kwargs)
            self.right = right

        def call(self, x: Any) -> Any:
            return x + self.right

    class Bottom(Left, Right):
        pass

    layer = Bottom(left=3, right=4, name="bottom")
    return [log, layer.left, layer.right, layer.name, np.asarray(layer(ROWS))]


def missing_super(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            self.n = 1

        def call(self, x: Any) -> Any:
            return x

    return np.asarray(Mine()(ROWS))


def missing_super_of_a_layer(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __init__(self) -> None:
            self.n = 1

        def call(self, x: Any) -> Any:
            return x

    return np.asarray(Mine()(ROWS))


def plain_attributes_before_super(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __init__(self) -> None:
            self.n = 3
            self.sizes = [1, 2]
            super().__init__()

        def call(self, x: Any) -> Any:
            return x * self.n

    return np.asarray(Mine()(ROWS))


def sublayers_before_super(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            self.dense = keras.layers.Dense(2, kernel_initializer="ones")
            super().__init__()

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Mine()
    return [np.asarray(model(ROWS)), len(model.layers), len(model.weights)]


def init_called_twice(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="first")
            super().__init__(name="second")

        def call(self, x: Any) -> Any:
            return x

    return Mine().name


def unknown_argument_of_a_model(keras: Any) -> Any:
    class Mine(keras.Model):
        pass

    return Mine(units=3).name


def positional_argument_of_a_model(keras: Any) -> Any:
    class Mine(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    return Mine("name").name


def callback_with_mixin(keras: Any) -> Any:
    class Mixin:
        def __init__(self) -> None:
            self.n = 1

    class Mine(keras.callbacks.Callback, Mixin):
        def __init__(self) -> None:
            super().__init__()

    class Other(Mixin, keras.callbacks.Callback):
        pass

    return [hasattr(Mine(), "n"), hasattr(Other(), "n")]


def loss_with_mixin(keras: Any) -> Any:
    class Mixin:
        def __init__(self) -> None:
            self.n = 1

    class Mine(keras.losses.Loss, Mixin):
        def __init__(self) -> None:
            super().__init__(name="mine")

        def call(self, y_true: Any, y_pred: Any) -> Any:
            return keras.ops.mean(y_pred - y_true, axis=-1)

    return [hasattr(Mine(), "n"), np.asarray(Mine()(ROWS, ROWS + 1))]


def metric_and_layer(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.total = keras.metrics.Mean(name="total")

        def call(self, x: Any) -> Any:
            self.total.update_state(x)
            return x

    layer = Mine()
    layer(ROWS)
    return [len(layer.metrics), float(layer.total.result())]


_OWN = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__module__", "") == __name__ and not name.startswith("_")
}
_MIXED = {
    f"{base}_{'before' if not before else 'after'}_mixin_{'cooperative' if cooperative else 'ends'}_{'kwargs' if takes else 'plain'}_{how}": (
        base,
        before,
        cooperative,
        takes,
        how,
    )
    for base in ("model", "layer", "sequential", "metric")
    for before in (True, False)
    for cooperative, takes in ((True, True), (True, False), (False, False))
    for how in ("none", "super", "name", "both", "both_reversed")
}


def _program(case: tuple[Any, ...]) -> Any:
    return lambda keras: _with_mixin(keras, *case)


PROGRAMS = {
    **_OWN,
    **{name: _program(case) for name, case in _MIXED.items()},
    **keras_answers.programs("tests.models.functional_subclass_programs"),
    **keras_answers.programs("tests.models.python_class_programs"),
}
