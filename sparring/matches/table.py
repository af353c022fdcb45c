"""Tables: matches of any number of players at once, and of one alone. Two have duels; see ``sparring.matches.duel``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sparring.agents.player import Player
from sparring.engine import Game
from sparring.engine.seeds import spread
from sparring.errors import SparringError
from sparring.matches.referee import Pairing, Progress
from sparring.matches.voiding import Played, play_pairs


def play_table(
    game: Game,
    players: Sequence[Player],
    names: Sequence[str],
    matches: int,
    seed: int,
    progress: Progress | None = None,
) -> Played:
    """Play ``matches`` matches between as many players as the game has seats.

    Matches come in rounds of one seed, in which everybody moves on by a seat: after a round each has had every seat
    once. Alone, each match has a seed of its own, the same for whoever is called with the same ``seed``. What the host
    has spoiled is played again (see ``voiding``), a round together. Raises SparringError when there
    is not one player for each seat, or ``matches`` is not positive.
    """
    if len(players) != game.seats or len(names) != game.seats:
        raise SparringError(f"{game.title} has {game.seats} seats; {len(players)} players don't fill them.")
    if matches < 1:
        raise SparringError(f"A table plays at least 1 match, not {matches}.")
    turned = np.arange(matches)[:, None] % game.seats
    seating = (turned + np.arange(game.seats)[None, :]) % game.seats
    seeds = np.repeat(spread(seed, -(-matches // game.seats)), game.seats)[:matches]
    return play_pairs(game, players, names, Pairing(seeds, seating.astype(np.int8), together=game.seats), progress)


def places(scores: Sequence[float]) -> list[float]:
    """Each one's place, from 1; who is equal shares the mean of their places.

    >>> places([3.0, 1.0, 1.0, 0.0])
    [1.0, 2.5, 2.5, 4.0]
    """
    return [
        1.0 + sum(other > own for other in scores) + (sum(other == own for other in scores) - 1) / 2 for own in scores
    ]
