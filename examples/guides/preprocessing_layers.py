"""Preprocessing as layers: scale numbers, look up strings, put numbers into bins, hash, and encode categories.

Layers such as Normalization learn from data with `adapt`. Those that read strings run before the model, those that read
numbers can be part of it, so that the saved model takes raw numbers.

Run: python examples/guides/preprocessing_layers.py
"""

import numpy as np
from sample_data import r_squared

import glassworks as keras

layers = keras.layers


def houses(count, rng):
    """A table of houses, and their prices."""
    area, year = rng.gamma(9, 14, count), rng.integers(1900, 2024, count)
    kind, street = rng.choice(["flat", "house", "loft"], count), rng.integers(0, 500, count)
    price = 2.0 * area * np.where(kind == "loft", 1.6, 1.0) + np.where(year < 1950, 120, 0) + np.where(year > 2000, 80, 0)
    table = {"area": area.astype("float32")[:, None], "year": year.astype("float32")[:, None], "kind": kind, "street": street}
    return table, (price + rng.normal(0, 15, count)).astype("float32")


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (table, price), (table_test, price_test) = houses(1500, rng), houses(400, rng)

    scale = layers.Normalization()
    scale.adapt(table["area"])
    bins = layers.Discretization(num_bins=10, epsilon=0.01, output_mode="one_hot")
    bins.adapt(table["year"])
    lookup = layers.StringLookup()
    lookup.adapt(table["kind"])
    hashed = layers.Hashing(num_bins=16)
    print("kinds:", lookup.get_vocabulary(), "->", np.asarray(lookup(["loft", "castle"])), "(0: unknown)")
    print("boundaries of the years:", np.round(np.asarray(bins.bin_boundaries), 0).tolist())
    print("streets 7, 8, 9 in bins:", np.asarray(hashed(np.array([7, 8, 9]))))

    def prepare(table):
        """Strings become numbers here; the rest happens in the model."""
        kind, street = np.asarray(lookup(table["kind"])), np.asarray(hashed(table["street"]))
        return {"area": table["area"], "year": table["year"], "kind": kind, "street": street}

    area, year = keras.Input(shape=(1,), name="area"), keras.Input(shape=(1,), name="year")
    kind, street = keras.Input(shape=(), dtype="int64", name="kind"), keras.Input(shape=(), dtype="int64", name="street")
    one_hot = layers.CategoryEncoding(num_tokens=lookup.vocabulary_size(), output_mode="one_hot")(kind)
    place = layers.Embedding(16, 2)(street)
    scaled = scale(area)
    crossed = layers.multiply([one_hot, layers.Concatenate()([scaled] * lookup.vocabulary_size())])
    hidden = layers.concatenate([scaled, bins(year), one_hot, crossed, place])
    hidden = layers.Dense(24, activation="relu")(hidden)
    # Prices in units that a network likes, and back at the end.
    outputs = layers.Rescaling(price.std(), offset=price.mean())(layers.Dense(1)(hidden))
    model = keras.Model([area, year, kind, street], outputs)
    model.compile(keras.optimizers.Adam(0.01), loss=lambda t, p: keras.ops.mean(keras.ops.square((t - p) / price.std())))
    model.fit(prepare(table), price[:, None], epochs=20, batch_size=50, verbose=0)
    predicted = model.predict(prepare(table_test), verbose=0)
    score = r_squared(price_test, predicted)
    print(f"prices: {price_test[:4].round()} predicted: {predicted[:4, 0].round()}; explained variance {score:.3f}")
    return score


if __name__ == "__main__":
    main()
