"""Replay: from a match record back to every position of the match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sparring.engine import Game, States, load_game
from sparring.errors import IllegalAction, SparringError
from sparring.matches.record import MatchRecord
from sparring.matches.referee import outcome


@dataclass(frozen=True)
class Replay:
    """A match played again from its record."""

    game: Game
    record: MatchRecord
    states: States
    """Records [plies + 1], the opening position first."""
    scores: tuple[float, ...]
    """By seat, as the rules count them; a fault is settled as the referee settles it."""

    def verify(self) -> None:
        """Raise SparringError unless the replayed match ends as the record says."""
        over = bool(self.states[-1]["over"])
        fault = self.record.fault
        if fault is None and not over:
            raise SparringError("The record says that the match was decided, but its last position is not the end.")
        if fault is not None and over:
            raise SparringError("The record says that a fault ended the match, but it was decided on the board.")
        if self.scores != self.record.scores:
            raise SparringError(f"The record says scores {self.record.scores}, the replay {self.scores}.")
        if self.record.result == "void":
            return
        if outcome(self.scores, fault) != (self.record.result, self.record.winner):
            raise SparringError(f"The record's result '{self.record.result}' does not follow from its scores.")


def replay(record: MatchRecord) -> Replay:
    """Play a recorded match again. Raises SparringError if the rules have changed or an action is not legal."""
    game = load_game(record.game, record.options)
    if record.rules_version != game.version:
        raise SparringError(
            f"This match was played under version {record.rules_version} of the rules of {game.title}; "
            f"this Sparring has version {game.version} and can't replay it."
        )
    state = game.new_states([record.seed])
    positions = [state.copy()]
    scores = np.zeros(game.seats)
    for ply, action in enumerate(record.actions):
        try:
            scores += game.play(state, action[None])[0]
        except IllegalAction as error:
            raise SparringError(f"The record is damaged: ply {ply + 1} is not legal. {error}") from error
        positions.append(state.copy())
    if record.fault is not None:
        guilty = set(range(game.seats)) if record.fault.seat is None else {record.fault.seat}
        scores = np.array(game.forfeit_scores(guilty))
    states = np.concatenate(positions).view(np.recarray)
    return Replay(game, record, states, tuple(scores.tolist()))


def verify(record: MatchRecord) -> None:
    """Replay the record and raise SparringError unless it ends as it says."""
    replay(record).verify()


def views(game: Game, records: Sequence[MatchRecord]) -> list[list[dict[str, Any]]]:
    """The JSON view of every position of every match, all matches replayed in lock-step."""
    states = game.new_states(np.array([record.seed for record in records], np.uint64))
    shown = [[view] for view in game.views(states)]
    plies = np.array([record.plies for record in records])
    for ply in range(int(plies.max(initial=0))):
        rows = np.flatnonzero(plies > ply)
        current = states[rows]
        game.play_unchecked(current, np.array([records[row].actions[ply] for row in rows.tolist()], game.action_dtype))
        states[rows] = current
        for row, view in zip(rows.tolist(), game.views(current), strict=True):
            shown[row].append(view)
    return shown
