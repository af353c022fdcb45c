"""The material of all checks: a game, its interpreted twin, and lines of random play."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.conformance.finding import Fails
from sparring.engine.game import Game, States
from sparring.engine.seeds import spread

TOGETHER = 4
"""Matches in the air at a time."""

LONGEST = 32_000
"""Plies that a match may take: ``ply`` is an int16."""


@dataclass
class Line:
    """One match of random play, or the first plies of one."""

    seed: int
    states: States
    """Records [n + 1]: before each ply, and after the last."""
    actions: NDArray[Any]
    """[n, *action_shape], or [n, S, *action_shape] when simultaneous."""
    rewards: NDArray[np.float32]
    """float32 [n, S]"""

    @property
    def over(self) -> bool:
        return bool(self.states["over"][-1])


class Trial:
    """A game on trial: about ``plies`` plies of random play from ``seed`` are looked at."""

    def __init__(self, game: Game, plies: int, seed: int) -> None:
        self.game, self.plies, self.seed = game, plies, seed
        self.twin = game if game.batched else interpreted(game)

    @property
    def random(self) -> np.random.Generator:
        """A generator for one check; each check draws the same numbers whatever ran before it."""
        return np.random.default_rng(self.seed)

    @cached_property
    def lines(self) -> list[Line]:
        """Random play, interpreted, which tells a mistake by its line; the last lines may be cut off."""
        return random_lines(self.twin, self.plies, self.seed)

    @cached_property
    def positions(self) -> list[Any]:
        """Up to 40 records in which the match is still on, from all over the lines."""
        states = np.concatenate([np.asarray(line.states) for line in self.lines])
        alive = states[~states["over"]]
        chosen = np.unique(np.linspace(0, len(alive) - 1, 40).astype(int))
        return list(alive[chosen].view(np.recarray))

    @cached_property
    def ends(self) -> list[Any]:
        """Up to 5 last records of matches."""
        return [line.states[-1] for line in self.lines if line.over][:5]


def interpreted(game: Game) -> Game:
    """The same game, its rules run as plain Python."""
    return Game(game.name, game.package, game.options, compiled=False, rules=game.rules)


def seats_to_move(game: Game, state: Any) -> list[int]:
    """The seats that are asked for an action in this position."""
    return list(range(game.seats)) if game.simultaneous else [int(state["seat"])]


def one(state: Any) -> States:
    """A recarray [1] that holds a copy of the record."""
    copy = np.empty(1, state.dtype)
    copy[0] = state
    return copy.view(np.recarray)


def contents(states: States) -> list[bytes]:
    """The bytes of the records, field by field: what lies between the fields is nobody's."""
    return [np.asarray(states[name]).tobytes() for name in states.dtype.names]


def random_lines(game: Game, plies: int, seed: int) -> list[Line]:
    """Lines of uniform random play, ``plies`` plies in all."""
    random = np.random.default_rng(seed)
    seeds = iter(spread(seed, plies + TOGETHER).tolist())
    finished: list[Line] = []
    going = [_Growing(game, next(seeds)) for _ in range(min(TOGETHER, plies))]
    for _ in range(-(-plies // len(going))):
        states = np.concatenate([np.asarray(line.states[-1]) for line in going]).view(np.recarray)
        _look(game, states)
        masks = game.masks(states)
        actions = game.random_actions(masks, random)
        if game.action_kind != "box":
            _require_something_to_do(game, going, actions, masks)
        rewards = game.play(states, actions)
        for row, line in enumerate(going):
            line.grow(states[row : row + 1], actions[row], rewards[row])
            if states["over"][row]:
                finished.append(line.cut())
                going[row] = _Growing(game, next(seeds))
    return finished + [line.cut() for line in going if line.actions]


class _Growing:
    def __init__(self, game: Game, seed: int) -> None:
        self.seed = seed
        self.states = [np.asarray(game.new_states([seed]))]
        self.actions: list[Any] = []
        self.rewards: list[Any] = []

    def grow(self, state: States, action: Any, rewards: Any) -> None:
        self.states.append(np.array(state))
        self.actions.append(np.array(action))
        self.rewards.append(np.array(rewards))

    def cut(self) -> Line:
        states = np.concatenate(self.states).view(np.recarray)
        return Line(self.seed, states, np.stack(self.actions), np.stack(self.rewards))


def _look(game: Game, states: States) -> None:
    """Show every record, copied, to every seat, so that a mistake in ``observe`` is met in play."""
    shown = states.copy()
    for seat in range(game.seats):
        game.observe(shown, np.full(len(states), seat, np.int8))


def _require_something_to_do(
    game: Game, going: list[_Growing], actions: NDArray[Any], masks: NDArray[np.bool_]
) -> None:
    """A random action is only illegal where nothing is legal."""
    for row in np.unique(np.argwhere(game.actions.illegal(actions, masks))[:, :1]).tolist():
        line = going[row]
        what = "`legal` allows nothing" if not masks[row].any(axis=-1).all() else "a head has nothing left to choose"
        raise Fails(
            f"At ply {len(line.actions)} of the match with seed {line.seed}, last actions "
            f"{[action.tolist() for action in line.actions][-10:]}, {what} and the match is not over."
        )
