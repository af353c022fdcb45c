"""Checks that only legal actions are played, whatever a confused or hostile program answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sparring.engine.batch import Batch
from sparring.engine.conformance.finding import Fails, require
from sparring.engine.conformance.trial import Trial, contents, one, seats_to_move
from sparring.engine.game import Game
from sparring.errors import IllegalAction


class Sneaky(int):
    """An int that lies about itself: what counts is the number it was made of."""

    def __index__(self) -> int:
        return 0

    def __int__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Hostile:
    """Something that isn't to be asked anything."""

    def __repr__(self) -> str:
        raise RuntimeError("asked for its text")

    def __index__(self) -> int:
        raise RuntimeError("asked for its number")

    def __len__(self) -> int:
        raise RuntimeError("asked for its length")


NOTHING_ANYWHERE: list[Any] = [
    True,
    False,
    np.bool_(True),
    None,
    "0",
    b"0",
    "",
    {},
    {0},
    0j,
    np.timedelta64(0),
    Hostile(),
    [[[0]]],
    np.zeros((2, 2, 2)),
    [None],
    ["0"],
]


def nonsense_is_refused(trial: Trial) -> str:
    """Fuzzing: whatever is no action raises IllegalAction with a sentence, alone and in arrays, and changes nothing."""
    game, refused = trial.game, 0
    for state in (trial.positions[0], trial.positions[-1]):
        states = one(state)
        before = contents(states)
        seat = seats_to_move(game, state)[-1]
        for nonsense in _nonsense(game, states, trial.random):
            _require_refused(game, states, nonsense, seat)
            refused += 1
        for array in _arrays(game, states, trial.random):
            _require_not_played(game, states, array)
            refused += 1
        require(contents(states) == before, "An action that was refused has changed the record.")
    refused += _refused_by_a_batch(trial)
    return f"{refused} refused with a sentence, and nothing was played"


def illegal_actions_are_refused(trial: Trial) -> str:
    """What the mask forbids is refused, and after the end so is everything."""
    game, refused, random = trial.game, 0, trial.random
    for state in trial.positions[::2]:
        for seat in seats_to_move(game, state):
            for action in _masked(game, game.legal(one(state), [seat])[0], random):
                _require_refused(game, one(state), action, seat)
                refused += 1
    for state in trial.ends:
        mask = np.ones(game.num_actions, np.bool_)
        action = game.random_actions(mask[None], random)[0]
        _require_refused(game, one(state), action, seats_to_move(game, state)[0])
        refused += 1
    return f"{refused} refused"


def other_integers_count_by_their_value(trial: Trial) -> str:
    """Integers of NumPy count, and those of a class of their own by the value they were made of, not what they say."""
    game = trial.game
    state = trial.positions[0]
    seat = seats_to_move(game, state)[0]
    legal = game.random_actions(game.legal(one(state), [seat]), trial.random)[0]
    if game.action_kind == "discrete":
        number = int(legal)
        kinds = [kind for kind in (np.int8, np.uint16, np.int64, np.uint64) if number <= np.iinfo(kind).max]
        integers: list[Any] = [number, Sneaky(number), *(kind(number) for kind in kinds)]
        for given in integers:
            checked = game.check_action(state, given, seat)
            require(
                type(checked) is int and checked == number,
                f"Action {number} as {type(given).__name__} became {checked!r:.40}.",
            )
        return "int, its subclasses, and NumPy's integers give the same action"
    for given in (legal, legal.tolist(), tuple(legal.tolist())):
        checked = game.check_action(state, given, seat)
        require(
            checked.dtype == game.action_dtype and (checked == legal).all(),
            f"A legal action given as {type(given).__name__} became {checked!r:.60}.",
        )
    return "arrays, lists and tuples give the same action"


def _require_refused(game: Game, states: Any, nonsense: Any, seat: int) -> None:
    before = contents(states)
    try:
        game.check_action(states[0], nonsense, seat)
    except IllegalAction as error:
        require(len(str(error)) > 10, f"{_name(nonsense)} was refused without a sentence.")
        require(contents(states) == before, f"{_name(nonsense)} was refused, but has changed the record.")
        return
    raise Fails(f"{_name(nonsense)} was taken for a legal action.")


