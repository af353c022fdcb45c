"""Work that runs in other processes: it answers, raises, crashes, is begun anew, and ends when it is told to."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sparring.errors import BadOption
from sparring.learning.executors import Crashed, LocalExecutor, executor_named


def process_and(number: int) -> tuple[int, int]:
    return os.getpid(), number + 1


def fail(sentence: str) -> None:
    raise BadOption(sentence)


def crash_until(file: str, times: int) -> int:
    path = Path(file)
    path.write_text(path.read_text() + "x" if path.exists() else "x")
    if len(path.read_text()) <= times:
        os._exit(7)
    return len(path.read_text())


def sleep_for_long() -> None:
    time.sleep(600)


class Counter:
    def __init__(self, start: int) -> None:
        self.count = start

    def add(self, number: int) -> int:
        self.count += number
        return self.count

    def crash(self) -> None:
        os._exit(3)


def test_a_task_runs_in_a_process_of_its_own_and_answers_or_raises() -> None:
    with LocalExecutor(2) as executor:
        first, second = executor.submit(process_and, 1), executor.submit(fail, "Not so.")
        process, answer = first.result(60)
        assert process != os.getpid()
        assert answer == 2
        with pytest.raises(BadOption, match="Not so"):
            second.result(60)


def test_a_crashed_task_is_begun_anew_so_often_and_then_reported(tmp_path: Path) -> None:
    with LocalExecutor(2) as executor:
        saved = executor.submit(crash_until, str(tmp_path / "saved"), 1, restarts=1)
        lost = executor.submit(crash_until, str(tmp_path / "lost"), 5, restarts=1)
        assert saved.result(60) == 2
        with pytest.raises(Crashed, match="exit status 7"):
            lost.result(60)
    assert (tmp_path / "lost").read_text() == "xx"


def test_an_actor_keeps_its_state_and_is_made_anew_after_a_crash() -> None:
    with LocalExecutor(1) as executor:
        counter = executor.start(Counter, 10, restarts=1)
        answers = [counter.call("add", 1), counter.call("add", 5)]
        assert [answer.result(60) for answer in answers] == [11, 16]
        with pytest.raises(Crashed, match="exit status 3"):
            counter.call("crash").result(60)
        assert counter.call("add", 1).result(60) == 11
        with pytest.raises(Crashed):
            counter.call("crash").result(60)
        with pytest.raises(Crashed):
            counter.call("add", 1).result(60)


def test_an_actor_that_can_t_be_made_says_why() -> None:
    with LocalExecutor(1) as executor, pytest.raises(TypeError):
        executor.start(Counter).call("add", 1).result(60)


def test_a_shut_down_executor_leaves_nothing_running() -> None:
    executor = LocalExecutor(1)
    running, waiting = executor.submit(sleep_for_long), executor.submit(process_and, 1)
    counter = executor.start(Counter, 1)
    counter.call("add", 1).result(60)
    executor.shutdown()
    executor.shutdown()
    assert waiting.cancelled()
    with pytest.raises(Crashed):
        running.result(60)


def test_an_unknown_executor_is_refused() -> None:
    with pytest.raises(BadOption, match="no executor ray"):
        executor_named("ray", 1)
