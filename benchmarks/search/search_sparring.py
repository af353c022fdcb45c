"""Simulations a second of Sparring's tree search: all trees at once, the network in ONNX Runtime.

The word ``residual`` takes the residual network, none the dense one; ``alone`` searches one position at a time.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import numpy as np
import search_settings as settings
import torch
from contestant import serve
from torch import nn

from sparring.agents.network_search import PolicyValueNetwork, TreeSearch
from sparring.engine import load_game
from sparring.engine.seeds import random_words
from sparring.learning.networks.residual import ResidualBlock
from sparring.models.onnx_export import onnx_form


class Network(nn.Module):
    """What `onnx_form` takes."""

    def __init__(self, body, policy, value):
        super().__init__()
        self.body, self.policy, self.value = nn.Sequential(*body), policy, value


def dense_network():
    *body, policy, value = [linear(*each) for each in settings.dense_weights()]
    return Network([nn.Flatten(), *[layer for each in body for layer in (each, nn.ReLU())]], policy, value)


def residual_network():
    weights = settings.residual_weights()
    convolutions = [convolution(*each) for each in weights[: 2 * settings.BLOCKS + 2]]
    hidden, policy, value = [linear(*each) for each in weights[2 * settings.BLOCKS + 2 :]]
    blocks = [ResidualBlock(settings.CHANNELS) for _ in range(settings.BLOCKS)]
    for index, block in enumerate(blocks):
        block.first, block.second = convolutions[2 * index + 1 : 2 * index + 3]
    body = [convolutions[0], nn.ReLU(), *blocks, convolutions[-1], nn.ReLU(), nn.Flatten(), hidden, nn.ReLU()]
    return Network(body, policy, value)


def linear(weight, bias):
    layer = nn.Linear(*weight.shape)
    layer.weight.data, layer.bias.data = torch.from_numpy(weight.T.copy()), torch.from_numpy(bias)
    return layer


def convolution(weight, bias):
    after, before, side, _ = weight.shape
    layer = nn.Conv2d(before, after, side, padding=side // 2)
    layer.weight.data, layer.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
    return layer


def prepare():
    game = load_game("connect_four")
    network = PolicyValueNetwork(
        onnx_form(residual_network() if "residual" in sys.argv else dense_network(), game), game
    )
    asked = [0.0]

    def evaluate(observations):
        started = time.perf_counter()
        answers = network(observations)
        asked[0] += time.perf_counter() - started
        return answers

    search = TreeSearch(game, evaluate, value_scale=settings.VALUE_SCALE, proofs=False)  # as the peers search
    positions = game.new_states(np.arange(settings.TREES))
    for columns in settings.lines().T:
        game.play(positions, columns)
    words = random_words(np.arange(settings.TREES))
    step = 1 if "alone" in sys.argv else settings.TREES

    def measure(seconds):
        asked[0], simulations, first = 0.0, 0, 0
        started = time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            rows = slice(first, first + step)
            search(positions[rows].view(np.ndarray), settings.SIMULATIONS, words[rows], noise=1.0)
            simulations += step * settings.SIMULATIONS
            first = (first + step) % settings.TREES
        return {"value": simulations / elapsed, "network_share": asked[0] / elapsed}

    measure(0.5)
    return measure


serve(prepare, ["numba", "numpy", "onnxruntime"])
