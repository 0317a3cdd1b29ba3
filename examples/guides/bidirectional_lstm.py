"""A bidirectional LSTM that tags words: a name may be known only by the word that follows it.

"may street" is a place and "may said" is a person; both begin alike. A layer that reads from left to right cannot know
at "may" what comes; a bidirectional one reads the sentence from both ends.

Run: python examples/guides/bidirectional_lstm.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers
TAGS = ["other", "person", "place"]


def tagged_sentences(count, rng):
    """Sentences as lists of words, and the tag of each word."""
    names = ["may", "jordan", "chelsea", "austin", "florence", "paris", "sydney", "georgia"]
    after = {"person": ["said", "laughed", "slept", "agreed"], "place": ["street", "station", "airport", "square"]}
    filler = ["the", "old", "bus", "near", "then", "and", "was", "late", "again", "when"]
    sentences, tags = [], []
    for _ in range(count):
        words, labels = [], []
        for _ in range(rng.integers(1, 3)):
            before = rng.choice(filler, rng.integers(1, 4)).tolist()
            tag = rng.choice(TAGS[1:])
            words += [*before, rng.choice(names), rng.choice(after[tag])]
            labels += ["other"] * len(before) + [tag, "other"]
        sentences.append(words)
        tags.append(labels)
    return sentences, tags


def make_model(words, both):
    lstm = layers.LSTM(16, return_sequences=True)
    model = keras.Sequential(
        [
            keras.Input(shape=(None,), dtype="int32"),
            layers.Embedding(words, 16, mask_zero=True),
            layers.Bidirectional(lstm) if both else lstm,
            layers.TimeDistributed(layers.Dense(len(TAGS), activation="softmax")),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    sentences, tags = tagged_sentences(800, rng)
    vocabulary = sorted({word for sentence in sentences for word in sentence})
    number = {word: index + 1 for index, word in enumerate(vocabulary)}  # 0 is the padding
    x = keras.utils.pad_sequences([[number[word] for word in sentence] for sentence in sentences], padding="post")
    y = keras.utils.pad_sequences([[TAGS.index(tag) for tag in labels] for labels in tags], padding="post")
    named = (y > 0).astype("float32")  # the score counts names only: "other" is easy
    scores = {}
    for both in (False, True):
        model = make_model(len(vocabulary) + 1, both)
        model.fit(x[:600], y[:600], epochs=5, batch_size=40, verbose=0)
        answers = model.predict(x[600:], verbose=0).argmax(axis=-1)
        scores[both] = float(np.sum((answers == y[600:]) * named[600:]) / named[600:].sum())
        print("both directions:" if both else "left to right:  ", f"{scores[both]:.3f} of the names are tagged right")
    for word, tag in zip(sentences[-1], answers[-1], strict=False):
        print(f"  {word:10} {TAGS[tag]}")
    return scores[True]


if __name__ == "__main__":
    main()
