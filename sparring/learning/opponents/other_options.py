"""Matches under other options of the game than the run's own, side by side with the others in one batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game, load_game
from sparring.errors import BadOption
from sparring.learning.configuration.opponents import KindSettings


class OtherOptions:
    """Games by kind of opponent, where a kind has options of its own; and the matches that still have to begin so.

    The options must be in the record of the game, so that one batch can hold matches with and without them. Raises
    BadOption where they are not.
    """

    def __init__(self, game: Game, kinds: list[tuple[str, KindSettings]], matches: int) -> None:
        self.games = {
            index: game_with(game, name, settings) for index, (name, settings) in enumerate(kinds) if settings.options
        }
        self._due = np.full(matches, -1, np.int64)

    def resize(self, matches: int) -> None:
        """Go on with so many matches, in none of which a beginning is due."""
        self._due = np.full(matches, -1, np.int64)

    def start(self, matches: NDArray[np.int64], kinds: NDArray[np.int64]) -> None:
        """These matches start, against opponents of ``kinds: int64 [B]``; -1 is nobody."""
        if self.games:
            self._due[matches] = np.where(np.isin(kinds, list(self.games)), kinds, -1)

    def place(self, states: NDArray[Any], chance: np.random.Generator) -> bool:
        """Begin the matches that are due in their rows of the records ``states: [M]``; whether there were any."""
        for kind, game in self.games.items():
            rows = np.flatnonzero(self._due == kind)
            if len(rows):
                states[rows] = game.new_states(chance.integers(2**63, size=len(rows), dtype=np.uint64))
        placed = bool((self._due >= 0).any())
        self._due[:] = -1
        return placed


def game_with(game: Game, name: str, settings: KindSettings) -> Game:
    """The game with the options of a kind on top of its own. Raises BadOption where they would change its form."""
    other = load_game(game.name, {**game.options, **settings.options})
    form = (other.state_dtype, other.heads, other.observation_shape, other.seats)
    same = form == (game.state_dtype, game.heads, game.observation_shape, game.seats) and other.forfeit == game.forfeit
    in_record = other.options == game.options or other.blank.tobytes() != game.blank.tobytes()
    if game.batched or not same or not in_record:
        said = ", ".join(f"{option}={value}" for option, value in settings.options.items())
        raise BadOption(
            f"opponents.{name}.options can't be {said}: that would change the form of {game.title}, and all matches of "
            "a run have one form."
        )
    return other
