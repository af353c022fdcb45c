"""Contestants side by side: each is a process of its own, and they are measured in turn, A B A B A B.

A contestant is a script in benchmarks/contestants that gets ready once and then measures whenever it is told to, on
the cores it has been pinned to, while the others wait. So all meet the same machine in the same minutes, and nobody's
start-up or compilation is in the numbers; how long it took is told apart.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CONTESTANTS = Path(__file__).resolve().parent / "contestants"
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


class ContestantError(Exception):
    """A contestant ended instead of answering; the message is what it wrote last."""


@dataclass(frozen=True)
class Contestant:
    """``label``: for the table. ``command``: Python, script (in benchmarks/contestants) and arguments.

    ``cores``: how many it is pinned to; on more than one, libraries choose their own number of threads.
    """

    label: str
    command: Sequence[str | Path]
    cores: int = 1
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Measured:
    """What a contestant answered. ``values`` in the order of measuring."""

    contestant: Contestant
    ready: float
    versions: dict[str, str]
    values: list[float] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.values)


def contest(
    contestants: Sequence[Contestant], rounds: int, seconds: float, say: Callable[[str], None]
) -> list[Measured]:
    """Measure every contestant ``rounds`` times for ``seconds`` each, in turn. Raises ContestantError."""
    with ExitStack() as stack:
        running = [stack.enter_context(Running(contestant)) for contestant in contestants]
        measured = []
        for process in running:
            say(f"{process.contestant.label}: getting ready")
            answer = process.listen()
            measured.append(Measured(process.contestant, answer["ready"], answer["versions"]))
        for turn in range(rounds):
            for process, result in zip(running, measured, strict=True):
                answer = process.ask(seconds)
                result.values.append(answer.pop("value"))
                result.details = answer
                say(f"{process.contestant.label}: {result.values[-1]:,.4g} ({turn + 1} of {rounds})")
    return measured


class Running:
    """A contestant's process, pinned, with JSON lines going out and in."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed in __exit__)
        python, script, *arguments = contestant.command
        cores = sorted(os.sched_getaffinity(0))[: contestant.cores]
        self.process = subprocess.Popen(
            [python, "-u", script, *arguments],
            cwd=CONTESTANTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=os.environ | (ONE_THREAD if contestant.cores == 1 else {}) | contestant.environment,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def ask(self, seconds: float) -> dict[str, Any]:
        if self.process.poll() is None and self.process.stdin:
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
        return self.listen()

    def listen(self) -> dict[str, Any]:
        """Return the next JSON object; what a library prints on its own account is passed over."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        self.errors.seek(0)
        raise ContestantError(f"{self.contestant.label}: " + "".join(self.errors.readlines()[-12:]).strip())
