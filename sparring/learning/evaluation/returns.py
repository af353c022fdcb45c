"""What a policy gets: its return in episodes that are the same every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparring.agents.spec import load
from sparring.engine import Game
from sparring.learning.evaluation.duels import player_of
from sparring.learning.probes import Policy
from sparring.learning.probes.returns import episode_returns
from sparring.matches import play_duel


def evaluation_returns(
    game: Game, policy: Policy, episodes: int, seed: int, opponent: str = "random"
) -> NDArray[np.float64]:
    """The policy's own return in each of so many seeded episodes: float64 [episodes].

    In a game for two it meets the agent of spec ``opponent``, and sits in each seat in turn. Raises SparringError for a
    game for more.
    """
    if game.seats == 1:
        return episode_returns(game, policy, episodes, seed)
    player = load(opponent, game, seed=seed)
    try:
        duel = play_duel(game, [player_of(policy), player], ["learner", opponent], episodes, seed)
    finally:
        player.close()
    return np.array([record.scores[record.first_player] for record in duel.records])
