"""Who answers one integer a turn can't play games that ask for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparring.errors import SparringError

if TYPE_CHECKING:
    from sparring.engine import Game


def require_one_choice(game: Game, who: str) -> None:
    """Raise SparringError, on behalf of ``who``, for a game whose actions are several choices or a point in a box."""
    if game.action_kind != "discrete":
        raise SparringError(
            f"{who} answers one integer a turn, and {action_form(game)}. Try `random`, or write an agent.py."
        )


def action_form(game: Game) -> str:
    """What an action of the game is, in words."""
    if game.action_kind == "discrete":
        return f"an action in {game.title} is one of {game.num_actions}"
    what = "choices" if game.action_kind == "multi_discrete" else "real numbers"
    return f"an action in {game.title} is a list of {game.action_shape[0]} {what}"
