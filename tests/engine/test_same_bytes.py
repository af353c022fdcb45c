"""One seed and the same actions give the same bytes, whichever way the rules run."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import Batch, Game, load_game

GAMES = [
    ("tic_tac_toe", ()),
    ("connect_four", ()),
    ("connect_four", (("rows", 4), ("columns", 5), ("connect", 3))),
    ("quarto", ()),
    ("quarto", (("squares", True),)),
    ("quarto", (("variant", "classic"),)),
    ("rock_paper_scissors", ()),
    ("rock_paper_scissors", (("repetitions", 3), ("recall", 5), ("win", 2), ("lose", -3), ("draw", 1))),
    ("othello", ()),
    ("hex", (("size", 5),)),
    ("chess", ()),
    ("snakes", ()),
    ("snakes", (("size", 5), ("food", 10))),
    ("pong", (("limit", 50), ("speed", 64))),
    ("kuhn_poker", ()),
    ("leduc_poker", (("seats", 3),)),
    ("liars_dice", (("seats", 3), ("dice", 2))),
    ("matrix_game", (("table", "0.1,2 3,-4; 5,6 7,8"), ("repetitions", 3))),
]

every_game = pytest.mark.parametrize(("name", "options"), GAMES, ids=lambda value: str(value) if value else "")
choices = st.lists(st.lists(st.integers(0, 10**6), min_size=10, max_size=10), min_size=1, max_size=30)
seeds = st.integers(0, 2**63)


@cache
def game_of(name: str, options: tuple[Any, ...], compiled: bool = True) -> Game:
    return load_game(name, dict(options), compiled=compiled)


def pick(masks: np.ndarray, numbers: list[int]) -> np.ndarray:
    """The legal action that a free number stands for, in each row of masks [..., A]."""
    rows = masks.reshape(-1, masks.shape[-1])
    chosen = [int(np.flatnonzero(row)[number % row.sum()]) for row, number in zip(rows, numbers, strict=False)]
    return np.array(chosen, np.int64).reshape(masks.shape[:-1])


def everything(batch: Batch) -> list[bytes]:
    arrays = (batch.states, batch.observations, batch.masks, batch.seats, batch.rewards, batch.over)
    return [array.tobytes() for array in arrays]


@every_game
@settings(max_examples=15, deadline=None)
@given(seed=seeds, rounds=choices)
def test_batches_are_the_same_interpreted_compiled_and_on_two_threads(name, options, seed, rounds):
    game = game_of(name, options)
    batches = [
        Batch(game_of(name, options, compiled=False), 5, seed),
        Batch(game, 5, seed),
        Batch(game, 5, seed, threads=2),
    ]
    for numbers in rounds:
        actions = pick(batches[0].masks, numbers)
        for batch in batches:
            batch.step(actions)
        interpreted, compiled, threaded = (everything(batch) for batch in batches)
        assert interpreted == compiled == threaded


@every_game
@settings(max_examples=15, deadline=None)
@given(seed=seeds, rounds=choices)
def test_a_match_is_the_same_alone_and_among_others(name, options, seed, rounds):
    game = game_of(name, options)
    matches = [game.new_states([seed]) for _ in range(2)]
    together = game.new_states([seed + 1, seed, seed + 2])
    seats = range(game.seats) if game.simultaneous else (None,)
    for numbers in rounds:
        if together.over.any():
            break
        masks = [game.legal(together, together.seat if seat is None else np.full(3, seat, np.int8)) for seat in seats]
        actions = pick(masks[0] if len(masks) == 1 else np.stack(masks, axis=1), numbers)
        rewards = game.play(together, actions)
        alone = game.play(matches[0], actions[1:2])
        interpreted = game_of(name, options, compiled=False).play(matches[1], actions[1:2])
        assert matches[0].tobytes() == matches[1].tobytes() == together[1:2].tobytes()
        assert alone.tobytes() == interpreted.tobytes() == rewards[1:2].tobytes()


@every_game
def test_a_finished_match_starts_anew_as_a_blank_one(name, options):
    game = game_of(name, options)
    batch = Batch(game, 4, seed=3)
    for _ in range(100):
        ended, actions = batch.states.copy().view(np.recarray), batch.random_actions()
        batch.step(actions)
        game.play(ended, actions)
        fresh = np.repeat(game.blank, 4)
        fresh["random"] = ended["random"]
        game.kernels.start_all(fresh)
        for row in np.flatnonzero(batch.over):
            assert batch.states[row].tobytes() == fresh[row].tobytes()


def test_the_same_seed_gives_the_same_random_play_and_another_seed_another():
    game = game_of("connect_four", ())
    batches = [Batch(game, 64, seed) for seed in (1, 1, 2)]
    for batch in batches:
        batch.random_play(20)
    assert everything(batches[0]) == everything(batches[1])
    assert everything(batches[0]) != everything(batches[2])
