"""Text, character by character: an LSTM predicts the next character, and writes by drawing from its predictions.

The temperature divides the logits before a character is drawn: below 1 the text gets safer, above 1 more adventurous.

Run: python examples/guides/character_generation.py
"""

import numpy as np

import glassworks as keras

STEPS = 16


def corpus(lines, rng):
    """Lines of a nursery rhyme that never ends."""
    who, what, where = ["the cat", "a mouse", "the old dog", "my hen"], ["sat", "slept", "sang", "hid"], ["mat", "hill", "wall", "bed"]
    return "".join(f"{rng.choice(who)} {rng.choice(what)} on the {rng.choice(where)}.\n" for _ in range(lines))


def draw(logits, temperature, rng):
    scaled = logits.astype("float64") / temperature
    probabilities = np.exp(scaled - scaled.max())
    return rng.choice(len(probabilities), p=probabilities / probabilities.sum())


def write(model, start, characters, length, temperature, rng):
    text = start
    for _ in range(length):
        window = np.array([[characters.index(c) for c in text[-STEPS:]]])
        text += characters[draw(np.asarray(model(window))[0, -1], temperature, rng)]
    return text


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    text = corpus(200, rng)
    characters = sorted(set(text))
    codes = np.array([characters.index(c) for c in text])
    windows = np.stack([codes[start : start + STEPS + 1] for start in range(0, len(codes) - STEPS, 3)])
    x, y = windows[:, :-1], windows[:, 1:]
    print(f"{len(text)} characters, {len(characters)} different ones, {len(x)} windows")

    model = keras.Sequential(
        [
            keras.Input(shape=(None,), dtype="int32"),
            keras.layers.Embedding(len(characters), 16),
            keras.layers.LSTM(48, return_sequences=True),
            keras.layers.Dense(len(characters)),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    model.fit(x, y, epochs=7, batch_size=64, verbose=0)

    known = set(text.replace("\n", " ").replace(".", "").split())
    shares = []
    for temperature in (0.3, 1.0):
        written = write(model, "the cat sat on t", characters, 80, temperature, rng)
        words = written[16:].replace("\n", " ").replace(".", "").split()[1:-1]
        shares.append(sum(word in known for word in words) / len(words))
        print(f"--- temperature {temperature}: {shares[-1]:.0%} of the words exist\n{written}")
    return shares[0]


if __name__ == "__main__":
    main()
