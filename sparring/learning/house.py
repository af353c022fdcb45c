"""The house learner: trains in the background for ever, and lets the arena know whenever it has become better."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.onnx_network import OnnxNetwork
from sparring.engine import Game, load_game
from sparring.errors import SparringError
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, configure
from sparring.learning.crew import Crew
from sparring.learning.evaluation.duels import paired_points, reference_agents, share_of_points
from sparring.learning.learner import Diverged, Learner, Now
from sparring.learning.probes import Policy, Probe, probe_for
from sparring.learning.runs.folder import Run, open_run
from sparring.learning.runs.names import run_names
from sparring.learning.runs.publishing import publish
from sparring.models import ModelRef, Registry

log = logging.getLogger(__name__)

SETTINGS: dict[str, Any] = {"averaging": 0.97, "seed": 20}
NICENESS = 19
FIRST_PROMOTION_SECONDS = 3.0
CHECKPOINT_SECONDS = 30.0
PAIRS = 200
RANDOM_PLIES = 6
CONFIDENCE = 1.645
"""Standard errors by which a challenger's points have to exceed a half: one-sided, 5 %."""
HALF_WAY_STEPS = 30_000_000
"""Steps after which the step size has fallen half the way from its first to its last value."""
REFERENCE_MATCHES = 40

OnPromoted = Callable[[ModelRef, dict[str, float]], None]


def run_house_learner(
    stop: Event,
    on_promoted: OnPromoted,
    game: str = "connect_four",
    minutes_between: float = 0.5,
) -> None:
    """Train until ``stop`` is set; run this in a process of its own, which becomes as nice as can be.

    Every ``minutes_between`` the learner meets its last promoted version. When it is significantly better it is
    published as GAME/house, and ``on_promoted(reference, metrics)`` is called. The first version is promoted after a
    few seconds of training, for the newcomer to see. After a restart, or a kill, it goes on from its last checkpoint.
    """
    os.nice(NICENESS)
    loaded = load_game(game)
    name = f"house-{loaded.name}"
    config = configure(loaded, {**SETTINGS, "name": name, "checkpoints.seconds": CHECKPOINT_SECONDS})
    with open_run(config, resume=name in run_names()) as run, Crew(1) as crew:
        HouseLearner(loaded, run, crew, on_promoted, 60 * minutes_between).train_until(stop)


class HouseLearner:
    """A learner without an end, its last promoted version, and the clock of their meetings."""

    def __init__(self, game: Game, run: Run, crew: Crew, on_promoted: OnPromoted, seconds_between: float) -> None:
        self.game, self.run, self.crew = game, run, crew
        self.on_promoted, self.seconds_between = on_promoted, seconds_between
        self.name = f"{game.name}/house"
        self._restarts = 0
        self.learner = self._fresh_learner()
        self.probe: Probe | None = probe_for(game)
        self.champion = last_promoted(self.name, game)

    def train_until(self, stop: Event) -> None:
        """Train, and hold a meeting now and then; at the end, and now and then, write a checkpoint."""
        wait = self.seconds_between if self.champion else FIRST_PROMOTION_SECONDS
        meeting = time.monotonic() + wait
        checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        while not stop.is_set():
            self._train_once()
            if time.monotonic() >= meeting:
                self._meet_champion()
                meeting = time.monotonic() + self.seconds_between
            if time.monotonic() >= checkpoint:
                self.run.checkpoint(self.learner)
                checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        self.run.checkpoint(self.learner)

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
        """Promote the learner if nobody was promoted yet, or if it takes significantly more than half of the points."""
        metrics: dict[str, float] = {}
        if self.champion is not None:
            policies = self.learner.policy(), self.champion.policy
            points = paired_points(self.game, *policies, PAIRS, self.learner.update, RANDOM_PLIES)
            metrics["against/last_version"] = float(points.mean() / 2)
            if not is_better(points):
                self.run.record(self.learner, metrics | self._measured())
                return
        metrics |= self._measured()
        self._promote(metrics)

    def _promote(self, metrics: dict[str, float]) -> None:
        parent = self.champion.ref if self.champion else None
        ref = publish(self.learner, self.name, metrics, parent)
        self.champion = Champion(ref, policy_of(ref, self.game))
        self.run.record(self.learner, metrics)
        self.run.checkpoint(self.learner)
        self.run.note(f"Promoted {ref} after {self.learner.steps} steps.")
        log.info("Promoted %s after %d steps: %s", ref, self.learner.steps, metrics)
        self.on_promoted(ref, metrics)

    def _measured(self) -> dict[str, float]:
        policy = self.learner.policy()
        metrics = {} if self.probe is None else self.probe.measure(policy, self.learner.probabilities()).metrics
        for agent in reference_agents(self.game):
            metrics[f"against/{agent}"] = share_of_points(
                self.game, policy, agent, REFERENCE_MATCHES, self.learner.update
            )
        return metrics


@dataclass(frozen=True)
class Champion:
    """The last promoted version."""

    ref: ModelRef
    policy: Policy


def last_promoted(name: str, game: Game) -> Champion | None:
    """The latest version in the registry, or None where there is none, or none that can be read."""
    versions = [ref for ref in Registry().list(game.name) if ref.name == name]
    if not versions:
        return None
    try:
        return Champion(versions[-1], policy_of(versions[-1], game))
    except SparringError as error:
        log.warning("The house learner starts over, because %s can't be compared with: %s", versions[-1], error)
        return None


def policy_of(ref: ModelRef, game: Game) -> Policy:
    """How a published model plays: its most likely legal action. Raises SparringError when it can't be read."""
    network = OnnxNetwork(Registry().resolve(ref) / "model.onnx", game)

    def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        actions: NDArray[np.int64] = np.where(masks, network.logits(observations), -np.inf).argmax(axis=1)
        return actions

    return choose


def is_better(points: NDArray[np.float64]) -> bool:
    """Whether the points of pairs, 0 to 2, float64 [pairs], are significantly more than one a pair on average."""
    error = float(points.std(ddof=1)) / math.sqrt(len(points))
    return bool(points.mean() - CONFIDENCE * error > 1.0)


def share_of_endless(steps: int) -> float:
    """How far a run without an end has come on the way from its first to its last settings, from 0 towards 1."""
    return steps / (steps + HALF_WAY_STEPS)
