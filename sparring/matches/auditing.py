"""Plays many recorded matches again at once, and says what is wrong with which."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sparring.engine import Game, States, load_game
from sparring.errors import SparringError
from sparring.matches.record import MatchRecord
from sparring.matches.replay import Replay, verify


def complaints(records: Sequence[MatchRecord]) -> list[str]:
    """What is wrong with each record; empty where it replays to the outcome that it tells of.

    A record of a game that is not installed, or whose rules have another version here, can not be judged: no complaint.
    """
    found = [""] * len(records)
    alike: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        alike[record.game, json.dumps(record.options, sort_keys=True), record.rules_version].append(index)
    for (name, _, version), indices in alike.items():
        try:
            game = load_game(name, records[indices[0]].options)
        except SparringError:
            continue
        if game.version != version:
            continue
        for index, complaint in zip(indices, _of_one_game(game, [records[each] for each in indices]), strict=True):
            found[index] = complaint
    return found


def _of_one_game(game: Game, records: list[MatchRecord]) -> list[str]:
    try:
        replays = _replayed(game, records)
    except SparringError:  # one of them is not legal: each by itself says which
        return [_complaint(record) for record in records]
    return [_verdict(each) for each in replays]


def _replayed(game: Game, records: list[MatchRecord]) -> list[Replay]:
    """All matches in lock-step. Raises IllegalAction when one holds what is no legal action."""
    states = game.new_states(np.array([record.seed for record in records], np.uint64))
    scores = np.zeros((len(records), game.seats))
    plies = np.array([record.plies for record in records])
    for ply in range(int(plies.max(initial=0))):
        rows = np.flatnonzero(plies > ply)
        current: States = states[rows].view(np.recarray)
        actions = np.array([records[row].actions[ply] for row in rows.tolist()], game.action_dtype)
        scores[rows] += game.play(current, actions)
        states[rows] = current
    replays = []
    for row, record in enumerate(records):
        own = scores[row].tolist()
        if record.fault is not None:
            guilty = set(range(game.seats)) if record.fault.seat is None else {record.fault.seat}
            own = game.forfeit_scores(guilty)
        replays.append(Replay(game, record, states[row : row + 1].view(np.recarray), tuple(map(float, own))))
    return replays


def _verdict(played: Replay) -> str:
    try:
        played.verify()
    except SparringError as error:
        return str(error)
    return ""


def _complaint(record: MatchRecord) -> str:
    try:
        verify(record)
    except SparringError as error:
        return str(error)
    return ""
