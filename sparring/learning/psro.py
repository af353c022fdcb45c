"""Policy-space response oracles as an algorithm: an update is a best response to the mixture of all before it.

Lanctot et al. (arXiv 1711.00832); the loop is ``populations/population.py``. Best responses are ordinary runs
``NAME.1``, ``NAME.2``, … beside this one, and run where its executor runs things.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sparring.agents.exact.exploitability import why_no_tree
from sparring.agents.mixture import MixturePlayer, mixture_files
from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import AlgorithmSettings, TrainConfig
from sparring.learning.configuration.configure import configure
from sparring.learning.crew import Crew
from sparring.learning.evaluation.average import AveragePolicy
from sparring.learning.evaluation.duels import player_of, usual_policy
from sparring.learning.executors import executor_named
from sparring.learning.learner import Learner, Now, Probabilities, State
from sparring.learning.populations.meta_strategies import Solver
from sparring.learning.populations.population import Population
from sparring.learning.populations.responses import TrainedResponses, learner_of
from sparring.learning.probes import Policy


class PSROSettings(AlgorithmSettings):
    """Policy-space response oracles."""

    name: Literal["psro"] = Field(default="psro", description="A population that grows by best responses.")
    solver: Solver = Field(default="nash", description="What decides how often each of the population is met.")
    joins_at: float = Field(
        default=0.7, gt=0.5, le=1, description="Share of the points against the mixture with which a response joins."
    )
    over: int = Field(default=10, ge=1, description="Updates of a response over which that share is averaged.")
    timeout: int = Field(default=200, ge=1, description="Updates after which a response that is not there is given up.")
    matches: int = Field(default=200, ge=2, multiple_of=2, description="Matches for a cell of the payoff matrix.")
    response_preset: str = Field(
        default="",
        description="Preset of the best responses; empty: ppo with the settings on which every run of the game stands.",
    )


class PSRO(Learner):
    """A population, and the learners of its members."""

    Settings: ClassVar[type[AlgorithmSettings]] = PSROSettings
    why_alone: ClassVar[str] = "its best responses meet its population"
    settings: PSROSettings

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, PSROSettings)
        self.settings = config.algorithm
        self.population = Population(self.settings.solver, self.settings.joins_at)
        self._learners: dict[str, Learner] = {}

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        assert isinstance(config.algorithm, PSROSettings)
        if game.seats != 2:
            raise BadOption(f"A population of best responses is for games of two; {game.title} has {game.seats} seats.")
        own = response_configuration(config)
        learner_class = algorithm(own.algorithm.name)
        if not learner_class.meets_opponents:
            raise BadOption(f"The algorithm {own.algorithm.name} meets no opponents; set a response_preset with ppo.")
        learner_class.check(game, own)

    def learn(self, now: Now) -> dict[str, float]:
        with now.timing("learn"):
            executor = executor_named(self.config.executor, workers=self.config.threads)
            try:
                settings, own = self.settings, response_configuration(self.config)
                oracle = TrainedResponses(own, self.config.name, executor, settings.joins_at, settings.over)
                oracle.timeout, oracle.matches = settings.timeout, settings.matches
                response = self.population.grow(oracle)
            finally:
                executor.shutdown()
        self.steps += response.steps
        weights = self.population.weights[self.population.weights > 0]
        return {
            "psro/share": response.share,
            "psro/members": float(len(self.population.names)),
            "psro/entropy": float(abs((weights * np.log(weights)).sum())),
        }

    def policy(self) -> Policy:
        """The mixture: who plays it draws a member for each match. Asked without a player, the one that is met most."""
        members = self._mixed()
        if len(members) < 2:
            return (members[0][0] if members else self._nobody()).policy()
        return MixedPolicy(members, seed=self.update)

    def probabilities(self) -> Probabilities | None:
        """The mixture as a policy: where the whole game is known, what the mixture does in each of its positions.

        Elsewhere in each position the members' probabilities by their weights, which in games of several moves is not
        quite the mixture of whole policies.
        """
        members = self._mixed()
        if not members:
            return self._nobody().probabilities()
        parts = [(part, weight) for member, weight in members if (part := member.probabilities()) is not None]
        if len(parts) < len(members):
            return None
        if why_no_tree(self.game) is None:
            average = AveragePolicy(self.game)
            for part, weight in parts:
                average.add(part, weight)
            return average.policy()

        def look(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
            return np.sum([weight * part(observations, masks) for part, weight in parts], axis=0)  # type: ignore[no-any-return]

        return look

    def model_files(self) -> dict[str, bytes]:
        """Those of all members that are met, as a mixture."""
        members = self._mixed() or [(self._nobody(), 1.0)]
        return mixture_files([member.model_files() for member, _ in members], [weight for _, weight in members])

    def state(self) -> State:
        return {"psro": {"weights": self.population.weights}}

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "population": self.population.counters()}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.population.restore(counters["population"])

    def _mixed(self) -> list[tuple[Learner, float]]:
        """The members that are met, with their weights, the heaviest first."""
        known = zip(self.population.names, self.population.weights.tolist(), strict=True)
        met = [(self._member(name), weight) for name, weight in known if weight > 0]
        return sorted(met, key=lambda pair: -pair[1])

    def _member(self, name: str) -> Learner:
        if name not in self._learners:
            self._learners[name] = learner_of(name, self.game, self.crew)
        return self._learners[name]

    def _nobody(self) -> Learner:
        own = response_configuration(self.config)
        return algorithm(own.algorithm.name)(self.game, own, self.crew)


class MixedPolicy:
    """A mixture of ``members``, the heaviest first: call it for the best action of that, or let its ``player`` play."""

    def __init__(self, members: list[tuple[Learner, float]], seed: int) -> None:
        self._members, self._seed = members, seed

    def __call__(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[Any]:
        """Actions [B, *action_shape]."""
        return self._members[0][0].policy()(observations, masks)

    @cached_property
    def player(self) -> MixturePlayer:
        """Who draws a member for each match, and lets it play as its model would."""
        players = [
            player_of(usual_policy(member, self._seed + place)) for place, (member, _) in enumerate(self._members)
        ]
        return MixturePlayer(players, [weight for _, weight in self._members], self._seed)


def response_configuration(config: TrainConfig) -> TrainConfig:
    """How best responses train; play and network of the run itself are theirs, too. Raises UnknownName, BadOption."""
    assert isinstance(config.algorithm, PSROSettings)
    said: dict[str, Any] = {f"options.{key}": value for key, value in config.options.items()}
    if not config.algorithm.response_preset:
        said["algorithm"] = "ppo"
    own = configure(config.game, said, config.algorithm.response_preset)
    kept = {"seed": config.seed, "checkpoints": config.checkpoints}
    sections = {} if config.algorithm.response_preset else {"play": config.play, "network": config.network}
    return own.model_copy(update={**kept, **sections})
