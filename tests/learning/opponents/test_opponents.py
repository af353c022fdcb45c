"""Whom the learner meets: who sits where, who is asked, what is remembered, and how it goes on after a checkpoint."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sparring.engine import Batch, load_game
from sparring.errors import BadOption, UnknownName
from sparring.learning.configuration import Moment, Schedule, configure
from sparring.learning.networks import build_network
from sparring.learning.opponents import LearnedNetwork, Opponents, SamplingActor
from sparring.learning.opponents.opponents import points_of
from sparring.learning.opponents.pool import Pool
from sparring.learning.rollouts import SelfPlay
from sparring.learning.rollouts.choosing import actor_for


class Constant(torch.nn.Module):
    """Prefers the first legal action by far; counts how often it, and every copy of it, is asked."""

    asked: list[int]

    def __init__(self, actions: int) -> None:
        super().__init__()
        self.preference = torch.nn.Parameter(torch.arange(float(actions), 0.0, -1.0) * 100)

    def forward(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        Constant.asked.append(len(observations))
        return self.preference.expand(len(observations), -1), torch.zeros(len(observations))


@pytest.fixture(autouse=True)
def nobody_asked() -> None:
    Constant.asked = []


class Table:
    """Matches in which the learner moves at random, against its opponents."""

    def __init__(self, game: str = "tic_tac_toe", updates: tuple[int, ...] = (10,), **settings: Any) -> None:
        self.game = load_game(game)
        said = {"environments": 24, "opponents.past.share": 0.5, "capacity": 8}
        config = configure(self.game, said | {key.replace("__", "."): value for key, value in settings.items()})
        self.opponents = Opponents(self.game, config, LearnedNetwork(Constant(self.game.num_actions)))
        self.batch = Batch(self.game, config.play.matches(Moment()), seed=1)
        for update in updates:
            self.opponents.after_update(update)
        self.opponents.begin(Moment(seed=1))

    def play(self, steps: int) -> list[tuple[NDArray[np.int64], NDArray[Any], NDArray[np.bool_]]]:
        """Rows, actions and masks of the opponents, step by step."""
        decided = []
        for _ in range(steps):
            actions = self.batch.random_actions()
            flat = actions.reshape(-1, *self.game.action_shape)
            rows = len(flat)
            seats = np.tile(np.arange(2, dtype=np.int8), rows // 2) if self.game.simultaneous else self.batch.seats
            observations = self.batch.observations.reshape(rows, *self.game.observation_shape).copy()
            masks = self.batch.masks.reshape(rows, -1).copy()
            theirs, chosen = self.opponents.decide(seats.copy(), observations, masks, self.batch.states)
            flat[theirs] = chosen
            decided.append((theirs, chosen, masks[theirs]))
            self.batch.step(flat.reshape(actions.shape))
            self.opponents.stepped(self.batch.rewards, self.batch.over)
        return decided


def test_in_self_play_the_learner_has_all_seats() -> None:
    table = Table(opponents__past__share=0.0)
    assert all(len(rows) == 0 for rows, *_ in table.play(10))
    assert (table.opponents.seating == -1).all()
    assert table.opponents.metrics() == {}


def test_an_opponent_has_one_seat_in_its_share_of_the_matches_and_the_seat_alternates() -> None:
    table = Table()
    before = table.opponents.seating.copy()
    assert ((before >= 0).sum(axis=1) == np.repeat([1, 0], 12)).all()
    for _ in range(30):
        table.play(1)
        ended = np.flatnonzero(table.batch.over[:12])
        assert (table.opponents.own[ended] == 1 - (before[ended] < 0).argmax(axis=1)).all()
        before = table.opponents.seating.copy()
        assert ((before >= 0).sum(axis=1) == np.repeat([1, 0], 12)).all()


def test_a_share_that_changes_while_the_run_goes_on_changes_how_many_matches_have_an_opponent() -> None:
    table = Table(opponents__past__share={"linear": {"start": 0, "end": 1, "over": 10}})
    for update, matches in ((0, 0), (5, 12), (10, 24)):
        table.opponents.begin(Moment(update, seed=1))
        table.play(30)  # matches that go on end as they began
        assert (table.opponents.seating >= 0).any(axis=1).sum() == matches


def test_a_random_seat_is_either_one() -> None:
    table = Table(seat="random", opponents__past__share=1.0, environments=200)
    assert 60 < table.opponents.own.sum() < 140


def test_a_network_is_asked_once_a_step_for_all_its_seats() -> None:
    table = Table(game="rock_paper_scissors", updates=(10, 20), opponents__past__share=1.0, opponents__past__groups=2)
    table.play(10)
    assert len(Constant.asked) <= 20
    assert sum(Constant.asked) == 10 * 24


def test_frozen_networks_choose_by_their_own_policy() -> None:
    table = Table(game="connect_four")
    table.play(1)
    for _, chosen, masks in table.play(20):
        assert chosen.tolist() == masks.argmax(axis=1).tolist()


def test_a_group_keeps_its_opponent_for_as_many_matches_as_was_said() -> None:
    def changes(every: int) -> int:
        table = Table(updates=tuple(range(10, 90, 10)), change_every=every, environments=8, opponents__past__groups=1)
        seen = []
        for _ in range(400):
            table.play(1)
            seen.append(table.opponents.groups[0].member)
        return sum(first != second for first, second in pairwise(seen))

    assert changes(1) > 4 * changes(8) > 0


def test_results_are_remembered_by_opponent_and_kind() -> None:
    table = Table(game="connect_four", opponents__past__share=1.0)
    table.play(200)
    share = table.opponents.metrics()["opponents/past"]
    assert share == table.opponents.results.share("past", "10")
    assert share < 0.3, "random play loses against three in a column and more"
    assert table.opponents.results.count("past", "10") > 100


def test_points_are_those_of_the_learner_s_seat() -> None:
    scores = np.array([[1, 0, 0], [0, 2, 2], [1, 1, 1], [0, 3, 1]], np.float32)
    assert points_of(scores, np.array([0, 2, 1, 2])).tolist() == [1.0, 0.5, 0.5, 0.0]


def test_agents_with_a_spec_and_scripted_agents_are_opponents_too() -> None:
    table = Table(
        game="rock_paper_scissors",
        opponents__past__share=0.0,
        opponents__targets__share=0.5,
        opponents__targets__agents=["random"],
        opponents__scripted__share=0.5,
    )
    table.play(20)
    metrics = table.opponents.metrics()
    assert set(metrics) >= {"opponents/targets", "opponents/scripted"}
    assert "opponents/past" not in metrics
    assert metrics["opponents/scripted/matches"] == 24
    assert all(len(rows) == 24 for rows, *_ in table.play(5))
    table.opponents.close()


def test_searchers_see_the_record_and_win() -> None:
    said: dict[str, Any] = {"opponents.past.share": 0.0, "opponents.targets.share": 1.0}
    table = Table(**{key.replace(".", "__"): value for key, value in said.items()}, targets__agents=["minimax:depth=2"])
    table.play(60)
    assert table.opponents.metrics()["opponents/targets"] < 0.3


def test_bad_shares_and_unknown_opponents_get_a_sentence() -> None:
    with pytest.raises(BadOption, match=r"add up to 1.2 at update 0 \(past 0.7 \+ targets 0.5\)"):
        Table(opponents__past__share=0.7, targets__agents=["random"], opponents__targets__share=0.5)
    with pytest.raises(BadOption, match="nobody is named"):
        Table(opponents__targets__share=0.5)
    with pytest.raises(UnknownName, match="rock"):
        Table(game="rock_paper_scissors", scripted__names=["rocky"])
    with pytest.raises(UnknownName, match="minimax"):
        Table(opponents__past__share=0.0, opponents__targets__share=1.0, targets__agents=["minmax"])


def test_an_opponent_with_a_delayed_view_sees_what_it_saw_a_tick_before() -> None:
    seen: list[NDArray[Any]] = []

    def spy(network: torch.nn.Module) -> Any:
        def sample(observations: Any, masks: Any, chance: Any, deterministic: Any) -> Any:
            seen.append(observations.copy())
            return masks.argmax(axis=1)

        return SamplingActor(sample)

    game = load_game("connect_four")
    config = configure(game, {"environments": 1, "opponents.past.share": 1.0, "opponents.past.delay": 1.0})
    opponents = Opponents(game, config, LearnedNetwork(Constant(7), spy))
    opponents.after_update(10)
    opponents.begin(Moment())
    shown = []
    for tick in range(3):
        observation = np.full((1, *game.observation_shape), tick, game.observation_dtype)
        seats = (1 - opponents.own).astype(np.int8)
        opponents.decide(seats, observation, np.ones((1, 7), np.bool_), np.zeros(1, game.state_dtype))
        shown.append(int(seen[-1].flat[0]))
        opponents.stepped(np.zeros((1, 2), np.float32), np.zeros(1, np.bool_))
    assert shown == [0, 0, 1]


def test_deterministic_opponents_take_their_best_action() -> None:
    def distinct(share: float) -> int:
        game = load_game("rock_paper_scissors")
        said = {"environments": 100, "opponents.past.share": 1.0, "opponents.past.deterministic": share}
        network = Constant(3)
        with torch.no_grad():
            network.preference.copy_(torch.tensor([0.0, 0.1, 0.0]))
        opponents = Opponents(game, configure(game, said), LearnedNetwork(network))
        opponents.after_update(10)
        opponents.begin(Moment())
        batch = Batch(game, 100, seed=1)
        seats = np.tile(np.arange(2, dtype=np.int8), 100)
        observations, masks = batch.observations.reshape(200, -1), batch.masks.reshape(200, -1)
        shaped = observations.reshape(200, *game.observation_shape)
        return len(set(opponents.decide(seats, shaped, masks, batch.states)[1].tolist()))

    assert (distinct(1.0), distinct(0.0)) == (1, 3)


@pytest.mark.parametrize("game", ["tic_tac_toe", "rock_paper_scissors"])
@pytest.mark.parametrize("scheme", ["fictitious", "prioritised", {"pfsp": 0.5, "naive": 0.5}])
def test_a_restored_table_goes_on_as_if_nothing_had_been(game: str, scheme: Any) -> None:
    settings: dict[str, Any] = {"opponents__past__delay": 0.3, "change_every": 2, "opponents__past__deterministic": 0.5}
    settings["opponents__past__scheme"] = scheme
    whole = Table(game, (10, 20, 30), **settings)
    whole.play(15)
    other = Table(game, (), **settings)
    counters = json.loads(json.dumps(whole.opponents.counters()))
    other.opponents.restore({name: dict(arrays) for name, arrays in whole.opponents.state().items()}, counters)
    other.batch.states[:], other.batch.random[:] = whole.batch.states, whole.batch.random
    other.game.kernels.look(
        other.batch.states, 0, other.batch.size, other.batch.observations, other.batch.masks, other.batch.seats
    )
    for update in (40, 50):
        for table in (whole, other):
            table.opponents.after_update(update)
            table.opponents.begin(Moment(update, seed=1))
        for (rows, chosen, _), (others, same, _) in zip(whole.play(20), other.play(20), strict=True):
            assert (rows.tolist(), chosen.tolist()) == (others.tolist(), same.tolist())
    assert whole.opponents.counters() == other.opponents.counters()


def test_a_full_pool_forgets_every_second_and_keeps_who_still_plays() -> None:
    pool = Pool(capacity=4)
    forgotten = [pool.add(update, LearnedNetwork(Constant(3))) for update in range(1, 6)]
    assert forgotten == [False] * 4 + [True]
    assert pool.members == [2, 4]
    pool.retain({3})
    assert sorted(pool.copies) == [2, 3, 4]


def test_a_snapshot_is_a_frozen_copy_and_the_pool_spans_the_history() -> None:
    table = Table(updates=(), snapshot_every=1, capacity=64)
    network = table.opponents.past._learned.network
    for update in range(1, 101):
        table.opponents.after_update(update)
    assert table.opponents.past.pool.members == list(range(2, 101, 2))
    before = table.opponents.past.pool.copies[2].network.state_dict()["preference"].clone()
    with torch.no_grad():
        next(network.parameters()).add_(1.0)
    assert torch.equal(before, table.opponents.past.pool.copies[2].network.state_dict()["preference"])
    assert not any(weight.requires_grad for weight in table.opponents.past.pool.copies[2].network.parameters())


def drawn(table: Table) -> set[str | None]:
    """The past members that groups have met over many rollouts."""
    seen = set()
    for _ in range(60):
        table.opponents.begin(Moment())
        seen |= {group.member for group in table.opponents.groups if group.kind == 0}
        table.play(12)
    return seen


@pytest.mark.parametrize(
    ("scheme", "met"),
    [
        ("naive", {"current"}),
        ("fictitious", {"10", "20", "30", "40"}),
        ("delta_uniform", {"20", "30", "40", "current"}),
        ("pfsp", {"10", "20", "30", "40"}),
        ("prioritised", {"10", "20", "30", "40"}),
        ({"naive": 0.5, "pfsp": 0.5}, {"10", "20", "30", "40", "current"}),
    ],
)
def test_schemes_draw_those_whom_they_name(scheme: Any, met: set[str]) -> None:
    table = Table(updates=(10, 20, 30, 40), opponents__past__scheme=scheme, past__delta=0.25, change_every=1)
    assert drawn(table) - {None} == met


def test_the_current_policy_is_met_before_there_is_a_past() -> None:
    assert drawn(Table(updates=(), opponents__past__scheme="naive")) - {None} == {"current"}
    assert drawn(Table(updates=(), opponents__past__scheme="pfsp")) == {None}


def test_wins_against_the_past_lower_its_quality() -> None:
    table = Table("connect_four", (10, 20), opponents__past__scheme="prioritised", opponents__past__share=1.0)
    table.play(300)
    qualities = table.opponents.past.scheme.qualities
    assert set(qualities) == {"10", "20"}
    assert min(qualities.values()) < 1.0


@pytest.mark.parametrize(
    ("curator", "said", "taken"),
    [
        ("updates", {"snapshot_every": 3}, [3, 6, 9]),
        ("matches", {"snapshot_every": 100}, [3, 6, 9]),
        ("checkpoints", {"snapshot_every": 1, "checkpoints.updates": 4}, [4, 8]),
    ],
)
def test_a_curator_takes_snapshots_when_it_is_told_to(curator: str, said: dict[str, Any], taken: list[int]) -> None:
    table = Table(updates=(), opponents__past__curator=curator, **said)
    for update in range(1, 10):
        table.opponents.begin(Moment(update))
        over = np.zeros(24, np.bool_)
        over[:17] = True
        table.opponents.stepped(np.zeros((24, 2), np.float32), over)
        table.opponents.stepped(np.zeros((24, 2), np.float32), over)
        table.opponents.after_update(update)
    assert table.opponents.past.pool.members == taken


def test_a_learner_becomes_its_past_when_it_is_better_than_that() -> None:
    def snapshots(reward: float) -> list[int]:
        table = Table(updates=(), opponents__past__curator="better", opponents__past__share=1.0)
        for update in range(1, 21):
            table.opponents.begin(Moment(update))
            rewards = np.zeros((24, 2), np.float32)
            rewards[np.arange(24), table.opponents.own] = reward
            table.opponents.stepped(rewards, np.ones(24, np.bool_))
            table.opponents.after_update(update)
        return table.opponents.past.pool.members

    assert snapshots(-1.0) == [1]
    assert snapshots(0.0) == [1]
    assert snapshots(1.0) == [1, 7, 12, 17]


def test_checkpoints_by_the_clock_make_no_past() -> None:
    with pytest.raises(BadOption, match=r"needs checkpoints\.updates"):
        Table(opponents__past__curator="checkpoints")


def test_targets_are_met_by_their_weights() -> None:
    said: dict[str, Any] = {"opponents__past__share": 0.0, "opponents__targets__share": 1.0}
    table = Table(**said, targets__agents=["random", "minimax:depth=1"], targets__weights=[0, 1])
    assert {group.member for group in table.opponents.groups} == {None, "minimax:depth=1"}
    with pytest.raises(BadOption, match="one for each agent"):
        Table(**said, targets__agents=["random"], targets__weights=[1, 2])


def test_a_kind_of_opponent_can_have_options_of_the_game_to_itself() -> None:
    game = load_game("connect_four")
    said = {"environments": 8, "rollout": 60, "opponents.past.share": 0.5, "opponents.past.options": {"connect": 3}}
    config = configure(game, {**said, "random_openings": 1.0, "network.kind": "mlp"})
    network = build_network(config, game)
    opponents = Opponents(game, config, LearnedNetwork(Constant(7)))
    opponents.after_update(10)
    play = SelfPlay(game, config, opponents)
    for _ in range(2):
        rollout = play.collect(network, Moment())
        assert play.batch.states["connect"].tolist() == [3] * 4 + [4] * 4
        assert (play.batch.masks == game.legal(play.batch.states, play.batch.states["seat"])).all()
    assert rollout.over[:, :4].sum() > rollout.over[:, 4:].sum()


def test_options_that_change_the_form_of_a_game_are_refused() -> None:
    with pytest.raises(BadOption, match="rows=7: that would change the form of Connect Four"):
        Table("connect_four", past__options={"rows": 7})
    with pytest.raises(UnknownName, match="Did you mean 'connect'"):
        Table("connect_four", past__options={"conect": 3})


def test_networks_that_see_several_frames_see_them_as_opponents_too_and_agents_see_the_present() -> None:
    game = load_game("tic_tac_toe")
    said = {"frames": 3, "rollout": 20, "opponents.past.delay": 0.5, "targets.agents": ["random"], "environments": 8}
    config = configure(game, {**said, "opponents.past.share": 0.5, "opponents.targets.share": 0.5})
    network = build_network(config, game)
    opponents = Opponents(game, config, LearnedNetwork(network, actor_for(game)))
    opponents.after_update(10)
    play = SelfPlay(game, config, opponents)
    rollout = play.collect(network, Moment())
    assert not rollout.learned.all()
    assert rollout.observations.shape == (20, 8, 3, *game.observation_shape)
    assert set(opponents.metrics()) >= {"opponents/past", "opponents/targets"}


def recurrent(environments: int = 6, **settings: Any) -> tuple[SelfPlay, Any]:
    """Matches of a network with a memory against a frozen copy of itself, and the network."""
    game = load_game("rock_paper_scissors")
    said = {"environments": environments, "rollout": 7, "network.memory": 4, "network.hidden": "8"}
    config = configure(game, {**said, "opponents.past.share": 1.0, "change_every": 1, "random_openings": 0, **settings})
    network = build_network(config, game)
    opponents = Opponents(game, config, LearnedNetwork(network, actor_for(game)))
    opponents.after_update(10)
    return SelfPlay(game, config, opponents), network


def test_a_past_self_remembers_what_it_has_seen_in_each_match_and_nothing_of_the_last() -> None:
    play, network = recurrent()
    rollout = play.collect(network, Moment())
    opponents, game = play.opponents, play.game
    place = int(opponents.seating.max())
    actor: Any = opponents.actors[place]
    theirs = ~rollout.learned.reshape(7, 6, 2)
    seen = rollout.observations.reshape(7, 6, 2, *game.observation_shape)
    for match in range(6):
        seat = int(theirs[0, match].argmax())
        memory = torch.zeros(1, 8)
        for step in range(7):
            look = network.look(torch.from_numpy(seen[step, match, seat][None]), None, memory)
            memory = look.memory
        assert actor.memory[match, seat] == pytest.approx(memory[0].detach().numpy(), abs=1e-5)
        assert not actor.memory[match, 1 - seat].any()
    while not play.batch.over.any():
        play.collect(network, Moment())
        play.config = play.config.model_copy(
            update={"play": play.config.play.model_copy(update={"rollout": Schedule(1)})}
        )
    assert not actor.memory[np.arange(6), 1 - opponents.own].any()


def test_what_a_past_self_remembers_outlives_a_checkpoint() -> None:
    whole, network = recurrent()
    whole.collect(network, Moment())
    other, same = recurrent()
    same.load_state_dict(network.state_dict())
    counters = json.loads(json.dumps(whole.opponents.counters()))
    other.opponents.restore({name: dict(arrays) for name, arrays in whole.opponents.state().items()}, counters)
    other.restore(whole.arrays())
    other.chance.bit_generator.state = whole.chance.bit_generator.state
    first, second = whole.collect(network, Moment(1)), other.collect(same, Moment(1))
    assert first.rewards.tobytes() == second.rewards.tobytes()
    assert first.observations.tobytes() == second.observations.tobytes()
