"""Connect Four positions labelled by an independent perfect solver (``scripts/label_probe.py`` made the file)."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.exhaustive import ILLEGAL
from sparring.engine import Game
from sparring.errors import SparringError
from sparring.learning.probes.probe import Policy, Probabilities, ProbeResult, preserving, uniform_share
from sparring.learning.probes.yardstick import SHARE

RESULT = {"W": 1, "D": 0, "L": -1, "-": ILLEGAL}
PHASES = {"opening": (0, 12), "middle": (12, 24), "late": (24, 42)}


class ConnectFourProbe:
    """3,000 positions from random play in which the legal moves differ in their result.

    ``observations: int8 [N, 2, 6, 7]``, ``masks: bool [N, 7]``, ``plies: int64 [N]``, and ``values: int8 [N, 7]``: 1, 0
    or -1 for a move that wins, draws or loses under perfect play of both.
    """

    yardstick = SHARE

    def __init__(self, game: Game) -> None:
        document = _document()
        if document["rules_version"] != game.version:
            raise SparringError(
                f"The Connect Four probe is labelled for version {document['rules_version']} of the rules, not "
                f"{game.version}. Label it again: scripts/label_probe.py."
            )
        self.source: str = document["solver"]
        columns = [position[0] for position in document["positions"]]
        self.values = np.array(
            [[RESULT[letter] for letter in position[1]] for position in document["positions"]], np.int8
        )
        self.plies = np.array([len(played) for played in columns])
        self.observations, self.masks = _replayed(game, columns)
        self.baseline = uniform_share(self.values)
        self._right = preserving(self.values)

    def measure(
        self,
        policy: Policy,
        probabilities: Probabilities | None = None,  # noqa: ARG002
        thorough: bool = False,  # noqa: ARG002
    ) -> ProbeResult:
        """Ask the policy in every position; the details tell opening, middle and late positions apart."""
        kept = self._right[np.arange(len(self.plies)), policy(self.observations, self.masks)]
        phases = {
            phase: float(kept[(self.plies >= first) & (self.plies < last)].mean())
            for phase, (first, last) in PHASES.items()
        }
        return ProbeResult(float(kept.mean()), len(kept), phases)


@cache
def _document() -> dict[str, Any]:
    text = resources.files("sparring.learning.probes").joinpath("connect_four.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _replayed(game: Game, columns: list[str]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Play the columns by the game's own rules; what the seat to move sees and may do."""
    states = game.new_states(np.zeros(len(columns), np.uint64))
    plies = np.array([len(played) for played in columns])
    for ply in range(int(plies.max())):
        rows = np.flatnonzero(plies > ply)
        moved = states[rows]
        game.play(moved, np.array([int(columns[row][ply]) for row in rows]))
        states[rows] = moved
    return game.observe(states, states["seat"]), game.legal(states, states["seat"])
