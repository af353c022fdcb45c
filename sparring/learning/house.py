"""The house learner: trains in the background for ever, and lets the arena know whenever it has become better."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from sparring.engine import Game, load_game
from sparring.errors import BadOption, SparringError
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.evaluation.promotion import Promotion
from sparring.learning.learner import Diverged, Learner, Now
from sparring.learning.runs.folder import Run, open_run, read_config
from sparring.learning.runs.names import folder_of, run_names, runs_folder
from sparring.models import ModelRef

log = logging.getLogger(__name__)

SETTINGS: dict[str, Any] = {"averaging": 0.97, "seed": 20, "promotion.pairs": 200}
NICENESS = 19
FIRST_PROMOTION_SECONDS = 3.0
CHECKPOINT_SECONDS = 30.0
MEETINGS_IN_A_ROW = 5
"""So many, where the first leave a test open: a newcomer shall see a learner climb."""
HALF_WAY_STEPS = 30_000_000
"""Steps after which the step size has fallen half the way from its first to its last value."""

OnPromoted = Callable[[ModelRef, dict[str, float]], None]


def run_house_learner(
    stop: Event,
    on_promoted: OnPromoted,
    game: str = "connect_four",
    minutes_between: float = 0.5,
) -> None:
    """Train until ``stop`` is set; run this in a process of its own, which becomes as nice as can be.

    Every ``minutes_between`` a candidate, the learner as it was when its test began, meets the last promoted version.
    When the test says that it is stronger it is published as GAME/house, and ``on_promoted(reference, metrics)`` is
    called. The first version is promoted after a few seconds of training, for the newcomer to see. After a restart, or
    a kill, it goes on from its last checkpoint.
    """
    os.nice(NICENESS)
    loaded = load_game(game)
    name = f"house-{loaded.name}"
    config = configure(loaded, {**SETTINGS, "name": name, "checkpoints.seconds": CHECKPOINT_SECONDS})
    with open_run(config, resume=_can_go_on(name)) as run, Crew(1) as crew:
        HouseLearner(loaded, run, crew, on_promoted, 60 * minutes_between).train_until(stop)


def _can_go_on(name: str) -> bool:
    """Whether there is such a run; one that another release has written in another way is put aside."""
    if name not in run_names():
        return False
    try:
        read_config(name)
    except BadOption as error:
        aside = folder_of(name).rename(runs_folder() / f"{name}-{time.time_ns()}")
        log.warning("The house learner begins anew; what there was is in %s: %s", aside, error)
        return False
    return True


class HouseLearner:
    """A learner without an end, its versions, and the clock of their meetings."""

    def __init__(self, game: Game, run: Run, crew: Crew, on_promoted: OnPromoted, seconds_between: float) -> None:
        self.game, self.run, self.crew = game, run, crew
        self.on_promoted, self.seconds_between = on_promoted, seconds_between
        self._restarts = 0
        self.learner = self._fresh_learner()
        self.promotion = Promotion(game, run.config.promotion, f"{game.name}/house")

    def train_until(self, stop: Event) -> None:
        """Train, and hold a meeting now and then; at the end, and now and then, write a checkpoint."""
        wait = self.seconds_between if self.promotion.champion else FIRST_PROMOTION_SECONDS
        meeting = time.monotonic() + wait
        checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        while not stop.is_set():
            self._train_once()
            if time.monotonic() >= meeting:
                self._meet_champion()
                meeting = time.monotonic() + self.seconds_between
            if time.monotonic() >= checkpoint:
                self._try_checkpoint()
                checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        self._try_checkpoint()
        learner = self.learner
        self.run.write_result({"status": "stopped", "steps": learner.steps, "seconds": learner.seconds})

    def _fresh_learner(self) -> Learner:
        learner = algorithm(self.run.config.algorithm.name)(self.game, self.run.config, self.crew)
        self.run.restore(learner)
        return learner

    def _train_once(self) -> None:
        started = time.monotonic()
        learner = self.learner
        moment = Moment(learner.update, share_of_endless(learner.steps), self.run.config.seed + self._restarts)
        try:
            metrics = learner.learn(Now(moment))
        except Diverged as error:
            log.warning("The house learner goes back to its last checkpoint: %s", error)
            self._restarts += 1
            self.learner = self._fresh_learner()
            return
        learner.update += 1
        learner.seconds += time.monotonic() - started
        self.run.record(learner, metrics)

    def _meet_champion(self) -> None:
        """Play on in the test of the candidate; tell who wants to know when a version was published."""
        for _ in range(MEETINGS_IN_A_ROW):
            meeting = self.promotion.meet(self.learner)
            if meeting.decided:
                break
        self.run.record(self.learner, meeting.metrics)
        if meeting.promoted is None:
            return
        self._try_checkpoint()
        self.run.note(f"Promoted {meeting.promoted} after {self.learner.steps} steps.")
        log.info("Promoted %s after %d steps: %s", meeting.promoted, self.learner.steps, meeting.metrics)
        self.on_promoted(meeting.promoted, meeting.metrics)

    def _try_checkpoint(self) -> None:
        """Write a checkpoint; on a full disk go on without one."""
        try:
            self.run.checkpoint(self.learner)
        except SparringError as error:
            log.warning("%s", error)


def share_of_endless(steps: int) -> float:
    """How far a run without an end has come on the way from its first to its last settings, from 0 towards 1."""
    return steps / (steps + HALF_WAY_STEPS)
