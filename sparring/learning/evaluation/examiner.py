"""Looks at a learner now and then: its probe, results against house agents, signs of a collapse."""

from __future__ import annotations

import time

from sparring.engine import Game
from sparring.learning.evaluation.duels import reference_agents, share_of_points, usual_policy
from sparring.learning.learner import Learner
from sparring.learning.probes import probe_for
from sparring.learning.runs.folder import Run
from sparring.learning.runs.progress import Progress

MATCHES = {"random": 200}
FINAL_MATCHES = {"random": 1000}
OTHER_MATCHES = 40
FINAL_OTHER_MATCHES = 100


class Examiner:
    """Measures a learner, on the run's schedule, without touching the chance of training."""

    def __init__(self, game: Game, run: Run) -> None:
        self.game, self.run = game, run
        self.probe = probe_for(game)
        self.agents = reference_agents(game)
        self._next_probe = self._next_evaluation = 0.0
        self._alarmed = False

    def examine(self, learner: Learner, progress: Progress) -> dict[str, float]:
        """Whatever is due now; returns what was measured by its stable name."""
        metrics: dict[str, float] = {}
        if self.probe is not None and time.monotonic() >= self._next_probe:
            metrics |= self.ask_probe(learner, progress)
            self._next_probe = time.monotonic() + learner.config.evaluation.probe_seconds
        if time.monotonic() >= self._next_evaluation:
            metrics |= self.play_reference_agents(learner, progress, MATCHES, OTHER_MATCHES)
            self._next_evaluation = time.monotonic() + learner.config.evaluation.duel_seconds
        return metrics

    def final(self, learner: Learner, progress: Progress) -> dict[str, float]:
        """The measurements that go with a published model, with more matches."""
        metrics = self.ask_probe(learner, progress, thorough=True)
        return metrics | self.play_reference_agents(learner, progress, FINAL_MATCHES, FINAL_OTHER_MATCHES)

    def ask_probe(self, learner: Learner, progress: Progress, thorough: bool = False) -> dict[str, float]:
        """Measure the probe, if the game has one, and raise the alarm when the learner has become worse."""
        if self.probe is None:
            return {}
        result = self.probe.measure(learner.policy(), learner.probabilities(), thorough)
        progress.probe, progress.probe_baseline = result, self.probe.baseline
        if progress.probe_best is None or result.is_better_than(progress.probe_best):
            progress.probe_best = result
        fallen = result.has_fallen_from(progress.probe_best)
        if fallen and not self._alarmed:
            best, now = result.yardstick.text(progress.probe_best.value), result.yardstick.text(result.value)
            sentence = (
                f"The probe ({result.yardstick.title}) fell back from {best} to {now} at update {learner.update}: "
                "the policy forgets how to play. A lower learning_rate or a higher entropy_weight may help."
            )
            progress.notes.append(sentence)
            self.run.note(sentence)
        self._alarmed = fallen
        return result.metrics

    def play_reference_agents(
        self, learner: Learner, progress: Progress, matches: dict[str, int], otherwise: int
    ) -> dict[str, float]:
        """Duels with the reference agents: ``matches`` of them by agent, or ``otherwise``."""
        policy = usual_policy(learner, seed=learner.update)
        for agent in self.agents:
            count = matches.get(agent, otherwise)
            progress.results[agent] = share_of_points(self.game, policy, agent, count, seed=learner.update)
        return {f"against/{agent}": share for agent, share in progress.results.items()}
