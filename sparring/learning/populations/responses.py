"""Best responses by training: each is an ordinary run against the mixture, in a process of its own."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game, home
from sparring.errors import SparringError
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Schedule, TrainConfig, game_of
from sparring.learning.configuration.opponents import OpponentSettings, PastSettings, PoolSettings
from sparring.learning.crew import Crew
from sparring.learning.evaluation.duels import drawn, player_of
from sparring.learning.executors import Executor
from sparring.learning.league.members import beside, enter_pool
from sparring.learning.learner import Learner
from sparring.learning.opponents.other_runs import past_files
from sparring.learning.populations.population import Response
from sparring.learning.probes import Policy
from sparring.learning.runs.checkpoints import checkpoint_folders
from sparring.learning.runs.folder import read_config
from sparring.learning.runs.progress import Progress
from sparring.learning.runs.start_from import begin_from
from sparring.matches import play_duel

Floats = NDArray[np.float64]


class TrainedResponses:
    """An oracle whose policies are the networks of runs ``NAME.1``, ``NAME.2``, …, configured as ``own``."""

    def __init__(self, own: TrainConfig, name: str, executor: Executor, joins_at: float, over: int) -> None:
        self.own, self.name, self.executor = own, name, executor
        self.joins_at, self.over = joins_at, over
        self.timeout, self.matches = 200, 200
        """Updates of a run, and matches of a pair of policies."""

    def respond(self, members: list[str], weights: Floats, attempt: int) -> Response:
        opponents = OpponentSettings(past=PastSettings(share=Schedule(0)))
        if members:
            known = zip(members, weights.tolist(), strict=True)
            met = {snapshot_of(name): weight for name, weight in known if weight > 0}
            pool = PoolSettings(share=Schedule(1), runs=tuple(members), weights=met)
            opponents = opponents.model_copy(update={"pool": pool})
        updates = self.timeout if members else 1
        seed = (self.own.seed + 7919 * attempt) % 2**31
        config = beside(self.own, f"{self.name}.{attempt}", seed, updates, opponents)
        work = self.executor.submit(train_response, config.model_dump_json(), self.joins_at, self.over, updates)
        response: Response = work.result()
        return response

    def margins(self, name: str, members: list[str]) -> Floats:
        tasks = [self.executor.submit(margin_between, name, member, self.matches) for member in members]
        return np.array([task.result() for task in tasks])


def train_response(document: str, joins_at: float, over: int, timeout: int) -> Response:
    """Train a run, a TrainConfig as JSON, until its share of the points averages ``joins_at`` over some updates."""
    from sparring.learning.train import train_until  # which itself knows the algorithm that is made of responses

    config = TrainConfig.model_validate_json(document)
    shares: deque[float] = deque(maxlen=over)

    def done(progress: Progress) -> bool:
        if "opponents/pool" in progress.metrics:
            shares.append(progress.metrics["opponents/pool"])
        return progress.update >= timeout or (len(shares) == over and float(np.mean(shares)) >= joins_at)

    folder = home() / "runs" / config.name
    result = train_until(config, done, resume=bool(checkpoint_folders(folder)))
    if result.status == "diverged":
        raise SparringError(f"The best response {config.name} diverged: its loss is no number any more.")
    enter_pool(folder)
    return Response(config.name, float(np.mean(shares)) if shares else 0.0, result.steps)


def margin_between(first: str, second: str, matches: int) -> float:
    """What one run's network takes from another's, a lost match being -1; both draw from their policies, swap seats."""
    game = game_of(read_config(first))
    with Crew(1) as crew:
        policies = [policy_of(learner_of(name, game, crew), seed) for seed, name in enumerate((first, second))]
        players = [player_of(policy) for policy in policies]
        duel = play_duel(game, players, [first, second], matches, seed=1)
    own = [record.players.index(first) for record in duel.records]
    margins = [record.scores[seat] - record.scores[1 - seat] for record, seat in zip(duel.records, own, strict=True)]
    return float(np.mean(margins)) / (2 * game.forfeit)


def learner_of(name: str, game: Game, crew: Crew) -> Learner:
    """A learner with what a run has learned."""
    config = read_config(name)
    learner = algorithm(config.algorithm.name)(game, config, crew)
    begin_from(learner, f"run:{name}")
    return learner


def policy_of(learner: Learner, seed: int) -> Policy:
    """Draws from what a learner plays; its best actions where it has no probabilities."""
    probabilities = learner.probabilities()
    return learner.policy() if probabilities is None else drawn(probabilities, seed)


def snapshot_of(run: str) -> str:
    """The last past network of a run, as a member of a pool is named."""
    return f"{run}/{past_files((run,))[-1].stem}"
