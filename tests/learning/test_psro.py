"""Policy-space response oracles: populations that grow by best responses, exact ones and trained ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparring.agents.mixture import MixturePlayer
from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning import psro
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.crew import Crew
from sparring.learning.evaluation.duels import player_of, usual_policy
from sparring.learning.populations.meta_strategies import Solver, meta_strategy
from sparring.learning.populations.population import Population, Response
from sparring.learning.psro import PSRO, response_configuration
from sparring.learning.train import train
from sparring.models import Registry, manifest_for
from sparring.ratings.nash import distance

CYCLE = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
SOLVERS: list[Solver] = ["uniform", "nash", "alpha_rank", "regret_matching"]


class Exact:
    """Best responses in a symmetric table: pure choices. The first policy is choice 0."""

    def __init__(self, table: NDArray[np.float64]) -> None:
        self.table = table

    def respond(self, members: list[str], weights: NDArray[np.float64], attempt: int) -> Response:
        worth = self.table @ self.mixed(members, weights)
        best = int(worth.argmax()) if members else 0
        return Response(str(best), float((worth[best] + 1) / 2))

    def margins(self, name: str, members: list[str]) -> NDArray[np.float64]:
        return np.array([self.table[int(name), int(member)] for member in members])

    def mixed(self, members: list[str], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        policy = np.zeros(len(self.table))
        np.add.at(policy, [int(member) for member in members], weights)
        return policy


@pytest.mark.parametrize("solver", SOLVERS[1:])
def test_rock_paper_scissors_is_solved_by_three_best_responses(solver: Solver) -> None:
    oracle, population = Exact(CYCLE), Population(solver, joins_at=0.6)
    for _ in range(8):
        population.grow(oracle)
    assert population.names[:3] == ["0", "1", "2"]
    policy = oracle.mixed(population.names, population.weights)
    assert distance(CYCLE, -CYCLE, policy, policy) < 0.05
    assert population.payoffs[:3, :3].tolist() == CYCLE.tolist()


def test_uniform_weights_are_fictitious_play_and_take_longer() -> None:
    oracle, population, distances = Exact(CYCLE), Population("uniform", joins_at=0.5), []
    for _ in range(150):
        population.grow(oracle)
        policy = oracle.mixed(population.names, population.weights)
        distances.append(distance(CYCLE, -CYCLE, policy, policy))
    assert distances[7] > 0.3
    assert distances[-1] < 0.2


@pytest.mark.parametrize("solver", ["nash", "regret_matching"])
def test_random_games_are_solved_without_all_of_their_choices(solver: Solver) -> None:
    chance = np.random.default_rng(3)
    half = chance.uniform(-1, 1, (15, 15))
    table = (half - half.T) / 2
    oracle, population = Exact(table), Population(solver, joins_at=0.5 + 1e-3)
    for _ in range(14):
        population.grow(oracle)
    policy = oracle.mixed(population.names, population.weights)
    assert distance(table, -table, policy, policy) < 0.03
    assert len(set(population.names)) < 15


def test_a_response_that_is_not_good_enough_stays_outside() -> None:
    oracle, population = Exact(CYCLE), Population("nash", joins_at=0.7)
    for _ in range(6):
        population.grow(oracle)
    assert population.names == ["0", "1", "2"]
    assert population.attempts == 6
    again = Population("nash", joins_at=0.7)
    again.restore(json.loads(json.dumps(population.counters())))
    assert again.weights == pytest.approx(population.weights)
    assert again.payoffs.tolist() == population.payoffs.tolist()


def test_solvers_agree_on_who_is_best_and_differ_on_the_rest() -> None:
    better = np.array([[0.0, 0.5, 0.5], [-0.5, 0, 0.5], [-0.5, -0.5, 0]])
    assert meta_strategy(better, "uniform").tolist() == [1 / 3] * 3
    for solver in SOLVERS[1:]:
        assert meta_strategy(better, solver)[0] > 0.98
    for solver in SOLVERS:
        assert meta_strategy(np.zeros((2, 2)), solver) == pytest.approx([0.5, 0.5])


class AtOnce:
    """An executor that does everything here and now."""

    def submit(self, function: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future

    def start(self, make: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Any:
        raise NotImplementedError

    def shutdown(self) -> None:
        pass


LADDER = "0 -1 -1 -1 -1 1; 1 0 -1 -1 -1 -1; 1 1 0 -1 -1 -1; 1 1 1 0 -1 -1; 1 1 1 1 0 -1; -1 1 1 1 1 0"
"""Each choice beats all before it, but the first beats the last. The last takes three of four points from chance."""

BOLD = """
algorithm: {name: ppo, entropy_weight: 0.01, learning_rate: 0.01}
play: {environments: 64, rollout: 16}
network: {hidden: [16]}
"""


def configured(**settings: Any) -> TrainConfig:
    game = load_game("matrix_game", {"table": LADDER, "repetitions": 1, "recall": 1})
    said = {
        "algorithm": "psro",
        "name": "ada",
        "environments": 64,
        "rollout": 16,
        "network.hidden": "16",
        "probe_seconds": 1000,
        "duel_seconds": 1000,
        "threads": 1,
        "joins_at": 0.7,
        "over": 1,
        "algorithm.timeout": 20,
        "response_preset": "bold",
        "algorithm.matches": 200,
    }
    return configure(game, said | {key.replace("__", "."): value for key, value in settings.items()})


def test_best_responses_are_trained_as_runs_join_where_they_are_good_and_go_on_after_a_stop(
    sparring_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psro, "executor_named", lambda name, workers: AtOnce())
    (sparring_home / "presets").mkdir(parents=True)
    (sparring_home / "presets" / "bold.yaml").write_text(BOLD)
    assert train(configured(updates=2)).status == "done"
    result = train(configured(updates=3), resume=True)
    counters = json.loads((sorted((result.folder / "checkpoints").iterdir())[-1] / "counters.json").read_bytes())
    population, payoffs = counters["population"], np.array(counters["population"]["payoffs"])
    assert population["attempts"] == 3
    assert population["names"][:2] == ["ada.1", "ada.2"]
    assert payoffs == pytest.approx(-payoffs.T)
    assert payoffs[1, 0] > 0.15, "it has learned to beat an untrained network"
    assert {"ada.1", "ada.2", "ada.3"} <= {path.name for path in (sparring_home / "runs").iterdir()}
    assert str(result.model) == "matrix_game/ada@2"
    game = load_game("matrix_game", {"table": LADDER, "repetitions": 1, "recall": 1})
    learner: Any = psro.PSRO(game, configured(), Crew(1))
    learner.population.restore(population)
    learner.population.weights = np.eye(len(population["names"]))[1]
    assert set(learner.model_files()) == {"model.onnx", "model.safetensors"}, "one alone is no mixture"
    learner.population.weights = np.array([0.25, 0.75, *np.zeros(len(population["names"]) - 2)])
    plain = manifest_for(game, plays=learner.plays)
    player: Any = load(f"model:{Registry().publish('matrix_game/both', learner.model_files(), plain)}", game)
    player.begin(np.arange(4000), np.zeros(4000, np.int8), np.arange(4000, dtype=np.uint64))
    drawn = np.array([player.member_of[lane] for lane in range(4000)])
    assert (drawn == 0).mean() == pytest.approx(0.75, abs=0.03), "the heaviest is the first"
    states = game.new_states(np.zeros(4000, np.uint64))
    seats = np.zeros(4000, np.int8)
    seen, masks = game.observe(states, seats), game.legal(states, seats)
    reply = player.act(Turn(np.arange(4000), seats, seen, masks, np.zeros(4000, np.float32), states))
    played = np.bincount(np.asarray(reply.actions, np.int64), minlength=6) / 4000
    assert played == pytest.approx(learner.probabilities()(seen[:1], masks[:1])[0], abs=0.04)
    assert isinstance(player_of(usual_policy(learner, 1)), MixturePlayer)


def test_what_can_t_be_a_population_is_refused() -> None:
    own = response_configuration(configured(response_preset=""))
    assert (own.algorithm.name, own.play.environments.constant, own.network.hidden) == ("ppo", 64, (16,))
    snakes = load_game("snakes", {"seats": 3})
    with pytest.raises(BadOption, match="games of two"):
        PSRO.check(snakes, configure(snakes, {"algorithm": "psro"}))
