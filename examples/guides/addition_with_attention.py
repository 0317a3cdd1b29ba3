"""Sequence to sequence with attention: learn to add from examples such as "17+5" -> "22".

The encoder reads the question into one vector per character. The decoder writes the answer digit by digit, from the last
one to the first as on paper, and at each step attends to the characters that matter. In training it sees the right digits
so far (teacher forcing); afterwards it reads what it wrote itself.

Run: python examples/guides/addition_with_attention.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers
CHARACTERS = "0123456789+ ="
QUESTION, ANSWER = 5, 3


def encode(texts):
    return np.array([[CHARACTERS.index(c) for c in text] for text in texts], "int32")


def problems(pairs):
    """Questions, what the decoder reads, and what it must write (the sum backwards)."""
    questions = [f"{a}+{b}".ljust(QUESTION) for a, b in pairs]
    answers = [str(a + b)[::-1].ljust(ANSWER) for a, b in pairs]
    return encode(questions), encode(["=" + answer[:-1] for answer in answers]), encode(answers)


def make_model(units=64):
    question = keras.Input(shape=(QUESTION,), dtype="int32")
    written = keras.Input(shape=(None,), dtype="int32")
    embedding = layers.Embedding(len(CHARACTERS), 16)
    places = layers.Embedding(QUESTION, 16)(keras.ops.arange(QUESTION))
    encoded, state = layers.GRU(units, return_sequences=True, return_state=True)(embedding(question) + places)
    decoded = layers.GRU(units, return_sequences=True)(embedding(written), initial_state=state)
    context = layers.Attention()([decoded, encoded])
    hidden = layers.Dense(units, activation="relu")(layers.concatenate([decoded, context]))
    return keras.Model([question, written], layers.Dense(len(CHARACTERS), activation="softmax")(hidden))


def answer(model, questions):
    """Write all answers, a digit per step."""
    written = np.full((len(questions), 1), CHARACTERS.index("="), "int32")
    for _ in range(ANSWER):
        following = model.predict([questions, written], batch_size=512, verbose=0)[:, -1].argmax(axis=-1)
        written = np.concatenate([written, following[:, None].astype("int32")], axis=1)
    return written[:, 1:]


def main() -> float:
    keras.utils.set_random_seed(0)
    pairs = np.random.default_rng(0).permutation([(a, b) for a in range(40) for b in range(40)])
    train, test = pairs[:1300], pairs[1300:]
    question, written, target = problems(train)
    model = make_model()
    model.compile(keras.optimizers.Adam(0.006), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit([question, written], target, epochs=22, batch_size=32, verbose=0)
    print("accuracy of digits by epoch:", np.round(history.history["accuracy"][::3], 2))
    question, _, target = problems(test)
    answers = answer(model, question)
    right = (answers == target).all(axis=1)
    for (a, b), digits in list(zip(test, answers, strict=True))[:5]:
        print(f"  {a} + {b} = {''.join(CHARACTERS[code] for code in digits)[::-1].strip()}")
    print(f"{np.mean(right):.1%} of {len(test)} sums that it has not seen are right in every digit")
    return float(np.mean(right))


if __name__ == "__main__":
    main()
