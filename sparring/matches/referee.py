"""The referee: asks players for actions in lock-step, checks each answer, and writes down what happened.

All matches advance together, a ply at a time. One call to a player carries every position in which it is to move, so
that a network answers a thousand matches with one inference. A player that can bear only so many matches at once
(``Player.lanes``) gets no more: the next match starts when one ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter, thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring import __version__
from sparring.agents.player import Player, Reply, Turn
from sparring.engine import Game, States
from sparring.errors import AgentFault, IllegalAction
from sparring.matches.host import HostWatch, Trouble
from sparring.matches.record import Fault, MatchRecord, Result

Progress = Callable[[int, int], None]
"""Called with (matches finished, matches in all)."""

MOST_AT_ONCE = 16_384
"""Matches in the air at a time: bounds memory, costs no speed."""


@dataclass
class Pairing:
    """The matches to be played: who sits where, and from which seed."""

    seeds: NDArray[np.uint64]
    """uint64 [M]"""
    seating: NDArray[np.int8]
    """int8 [M, S]: the index of the player in each seat."""
    together: int = 2
    """So many matches, one after the other, belong together: a pair, or a round of a table. All count, or none does."""


def play_matches(
    game: Game,
    players: Sequence[Player],
    names: Sequence[str],
    pairing: Pairing,
    progress: Progress | None = None,
) -> list[MatchRecord]:
    """Play every match of ``pairing`` and return their records, in the same order."""
    return _Table(game, players, names, pairing, progress).play()


class _Table:
    """The matches in the air: arrays with one row for each active match."""

    def __init__(
        self, game: Game, players: Sequence[Player], names: Sequence[str], pairing: Pairing, progress: Progress | None
    ) -> None:
        self.game, self.players, self.names, self.pairing, self.progress = game, players, names, pairing, progress
        self.count = len(pairing.seeds)
        self.next_match = 0
        self.capacity = min([MOST_AT_ONCE, *(player.lanes for player in players if player.lanes is not None)])
        self.matches = np.zeros(0, np.int64)
        self.states: States = game.new_states(np.zeros(0, np.uint64))
        self.scores = np.zeros((self.count, game.seats), np.float64)
        self.owed = np.zeros((self.count, game.seats), np.float32)
        columns = (game.seats,) if game.simultaneous else ()
        kept = np.float32 if game.action_kind == "box" else np.int32
        self.actions: NDArray[Any] = np.zeros((64, self.count, *columns, *game.action_shape), kept)
        self.seconds = np.zeros((64, self.count, *columns), np.float32)
        self.cpu_seconds = np.zeros_like(self.seconds)
        self.watch = HostWatch()
        self.begun = np.zeros((self.count, 5))
        self.trouble = np.zeros((self.count, 5))
        self.timer = _OwnTime(players)
        self.plies = np.zeros(self.count, np.int64)
        self.faults: dict[int, dict[int, AgentFault]] = {}
        self.finished = 0

    def play(self) -> list[MatchRecord]:
        while True:
            self._start_matches()
            if not len(self.matches):
                return [self._record(match) for match in range(self.count)]
            self.timer.start()
            self._play_one_ply()
            self.watch.late(self.timer.late())

    def _start_matches(self) -> None:
        """Fill the free places; matches whose players fail to begin end at once."""
        while len(self.matches) < self.capacity and self.next_match < self.count:
            last = min(self.count, self.next_match + self.capacity - len(self.matches))
            new = np.arange(self.next_match, last)
            self.next_match = last
            self.begun[new] = self.watch.share(len(self.matches))
            seeds = self.pairing.seeds[new]
            for index, player in enumerate(self.players):
                rows, seats = np.nonzero(self.pairing.seating[new] == index)
                failed = player.begin(new[rows], seats.astype(np.int8), seeds[rows]) if len(rows) else {}
                for row, fault in failed.items():
                    self._blame(int(new[rows[row]]), int(seats[row]), fault)
            fine = np.array([match not in self.faults for match in new.tolist()], np.bool_)
            states = self.game.new_states(seeds)
            self._dismiss(new[~fine], states[~fine], unstarted=True)
            self.matches = np.concatenate([self.matches, new[fine]])
            self.states = np.concatenate([self.states, states[fine]]).view(np.recarray)

    def _play_one_ply(self) -> None:
        shape = (len(self.matches), self.game.seats) if self.game.simultaneous else (len(self.matches),)
        actions = self.game.actions.zeros(*shape)
        seconds = np.zeros((2, *shape), np.float32)
        seating = self.pairing.seating[self.matches]
        if self.game.simultaneous:
            for seat in range(self.game.seats):
                for index in range(len(self.players)):
                    rows = np.flatnonzero(seating[:, seat] == index)
                    self._ask(index, rows, np.full(len(rows), seat, np.int8), actions[:, seat], seconds[:, :, seat])
        else:
            to_move = np.take_along_axis(seating, self.states["seat"][:, None].astype(np.int64), axis=1)[:, 0]
            for index in range(len(self.players)):
                rows = np.flatnonzero(to_move == index)
                self._ask(index, rows, self.states["seat"][rows], actions, seconds)
        self._advance(actions, seconds)

    def _ask(
        self,
        index: int,
        rows: NDArray[np.int64],
        seats: NDArray[np.int8],
        actions: NDArray[Any],
        seconds: NDArray[np.float32],
    ) -> None:
        """Ask one player for its actions in ``rows``; write the checked ones, blame it for the rest.

        ``seconds``: [2, M], on the wall and of a processor.
        """
        if not len(rows):
            return
        states = self.states[rows]
        matches = self.matches[rows]
        masks = self.game.legal(states, seats)
        rewards = self.owed[matches, seats]
        self.owed[matches, seats] = 0
        observations = self.game.observe(states, seats)
        turn = Turn(matches, seats, observations, masks, rewards, states)
        reply, cpu_seconds = self.timer.ask(self.players[index], turn)
        seconds[0, rows], seconds[1, rows] = reply.seconds, cpu_seconds
        checked, faults = check_reply(self.game, reply, states, seats, masks)
        actions[rows] = checked
        for row, fault in faults.items():
            self._blame(int(matches[row]), int(seats[row]), fault)

    def _advance(self, actions: NDArray[Any], seconds: NDArray[np.float32]) -> None:
        """Play the ply in every match that nobody has spoiled, and let the finished ones go."""
        spoiled = np.zeros(len(self.matches), np.bool_)
        if self.faults:
            spoiled = np.array([match in self.faults for match in self.matches.tolist()], np.bool_)
        fine = ~spoiled
        matches, states = self.matches[fine], self.states[fine]
        rewards = self.game.play_unchecked(states, actions[fine])
        self.scores[matches] += rewards
        self.owed[matches] += rewards
        self._make_room(int(self.plies[matches].max(initial=0)) + 1)
        self.actions[self.plies[matches], matches] = actions[fine]
        self.seconds[self.plies[matches], matches] = seconds[0][fine]
        self.cpu_seconds[self.plies[matches], matches] = seconds[1][fine]
        self.plies[matches] += 1
        over = states["over"]
        self._dismiss(self.matches[spoiled], self.states[spoiled])
        self._dismiss(matches[over], states[over])
        self.matches, self.states = matches[~over], states[~over].view(np.recarray)

    def _make_room(self, plies: int) -> None:
        if plies > len(self.actions):
            self.actions = np.concatenate([self.actions, np.zeros_like(self.actions)])
            self.seconds = np.concatenate([self.seconds, np.zeros_like(self.seconds)])
            self.cpu_seconds = np.concatenate([self.cpu_seconds, np.zeros_like(self.cpu_seconds)])

    def _blame(self, match: int, seat: int, fault: AgentFault) -> None:
        self.faults.setdefault(match, {})[seat] = fault

    def _dismiss(self, matches: NDArray[np.int64], states: States, unstarted: bool = False) -> None:
        """Settle the scores of these matches and tell the players that they are over."""
        if not len(matches):
            return
        for match in matches.tolist():
            if match in self.faults:
                self.scores[match] = self.game.forfeit_scores(set(self.faults[match]))
        scores = self.scores[matches]
        for index, player in enumerate(self.players):
            rows, seats = np.nonzero(self.pairing.seating[matches] == index)
            if unstarted:
                began = [seats[i] not in self.faults[int(matches[row])] for i, row in enumerate(rows)]
                rows, seats = rows[began], seats[began]
            if len(rows):
                player.end(matches[rows], scores[rows, seats].astype(np.float32), states[rows])
        self.trouble[matches] = self.watch.share(len(self.matches)) - self.begun[matches]
        self.finished += len(matches)
        if self.progress is not None:
            self.progress(self.finished, self.count)

    def _record(self, match: int) -> MatchRecord:
        seating = self.pairing.seating[match].tolist()
        scores = tuple(self.scores[match].tolist())
        fault = _one_fault(self.faults[match]) if match in self.faults else None
        result, winner = outcome(scores, fault)
        plies = self.plies[match]
        return MatchRecord(
            game=self.game.name,
            rules_version=self.game.version,
            options=self.game.options,
            seed=int(self.pairing.seeds[match]),
            players=tuple(self.names[index] for index in seating),
            first_player=seating[0],
            actions=self.actions[:plies, match].copy(),
            seconds=self.seconds[:plies, match].copy(),
            scores=scores,
            result=result,
            winner=winner,
            fault=fault,
            cpu_seconds=self.cpu_seconds[:plies, match].copy(),
            engine=__version__,
            agents=tuple(str(getattr(self.players[index], "identity", "")) for index in seating),
            terms=next((terms for index in seating if (terms := getattr(self.players[index], "terms", {}))), {}),
            host=Trouble(*self.trouble[match].tolist()),
        )


class _OwnTime:
    """Tells the referee's own time from that of the players, to see when it did not run although it wanted to."""

    def __init__(self, players: Sequence[Player]) -> None:
        self._players = players
        self._waited = self._waited_by_players()
        self._begun = self._begun_cpu = 0.0

    def start(self) -> None:
        """The referee goes to work."""
        self._begun, self._begun_cpu = perf_counter(), thread_time()

    def ask(self, player: Player, turn: Turn) -> tuple[Reply, NDArray[np.float64]]:
        """The reply of ``player``, and its processor time on each row, [B]."""
        begun, begun_cpu = perf_counter(), thread_time()
        reply = player.act(turn)
        seconds, cpu_seconds = perf_counter() - begun, thread_time() - begun_cpu
        self._begun += seconds
        self._begun_cpu += cpu_seconds
        if reply.cpu_seconds is not None:
            return reply, reply.cpu_seconds
        return reply, np.full(len(turn), cpu_seconds / max(1, len(turn)))

    def late(self) -> float:
        """Seconds since ``start`` in which the referee stood still, and those in which its players' processes did."""
        waited = self._waited_by_players()
        stood, self._waited = waited - self._waited, waited
        return stood + (perf_counter() - self._begun) - (thread_time() - self._begun_cpu)

    def _waited_by_players(self) -> float:
        return sum(float(getattr(player, "waited_seconds", 0.0)) for player in self._players)


