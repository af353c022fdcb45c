"""Checks that a match seen through a symmetry of its game is a match of the game."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.conformance.finding import Fails, require
from sparring.engine.conformance.trial import Line, Trial
from sparring.engine.game import Game
from sparring.engine.symmetries import Symmetries

AT_ONCE = 8
"""Ways in which a line is seen, at most; the next line is seen in the next ones."""


def a_match_seen_otherwise_is_a_match(trial: Trial) -> str:
    """The lines again, from the same seeds, with every action as it is called in another way to look at the match.

    What is seen, allowed and paid must be the same as in the line itself, seen in that way.
    """
    symmetries = trial.game.symmetries
    if symmetries is None:
        return "none are declared"
    _require_closed(symmetries)
    others, played = np.arange(1, len(symmetries)), 0
    apart = -(-len(others) // AT_ONCE)
    for number, line in enumerate(trial.lines):
        ways = others[number % apart :: apart]
        _play_in(trial.game, line, symmetries, ways)
        played += len(ways)
    return f"{played} matches seen in one of {len(symmetries)} ways were matches all the same"


def _require_closed(symmetries: Symmetries) -> None:
    """What is seen in one way and then in another is a way of its own, so that they are a group."""
    both = np.concatenate([symmetries.observations, symmetries.observations.shape[1] + symmetries.actions], axis=1)
    known = {way.tobytes() for way in both}
    for number, way in enumerate(both):
        together = {seen.tobytes() for seen in both[:, way]}
        require(
            together == known,
            f"Way {number} after another one is a way that `symmetries` doesn't declare: add it. Way 0 is to look at "
            "the match as it is.",
        )


def _play_in(game: Game, line: Line, symmetries: Symmetries, ways: NDArray[np.int64]) -> None:
    """Play the line in all ``ways`` at once."""
    states = game.new_states([line.seed] * len(ways))
    for ply in range(len(line.states)):
        for seat in range(game.seats):
            _require_same(game, line.states[ply : ply + 1], states, seat, (symmetries, ways))
        if ply == len(line.actions):
            return
        rewards = game.play_unchecked(states, symmetries.called(np.repeat(line.actions[ply], len(ways)), ways))
        unlike = np.flatnonzero((rewards != line.rewards[ply]).any(axis=1))
        if len(unlike):
            raise Fails(
                f"Seen in way {ways[unlike[0]]}, ply {ply} is paid {rewards[unlike[0]].tolist()} and not "
                f"{line.rewards[ply].tolist()}: `symmetries` declares what is none, or chance has a part in it."
            )


def _require_same(
    game: Game, original: Any, states: Any, seat: int, seen: tuple[Symmetries, NDArray[np.int64]]
) -> None:
    symmetries, ways = seen
    seats, once = np.full(len(ways), seat, np.int8), np.zeros(len(ways), np.int64)
    expected = symmetries.observed(game.observe(original, [seat])[once], ways), game.observe(states, seats)
    allowed = symmetries.by_action(game.legal(original, [seat])[once], ways), game.legal(states, seats)
    for what, (wanted, found) in {"sees": expected, "may do": allowed}.items():
        unlike = np.flatnonzero((wanted != found).reshape(len(ways), -1).any(axis=1))
        if len(unlike):
            raise Fails(
                f"Seen in way {ways[unlike[0]]}, seat {seat} {what} something else at ply {int(original['ply'][0])} "
                "than that way makes of it: `symmetries` declares what is none, or chance has a part in it."
            )
