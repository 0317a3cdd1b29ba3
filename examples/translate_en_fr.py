"""An encoder-decoder transformer that translates English captions to French.

The encoder reads the English sentence: each word looks at all others (attention) and is rewritten by what it saw. The
decoder writes the French one word by word: each word looks at the words before it and at the English sentence, and
scores all French words for the next place. To translate, a beam search keeps the four best beginnings at every step.

Run: python examples/translate_en_fr.py          (multi30k_en_fr.tsv.gz is in $GLASSWORKS_DATA or here)
     python examples/translate_en_fr.py --help   (where else the data may be, and what can be changed)
The data are lines of: train, val or test; English; French; with tabs between them.
BLEU is computed by sacrebleu where it is installed: pip install sacrebleu
"""

from __future__ import annotations

import gzip
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from command_line import CommandLine, at_least

import glassworks as keras
from glassworks import layers, ops

WIDTH, HEADS, INNER, BLOCKS, DROPOUT = 256, 8, 512, 2, 0.2
BATCH, LENGTHS = 128, (12, 16, 20, 28, 44)  # sentences of about the same length are trained on together
FEW_LENGTHS = (16, 28, 44)  # and for translation: each pair of lengths is planned once
BEAM, LONGER_IS_BETTER = 4, 0.8  # beginnings that are kept; scores are divided by length to this power
START, END = "<start>", "<end>"

Pair = tuple[str, str]


# ---- words


def words_of(sentence: str) -> str:
    """A sentence as words and punctuation with a space between them; its first letter is small unless it is all there is of a name."""
    parts = re.findall(r"\d+|\w+['’]|\w+|[^\w\s]", sentence)
    if (parts and parts[0][1:].islower()) or parts[:1] in (["A"], ["I"]):
        parts[0] = parts[0].lower()
    return " ".join(parts)


def sentence_of(words: list[str]) -> str:
    """The sentence that words make."""
    text = " ".join(words)
    text = re.sub(r"(\w['’]) ", r"\1", text)
    text = re.sub(r" ([.,)])", r"\1", text)
    text = re.sub(r"(\() ", r"\1", text)
    text = re.sub(r"(\w) - (\w)", r"\1-\2", text)
    return text[:1].upper() + text[1:]


