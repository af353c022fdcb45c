"""An environment against a named opponent: the opponent is the agent that plays in the arena."""

from __future__ import annotations

import numpy as np
import pytest

import sparring
from sparring.agents import load
from sparring.engine import load_game
from sparring.errors import AgentFault, UnknownName
from sparring.matches import play_duel

AGENT = """
class Agent:
    def reset(self, game, seat, seed):
        self.seat, self.turns = seat, 0
    def act(self, observation, legal_actions):
        self.turns += 1
        if self.turns > 3:
            raise RuntimeError("tired")
        return legal_actions[self.seat]
"""


def test_it_plays_like_the_agent_in_a_duel(tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.replace("> 3", "> 99"))
    game = load_game("connect_four")
    players = [load("random", game, seed=3), load(str(path), game)]
    record = play_duel(game, players, ["learner", "it"], 1, 1).records[0]
    own = record.players.index("learner")
    view = sparring.make("connect_four", opponent=str(path), seat=own)
    view.reset(seed=1)
    over = False
    for action in record.actions[own::2].tolist():
        assert not over
        _, reward, over, _, _ = view.step(action)
    assert over
    assert reward == record.scores[own]
    assert view.states.ply[0] == len(record.actions)


def test_a_strong_opponent_beats_random_play():
    view = sparring.make("tic_tac_toe", opponent="minimax:depth=9")
    random, returns = np.random.default_rng(1), []
    for seed in range(30):
        _, info = view.reset(seed=seed)
        over = False
        while not over:
            _, reward, over, _, info = view.step(int(random.choice(np.flatnonzero(info["action_mask"]))))
        returns.append(reward)
    assert max(returns) <= 0
    assert np.mean(returns) < -0.5


def test_an_agent_of_ones_own_is_told_its_seat_and_its_fault_ends_the_run(tmp_path):
    path = tmp_path / "tired.py"
    path.write_text(AGENT)
    view = sparring.make("connect_four", opponent=str(path), seat=0)
    _, _ = view.reset(seed=1)
    for _ in range(3):
        view.step(0)
    assert view.states.board[0, :, 1].tolist() == [0, 0, 0, 2, 2, 2]
    with pytest.raises(AgentFault, match="tired"):
        view.step(2)


def test_other_seats_are_one_player_in_several_lanes():
    view = sparring.make("leduc_poker", opponent="random", options={"seats": 3}, seat=1)
    totals = []
    for seed in range(20):
        _, info = view.reset(seed=seed)
        over, total = False, 0.0
        while not over:
            _, reward, over, _, info = view.step(int(info["action_mask"].argmax()))
            total += reward
        totals.append(total)
    assert len(set(totals)) > 1


def test_unknown_games_and_agents_get_their_sentence():
    with pytest.raises(UnknownName, match="connect_four"):
        sparring.make("conect_four")
    with pytest.raises(UnknownName, match="minimax"):
        sparring.make("connect_four", opponent="minmax")
