"""TextVectorization: from strings to numbers in three ways, and a model that takes strings.

Bags of words, weighted bags of word pairs (tf-idf) and sequences of word numbers. A "not" turns the word behind it into
its opposite, so that no single word decides.

Run: python examples/guides/text_vectorization.py
"""

import numpy as np
from sample_data import sentences

import glassworks as keras

layers = keras.layers


def dense_network(width):
    return [keras.Input(shape=(width,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")]


def sequence_network(words):
    hidden = [layers.Embedding(words, 16), layers.Conv1D(16, 3, activation="relu"), layers.GlobalMaxPooling1D()]
    return [keras.Input(shape=(20,), dtype="int64"), *hidden, layers.Dense(1, activation="sigmoid")]


def train(vectorize, network, texts, labels):
    x = np.asarray(vectorize(texts))
    model = keras.Sequential(network)
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x[:900], labels[:900], epochs=6, batch_size=50, verbose=0)
    return model, model.evaluate(x[900:], labels[900:], verbose=0)[1]


def main() -> float:
    keras.utils.set_random_seed(0)
    texts, labels = sentences(1200)

    bag = layers.TextVectorization(output_mode="multi_hot")
    pairs = layers.TextVectorization(output_mode="tf_idf", ngrams=2, max_tokens=400)
    sequence = layers.TextVectorization(output_sequence_length=20, standardize="lower_and_strip_punctuation", split="whitespace")
    scores, model = {}, None
    for name, vectorize in (("single words", bag), ("pairs of words, tf-idf", pairs), ("sequences", sequence)):
        vectorize.adapt(texts[:900])
        words = vectorize.vocabulary_size()
        network = sequence_network(words) if vectorize is sequence else dense_network(np.asarray(vectorize(texts[:1])).shape[1])
        model, scores[name] = train(vectorize, network, texts, labels)
        print(f"{name}: vocabulary of {words}, accuracy {scores[name]:.3f}")
    print("the most common words:", sequence.get_vocabulary()[2:8])
    print(repr(str(texts[0])), "->", np.asarray(sequence(texts[:1]))[0, :8])

    for text in ["The film was NOT dull!", "the film was dull", "for me the music was not great"]:
        probability = model.predict(np.asarray(sequence(np.array([text]))), verbose=0)[0, 0]
        print(f"  {text!r}: {probability:.0%} positive")
    return scores["sequences"]


if __name__ == "__main__":
    main()
