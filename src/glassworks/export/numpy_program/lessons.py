"""The layers of networks in plain NumPy. An exported program contains the source of those that it calls.

The axes of all arrays are (samples, ..., features): (n, features), (n, steps, features) or (n, height, width, channels).
"""

import itertools

import numpy as np


def dense(x, kernel, bias=None):
    """Every output is a weighted sum of all inputs, plus a bias: column j of the kernel has those of output j."""
    y = x @ kernel
    return y if bias is None else y + bias


def project(x, kernel, bias=None, axes=1):
    """A dense layer with several axes: the last ones of x are the inputs, what the kernel has besides the outputs."""
    y = np.tensordot(x, kernel, axes=axes)
    return y if bias is None else y + bias


def embedding(numbers, table):
    """Row i of the table is the vector that stands for the number i, for example for word i of a vocabulary."""
    numbers = numbers.astype("int64")
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(table):
        raise IndexError(f"numbers from {numbers.min()} to {numbers.max()}; the table has rows 0 to {len(table) - 1}")
    return table[numbers]


def relu(x):
    """Positive numbers stay, negative ones become 0."""
    return np.maximum(x, 0)


def sigmoid(x):
    """1 / (1 + exp(-x)): any number becomes one between 0 and 1. It is written so that exp cannot overflow."""
    decay = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, decay) / (1 + decay)


def softplus(x):
    """log(1 + exp(x)), a smooth relu, written so that exp cannot overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softmax(x, axis=-1):
    """exp(x) divided by its sum: positive numbers that add up to 1, such as the probabilities of classes."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))  # the largest is subtracted so that exp cannot overflow
    return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    """The logarithm of softmax."""
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def batch_normalization(x, mean, variance, scale=1, shift=0, epsilon=1e-3):
    """Bring each feature to mean 0 and variance 1, as measured in training; then apply the learned scale and shift."""
    return (x - mean) / np.sqrt(variance + epsilon) * scale + shift


def layer_normalization(x, scale=1, shift=0, epsilon=1e-3):
    """Bring the features of each sample to mean 0 and variance 1; then apply the learned scale and shift."""
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * scale + shift


