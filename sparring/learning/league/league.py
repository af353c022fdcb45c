"""A league at work: it starts the exploiters of a run, and the next generation of each when one is done.

The main agent is the run itself; it meets the league where ``opponents.pool`` has a share. Members share what they have
learned through their folders: exploiters look for the main agent's latest checkpoint, and everybody for the past
networks of all. How it stands is in ``league.json`` in the folder of the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import TrainConfig
from sparring.learning.executors import Executor, executor_named
from sparring.learning.league.members import Ended, Member, configuration, members, train_generation
from sparring.learning.league.payoffs import payoffs
from sparring.learning.runs.folder import Run
from sparring.learning.runs.progress import Progress
from sparring.learning.runs.whole_files import write_atomically

FILE = "league.json"


class League:
    """The exploiters beside a run. ``look`` is called after each of its updates."""

    def __init__(self, run: Run, executor: Executor) -> None:
        self.run, self.config, self.executor = run, run.config, executor
        self.members = members(run.config)
        self.generation = {member.name: 1 for member in self.members}
        self.base = {member.name: run.config.start_from for member in self.members}
        self.ended: list[dict[str, Any]] = []
        self._working: dict[str, Future[Ended]] = {}
        self._given_up: set[str] = set()
        if (path := run.folder / FILE).exists():
            self._read(path)

    def look(self, progress: Progress) -> None:
        """Start whoever is due; take note of who is done."""
        if progress.update < self.config.league.start_after:
            return
        changed = False
        for member in self.members:
            working = self._working.get(member.name)
            if working is not None and working.done():
                self._take_note(member, working, progress)
                del self._working[member.name]
                changed = True
            if member.name not in self._working and member.name not in self._given_up:
                self._start(member)
        if changed:
            self.write()

    def write(self) -> None:
        """Write down how the league stands."""
        document = {
            "main": self.run.name,
            "members": {name: {"generation": self.generation[name], "base": self.base[name]} for name in self.base},
            "ended": self.ended,
            "payoffs": payoffs(self.run.name),
        }
        write_atomically(self.run.folder / FILE, json.dumps(document, indent=1).encode() + b"\n")

    def _start(self, member: Member) -> None:
        settings = self.config.league
        config = configuration(self.config, member, self.generation[member.name], self.base[member.name])
        work = config.model_dump_json(), member.kind, settings.beaten, settings.timeout
        self._working[member.name] = self.executor.submit(train_generation, *work, restarts=settings.restarts)

    def _take_note(self, member: Member, working: Future[Ended], progress: Progress) -> None:
        error = working.exception()
        if error is not None:
            self._given_up.add(member.name)
            self._say(progress, f"The exploiter {member.name} is given up: {error}")
            return
        ended = working.result()
        self.ended.append(asdict(ended))
        self._say(progress, f"{ended.run} ended by {ended.why} with {ended.share:.0%} after {ended.updates} updates.")
        self.base[member.name] = next_base(self.config, member, ended)
        self.generation[member.name] += 1

    def _say(self, progress: Progress, sentence: str) -> None:
        progress.notes.append(sentence)
        self.run.note(sentence)

    def _read(self, path: Path) -> None:
        document = json.loads(path.read_bytes())
        self.ended = document["ended"]
        for name, known in document["members"].items():
            if name in self.generation:
                self.generation[name], self.base[name] = known["generation"], known["base"]


def next_base(config: TrainConfig, member: Member, ended: Ended) -> str:
    """The weights with which the next generation begins: those of the whole run, or those of the last generation.

    A main exploiter is always reset; a league exploiter with a probability.
    """
    if member.role == "main-exploiter":
        return config.start_from
    chance = np.random.default_rng([config.seed, *ended.run.encode()])
    return config.start_from if chance.random() < config.league.reset_probability else f"run:{ended.run}"


def check_league(game: Game, config: TrainConfig) -> None:
    """Raise a SparringError, with a sentence, for a league that can't work."""
    if not config.league.size:
        return
    for member in members(config):
        own = configuration(config, member, 1, config.start_from)
        learner_class = algorithm(own.algorithm.name)
        if not learner_class.meets_opponents:
            raise BadOption(
                f"The algorithm {own.algorithm.name} meets no opponents, so it can't be in a league; ppo can."
            )
        learner_class.check(game, own)
    if config.opponents.pool.share.constant == 0:
        raise BadOption(
            "The main agent of a league meets the others where opponents.pool.share is not 0; set it, or no exploiters."
        )


@contextmanager
def league_beside(run: Run) -> Iterator[League | None]:
    """The league of a run while it trains; None where it has no exploiters. They end with it, and can go on with it."""
    size = run.config.league.size
    if not size:
        yield None
        return
    executor = executor_named(run.config.executor, workers=size)
    league = League(run, executor)
    try:
        yield league
    finally:
        executor.shutdown()
        league.write()
