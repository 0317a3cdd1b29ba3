"""Own classes of every public base, written the way Keras's documentation does it, for either library."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def own_classes(library: Any) -> SimpleNamespace:
    """The classes, made again on the bases of a library (glassworks or keras)."""
    ops, layers = library.ops, library.layers

    class MomentumDescent(library.optimizers.Optimizer):
        def __init__(self, learning_rate=0.05, momentum=0.9, name="momentum_descent", **kwargs):
            super().__init__(learning_rate=learning_rate, name=name, **kwargs)
            self.momentum = momentum

        def build(self, variables):
            super().build(variables)
            self.momentums = []
            for variable in variables:
                self.momentums.append(self.add_variable_from_reference(reference_variable=variable, name="momentum"))

        def update_step(self, gradient, variable, learning_rate):
            learning_rate = ops.cast(learning_rate, variable.dtype)
            gradient = ops.cast(gradient, variable.dtype)
            m = self.momentums[self._get_variable_index(variable)]
            momentum = ops.cast(self.momentum, variable.dtype)
            self.assign(m, ops.subtract(ops.multiply(m, momentum), ops.multiply(gradient, learning_rate)))
            self.assign_add(variable, m)

        def get_config(self):
            config = super().get_config()
            config.update({"momentum": self.momentum})
            return config

    class Scaled(layers.Layer):
        def __init__(self, units=4, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape):
            self.w = self.add_weight(
                shape=(input_shape[-1], self.units),
                initializer=Alternating(0.3),
                regularizer=Squares(0.01),
                constraint=Within(0.5),
                name="w",
            )
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")

        def call(self, inputs):
            self.add_loss(0.01 * ops.mean(ops.square(inputs)))
            return ops.matmul(inputs, self.w) + self.b

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    class Cell(layers.Layer):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = self.output_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="identity", name="recurrent")

        def call(self, inputs, states):
            output = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent))
            return output, [output]

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    class Alternating(library.initializers.Initializer):
        def __init__(self, value=0.4):
            self.value = value

        def __call__(self, shape, dtype=None, **kwargs):
            places = ops.reshape(ops.arange(shape[0] * shape[1], dtype=dtype or "float32"), shape)
            return self.value * ops.cos(3.0 * places)

        def get_config(self):
            return {"value": self.value}

    class Squares(library.regularizers.Regularizer):
        def __init__(self, strength=0.1):
            self.strength = strength

        def __call__(self, x):
            return self.strength * ops.sum(ops.square(x))

        def get_config(self):
            return {"strength": self.strength}

    class Within(library.constraints.Constraint):
        def __init__(self, limit=0.2):
            self.limit = limit

        def __call__(self, w):
            return ops.clip(w, -self.limit, self.limit)

        def get_config(self):
            return {"limit": self.limit}

    class FourthPower(library.losses.Loss):
        def __init__(self, factor=0.1, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * ops.mean(ops.power(y_pred - y_true, 4), axis=-1)

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    class Distance(library.metrics.Metric):
        def __init__(self, name="distance", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight(name="total", initializer="zeros")
            self.count = self.add_variable(shape=(), initializer="zeros", name="count")

        def update_state(self, y_true, y_pred, sample_weight=None):
            values = ops.abs(ops.cast(y_true, self.dtype) - ops.cast(y_pred, self.dtype))
            self.total.assign(self.total + ops.sum(values))
            self.count.assign_add(ops.cast(ops.size(y_true), self.dtype))

        def result(self):
            return self.total / self.count

    class Several(library.metrics.Metric):
        """Holds other metrics, and gives a dict."""

        def __init__(self, name="several", **kwargs):
            super().__init__(name=name, **kwargs)
            self.mean = library.metrics.Mean(name="mean")
            self.errors = [library.metrics.MeanSquaredError(), library.metrics.MeanAbsoluteError()]

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.mean.update_state(y_pred)
            for metric in self.errors:
                metric.update_state(y_true, y_pred)

        def result(self):
            return {"mean": self.mean.result(), "square": self.errors[0].result(), "absolute": self.errors[1].result()}

    class Falling(library.optimizers.schedules.LearningRateSchedule):
        def __init__(self, start=0.05):
            self.start = start

        def __call__(self, step):
            return self.start / (ops.cast(step, "float32") + 1)

        def get_config(self):
            return {"start": self.start}

    class Watching(library.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seen = []

        def on_train_begin(self, logs=None):
            self.seen.append(("begin", self.params["epochs"], self.model.count_params()))

        def on_train_batch_end(self, batch, logs=None):
            self.seen.append((batch, sorted(logs)))

        def on_epoch_end(self, epoch, logs=None):
            rate = float(ops.convert_to_numpy(self.model.optimizer.learning_rate))
            self.model.optimizer.learning_rate = rate / 2
            self.seen.append((epoch, round(rate, 6)))

    class Network(library.Model):
        def __init__(self, units=4, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.scaled = Scaled(units)
            self.head = layers.Dense(1, kernel_initializer="ones", dtype="float32")

        def call(self, inputs, training=False):
            return self.head(self.scaled(inputs))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    class Batches(library.utils.PyDataset):
        def __init__(self, x, y, **kwargs):
            super().__init__(**kwargs)
            self.x, self.y = x, y

        def __len__(self):
            return len(self.x) // 8

        def __getitem__(self, index):
            rows = slice(8 * index, 8 * index + 8)
            return self.x[rows], self.y[rows]

    def stretched(x):
        return 1.1 * ops.tanh(x)

    class Half(library.dtype_policies.DTypePolicy):
        pass

    made = {name: found for name, found in locals().items() if isinstance(found, type) or name == "stretched"}
    return SimpleNamespace(**made)
