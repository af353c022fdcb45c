"""How far a run has come, for whoever watches it, and how it ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sparring.engine import Game
from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.evaluation.rating import Rating
from sparring.learning.learner import Learner
from sparring.learning.probes import ProbeResult
from sparring.models import ModelRef

RECENT_UPDATES = 20


@dataclass
class Progress:
    """The state of a run after its latest update."""

    run: str
    title: str
    """Title of the game."""
    update: int
    steps: int
    seconds: float
    """Time spent training, over all sessions of the run."""
    steps_per_second: float = 0.0
    """Over the last updates."""
    metrics: dict[str, float] = field(default_factory=dict)
    """The latest value of each metric, by its stable name."""
    probe: ProbeResult | None = None
    probe_best: ProbeResult | None = None
    probe_baseline: float = 0.0
    results: dict[str, float] = field(default_factory=dict)
    """Share of the points against each reference agent, 0 to 1."""
    rating: Rating | None = None
    """Among the reference agents, where the run measures it."""
    notes: list[str] = field(default_factory=list)
    """Sentences for a person, the latest last."""
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of this session by phase: play, learn, examine."""
    _began: float = field(default_factory=time.monotonic)
    _checkpointed: float = field(default_factory=time.monotonic)
    _checkpointed_update: int = 0
    _recent: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=RECENT_UPDATES))

    @classmethod
    def start(cls, run: str, game: Game, learner: Learner) -> Progress:
        """Progress of a learner that has just been made or restored."""
        progress = cls(run, game.title, learner.update, learner.steps, learner.seconds)
        progress._began -= learner.seconds
        progress._checkpointed_update = learner.update
        progress._recent.append((time.monotonic(), learner.steps))
        return progress

    def share(self, config: TrainConfig) -> float:
        """How much of the run is done, 0 to 1; a run without limits stays at 0."""
        by_steps = self.steps / config.steps if config.steps else 0.0
        by_updates = self.update / config.updates if config.updates else 0.0
        by_time = (time.monotonic() - self._began) / (60 * config.minutes) if config.minutes else 0.0
        return min(1.0, max(by_steps, by_updates, by_time))

    @contextmanager
    def timing(self, phase: str) -> Iterator[None]:
        """Count the time of the block to ``phase``."""
        started = time.monotonic()
        yield
        self.phases[phase] = self.phases.get(phase, 0.0) + time.monotonic() - started

    def advance(self, learner: Learner, metrics: dict[str, float]) -> None:
        """Take in one more update; adds the speed to ``metrics``."""
        now = time.monotonic()
        learner.seconds = now - self._began
        self.update, self.steps, self.seconds = learner.update, learner.steps, learner.seconds
        then, steps_then = self._recent[0]
        self._recent.append((now, learner.steps))
        self.steps_per_second = (learner.steps - steps_then) / max(1e-9, now - then)
        metrics["speed/steps_per_second"] = self.steps_per_second
        metrics |= {f"time/{phase}": seconds for phase, seconds in self.phases.items()}
        self.metrics |= metrics

    @property
    def known(self) -> dict[str, float]:
        """The metrics and the counters, for conditions."""
        return {**self.metrics, "update": self.update, "steps": self.steps, "seconds": self.seconds}

    def __str__(self) -> str:
        parts = [f"{self.steps:,} steps", f"{self.steps_per_second:,.0f} steps/s"]
        parts += [str(self.probe)] if self.probe is not None else []
        parts += [f"{share:.1%} against {agent}" for agent, share in self.results.items()]
        return ", ".join(parts) + "."

    def checkpoint_is_due(self, config: TrainConfig) -> bool:
        """True once every ``checkpoints.seconds``, or every ``checkpoints.updates``."""
        kept = config.checkpoints
        if kept.updates is not None:
            moment = Moment(self.update, self.share(config), config.seed)
            due = self.update - self._checkpointed_update >= round(kept.updates.at(moment))
        else:
            due = time.monotonic() - self._checkpointed >= kept.seconds
        if due:
            self._checkpointed, self._checkpointed_update = time.monotonic(), self.update
        return due


@dataclass(frozen=True)
class RunResult:
    """How a run, or this session of it, ended."""

    name: str
    folder: Path
    status: str
    """``done``; ``stopped``: it can go on; ``diverged``: the loss was no number; ``collapsed``: the probe fell."""
    steps: int
    seconds: float
    metrics: dict[str, float]
    """Final measurements: probe and results of the published model."""
    model: ModelRef | None
    """What was published, if the run is done."""
