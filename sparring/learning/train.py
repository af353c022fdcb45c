"""A training run from its start to its model, whatever the algorithm."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, TrainConfig, game_of
from sparring.learning.crew import Crew
from sparring.learning.evaluation.examiner import Examiner
from sparring.learning.learner import Diverged, Now
from sparring.learning.runs.folder import open_run
from sparring.learning.runs.progress import Progress, RunResult
from sparring.learning.runs.publishing import finish_run


def train(
    config: TrainConfig,
    on_update: Callable[[Progress], None] | None = None,
    stop: Event | None = None,
    resume: bool = False,
) -> RunResult:
    """Train as configured and publish what was learned as GAME/NAME in the registry.

    ``on_update`` is told how far the run has come after every update. When ``stop`` is set the run ends early, without
    publishing, and can go on later with ``resume``, as it can after being killed. Raises SparringError for a
    configuration that can't work.
    """
    game = game_of(config)
    learner_class = algorithm(config.algorithm.name)
    learner_class.check(game, config)
    with open_run(config, resume) as run, Crew(run.config.threads) as crew:
        config = run.config
        learner = algorithm(config.algorithm.name)(game, config, crew)
        run.restore(learner)
        run.checkpoint(learner)
        examiner = Examiner(game, run)
        progress = Progress.start(run.name, game, learner)
        status = "done"
        while (done := progress.share(config)) < 1:
            if stop is not None and stop.is_set():
                status = "stopped"
                break
            try:
                metrics = learner.learn(Now(Moment(learner.update, done, config.seed), progress.timing))
            except Diverged as error:
                run.note(str(error))
                status = "diverged"
                break
            learner.update += 1
            with progress.timing("examine"):
                metrics |= examiner.examine(learner, progress)
            progress.advance(learner, metrics)
            run.record(learner, metrics)
            if progress.checkpoint_is_due(config):
                run.checkpoint(learner)
            if on_update is not None:
                on_update(progress)
        return finish_run(run, learner, examiner, progress, status)
