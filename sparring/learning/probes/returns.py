"""The mean return over seeded episodes: what there is to measure in a game for one seat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Player, Turn
from sparring.engine import Game
from sparring.engine.seeds import spread
from sparring.learning.probes.probe import Policy, Probabilities, ProbeResult
from sparring.learning.probes.yardstick import MEAN_RETURN

EPISODES = 20
THOROUGH_EPISODES = 100
SEED = 7_000_000
"""Far from the seeds that people give to runs."""


class ReturnProbe:
    """Plays the same episodes every time, side by side."""

    yardstick = MEAN_RETURN

    def __init__(self, game: Game) -> None:
        self.game = game
        chance = np.random.default_rng(SEED)
        random_play = episode_returns(game, lambda _, masks: game.random_actions(masks, chance), EPISODES)
        self.baseline = float(random_play.mean())

    def measure(
        self,
        policy: Policy,
        probabilities: Probabilities | None = None,  # noqa: ARG002
        thorough: bool = False,
    ) -> ProbeResult:
        """The mean return of 20 episodes; of 100 where it is ``thorough``."""
        returns = episode_returns(self.game, policy, THOROUGH_EPISODES if thorough else EPISODES)
        mean, deviation = float(returns.mean()), float(returns.std(ddof=1))
        margin = 3 * deviation / len(returns) ** 0.5 + 0.1 * abs(mean - self.baseline)
        details = {"return_deviation": deviation, "least_return": float(returns.min())}
        return ProbeResult(mean, len(returns), details, MEAN_RETURN, margin)


def episode_returns(game: Game, policy: Policy, episodes: int, seed: int = SEED) -> NDArray[np.float64]:
    """The return of each of so many episodes of a game for one seat: float64 [episodes].

    A policy that has a ``player`` (see ``network_learner.ModelPolicy``) plays as that.
    """
    seeds = spread(seed, episodes)
    states: Any = game.new_states(seeds)
    returns = np.zeros(episodes)
    player: Player | None = getattr(policy, "player", None)
    if player is not None:
        player.begin(np.arange(episodes), np.zeros(episodes, np.int8), seeds)
    while len(active := np.flatnonzero(~states["over"])):
        moving = states[active]
        seats = np.zeros(len(active), np.int8)
        seen, masks = game.observe(moving, seats), game.legal(moving, seats)
        if player is None:
            actions = policy(seen, masks)
        else:
            turn = Turn(active, seats, seen, masks, np.zeros(len(active), np.float32), moving.view(np.recarray))
            actions = np.asarray(player.act(turn).actions)
        returns[active] += game.play(moving, actions)[:, 0]
        states[active] = moving
    return returns
