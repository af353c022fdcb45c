"""The agents that sit opposite people: kept alive between two requests, the least recently asked closed first.

The server is one process, so a dictionary will do. An agent that is gone (closed, or the server was started anew) is
loaded again; one that is somebody's code is shown its earlier turns once more, so that it can rebuild its memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from sparring.agents import Player, Turn
from sparring.engine import Game, States
from sparring.matches.referee import check_reply
from sparring.site.play.models import PersonMatch
from sparring.site.work.players import open_player

MOST_OPEN = 12
LANE = np.zeros(1, np.int64)


class Opponent:
    """One loaded agent in one match."""

    def __init__(self, match: PersonMatch, game: Game, earlier: list[States]) -> None:
        self.game, self.seat = game, match.agent_seat
        self.player: Player = open_player(game, match.version, seed=match.seed)
        faults = self.player.begin(LANE, np.array([self.seat], np.int8), np.array([match.seed], np.uint64))
        if faults:
            self.player.close()
            raise faults[0]
        if match.version.untrusted:
            for states in earlier:
                self.player.act(self._turn(states))

    def act(self, states: States) -> int:
        """Its action in the position ``states: recarray [1]``. Raises AgentFault."""
        turn = self._turn(states)
        reply = self.player.act(turn)
        actions, faults = check_reply(self.game, reply, states, turn.seats, turn.masks)
        if faults:
            raise faults[0]
        return int(actions[0])

    def _turn(self, states: States) -> Turn:
        seats = np.array([self.seat], np.int8)
        observations, masks = self.game.observe(states, seats), self.game.legal(states, seats)
        return Turn(LANE, seats, observations, masks, np.zeros(1, np.float32), states)

    def close(self) -> None:
        self.player.close()


_open: OrderedDict[Any, Opponent] = OrderedDict()
_locks: dict[Any, threading.Lock] = {}
_guard = threading.Lock()


@contextmanager
def turn_of(match: PersonMatch) -> Iterator[None]:
    """One request at a time moves in a match."""
    with _guard:
        lock = _locks.setdefault(match.key, threading.Lock())
    with lock:
        yield


def opponent_in(match: PersonMatch, game: Game, earlier: list[States]) -> Opponent:
    """The agent of ``match``, loaded when it is not there. Raises AgentFault or SparringError."""
    with _guard:
        known = _open.get(match.key)
        if known is not None:
            _open.move_to_end(match.key)
            return known
    opponent = Opponent(match, game, earlier)
    with _guard:
        _open[match.key] = opponent
        surplus = [_open.popitem(last=False)[1] for _ in range(len(_open) - MOST_OPEN)]
    for old in surplus:
        old.close()
    return opponent


def dismiss(match: PersonMatch) -> None:
    """The match is over: close its agent."""
    with _guard:
        opponent = _open.pop(match.key, None)
        _locks.pop(match.key, None)
    if opponent is not None:
        opponent.close()
