"""A training run from its start to its model, whatever the algorithm."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import torch

from sparring.agents.spec import load
from sparring.engine import Game
from sparring.errors import BadOption, SparringError
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, TrainConfig, game_of
from sparring.learning.configuration.schedules import changing
from sparring.learning.crew import Crew
from sparring.learning.evaluation.examiner import Examiner
from sparring.learning.evaluation.promotion import check_promotion
from sparring.learning.evaluation.stopping import StopWhen
from sparring.learning.league.league import League, check_league, league_beside
from sparring.learning.learner import Diverged, Learner, Now
from sparring.learning.requirements import require_a_way_to_play, require_opponents_it_can_meet
from sparring.learning.runs.finishing import finish_run
from sparring.learning.runs.folder import Run, open_run
from sparring.learning.runs.progress import Progress, RunResult
from sparring.learning.runs.start_from import begin_from, weights_of

NOTE_SECONDS = 60.0
"""How often the log says how far the run has come."""


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
    check_run(game, config)
    with open_run(config, resume) as run, Crew(run.config.threads) as crew:
        try:
            learner = algorithm(run.config.algorithm.name)(game, run.config, crew)
            examiner = Examiner(game, run)
            if not run.restore(learner, examiner) and run.config.start_from:
                begin_from(learner, run.config.start_from)
            run.checkpoint(learner)
            progress = Progress.start(run.name, game, learner)
            with league_beside(run) as league:
                status = _learn(run, learner, examiner, progress, Watch(on_update, stop, league))
            return finish_run(run, learner, examiner, progress, status)
        except Exception as error:
            run.note(f"The run ended with an error: {error or type(error).__name__}")
            raise


def train_until(config: TrainConfig, done: Callable[[Progress], bool], resume: bool = False) -> RunResult:
    """Train until ``done`` says so after an update: the run is then stopped, with a checkpoint, and not published."""
    stop = Event()

    def watch(progress: Progress) -> None:
        if done(progress):
            stop.set()

    return train(config, watch, stop, resume)


def check_run(game: Game, config: TrainConfig) -> None:
    """Raise a SparringError, with a sentence, for a run that can't work; nothing is trained or written."""
    learner_class = algorithm(config.algorithm.name)
    learner_class.check(game, config)
    require_opponents_it_can_meet(game, config, learner_class)
    require_a_way_to_play(config, learner_class)
    if config.device not in learner_class.devices:
        raise BadOption(f"The algorithm {config.algorithm.name} computes on {' or '.join(learner_class.devices)} only.")
    if config.device == "cuda" and not torch.cuda.is_available():
        raise BadOption(
            f"PyTorch {torch.__version__} sees no CUDA device here. Leave the device at cpu, or install a build of "
            "PyTorch for CUDA on a machine that has one."
        )
    if config.promote:
        check_promotion(game, config)
    if config.start_from:
        weights_of(config.start_from, game)
    check_league(game, config)
    for spec in config.evaluation.against:
        load(spec, game).close()


class Watch:
    """Those outside who look at a run, and may stop it."""

    def __init__(
        self, on_update: Callable[[Progress], None] | None, stop: Event | None, league: League | None = None
    ) -> None:
        self._on_update, self._stop, self._league = on_update, stop or Event(), league

    def tell(self, progress: Progress) -> None:
        """How far the run has come."""
        if self._league is not None:
            self._league.look(progress)
        if self._on_update is not None:
            self._on_update(progress)

    @property
    def wants_stop(self) -> bool:
        """Whether somebody has asked for the end."""
        return self._stop.is_set()


def _learn(run: Run, learner: Learner, examiner: Examiner, progress: Progress, watch: Watch) -> str:
    """Update after update until the run ends; how it ended."""
    config, condition = run.config, StopWhen(run.config.stop_when) if run.config.stop_when else None
    schedules = {path.removeprefix("algorithm."): schedule for path, schedule in changing(config).items()}
    noted = progress.seconds
    while (done := progress.share(config)) < 1:
        if watch.wants_stop:
            return "stopped"
        moment = Moment(learner.update, done, config.seed)
        try:
            metrics = learner.learn(Now(moment, progress.timing))
        except Diverged as error:
            run.note(str(error))
            return "diverged"
        learner.update += 1
        metrics |= {f"schedule/{path}": schedule.at(moment) for path, schedule in schedules.items()}
        with progress.timing("examine"):
            metrics |= examiner.examine(learner, progress)
        first = not progress.metrics
        progress.advance(learner, metrics)
        run.record(learner, metrics)
        if progress.checkpoint_is_due(config):
            _try_checkpoint(run, learner, progress)
        if progress.seconds - noted >= NOTE_SECONDS:
            noted = progress.seconds
            run.note(str(progress))
        watch.tell(progress)
        if examiner.alarm and config.evaluation.alarm == "stop":
            return "collapsed"
        if condition is not None:
            if first and (doubt := condition.doubt(progress.known)):
                _say(run, progress, doubt)
            if condition.holds(progress.known):
                _say(run, progress, f"The run ends because {config.stop_when}.")
                return "done"
    return "done"


def _try_checkpoint(run: Run, learner: Learner, progress: Progress) -> None:
    """Write a checkpoint; where that fails, as on a full disk, training goes on until the next one is due."""
    try:
        run.checkpoint(learner)
    except SparringError as error:
        last = run.last_checkpoint
        _say(run, progress, f"{error} Training goes on; the last checkpoint is {last.name if last else 'none'}.")


def _say(run: Run, progress: Progress, sentence: str) -> None:
    progress.notes.append(sentence)
    run.note(sentence)