def check_reply(
    game: Game, reply: Reply, states: States, seats: NDArray[np.int8], masks: NDArray[np.bool_]
) -> tuple[NDArray[Any], dict[int, AgentFault]]:
    """The actions of a reply, [B, *action_shape], and a fault for each row with anything but a legal action."""
    faults = dict(reply.faults)
    raw = reply.actions
    try:
        checked = game.as_actions(raw, (len(masks),)).copy() if isinstance(raw, np.ndarray) else None
    except IllegalAction:
        checked = None
    if checked is None:
        checked, suspects = game.actions.zeros(len(masks)), np.arange(len(masks))
    else:
        suspects = np.flatnonzero(game.actions.illegal(checked, masks))
    for row in suspects.tolist():
        if row in faults:
            continue
        try:
            checked[row] = game.check_action(states[row], raw[row], int(seats[row]))
        except IllegalAction as error:
            faults[row] = AgentFault("illegal", str(error))
    return checked, faults


def outcome(scores: Sequence[float], fault: Fault | None) -> tuple[Result, int | None]:
    """Result and winning seat from the scores: the highest wins, if it stands alone. Who plays alone beats nobody."""
    best = max(scores)
    leaders = [seat for seat, score in enumerate(scores) if score == best]
    winner = leaders[0] if len(leaders) == 1 < len(scores) else None
    if fault is not None:
        return "fault", winner
    return ("draw", None) if winner is None else ("win", winner)


def _one_fault(faults: dict[int, Any]) -> Fault:
    if len(faults) == 1:
        ((seat, fault),) = faults.items()
        return Fault(seat, fault.kind, str(fault))
    message = " ".join(f"Seat {seat}: {fault}" for seat, fault in sorted(faults.items()))
    return Fault(None, next(iter(faults.values())).kind, message)
