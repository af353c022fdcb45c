"""Matches played side by side, seen as rows of decisions: what learners that need nothing more step through.

A *row* is one decision a step: a match in which seats take turns has one row (whoever is to move), a match in which
they act at once has one row for each seat. ``M`` is the number of matches, ``R`` of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sparring.engine import Batch, Game
from sparring.errors import BadOption
from sparring.learning.configuration import TrainConfig
from sparring.learning.networks.normaliser import Normaliser


@dataclass(frozen=True)
class Outcome:
    """What the actions of one step brought to those who chose them."""

    rewards: NDArray[np.float32]
    """float32 [R]: in a game for two half of own minus opponent's, where a lost match is -1; else as the game says."""
    over: NDArray[np.bool_]
    """bool [R]: the match ended with this step."""
    signs: NDArray[np.float32]
    """float32 [R]: 1 when the same seat decides next in this row, -1 when it is the opponent."""


class Decisions:
    """Endless matches: ``observations`` and ``masks`` say what is to be decided, ``play`` goes on from there."""

    def __init__(self, game: Game, matches: int, seed: int) -> None:
        self.game = game
        self.batch = Batch(game, matches, seed)
        self.rows = matches * (game.seats if game.simultaneous else 1)
        self.finished: list[float] = []
        """Of the matches that ended since ``take_returns``: what the first seat got in them."""
        self._returns = np.zeros(matches, np.float32)

    @property
    def observations(self) -> NDArray[Any]:
        """dtype [R, *shape]: what those who decide see. Copied."""
        return self.batch.observations.reshape(self.rows, *self.game.observation_shape).copy()

    @property
    def masks(self) -> NDArray[np.bool_]:
        """bool [R, A]: what they may do. Copied."""
        return self.batch.masks.reshape(self.rows, self.game.num_actions).copy()

    def play(self, actions: NDArray[Any]) -> Outcome:
        """Play ``actions: [R, *action_shape]``; matches that end start anew. Raises IllegalAction."""
        movers = self.batch.seats.copy()
        self.batch.step(actions.reshape(*self.batch.masks.shape[:-1], *self.game.action_shape))
        rewards, over = self._rewards(movers), self.batch.over.copy()
        self._count_returns()
        if self.game.simultaneous:
            return Outcome(rewards, np.repeat(over, self.game.seats), np.ones(self.rows, np.float32))
        return Outcome(rewards, over, np.where(self.batch.seats == movers, 1, -1).astype(np.float32))

    def take_returns(self) -> list[float]:
        """What the first seat got in each match that ended since this was last asked."""
        taken, self.finished = self.finished, []
        return taken

    def _rewards(self, movers: NDArray[np.int8]) -> NDArray[np.float32]:
        rewards = self.batch.rewards.copy()
        if self.game.seats == 2:
            rewards = (rewards - rewards[:, ::-1]) / np.float32(2 * self.game.forfeit)
        return rewards.ravel() if self.game.simultaneous else rewards[np.arange(self.rows), movers]

    def _count_returns(self) -> None:
        self._returns += self.batch.rewards[:, 0]
        over = self.batch.over
        self.finished += self._returns[over].tolist()
        self._returns[over] = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that decides how the matches go on, for a checkpoint."""
        states = np.frombuffer(self.batch.states.tobytes(), np.uint8).reshape(self.batch.size, -1)
        return {"states": states, "returns": self._returns.copy()}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned for the same game and number of matches."""
        batch = self.batch
        batch.states[:] = np.frombuffer(arrays["states"].tobytes(), batch.states.dtype)
        self._returns[:] = arrays["returns"]
        self.game.kernels.look(batch.states, 0, batch.size, batch.observations, batch.masks, batch.seats)


def measure(observations: NDArray[Any], *networks: nn.Module) -> None:
    """Let all that normalises observations in ``networks`` take these, dtype [N, *shape], into account."""
    for network in networks:
        for layer in network.modules():
            if isinstance(layer, Normaliser):
                layer.count(observations)


def require_one_or_two_seats(game: Game) -> None:
    """Raise BadOption for a game of more seats: whose gain would be whose loss there?"""
    if game.seats > 2:
        raise BadOption(f"This algorithm learns games for one or two; {game.title} has {game.seats} seats.")


def require_plain_network(config: TrainConfig, but_for: str = "") -> None:
    """Raise BadOption for what is asked of network or play, and would be ignored by a learner with a plain network."""
    asked = {f"network.{name}": getattr(config.network, name) for name in ("dropout", "memory", "privileged")}
    asked |= {"network.normalise": config.network.normalise and but_for != "normalise"}
    asked |= {"play.frames": len(config.play.past) > 1, "play.noise": config.play.noise}
    rewards = config.rewards
    asked |= {
        "rewards.terms": rewards.terms,
        "rewards.game": rewards.game.constant != 1,
        "rewards.margin": not rewards.margin,
    }
    asked |= {"rewards.novelty": rewards.novelty.constant != 0}
    asked |= {"play.deterministic": config.play.deterministic.constant != 0}
    unknown = [setting for setting, value in asked.items() if value]
    if unknown:
        raise BadOption(f"The algorithm {config.algorithm.name} knows no {unknown[0]}: leave it at its default.")


def require_discrete(game: Game) -> None:
    """Raise BadOption where an action is more than one choice."""
    if game.action_kind != "discrete":
        raise BadOption(f"This algorithm learns games in which an action is one choice; {game.title} has others.")
