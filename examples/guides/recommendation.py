"""Recommendations by matrix factorization: a vector for each user and each film, whose product is the rating.

Two embeddings, a dot product, and a bias for users and films. What users have not rated yet is predicted, and the best of
it is recommended.

Run: python examples/guides/recommendation.py
"""

import numpy as np
from sample_data import r_squared

import glassworks as keras

layers = keras.layers
USERS, FILMS, TASTES = 120, 80, 3


def ratings(rng):
    """Users, films and ratings from 1 to 5; two fifths of all pairs have one."""
    users, films = rng.normal(size=(USERS, TASTES)), rng.normal(size=(FILMS, TASTES))
    quality, mood = rng.normal(0, 0.5, FILMS), rng.normal(0, 0.4, USERS)
    all_ratings = 3 + 0.6 * users @ films.T + quality + mood[:, None] + rng.normal(0, 0.2, (USERS, FILMS))
    rated = np.argwhere(rng.random((USERS, FILMS)) < 0.4)
    return rated[:, 0], rated[:, 1], np.clip(all_ratings, 1, 5)[rated[:, 0], rated[:, 1]].astype("float32"), films


class Recommender(keras.Model):
    """The rating of a user for a film: a product of two vectors, and two biases."""

    def __init__(self, size, mean):
        super().__init__()
        penalty = keras.regularizers.L2(2e-5)
        self.user_vectors = layers.Embedding(USERS, size, embeddings_regularizer=penalty, name="users")
        self.film_vectors = layers.Embedding(FILMS, size, embeddings_regularizer=penalty, name="films")
        self.user_bias, self.film_bias = layers.Embedding(USERS, 1), layers.Embedding(FILMS, 1)
        self.mean = float(mean)

    def call(self, inputs):
        user, film = inputs["user"], inputs["film"]
        product = keras.ops.sum(self.user_vectors(user) * self.film_vectors(film), axis=-1, keepdims=True)
        return self.mean + product + self.user_bias(user) + self.film_bias(film)


def main() -> float:
    keras.utils.set_random_seed(0)
    user, film, rating, tastes = ratings(np.random.default_rng(0))
    order = np.random.default_rng(1).permutation(len(rating))
    train, test = order[:-400], order[-400:]
    print(f"{len(rating)} ratings of {USERS} users for {FILMS} films, mean {rating.mean():.2f}")

    model = Recommender(size=6, mean=rating[train].mean())
    model.compile(keras.optimizers.Adam(0.02), loss="mse")
    model.fit({"user": user[train], "film": film[train]}, rating[train, None], epochs=25, batch_size=128, verbose=0)
    predicted = model.predict({"user": user[test], "film": film[test]}, verbose=0)
    score = r_squared(rating[test], predicted)
    print(f"root of the mean squared error {np.sqrt(np.mean((predicted[:, 0] - rating[test]) ** 2)):.2f}; explained variance {score:.3f}")

    someone = 5
    unseen = np.setdiff1d(np.arange(FILMS), film[user == someone])
    stars = model.predict({"user": np.full(len(unseen), someone), "film": unseen}, verbose=0)[:, 0]
    best = np.argsort(-stars)[:3]
    print(f"for user {someone}:", [f"film {unseen[i]} ({stars[i]:.1f})" for i in best])
    vectors = model.get_layer("films").get_weights()[0]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = int(np.argsort(-vectors[0] @ vectors.T)[1])
    cosine = tastes[0] @ tastes[alike] / np.linalg.norm(tastes[0]) / np.linalg.norm(tastes[alike])
    print(f"most like film 0 is film {alike}; their true tastes have a cosine of {cosine:.2f}")
    return score


if __name__ == "__main__":
    main()
