"""Checks that one seed and the same actions give the same bytes, whichever way the rules run."""

from __future__ import annotations

import re
from typing import Any

from sparring.engine.batch import Batch
from sparring.engine.conformance.finding import Fails, require
from sparring.engine.conformance.trial import Line, Trial, contents, one, random_lines
from sparring.engine.game import Game
from sparring.errors import BadOption


def rules_can_be_compiled(trial: Trial) -> str:
    """Or need not be."""
    if trial.game.batched:
        return "the rules take whole batches, as plain Python"
    trial.game.warm_up()
    return "the rules can be compiled"


def replayed_from_their_seeds(trial: Trial) -> str:
    """Lines once more, alone: from its seed and its actions each comes to the same records and rewards."""
    lines = trial.lines[::4]
    for line in lines:
        _replay(trial.twin, line, "again")
    return f"{len(lines)} matches replayed to the same bytes"


def interpreted_and_compiled(trial: Trial) -> str:
    """The lines were interpreted: once more with the same functions compiled."""
    if trial.game.batched:
        return "the rules are plain Python, there is nothing to compile"
    for line in trial.lines:
        _replay(trial.game, line, "compiled")
        _looks_the_same(trial.game, trial.twin, line)
    plies = sum(len(line.actions) for line in trial.lines)
    return f"{plies} plies gave the same records, rewards, masks and observations"


def _replay(game: Game, line: Line, way: str) -> None:
    states = game.new_states([line.seed])
    _require_same(states, line.states[:1], f"Run {way}, `start` gives another record")
    for ply in range(len(line.actions)):
        rewards = game.play_unchecked(states, line.actions[ply : ply + 1])
        _require_same(states, line.states[ply + 1 : ply + 2], f"Run {way}, ply {ply} gives another record")
        require(
            rewards.tobytes() == line.rewards[ply : ply + 1].tobytes(),
            f"Run {way}, ply {ply} is paid {rewards[0].tolist()} and not {line.rewards[ply].tolist()}.",
        )


def _require_same(states: Any, expected: Any, what: str) -> None:
    if contents(states) == contents(expected):
        return
    names = [name for name in states.dtype.names if states[name].tobytes() != expected[name].tobytes()]
    shown = ", ".join(f"{name} {_short(states[name][0])} for {_short(expected[name][0])}" for name in names)
    raise Fails(f"{what}: {shown}.")


def _short(value: Any) -> str:
    return f"{value.tolist() if hasattr(value, 'tolist') else value!r:.60}".replace("\n", " ")[:60]


def _looks_the_same(game: Game, twin: Game, line: Line) -> None:
    for state in line.states[:: max(1, len(line.states) // 16)]:
        states = one(state)
        for seat in range(game.seats):
            what = f"At ply {int(state['ply'])} seat {seat}"
            same = game.observe(states, [seat]).tobytes() == twin.observe(states, [seat]).tobytes()
            require(same, f"{what} sees something else when the rules are compiled.")
        same = game.masks(states).tobytes() == twin.masks(states).tobytes()
        require(same, f"At ply {int(state['ply'])} something else is allowed when the rules are compiled.")


def batched_and_threaded(trial: Trial) -> str:
    """Batches compiled, on two threads and interpreted, side by side, through the ends of matches."""
    game, rows = trial.game, 5
    batches = {"compiled": Batch(game, rows, trial.seed), "on two threads": Batch(game, rows, trial.seed, threads=2)}
    if not game.batched:
        batches["interpreted"] = Batch(trial.twin, rows, trial.seed)
    first, random = batches["compiled"], trial.random
    steps = max(1, trial.plies // rows)
    for step in range(steps):
        actions = game.random_actions(first.masks, random)
        for batch in batches.values():
            batch.step(actions)
        for way, batch in batches.items():
            for what in ("states", "observations", "masks", "seats", "rewards", "over"):
                same = _bytes(getattr(batch, what)) == _bytes(getattr(first, what))
                require(same, f"After {step + 1} steps the {what} of a batch {way} are others than compiled.")
    return f"{steps} steps of {rows} matches: {', '.join(batches)}"


def _bytes(array: Any) -> list[bytes]:
    return contents(array) if array.dtype.names else [array.tobytes()]


def options_at_their_ends(trial: Trial) -> str:
    """Each option at the ends of what it may be: the game plays, or says which options don't go together."""
    game, tried = trial.game, 0
    for option, (_, allowed, _) in game.rules.OPTIONS.items():
        ends = () if isinstance(allowed, re.Pattern) else {allowed[0], allowed[-1]}
        for value in ends:
            try:
                variant = Game(game.name, game.package, {option: value}, compiled=False, rules=game.rules)
            except BadOption:
                continue
            try:
                random_lines(variant, 3, trial.seed)
            except Exception as error:
                raise Fails(f"With {option}={value}: {type(error).__name__}: {error}") from error
            tried += 1
    return f"{tried} variants can be played" if tried else "there are none"
