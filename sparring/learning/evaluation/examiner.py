"""Looks at a learner now and then: its probe, results against house agents, its rating, signs of a collapse."""

from __future__ import annotations

import time

from sparring.engine import Game
from sparring.learning.configuration import Moment
from sparring.learning.evaluation.duels import drawn, reference_agents, share_of_points, usual_policy
from sparring.learning.evaluation.promotion import Promoter
from sparring.learning.evaluation.rating import ReferenceRatings
from sparring.learning.learner import Learner, State
from sparring.learning.probes import ProbeResult, probe_for
from sparring.learning.probes.exploitability import ExploitabilityProbe
from sparring.learning.runs.folder import Run
from sparring.learning.runs.progress import Progress

AGAINST_RANDOM = 5
"""Matches against random cost little: so many times as many of them."""
RANDOM = "random"
MOST = 0.2
"""Share of a run's time that duels may take."""


class Examiner:
    """Measures a learner, on the run's schedule, without touching the chance of training."""

    def __init__(self, game: Game, run: Run) -> None:
        self.game, self.run, self.settings = game, run, run.config.evaluation
        self.probe = probe_for(game)
        self.agents = list(self.settings.against) or reference_agents(game)
        self.alarm = ""
        """A sentence while the learner's probe is far below its best; else empty."""
        self.promoter = Promoter(game, run) if run.config.promote else None
        self._ratings: ReferenceRatings | None = None
        self._next_probe = self._next_evaluation = 0.0

    def state(self) -> State:
        """What goes into the run's checkpoints beside the learner: the average of its policies, where there is one."""
        return {"average": self.probe.average.arrays()} if isinstance(self.probe, ExploitabilityProbe) else {}

    def restore(self, state: State) -> None:
        """Go on from ``state()``."""
        if isinstance(self.probe, ExploitabilityProbe):
            self.probe.average.restore(state["average"])

    def examine(self, learner: Learner, progress: Progress) -> dict[str, float]:
        """Whatever is due now; returns what was measured by its stable name.

        Which policies are counted to the average is decided by updates, not by the clock, so that it can be repeated.
        """
        metrics: dict[str, float] = {}
        if isinstance(self.probe, ExploitabilityProbe) and (learner.update - 1) % self.settings.average_every == 0:
            self.probe.count(learner.policy(), learner.probabilities())
        if self.probe is not None and time.monotonic() >= self._next_probe:
            metrics |= self.ask_probe(learner, progress)
            self._next_probe = time.monotonic() + self.settings.probe_seconds
        if self.agents and (began := time.monotonic()) >= self._next_evaluation:
            moment = Moment(learner.update, progress.share(learner.config), learner.config.seed)
            metrics |= self.play_reference_agents(learner, progress, round(self.settings.matches.at(moment)))
            if self.settings.rating_matches:
                metrics |= self.rate(learner, progress)
            now = time.monotonic()
            self._next_evaluation = now + pause_after(now - began, self.settings.duel_seconds)
        return metrics if self.promoter is None else metrics | self.promoter.look(learner)

    def final(self, learner: Learner, progress: Progress) -> dict[str, float]:
        """The measurements that go with a published model, with more matches."""
        metrics = self.ask_probe(learner, progress, thorough=True)
        return metrics | self.play_reference_agents(learner, progress, self.settings.final_matches)

    def ask_probe(self, learner: Learner, progress: Progress, thorough: bool = False) -> dict[str, float]:
        """Measure the probe, if the game has one, and raise the alarm when the learner has become worse."""
        if self.probe is None:
            return {}
        result = self.probe.measure(learner.policy(), learner.probabilities(), thorough)
        progress.probe, progress.probe_baseline = result, self.probe.baseline
        if progress.probe_best is None or result.is_better_than(progress.probe_best):
            progress.probe_best = result
        if self.settings.alarm != "off":
            self._watch(result, progress.probe_best, learner, progress)
        return result.metrics

    def _watch(self, result: ProbeResult, best: ProbeResult, learner: Learner, progress: Progress) -> None:
        """Raise the alarm, or take it back."""
        before = self.alarm
        self.alarm = ""
        if result.has_fallen_from(best):
            was, now = result.yardstick.text(best.value), result.yardstick.text(result.value)
            self.alarm = (
                f"The probe ({result.yardstick.title}) fell back from {was} to {now} at update {learner.update}: "
                "the policy forgets how to play. A lower learning_rate or a higher entropy_weight may help."
            )
        if bool(self.alarm) != bool(before):
            sentence = self.alarm or f"The probe is back at {result.yardstick.text(result.value)}."
            progress.notes.append(sentence)
            self.run.note(sentence)
            self.run.write_alarm(self.alarm)

    def play_reference_agents(self, learner: Learner, progress: Progress, matches: int) -> dict[str, float]:
        """Duels with the reference agents: ``matches`` with each, more with random."""
        for agent in self.agents:
            count = matches * AGAINST_RANDOM if agent == RANDOM else matches
            progress.results[agent] = self._points(learner, agent, count)
        return {f"against/{agent}": share for agent, share in progress.results.items()}

    def rate(self, learner: Learner, progress: Progress) -> dict[str, float]:
        """The learner's rating among the reference agents, and its standard error."""
        if self._ratings is None:
            self._ratings = ReferenceRatings(self.game, self.agents, learner.config.seed)
        matches = self.settings.rating_matches
        progress.rating = self._ratings.measure(lambda agent, count: self._points(learner, agent, count), matches)
        return {"rating/value": progress.rating.value, "rating/error": progress.rating.error}

    def _points(self, learner: Learner, agent: str, matches: int) -> float:
        """Share of the points against an agent; an even number of matches, at least two."""
        pairs, seed = max(1, matches // 2), learner.update
        probabilities = learner.probabilities()
        if self.settings.deterministic is None or probabilities is None:
            return share_of_points(self.game, usual_policy(learner, seed), agent, 2 * pairs, seed)
        moment = Moment(learner.update, 0.0, learner.config.seed)
        best = round(self.settings.deterministic.at(moment) * pairs)
        parts = [(best, learner.policy()), (pairs - best, drawn(probabilities, seed))]
        won = [n * share_of_points(self.game, policy, agent, 2 * n, seed + n) for n, policy in parts if n]
        return sum(won) / pairs


def pause_after(took: float, wanted: float) -> float:
    """Seconds until the next duels: as many as are wanted, but enough that duels take no more than their share.

    >>> pause_after(2.0, 30.0), pause_after(50.0, 30.0)
    (30.0, 200.0)
    """
    return max(wanted, took * (1.0 - MOST) / MOST)
