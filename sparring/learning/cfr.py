"""Counterfactual regret minimisation as a run: ``sparring/agents/exact/cfr.py`` is the algorithm, CFR+.

It walks the whole tree of a small game, or of a matrix game the table of a round, so nothing is drawn by lot, and what
it publishes, the average of all its iterations, comes as near to an equilibrium as one likes; of a matrix game only if
that is zero-sum. Other learners are measured against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sparring.agents.exact.cfr import CfrPlus
from sparring.agents.exact.exploitability import exploitability, why_no_tree
from sparring.agents.exact.matrix import MatrixRegrets, is_repeated_matrix
from sparring.agents.table import FILE, PolicyTable
from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, TrainConfig
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Now, Probabilities, State
from sparring.learning.probes import Policy


class CFRSettings(AlgorithmSettings):
    """Counterfactual regret minimisation."""

    name: Literal["cfr"] = Field(default="cfr", description="Counterfactual regret minimisation, CFR+: exact.")
    iterations: int = Field(default=10, ge=1, description="Walks through the whole tree, for each seat, in an update.")


class CFR(Learner):
    """Regrets and average of every decision of a small game. A step is a decision looked at."""

    Settings: ClassVar[type[AlgorithmSettings]] = CFRSettings
    why_alone: ClassVar[str] = "it walks through the whole game"

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, CFRSettings)
        self.iterations = config.algorithm.iterations
        self.solver: CfrPlus | MatrixRegrets = MatrixRegrets(game) if is_repeated_matrix(game) else CfrPlus(game)

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:  # noqa: ARG003
        if why_no_tree(game) and not is_repeated_matrix(game):
            raise BadOption(
                "CFR walks the whole tree of kuhn_poker or leduc_poker with 2 seats, or the table of a matrix game in "
                f"which not too much is remembered; not {game!r}."
            )

    def learn(self, now: Now) -> dict[str, float]:
        with now.timing("learn"):
            self.solver.iterate(self.iterations)
        self.steps += self.iterations * self.solver.decisions
        if isinstance(self.solver, MatrixRegrets):
            return {}
        return {
            "exploitability/last": exploitability(self.game, self.solver.current()),
            "exploitability/average": exploitability(self.game, self.solver.average()),
        }

    def policy(self) -> Policy:
        chances = self.probabilities()

        def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
            actions: NDArray[np.int64] = chances(observations, masks).argmax(axis=1)
            return actions

        return choose

    def probabilities(self) -> Probabilities:
        solver = self.solver
        return solver.policy(solver.average_chances())

    def model_files(self) -> dict[str, bytes]:
        solver = self.solver
        observations, chances = solver.table(solver.average_chances())
        return {FILE: PolicyTable(self.game.name, observations, chances.astype(np.float32)).content()}

    def state(self) -> State:
        solver = self.solver
        layers = range(len(solver.regrets))
        return {
            "regrets": {str(layer): solver.regrets[layer] for layer in layers},
            "sums": {str(layer): solver.sums[layer] for layer in layers},
        }

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "iterations": self.solver.iterations}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        solver, layers = self.solver, range(len(self.solver.regrets))
        solver.regrets = [state["regrets"][str(layer)].copy() for layer in layers]
        solver.sums = [state["sums"][str(layer)].copy() for layer in layers]
        solver.iterations = counters["iterations"]