def load(path: Path) -> dict[str, list[Pair]]:
    """Pairs of sentences by part: train, val and test."""
    found: dict[str, list[Pair]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            part, english, french = line.rstrip("\n").split("\t")
            found.setdefault(part, []).append((english, french))
    return found


class Languages(NamedTuple):
    """What turns words of each language into numbers: 0 is padding, 1 an unknown word."""

    source: layers.TextVectorization
    target: layers.TextVectorization

    def numbers(self, pairs: list[Pair]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Each sentence as an array of numbers; French ones between start and end."""
        english = np.asarray(self.source([words_of(a) for a, _ in pairs]))
        french = np.asarray(self.target([f"{START} {words_of(b)} {END}" for _, b in pairs]))
        return [row[row > 0] for row in english], [row[row > 0] for row in french]


def learn_words(pairs: list[Pair], most: int = 8000) -> Languages:
    """The most frequent words of both languages."""
    source, target = (layers.TextVectorization(most, standardize=None) for _ in range(2))
    source.adapt([words_of(a) for a, _ in pairs])
    target.adapt([f"{START} {words_of(b)} {END}" for _, b in pairs])
    return Languages(source, target)


class Batches(keras.utils.PyDataset):
    """Pairs of about the same length in batches of one size, so that there are few shapes and little padding."""

    def __init__(self, source: list[np.ndarray], target: list[np.ndarray], batch: int = BATCH, seed: int = 0) -> None:
        super().__init__()
        self.source, self.target = source, target
        self.random = np.random.default_rng(seed)
        longest = np.array([max(len(a), len(b) - 1) for a, b in zip(source, target, strict=True)])
        buckets = [
            (length, np.flatnonzero((longest > shortest) & (longest <= length)))
            for shortest, length in zip((0, *LENGTHS), LENGTHS, strict=False)
        ]
        # Of a few pairs, the fullest bucket makes at least one batch.
        self.batch = min(batch, max(len(rows) for _, rows in buckets))
        self.buckets = [(length, rows) for length, rows in buckets if len(rows) >= self.batch]
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Other batches for the next epoch."""
        self.order = []
        for length, rows in self.buckets:
            shuffled = self.random.permutation(rows)
            full = len(rows) // self.batch * self.batch
            self.order += [(length, part) for part in shuffled[:full].reshape(-1, self.batch)]
        self.random.shuffle(self.order)

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        length, rows = self.order[index]
        target = padded([self.target[row] for row in rows], length + 1)
        return (padded([self.source[row] for row in rows], length), target[:, :-1].copy()), target[:, 1:].copy()


def padded(rows: list[np.ndarray], length: int) -> np.ndarray:
    """Rows of numbers, filled up with zeros."""
    return keras.utils.pad_sequences(rows, maxlen=length, padding="post", truncating="post")


# ---- the network


@keras.saving.register_keras_serializable("examples")
class WordsInPlace(layers.Layer):
    """A vector for each word plus one for its place. Called on vectors with reverse=True, it scores every word."""

    def __init__(self, words: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words
        self.embedding = layers.ReversibleEmbedding(
            words, WIDTH, embeddings_initializer=keras.initializers.RandomNormal(stddev=WIDTH**-0.5)
        )
        self.places = layers.Embedding(max(LENGTHS) + 1, WIDTH, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.1))

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Vectors (batch, words, WIDTH), or scores (..., words known)."""
        if reverse:
            return self.embedding(inputs, reverse=True)
        return self.embedding(inputs) * WIDTH**0.5 + self.places(ops.arange(inputs.shape[1]))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "words": self.words}


@keras.saving.register_keras_serializable("examples")
class Block(layers.Layer):
    """Attention within the sentence, attention to the other sentence (in the decoder), and two dense layers; each adds to what was."""

    def __init__(self, decodes: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decodes = decodes
        self.norms = [layers.LayerNormalization() for _ in range(3 if decodes else 2)]
        self.attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)
        self.other = layers.MultiHeadAttention(HEADS, WIDTH // HEADS) if decodes else None
        self.wide, self.narrow = layers.Dense(INNER, activation="relu"), layers.Dense(WIDTH)
        self.dropout = layers.Dropout(DROPOUT)

    def call(self, x: Any, mask: Any = None, memory: Any = None, memory_mask: Any = None) -> Any:
        """x of the next block; masks are (batch, 1, words): which words there are."""
        y = self.norms[0](x)
        x = x + self.dropout(self.attention(y, y, attention_mask=mask, use_causal_mask=self.decodes))
        if self.other is not None:
            x = x + self.dropout(self.other(self.norms[1](x), memory, attention_mask=memory_mask))
        return x + self.dropout(self.narrow(self.wide(self.norms[-1](x))))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "decodes": self.decodes}


class Translator(NamedTuple):
    """One set of weights in three models: to train, to read a sentence, and to score the next word."""

    training: keras.Model
    reader: keras.Model
    writer: keras.Model


def make_model(languages: Languages) -> Translator:
    """The networks, which share their layers."""
    read = WordsInPlace(languages.source.vocabulary_size(), name="english")
    write = WordsInPlace(languages.target.vocabulary_size(), name="french")
    encoder = [Block(False, name=f"encoder_{i}") for i in range(BLOCKS)]
    decoder = [Block(True, name=f"decoder_{i}") for i in range(BLOCKS)]
    norms, dropout = [layers.LayerNormalization(name=f"{name}_norm") for name in ("encoder", "decoder")], layers.Dropout(DROPOUT)

    def encode(words: Any) -> Any:
        x, there = dropout(read(words)), ops.expand_dims(words != 0, 1)
        for block in encoder:
            x = block(x, there)
        return norms[0](x)

    def decode(words: Any, source: Any, memory: Any) -> Any:
        # Words that are not there stand at the end, where the words before them never look.
        x, there = dropout(write(words)), ops.expand_dims(source != 0, 1)
        for block in decoder:
            x = block(x, None, memory, there)
        return norms[1](x)

    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    memory, place = keras.Input((None, WIDTH)), keras.Input((1,), dtype="int32")
    training = keras.Model((source, target), write(decode(target, source, encode(source)), reverse=True))
    here = ops.take_along_axis(decode(target, source, memory), ops.expand_dims(place, -1), axis=1)[:, 0]
    writer = keras.Model((target, source, memory, place), ops.log_softmax(write(here, reverse=True)))
    return Translator(training, keras.Model(source, encode(source)), writer)


def train(translator: Translator, batches: Batches, validation: Batches | None, epochs: int, verbose: int = 1) -> None:
    """Fit with a learning rate that rises for two epochs (a quarter of a short training), then falls to nothing."""
    steps = epochs * len(batches)
    warm = min(2 * len(batches), steps // 4)
    rate = keras.optimizers.schedules.CosineDecay(1e-5, steps - warm, warmup_target=1e-3, warmup_steps=warm)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    translator.training.compile(keras.optimizers.Adam(rate, beta_2=0.98, clipnorm=1.0), loss)
    translator.training.fit(batches, validation_data=validation, epochs=epochs, verbose=verbose)


# ---- translation


def translate(translator: Translator, languages: Languages, sentences: list[str], batch: int = 64, verbose: int = 0) -> list[str]:
    """French for English, sentence by sentence, by beam search."""
    progress = keras.utils.Progbar(len(sentences), verbose=verbose, unit_name="sentence")
    numbers = [np.asarray(row) for row in languages.numbers([(s, "") for s in sentences])[0]]
    known = languages.target.get_vocabulary()
    found = [""] * len(sentences)
    by_length = np.argsort([len(row) for row in numbers], kind="stable")
    for first in range(0, len(by_length), batch):
        rows = by_length[first : first + batch]
        length = next(size for size in FEW_LENGTHS if size >= min(max(len(numbers[row]) for row in rows), FEW_LENGTHS[-1]))
        # The last batch is filled up, so that there is one shape less to plan for.
        filled = [*rows, *[rows[-1]] * (batch - len(rows))]
        best = search(translator, padded([numbers[row] for row in filled], length), known)
        for row, words in zip(rows, best, strict=False):
            found[row] = sentence_of([known[word] for word in words])
        progress.add(len(rows))
    return found


def search(translator: Translator, source: np.ndarray, known: list[str]) -> list[list[int]]:
    """The best French sentence found for each English one, as numbers without start and end."""
    start, end, most = known.index(START), known.index(END), min(source.shape[1] + 8, FEW_LENGTHS[-1])
    count = len(source)
    memory = np.repeat(translator.reader.predict(source, batch_size=count, verbose=0), BEAM, axis=0)
    sources = np.repeat(source, BEAM, axis=0)
    beams = np.zeros((count * BEAM, most), "int32")
    beams[:, 0] = start
    # All beams of a sentence are alike at first: only the first one counts.
    scores = np.tile(np.array([0.0] + [-np.inf] * (BEAM - 1)), (count, 1))
    ended = np.zeros((count, BEAM), bool)
    for place in range(most - 1):
        width = FEW_LENGTHS[0] if place < FEW_LENGTHS[0] else most
        inputs = (beams[:, :width], sources, memory, np.full((count * BEAM, 1), place, "int32"))
        logs = np.asarray(translator.writer.predict(inputs, batch_size=count * BEAM, verbose=0)).reshape(count, BEAM, -1).copy()
        logs[..., :2] = -np.inf  # padding and unknown words are never written
        logs[ended] = -np.inf
        logs[ended, 0] = 0.0  # a sentence that has ended goes on with nothing, at no cost
        totals = (scores[..., None] + logs).reshape(count, -1)
        kept = np.argpartition(-totals, BEAM, axis=1)[:, :BEAM]
        scores = np.take_along_axis(totals, kept, axis=1)
        parents, words = np.divmod(kept, logs.shape[-1])
        beams = beams.reshape(count, BEAM, most)[np.arange(count)[:, None], parents].reshape(count * BEAM, most)
        beams[:, place + 1] = words.reshape(-1)
        ended = np.take_along_axis(ended, parents, axis=1) | (words == end)
        if ended.all():
            break
    lengths = np.maximum((beams > 0).sum(axis=1).reshape(count, BEAM), 1)
    best = (scores / lengths**LONGER_IS_BETTER).argmax(axis=1)
    chosen = beams.reshape(count, BEAM, most)[np.arange(count), best]
    return [[int(word) for word in row[1:] if word not in (0, end)] for row in chosen]


def bleu(found: list[str], wanted: list[str]) -> float | None:
    """BLEU as sacrebleu has it (0 to 100), or None where it is not installed."""
    try:
        import sacrebleu
    except ImportError:
        return None
    return float(sacrebleu.corpus_bleu(found, [wanted]).score)


def main() -> None:
    """Train, translate the test part, and print what came out."""
    parser = CommandLine(__doc__, "multi30k_en_fr.tsv.gz", "pairs of sentences", epochs=12)
    parser.add_argument("--pairs", type=at_least(1), help="train on the first pairs only; all of them without it")
    options = parser.parse()
    keras.utils.set_random_seed(1)
    parts = load(options.data)
    languages = learn_words(parts["train"][: options.pairs])
    translator = make_model(languages)
    print(f"{translator.training.count_params():,} weights, {len(parts['train'][: options.pairs]):,} pairs", flush=True)
    start = time.perf_counter()
    batches, validation = (Batches(*languages.numbers(parts[part][: options.pairs])) for part in ("train", "val"))
    train(translator, batches, validation, options.epochs)
    print(f"trained in {(time.perf_counter() - start) / 60:.1f} minutes; translating {len(parts['test'])} sentences", flush=True)
    english, french = zip(*parts["test"], strict=True)
    found = translate(translator, languages, list(english), verbose=1)
    for i in range(0, 50, 10):
        print(f"\n  {english[i]}\n  {found[i]}\n  ({french[i]})")
    score = bleu(found, list(french))
    print(f"\nBLEU on the test part: {score:.1f}" if score is not None else "\nFor BLEU: pip install sacrebleu")
    print(f"{(time.perf_counter() - start) / 60:.1f} minutes in all")


if __name__ == "__main__":
    main()
