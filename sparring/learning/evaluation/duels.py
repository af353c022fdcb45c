"""How strong a policy is: duels with house agents, and matches between two policies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.house import quick_minimax
from sparring.agents.player import Faults, Player, Reply, Turn
from sparring.agents.scripted import SCRIPTS
from sparring.agents.spec import load
from sparring.engine import Batch, Game
from sparring.learning.learner import Learner
from sparring.learning.probes import Policy, Probabilities
from sparring.matches import play_duel


def player_of(policy: Policy) -> Player:
    """Who plays a policy: its own player, where it takes more than the present to play."""
    own: Player | None = getattr(policy, "player", None)
    return PolicyPlayer(policy) if own is None else own


class PolicyPlayer:
    """A policy that is still in training, as a player of duels."""

    lanes: int | None = None
    needs_states = False

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        return {}

    def act(self, turn: Turn) -> Reply:
        return Reply(self._policy(turn.observations, turn.masks), np.zeros(len(turn)))

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:
        pass

    def close(self) -> None:
        pass


def usual_policy(learner: Learner, seed: int) -> Policy:
    """How a learner's model plays unless told otherwise: its best actions, or draws from its probabilities.

    A policy that has a player of its own is played by that.
    """
    policy = learner.policy()
    if getattr(policy, "player", None) is not None:
        return policy
    probabilities = learner.probabilities() if learner.plays == "mixed" else None
    return policy if probabilities is None else drawn(probabilities, seed)


def drawn(probabilities: Probabilities, seed: int) -> Policy:
    """A policy that draws each action by its probability."""
    chance = np.random.default_rng(seed)

    def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        bounds = probabilities(observations, masks).cumsum(axis=1)
        below = chance.random((len(bounds), 1)) * bounds[:, -1:]
        chosen: NDArray[np.int64] = (bounds > below).argmax(axis=1)
        return chosen

    return choose


def share_of_points(game: Game, policy: Policy, opponent: str, matches: int, seed: int) -> float:
    """Share of the points, 0 to 1, that the policy takes in a duel with the agent of spec ``opponent``."""
    player = load(opponent, game, seed=seed)
    try:
        duel = play_duel(game, [player_of(policy), player], ["learner", opponent], matches, seed)
    finally:
        player.close()
    return duel.tally().points[0] / (2 * matches)


def reference_agents(game: Game) -> list[str]:
    """The agents against which a training run is measured, which answer quickly; none where the learner plays alone."""
    if game.seats != 2:
        return []
    minimax = quick_minimax(game)
    scripted = [f"scripted:{name}" for name in list(SCRIPTS.get(game.name, {}))[-1:]]
    return ["random", *scripted, *([minimax] if minimax else [])]


def paired_points(
    game: Game, first: Policy, second: Policy, pairs: int, seed: int, random_plies: int
) -> NDArray[np.float64]:
    """Points that ``first`` takes of each pair of matches, 0 to 2: float64 [pairs].

    Both matches of a pair begin with the same ``random_plies`` plies of random play, with seats swapped, because two
    policies without chance would play the same two matches again and again. For games with turns.
    """
    openings = _openings(game, pairs, seed, random_plies)
    states = np.concatenate([openings, openings]).view(np.recarray)
    seat_of_first = np.repeat(np.array([0, 1], np.int8), pairs)
    scores = np.zeros((2 * pairs, game.seats))
    while len(active := np.flatnonzero(~states["over"])):
        moving = states[active]
        seats = moving["seat"].copy()
        observations, masks = game.observe(moving, seats), game.legal(moving, seats)
        by_first = seats == seat_of_first[active]
        actions = np.zeros(len(active), np.int64)
        for policy, rows in ((first, by_first), (second, ~by_first)):
            if rows.any():
                actions[rows] = policy(observations[rows], masks[rows])
        scores[active] += game.play(moving, actions)
        states[active] = moving
    rows = np.arange(2 * pairs)
    return _pair_points(scores[rows, seat_of_first] - scores[rows, 1 - seat_of_first])


def _pair_points(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    points = (np.sign(margins) + 1) / 2
    return points[: len(points) // 2] + points[len(points) // 2 :]


def _openings(game: Game, count: int, seed: int, random_plies: int) -> NDArray[Any]:
    """``count`` records after ``random_plies`` plies of random play; matches that ended on the way have begun anew."""
    batch = Batch(game, count, seed)
    for _ in range(random_plies):
        batch.step(batch.random_actions())
    return batch.states.copy()
