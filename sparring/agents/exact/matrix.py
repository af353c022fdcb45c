"""Repeated matrix games as tables of payoffs: who sees what after which rounds, and an equilibrium of the round."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.policies import Policy
from sparring.engine import Game
from sparring.errors import SparringError

MOST_HISTORIES = 50_000
"""What the players may remember, for all of it to be walked."""


def is_repeated_matrix(game: Game) -> bool:
    """Whether a game is a table of payoffs played over and over, with few enough histories to walk them all."""
    if game.name not in ("rock_paper_scissors", "matrix_game"):
        return False
    recall, columns = game.observation_shape
    joint_choices = columns - (2 if game.name == "matrix_game" else 1)
    return bool(joint_choices**recall <= MOST_HISTORIES)


class RepeatedMatrix:
    """The table of a game, and its histories. Raises SparringError for a game that is none."""

    def __init__(self, game: Game) -> None:
        if not is_repeated_matrix(game):
            raise SparringError(f"{game!r} is no matrix game with at most {MOST_HISTORIES} histories.")
        self.game = game
        states = game.new_states(np.zeros(1, np.uint64))
        self.rounds, self.recall = int(game.options["repetitions"]), int(game.observation_shape[0])
        self.choices = tuple(int(game.legal(states, np.full(1, seat, np.int8)).sum()) for seat in (0, 1))
        self.joint = np.array([(row, column) for row in range(self.choices[0]) for column in range(self.choices[1])])
        played = states.repeat(len(self.joint)).view(np.recarray)
        self.payoffs = game.play(played, self.joint).T.reshape(2, *self.choices).astype(np.float64)
        """float64 [2, m, n]: what each seat gets in a round."""
        self.views = self._walked()
        """What each seat sees and may do after 0, 1, … rounds, up to as many as it remembers, for every history."""

    def _walked(self) -> list[list[tuple[NDArray[Any], NDArray[np.bool_]]]]:
        game, views = self.game, []
        states = game.new_states(np.zeros(1, np.uint64))
        longest = min(self.recall, self.rounds - 1)
        for played in range(longest + 1):
            seats = [np.full(len(states), seat, np.int8) for seat in (0, 1)]
            views.append([(game.observe(states, seat), game.legal(states, seat)) for seat in seats])
            if played < longest:
                joint = np.tile(self.joint, (len(states), 1))
                states = states.repeat(len(self.joint)).view(np.recarray)
                game.play(states, joint)
        return views

    @property
    def symmetric(self) -> bool:
        """Whether both seats are in the same position."""
        return self.choices[0] == self.choices[1] and bool((self.payoffs[0] == self.payoffs[1].T).all())


class MatrixRegrets:
    """CFR+ of one round (regret matching+, Tammelin, 2014), whose average is played in every round.

    In a zero-sum game the average approaches an equilibrium; in others it need not.

    >>> from sparring.engine import load_game
    >>> learner = MatrixRegrets(load_game("matrix_game", {"table": "2 -1; -1 0.5"}))
    >>> learner.iterate(2000)
    >>> learner.average_chances()[0].round(2).tolist()
    [0.33, 0.67]
    """

    def __init__(self, game: Game) -> None:
        self.matrix = RepeatedMatrix(game)
        self.iterations = 0
        self.regrets = [np.zeros(size) for size in self.matrix.choices]
        self.sums = [np.zeros(size) for size in self.matrix.choices]

    decisions = 2
    """One of each seat."""

    def iterate(self, iterations: int) -> None:
        """So many rounds in thought, in which the seats learn in turn."""
        ours, theirs = self.matrix.payoffs
        for _ in range(iterations):
            self.iterations += 1
            for seat in (0, 1):
                first, second = self.current_chances()
                gain, own = (ours @ second, first) if seat == 0 else (first @ theirs, second)
                self.regrets[seat] = np.maximum(self.regrets[seat] + gain - own @ gain, 0.0)
                self.sums[seat] += self.iterations * own

    def current_chances(self) -> list[NDArray[np.float64]]:
        """What the last iteration does: the probabilities of each seat's choices."""
        return [_in_proportion(regrets) for regrets in self.regrets]

    def average_chances(self) -> list[NDArray[np.float64]]:
        """What approaches an equilibrium."""
        chances = [_in_proportion(sums) for sums in self.sums]
        if not self.matrix.symmetric:
            return chances
        return [(chances[0] + chances[1]) / 2] * 2

    def table(self, chances: list[NDArray[np.float64]]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Observations [N, *shape] of all histories, both seats', distinct, and what is done there: float64 [N, A]."""
        seen: dict[bytes, tuple[NDArray[Any], NDArray[np.float64]]] = {}
        for views in self.matrix.views:
            for (observations, masks), chance in zip(views, chances, strict=True):
                row = np.zeros(masks.shape[1])
                row[: len(chance)] = chance
                for observation in observations:
                    seen.setdefault(observation.tobytes(), (observation, row))
        return np.array([observation for observation, _ in seen.values()]), np.array([row for _, row in seen.values()])

    def policy(self, chances: list[NDArray[np.float64]]) -> Policy:
        """Plays by these probabilities whatever has happened."""
        observations, rows = self.table(chances)
        known = {observation.tobytes(): row for observation, row in zip(observations, rows, strict=True)}
        return lambda asked, _: np.array([known[observation.tobytes()] for observation in asked])


def _in_proportion(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    total = weights.sum()
    shares: NDArray[np.float64] = weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
    return shares
