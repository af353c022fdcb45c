"""Agents of games whose actions are several choices, or a point in a box."""

from __future__ import annotations

import textwrap
import zipfile

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.answers import as_array
from sparring.agents.program import GameInfo
from sparring.errors import SparringError
from sparring.matches import play_duel

CAUTIOUS = """
    class Agent:
        def reset(self, game, seat, seed):
            assert game["actions"] == [2, 3], game
            assert game["dependencies"] == [[1, 0, 0, [0]], [1, 1, 0, [1]], [1, 2, 0, [1]]], game
        def act(self, observation, legal_actions):
            assert legal_actions == [[0, 1], [0, 1] + [2] * int(observation[0])], legal_actions
            return [1, 2] if observation[0] else (1, 1)
    """
CAUTIOUS_BATCH = """
    import numpy as np
    class Agent:
        def act_batch(self, observations, masks):
            assert masks.shape == (len(observations), 5)
            return np.stack([np.ones(len(masks), np.int32), np.where(masks[:, 4], 2, 1)], axis=1)
    """
PULLING = """
    class Agent:
        def reset(self, game, seat, seed):
            assert game["actions"] == {"low": [-1.0, 0.0], "high": [1.0, 2.0]}
        def act(self, observation, legal_actions):
            assert legal_actions == [(-1.0, 1.0), (0.0, 2.0)]
            return [high for low, high in legal_actions]
    """
PULLING_BATCH = """
    import numpy as np
    class Agent:
        def act_batch(self, observations, masks):
            assert masks.shape == (len(observations), 0)
            return np.tile([1.0, 2.0], (len(masks), 1))
    """


def write(folder, source: str) -> str:
    path = folder / "agent.py"
    path.write_text(textwrap.dedent(source))
    return str(path)


def duel(game, path: str, matches: int = 6):
    players = [load(path, game), load("random", game, seed=3)]
    return play_duel(game, players, ["it", "random"], matches, seed=2)


@pytest.mark.parametrize("source", [CAUTIOUS, CAUTIOUS_BATCH])
def test_an_agent_answers_one_choice_for_each_head(tmp_path, toy, source):
    records = duel(toy("stances"), write(tmp_path, source)).records
    assert all(record.fault is None for record in records)
    for record in records:
        assert record.actions[:, record.first_player].tolist() == [[1, 2], [1, 1], [1, 1]]


@pytest.mark.parametrize("source", [PULLING, PULLING_BATCH])
def test_an_agent_answers_a_point_in_a_box(tmp_path, toy, source):
    for record in duel(toy("tug_of_war"), write(tmp_path, source)).records:
        assert record.fault is None
        assert (record.actions[:, record.first_player] == [1.0, 2.0]).all()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("[1, 0]", "choice 0 of head 1 does not go with choice 1 of head 0"),
        ("1", "a list of 2 numbers, not 1 (int)"),
        ("[1]", "a list of 2 numbers, not of 1"),
        ("[[1], [1, 2]]", "Head 0 is an integer, not [1] (list)"),
        ("[True, 1]", "Head 0 is an integer, not True (bool)"),
        ("[1.0, 1]", "Head 0 is an integer, not 1.0 (float)"),
        ("[10**30, 1]", "outside 0..1"),
    ],
)
def test_anything_else_loses_with_a_sentence(tmp_path, toy, answer, sentence):
    path = write(tmp_path, f"class Agent:\n    def act(self, o, l): return {answer}")
    for record in duel(toy("stances"), path, matches=2).records:
        assert record.fault is not None
        assert record.fault.seat == record.first_player
        assert sentence in record.fault.message


def test_act_batch_answers_a_list_for_each_row(tmp_path, toy):
    path = write(tmp_path, "class Agent:\n    def act_batch(self, o, m): return m[:, 0].astype(int)")
    fault = duel(toy("stances"), path, matches=2).records[0].fault
    assert fault is not None
    assert "act_batch answered shape (1,) where (1, 2) was asked" in fault.message


def test_a_list_that_is_written_to_later_stays_what_was_answered(tmp_path, toy):
    source = """
        class Agent:
            answer = [0, 0]
            def act(self, observation, legal_actions):
                self.answer[0] = 1 - self.answer[0]
                self.answer[1] = self.answer[0]
                return self.answer
        """
    records = duel(toy("stances", rounds=1), write(tmp_path, source)).records
    firsts = [record.actions[0, 0].tolist() for record in records if record.first_player == 0]
    assert firsts == [[1, 1], [0, 0], [1, 1]]


def test_only_well_formed_answers_become_one_array():
    heads, box = GameInfo("", {}, 2, [2, 3]), GameInfo("", {}, 2, {"low": [0.0] * 2, "high": [1.0] * 2})
    assert as_array([[1, 2], (np.int8(0), 1), np.array([1, 1])], heads).tolist() == [[1, 2], [0, 1], [1, 1]]
    assert as_array([[1, 0.5], np.ones(2)], box).dtype == np.float32
    for answers in ([[1, 2], [1]], [[1, True]], [None], [[1, 2.0]], [np.ones(2)], [[10**30, 1]]):
        assert as_array(answers, heads) is answers


@pytest.mark.parametrize("name", ["stances", "tug_of_war"])
def test_players_of_one_integer_are_refused_with_a_sentence(tmp_path, toy, name):
    with zipfile.ZipFile(tmp_path / "player.zip", "w") as archive:
        archive.writestr("player.py", "class Player:\n    def __init__(self, t): raise RuntimeError")
    for spec in (str(tmp_path / "player.zip"), "http://localhost:9", "q-table:x.npz"):
        with pytest.raises(SparringError, match=r"answers one integer a turn, and an action in .* is a list of 2"):
            load(spec, toy(name))
