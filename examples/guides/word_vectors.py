"""word2vec: vectors of words from the words around them, with skip-grams and negative samples.

The network answers "do these two words stand near each other?", and is thrown away; its embedding stays. Words that are
used alike get vectors of similar direction (Mikolov et al., 2013).

Run: python examples/guides/word_vectors.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers
GROUPS = {
    "animals": ["cat", "dog", "horse", "cow", "sheep"],
    "drinks": ["tea", "coffee", "milk", "juice", "water"],
    "cities": ["rome", "paris", "oslo", "vienna", "berlin"],
}
FRAMES = {
    "animals": ["the {} sleeps in the barn", "feed the {} with hay", "a {} runs over the field"],
    "drinks": ["a cup of hot {} please", "she pours {} into the glass", "drink some {} with sugar"],
    "cities": ["the train to {} leaves at nine", "they live near {} station", "a map of {} and its streets"],
}


def corpus(count, rng):
    names = list(GROUPS)
    groups = [names[i] for i in rng.integers(len(names), size=count)]
    return [rng.choice(FRAMES[group]).format(rng.choice(GROUPS[group])).split() for group in groups]


def skip_grams(sentences, words, window, rng):
    """Pairs (word, neighbour) with 1, and as many pairs with a random word with 0."""
    targets, contexts = [], []
    for sentence in sentences:
        for i, target in enumerate(sentence):
            for context in sentence[max(0, i - window) : i] + sentence[i + 1 : i + 1 + window]:
                targets.append(target)
                contexts.append(context)
    targets, contexts = np.array(targets), np.array(contexts)
    labels = np.repeat([1.0, 0.0], len(targets)).astype("float32")
    order = rng.permutation(len(labels))
    return np.tile(targets, 2)[order], np.concatenate([contexts, rng.integers(words, size=len(contexts))])[order], labels[order]


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    sentences = corpus(400, rng)
    vocabulary = sorted({word for sentence in sentences for word in sentence})
    number = {word: i for i, word in enumerate(vocabulary)}
    coded = [[number[word] for word in sentence] for sentence in sentences]
    targets, contexts, labels = skip_grams(coded, len(vocabulary), 3, rng)
    print(f"{len(vocabulary)} words, {len(labels)} pairs, such as {vocabulary[targets[0]]!r}, {vocabulary[contexts[0]]!r}: {labels[0]:.0f}")

    target, context = keras.Input(shape=(), dtype="int32"), keras.Input(shape=(), dtype="int32")
    vectors = layers.Embedding(len(vocabulary), 12, name="vectors")
    others = layers.Embedding(len(vocabulary), 12, name="contexts")
    model = keras.Model([target, context], layers.Dot(axes=1)([vectors(target), others(context)]))
    model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit([targets, contexts], labels[:, None], epochs=4, batch_size=128, verbose=0)

    table = vectors.get_weights()[0]
    table = table / np.linalg.norm(table, axis=1, keepdims=True)
    nouns = [word for group in GROUPS.values() for word in group]
    group_of = {word: name for name, group in GROUPS.items() for word in group}
    right = []
    for word in nouns:
        likeness = {other: float(table[number[word]] @ table[number[other]]) for other in nouns if other != word}
        nearest = max(likeness, key=likeness.get)
        right.append(group_of[nearest] == group_of[word])
        print(f"  {word:7} is most like {nearest:7} ({likeness[nearest]:.2f})")
    print(f"{np.mean(right):.0%} of the nearest words are of the same kind; by chance {4 / 14:.0%}")
    return float(np.mean(right))


if __name__ == "__main__":
    main()
