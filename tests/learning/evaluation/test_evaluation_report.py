"""Models are evaluated whatever they look like."""

from __future__ import annotations

from typing import Any

import pytest

from sparring.engine import load_game
from sparring.errors import BadOption, UnknownName
from sparring.learning.configuration import configure
from sparring.learning.evaluation.report import evaluate_model
from sparring.learning.train import train

SMALL: dict[str, Any] = {
    **{"updates": 2, "name": "ada", "environments": 16},
    **{"probe_seconds": 1000, "duel_seconds": 1000, "matches": 2, "final_matches": 2, "evaluation.against": ["random"]},
}
NETWORK = {"rollout": 8, "batch": 64, "network.hidden": [16]}


@pytest.mark.parametrize(
    ("game", "settings"),
    [
        ("tic_tac_toe", NETWORK),
        ("tic_tac_toe", NETWORK | {"play.frames": 2}),
        ("tic_tac_toe", NETWORK | {"network.memory": 8, "opponents.past.share": 0}),
        ("tic_tac_toe", {"algorithm": "q_learning"}),
        ("rock_paper_scissors", NETWORK),
        ("kuhn_poker", {"algorithm": "cfr"}),
        ("gym:CartPole-v1", NETWORK),
    ],
)
def test_any_model_gets_its_duels_and_its_probe(game: str, settings: dict[str, Any]) -> None:
    loaded = load_game(game)
    against = ["random"] if loaded.seats == 2 else []
    result = train(configure(loaded, SMALL | {"evaluation.against": against} | settings))
    report = evaluate_model(str(result.model), against, matches=10)
    assert [duel.agent for duel in report.duels] == against
    for duel in report.duels:
        assert duel.wins + duel.draws + duel.losses == 10
        assert 0 <= duel.share <= 1
    if report.probe is not None:
        assert report.probe.value == pytest.approx(result.metrics[report.probe.yardstick.metric], rel=0.3)


def test_a_game_for_one_has_no_duels() -> None:
    train(configure(load_game("gym:CartPole-v1"), SMALL | NETWORK | {"evaluation.against": []}))
    with pytest.raises(BadOption, match="Leave --against out"):
        evaluate_model("gym:CartPole-v1/ada", ["random"], matches=4)


def test_an_unknown_model_gets_the_nearest() -> None:
    train(configure(load_game("tic_tac_toe"), SMALL | NETWORK))
    with pytest.raises(UnknownName, match="Did you mean 'tic_tac_toe/ada'"):
        evaluate_model("tic_tac_toe/adda", ["random"], matches=4)
