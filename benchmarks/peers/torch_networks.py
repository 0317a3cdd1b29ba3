"""The networks of images, sequences and text in PyTorch, as its users write them, with the fused Adam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.networks import BLOCKS, CHARACTERS, GPT_WIDTH, HEADS, LENGTH, TOKENS, VOCABULARY, WIDTH, Network


def _convolved(inputs: int, filters: int, strides: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, filters, size, strides, size // 2, bias=False), nn.BatchNorm2d(filters))


class _Block(nn.Module):
    def __init__(self, inputs: int, filters: int, strides: int) -> None:
        super().__init__()
        self.first, self.second = _convolved(inputs, filters, strides), _convolved(filters, filters)
        self.short = _convolved(inputs, filters, strides, 1) if strides != 1 else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.short(x) + self.second(torch.relu(self.first(x))))


class _Last(nn.Module):
    """The output of a recurrent module at the last step."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.module(x)[0][:, -1]


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = self.project(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.join(functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, length, width))


class _LanguageModel(nn.Module):
    def __init__(self, length: int, width: int, heads: int, vocabulary: int, blocks: int) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * blocks + 1))
        self.attentions = nn.ModuleList(_Attention(width, heads) for _ in range(blocks))
        self.dense = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)) for _ in range(blocks)
        )
        self.logits = nn.Linear(width, vocabulary)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.tokens(x) + self.positions.weight
        for i, (attention, dense) in enumerate(zip(self.attentions, self.dense, strict=True)):
            x = x + attention(self.norms[2 * i](x))
            x = x + dense(self.norms[2 * i + 1](x))
        return self.logits(self.norms[-1](x))


class _TextConvnet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.classify = nn.Embedding(10_000, 64), nn.Linear(64, 1)
        self.along = nn.Sequential(*(layer for size in (3, 4, 5) for layer in (nn.Conv1d(64, 64, size), nn.ReLU())))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(self.along(self.words(x).transpose(1, 2)).amax(2))


class _Dilated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(16, 64), nn.Linear(64, 1)
        self.along = nn.ModuleList(nn.Conv1d(64, 64, 3, dilation=dilation) for dilation in (1, 2, 4, 8, 16))
        self.join = nn.ModuleList(nn.Conv1d(64, 64, 1) for _ in range(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.enter(x).transpose(1, 2)
        for along, join in zip(self.along, self.join, strict=True):
            x = x + join(torch.relu(along(functional.pad(x, (2 * along.dilation[0], 0)))))
        return self.leave(x.transpose(1, 2))


def _model(name: str) -> tuple[nn.Module, Callable]:
    if name in ("convnet", "predict-image"):
        layers = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
        return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)), functional.cross_entropy
    if name == "resnet":
        blocks = [_Block(32, 32, 1), _Block(32, 64, 2), _Block(64, 64, 1), _Block(64, 128, 2)]
        ends = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)]
        return nn.Sequential(_convolved(3, 32), nn.ReLU(), *blocks, *ends), functional.cross_entropy
    if name == "lstm":
        recurrent = _Last(nn.LSTM(128, 64, batch_first=True))
        return nn.Sequential(nn.Embedding(20_000, 128), recurrent, nn.Linear(64, 1)), functional.binary_cross_entropy_with_logits
    if name == "gru":
        return nn.Sequential(_Last(nn.GRU(16, 128, 2, batch_first=True)), nn.Linear(128, 1)), functional.mse_loss
    if name == "text-convnet":
        return _TextConvnet(), functional.binary_cross_entropy_with_logits
    if name == "dilated":
        return _Dilated(), functional.mse_loss
    if name == "autoencoder":
        dense = [layer for a, b in ((784, 512), (512, 64), (64, 512)) for layer in (nn.Linear(a, b), nn.ReLU())]
        return nn.Sequential(*dense, nn.Linear(512, 784)), functional.binary_cross_entropy_with_logits
    sizes = {"transformer": (LENGTH, WIDTH, HEADS, CHARACTERS, 2), "gpt": (TOKENS, GPT_WIDTH, 6, VOCABULARY, BLOCKS)}
    return _LanguageModel(*sizes[name]), lambda logits, wanted: functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())


def _tensors(name: str, x: np.ndarray, y: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    data = torch.from_numpy(x)
    if x.ndim == 4:  # the layout that PyTorch's convolutions are fastest with
        data = data.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(y)
    return data, labels if y.dtype == np.float32 else labels.long()


def prepare(network: Network, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    """A function that runs one epoch."""
    torch.set_num_threads(2)
    torch.manual_seed(0)
    model, loss_of = _model(network.name)
    if x.ndim == 4:
        model = model.to(memory_format=torch.channels_last)
    data, labels = _tensors(network.name, x, y)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def predict() -> None:
        model.eval()
        with torch.inference_mode():
            for i in range(200):
                torch.softmax(model(data[i : i + 1]), -1)

    def epoch() -> None:
        order = torch.randperm(len(data))
        for i in range(network.steps):
            rows = order[i * network.batch : (i + 1) * network.batch]
            optimizer.zero_grad(set_to_none=True)
            loss_of(model(data[rows]), labels[rows]).backward()
            optimizer.step()

    return epoch if network.batch else predict
