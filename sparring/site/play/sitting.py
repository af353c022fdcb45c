"""A sitting: a person's action, checked and played, and the agent's answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sparring.engine import Game, States, load_game
from sparring.errors import AgentFault
from sparring.matches.referee import outcome
from sparring.site.play.models import PersonMatch, StaleMove
from sparring.site.play.opponents import dismiss, opponent_in, turn_of

AGENT_PLIES = 512
"""The most actions that an agent may take in a row; no game comes near."""


@dataclass
class Table:
    """A match as it stands: its positions, replayed from the actions."""

    match: PersonMatch
    game: Game
    positions: list[States]
    scores: np.ndarray[Any, np.dtype[np.float64]]

    @classmethod
    def of(cls, match: PersonMatch) -> Table:
        game = load_game(match.game, match.options)
        table = cls(match, game, [game.new_states([match.seed])], np.zeros(game.seats))
        for action in match.actions:
            table.play(action)
        return table

    @property
    def now(self) -> States:
        return self.positions[-1]

    @property
    def over(self) -> bool:
        return bool(self.now["over"][0])

    @property
    def persons_turn(self) -> bool:
        if self.over or self.match.state == PersonMatch.State.OVER:
            return False
        return self.game.simultaneous or int(self.now["seat"][0]) == self.match.seat

    def play(self, action: Any) -> None:
        states = self.now.copy()
        self.scores += self.game.play(states, np.array([action]))[0]
        self.positions.append(states)

    def legal(self) -> list[int]:
        """What the person may do now."""
        if not self.persons_turn:
            return []
        mask = self.game.legal(self.now, np.array([self.match.seat], np.int8))[0]
        return [int(action) for action in np.flatnonzero(mask)]

    def agents_turns(self) -> list[States]:
        """The earlier positions in which the agent was asked."""
        past = self.positions[:-1]
        if self.game.simultaneous:
            return past
        return [states for states in past if int(states["seat"][0]) == self.match.agent_seat]

    def drawing(self, ply: int) -> str:
        """The position after ``ply`` actions, as SVG; while the match is on, no more than the person may see."""
        last = self.match.actions[ply - 1] if 0 < ply <= len(self.match.actions) else None
        view = self.game.views(self.positions[ply], whole=True)[0]
        if self.match.state == PersonMatch.State.OPEN and hasattr(self.game.drawing, "seen_by"):
            view = self.game.drawing.seen_by(view, self.match.seat)
        svg: str = self.game.drawing.draw(view, size=560, last_action=last if isinstance(last, int) else None)
        return svg

    def said(self, ply: int) -> str:
        """The action number ``ply`` for people."""
        action = self.match.actions[ply]
        if self.game.simultaneous:
            own, other = action[self.match.seat], action[self.match.agent_seat]
            return f"You: {self.game.action_name(own)}, {self.match.version.label}: {self.game.action_name(other)}"
        before = self.positions[ply][0]
        who = "You" if int(before["seat"]) == self.match.seat else self.match.version.label
        return f"{who}: {self.game.action_name(action, before)}"

    def choices(self) -> list[tuple[int, str]]:
        """What the person may do now, and what it is called."""
        return [(action, self.game.action_name(action, self.now[0])) for action in self.legal()]


def agent_begins(match: PersonMatch) -> Table:
    """The table of a match; an agent that has to move does so first."""
    with turn_of(match):
        match.refresh_from_db()
        table = Table.of(match)
        if match.state == PersonMatch.State.OPEN and not table.persons_turn:
            _finish_turn(table, [])
        return table


def person_acts(match: PersonMatch, action: int, ply: int) -> Table:
    """The person plays ``action`` as action number ``ply``; then the agent answers.

    Raises IllegalAction with a sentence, or StaleMove when the match stands elsewhere.
    """
    with turn_of(match):
        match.refresh_from_db()
        table = Table.of(match)
        if match.state == PersonMatch.State.OVER:
            raise StaleMove("This match is over. Start a new one.")
        if ply != match.ply or not table.persons_turn:
            raise StaleMove("This match has moved on in another window; the board shows how it stands now.")
        table.game.check_action(table.now[0], action, match.seat)
        if table.game.simultaneous:
            _both_act(table, action)
        else:
            table.play(action)
            _finish_turn(table, [action])
        return table


def _both_act(table: Table, action: int) -> None:
    try:
        answer = opponent_in(table.match, table.game, table.agents_turns()).act(table.now)
    except AgentFault as fault:
        _store(table, [], fault)
        return
    both = [action, answer] if table.match.seat == 0 else [answer, action]
    table.play(both)
    _store(table, [both], None)


def _finish_turn(table: Table, played: list[Any]) -> None:
    """The agent acts until it is the person's turn or the match is over; then everything is stored at once."""
    fault = None
    try:
        for _ in range(AGENT_PLIES):
            if table.over or int(table.now["seat"][0]) == table.match.seat:
                break
            action = opponent_in(table.match, table.game, table.agents_turns()).act(table.now)
            table.play(action)
            played.append(action)
    except AgentFault as error:
        fault = error
    _store(table, played, fault)


def _store(table: Table, played: list[Any], fault: AgentFault | None) -> None:
    match = table.match
    over = table.over or fault is not None
    match.append(played, _how_it_ended(table, fault) if over else "", over)
    if over:
        dismiss(match)


def _how_it_ended(table: Table, fault: AgentFault | None) -> str:
    label = table.match.version.label
    if fault is not None:
        return f"You win: {label} made a fault. {fault}"
    _, winner = outcome(table.scores.tolist(), None)
    if winner is None:
        return "A draw."
    return "You win." if winner == table.match.seat else f"{label} wins."
