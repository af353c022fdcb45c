"""A duel: many matches between two players, in pairs with one seed and swapped seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sparring.agents.player import Player
from sparring.engine import Game
from sparring.engine.seeds import spread
from sparring.errors import SparringError
from sparring.matches.record import MatchRecord
from sparring.matches.referee import Pairing, Progress, play_matches
from sparring.matches.replay import views


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

    def tally(self) -> Tally:
        wins, errors, scores, draws, other = [0, 0], [0, 0], [0.0, 0.0], 0, 0
        for record in self.records:
            for seat, score in enumerate(record.scores):
                scores[record.player_at(seat)] += score
            if record.fault is not None:
                if record.fault.seat is None:
                    other += 1
                else:
                    errors[record.player_at(record.fault.seat)] += 1
            elif record.winner is None:
                draws += 1
            else:
                wins[record.player_at(record.winner)] += 1
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
            },
        }

    def _error_message(self, tally: Tally) -> str:
        if tally.result != "ERROR":
            return ""
        return next((record.fault.message for record in self.records if record.fault), "No match was played.")

    def _match_documents(self, states: bool) -> list[dict[str, Any]]:
        positions: list[list[Any]] = views(self.game, self.records) if states else [[] for _ in self.records]
        documents = []
        for record, shown in zip(self.records, positions, strict=True):
            first = record.first_player
            documents.append(
                {
                    "result": _match_result(record),
                    "error_msg": record.fault.message if record.fault else "",
                    "player_1_score": record.scores[first],
                    "player_2_score": record.scores[1 - first],
                    "first_player": f"PLAYER_{first + 1}",
                    "states": shown,
                }
            )
        return documents


def _match_result(record: MatchRecord) -> str:
    if record.fault is not None:
        return "OTHER_ERROR" if record.fault.seat is None else f"PLAYER_{record.player_at(record.fault.seat) + 1}_ERROR"
    return "DRAW" if record.winner is None else f"PLAYER_{record.player_at(record.winner) + 1}_WIN"


def play_duel(
    game: Game,
    players: Sequence[Player],
    names: Sequence[str],
    matches: int,
    seed: int,
    progress: Progress | None = None,
) -> Duel:
    """Play ``matches`` matches between two players.

    Matches ``2k`` and ``2k + 1`` share a seed and differ in who has the first seat. Raises SparringError for a game
    that isn't for two, or when ``matches`` is not positive.
    """
    if game.seats != 2 or len(players) != 2 or len(names) != 2:
        raise SparringError(f"A duel is between two players; {game.title} has {game.seats} seats.")
    if matches < 1:
        raise SparringError(f"A duel has at least 1 match, not {matches}.")
    swapped = (np.arange(matches) % 2).astype(np.int8)
    pairing = Pairing(
        seeds=np.repeat(spread(seed, (matches + 1) // 2), 2)[:matches],
        seating=np.stack([swapped, 1 - swapped], axis=1),
    )
    records = play_matches(game, players, names, pairing, progress)
    return Duel(game, (names[0], names[1]), records)
