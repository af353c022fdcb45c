"""Versions of a learner, each stronger than the last: published when a sequential test says so.

A candidate is the learner as it was when its test began; it never changes, while the learner trains on. It meets the
last version again and again, some pairs of matches at a time, until the test (``ratings/sprt.py``) is decided or has
become too long.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import TrainConfig
from sparring.learning.configuration.evaluation import PromotionSettings
from sparring.learning.evaluation.duels import PolicyPlayer, paired_points, reference_agents, share_of_points
from sparring.learning.evaluation.published import Published, from_files, published
from sparring.learning.learner import Learner
from sparring.learning.probes import probe_for
from sparring.learning.runs.folder import Run
from sparring.learning.runs.promotions import Promoted, send_word
from sparring.learning.runs.publishing import Snapshot, publish, snapshot
from sparring.matches import play_duel
from sparring.models import ModelRef, Registry
from sparring.ratings.sprt import Sprt

log = logging.getLogger(__name__)

REFERENCE_MATCHES = 40


@dataclass(frozen=True)
class Champion:
    """The last version that was published."""

    ref: ModelRef
    plays: Published


@dataclass
class Candidate:
    """A learner that is frozen, and its matches against the champion."""

    snapshot: Snapshot
    plays: Published
    pairs: list[int] = field(default_factory=lambda: [0] * 5)
    """Pairs of matches that brought it 0, 1/2, 1, 1 1/2 and 2 points."""

    @property
    def share(self) -> float:
        """Of the points, 0 to 1."""
        return float(np.arange(5) @ self.pairs) / (4 * max(1, sum(self.pairs)))


@dataclass(frozen=True)
class Meeting:
    """What came of one meeting."""

    promoted: ModelRef | None
    decided: bool
    metrics: dict[str, float]
    """Of the test; for a version that is promoted also its probe and its results against reference agents."""


class Promotion:
    """Publishes versions of a learner as ``name``."""

    def __init__(self, game: Game, settings: PromotionSettings, name: str) -> None:
        self.game, self.settings, self.name = game, settings, name
        self.champion = last_promoted(name, game)
        self.candidate: Candidate | None = None
        self._test = Sprt(settings.elo0, settings.elo1, settings.error, settings.error)

    def meet(self, learner: Learner) -> Meeting:
        """Play some pairs; where nobody was published yet, publish the learner as it is."""
        if self.candidate is None:
            frozen = snapshot(learner)
            self.candidate = Candidate(frozen, from_files(frozen.files, frozen.plays, self.game))
        candidate = self.candidate
        if self.champion is None:
            return self._promote(candidate, {})
        points = self._points(candidate, self.champion)
        counts = np.bincount(np.rint(2 * points).astype(np.int64), minlength=5)
        candidate.pairs = [old + int(new) for old, new in zip(candidate.pairs, counts, strict=True)]
        verdict = self._test.verdict(candidate.pairs)
        played = sum(candidate.pairs)
        metrics = {
            "promotion/share": candidate.share,
            "promotion/llr": self._test.llr(candidate.pairs),
            "promotion/pairs": float(played),
        }
        if verdict == "stronger":
            return self._promote(candidate, metrics)
        decided = verdict is not None or played >= self.settings.most_pairs
        if decided:
            self.candidate = None
        return Meeting(None, decided, metrics)

    def _points(self, candidate: Candidate, champion: Champion) -> NDArray[np.float64]:
        """The candidate's points of each pair, 0 to 2: float64 [pairs]. Other pairs at every meeting."""
        pairs, seed = self.settings.pairs, candidate.snapshot.update * 1000 + sum(candidate.pairs)
        first, second = candidate.plays.usual(seed), champion.plays.usual(seed + 1)
        if not self.game.simultaneous:
            return paired_points(self.game, first, second, pairs, seed, self.settings.random_plies)
        players = [PolicyPlayer(first), PolicyPlayer(second)]
        duel = play_duel(self.game, players, ["candidate", "champion"], 2 * pairs, seed)
        points = [0.5 if bout.winner is None else float(bout.winner == 0) for bout in duel.bouts]
        both: NDArray[np.float64] = np.array(points).reshape(-1, 2).sum(axis=1)
        return both

    def _promote(self, candidate: Candidate, metrics: dict[str, float]) -> Meeting:
        measured = self._measured(candidate)
        if self.champion is not None:
            measured["against/last_version"] = candidate.share
        ref = publish(candidate.snapshot, self.name, measured, self.champion.ref if self.champion else None)
        self.champion, self.candidate = Champion(ref, candidate.plays), None
        return Meeting(ref, decided=True, metrics=metrics | measured)

    def _measured(self, candidate: Candidate) -> dict[str, float]:
        plays, seed = candidate.plays, candidate.snapshot.update
        probe = probe_for(self.game)
        metrics = {} if probe is None else probe.measure(plays.policy(), plays.probabilities()).metrics
        for agent in reference_agents(self.game):
            share = share_of_points(self.game, plays.usual(seed), agent, REFERENCE_MATCHES, seed)
            metrics[f"against/{agent}"] = share
        return metrics


class Promoter:
    """Holds the meetings of a run when they are due, and sends word of what was published to the arena."""

    def __init__(self, game: Game, run: Run) -> None:
        self.game, self.run = game, run
        self.promotion = Promotion(game, run.config.promotion, f"{game.name}/{run.name}")
        self._next = time.monotonic() + run.config.promotion.seconds

    def look(self, learner: Learner) -> dict[str, float]:
        """Hold a meeting if one is due; what came of it, by stable names."""
        if time.monotonic() < self._next:
            return {}
        meeting = self.meet(learner)
        self._next = time.monotonic() + self.run.config.promotion.seconds
        return meeting.metrics

    def final(self, learner: Learner) -> ModelRef | None:
        """At the end of a run: play a test of the learner as it is to its end; the last version that was published."""
        self.promotion.candidate = None
        while not self.meet(learner).decided:
            pass
        return self.promotion.champion.ref if self.promotion.champion else None

    def meet(self, learner: Learner) -> Meeting:
        """Hold a meeting now."""
        meeting = self.promotion.meet(learner)
        if meeting.promoted is not None:
            self.run.note(f"Published {meeting.promoted}.")
            options = dict(self.game.options)
            send_word(Promoted(self.run.name, self.game.name, options, str(meeting.promoted), meeting.metrics))
        return meeting


def check_promotion(game: Game, config: TrainConfig) -> None:
    """Raise BadOption where versions of a learner can't be let fight each other."""
    remembers = config.play.past != (0,) or config.network.memory > 0
    if game.seats != 2 or game.action_kind != "discrete" or remembers:
        raise BadOption(
            "promote works in games for two in which an action is one choice, for networks without a memory."
        )


def last_promoted(name: str, game: Game) -> Champion | None:
    """The latest version in the registry, or None where there is none, or none that can be read."""
    versions = [ref for ref in Registry().list(game.name) if ref.name == name]
    if not versions:
        return None
    try:
        return Champion(versions[-1], published(str(versions[-1]), game))
    except SparringError as error:
        log.warning("Versions of %s begin anew, because %s can't be compared with: %s", name, versions[-1], error)
        return None
