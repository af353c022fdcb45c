"""Checks that a seat sees only what it may know."""

from __future__ import annotations

import numpy as np

from sparring.engine.conformance.finding import Fails, require
from sparring.engine.conformance.trial import Trial, one, seats_to_move

DEALS = 4
"""How often each position is dealt anew for each seat."""


def what_is_hidden_is_not_seen(trial: Trial) -> str:
    """Deal anew what a seat doesn't know: what it sees and may do stays as it is."""
    game = trial.game
    if game.perfect_information:
        return "everyone sees everything"
    redeal = getattr(game.rules, "redeal", None)
    if redeal is None:
        return "not checked: the rules have no `redeal`, which would deal anew what a seat doesn't know"
    changed = 0
    for state in trial.positions:
        for seat in range(game.seats):
            for deal in range(DEALS):
                states = one(state)
                states["random"][0] = np.array([deal * 977 + 1, seat + 1], np.uint32)
                dealt = states.copy()
                redeal(dealt if game.batched else dealt[0], np.array([seat], np.int8) if game.batched else seat)
                _require_same_to(trial, states, dealt, seat)
                changed += _without_chance(dealt) != _without_chance(states)
    require(changed, "`redeal` never changed anything: it must draw anew all that the seat doesn't know.")
    return f"{changed} deals changed what is hidden, and nobody saw it"


def _require_same_to(trial: Trial, states: np.ndarray, dealt: np.ndarray, seat: int) -> None:
    game = trial.game
    for field in ("seat", "ply", "over"):
        require(states[field][0] == dealt[field][0], f"`redeal` changes state.{field}.")
    ply = int(states["ply"][0])
    seen, after = game.observe(states, [seat]), game.observe(dealt, [seat])
    if seen.tobytes() != after.tobytes():
        place = np.argwhere(seen[0] != after[0])[0].tolist()
        raise Fails(
            f"At ply {ply} the observation of seat {seat} changes at {place} with what is hidden from it: "
            "either `observe` shows too much or `redeal` deals what the seat knows."
        )
    if seat in seats_to_move(game, states[0]):
        same = game.legal(states, [seat]).tobytes() == game.legal(dealt, [seat]).tobytes()
        require(same, f"At ply {ply} what seat {seat} may do changes with what is hidden from it.")


def _without_chance(states: np.ndarray) -> list[bytes]:
    return [states[name].tobytes() for name in states.dtype.names or () if name != "random"]
