"""Agents that take more than they may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sparring.sandbox.isolation.cgroup import group_limits_work

LOOPS = {
    "plain": "while True: pass",
    "inside C": "sum(range(10**12))",
    "asleep": "time.sleep(3600)",
    "that catches everything": """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
    "deaf to alarms": """
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        while True: pass
        """,
    "stopped": """
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGSTOP)
        while True: pass
        """,
    "in a thread that holds on": """
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
        threading.Event().wait()
        """,
}


@pytest.mark.parametrize("loop", LOOPS)
def test_an_endless_loop_loses_on_time(arena, loop):
    outcome = arena.play_act(LOOPS[loop], 2, arena.hasty)
    assert outcome.kinds == {"time"}
    assert len(outcome.faults) == 2


def test_an_endless_loop_at_import_loses_the_duel(arena):
    outcome = arena.play("while True: pass\nclass Agent: pass", limits=replace(arena.limits, start_seconds=0.5))
    assert outcome.kinds == {"start"}
    assert len(outcome.faults) == 4


def test_an_endless_loop_in_reset_loses_on_time(arena):
    source = "class Agent:\n    def reset(self, *about):\n        while True: pass\n    def act(self, *about): return 0"
    assert arena.play(source, 2, arena.hasty).kinds == {"time"}


def test_an_agent_that_lies_about_the_time_is_late_all_the_same(arena):
    source = """
        import signal, time
        import sparring.agents.python_file as ours
        ours.perf_counter = lambda: 0.0
        class Agent:
            def act(self, observation, legal_actions):
                signal.signal(signal.SIGALRM, signal.SIG_IGN)
                time.sleep(1.5)
                return legal_actions[0]
        """
    assert arena.play(source, 2, arena.hasty).kinds == {"time"}


def test_a_slow_agent_is_stopped_when_its_time_for_all_matches_is_over(arena):
    limits = replace(arena.hasty, total_seconds=1.0)
    outcome = arena.play_act("time.sleep(0.2)\nreturn legal_actions[0]", matches=20, limits=limits)
    assert outcome.kinds == {"time"}


def test_an_agent_within_its_bank_is_not_late(arena):
    limits = replace(arena.hasty, bank_seconds=20.0)
    outcome = arena.play_act("time.sleep(0.4)\nreturn legal_actions[0]", matches=2, limits=limits)
    assert outcome.faults == []


def test_ten_gigabytes_are_a_fault_for_memory(arena):
    outcome = arena.play_act("return len(bytearray(10 * 1024**3))")
    assert outcome.kinds == {"memory"}


def test_memory_taken_bit_by_bit_ends(arena):
    outcome = arena.play_act("hoard = []\nwhile True: hoard.append(bytearray(2**20))")
    assert outcome.kinds == {"memory"}


def test_children_share_the_memory_limit_where_control_groups_can_be_used(arena):
    outcome = arena.play_act(
        """
        for child in range(8):
            if os.fork() == 0:
                hoard = bytearray(b"x" * 100 * 2**20)
                time.sleep(0.5)
                os._exit(0)
        raise RuntimeError(sum(os.WIFSIGNALED(os.wait()[1]) for child in range(8)))
        """,
        matches=2,
    )
    killed = int(outcome.message.split("RuntimeError: ")[1])
    assert killed >= 6 if group_limits_work() else killed == 0


@pytest.mark.parametrize(
    "hidden",
    [
        "import mmap; mmap.mmap(-1, 2**30)",
        "os.memfd_create('hoard')",
        "assert ctypes.CDLL(None, use_errno=True).shmget(0, 2**30, 0o1600) != -1, 'Operation not permitted'",
    ],
)
def test_memory_that_no_limit_counts_can_not_be_had(arena, hidden):
    assert "Operation not permitted" in arena.play_act(hidden, matches=2).message


def test_processor_time_ends(arena):
    limits = replace(arena.limits, cpu_seconds=1)
    outcome = arena.play_act("signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass", 2, limits)
    assert outcome.message == "It used more than 1 s of processor time and was stopped."


def test_a_fork_bomb_ends_with_its_match(arena):
    outcome = arena.play_act("while True:\n    try: os.fork()\n    except OSError: pass", 2, arena.hasty)
    assert len(outcome.faults) == 2
    assert outcome.kinds <= {"time", "crash"}


def test_a_fork_bomb_that_dies_and_comes_back_ends_with_its_match(arena):
    outcome = arena.play_act(
        """
        while True:
            try:
                if os.fork(): os._exit(0)
            except OSError: pass
        """,
        2,
        arena.hasty,
    )
    assert len(outcome.faults) == 2


def test_no_more_processes_than_allowed(arena):
    outcome = arena.play_act(
        """
        children = 0
        try:
            while os.fork(): children += 1
            time.sleep(60)
        except OSError:
            raise RuntimeError(f"{children} children")
        """,
        matches=2,
    )
    assert int(outcome.message.split("RuntimeError: ")[1].split()[0]) < arena.limits.processes


def test_no_more_threads_than_allowed(arena):
    outcome = arena.play_act(
        """
        threads = 0
        try:
            while True:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                threads += 1
        except RuntimeError:
            raise RuntimeError(f"{threads} threads")
        """,
        matches=2,
    )
    assert int(outcome.message.split("RuntimeError: ")[1].split()[0]) < arena.limits.processes


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_the_disk_can_not_be_filled(arena, folder):
    outcome = arena.play_act(
        f"""
        written = 0
        try:
            for number in range(1000):
                with open(f"{folder}/{{number}}", "wb") as file: written += file.write(bytes(2**20))
        except OSError:
            raise RuntimeError(f"{{written // 2**20}} MiB")
        """,
        matches=2,
    )
    assert int(outcome.message.split("RuntimeError: ")[1].split()[0]) <= arena.limits.tmp_mib


def test_a_file_can_not_grow_beyond_its_limit(arena):
    outcome = arena.play_act("open('/tmp/big', 'wb').write(bytes(10 * 2**20))", matches=2)
    assert "File too large" in outcome.message


def test_no_more_open_files_than_allowed(arena):
    outcome = arena.play_act("files = [os.open('/dev/null', 0) for number in range(1000)]", matches=2)
    assert "Too many open files" in outcome.message
