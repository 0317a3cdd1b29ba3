"""The functional API: models with several inputs, several outputs, and layers that are used more than once.

Support tickets have a title, a body and the customer's tags. One model reads all three and answers two questions: how
urgent is the ticket, and which department takes it? Title and body share one embedding, because they share a language.

Run: python examples/guides/functional_api.py
"""

import numpy as np

import glassworks as keras

WORDS, TITLE, BODY, TAGS, DEPARTMENTS = 60, 6, 16, 8, 4


def tickets(count, rng):
    """Random tickets; the department follows from words of the title and body, the urgency from tags and the word 7."""
    department = rng.integers(DEPARTMENTS, size=count)
    title, body = rng.integers(20, WORDS, (count, TITLE)), rng.integers(20, WORDS, (count, BODY))
    title[np.arange(count), rng.integers(TITLE, size=count)] = 10 + department
    body[np.arange(count), rng.integers(BODY, size=count)] = 10 + department
    tags = rng.integers(2, size=(count, TAGS)).astype("float32")
    loud = rng.random(count) < 0.5
    body[loud, -1] = 7
    urgency = (0.2 + 0.4 * tags[:, 0] + 0.4 * loud).astype("float32")
    return {"title": title, "body": body, "tags": tags}, {"urgency": urgency[:, None], "department": department}


def make_model():
    title = keras.Input(shape=(TITLE,), dtype="int32", name="title")
    body = keras.Input(shape=(BODY,), dtype="int32", name="body")
    tags = keras.Input(shape=(TAGS,), name="tags")
    embedding = keras.layers.Embedding(WORDS, 16, name="shared_embedding")
    read_title = keras.layers.GlobalAveragePooling1D()(embedding(title))
    read_body = keras.layers.GlobalMaxPooling1D()(embedding(body))
    x = keras.layers.concatenate([read_title, read_body, tags])
    x = keras.layers.Dense(32, activation="relu")(x)
    urgency = keras.layers.Dense(1, activation="sigmoid", name="urgency")(x)
    department = keras.layers.Dense(DEPARTMENTS, name="department")(x)
    return keras.Model(inputs=[title, body, tags], outputs={"urgency": urgency, "department": department}, name="tickets")


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = tickets(2000, rng), tickets(500, rng)
    model = make_model()
    model.summary()
    print("the embedding is used by", [tensor.shape for tensor in (model.input[0], model.input[1])])

    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss={"urgency": "mse", "department": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        loss_weights={"urgency": 1.0, "department": 0.2},
        metrics={"urgency": ["mae"], "department": ["accuracy"]},
    )
    # Inputs and targets are matched by name.
    history = model.fit(x, y, epochs=8, batch_size=64, validation_split=0.1, verbose=0)
    print("logs:", sorted(history.history))
    scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    print({name: round(value, 3) for name, value in scores.items()})
    answers = model.predict({name: column[:3] for name, column in x_test.items()}, verbose=0)
    print("departments:", answers["department"].argmax(axis=1), "urgencies:", answers["urgency"].ravel().round(2))
    return scores["department_accuracy"]


if __name__ == "__main__":
    main()
