"""Positions as classic players read them: flat arrays whose layouts are older than Sparring."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.one_choice import require_one_choice

if TYPE_CHECKING:
    from sparring.engine import Game

Layout = Callable[["np.recarray[Any, Any]"], NDArray[Any]]


def stones_and_mover(states: np.recarray[Any, Any]) -> NDArray[np.float64]:
    """Tic-tac-toe and Connect Four: float64 [B, cells + 1].

    The cells row by row from the top (0 empty, 1 first player, -1 second), then the player to move (1 or -1).
    """
    boards = states["board"].reshape(len(states), -1)
    signs = np.array([0.0, 1.0, -1.0])
    return np.column_stack([signs[boards], 1.0 - 2.0 * states["seat"]])


def pieces_and_hand(states: np.recarray[Any, Any]) -> NDArray[np.int64]:
    """Quarto: int64 [B, 17]. The cells row by row (-1 empty, else piece 0-15), then the piece to place."""
    boards = states["board"].reshape(len(states), -1)
    return np.column_stack([boards, states["hand"]]).astype(np.int64)


CLASSIC_LAYOUTS: dict[str, Layout] = {
    "tic_tac_toe": stones_and_mover,
    "connect_four": stones_and_mover,
    "quarto": pieces_and_hand,
}


class ClassicView:
    """Shows a classic player the state of its layout; where none was agreed on, the observation as a flat array."""

    def __init__(self, game: Game) -> None:
        require_one_choice(game, "A classic player")
        self.game = game
        self.layout = CLASSIC_LAYOUTS.get(game.name)

    def show(self, states: np.recarray[Any, Any], seats: NDArray[np.int8]) -> NDArray[Any]:
        if self.layout is not None:
            return self.layout(states)
        observations = self.game.observe(states, seats)
        return observations.reshape(len(observations), -1)
