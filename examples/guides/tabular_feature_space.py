"""A table with FeatureSpace: say what each column is, and get numbers that a network can read.

The preprocessing is fitted to the table once. Afterwards it is a layer: the model that is saved and served takes raw
rows, with strings and all.

Run: python examples/guides/tabular_feature_space.py
"""

import numpy as np

import glassworks as keras

FeatureSpace = keras.utils.FeatureSpace


def customers(count, rng):
    """A table of customers, and whether each one stays."""
    plan = rng.choice(["basic", "plus", "family"], count)
    city = rng.choice(["Bern", "Graz", "Lyon", "Oslo", "Turin"], count)
    age = rng.integers(18, 80, count)
    spent = rng.gamma(2.0, 20.0, count).astype("float32")
    calls = rng.integers(0, 6, count)
    # Family plans hold young customers and lose old ones; many calls to the hotline are a bad sign.
    score = np.where(plan == "family", np.where(age < 45, 2.0, -1.5), 0.3) + 0.02 * spent - 0.7 * calls + (city == "Oslo")
    stays = (score + rng.logistic(0, 0.3, count) > 0).astype("float32")
    return {"plan": plan, "city": city, "age": age, "spent": spent, "calls": calls}, stays


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (table, y), (table_test, y_test) = customers(1500, rng), customers(500, rng)
    space = FeatureSpace(
        features={
            "plan": FeatureSpace.string_categorical(num_oov_indices=0),
            "city": "string_categorical",
            "age": FeatureSpace.float_discretized(num_bins=8),
            "spent": "float_normalized",
            "calls": FeatureSpace.integer_categorical(num_oov_indices=0),
        },
        crosses=[FeatureSpace.cross(feature_names=("plan", "age"), crossing_dim=24)],
        output_mode="concat",
    )
    space.adapt(table)
    x, x_test = (np.asarray(space(part)) for part in (table, table_test))
    print("a row:", {name: column[0].item() for name, column in table.items()}, "->", x.shape[1], "numbers")

    model = keras.Sequential(
        [keras.Input(shape=x.shape[1:]), keras.layers.Dense(24, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=12, batch_size=50, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]

    one = {"plan": ["family"], "city": ["Oslo"], "age": [70], "spent": [20.0], "calls": [1]}
    probability = model.predict(np.asarray(space({name: np.array(value) for name, value in one.items()})), verbose=0)[0, 0]
    print(f"{one} stays with a probability of {probability:.2f}")
    print(f"accuracy {accuracy:.3f}; the more common answer alone has {max(y_test.mean(), 1 - y_test.mean()):.3f}")
    return accuracy


if __name__ == "__main__":
    main()
