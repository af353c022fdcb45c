"""Which games a person can play in the browser: those in which a click is an action."""

from __future__ import annotations

from functools import lru_cache

from sparring.agents.one_choice import action_form
from sparring.engine import Game
from sparring.errors import SparringError
from sparring.site.games.catalogue import plain_game


def why_not_playable(game: Game) -> str | None:
    """What keeps people from playing the game in the browser, as a sentence, or None."""
    if game.seats != 2:
        return f"{game.title} is for {game.seats}, and here one person meets one agent."
    if game.action_kind == "discrete":
        return None
    form = action_form(game)
    return f"{form[0].upper()}{form[1:]}, more than a click can say. Watch its matches, or write an agent for it."


@lru_cache(maxsize=256)
def why_not_playable_named(name: str) -> str | None:
    """The same by the name of a game; a game that can't be opened can't be played."""
    try:
        return why_not_playable(plain_game(name))
    except SparringError as error:
        return str(error)
