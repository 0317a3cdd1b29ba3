"""The example of translation, shortened: a language of a dozen words, whose adjectives stand behind their nouns in the other one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import glassworks as keras
from examples import translate_en_fr as example

NOUNS = {"dog": "chien", "cat": "chat", "boy": "garçon", "man": "homme"}
ADJECTIVES = {"big": "grand", "small": "petit", "black": "noir", "old": "vieux"}
VERBS = {"sees": "voit", "likes": "aime", "follows": "suit"}


def language() -> list[example.Pair]:
    pairs = []
    for a, n, v, b, m in itertools.product(ADJECTIVES, NOUNS, VERBS, ADJECTIVES, NOUNS):
        french = f"Le {NOUNS[n]} {ADJECTIVES[a]} {VERBS[v]} le {NOUNS[m]} {ADJECTIVES[b]}."
        pairs.append((f"The {a} {n} {v} the {b} {m}.", french))
    return pairs


def test_sentences_become_words_and_words_sentences() -> None:
    sentence = "Un chien d'Alaska, l'ami de Tom, court (vite) : un demi-tour."
    assert example.words_of(sentence) == "un chien d' Alaska , l' ami de Tom , court ( vite ) : un demi - tour ."
    assert example.sentence_of(example.words_of(sentence).split()) == sentence


def test_a_small_language_is_learnt_and_translated_by_beam_search(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WIDTH": 32, "HEADS": 2, "INNER": 64, "BLOCKS": 1, "DROPOUT": 0.0, "BEAM": 2}.items():
        monkeypatch.setattr(example, name, value)
    keras.utils.set_random_seed(1)
    pairs = language()
    order = np.random.default_rng(0).permutation(len(pairs))
    known, new = [pairs[i] for i in order[:640]], [pairs[i] for i in order[640:672]]
    languages = example.learn_words(known)
    translator = example.make_model(languages)
    example.train(translator, example.Batches(*languages.numbers(known), batch=32), None, epochs=25, verbose=0)
    found = example.translate(translator, languages, [english for english, _ in new], batch=32)
    right = sum(a == b for a, (_, b) in zip(found, new, strict=True))
    assert right >= 28, list(zip(found, new, strict=True))[:5]
