"""Players in a real sandbox: the same as outside, and what happens when they fail."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import zipfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from sparring.agents import Turn, load
from sparring.engine import load_game
from sparring.errors import HostTrouble, SparringError, UnknownName
from sparring.matches import play_duel
from sparring.sandbox import Limits, available_drivers, folders, guest, load_player, probe_driver
from sparring.sandbox.isolation import bubblewrap
from sparring.sandbox.isolation.cgroup import parents

GAME = load_game("tic_tac_toe")
ONE = np.zeros(1, np.int64)
QUICK = Limits(move_seconds=0.5, bank_seconds=0.5)

STATEFUL = """
import random
class Agent:
    def reset(self, game, seat, seed):
        self.random = random.Random(seed)
        self.seen = []
        print(game["name"], seat, seed)
    def act(self, observation, legal_actions):
        self.seen.append(int(observation.sum()))
        return self.random.choice(legal_actions) if sum(self.seen) % 3 else legal_actions[-1]
"""
BATCHED = """
import numpy as np
class Agent:
    def act_batch(self, observations, masks):
        noise = (observations.reshape(len(masks), -1) @ np.arange(1, 19)) % 7
        return np.argmax(masks * (1 + (np.arange(9) * (noise[:, None] + 1)) % 11), axis=1)
