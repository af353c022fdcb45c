"""The vector view plays the same matches whatever the grouping, and says to the step when one ended and began."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.engine.views.vector import Steps, VectorView
from sparring.errors import BadOption, IllegalAction, SparringError

MODES = ["SAME_STEP", "NEXT_STEP"]
GAMES = ["tic_tac_toe", "connect_four", "kuhn_poker", "rock_paper_scissors", "snakes"]


def first_legal(steps: Steps) -> np.ndarray:
    return steps.masks.argmax(axis=-1)


class Shadow:
    """One match of the vector, followed by the plain game."""

    def __init__(self, game, steps: Steps, row: int, view: VectorView) -> None:
        self.game, self.row = game, row
        self.waiting = False
        self.states = view._groups[0].states[row : row + 1].copy().view(np.recarray)
        self.score = np.zeros(game.seats, np.float32)

    def start(self) -> None:
        fresh = np.repeat(self.game.blank, 1)
        fresh["random"] = self.states["random"]
        self.game.kernels.start_all(fresh)
        self.states, self.score = fresh.view(np.recarray), np.zeros(self.game.seats, np.float32)

    def seen(self):
        if not self.game.simultaneous:
            return self.game.observe(self.states, self.states.seat)[0]
        return np.stack([self.game.observe(self.states, [seat])[0] for seat in range(self.game.seats)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", GAMES)
def test_every_row_is_the_game_played_alone(name, mode):
    game = load_game(name)
    view = VectorView(game, 6, seed=3, autoreset=mode)
    steps = view.recv()
    assert view.metadata["autoreset_mode"] == mode
    assert steps.reset.all()
    shadows = [Shadow(game, steps, row, view) for row in range(6)]
    ends = 0
    for _ in range(60):
        actions = game.random_actions(steps.masks, np.random.default_rng(ends))
        steps = view.step(actions)
        for row, shadow in enumerate(shadows):
            ends += follow(shadow, steps, row, actions[row], mode)
    assert ends >= 2
    view.close()


def follow(shadow: Shadow, steps: Steps, row: int, action, mode: str) -> bool:
    """Play the same action in the shadow and compare everything that was said; returns whether the match ended."""
    if shadow.waiting:
        shadow.start()
        shadow.waiting = False
        assert steps.reset[row]
        assert not steps.terminated[row]
        assert not steps.rewards[row].any()
        assert (steps.observations[row] == shadow.seen()).all()
        assert row not in steps.final_rows
        return False
    rewards = shadow.game.play(shadow.states, action[None])[0]
    shadow.score += rewards
    over = bool(shadow.states.over[0])
    assert (steps.rewards[row] == rewards).all()
    assert steps.terminated[row] == over
    assert not steps.truncated[row]
    assert (row in steps.final_rows) == over
    if over:
        place = steps.final_rows.tolist().index(row)
        last = [shadow.game.observe(shadow.states, [seat])[0] for seat in range(shadow.game.seats)]
        assert (steps.final_observations[place] == np.stack(last)).all()
        assert (steps.scores[place] == shadow.score).all()
        assert (steps.reset[row]) == (mode == "SAME_STEP")
        if mode == "NEXT_STEP":
            shadow.waiting = True
            assert not steps.masks[row].any()
        else:
            shadow.start()
    assert (steps.observations[row] == shadow.seen()).all()
    return over


@pytest.mark.parametrize("mode", MODES)
def test_groups_on_threads_play_the_same_matches_as_one(mode):
    game = load_game("connect_four")
    told = []
    for groups in (1, 3):
        view = VectorView(game, 9, seed=5, groups=groups, autoreset=mode)
        rows: dict[int, list[bytes]] = {row: [] for row in range(9)}
        for _ in range(40 * groups):
            steps = view.recv()
            for place, row in enumerate(steps.rows.tolist()):
                rows[row].append(steps.observations[place].tobytes() + steps.rewards[place].tobytes())
            view.send(np.where(steps.masks.any(axis=1), first_legal(steps), 0))
        view.close()
        told.append(rows)
    assert told[0] == told[1]


def test_two_groups_may_be_received_before_one_is_answered():
    view = VectorView(load_game("tic_tac_toe"), 4, groups=2)
    first, second = view.recv(), view.recv()
    assert (first.rows.tolist(), second.rows.tolist()) == ([0, 1], [2, 3])
    view.send([0, 1])
    view.send([2, 3])
    first, second = view.recv(), view.recv()
    assert first.masks[:, :4].tolist() == [[False, True, True, True], [True, False, True, True]]
    assert second.masks[:, :4].tolist() == [[True, True, False, True], [True, True, True, False]]
    view.close()


def test_what_was_received_stays_as_it_is():
    view = VectorView(load_game("tic_tac_toe"), 2)
    steps = view.recv()
    before = steps.observations.copy()
    view.step([4, 4])
    assert (steps.observations == before).all()
    view.close()


def test_an_illegal_action_plays_nothing_and_may_be_sent_again_legally():
    view = VectorView(load_game("tic_tac_toe"), 4, groups=2)
    view.recv(), view.recv()
    view.send([0, 0])
    with pytest.raises(IllegalAction, match="Row 3: action 9"):
        view.send([0, 9])
    view.send([1, 1])
    assert [view.recv().rows.tolist(), view.recv().masks[:, 1].tolist()] == [[0, 1], [False, False]]
    view.close()


def test_send_and_receive_out_of_turn_are_told_so():
    view = VectorView(load_game("tic_tac_toe"), 2)
    with pytest.raises(SparringError, match="receive first"):
        view.send([0, 0])
    view.recv()
    with pytest.raises(SparringError, match="nothing to receive"):
        view.recv()
    view.close()


@pytest.mark.parametrize(("settings", "said"), [({"autoreset": "DISABLED"}, "NEXT_STEP"), ({"groups": 3}, r"1\.\.2")])
def test_settings_that_can_not_be_are_told_so(settings, said):
    with pytest.raises(BadOption, match=said):
        VectorView(load_game("tic_tac_toe"), 2, **settings)


@pytest.mark.parametrize("name", ["stances", "tug_of_war"])
@pytest.mark.parametrize("mode", MODES)
def test_heads_and_boxes_are_actions_too(toy, name, mode):
    game = toy(name)
    view = VectorView(game, 4, seed=1, groups=2, autoreset=mode)
    random, ended = np.random.default_rng(1), 0
    for _ in range(80):
        steps = view.recv()
        ended += int(steps.terminated.sum())
        view.send(game.random_actions(steps.masks, random))
    assert ended > 4
    view.close()
