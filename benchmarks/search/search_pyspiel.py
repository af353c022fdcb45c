"""Simulations a second of OpenSpiel's Python MCTS with its AlphaZero evaluator, position after position.

It asks the network for one position at a time. The dense network is NumPy, which answers one position sooner than any
framework; the residual one (word ``residual``) is PyTorch. The evaluator's cache is emptied before every search.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import numpy as np
import pyspiel
import search_settings as settings
import torch
from contestant import serve
from open_spiel.python.algorithms import mcts
from open_spiel.python.algorithms.alpha_zero.evaluator import AlphaZeroEvaluator
from torch.nn import functional


class Model:
    """What the evaluator asks."""

    def __init__(self, answer):
        self.answer = answer

    def inference(self, observation, mask):
        """Observation [3 planes, flat]: empty cells, then the stones of both. Value, and probabilities [A]."""
        logits, value = self.answer(observation.reshape(3, -1)[1:].astype(np.float32))
        weights = np.exp(logits - logits.max()) * mask
        return value, weights / weights.sum()


def dense_network():
    *body, (policy, policy_bias), (value, value_bias) = settings.dense_weights()

    def answer(planes):
        x = planes.reshape(1, -1)
        for weight, bias in body:
            x = np.maximum(x @ weight + bias, 0.0)
        return (x @ policy + policy_bias)[0], float((x @ value + value_bias)[0, 0])

    return answer


def residual_network():
    torch.set_num_threads(1)
    weights = [tuple(map(torch.from_numpy, each)) for each in settings.residual_weights()]
    first, *blocks, summary = weights[: 2 * settings.BLOCKS + 2]
    (hidden, hidden_bias), (policy, policy_bias), (value, value_bias) = weights[2 * settings.BLOCKS + 2 :]

    def answer(planes):
        with torch.inference_mode():
            x = torch.from_numpy(planes).reshape(1, settings.PLANES, settings.ROWS, settings.COLUMNS)
            x = functional.conv2d(x, *first, padding=1).relu()
            for index in range(settings.BLOCKS):
                inner = functional.conv2d(x, *blocks[2 * index], padding=1).relu()
                x = (x + functional.conv2d(inner, *blocks[2 * index + 1], padding=1)).relu()
            x = functional.conv2d(x, *summary).relu().reshape(1, -1)
            x = torch.addmm(hidden_bias, x, hidden).relu()
            return torch.addmm(policy_bias, x, policy)[0].numpy(), float(torch.addmm(value_bias, x, value))

    return answer


def prepare():
    game = pyspiel.load_game("connect_four")
    evaluator = AlphaZeroEvaluator(game, Model(residual_network() if "residual" in sys.argv else dense_network()))
    bot = mcts.MCTSBot(
        game,
        uct_c=1.25,
        max_simulations=settings.SIMULATIONS,
        evaluator=evaluator,
        solve=False,
        dirichlet_noise=(0.25, 1.0),
        child_selection_fn=mcts.SearchNode.puct_value,
        random_state=np.random.RandomState(1),
    )
    positions = []
    for columns in settings.lines():
        state = game.new_initial_state()
        for column in columns.tolist():
            state.apply_action(column)
        positions.append(state)

    def measure(seconds):
        simulations, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            evaluator._cache.clear()
            bot.mcts_search(positions[simulations // settings.SIMULATIONS % settings.TREES])
            simulations += settings.SIMULATIONS
        return {"value": simulations / elapsed}

    measure(0.5)
    return measure


serve(prepare, ["open-spiel", "torch", "numpy"])
