"""Training as a user starts it, `sparring train`, and the model that it published."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents import Player, load
from sparring.agents.network import OnnxNetwork, model_folder
from sparring.agents.table import FILE, read_table
from sparring.engine import Game, load_game
from sparring.errors import SparringError
from sparring.learning.probes import ProbeResult, probe_for
from sparring.matches import Duel, play_duel

LAST_WORDS = 300
"""How much of what a failed command said is told."""
CURVE = 30
"""Points of a curve that are kept."""
CURVES = ("probe/", "against/scripted:")
"""How the names of metrics begin that make a curve, the best first."""


class NoModel(SparringError):
    """The training ended without a model; the message is what the command said last."""


@dataclass(frozen=True)
class Trained:
    """A published model, ``model:GAME/NAME@1``, and the numbers that its run measured at its end."""

    game: Game
    spec: str
    metrics: dict[str, float]
    curve: list[list[float]]
    """What the run's probe showed, or its duels with scripts where there is none: minutes and value, thinned out."""

    def player(self, seed: int = 0) -> Player:
        return load(self.spec, self.game, seed=seed)

    def probabilities(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The mixed policy that the model's logits stand for, float64 [B, A]."""
        folder, _ = model_folder(self.spec.partition(":")[2], self.game)
        file = folder / "model.onnx"
        network = OnnxNetwork(file, self.game) if file.is_file() else read_table(folder / FILE, self.game)
        logits = np.where(masks, network.logits(observations).astype(np.float64), -np.inf)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
        return chances

    def probed(self) -> ProbeResult:
        """What the game's probe says of the model."""
        probe = probe_for(self.game)
        if probe is None:
            raise SparringError(f"There is no probe for {self.game!r}.")
        return probe.measure(self.best, self.probabilities, thorough=True)

    def best(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The most likely action in each row, int64 [B]."""
        best: NDArray[np.int64] = self.probabilities(observations, masks).argmax(axis=1)
        return best


def train(
    name: str, seed: int, minutes: float, preset: str = "", settings: Mapping[str, object] | None = None
) -> Trained:
    """Run `sparring train` on the game ``name``, with ``settings`` as --set. Raises NoModel."""
    settings = settings or {}
    runs = Path(os.environ["SPARRING_HOME"]) / "runs"
    run = f"proof-{sum(1 for _ in runs.glob('*')) + 1}"
    words = ["train", name, "--minutes", str(minutes), "--seed", str(seed), "--name", run]
    words += ["--preset", preset] if preset else []
    words += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    print("sparring " + " ".join(words), file=sys.stderr, flush=True)
    command = [Path(sys.executable).parent / "sparring", *words]
    done = subprocess.run(command, check=False, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"the command ended with {done.returncode}"
        raise NoModel(said[-LAST_WORDS:])
    result = json.loads((runs / run / "result.json").read_text())
    game = load_game(name, {key: value for key, value in settings.items() if key in load_game(name).options})
    return Trained(game, f"model:{result['model']}", result["metrics"], read_curve(runs / run / "metrics.jsonl"))


def read_curve(file: Path) -> list[list[float]]:
    """The main number of the run's probe over its minutes: the first metric whose name begins with ``probe/``.

    Games without a probe: the share of the points against a script.
    """
    points = []
    for line in file.read_text().splitlines():
        metrics = json.loads(line)
        told = (metrics[name] for start in CURVES for name in metrics if name.startswith(start))
        value = next(told, None)
        if value is not None:
            points.append([round(metrics["seconds"] / 60, 2), round(value, 4)])
    step = max(1, -(-len(points) // CURVE))
    return points[::-step][::-1]


def share_of_points(game: Game, spec: str, opponent: str, matches: int, seed: int) -> float:
    """The share of the points, 0 to 1, that ``spec`` takes from ``opponent`` in so many matches, half in each seat."""
    return float(duel(game, spec, opponent, matches, seed).tally().points[0]) / (2 * matches)


def duel(game: Game, spec: str, opponent: str, matches: int, seed: int) -> Duel:
    """The matches between two agents, "ours" and "theirs"."""
    players = [load(spec, game, seed=seed), load(opponent, game, seed=seed)]
    try:
        return play_duel(game, players, ["ours", "theirs"], matches, seed)
    finally:
        for player in players:
            player.close()