"""
ROW_BY_ROW = """
class Agent:
    def act(self, observation, legal_actions):
        return legal_actions[observation.sum() // 2 % len(legal_actions)]
"""
WRONG = """
class Agent:
    def act(self, observation, legal_actions):
        return [True, 1.0, None, [3], "a", 99, -1, 10**30][int(observation.sum()) % 8]
"""
CRASHING = """
class Agent:
    def act(self, observation, legal_actions):
        print("hm")
        if observation.sum() > 3:
            raise ValueError("lost")
        return legal_actions[0]
"""
RANDOM_BATCH = """
import numpy as np
random = np.random.default_rng(1)
class Agent:
    def act_batch(self, observations, masks):
        return (random.random(masks.shape) * masks).argmax(axis=1)
"""
NO_START = "import nothing_of_that_name\nclass Agent: pass"
CLASSIC = """
from net import best
class Player:
    def __init__(self, train_mode): self.games, self.total = 0, 0
    def start(self, state, valid_actions):
        self.games += 1
        return valid_actions[self.games % len(valid_actions)]
    def step(self, state, valid_actions, prev_reward): return best(valid_actions, int(state[:9].sum()) + self.games)
    def end(self, state, prev_reward): self.total += prev_reward; print(self.games, self.total, state.tolist())
"""


def write(folder: Path, source: str) -> str:
    path = folder / "agent.py"
    path.write_text(textwrap.dedent(source))
    return str(path)


def write_zip(folder: Path, **files: str) -> str:
    path = folder / "player.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.py", content)
    return str(path)


def play(spec: str, driver: str, matches: int = 40, limits: Limits | None = None, game=GAME):
    player = load_player(spec, game, driver=driver, limits=limits)
    try:
        duel = play_duel(game, [player, load("random", game, seed=4)], names=["it", "random"], matches=matches, seed=2)
        return duel, player.log
    finally:
        player.close()


@pytest.mark.parametrize("source", [STATEFUL, BATCHED, ROW_BY_ROW, WRONG, CRASHING, NO_START])
def test_an_agent_acts_in_the_sandbox_as_it_does_outside(tmp_path, source):
    path = write(tmp_path, source)
    (outside, _), (inside, _) = play(path, "trusted"), play(path, "bubblewrap")
    for one, other in zip(outside.records, inside.records, strict=True):
        assert np.array_equal(one.actions, other.actions)
        assert (one.fault is None) == (other.fault is None)
        if one.fault is not None:
            assert (one.fault.kind, one.fault.seat) == (other.fault.kind, other.fault.seat)
            if one.fault.kind != "illegal":
                assert one.fault.message == other.fault.message


HEADS = """
class Agent:
    def act(self, observation, legal_actions):
        choices = [[1, 1], (1, 1), [0, 0], [1, 0], [True, 1], [1.0, 1], [1], None, [[1], 1], [10**30, 1], {1: 2}]
        Agent.count = getattr(Agent, "count", -1) + 1
        return choices[Agent.count % len(choices)]
"""
HEADS_BATCH = """
import numpy as np
class Agent:
    def act_batch(self, observations, masks):
        return [[1, 1 + (i + observations[0, 1]) % 2] for i in range(len(masks))]
"""
BOX = """
class Agent:
    def act(self, observation, legal_actions):
        x = float(observation[0])
        return [1.0, 2.0] if x == 0 else [1, 0.3] if x > 0 else [float("nan"), 1.0] if x > -2 else [5.0, 0.1]
"""
BOX_BATCH = """
import numpy as np
class Agent:
    def act_batch(self, observations, masks):
        return np.repeat(observations, 2, axis=1).clip(0, 1).astype(np.float64)
"""


@pytest.mark.parametrize(
    ("name", "source"),
    [("stances", HEADS), ("stances", HEADS_BATCH), ("tug_of_war", BOX), ("tug_of_war", BOX_BATCH)],
)
def test_answers_of_many_numbers_are_the_same_inside_and_outside(tmp_path, toy, name, source):
    path, game = write(tmp_path, source), toy(name)
    (outside, _), (inside, _) = (play(path, driver, matches=30, game=game) for driver in ("trusted", "bubblewrap"))
    assert any(record.plies for record in outside.records)
    for one, other in zip(outside.records, inside.records, strict=True):
        assert np.array_equal(one.actions, other.actions)
        assert (one.fault and (one.fault.kind, one.fault.seat)) == (
            other.fault and (other.fault.kind, other.fault.seat)
        )


def test_a_process_that_dies_in_a_game_of_lists_costs_the_matches_that_it_played(tmp_path, toy):
    source = """
        import os
        class Agent:
            def reset(self, game, seat, seed): self.seat = seat
            def act(self, observation, legal_actions):
                if observation[1] and self.seat: os._exit(1)
                return [1, 1]
        """
    duel, _ = play(write(tmp_path, source), "bubblewrap", matches=6, game=toy("stances"))
    assert duel.tally().errors == (6, 0)


@pytest.mark.parametrize("game", ["tic_tac_toe", "connect_four", "quarto", "rock_paper_scissors"])
def test_a_classic_player_acts_in_the_sandbox_as_it_does_outside(tmp_path, game):
    path = write_zip(tmp_path, player=CLASSIC, net="def best(valid, number): return valid[number % len(valid)]")
    loaded = load_game(game, {"variant": "classic"} if game == "quarto" else {})
    duels = [play(path, driver, matches=10, game=loaded) for driver in ("trusted", "bubblewrap")]
    assert duels[0][0].tally() == duels[1][0].tally()
    assert duels[0][0].tally().errors == (0, 0)
    assert all(
        np.array_equal(a.actions, b.actions) for a, b in zip(duels[0][0].records, duels[1][0].records, strict=True)
    )
    assert duels[0][1] == duels[1][1]
    assert len(duels[0][1].splitlines()) == 10


def test_what_an_agent_printed_and_its_traceback_stand_in_the_log_of_the_fault(tmp_path):
    player = load_player(write(tmp_path, CRASHING.replace("> 3", ">= 0")), GAME, driver="bubblewrap")
    player.begin(ONE, np.zeros(1, np.int8), np.zeros(1, np.uint64))
    states = GAME.new_states(np.zeros(1, np.uint64))
    seats = np.zeros(1, np.int8)
    turn = Turn(ONE, seats, GAME.observe(states, seats), GAME.legal(states, seats), np.zeros(1, np.float32), states)
    fault = player.act(turn).faults[0]
    player.close()
    assert fault.log.startswith("hm\n")
    assert 'File "agent.py", line 6, in act' in fault.log


def test_a_sandbox_that_does_not_start_in_time_is_the_hosts_trouble_and_can_be_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(guest, "SECONDS_TO_BOOT", 0.0)
    player = load_player(write(tmp_path, ROW_BY_ROW), GAME, driver="bubblewrap")
    with pytest.raises(HostTrouble, match="did not start"):
        player.begin(ONE, np.zeros(1, np.int8), np.zeros(1, np.uint64))
    player.program._guest._channel._printing = True  # as where somebody still holds the other end of its pipe
    player.close()


def test_a_player_that_dies_begins_its_next_match_afresh(tmp_path):
    source = """
        import os
        class Player:
            def __init__(self, train_mode): self.games = 0
            def start(self, state, valid_actions):
                self.games += 1
                if self.games == 3: os._exit(1)
                return valid_actions[0]
            def step(self, state, valid_actions, prev_reward): return valid_actions[0]
            def end(self, state, prev_reward): pass
        """
    duel, _ = play(write_zip(tmp_path, player=textwrap.dedent(source)), "bubblewrap", matches=8)
    faulty = [index for index, record in enumerate(duel.records) if record.fault is not None]
    assert faulty == [2, 5]
    assert "exit status 1" in duel.records[2].fault.message


def test_a_player_that_dies_again_and_again_is_not_asked_any_more(tmp_path):
    source = (
        "import os\nclass Player:\n    def __init__(self, t): pass\n    start = step = end = lambda *a: os._exit(1)"
    )
    before = perf_counter()
    duel, _ = play(write_zip(tmp_path, player=source), "bubblewrap", matches=200)
    assert perf_counter() - before < 20
    assert duel.tally().errors == (200, 0)
    assert "not asked any more" in duel.records[-1].fault.message


def test_who_died_while_the_host_was_in_trouble_is_asked_again(tmp_path):
    player = load_player(
        write(tmp_path, "import os\nclass Agent:\n    def act(self, *_): os._exit(1)"), GAME, driver="bubblewrap"
    )
    said = []
    for _ in range(5):
        if len(said) == 4:
            player.forgive()
        duel = play_duel(GAME, [player, load("random", GAME, seed=4)], names=["it", "random"], matches=1, seed=2)
        said.append(duel.records[0].fault.message)
    player.close()
    assert "exit status 1" in said[0]
    assert "not asked any more" in said[3]
    assert said[4] == said[0]


def test_when_the_process_dies_all_its_open_matches_are_lost(tmp_path):
    source = """
        import os
        class Agent:
            def reset(self, game, seat, seed): pass
            def act(self, observation, legal_actions):
                if observation.sum() == 4: os._exit(1)
                return legal_actions[0]
        """
    duel, _ = play(write(tmp_path, source), "bubblewrap", matches=20)
    lost = [record.fault.message for record in duel.records if record.fault is not None]
    assert len(lost) > 10  # in ten of them it had asked for nothing just then
    assert set(lost) == {"Its process ended itself with exit status 1."}
    assert all(len(record.actions) == 5 for record in duel.records if record.fault is None)  # won before


def test_a_slow_row_costs_only_its_own_match(tmp_path):
    source = """
        import time
        class Agent:
            count = 0
            def act(self, observation, legal_actions):
                Agent.count += 1
                if Agent.count == 3: time.sleep(30)
                return legal_actions[0]
        """
    duel, _ = play(write(tmp_path, source), "bubblewrap", matches=20, limits=QUICK)
    assert duel.tally().errors == (1, 0)


@pytest.mark.parametrize(("seconds_for_a_row", "faults"), [(0.05, 0), (0.2, 8)])
def test_a_batch_may_take_as_long_as_its_moves_together(tmp_path, seconds_for_a_row, faults):
    source = f"""
        import time
        class Agent:
            def act_batch(self, observations, masks):
                time.sleep({seconds_for_a_row} * len(masks))
                return masks.argmax(axis=1)
        """
    limits = Limits(move_seconds=0.1, first_move_seconds=0.1, bank_seconds=0.2)
    duel, _ = play(write(tmp_path, source), "bubblewrap", matches=8, limits=limits)
    assert duel.tally().errors == (faults, 0)
    assert {record.fault.kind for record in duel.records if record.fault} <= {"time"}


def test_times_are_told_by_row(tmp_path):
    source = "import time\nclass Agent:\n    def act(self, o, l):\n        time.sleep(0.05)\n        return l[0]"
    duel, _ = play(write(tmp_path, source), "bubblewrap", matches=2)
    seconds = duel.records[0].seconds[0::2]
    assert (seconds >= 0.05).all()
    assert (seconds < 0.5).all()


def test_a_sandbox_outlives_the_thread_that_asked_for_it(tmp_path):
    players = []
    thread = threading.Thread(
        target=lambda: players.append(load_player(write(tmp_path, ROW_BY_ROW), GAME, driver="bubblewrap"))
    )
    thread.start()
    thread.join()
    duel = play_duel(GAME, [players[0], load("random", GAME)], names=["a", "b"], matches=4, seed=1)
    players[0].close()
    assert duel.tally().errors == (0, 0)


def leftovers() -> set[Path]:
    folders = set(Path(tempfile.gettempdir()).glob("sparring-sandbox-*"))
    return folders.union(*(parent.folder.glob(f"sparring-{os.getpid()}-*") for parent in parents()))


def test_nothing_is_left_behind(tmp_path):
    before = leftovers()
    player = load_player(write(tmp_path, ROW_BY_ROW), GAME, driver="bubblewrap")
    player.begin(ONE, np.zeros(1, np.int8), np.zeros(1, np.uint64))
    assert leftovers() > before
    player.close()
    player.close()
    del player
    assert leftovers() <= before


def test_folders_of_killed_arenas_are_swept(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "sparring-sandbox-4194305-abc").mkdir()  # no process has an id that high
    (tmp_path / f"sparring-sandbox-{os.getpid()}-abc").mkdir()
    folders.sweep_folders.cache_clear()
    folders.sweep_folders()
    assert [folder.name for folder in tmp_path.iterdir()] == [f"sparring-sandbox-{os.getpid()}-abc"]


def test_a_player_that_nobody_holds_any_more_leaves_no_process(tmp_path):
    player = load_player(write(tmp_path, ROW_BY_ROW), GAME, driver="bubblewrap")
    player.begin(ONE, np.zeros(1, np.int8), np.zeros(1, np.uint64))
    process = player.program._guest._sandbox.process
    assert process.poll() is None
    del player
    gc.collect()
    assert process.poll() is not None


def test_house_agents_need_no_sandbox():
    assert load_player("random", GAME, driver="bubblewrap").lanes is None


def test_an_unknown_driver_is_told():
    with pytest.raises(UnknownName, match="Did you mean 'bubblewrap'"):
        load_player("random", GAME, driver="bublewrap")


def test_without_a_driver_no_code_of_others_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bubblewrap, "_worked", set())
    assert "apt install bubblewrap" in available_drivers()["bubblewrap"]
    with pytest.raises(SparringError, match="code of others runs in a sandbox only"):
        load_player(write(tmp_path, ROW_BY_ROW), GAME, driver="bubblewrap")
    with pytest.raises(SparringError, match="apt install bubblewrap"):
        probe_driver("bubblewrap")


def test_a_driver_that_does_not_work_says_why(tmp_path, monkeypatch):
    broken = tmp_path / "bwrap"
    broken.write_text(
        "#!/bin/sh\n[ $1 = --help ] && echo --size || { echo setting up uid map: Permission denied >&2; exit 1; }\n"
    )
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(bubblewrap, "_worked", set())
    reason = available_drivers()["bubblewrap"]
    assert "Permission denied" in reason
    assert "AppArmor" in reason


def test_a_sandbox_that_breaks_blames_nobody(tmp_path, monkeypatch):
    assert available_drivers()["bubblewrap"] is None
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho no more namespaces >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    player = load_player(write(tmp_path, ROW_BY_ROW), GAME, driver="bubblewrap")
    with pytest.raises(SparringError, match="no more namespaces"):
        player.begin(ONE, np.zeros(1, np.int8), np.zeros(1, np.uint64))


def test_the_runner_imports_nothing_heavy():
    script = "import sys, json, sparring.sandbox.runner; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout))
    heavy = {
        "numba",
        "scipy",
        "torch",
        "django",
        "pydantic",
        "typer",
        "rich",
        "asyncio",
        "sparring.engine",
        "sparring.games",
    }
    assert modules & heavy == set()


@pytest.mark.quiet
def test_a_sandbox_costs_less_than_a_quarter_of_a_second_on_top_of_python_itself(tmp_path):
    bare, boxed = [], []
    path = write(tmp_path, ROW_BY_ROW)
    for _ in range(5):
        before = perf_counter()
        subprocess.run([sys.executable, "-c", "import numpy, msgpack"], check=True)
        between = perf_counter()
        player = load_player(path, GAME, driver="bubblewrap")
        assert player.lanes is None
        boxed.append(perf_counter() - between)
        bare.append(between - before)
        player.close()
    assert min(boxed) < min(bare) + 0.25


@pytest.mark.quiet
def test_ten_thousand_matches_take_less_than_five_times_as_long_as_outside(tmp_path):
    game = load_game("connect_four")
    path = write(tmp_path, RANDOM_BATCH)

    def seconds(driver: str) -> float:
        players = [load_player(path, game, driver=driver) for _ in range(2)]
        before = perf_counter()
        duel = play_duel(game, players, names=["a", "b"], matches=10_000, seed=3)
        taken = perf_counter() - before
        for player in players:
            player.close()
        assert duel.tally().errors == (0, 0)
        return taken

    seconds("trusted")
    assert min(seconds("bubblewrap") for _ in range(3)) < 5 * min(seconds("trusted") for _ in range(3))
