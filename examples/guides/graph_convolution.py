"""Graph convolution: the topic of a paper from its own words and from the papers it is linked with.

Each layer replaces the vector of a node by a mean over the node and its neighbours, then multiplies by weights (Kipf and
Welling, 2017). The whole graph is one batch; `sample_weight` says which nodes count in training.

Run: python examples/guides/graph_convolution.py
"""

import numpy as np

import glassworks as keras

layers, ops = keras.layers, keras.ops
NODES, TOPICS, WORDS = 180, 3, 12


def papers(rng):
    """Words of each paper, links between papers (mostly within a topic), and topics."""
    topic = rng.integers(TOPICS, size=NODES)
    probability = np.where(topic[:, None] == topic[None, :], 0.08, 0.008)
    links = np.triu(rng.random((NODES, NODES)) < probability, 1)
    links = (links | links.T).astype("float32")
    words = (rng.random((NODES, WORDS)) < 0.2 + 0.25 * (np.arange(WORDS) % TOPICS == topic[:, None])).astype("float32")
    return words, links, topic


def normalized(links):
    """`D^-1/2 (A + I) D^-1/2`: links with the node itself, scaled by the number of links of both ends."""
    links = links + np.eye(len(links), dtype="float32")
    scale = 1 / np.sqrt(links.sum(axis=1))
    return links * scale[:, None] * scale[None, :]


class GraphConvolution(layers.Layer):
    """Mixes the vectors of linked nodes."""

    def __init__(self, units, links, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.links = ops.convert_to_tensor(links)
        self.dense = layers.Dense(units, use_bias=False)
        self.activation = keras.activations.get(activation)

    def call(self, inputs):
        return self.activation(ops.matmul(self.links, self.dense(inputs)))


def accuracy_with(links, words, topic, known):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([GraphConvolution(16, links, "relu"), layers.Dropout(0.3), GraphConvolution(TOPICS, links, "softmax")])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    weight = known.astype("float32")
    model.fit(words, topic, sample_weight=weight, epochs=80, batch_size=NODES, shuffle=False, verbose=0)
    answers = model.predict(words, batch_size=NODES, verbose=0).argmax(axis=1)
    return float(np.mean(answers[~known] == topic[~known]))


def main() -> float:
    rng = np.random.default_rng(0)
    words, links, topic = papers(rng)
    known = np.zeros(NODES, bool)
    known[rng.permutation(NODES)[:30]] = True
    print(f"{NODES} papers, {int(links.sum()) // 2} links, {known.sum()} of the papers have a known topic")
    alone = accuracy_with(np.eye(NODES, dtype="float32"), words, topic, known)
    linked = accuracy_with(normalized(links), words, topic, known)
    common = max(np.mean(topic[~known] == t) for t in range(TOPICS))
    print(f"topics of the other papers: {alone:.3f} right from words alone, {linked:.3f} with links")
    print(f"the most common topic is that of {common:.3f} of them")
    return linked


if __name__ == "__main__":
    main()