def _require_not_played(game: Game, states: Any, array: Any) -> None:
    before = contents(states)
    try:
        game.play(states, array)
    except IllegalAction:
        require(contents(states) == before, f"{_name(array)} was refused, but has changed the record.")
        return
    raise Fails(f"{_name(array)} was played.")


def _refused_by_a_batch(trial: Trial) -> int:
    game = trial.game
    batch = Batch(game, 2, trial.seed)
    before, count = contents(batch.states), 0
    for array in _arrays(game, batch.states.view(np.recarray), trial.random):
        try:
            batch.step(array)
        except IllegalAction:
            require(contents(batch.states) == before, f"A batch refused {_name(array)}, but has changed its records.")
            count += 1
            continue
        raise Fails(f"A batch has played {_name(array)}.")
    return count


def _nonsense(game: Game, states: Any, random: np.random.Generator) -> Iterator[Any]:
    """Things that are no action of the game, near misses among them."""
    yield from NOTHING_ANYWHERE
    if game.action_kind == "discrete":
        yield from (0.0, float("nan"), float("inf"), np.float32(0), [0], (0,), np.array([0]), np.array(0.0))
        yield from (-1, game.num_actions, 255 + game.num_actions, 2**31, 2**32, 2**63, 2**64, -(2**64), 10**30)
        yield from (np.int8(-1), np.uint64(2**64 - 1), Sneaky(-1), Sneaky(game.num_actions))
        return
    mask = game.masks(states)[0]
    legal = game.random_actions(mask if mask.ndim == 2 else mask[None], random)[0]
    yield from (0, 0.5, float("nan"), [], legal[:-1], [*legal.tolist(), 0], legal[None], legal.astype(str))
    yield from (legal.astype(complex), legal.astype(object)[:-1], legal > 0)
    for head in range(len(legal)):
        if game.low is not None and game.high is not None:
            yield from (_with(legal, head, value) for value in (np.nan, np.inf, -np.inf))
            yield _with(legal, head, np.nextafter(game.high[head], np.float32(np.inf)))
            yield _with(legal, head, game.low[head] - 1)
        else:
            yield from (_with(legal, head, value) for value in (-1, game.heads[head], 2**31, -(2**63)))
            yield [*legal[:head].tolist(), 2**64 + int(legal[head]), *legal[head + 1 :].tolist()]
            yield _with(legal.astype(np.float64), head, np.nan)


def _with(action: Any, place: Any, value: Any) -> Any:
    changed = action.copy()
    changed[place] = value
    return changed


def _arrays(game: Game, states: Any, random: np.random.Generator) -> Iterator[Any]:
    """Arrays for all rows at once that hold no actions, or not as many, or one that is none."""
    legal = game.random_actions(game.masks(states), random)
    yield from (legal[:-1], legal[None], np.concatenate([legal, legal]), legal.astype(str), legal.astype(object))
    yield from (legal.astype(complex), legal > 0, None, "0", Hostile())
    last = (-1,) * legal.ndim
    if game.high is not None:
        yield from (_with(legal, last, value) for value in (np.nan, np.inf, game.high[-1] + 1))
        return
    yield legal.astype(np.float64)
    ends = [-1, 2**62, game.num_actions if game.action_kind == "discrete" else game.heads[-1]]
    yield from (_with(legal, last, value) for value in ends)
    yield _with(legal.astype(np.uint64), last, np.uint64(2**64 - 1))


def _masked(game: Game, mask: Any, random: np.random.Generator) -> Iterator[Any]:
    """Up to three actions that the mask forbids."""
    if game.action_kind == "discrete":
        yield from np.flatnonzero(~mask)[:3].tolist()
    elif game.action_kind == "multi_discrete":
        starts = np.cumsum([0, *game.heads])
        legal = game.random_actions(mask[None], random)[0]
        for place in np.flatnonzero(~mask)[:3]:
            head = int(np.searchsorted(starts, place, side="right")) - 1
            yield _with(legal, head, place - starts[head])


def _name(value: Any) -> str:
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        return f"An array of {value.dtype} with shape {value.shape}, {value.tolist()!r:.60}"
    if isinstance(value, Hostile):
        return "An object that isn't to be asked anything"
    return f"{int.__repr__(value) if isinstance(value, Sneaky) else repr(value):.60} ({kind})"
