"""Rollouts: whose decision, whose reward, whose turn next; and advantages with the right sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment, configure
from sparring.learning.opponents import Opponents
from sparring.learning.ppo import PPO, Samples, estimate_advantages
from sparring.learning.rollouts import Rollout, SelfPlay

SMALL: dict[str, Any] = {"environments": 16, "rollout": 24, "random_openings": 0.0, "opponents.past.share": 0.0}


def self_play(game: str, past: torch.nn.Module | None = None, **settings: Any) -> SelfPlay:
    loaded = load_game(game)
    said = {key.replace("past_share", "opponents.past.share"): value for key, value in settings.items()}
    config = configure(loaded, SMALL | said)
    opponents = Opponents(loaded, config, past or Uniform(loaded.num_actions))
    if past is not None:
        opponents.after_update(10)
    return SelfPlay(loaded, config, opponents)


class Uniform(torch.nn.Module):
    """Likes every action alike, and counts how often it is asked."""

    def __init__(self, actions: int) -> None:
        super().__init__()
        self.actions, self.asked = actions, 0

    def forward(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.asked += 1
        return torch.zeros(len(observations), self.actions), torch.zeros(len(observations))


def rollout_of(rewards: list[float], values: list[float], over: list[bool], signs: list[float]) -> Rollout:
    rollout = Rollout.empty(load_game("tic_tac_toe"), len(rewards), 1)
    rollout.rewards[:, 0], rollout.values[:, 0] = rewards, values
    rollout.over[:, 0], rollout.signs[:, 0] = over, signs
    return rollout


def test_what_the_next_seat_wins_the_last_one_loses() -> None:
    rollout = rollout_of([0, 0, 1, 0], [0] * 5, [False, False, True, False], [-1, -1, -1, -1])
    assert estimate_advantages(rollout, 1.0, 1.0)[:, 0].tolist() == [1, -1, 1, 0]


def test_a_seat_that_moves_twice_keeps_its_sign() -> None:
    rollout = rollout_of([0, 0, 1], [0] * 4, [False, False, True], [1, -1, -1])
    assert estimate_advantages(rollout, 1.0, 1.0)[:, 0].tolist() == [-1, -1, 1]


def test_one_step_advantages_compare_with_what_the_next_position_is_worth_to_the_opponent() -> None:
    rollout = rollout_of([0, 0], [0.5, 0.25, 0.5], [False, False], [-1, -1])
    assert estimate_advantages(rollout, 0.5, 0.0)[:, 0].tolist() == pytest.approx([-0.625, -0.5])


def test_traces_fade_and_end_with_the_match() -> None:
    rollout = rollout_of([0, 0, 1], [0] * 4, [False, True, True], [-1, -1, -1])
    assert estimate_advantages(rollout, 1.0, 0.5)[:, 0].tolist() == [0, 0, 1]
    rollout = rollout_of([0, 0, 1], [0] * 4, [False, False, True], [-1, -1, -1])
    assert estimate_advantages(rollout, 1.0, 0.5)[:, 0].tolist() == [0.25, -0.5, 1]


def test_self_play_plays_legal_moves_and_gives_the_mover_its_reward() -> None:
    rollout = self_play("tic_tac_toe").collect(Uniform(9), Moment())
    steps, rows = np.indices(rollout.actions.shape)
    assert rollout.masks[steps, rows, rollout.actions].all()
    assert set(np.unique(rollout.rewards)) == {0.0, 1.0}
    assert (rollout.rewards[~rollout.over] == 0).all()
    assert (rollout.signs[~rollout.over] == -1).all()
    assert rollout.learned.all()
    chances = np.exp(rollout.log_probabilities)
    assert chances == pytest.approx(1 / rollout.masks.sum(axis=2), rel=1e-5)


def test_matches_against_the_past_are_learned_from_one_seat_only() -> None:
    play = self_play("tic_tac_toe", Uniform(9), past_share=0.5)
    rollout = play.collect(Uniform(9), Moment())
    assert rollout.learned[:, 8:].all()
    assert 0.3 < rollout.learned[:, :8].mean() < 0.7
    assert len(Samples(rollout, np.zeros_like(rollout.rewards)).actions) == rollout.learned.sum()


def test_frozen_networks_choose_their_own_moves() -> None:
    class First(Uniform):
        def forward(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.arange(9.0, 0.0, -1.0).expand(len(observations), 9) * 1000, torch.zeros(len(observations))

    rollout = self_play("tic_tac_toe", First(9), past_share=1.0).collect(Uniform(9), Moment())
    frozen = ~rollout.learned
    assert (rollout.actions[frozen] == rollout.masks[frozen].argmax(axis=1)).all()


def test_a_share_of_matches_starts_from_random_play() -> None:
    def plies(share: float) -> set[int]:
        play = self_play("connect_four", random_openings=share, environments=64)
        play.collect(Uniform(7), Moment())
        return set(play.batch.states["ply"].tolist())

    fresh = self_play("connect_four", environments=64)
    assert set(fresh.batch.states["ply"].tolist()) == {0}
    opened = self_play("connect_four", random_openings=1.0, environments=64)
    assert len(set(opened.batch.states["ply"].tolist())) > 10
    assert not opened.batch.states["over"].any()
    assert (opened.batch.masks == opened.game.legal(opened.batch.states, opened.batch.states["seat"])).all()
    assert plies(1.0)


def test_a_simultaneous_game_has_a_row_for_each_seat() -> None:
    play = self_play("rock_paper_scissors")
    rollout = play.collect(Uniform(3), Moment())
    assert rollout.actions.shape == (24, 32)
    first, second = rollout.actions[:, 0::2], rollout.actions[:, 1::2]
    expected = np.select([first == second, (first - second) % 3 == 1], [0.0, 1.0], -1.0) / play.game.forfeit
    assert rollout.rewards[:, 0::2] == pytest.approx(expected)
    assert (rollout.rewards[:, 0::2] == -rollout.rewards[:, 1::2]).all()
    assert (rollout.signs == 1).all()


def test_games_of_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    game = load_game("tic_tac_toe")
    monkeypatch.setattr(game, "seats", 3)
    with pytest.raises(BadOption, match="for two"):
        PPO.check(game, configure(game, SMALL))
