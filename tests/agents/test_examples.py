"""The examples for authors do what they say, in this process and in the sandbox alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import play_duel
from sparring.sandbox import load_player

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "agents"
EXAMPLES = {
    "simplest.py": ("connect_four", {}, "random", 0.55),
    "batched.py": ("connect_four", {}, "random", 0.95),
    "with_memory.py": ("rock_paper_scissors", {"repetitions": 100}, "scripted:copycat", 0.95),
}


def play(name: str, driver: str, matches: int = 100):
    game_name, options, opponent, _ = EXAMPLES[name]
    game = load_game(game_name, options)
    player = load_player(str(FOLDER / name), game, driver=driver)
    try:
        return play_duel(game, [player, load(opponent, game, seed=5)], names=["it", "other"], matches=matches, seed=9)
    finally:
        player.close()


def test_every_example_is_tested():
    assert {path.name for path in FOLDER.glob("*.py")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_wins_as_it_should(name):
    tally = play(name, "trusted").tally()
    assert tally.errors == (0, 0)
    assert tally.points[0] / (2 * tally.matches) >= EXAMPLES[name][3]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_plays_the_same_in_the_sandbox(name):
    trusted, sandboxed = play(name, "trusted"), play(name, "bubblewrap")
    assert sandboxed.tally().errors == (0, 0)
    for one, other in zip(trusted.records, sandboxed.records, strict=True):
        assert np.array_equal(one.actions, other.actions)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short(name):
    assert len((FOLDER / name).read_text().splitlines()) < 100


def test_the_batched_example_sees_every_line():
    game = load_game("connect_four")
    states = game.new_states(np.zeros(400, np.uint64))
    random = np.random.default_rng(2)
    for _ in range(12):
        masks = game.legal(states, states.seat)
        actions = np.array([random.choice(np.flatnonzero(mask)) if mask.any() else 0 for mask in masks])
        playing = ~states.over
        states[playing] = _played(game, states[playing], actions[playing])
    states = states[~states.over]
    seats = states.seat.copy()
    masks = game.legal(states, seats)
    agent = load(str(FOLDER / "batched.py"), game).program
    chosen = np.asarray(agent.act(np.arange(len(states)), game.observe(states, seats), masks, None).actions)
    winning = np.zeros(masks.shape, bool)
    for column in range(7):
        legal = masks[:, column]
        after = _played(game, states[legal].copy(), np.full(legal.sum(), column))
        winning[legal, column] = after.winner == seats[legal]
    can_win = winning.any(axis=1)
    assert can_win.sum() > 20
    assert winning[np.arange(len(states)), chosen][can_win].all()


def _played(game, states, actions):
    game.play(states, actions)
    return states
