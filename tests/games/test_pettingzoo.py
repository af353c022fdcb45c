"""``pettingzoo:ID``: what PettingZoo does, by turns and at once; agents are seats and masks are legal actions."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces

from sparring.agents import load
from sparring.engine import Batch, load_game
from sparring.errors import MissingExtra, SparringError, UnknownName
from sparring.games.outside.pettingzoo_family import rules_for
from sparring.matches import play_duel, verify

IMAGE = "{http://www.w3.org/2000/svg}image"


@pytest.fixture(autouse=True)
def forget_registered():
    registries = (pettingzoo.aec_registry, pettingzoo.parallel_registry)
    known = [set(registry) for registry in registries]
    yield
    for registry, names in zip(registries, known, strict=True):
        for name in set(registry) - names:
            del registry[name]
    rules_for.cache_clear()


class Race(pettingzoo.ParallelEnv):
    """Each adds its action to its sum; who passes 6 leaves, and all leave after 5 steps. Acting alone pays double."""

    metadata = {"name": "race_v0", "render_modes": []}
    possible_agents = ["ann", "bob", "cid"]
    sizes = {"ann": 3, "bob": 4, "cid": 2}

    def action_space(self, agent):
        return spaces.Discrete(self.sizes[agent], start=1)

    def observation_space(self, agent):
        return spaces.Box(0, 50, (self.sizes[agent],), np.float32)

    def reset(self, seed=None, options=None):
        self.agents, self.sums, self.steps = list(self.possible_agents), dict.fromkeys(self.possible_agents, 0), 0
        return {agent: self.look(agent) for agent in self.agents}, {agent: {} for agent in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        self.steps += 1
        living = list(self.agents)
        for agent, action in actions.items():
            assert self.action_space(agent).contains(action)
            self.sums[agent] += action
        rewards = {agent: float(actions[agent]) * (1 + (len(living) == 1)) for agent in living}
        gone = {agent: self.sums[agent] > 6 for agent in living}
        late = dict.fromkeys(living, self.steps >= 5)
        self.agents = [agent for agent in living if not (gone[agent] or late[agent])]
        return {agent: self.look(agent) for agent in living}, rewards, gone, late, {agent: {} for agent in living}

    def look(self, agent):
        return np.full(self.sizes[agent], self.sums[agent], np.float32)


class Chain(pettingzoo.AECEnv):
    """Three agents in turn; the one who says 1 leaves, and is paid 5 by each of the others. Infos carry the masks."""

    metadata = {"name": "chain_v0", "render_modes": []}
    possible_agents = ["x", "y", "z"]

    def action_space(self, agent):
        return spaces.Discrete(3)

    def observation_space(self, agent):
        return spaces.Discrete(4)

    def reset(self, seed=None, options=None):
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = {agent: {"action_mask": np.array([1, 1, 0], np.int8)} for agent in self.agents}
        self.agent_selection = "x"

    def observe(self, agent):
        return len(self.agents)

    def step(self, action):
        agent = self.agent_selection
        if self.terminations[agent]:
            self._was_dead_step(action)
            return
        following = self.agents[(self.agents.index(agent) + 1) % len(self.agents)]
        self._clear_rewards()
        if action == 1:
            self.terminations[agent] = True
            for other in self.agents:
                self.rewards[other] = 5 * (len(self.agents) - 1) if other == agent else -5
        if len(self.agents) == 1 or (len(self.agents) == 2 and action == 1):
            self.terminations = dict.fromkeys(self.agents, True)
        self.agent_selection = following
        self._accumulate_rewards()
        self._deads_step_first()


@pytest.fixture
def race():
    pettingzoo.register("parallel", "race-v0", lambda render_mode=None: Race())
    return load_game("pettingzoo:race_v0")


def test_connect_four_of_pettingzoo_and_of_the_house_are_one_game():
    theirs, ours = load_game("pettingzoo:connect_four_v3"), load_game("connect_four")
    assert (theirs.seats, theirs.simultaneous, theirs.perfect_information) == (2, False, True)
    random, seeds = np.random.default_rng(1), np.arange(60)
    their, our = theirs.new_states(seeds), ours.new_states(seeds)
    plies = 0
    while len(our):
        masks = ours.masks(our)
        assert (theirs.masks(their) == masks).all()
        assert (their.seat == our.seat).all()
        seen = theirs.observe(their, their.seat)
        assert (np.moveaxis(seen, -1, 1) == ours.observe(our, our.seat)).all()
        actions = ours.random_actions(masks, random)
        assert (theirs.play(their, actions) == ours.play(our, actions)).all()
        assert (their.over == our.over).all()
        plies += len(our)
        their, our = (states[~our.over].copy().view(np.recarray) for states in (their, our))
    assert plies > 1000


@pytest.mark.parametrize("name", ["classic/tictactoe_v3", "classic/rps_v2"])
def test_step_by_step_as_in_pettingzoo_itself(name):
    game = load_game(f"pettingzoo:{name}")
    theirs = pettingzoo.make("aec", name)
    random = np.random.default_rng(2)
    for seed in range(10):
        states = game.new_states([seed])
        theirs.reset(seed=int(states.environment_seed[0]))
        totals = np.zeros(2)
        for agent in theirs.agent_iter():
            _, reward, ended, cut, _ = theirs.last()
            totals[theirs.possible_agents.index(agent)] += reward
            if ended or cut:
                theirs.step(None)
                continue
            if agent == "player_0" or not game.simultaneous:
                actions = game.random_actions(game.masks(states), random)
                game.play(states, actions)
            theirs.step(actions[0, theirs.possible_agents.index(agent)] if game.simultaneous else actions[0])
        assert states.over[0]
        assert states.scores[0].tolist() == totals.tolist()


def test_agents_who_have_left_a_parallel_game_wait_for_the_others(race):
    states = race.new_states([1])
    scores = np.zeros(3)
    alive = []
    while not states.over[0]:
        masks = race.masks(states)[0]
        alive.append(masks.sum(axis=1).tolist())
        scores += race.play(states, np.array([[2, 3, 1]]) * (masks.sum(axis=1) > 1))[0]
    assert alive == [[3, 4, 2], [3, 4, 2], [3, 1, 2], [1, 1, 2]]
    assert scores.tolist() == [9, 8, 2 * 3 + 2 * 2]
    assert race.observe(states, [1])[0].tolist() == [8, 8, 8, 8], "the last that it saw"


def test_seats_of_different_sizes_are_padded(race):
    assert (race.seats, race.num_actions, race.observation_shape) == (3, 4, (4,))
    states = race.new_states([1])
    assert race.masks(states)[0].astype(int).tolist() == [[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0, 0]]
    race.play(states, np.array([[1, 1, 1]]))
    assert race.observe(states, [0])[0].tolist() == [2, 2, 2, 0]


def test_who_leaves_a_game_by_turns_is_skipped_and_masks_come_from_infos():
    pettingzoo.register("aec", "chain-v0", lambda render_mode=None: Chain())
    game = load_game("pettingzoo:chain_v0")
    assert (game.seats, game.simultaneous, game.perfect_information) == (3, False, False)
    states = game.new_states([1])
    turns = []
    for action, rewards in ((0, [0, 0, 0]), (1, [-5, 10, -5]), (0, [0, 0, 0]), (0, [0, 0, 0]), (1, [-5, 0, 5])):
        assert game.masks(states)[0].tolist() == [True, True, False]
        turns.append(int(states.seat[0]))
        assert game.play(states, np.array([action]))[0].tolist() == rewards
    assert turns == [0, 1, 2, 0, 2]
    assert states.over[0]


def test_a_duel_is_played_and_replayed():
    game = load_game("pettingzoo:tictactoe_v3")
    duel = play_duel(game, [load("random", game), load("random", game)], ["a", "b"], matches=20, seed=3)
    assert duel.tally().matches == 20
    assert sum(duel.tally().wins) > 5
    for record in duel.records:
        verify(record)


def test_matches_follow_one_another_at_once_and_by_turns():
    for name in ("rps_v2", "connect_four_v3"):
        batch = Batch(load_game(f"pettingzoo:{name}"), 6, seed=1)
        ended = 0
        for _ in range(100):
            batch.step(batch.random_actions())
            ended += int(batch.over.sum())
            assert batch.masks.any(axis=-1).all()
        assert ended >= 6


def test_the_picture_is_the_environments_own_frame():
    game = load_game("pettingzoo:connect_four_v3")
    states = game.new_states([1])
    first = game.draw(states[0])
    game.play(states, np.array([3]))
    pictures = [next(ElementTree.fromstring(svg).iter(IMAGE)).get("href") for svg in (first, game.draw(states[0]))]
    assert pictures[0] != pictures[1]


def test_an_environment_that_does_not_render_gets_a_card(race):
    assert "race_v0" in race.draw(race.new_states([1])[0])
    assert "scores 0 : 0 : 0" in race.text(race.new_states([1])[0])


def test_a_module_of_ones_own_is_an_environment_too(tmp_path, monkeypatch):
    (tmp_path / "own_games").mkdir()
    (tmp_path / "own_games" / "__init__.py").touch()
    (tmp_path / "own_games" / "four.py").write_text("from pettingzoo.classic.connect_four.connect_four import env\n")
    (tmp_path / "own_games" / "empty.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert load_game("pettingzoo:own_games.four").num_actions == 7
    with pytest.raises(SparringError, match=r"own_games\.empty has neither `env` nor `parallel_env`"):
        load_game("pettingzoo:own_games.empty")
    with pytest.raises(SparringError, match=r"pettingzoo:own_games.gone is no module that can be imported"):
        load_game("pettingzoo:own_games.gone")


def test_bad_names_and_missing_packages_get_a_sentence(monkeypatch):
    with pytest.raises(UnknownName, match="Did you mean 'classic/connect_four_v3'"):
        load_game("pettingzoo:conect_four_v3")
    with pytest.raises(UnknownName, match="no PettingZoo environment 'connect_four'"):
        load_game("pettingzoo:connect_four")

    def lacking(render_mode=None):
        raise ImportError("No module named 'rlcard'")

    pettingzoo.register("aec", "lacking-v0", lacking)
    with pytest.raises(SparringError, match="pettingzoo:lacking_v0 can't be made: No module named 'rlcard'"):
        load_game("pettingzoo:lacking_v0")
    monkeypatch.setitem(sys.modules, "pettingzoo", None)
    with pytest.raises(MissingExtra, match=r"needs the package 'pettingzoo'.*sparring\[pettingzoo\]"):
        load_game("pettingzoo:other_v0")


def test_agents_without_common_actions_get_a_sentence():
    class Mixed(Race):
        def action_space(self, agent):
            return spaces.Discrete(2) if agent == "ann" else spaces.Box(-1, 1, (2,))

    class Nobody(Race):
        possible_agents = []

    pettingzoo.register("parallel", "mixed-v0", lambda render_mode=None: Mixed())
    pettingzoo.register("parallel", "nobody-v0", lambda render_mode=None: Nobody())
    with pytest.raises(SparringError, match="mixed_v0 has agents with different actions"):
        load_game("pettingzoo:mixed_v0")
    with pytest.raises(SparringError, match="nobody_v0 does not say who may play"):
        load_game("pettingzoo:nobody_v0")
