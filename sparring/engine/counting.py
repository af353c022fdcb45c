"""Perft: how many lines of play there are. Wrong rules rarely give the right number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sparring.engine.game import Game
from sparring.engine.specialise import specialise
from sparring.errors import SparringError


@dataclass(frozen=True)
class LineCounts:
    """By number of plies, from 0: how many sequences of legal actions there are, and how many of them end the match."""

    lines: list[int]
    finished: list[int]


def perft(game: Game, depth: int, state: Any = None, bulk: bool = False) -> LineCounts:
    """Count the lines of play up to ``depth`` plies from ``state``, by default from the start.

    With ``bulk`` the actions of the last ply are counted without being played, so that nobody knows whether they end
    the match: ``finished`` is then 0 there.

    >>> from sparring.engine import load_game
    >>> perft(load_game("connect_four"), 4).lines
    [1, 7, 49, 343, 2401]
    """
    if game.simultaneous:
        raise SparringError(f"{game.title} is played simultaneously; lines are counted where one seat moves at a time.")
    if state is None:
        state = game.new_states([0])[0]
    stack = np.repeat(np.asarray(state).reshape(1).view(np.ndarray), depth + 1)
    actions, cursors = np.zeros((depth + 1, game.num_actions), np.int64), np.zeros(depth + 1, np.int64)
    mask = np.zeros(game.num_actions, np.bool_)
    lines, finished = np.zeros(depth + 1, np.int64), np.zeros(depth + 1, np.int64)
    lines[0], finished[0] = 1, state["over"]
    if depth > 0 and not state["over"]:
        kernels = specialise(game, "sparring.engine.kernels.counting")
        kernels.count_lines(stack, actions, cursors, mask, bulk, lines, finished)
    return LineCounts(lines.tolist(), finished.tolist())
