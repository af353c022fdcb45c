"""Several heads with dependencies, boxes, more seats than two, and rules that take whole batches."""

from __future__ import annotations

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sparring.engine import Batch, Game
from sparring.errors import BadOption, IllegalAction

REST, FIGHT = 0, 1
NONE, FIST, SWORD = 0, 1, 2


@cache
def rules(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"toy_{name}", Path(__file__).parent / "toys" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def toy(name: str, compiled: bool = True, **options: Any) -> Game:
    return Game(name, "", options, compiled, rules(name))


def test_heads_are_described_by_the_game():
    game = toy("stances")
    assert (game.action_kind, game.action_shape, game.num_actions, game.heads) == ("multi_discrete", (2,), 5, (2, 3))
    assert game.allows is not None
    assert not game.allows[2, FIGHT]
    assert game.allows[2, REST]


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ([FIGHT, NONE], "choice 0 of head 1 does not go with choice 1 of head 0"),
        ([REST, SWORD], "choice 2 of head 1 does not go with choice 0 of head 0"),
        ([FIGHT], "a list of 2 numbers, not of 1"),
        (1, "a list of 2 numbers, not 1 (int)"),
        ([FIGHT, 3], "Head 1: choice 3 is outside 0..2"),
        ([True, FIST], "Head 0 is an integer, not True (bool)"),
        ([1.0, FIST], "Head 0 is an integer, not 1.0 (float)"),
        ([[FIGHT, FIST]], "a list of 2 numbers"),
        ([[FIGHT], [FIST, 0]], "Head 0 is an integer, not [1] (list)"),
    ],
)
def test_wrong_heads_get_a_sentence(action, sentence):
    game = toy("stances")
    with pytest.raises(IllegalAction, match=re.escape(sentence)):
        game.check_action(game.new_states([1])[0], action, 0)


def test_what_the_mask_forbids_names_its_head():
    game = toy("stances")
    states = game.new_states([1])
    game.play(states, [[[FIGHT, SWORD], [FIGHT, FIST]]])
    with pytest.raises(IllegalAction, match="choice 2 of head 1 is not allowed in this position"):
        game.check_action(states[0], [FIGHT, SWORD], 0)
    assert game.check_action(states[0], [FIGHT, SWORD], 1).tolist() == [FIGHT, SWORD]


def test_a_batch_with_one_illegal_action_plays_nothing():
    game = toy("stances")
    batch = Batch(game, 3, seed=1)
    before = batch.states.copy()
    actions = np.tile([FIGHT, FIST], (3, 2, 1))
    actions[2, 1] = [REST, FIST]
    with pytest.raises(IllegalAction, match="Row 2"):
        batch.step(actions)
    assert (batch.states == before).all()


@pytest.mark.parametrize("seats", [2, 3, 4])
def test_random_heads_are_legal_and_the_same_interpreted_and_compiled(seats):
    batches = [Batch(toy("stances", compiled, seats=seats), 4, seed=5) for compiled in (True, False)]
    for _ in range(50):
        chosen = [batch.random_actions() for batch in batches]
        assert (chosen[0] == chosen[1]).all()
        for batch, actions in zip(batches, chosen, strict=True):
            batch.step(actions)
        assert batches[0].states.tobytes() == batches[1].states.tobytes()
        assert batches[0].rewards.shape == (4, seats)


def test_compiled_random_play_is_random_actions_and_steps():
    one_call, steps = (Batch(toy("stances"), 4, seed=5) for _ in range(2))
    one_call.random_play(20)
    for _ in range(20):
        steps.step(steps.random_actions())
    assert one_call.states.tobytes() == steps.states.tobytes()


def test_all_pairs_of_options_that_go_together_are_drawn():
    game = toy("stances")
    masks = game.masks(game.new_states(np.zeros(400, np.uint64)))
    drawn = {tuple(action) for action in game.random_actions(masks, np.random.default_rng(1)).reshape(-1, 2).tolist()}
    assert drawn == {(REST, NONE), (FIGHT, FIST), (FIGHT, SWORD)}


def test_constants_of_the_layout_are_in_every_record():
    assert toy("stances").new_states([1, 2]).bonus.tolist() == [5, 5]


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ([0.0, float("nan")], "Number 1 of the action is nan"),
        ([0.0, 2.5], r"Number 1 of the action is 2.5; it must lie in 0 to 2"),
        ([0.0, float("inf")], "must lie in 0 to 2"),
        ([0.0, 10**400], "Number 1 of the action is inf"),
        ([0.0], "a list of 2 numbers, not of 1"),
        ([True, 0.0], "a real number, not True"),
        ("ab", "a list of 2 numbers, not 'ab'|a list of 2 numbers, not ab"),
    ],
)
def test_points_outside_the_box_get_a_sentence(action, sentence):
    game = toy("tug_of_war")
    with pytest.raises(IllegalAction, match=sentence):
        game.check_action(game.new_states([1])[0], action, 0)


def test_batched_rules_play_in_a_box():
    game = toy("tug_of_war")
    batch = Batch(game, 64, seed=3, threads=2)
    ended = 0
    for _ in range(60):
        actions = batch.random_actions()
        assert actions.dtype == np.float32
        assert (actions[..., 0] >= -1).all()
        assert (actions[..., 1] <= 2).all()
        batch.step(actions)
        ended += int(batch.over.sum())
        assert (abs(batch.states["place"]) <= 3).all()
        assert (batch.observations[:, 0, 0] == -batch.observations[:, 1, 0]).all()
    assert ended > 100
    batch.random_play(5)


def test_a_finished_match_of_batched_rules_takes_no_action():
    game = toy("tug_of_war")
    states = game.new_states([1, 2])
    states.over = True
    with pytest.raises(IllegalAction, match="The match is over"):
        game.play(states, np.zeros((2, 2, 2)))


def test_an_option_of_free_text_must_match_its_pattern():
    assert toy("tug_of_war", knots="3,4").options == {"knots": "3,4"}
    with pytest.raises(BadOption, match="it is a text like '1,2'"):
        toy("tug_of_war", knots="x")
