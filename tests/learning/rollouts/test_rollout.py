"""Rollouts: whose decision, whose reward, whose turn next; and advantages with the right sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.games.othello.evaluation import evaluate
from sparring.learning.configuration import Moment, configure
from sparring.learning.networks import Look, build_network, masked_log_softmax
from sparring.learning.opponents import LearnedNetwork, Opponents
from sparring.learning.rollouts import Rollout, Samples, SelfPlay, Sequences, estimate_advantages
from sparring.learning.rollouts.rollout import Turns
from sparring.learning.rollouts.terms import Terms

SMALL: dict[str, Any] = {"environments": 16, "rollout": 24, "random_openings": 0.0, "opponents.past.share": 0.0}

UNSHAPED: dict[str, Any] = {"rewards.normalise": False, "rewards.terms.shaped.weight": 0}
"""Without what the preset of this game pays for on the way."""


def self_play(game: str, past: torch.nn.Module | None = None, **settings: Any) -> SelfPlay:
    loaded = load_game(game, settings.pop("options", None))
    said = {key.replace("past_share", "opponents.past.share"): value for key, value in settings.items()}
    config = configure(loaded, SMALL | (UNSHAPED if game == "nh_fight" else {}) | said)
    opponents = Opponents(loaded, config, LearnedNetwork(past or Uniform(loaded.num_actions)))
    if past is not None:
        opponents.after_update(10)
    return SelfPlay(loaded, config, opponents)


class Uniform(torch.nn.Module):
    """Likes every action alike, and counts how often it is asked."""

    def __init__(self, actions: int) -> None:
        super().__init__()
        self.actions, self.asked, self.policy = actions, 0, None

    def forward(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        look = self.look(observations)
        return self.said(look.features), look.values

    def look(
        self, observations: torch.Tensor, others: torch.Tensor | None = None, memory: torch.Tensor | None = None
    ) -> Look:
        self.asked += 1
        return Look(torch.zeros(len(observations), self.actions), torch.zeros(len(observations)))

    def said(self, features: torch.Tensor) -> torch.Tensor:
        return features


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
    assert len(Samples(rollout, np.zeros_like(rollout.rewards), play.game)) == rollout.learned.sum()


@pytest.mark.parametrize(
    "settings", [{}, {"play.frames": 3, "network.privileged": True}], ids=["plain", "frames, privileged"]
)
def test_each_pass_over_a_rollout_sees_it_mirrored_and_turned_anew(settings: dict[str, Any]) -> None:
    play = self_play("tic_tac_toe", **settings)
    rollout, symmetries = play.collect(Uniform(9), Moment()), play.game.symmetries
    assert symmetries is not None
    found, plain = (Samples(rollout, rollout.values[:-1], play.game) for _ in range(2))
    ways = np.random.default_rng(1).integers(8, size=2 * len(plain))
    found.see_anew(symmetries, ways)
    assert len(found) == 2 * len(plain)
    present = found.observations.reshape(len(found), -1, 2, 9)[:, 0].numpy()
    assert (found.known.masks == ~present.any(axis=1)).all()
    assert found.known.masks[np.arange(len(found)), found.known.actions[:, 0]].all(), "the action turns with the board"
    for name in ("log_probabilities", "advantages", "returns", "values"):
        assert (getattr(found.known, name).reshape(2, -1) == getattr(plain.known, name)).all()
    as_it_is, row = ways == 0, np.arange(len(found)) % len(plain)
    assert torch.equal(found.observations[as_it_is], plain.observations[row[as_it_is]])
    assert not torch.equal(found.observations, plain.observations[row])
    if found.others is not None and plain.others is not None:
        assert torch.equal(found.others[as_it_is], plain.others[row[as_it_is]])
        assert not torch.equal(found.others, plain.others[row])


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
    short = self_play("connect_four", random_openings=1.0, opening_plies=4, environments=64)
    assert set(short.batch.states["ply"].tolist()) == {0, 1, 2, 3, 4}


def test_a_simultaneous_game_has_a_row_for_each_seat() -> None:
    play = self_play("rock_paper_scissors")
    rollout = play.collect(Uniform(3), Moment())
    assert rollout.actions.shape == (24, 32)
    first, second = rollout.actions[:, 0::2], rollout.actions[:, 1::2]
    expected = np.select([first == second, (first - second) % 3 == 1], [0.0, 1.0], -1.0) / play.game.forfeit
    assert rollout.rewards[:, 0::2] == pytest.approx(expected)
    assert (rollout.rewards[:, 0::2] == -rollout.rewards[:, 1::2]).all()
    assert (rollout.signs == 1).all()


def test_a_simultaneous_game_for_four_has_four_rows_a_match_and_each_its_own_reward() -> None:
    play = self_play("snakes", options={"seats": 4})
    rollout = play.collect(Uniform(4), Moment())
    assert rollout.actions.shape == (24, 64)
    ended = rollout.rewards.reshape(24, 16, 4)[rollout.over.reshape(24, 16, 4)[:, :, 0]]
    assert len(ended) > 16
    assert ended.sum(axis=1) == pytest.approx(0, abs=1e-6)
    assert np.unique(ended.round(3)).size > 2


def test_among_three_who_take_turns_each_follows_its_own_decisions() -> None:
    rollout = Rollout.empty(load_game("tic_tac_toe"), 5, 1)
    rollout.seats[:, 0] = [0, 1, 2, 0, 1]
    rollout.turns = Turns(
        np.zeros((5, 1, 3), np.float32), last := np.zeros((1, 3), np.float32), np.zeros((5, 1, 3), np.float32)
    )
    rollout.values[:5, 0] = [0.5, 0.25, -0.5, 1.0, 0.0]
    rollout.turns.rewards[1, 0, 0], rollout.turns.rewards[4, 0, 2] = 2.0, 3.0
    last[0] = [8.0, 5.0, 6.0]
    one_step = estimate_advantages(rollout, 0.5, 0.0)[:, 0].tolist()
    # The first seat gets 2 a step later, on its way to its next decision, three steps later and worth 1; the third
    # gets 3 after two steps, and then expects 6. Each step discounts once.
    assert one_step == [1 + 0.125 * 1 - 0.5, 0.125 * 0 - 0.25, 0.25 * 3 + 0.125 * 6 + 0.5, 0.25 * 8 - 1, 0.5 * 5 - 0]
    whole = estimate_advantages(rollout, 0.5, 1.0)[:, 0].tolist()
    assert whole[0] == one_step[0] + 0.125 * one_step[3]
    rollout.over[1] = True
    assert estimate_advantages(rollout, 0.5, 1.0)[:, 0].tolist()[:2] == [1 - 0.5, -0.25]


def test_three_who_take_turns_are_asked_for_what_each_of_them_expects_at_the_end() -> None:
    play = self_play("liars_dice", options={"seats": 3})
    rollout = play.collect(Uniform(play.game.num_actions), Moment())
    assert rollout.turns is not None
    assert set(np.unique(rollout.seats)) == {0, 1, 2}
    assert rollout.turns.rewards.sum(axis=2) == pytest.approx(0, abs=1e-6)


def test_a_match_whose_time_is_up_might_have_gone_on() -> None:
    rollout = rollout_of([1, 1], [0.5, 0.25, 0.0], [False, True], [1, 1])
    rollout.cut[1], rollout.cut_values[1] = True, 8.0
    assert estimate_advantages(rollout, 0.5, 0.0)[:, 0].tolist() == [1 + 0.125 - 0.5, 1 + 4 - 0.25]
    play = self_play("gym:CartPole-v1", options={"steps": 9})
    network = build_network(play.config, play.game)
    rollout = play.collect(network, Moment())
    assert rollout.cut[8].sum() > 0
    assert rollout.cut[:8].sum() == 0
    row = int(rollout.cut[8].argmax())
    longer = load_game("gym:CartPole-v1")
    again = longer.new_states(np.zeros(1, np.uint64))
    again["_state"][:] = rollout.observations[8, row]
    longer.play(again, rollout.actions[8, row : row + 1])
    after = torch.from_numpy(longer.observe(again, np.zeros(1, np.int8)))
    assert rollout.cut_values[8, row] == pytest.approx(float(network.look(after).values.detach()), abs=1e-4)


def test_deterministic_steps_take_the_best_action_and_are_not_learned_from() -> None:
    class First(Uniform):
        def said(self, features: torch.Tensor) -> torch.Tensor:
            return torch.arange(9.0, 0.0, -1.0).expand(len(features), 9) / 100

    rollout = self_play("tic_tac_toe", **{"play.deterministic": 0.5}).collect(First(9), Moment())
    greedy = ~rollout.learned
    assert 0.3 < greedy.mean() < 0.7
    assert (rollout.actions[greedy] == rollout.masks[greedy].argmax(axis=1)).all()


@pytest.mark.parametrize("game", ["pong", "leduc_poker"])
def test_frames_are_the_seat_s_own_past_and_nobody_else_s(game: str) -> None:
    play = self_play(game, frames="0, 2")
    seen: dict[tuple[int, int], list[np.ndarray[Any, Any]]] = {}
    rollout = Rollout.empty(play.game, 24, play.rows, frames=2)
    for step in range(24):
        seats, present = play._seats(), play._observations().copy()
        play._decide(rollout, step, Uniform(play.game.num_actions), np.zeros(play.rows, np.bool_), Moment())
        for row, seat in enumerate(seats.tolist()):
            own = seen.setdefault((int(play._matches()[row]), seat), [])
            own.append(present[row])
            before = own[-3] if len(own) > 2 else np.zeros_like(present[row])
            assert np.array_equal(rollout.observations[step, row], np.stack([present[row], before]))
        play.batch.step(play._played)
        assert play.stacks is not None
        play.stacks.forget(play.batch.over)
        seen = {key: own for key, own in seen.items() if not play.batch.over[key[0]]}


@pytest.mark.parametrize("game", ["pong", "leduc_poker"])
def test_the_privileged_critic_alone_sees_the_others(game: str) -> None:
    play = self_play(game, **{"network.privileged": True, "network.hidden": "8"})
    network = build_network(play.config, play.game)
    rollout = play.collect(network, Moment())
    if play.game.simultaneous:
        assert np.array_equal(rollout.others[:, 0::2, 0], rollout.observations[:, 1::2])
    before = network.look(torch.from_numpy(rollout.observations[3]), torch.from_numpy(rollout.others[3]))
    changed = network.look(torch.from_numpy(rollout.observations[3]), torch.from_numpy(rollout.others[3] + 1))
    assert torch.equal(before.features, changed.features)
    assert not torch.equal(before.values, changed.values)
    assert np.allclose(before.values.detach().numpy(), rollout.values[3], atol=1e-6)


@pytest.mark.parametrize("game", ["pong", "leduc_poker"])
def test_what_a_seat_remembers_is_its_own_and_learning_goes_through_the_same_turns(game: str) -> None:
    play = self_play(game, **{"network.memory": 6, "network.hidden": "8", "rollout": 30})
    network = build_network(play.config, play.game).eval()
    torch.nn.init.normal_(network.policy.weight)
    play.collect(network, Moment())
    rollout = play.collect(network, Moment())
    memories: dict[tuple[int, int], np.ndarray[Any, Any]] = {}
    for step in range(30):
        for row in range(play.rows):
            key = int(rollout.matches[row]), int(rollout.seats[step, row])
            if key in memories:
                assert np.allclose(rollout.memories[step, row], memories[key], atol=1e-5)
            look = network.look(
                torch.from_numpy(rollout.observations[step, row : row + 1]),
                None,
                torch.from_numpy(rollout.memories[step, row : row + 1]),
            )
            assert look.memory is not None
            memories[key] = look.memory[0].detach().numpy()
            assert np.allclose(look.values.detach().numpy(), rollout.values[step, row], atol=1e-5)
        for match in rollout.matches[rollout.over[step]]:
            for seat in range(2):
                memories[int(match), seat] = np.zeros(12, np.float32)
    samples = Sequences(rollout, np.zeros_like(rollout.rewards), play.game)
    assert sorted(np.concatenate(samples.turns).tolist()) == list(range(30 * play.rows))
    outputs, values, asked = samples.ask(network, torch.arange(len(samples)))
    assert sorted(asked.tolist()) == list(range(30 * play.rows))
    assert np.allclose(values.detach().numpy(), samples.known.values[asked.numpy()], atol=1e-5)
    chosen = masked_log_softmax(outputs, torch.from_numpy(samples.known.masks)[asked]).gather(1, samples.actions[asked])
    assert np.allclose(chosen[:, 0].detach().numpy(), samples.known.log_probabilities[asked.numpy()], atol=1e-5)


def test_noise_falls_on_the_numbers_that_it_is_told() -> None:
    said = {"play.noise": [{"indices": [0, 2], "deviation": "0.5 if t < 1 else 0"}]}
    noisy, clean = self_play("gym:CartPole-v1", **said), self_play("gym:CartPole-v1")
    seen = noisy.collect(Uniform(2), Moment()).observations[0] - clean.collect(Uniform(2), Moment()).observations[0]
    assert (seen[:, [1, 3]] == 0).all()
    assert 0.2 < seen[:, [0, 2]].std() < 0.9
    still = noisy._views(noisy._seats(), noisy._observations())[0].copy()
    assert np.array_equal(noisy.collect(Uniform(2), Moment(update=1)).observations[0], still)
    with pytest.raises(BadOption, match="whole numbers"):
        self_play("tic_tac_toe", **said)
    with pytest.raises(BadOption, match=r"number 4; .* shows 0\.\.3"):
        self_play("gym:CartPole-v1", **{"play.noise": [{"indices": [4], "deviation": 1}]})


def test_terms_of_the_reward_are_formulas_of_what_a_step_led_to() -> None:
    terms = {
        "hurt": {"value": "before.other.hitpoints - other.hitpoints", "weight": "2 - t"},
        "tie": {"value": "1 if winner == 2 else 0", "weight": 0.5},
    }
    said = {"rewards.terms": terms, "rewards.game": 0, "rewards.margin": False, "network.hidden": "8"}
    play = self_play("nh_fight", options={"limit": 10}, **said)
    rollout = play.collect(build_network(play.config, play.game), Moment(update=2))
    assert rollout.over.any()  # the step that ends a fight shows where it led, though the next fight has begun
    assert (rollout.rewards == np.where(rollout.over, 0.5, 0)).all()
    assert play.metrics()["reward/tie"] == pytest.approx(rollout.over.mean())
    found = Terms(play.game, play.config.rewards)
    before, after = play.batch.states.copy(), play.batch.states.copy()
    after["hitpoints"][:, 0] -= 7
    rewards = found.rewards(np.zeros((16, 2), np.float32), before, after, np.zeros(16, np.bool_), Moment(update=1))
    assert rewards[0].tolist() == [0.0, 7.0]
    with pytest.raises(BadOption, match="hitpints, which a step of NH fight doesn't have"):
        self_play("nh_fight", **{"rewards.terms": {"bad": {"value": "own.hitpints"}}})


def test_a_term_may_ask_what_the_position_is_worth_where_the_game_says_it() -> None:
    ahead = {"ahead": {"value": "own.estimate - before.own.estimate", "weight": 3}}
    options = {"size": 4}
    play = self_play("othello", options=options, **{"rewards.terms": ahead, "rewards.game": 0, "network.hidden": "8"})
    found = Terms(play.game, play.config.rewards)
    before = play.batch.states.copy()
    after = before.copy()
    play.game.play_unchecked(after, play.batch.masks.argmax(axis=1))
    rewards = found.rewards(np.zeros((16, 2), np.float32), before, after, np.zeros(16, np.bool_), Moment())
    gained = [evaluate(now, 0) - evaluate(then, 0) for now, then in zip(after, before, strict=True)]
    assert any(gained)
    np.testing.assert_allclose(rewards, 3 * np.stack([gained, -np.array(gained)], axis=1), rtol=1e-5)
    with pytest.raises(BadOption, match="which a step of Tic-tac-toe doesn't have"):
        self_play("tic_tac_toe", **{"rewards.terms": ahead})


@pytest.mark.parametrize("game", ["tic_tac_toe", "nh_fight"])
def test_without_a_margin_each_seat_counts_its_own_reward(game: str) -> None:
    options = {"limit": 10} if game == "nh_fight" else None
    play = self_play(game, options=options, **{"rewards.margin": False, "network.hidden": "8"})
    rollout = play.collect(build_network(play.config, play.game), Moment())
    if game == "nh_fight":  # a tie is worth -0.2 to both
        ended = rollout.rewards[rollout.over]
        assert len(ended) > 0
        assert ended == pytest.approx(-0.2 / play.game.forfeit)
    else:
        assert rollout.turns is not None
        assert rollout.turns.rewards[rollout.over].sum(axis=1) == pytest.approx(0)
        assert np.isfinite(estimate_advantages(rollout, 1.0, 0.95)).all()
