"""Several labels per sample: a sigmoid for each label, and scores that suit rare labels.

The messages of a forum are about any number of topics. `MultiHot` counts of words go in; each of six outputs says the
probability of its topic. Accuracy would be misleading, because most labels are 0.

Run: python examples/guides/multi_label.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers
TOPICS = {
    "bikes": "pedal saddle chain wheel brake helmet",
    "cooking": "oven dough spice pan recipe flour",
    "garden": "soil seed weed rose compost lawn",
    "music": "guitar chord drum tune concert choir",
    "travel": "train ticket hotel border luggage map",
    "games": "dice board score card level joystick",
}


def messages(count, rng):
    """Texts of words from their topics and of words that say nothing, and a 0 or 1 for each topic."""
    names = list(TOPICS)
    labels = (rng.random((count, len(names))) < 0.25).astype("float32")
    common = ["the", "a", "with", "and", "my", "is", "for", "good", "new", "old", "big", "small"]
    texts = []
    for row in labels:
        words = list(rng.choice(common, 8))
        for topic in np.flatnonzero(row):
            words += list(rng.choice(TOPICS[names[topic]].split(), 2))
        words += list(rng.choice(" ".join(TOPICS.values()).split(), 1))  # a word from anywhere, as noise
        texts.append(" ".join(rng.permutation(words)))
    return np.array(texts), labels


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    texts, labels = messages(1500, rng)
    vectorize = layers.TextVectorization(output_mode="multi_hot")
    vectorize.adapt(texts)
    x = np.asarray(vectorize(texts))
    model = keras.Sequential(
        [keras.Input(shape=x.shape[1:]), layers.Dense(32, activation="relu"), layers.Dense(len(TOPICS), activation="sigmoid")]
    )
    model.compile(
        keras.optimizers.Adam(0.01),
        loss="binary_crossentropy",
        metrics=[
            keras.metrics.BinaryAccuracy(name="accuracy"),
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
            keras.metrics.AUC(multi_label=True, num_labels=len(TOPICS), name="auc"),
            keras.metrics.F1Score(average="macro", threshold=0.5, name="f1"),
        ],
    )
    model.fit(x[:1200], labels[:1200], epochs=10, batch_size=64, verbose=0)
    scores = model.evaluate(x[1200:], labels[1200:], verbose=0, return_dict=True)
    print({name: round(float(np.mean(value)), 3) for name, value in scores.items()})
    print(f"answering 'no topic' always has an accuracy of {1 - labels[1200:].mean():.3f} and an F1 score of 0")
    for text in ["my guitar and the drum are on the train with a ticket", "the dough and the spice for a good pan"]:
        answers = model.predict(np.asarray(vectorize(np.array([text]))), verbose=0)[0]
        print(f"{text!r}:", [topic for topic, value in zip(TOPICS, answers, strict=True) if value > 0.5])
    return float(np.mean(scores["f1"]))


if __name__ == "__main__":
    main()
