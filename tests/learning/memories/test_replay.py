"""The memory: returns over several steps with the right signs, drawn as often as they should be."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.learning.memories.replay import Replay
from sparring.learning.memories.sum_tree import SumTree
from sparring.learning.rollouts.decisions import Decisions, Outcome


def remembered(
    rewards: list[float], signs: list[float], over: list[bool], ahead: int, discount: float = 1.0, **more: float
) -> Replay:
    """A memory of one row that has taken in these steps; step t shows t and did action t % 9."""
    replay = Replay(
        load_game("tic_tac_toe"), 1, int(more.get("capacity", 100)), ahead, discount, more.get("priority", 0.0)
    )
    for step, (reward, sign, end) in enumerate(zip(rewards, signs, over, strict=True)):
        outcome = Outcome(
            np.array([reward], np.float32), np.array([end]), np.array([sign], np.float32), np.ones(1, bool)
        )
        seen = np.full((1, 2, 3, 3), step, np.int8)
        replay.add(seen, np.ones((1, 9), bool), np.array([step % 9]), outcome)
    return replay


def first_of(replay: Replay) -> tuple[float, float, int]:
    """Return, factor and following observation of the first step."""
    drawn = replay.draw(200, np.random.default_rng(1))
    row = int(np.flatnonzero(drawn.places == 0)[0])
    return float(drawn.returns[row]), float(drawn.onward[row]), int(drawn.following[row, 0, 0, 0])


def test_one_step_is_the_reward_and_the_opponent_s_position_with_the_other_sign() -> None:
    assert first_of(remembered([0.25, 9, 9], [-1, -1, -1], [False] * 3, 1, 0.5)) == (0.25, -0.5, 1)


def test_several_steps_add_up_with_discount_and_sign() -> None:
    # Worked by hand: 1 + .5(-1)2 + .25(-1)(-1)4 = 1; onward .125(-1)(-1)(1) after a seat that moves twice.
    assert first_of(remembered([1, 2, 4, 9, 9], [-1, -1, 1, -1, -1], [False] * 5, 3, 0.5)) == (1.0, 0.125, 3)


def test_nothing_counts_after_the_end_of_the_match() -> None:
    returned, onward, _ = first_of(
        remembered([1, 2, 7, 9, 9], [-1, -1, 1, 1, 1], [False, True, False, False, False], 3)
    )
    assert (returned, onward) == (1 - 2, 0.0)


def test_the_latest_decisions_wait_until_enough_have_followed() -> None:
    replay = remembered([0] * 7, [1] * 7, [False] * 7, ahead=3)
    assert replay.ready == 4
    assert set(replay.draw(500, np.random.default_rng(1)).places.tolist()) == {0, 1, 2, 3}


def test_what_is_overwritten_is_never_drawn_nor_mixed_with_what_is_new() -> None:
    replay = remembered([0] * 23, [1] * 23, [False] * 23, ahead=2, capacity=10)
    drawn = replay.draw(1000, np.random.default_rng(1))
    seen, following = drawn.observations[:, 0, 0, 0], drawn.following[:, 0, 0, 0]
    assert set(seen.tolist()) == set(range(13, 21))
    assert (following == seen + 2).all()
    assert (drawn.actions == seen % 9).all()
    assert replay.ready == 8


def test_the_numbers_of_a_sum_tree_are_drawn_in_proportion() -> None:
    tree, chance = SumTree(5), np.random.default_rng(3)
    tree.put(np.array([0, 1, 3, 4, 1]), np.array([1.0, 7.0, 4.0, 3.0, 2.0]))
    assert tree.total == 10.0
    drawn = np.concatenate([tree.draw(32, chance) for _ in range(2000)])
    shares = np.bincount(drawn, minlength=5) / len(drawn)
    assert shares.tolist() == pytest.approx([0.1, 0.2, 0.0, 0.4, 0.3], abs=0.005)


def test_a_point_at_the_very_end_of_the_sum_finds_the_last_number() -> None:
    class AlmostOne:
        def random(self, count: int) -> np.ndarray:
            return np.full(count, 1.0)

    tree = SumTree(6)
    tree.put(np.array([0, 2]), np.array([0.1, 0.2]))
    assert tree.draw(3, AlmostOne()).tolist()[-1] == 2  # type: ignore[arg-type]


def test_surprises_are_drawn_more_often_and_count_less_for_it() -> None:
    replay = remembered([0] * 5, [1] * 5, [False] * 5, ahead=1, priority=0.5)
    chance = np.random.default_rng(1)
    replay.learned(np.arange(4), np.array([16, 1, -4, 0], np.float32))
    places = np.concatenate([replay.draw(64, chance).places for _ in range(500)])
    shares = np.bincount(places, minlength=4) / len(places)
    assert shares.tolist() == pytest.approx([4 / 7, 1 / 7, 2 / 7, 0.0], abs=0.01)
    drawn = replay.draw(64, chance, correction=1.0)
    by_place = dict(zip(drawn.places.tolist(), drawn.weights.tolist(), strict=True))
    assert by_place[0] == pytest.approx(0.25, rel=1e-3)
    assert by_place[2] == pytest.approx(0.5, rel=1e-3)
    assert by_place[1] == 1.0
    assert set(replay.draw(64, chance, correction=0.0).weights.tolist()) == {1.0}


def test_what_is_new_is_drawn_as_often_as_the_greatest_surprise() -> None:
    replay = remembered([0] * 3, [1] * 3, [False] * 3, ahead=1, priority=1.0)
    replay.learned(np.arange(2), np.array([8, 1], np.float32))
    nothing = Outcome(np.zeros(1, np.float32), np.zeros(1, bool), np.ones(1, np.float32), np.ones(1, bool))
    replay.add(np.zeros((1, 2, 3, 3), np.int8), np.ones((1, 9), bool), np.array([0]), nothing)
    assert replay.tree.leaves[:4].tolist() == pytest.approx([8, 1, 8, 0], rel=1e-5)


def test_rows_of_both_seats_stay_apart() -> None:
    decisions = Decisions(load_game("rock_paper_scissors"), 2, seed=1)
    replay = Replay(decisions.game, decisions.rows, 40)
    before = decisions.observations
    outcome = decisions.play(np.array([0, 1, 2, 2]))
    replay.add(before, decisions.masks, np.array([0, 1, 2, 2]), outcome)
    replay.add(decisions.observations, decisions.masks, np.zeros(4, int), decisions.play(np.zeros(4, int)))
    drawn = replay.draw(100, np.random.default_rng(1))
    pairs = zip(drawn.actions.tolist(), (20 * drawn.returns).round().tolist(), strict=True)
    assert outcome.rewards[0] == -outcome.rewards[1] < 0, "paper wraps rock"
    assert set(pairs) == {(0, -2), (1, 2), (2, 0)}
    assert (drawn.onward == 1.0).all()


def test_a_memory_that_was_put_down_goes_on_drawing_the_same() -> None:
    first = remembered([1, 2, 3, 4, 5, 6], [-1] * 6, [False] * 6, ahead=2, priority=0.5)
    first.learned(np.array([1, 2]), np.array([3, 5], np.float32))
    second = remembered([], [], [], ahead=2, priority=0.5)
    second.restore(first.arrays())
    one, other = (replay.draw(50, np.random.default_rng(4), 0.7) for replay in (first, second))
    for name in ("places", "observations", "returns", "onward", "following", "weights"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_where_cards_are_hidden_what_follows_is_the_next_decision_of_the_same_seat() -> None:
    game, chance = load_game("kuhn_poker"), np.random.default_rng(2)
    decisions = Decisions(game, 16, seed=1, by_seats=True)
    replay = Replay(game, decisions.lines, 2000, ahead=1, discount=0.5)
    assert (decisions.rows, decisions.lines) == (16, 32)
    for _ in range(40):
        seen, masks = decisions.observations, decisions.masks
        actions = game.random_actions(masks, chance)
        replay.add(*decisions.by_lines(seen, masks, actions), decisions.play(actions))
    drawn = replay.draw(500, chance)
    goes_on, seat_and_card = drawn.onward != 0, slice(0, 5)
    assert set(drawn.onward[goes_on].tolist()) == {0.25}, "after pass and bet: two steps later"
    assert (drawn.observations[goes_on, seat_and_card] == drawn.following[goes_on, seat_and_card]).all()
    # One chip or two, to who moves last at once, to the other a step later.
    assert set(np.abs(drawn.returns[~goes_on] * game.forfeit).tolist()) == {0.5, 1.0, 2.0}
