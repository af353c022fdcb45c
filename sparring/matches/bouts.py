"""A match of a duel as it counts for the two players, whoever had which seat, and whether they met or ran apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sparring.engine import Game
from sparring.matches.record import MatchRecord


@dataclass(frozen=True)
class Bout:
    """Players are 0 and 1, in the duel's order."""

    records: tuple[MatchRecord, ...]
    """One, or the two runs of a game for one seat."""
    scores: tuple[float, float]
    winner: int | None
    """None after a draw or a fault."""
    guilty: tuple[int, ...]
    """Whose fault ended it."""
    first_player: int
    void: str = ""
    """Why it does not count; empty for a match that does."""

    @property
    def result(self) -> str:
        """As in the duel document."""
        if self.void or len(self.guilty) == 2:
            return "OTHER_ERROR"
        if self.guilty:
            return f"PLAYER_{self.guilty[0] + 1}_ERROR"
        return "DRAW" if self.winner is None else f"PLAYER_{self.winner + 1}_WIN"

    @property
    def message(self) -> str:
        """What the guilty did, or why it is void; empty after a match decided on the board."""
        return self.void or " ".join(record.fault.message for record in self.records if record.fault)


def bouts_of(game: Game, records: Sequence[MatchRecord]) -> list[Bout]:
    """Every match of a duel, from its records in the order in which they were played."""
    if game.seats == 1:
        return [_apart(game, *runs) for runs in zip(records[::2], records[1::2], strict=True)]
    return [_together(record) for record in records]


def _together(record: MatchRecord) -> Bout:
    first = record.first_player
    if record.result == "void":
        return Bout((record,), (0.0, 0.0), None, (), first, record.void)
    guilty: tuple[int, ...] = ()
    if record.fault is not None:
        guilty = (0, 1) if record.fault.seat is None else (record.player_at(record.fault.seat),)
    decided = record.fault is None and record.winner is not None
    winner = record.player_at(record.winner) if decided and record.winner is not None else None
    return Bout((record,), (record.scores[first], record.scores[1 - first]), winner, guilty, first)


def _apart(game: Game, first: MatchRecord, second: MatchRecord) -> Bout:
    """Two runs from one seed: the higher return wins. Scores are the difference, so that they sum to nothing."""
    if first.result == "void":
        return Bout((first, second), (0.0, 0.0), None, (), 0, first.void)
    guilty = tuple(player for player, run in enumerate((first, second)) if run.fault)
    lead = first.scores[0] - second.scores[0]
    if guilty:
        lead = game.forfeit * (len(guilty) == 1) * (1 if guilty[0] == 1 else -1)
    winner = None if guilty or lead == 0 else int(lead < 0)
    return Bout((first, second), (lead, -lead), winner, guilty, 0)
