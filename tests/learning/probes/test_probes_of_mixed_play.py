"""Probes of games in which chance is part of good play, and of games for one seat."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparring.agents.exact.kuhn import VALUE, equilibrium
from sparring.agents.exact.policies import Policy as MixedPolicy
from sparring.agents.exact.policies import uniform
from sparring.engine import load_game
from sparring.learning.configuration import configure
from sparring.learning.evaluation.average import AveragePolicy, last_and_average
from sparring.learning.evaluation.duels import drawn
from sparring.learning.probes import ProbeResult, probe_for
from sparring.learning.probes.exploitability import ExploitabilityProbe
from sparring.learning.probes.nash import NashProbe
from sparring.learning.probes.yardstick import EXPLOITABILITY, MEAN_RETURN, SHARE
from sparring.learning.train import train
from sparring.ratings import nash


def first_action(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.asarray(masks.argmax(axis=1))


def constant(*chances: float) -> MixedPolicy:
    return lambda observations, _: np.tile(chances, (len(observations), 1))


def nash_probe(name: str, **options: Any) -> NashProbe:
    probe = probe_for(load_game(name, options))
    assert isinstance(probe, NashProbe)
    return probe


def test_lower_exploitability_is_better_and_the_alarm_looks_the_right_way() -> None:
    good, bad = (ProbeResult(value, 12, yardstick=EXPLOITABILITY, margin=0.05) for value in (0.01, 0.07))
    assert good.is_better_than(bad)
    assert bad.has_fallen_from(good)
    assert not good.has_fallen_from(bad)
    assert (good.metrics, str(good)) == ({"probe/exploitability": 0.01}, "exploitability 0.010")


def test_numbers_read_well() -> None:
    assert [SHARE.text(1.0), EXPLOITABILITY.text(0.00004), MEAN_RETURN.text(-1234.5), MEAN_RETURN.text(21.36)] == [
        "100.0%",
        "4e-05",
        "-1,234",
        "21.4",
    ]


def test_the_equilibrium_of_kuhn_poker_is_not_exploitable_and_pure_play_is() -> None:
    probe = probe_for(load_game("kuhn_poker"))
    assert probe is not None
    assert probe.baseline == pytest.approx(0.458333, abs=1e-6)
    perfect = probe.measure(first_action, equilibrium())
    assert perfect.value == pytest.approx(0.0, abs=1e-12)
    assert perfect.details["value"] == pytest.approx(VALUE)
    assert probe.measure(first_action).value > 0.4


def test_the_average_of_two_equilibria_is_one_and_of_opposite_mistakes_is_nearly_one() -> None:
    kuhn = load_game("kuhn_poker")
    assert last_and_average(kuhn, [equilibrium(0.0), equilibrium(1 / 3)])[1] == pytest.approx(0.0, abs=1e-12)
    last, average = last_and_average(kuhn, [uniform, equilibrium()], weights=[1, 999])
    assert last == pytest.approx(0.0, abs=1e-12)
    assert 0.0 < average < 0.01


def test_an_average_counts_a_policy_by_how_likely_it_gets_there() -> None:
    """The first seat bets its jack always, or passes and then always bets: only the latter is ever asked again."""
    kuhn = load_game("kuhn_poker")
    bet, pass_then_bet = constant(0.0, 1.0), first_seat(opening=0.0, answer=1.0)
    average = AveragePolicy(kuhn)
    average.add(bet)
    average.add(pass_then_bet)
    opening = np.array([[1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]], np.int8)
    asked_again = np.array([[1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]], np.int8)
    masks = np.ones((1, 2), bool)
    assert average.policy()(opening, masks).tolist() == [[0.5, 0.5]]
    average.add(first_seat(opening=0.0, answer=0.0))
    assert average.policy()(asked_again, masks).tolist() == [[0.5, 0.5]]


def first_seat(opening: float, answer: float) -> MixedPolicy:
    """Bets at first, and after a bet, with these probabilities."""

    def policy(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        begins = observations[:, 5:].sum(axis=1) == 0
        bets = np.where(begins, opening, answer)
        return np.column_stack([1 - bets, bets])

    return policy


def test_uniform_play_is_nash_in_rock_paper_scissors_and_a_constant_is_not() -> None:
    probe = nash_probe("rock_paper_scissors")
    assert probe.baseline == pytest.approx(0.0, abs=1e-12)
    assert probe.measure(first_action).value == pytest.approx(2.0)
    assert probe.measure(first_action, constant(0.4, 0.3, 0.3)).value == pytest.approx(0.2)


def test_what_a_policy_gives_away_by_remembering_is_found() -> None:
    """It throws what beats its opponent's last throw: the best answer wins every round."""
    probe = nash_probe("rock_paper_scissors", recall=1, repetitions=5)

    def chases(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        seen = observations[:, -1].argmax(axis=1)
        return np.where(seen == 9, 0, (seen % 3 + 1) % 3)

    assert probe.measure(chases).details["gain_first"] == pytest.approx(1.0)


@pytest.mark.parametrize("table", ["2 -1 0; -1 1 1", "3,1 0,2; 2,0 1,4", "1 -1; -1 1; 0 0.5"])
def test_for_one_round_it_is_the_distance_of_the_matrix_game(table: str) -> None:
    probe = nash_probe("matrix_game", table=table, repetitions=1)
    rows, columns = probe.choices
    first, second = (
        np.random.default_rng(1).dirichlet(np.ones(rows)),
        np.random.default_rng(2).dirichlet(np.ones(columns)),
    )
    answers = iter([first, second])

    def policy(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        chances = np.zeros(masks.shape)
        mixed = next(answers)
        chances[:, : len(mixed)] = mixed
        return chances

    expected = nash.distance(*probe.payoffs, first, second)
    assert probe.measure(first_action, policy).value == pytest.approx(expected)


def test_an_equilibrium_played_in_every_round_is_nash_whatever_is_remembered() -> None:
    probe = nash_probe("matrix_game", table="2 -1 0; -1 1 1")
    found = nash.zero_sum(probe.payoffs[0])

    def policy(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        chances = np.zeros(masks.shape)
        mixed = found.second if masks[0].sum() == 3 else found.first
        chances[:, : len(mixed)] = mixed
        return chances

    assert probe.measure(first_action, policy).value == pytest.approx(0.0, abs=1e-9)


def test_too_many_histories_have_no_probe() -> None:
    table = ";".join([" ".join(["1"] * 8)] * 8)
    assert probe_for(load_game("matrix_game", {"table": table})) is None
    assert probe_for(load_game("matrix_game", {"table": table, "recall": 1})) is not None


def test_returns_are_measured_over_the_same_episodes_every_time() -> None:
    probe = probe_for(load_game("gym:CartPole-v1"))
    assert probe is not None

    def leans(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.asarray(observations[:, 2] + 0.5 * observations[:, 3] > 0, np.int64)

    found = probe.measure(leans)
    assert probe.measure(leans).value == found.value
    assert 10 < probe.baseline < 40 < found.value <= 500
    assert probe.measure(leans, thorough=True).positions == 100


def test_a_draw_follows_the_probabilities_and_its_seed() -> None:
    observations, masks = np.zeros((3000, 1)), np.ones((3000, 3), bool)
    policy = constant(0.2, 0.0, 0.8)
    drawn_once = drawn(policy, seed=1)(observations, masks)
    assert np.bincount(drawn_once, minlength=3) / 3000 == pytest.approx([0.2, 0.0, 0.8], abs=0.03)
    assert (drawn(policy, seed=1)(observations, masks) == drawn_once).all()


def test_the_average_of_a_run_goes_on_after_it_was_stopped(sparring_home: Path) -> None:
    said = {"environments": 16, "rollout": 8, "network.hidden": "8", "evaluation.average_every": 2, "final_matches": 2}
    quiet = {"probe_seconds": 1000, "duel_seconds": 1000, "matches": 2}

    stop = Event()

    def run(name: str, last: int = 7, resume: bool = False) -> float:
        stop.clear()
        config = configure("kuhn_poker", said | quiet | {"name": name, "updates": 7})
        result = train(config, lambda progress: stop.set() if progress.update == last else None, stop, resume=resume)
        return result.metrics.get("probe/exploitability_average", 0.0)

    def average(name: str) -> bytes:
        return (sparring_home / "runs" / name / "checkpoints" / "000000007" / "average.safetensors").read_bytes()

    whole = run("whole", last=0)
    run("parts", last=4)
    assert run("parts", last=0, resume=True) == whole
    assert average("parts") == average("whole")


def test_only_policies_that_were_counted_are_in_the_average() -> None:
    probe = probe_for(load_game("kuhn_poker"))
    assert isinstance(probe, ExploitabilityProbe)
    assert "exploitability_average" not in probe.measure(first_action, equilibrium()).details
    probe.count(first_action, equilibrium())
    assert probe.measure(first_action).details["exploitability_average"] == pytest.approx(0.0, abs=1e-12)