def windows_of(x, window, strides, dilation, padding, fill=0):
    """Yield, for each position within a window, what all windows see there: the array, sliced once for each position.

    A window slides over all axes but the first (samples) and the last (channels). `padding` says for each of these axes
    how many cells with the number `fill` are added before and after.
    """
    widths = [(max(before, 0), max(after, 0)) for before, after in padding]
    x = np.pad(x, [(0, 0), *widths, (0, 0)], constant_values=fill)
    extents = [(size - 1) * step + 1 for size, step in zip(window, dilation)]
    ends = [size + min(after, 0) for size, (_, after) in zip(x.shape[1:-1], padding)]  # a negative number cuts cells
    counts = [(end - extent) // stride + 1 for end, extent, stride in zip(ends, extents, strides)]
    for position in itertools.product(*map(range, window)):
        starts = [place * step for place, step in zip(position, dilation)]
        cuts = [slice(a, a + (n - 1) * s + 1, s) for a, n, s in zip(starts, counts, strides)]
        yield position, x[(slice(None), *cuts, slice(None))]


def convolution(x, kernel, bias=None, strides=1, dilation=1, padding=None, groups=1):
    """Slide a window over the axes between samples and channels, and apply one dense layer to what the window shows.

    The kernel has the axes (*window, channels, filters). With several groups, each part of the filters sees only its
    part of the channels.
    """
    window = kernel.shape[:-2]
    strides, dilation = [np.broadcast_to(sizes, len(window)).tolist() for sizes in (strides, dilation)]
    parts = np.split(kernel, groups, axis=-1)
    y = 0 if bias is None else bias
    for position, seen in windows_of(x, window, strides, dilation, padding or [(0, 0)] * len(window)):
        products = [piece @ part[position] for piece, part in zip(np.split(seen, groups, axis=-1), parts)]
        y = y + (products[0] if groups == 1 else np.concatenate(products, axis=-1))
    return y


def convolution_transpose(x, kernel, bias=None, *, size, strides=1, dilation=1, padding=None, groups=1):
    """The way back of a convolution: every cell of x adds a window, weighted by the kernel, to the output."""
    window, n = kernel.shape[:-2], len(x)
    strides, dilation = [np.broadcast_to(sizes, len(window)).tolist() for sizes in (strides, dilation)]
    before = [first for first, _ in padding] if padding else [0] * len(window)
    extents = [(k - 1) * step + 1 for k, step in zip(window, dilation)]
    reach = [max((m - 1) * s + e, b + c) for m, s, e, b, c in zip(x.shape[1:-1], strides, extents, before, size)]
    parts = np.split(kernel, groups, axis=-1)
    y = np.zeros((n, *reach, kernel.shape[-2] * groups), x.dtype)
    for position in itertools.product(*map(range, window)):
        products = [piece @ part[position].T for piece, part in zip(np.split(x, groups, axis=-1), parts)]
        starts = [place * step for place, step in zip(position, dilation)]
        cuts = [slice(a, a + (m - 1) * s + 1, s) for a, m, s in zip(starts, x.shape[1:-1], strides)]
        y[(slice(None), *cuts, slice(None))] += np.concatenate(products, axis=-1)
    y = y[(slice(None), *[slice(b, b + c) for b, c in zip(before, size)], slice(None))]
    return y if bias is None else y + bias


def max_pool(x, window, strides, padding=None):
    """The largest number of each window, for each channel."""
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    seen = windows_of(x, window, strides, [1] * len(window), padding or [(0, 0)] * len(window), fill=lowest)
    y = None
    for _, piece in seen:
        y = piece if y is None else np.maximum(y, piece)
    return y


def simple_rnn(x, recurrent_kernel, hidden=None, mask=None, reverse=False):
    """Walk over the steps of a sequence. The state handed on is tanh(input of this step + state before @ kernel).

    `x` has the inputs of all steps, already multiplied by their kernel. Where the mask is False, the state stays.
    """
    states = np.zeros((*x.shape[:2], len(recurrent_kernel)), x.dtype)
    hidden = np.zeros_like(states[:, 0]) if hidden is None else hidden
    steps = range(x.shape[1])
    for t in reversed(steps) if reverse else steps:
        new = np.tanh(x[:, t] + hidden @ recurrent_kernel)
        hidden = new if mask is None else np.where(mask[:, t, None], new, hidden)
        states[:, t] = hidden
    return states


def lstm(x, recurrent_kernel, hidden=None, cell=None, mask=None, reverse=False):
    """Walk over the steps of a sequence with a memory (the cell), which three gates between 0 and 1 control.

    `x` has the inputs of all steps, already multiplied by their kernel. Where the mask is False, the state stays.
    Returns the hidden states and the cells after every step.
    """
    states = np.zeros((2, *x.shape[:2], len(recurrent_kernel)), x.dtype)
    hidden, cell = (np.zeros_like(states[0, :, 0]) if state is None else state for state in (hidden, cell))
    steps = range(x.shape[1])
    for t in reversed(steps) if reverse else steps:
        write, keep, new, show = np.split(x[:, t] + hidden @ recurrent_kernel, 4, axis=-1)
        new_cell = sigmoid(keep) * cell + sigmoid(write) * np.tanh(new)  # forget some, write some
        new_hidden = sigmoid(show) * np.tanh(new_cell)  # show some of the memory
        if mask is not None:
            new_cell, new_hidden = np.where(mask[:, t, None], (new_cell, new_hidden), (cell, hidden))
        cell, hidden = new_cell, new_hidden
        states[:, :, t] = hidden, cell
    return states


def gru(x, recurrent_kernel, recurrent_bias, hidden=None, mask=None, reverse=False):
    """Walk over the steps of a sequence. One gate says how much of the old state stays, one how much of it is seen.

    `x` has the inputs of all steps, already multiplied by their kernel. Where the mask is False, the state stays.
    """
    states = np.zeros((*x.shape[:2], len(recurrent_kernel)), x.dtype)
    hidden = np.zeros_like(states[:, 0]) if hidden is None else hidden
    steps = range(x.shape[1])
    for t in reversed(steps) if reverse else steps:
        keep_x, look_x, new_x = np.split(x[:, t], 3, axis=-1)
        keep_h, look_h, new_h = np.split(hidden @ recurrent_kernel + recurrent_bias, 3, axis=-1)
        keep, look = sigmoid(keep_x + keep_h), sigmoid(look_x + look_h)
        new = keep * hidden + (1 - keep) * np.tanh(new_x + look * new_h)
        hidden = new if mask is None else np.where(mask[:, t, None], new, hidden)
        states[:, t] = hidden
    return states


def attention(query, key, value, mask=None, scale=1.0, causal=False):
    """Each query takes a mean of the values; a value counts the more, the better its key matches the query.

    All have the axes (n, steps, heads, size). If causal, a query sees only the steps up to its own. Where the mask is
    False, a value is not seen.
    """
    query, key, value = (x.swapaxes(1, 2) for x in (query, key, value))  # (n, heads, steps, size)
    shared = query.shape[1] // key.shape[1]  # this many heads of queries share a head of keys and values
    key, value = np.repeat(key, shared, axis=1), np.repeat(value, shared, axis=1)
    scores = query @ key.swapaxes(2, 3) * scale  # (n, heads, queries, keys)
    lowest = np.finfo(scores.dtype).min
    if causal:
        scores = np.where(np.tri(*scores.shape[2:]) > 0, scores, lowest)
    if mask is not None:
        scores = np.where(mask, scores, lowest)
    return (softmax(scores) @ value).swapaxes(1, 2)
