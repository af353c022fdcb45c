"""The arena's processes: a clean stop, a second start, and kill -9 at any of them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.e2e.conftest import RunningArena

PATIENCE = 60.0


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Return once the condition holds; fail when it does not in time."""
    pause = Event()
    for _ in range(int(seconds / 0.1)):
        if condition():
            return
        pause.wait(0.1)
    pytest.fail(f"{what} did not happen within {seconds:.0f} s.")


def answers(arena: RunningArena) -> bool:
    try:
        with urllib.request.urlopen(f"{arena.url}/api/ladders", timeout=5):
            return True
    except OSError:
        return False


def query(arena: RunningArena, sql: str) -> list[tuple[int, ...]]:
    with sqlite3.connect(f"file:{arena.home}/arena.sqlite3?mode=ro", uri=True, timeout=20) as database:
        return database.execute(sql).fetchall()


def matches_played(arena: RunningArena) -> int:
    return query(arena, "select count(*) from matches_match")[0][0]


@pytest.fixture
def own_arena(tmp_path: Path) -> Iterator[RunningArena]:
    running = RunningArena(tmp_path / "home", None, "--no-learner").start()
    yield running
    if running.process.poll() is None:
        running.interrupt()


def up(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sparring.cli", "up", "--port", str(port), "--no-learner"],
        env=os.environ | {"SPARRING_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_ctrl_c_stops_everything_and_a_second_start_goes_on_where_it_was(own_arena: RunningArena) -> None:
    eventually(lambda: matches_played(own_arena) > 0, "A match")
    assert own_arena.interrupt() == 0
    assert "Everything is kept" in own_arena.output
    assert own_arena.processes() == {}
    before = matches_played(own_arena)
    again = RunningArena(own_arena.home, own_arena.port, "--no-learner").start()
    try:
        eventually(lambda: matches_played(again) > before, "A new match")
        assert "Traceback" not in again.output
    finally:
        assert again.interrupt() == 0


def test_workers_killed_again_and_again_lose_no_match_and_play_none_twice(own_arena: RunningArena) -> None:
    for _ in range(4):
        played = matches_played(own_arena)
        eventually(lambda played=played: matches_played(own_arena) > played, "A duel")
        os.kill(own_arena.processes()["worker"], signal.SIGKILL)
        eventually(lambda: "worker" in own_arena.processes(), "A new worker")
    played = matches_played(own_arena)
    eventually(lambda: matches_played(own_arena) > played, "A duel after the last kill")
    own_arena.interrupt()
    twice = query(own_arena, 'select duel_id, "index", count(*) from matches_match group by 1, 2 having count(*) > 1')
    assert twice == []
    uneven = query(
        own_arena,
        """select duel.id, duel.matches, count(played.id) from matches_duel duel
           left join matches_match played on played.duel_id = duel.id
           where duel.state = 'done' group by duel.id having count(played.id) != duel.matches""",
    )
    assert uneven == []
    ladder_counts = query(
        own_arena,
        """select ladder.matches, (select count(*) from matches_match m where m.ladder_id = ladder.id)
           from ladders_ladder ladder""",
    )
    assert all(counted == stored for counted, stored in ladder_counts)


def test_a_killed_server_comes_back(own_arena: RunningArena) -> None:
    os.kill(own_arena.processes()["web"], signal.SIGKILL)
    eventually(lambda: not answers(own_arena) or "web" in own_arena.processes(), "The end of the server")
    eventually(lambda: answers(own_arena), "A new server")


def test_nothing_outlives_a_killed_supervisor(own_arena: RunningArena) -> None:
    own_arena.process.kill()
    own_arena.process.wait(PATIENCE)
    eventually(lambda: own_arena.processes() == {}, "The end of all processes")


def test_a_second_arena_on_the_same_folder_is_refused_with_a_sentence(own_arena: RunningArena) -> None:
    second = up(own_arena.home, own_arena.port + 1)
    assert second.returncode == 2
    assert "already runs" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_told_with_what_to_do(own_arena: RunningArena, tmp_path: Path) -> None:
    second = up(tmp_path / "other", own_arena.port)
    assert second.returncode == 2
    assert f"--port {own_arena.port + 1}" in second.stderr


def test_a_backup_of_a_running_arena_plays_on_elsewhere(own_arena: RunningArena, tmp_path: Path) -> None:
    def sparring(home: Path, *words: str) -> None:
        command = [sys.executable, "-m", "sparring.cli", *words, str(tmp_path / "arena.tar.gz")]
        subprocess.run(command, env=os.environ | {"SPARRING_HOME": str(home)}, check=True, capture_output=True)

    eventually(lambda: matches_played(own_arena) > 20, "Matches")
    before = matches_played(own_arena)
    sparring(own_arena.home, "backup")
    after = matches_played(own_arena)
    sparring(tmp_path / "elsewhere", "restore")
    elsewhere = RunningArena(tmp_path / "elsewhere", None, "--no-learner")
    kept = matches_played(elsewhere)
    assert before <= kept <= after
    elsewhere.start()
    try:
        eventually(lambda: matches_played(elsewhere) > kept, "Another match")
        twice = 'select count(*) from (select duel_id, "index" from matches_match group by 1, 2 having count(*) > 1)'
        assert query(elsewhere, twice) == [(0,)]
    finally:
        elsewhere.interrupt()
