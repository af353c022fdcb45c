"""Agents that people write as a class in a file, played in this process."""

from __future__ import annotations

import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sparring.agents import Turn, load
from sparring.agents.agent import MOST_OBJECTS, Agent
from sparring.engine import load_game
from sparring.errors import SparringError

GAME = load_game("tic_tac_toe")


def write(folder: Path, source: str) -> str:
    path = folder / "mine.py"
    path.write_text(textwrap.dedent(source))
    return str(path)


def turn(rows: int, lanes: list[int] | None = None) -> Turn:
    states = GAME.new_states(np.arange(rows, dtype=np.uint64))
    seats = np.zeros(rows, np.int8)
    masks = GAME.legal(states, seats)
    numbers = np.arange(rows) if lanes is None else np.array(lanes)
    return Turn(numbers, seats, GAME.observe(states, seats), masks, np.zeros(rows, np.float32), states)


def begin(player, rows: int):
    return player.begin(np.arange(rows), np.zeros(rows, np.int8), np.arange(rows, dtype=np.uint64))


def test_an_agent_gets_its_observation_and_a_list_of_legal_actions(tmp_path):
    player = load(
        write(
            tmp_path,
            """
            class Agent:
                def act(self, observation, legal_actions):
                    assert observation.shape == (2, 3, 3)
                    assert legal_actions == list(range(9)) and all(type(a) is int for a in legal_actions)
                    return legal_actions[-1]
            """,
        ),
        GAME,
    )
    assert player.lanes is None
    assert begin(player, 3) == {}
    reply = player.act(turn(3))
    assert list(reply.actions) == [8, 8, 8]
    assert reply.faults == {}
    assert (reply.seconds > 0).all()


def test_an_observation_can_not_be_written_to_and_stays_as_it_was(tmp_path):
    source = """
        class Agent:
            seen = None
            def act(self, observation, legal_actions):
                if Agent.seen is not None:
                    return int(Agent.seen.sum())
                Agent.seen = observation
                observation[0, 0, 0] = 1
        """
    player = load(write(tmp_path, source), GAME)
    begin(player, 1)
    first = turn(1)
    assert "read-only" in str(player.act(first).faults[0])
    first.observations[:] = 1
    assert list(player.act(turn(1)).actions) == [0]


def test_act_batch_answers_all_rows_in_one_call(tmp_path):
    player = load(
        write(tmp_path, "class Agent:\n    def act_batch(self, o, m): return m.argmax(axis=1) + len(m)"), GAME
    )
    assert player.lanes is None
    assert list(player.act(turn(4)).actions) == [4, 4, 4, 4]


@pytest.mark.parametrize("answer", ["None", "3", "[1]", "m", "'abcde'", "iter([])"])
def test_act_batch_with_another_shape_is_a_fault_of_every_row(tmp_path, answer):
    player = load(write(tmp_path, f"class Agent:\n    def act_batch(self, o, m): return {answer}"), GAME)
    faults = player.act(turn(4)).faults
    assert sorted(faults) == [0, 1, 2, 3]
    assert faults[0].kind == "illegal"
    assert "one action a row" in str(faults[0])


def test_an_agent_with_reset_has_an_object_for_each_match(tmp_path):
    source = """
        class Agent:
            def reset(self, game, seat, seed):
                assert game == {
                    "name": "tic_tac_toe", "options": {}, "seats": 2, "actions": 9, "dependencies": [],
                    "observation": {"shape": [2, 3, 3], "dtype": "int8"},
                }
                self.moves, self.seed = 0, seed
            def act(self, observation, legal_actions):
                self.moves += 1
                return 10 * self.seed + self.moves
        """
    player = load(write(tmp_path, source), GAME)
    assert player.lanes == MOST_OBJECTS
    assert begin(player, 3) == {}
    assert list(player.act(turn(3)).actions) == [1, 11, 21]
    assert list(player.act(turn(2, lanes=[0, 2])).actions) == [2, 22]
    player.end(np.array([0]), np.zeros(1, np.float32), turn(1).states)
    assert player.begin(np.array([7]), np.zeros(1, np.int8), np.array([5], np.uint64)) == {}
    assert list(player.act(turn(2, lanes=[7, 2])).actions) == [51, 23]


def test_an_agent_may_ask_for_fewer_objects(tmp_path):
    source = "class Agent:\n    lanes = 2\n    def reset(self, *a): pass\n    def act(self, o, l): return 0"
    assert load(write(tmp_path, source), GAME).lanes == 2


def test_the_base_class_can_be_inherited_from(tmp_path):
    source = "from sparring.agents.agent import Agent as Base\nclass Agent(Base):\n    def act(self, o, l): return l[1]"
    assert list(load(write(tmp_path, source), GAME).act(turn(1)).actions) == [1]
    with pytest.raises(NotImplementedError, match="needs a method act"):
        Agent().act(np.zeros(1), [0])


def test_a_crash_costs_its_row_and_tells_where_it_was(tmp_path):
    source = """
        class Agent:
            count = 0
            def act(self, observation, legal_actions):
                Agent.count += 1
                if Agent.count == 2:
                    print("about to fail")
                    raise KeyError("knight")
                return 0
        """
    faults = load(write(tmp_path, source), GAME).act(turn(3)).faults
    assert list(faults) == [1]
    assert str(faults[1]) == "It crashed while choosing an action (act): KeyError: 'knight'"
    assert faults[1].log.startswith("about to fail\nTraceback")
    assert 'File "agent.py", line 8, in act' in faults[1].log
    assert "sparring" not in faults[1].log


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module\nclass Agent: pass", "No module named 'no_such_module'"),
        ("raise SystemExit(3)\nclass Agent: pass", "SystemExit: 3"),
        ("class Agent:\n    def __init__(self, depth): pass", "missing 1 required positional argument: 'depth'"),
        ("class Agent: pass", "Agent has no method act(self, observation, legal_actions)"),
        ("Agent = 3", "agent.py defines no class Agent"),
    ],
)
def test_an_agent_that_can_not_start_loses_every_match(tmp_path, source, reason):
    faults = begin(load(write(tmp_path, source), GAME), 2)
    assert sorted(faults) == [0, 1]
    assert faults[0].kind == "start"
    assert reason in str(faults[0])


def test_a_missing_class_is_told_before_anything_runs(tmp_path):
    with pytest.raises(SparringError, match="defines no class Agent"):
        load(write(tmp_path, "class Bot: pass"), GAME)


def test_what_an_agent_prints_goes_to_its_log_and_not_to_ours(tmp_path, capsys):
    player = load(write(tmp_path, "class Agent:\n    def act(self, o, l):\n        print('hm'); return l[0]"), GAME)
    player.act(turn(2))
    assert player.log == "hm\nhm\n"
    assert capsys.readouterr().out == ""


def test_two_zips_with_modules_of_the_same_name_do_not_mix(tmp_path):
    players = []
    for number in (1, 2):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("brain/__init__.py", "")
            archive.writestr("brain/move.py", f"move = {number}")
            archive.writestr("weights.txt", f"{number}")
            archive.writestr(
                "agent.py",
                "import brain\nclass Agent:\n    def act(self, o, l):\n        from brain.move import move\n"
                "        return 10 * move + int(open('weights.txt').read())",
            )
        players.append(load(str(path), GAME))
    before = (Path.cwd(), sys.path[:], sys.stdout, set(sys.modules))
    for _ in range(2):
        assert [list(player.act(turn(1)).actions) for player in players] == [[11], [22]]
    assert (Path.cwd(), sys.path, sys.stdout, set(sys.modules)) == before
