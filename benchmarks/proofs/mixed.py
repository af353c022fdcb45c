"""Games in which good play mixes: how much a policy can be exploited, worked out exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from proofs.presets import PRESETS
from proofs.training import Trained, train
from sparring.agents.exact.exploitability import exploitability

ONE_ROUND: dict[str, object] = {"repetitions": 1, "recall": 1}
SIDE = 3
"""Actions of each seat in a random matrix game."""


def poker(seed: int, minutes: float, game: str, algorithm: str, most: float) -> dict[str, Any]:
    """The exploitability of the published model; what the run's probe said of other iterates stands beside it."""
    trained = train(game, seed, minutes, PRESETS[f"{game}_{algorithm}"])
    found = exploitability(trained.game, trained.probabilities)
    return {"exploitability": found, "of_the_run": of_the_run(trained), "curve": trained.curve, "met": found < most}


def of_the_run(trained: Trained) -> str:
    """What the run itself measured, for people: last iterate and average where the algorithm has both."""
    told = {name: value for name, value in trained.metrics.items() if name.startswith("probe/")}
    return ", ".join(f"{name.removeprefix('probe/')} {value:.4g}" for name, value in told.items()) or "no probe"


def rock_paper_scissors(seed: int, minutes: float) -> dict[str, Any]:
    return within_nash(train("rock_paper_scissors", seed, minutes, PRESETS["rock_paper_scissors"]))


def matrix_game(seed: int, minutes: float) -> dict[str, Any]:
    """A zero-sum game whose payoffs the seed draws from -1 to 1."""
    table = {"table": random_table(seed)}
    return table | within_nash(train("matrix_game", seed, minutes, PRESETS["matrix_game"], {**table, **ONE_ROUND}))


def within_nash(trained: Trained) -> dict[str, Any]:
    """What the best opponents win a round, of both seats together, more than they would from an equilibrium."""
    found = trained.probed().value
    return {"nash_distance": found, "of_the_run": of_the_run(trained), "met": found <= 0.02}


def random_table(seed: int) -> str:
    """What the first seat wins, as the game's option ``table`` has it: rows end with a semicolon."""
    payoffs = np.random.default_rng(seed).uniform(-1, 1, (SIDE, SIDE)).round(3)
    return "; ".join(" ".join(str(cell) for cell in row) for row in payoffs.tolist())
