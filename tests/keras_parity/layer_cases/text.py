"""Layers that read text or categories: Keras runs them on TensorFlow, so its answers stand in a table."""

CASES: list = []
ELSEWHERE = dict.fromkeys(("StringLookup", "IntegerLookup", "TextVectorization"), "tests/keras_parity/test_text_layers.py")
