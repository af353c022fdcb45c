"""Environments for one learner, named by words: ``make("connect_four", opponent="minimax:depth=2")``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Player, Turn
from sparring.agents.spec import load
from sparring.engine import load_game

if TYPE_CHECKING:
    from sparring.engine.views.gymnasium_view import GymnasiumView


def make(
    game: str,
    opponent: str = "random",
    options: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    seat: int | None = None,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
) -> GymnasiumView:
    """A Gymnasium environment of ``game`` against the agent that the spec ``opponent`` names, in all other seats.

    See ``GymnasiumView`` for the rest. Raises UnknownName, BadOption, or what loading the agent raises.
    """
    from sparring.engine.views.gymnasium_view import GymnasiumView

    rules = load_game(game, dict(options or {}))
    opposing = PlayerOpponent(load(opponent, rules, seed=seed))
    return GymnasiumView(rules, opposing, seat, mask_in_observation, render_mode)


class PlayerOpponent:
    """A Player in the other seats of a view. A fault of its raises the AgentFault: the environment can't go on."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._lanes: dict[int, int] = {}
        self._next_lane = 0

    def begin(self, seats: list[int], seed: int) -> None:
        self._lanes = {seat: self._next_lane + place for place, seat in enumerate(seats)}
        self._next_lane += len(seats)
        seeds = np.full(len(seats), seed, np.uint64)
        faults = self._player.begin(self._own_lanes(), np.array(seats, np.int8), seeds)
        for fault in faults.values():
            raise fault

    def act(
        self, seats: NDArray[np.int8], observations: NDArray[Any], masks: NDArray[np.bool_], states: Any
    ) -> NDArray[Any]:
        lanes = np.array([self._lanes[seat] for seat in seats.tolist()], np.int64)
        rewards = np.zeros(len(seats), np.float32)
        reply = self._player.act(Turn(lanes, seats, observations, masks, rewards, states))
        for fault in reply.faults.values():
            raise fault
        return np.asarray(reply.actions)

    def end(self, scores: NDArray[np.float32], states: Any) -> None:
        if len(scores):
            self._player.end(self._own_lanes(), scores, states)

    def _own_lanes(self) -> NDArray[np.int64]:
        return np.array(list(self._lanes.values()), np.int64)
