"""A match as a sequence of pictures: what the replay page and the replay document are made of."""

from __future__ import annotations

from typing import Any, NamedTuple

from sparring.matches import Replay, replay
from sparring.site.matches.models import Match

FRAME_SIZE = 480
THUMBNAIL_SIZE = 240


class Frame(NamedTuple):
    """One position, and how it came about; the first frame is the opening position."""

    ply: int
    seat: int | None
    """Who moved; None at the start and where both act at once."""
    player: str
    action: str
    seconds: float | None
    svg: str

    @property
    def caption(self) -> str:
        """``alice v2: column 4``."""
        return f"{self.player}: {self.action}" if self.player else self.action

    def document(self) -> dict[str, Any]:
        return {**self._asdict(), "caption": self.caption}


def frames(match: Match) -> list[Frame]:
    """Every position of a match. Raises SparringError when the record can't be replayed."""
    played = replay(match.decoded())
    return [_frame(match, played, ply) for ply in range(len(played.states))]


def last_position(match: Match) -> str:
    """The last position as a small picture."""
    played = replay(match.decoded())
    ply = len(played.states) - 1
    return played.game.draw(played.states[ply], size=THUMBNAIL_SIZE, last_action=_last_action(played, ply))


def ending(match: Match) -> str:
    """How the match ended, as a sentence."""
    record = match.decoded()
    labels = [version.label for version in match.players]
    if record.result == "void":
        return f"Void: it counts for nobody. {record.void}"
    if record.fault is not None:
        who = "Both" if record.fault.seat is None else labels[record.fault.seat]
        return (
            f"{who} failed ({FAULT_NAMES.get(record.fault.kind, record.fault.kind)}) and lost: {record.fault.message}"
        )
    if record.winner is None:
        return "The match ended in a draw." if record.result == "draw" else "The match does not count."
    if record.seconds.ndim == 2:
        return f"{labels[record.winner]} won with {record.scores[record.winner]:g} points after {record.plies} rounds."
    return f"{labels[record.winner]} won after {record.plies} plies."


FAULT_NAMES = {
    "illegal": "illegal action",
    "crash": "crash",
    "time": "out of time",
    "memory": "out of memory",
    "start": "could not start",
}


def _frame(match: Match, played: Replay, ply: int) -> Frame:
    svg = played.game.draw(played.states[ply], size=FRAME_SIZE, last_action=_last_action(played, ply))
    if ply == 0:
        return Frame(0, None, "", "start", None, svg)
    seconds = float(played.record.seconds[ply - 1].max())
    actions = played.record.actions[ply - 1]
    if played.game.simultaneous:
        names = " against ".join(played.game.action_name(action) for action in actions)
        return Frame(ply, None, "", names, seconds, svg)
    before = played.states[ply - 1]
    seat, name = int(before["seat"]), played.game.action_name(actions, before)
    return Frame(ply, seat, match.players[seat].label, name, seconds, svg)


def _last_action(played: Replay, ply: int) -> Any:
    if ply == 0 or played.game.simultaneous:
        return None
    return played.record.actions[ply - 1].tolist()
