"""Who sits in the other seats of a view for one learner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game, States

Policy = Callable[[NDArray[Any], NDArray[np.bool_], States], Any]
"""``policy(observations [B, *shape], masks: bool [B, A], states [B]) -> actions [B, *action_shape]``."""


class Opponent(Protocol):
    """Plays all seats but the learner's, one match after the other."""

    def begin(self, seats: list[int], seed: int) -> None:
        """A match starts, in which it has these seats."""

    def act(self, seats: NDArray[np.int8], observations: NDArray[Any], masks: NDArray[np.bool_], states: States) -> Any:
        """Actions [B, *action_shape], one for each of ``seats: int8 [B]``."""

    def end(self, scores: NDArray[np.float32], states: States) -> None:
        """The match is over, or was given up: scores of its seats, and the last position, once for each."""


class PolicyOpponent:
    """A function that answers observations; it remembers nothing."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def begin(self, seats: list[int], seed: int) -> None:
        pass

    def act(self, seats: NDArray[np.int8], observations: NDArray[Any], masks: NDArray[np.bool_], states: States) -> Any:  # noqa: ARG002
        return self._policy(observations, masks, states)

    def end(self, scores: NDArray[np.float32], states: States) -> None:
        pass


class RandomOpponent:
    """Any legal action, each as likely as the other; the seed of the match decides."""

    def __init__(self, game: Game) -> None:
        self._game, self._random = game, np.random.default_rng(0)

    def begin(self, seats: list[int], seed: int) -> None:  # noqa: ARG002
        self._random = np.random.default_rng(seed)

    def act(self, seats: NDArray[np.int8], observations: NDArray[Any], masks: NDArray[np.bool_], states: States) -> Any:  # noqa: ARG002
        return self._game.random_actions(masks, self._random)

    def end(self, scores: NDArray[np.float32], states: States) -> None:
        pass


def opponent_of(game: Game, opponent: Opponent | Policy | None) -> Opponent:
    """What was given as an Opponent: a function is wrapped, None plays at random."""
    if opponent is None:
        return RandomOpponent(game)
    if hasattr(opponent, "act"):
        return opponent  # type: ignore[return-value]
    return PolicyOpponent(opponent)
