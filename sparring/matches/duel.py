"""A duel: many matches between two players, in pairs with one seed and swapped seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sparring.agents.player import Player
from sparring.engine import Game
from sparring.engine.seeds import spread
from sparring.errors import SparringError
from sparring.matches.bouts import Bout, bouts_of
from sparring.matches.record import MatchRecord
from sparring.matches.referee import Pairing, Progress
from sparring.matches.replay import views
from sparring.matches.voiding import play_pairs


@dataclass(frozen=True)
class Tally:
    """The counts of a duel from the side of its first player; index 0 and 1 are the players."""

    wins: tuple[int, int]
    draws: int
    errors: tuple[int, int]
    other_errors: int
    scores: tuple[float, float]

    @property
    def matches(self) -> int:
        return sum(self.wins) + self.draws + sum(self.errors) + self.other_errors

    @property
    def points(self) -> tuple[int, int]:
        """2 x (wins + the opponent's errors) + draws."""
        return (
            2 * (self.wins[0] + self.errors[1]) + self.draws,
            2 * (self.wins[1] + self.errors[0]) + self.draws,
        )

    @property
    def result(self) -> str:
        """PLAYER_1_WIN, PLAYER_2_WIN, DRAW, or ERROR when no match could be counted."""
        if self.matches == self.other_errors:
            return "ERROR"
        for first, second in (self.points, self.scores):
            if first != second:
                return "PLAYER_1_WIN" if first > second else "PLAYER_2_WIN"
        return "DRAW"


@dataclass(frozen=True)
class Duel:
    """The matches of a duel, in the order in which they were paired."""

    game: Game
    names: tuple[str, str]
    records: list[MatchRecord]
    voided: list[MatchRecord] = field(default_factory=list)
    """Tries that the host spoiled, and that were played again. What stayed void is among ``records``."""

    @cached_property
    def bouts(self) -> list[Bout]:
        """The matches as they count. A game for one seat has half as many as records: two runs are one match."""
        return bouts_of(self.game, self.records)

    def tally(self) -> Tally:
        wins, errors, draws, other = [0, 0], [0, 0], 0, 0
        for bout in self.bouts:
            if bout.void or len(bout.guilty) == 2:
                other += 1
            elif bout.guilty:
                errors[bout.guilty[0]] += 1
            elif bout.winner is None:
                draws += 1
            else:
                wins[bout.winner] += 1
        scores = [sum(bout.scores[player] for bout in self.bouts) for player in range(2)]
        return Tally((wins[0], wins[1]), draws, (errors[0], errors[1]), other, (scores[0], scores[1]))

    def document(self, states: bool = True) -> dict[str, Any]:
        """The duel as the JSON document that tools know; ``sparring`` holds what Sparring adds to it."""
        tally = self.tally()
        return {
            "result": tally.result,
            "error_msg": self._error_message(tally),
            "num_matches": tally.matches,
            "player_1_errors": tally.errors[0],
            "player_2_errors": tally.errors[1],
            "other_errors": tally.other_errors,
            "player_1_wins": tally.wins[0],
            "player_2_wins": tally.wins[1],
            "draws": tally.draws,
            "player_1_score": tally.scores[0],
            "player_2_score": tally.scores[1],
            "matches": self._match_documents(states),
            "sparring": {
                "game": self.game.name,
                "rules_version": self.game.version,
                "options": self.game.options,
                "players": list(self.names),
                "voided": len(self.voided),
                **self._returns(),
            },
        }

    def _error_message(self, tally: Tally) -> str:
        if tally.result != "ERROR":
            return ""
        return next((bout.message for bout in self.bouts if bout.message), "No match was played.")

    def _returns(self) -> dict[str, Any]:
        """Of a game for one seat: what each player's run brought, by match."""
        if self.game.seats > 1:
            return {}
        return {"returns": [[run.scores[0] for run in bout.records] for bout in self.bouts]}

    def _match_documents(self, states: bool) -> list[dict[str, Any]]:
        positions: list[list[Any]] = views(self.game, self.records) if states else [[] for _ in self.records]
        shown = iter(positions)
        return [
            {
                "result": bout.result,
                "error_msg": bout.message,
                "player_1_score": bout.scores[0],
                "player_2_score": bout.scores[1],
                "first_player": f"PLAYER_{bout.first_player + 1}",
                "states": [state for _ in bout.records for state in next(shown)],
            }
            for bout in self.bouts
        ]


def play_duel(
    game: Game,
    players: Sequence[Player],
    names: Sequence[str],
    matches: int,
    seed: int,
    progress: Progress | None = None,
) -> Duel:
    """Play ``matches`` matches between two players.

    Matches ``2k`` and ``2k + 1`` share a seed and differ in who has the first seat. In a game for one seat a match is
    one run of each player from the same seed, and the higher return wins. Pairs that the host has spoiled are played
    again (see ``voiding``). Raises SparringError for a game for more
    than two, or when ``matches`` is not positive.
    """
    if game.seats > 2 or len(players) != 2 or len(names) != 2:
        raise SparringError(f"A duel is between two players; {game.title} has {game.seats} seats.")
    if matches < 1:
        raise SparringError(f"A duel has at least 1 match, not {matches}.")
    pairing = _runs(matches, seed) if game.seats == 1 else _pairs(matches, seed)
    played = play_pairs(game, players, names, pairing, progress)
    return Duel(game, (names[0], names[1]), played.records, played.voided)


def _pairs(matches: int, seed: int) -> Pairing:
    swapped = (np.arange(matches) % 2).astype(np.int8)
    seeds = np.repeat(spread(seed, (matches + 1) // 2), 2)[:matches]
    return Pairing(seeds, seating=np.stack([swapped, 1 - swapped], axis=1))


def _runs(matches: int, seed: int) -> Pairing:
    """Two runs for every match, one of each player."""
    return Pairing(np.repeat(spread(seed, matches), 2), seating=np.tile(np.array([[0], [1]], np.int8), (matches, 1)))
