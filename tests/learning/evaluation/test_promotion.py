"""Versions of a learner: each has to beat the last one in a test that goes on from meeting to meeting."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.crew import Crew
from sparring.learning.evaluation import promotion
from sparring.learning.evaluation.promotion import Promotion, last_promoted
from sparring.learning.learner import Learner
from sparring.learning.runs.promotions import word_of_promotions
from sparring.learning.train import train
from sparring.models import Registry

SMALL: dict[str, Any] = {"environments": 16, "rollout": 8, "batch": 64, "network.hidden": [16], "promotion.pairs": 10}


def learner(game: str = "tic_tac_toe", **settings: Any) -> Learner:
    loaded = load_game(game)
    config = configure(loaded, SMALL | {key.replace("__", "."): value for key, value in settings.items()})
    with Crew(1) as crew:
        return algorithm(config.algorithm.name)(loaded, config, crew)


def promotion_of(one: Learner) -> Promotion:
    return Promotion(one.game, one.config.promotion, f"{one.game.name}/ada")


def scripted(monkeypatch: pytest.MonkeyPatch, *meetings: list[float]) -> None:
    """Let the meetings bring the candidate these points of each pair."""
    points = itertools.chain(meetings)
    monkeypatch.setattr(promotion, "paired_points", lambda *_: np.array(next(points)))


def test_the_first_version_is_published_without_a_test() -> None:
    one = learner()
    meeting = promotion_of(one).meet(one)
    assert str(meeting.promoted) == "tic_tac_toe/ada@1"
    assert "probe/share" in meeting.metrics


def test_a_test_adds_up_over_meetings_until_it_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    one = learner(promotion__elo1=100)
    versions = promotion_of(one)
    versions.meet(one)
    lead = [2.0, 1.0, 1.5, 2.0, 0.5] * 2
    scripted(monkeypatch, *[lead] * 50)
    meetings = [versions.meet(one)]
    while not meetings[-1].decided:
        meetings.append(versions.meet(one))
    assert str(meetings[-1].promoted) == "tic_tac_toe/ada@2"
    assert [meeting.metrics["promotion/pairs"] for meeting in meetings] == [
        10.0 * n for n in range(1, len(meetings) + 1)
    ]
    assert len(meetings) > 1
    assert meetings[-1].metrics["against/last_version"] == pytest.approx(0.7)
    assert Registry().manifest("tic_tac_toe/ada@2").parent == "tic_tac_toe/ada@1"


def test_the_candidate_is_frozen_when_its_test_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    one = learner()
    versions = promotion_of(one)
    versions.meet(one)
    scripted(monkeypatch, [1.0, 1.5, 0.5, 1.0], *[[2.0] * 10] * 50)
    one.steps, one.update = 111, 1
    versions.meet(one)
    one.steps, one.update = 999, 9
    while versions.meet(one).promoted is None:
        pass
    assert Registry().manifest("tic_tac_toe/ada@2").data["last_step"] == 111


@pytest.mark.parametrize(
    ("points", "most"), [([1.0, 1.0, 0.5, 1.5, 1.0] * 20, 10_000), ([0.0, 2.0, 1.5, 1.0, 1.0], 20)]
)
def test_one_who_is_no_better_or_stays_unclear_gives_way_to_the_next(
    points: list[float], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = learner(promotion__most_pairs=most)
    versions = promotion_of(one)
    versions.meet(one)
    scripted(monkeypatch, *[points] * 100)
    meeting = versions.meet(one)
    while not meeting.decided:
        meeting = versions.meet(one)
    assert meeting.promoted is None
    assert versions.candidate is None
    assert str(last_promoted("tic_tac_toe/ada", one.game).ref) == "tic_tac_toe/ada@1"  # type: ignore[union-attr]


def test_equals_are_hardly_ever_taken_for_better() -> None:
    """The same network against itself, from random openings: a wrong yes is rarer than the error that was asked for."""
    one = learner(promotion__pairs=50, promotion__elo1=60)
    versions = promotion_of(one)
    versions.meet(one)
    verdicts = []
    for attempt in range(20):
        one.update = attempt + 1
        meeting = versions.meet(one)
        while not meeting.decided:
            meeting = versions.meet(one)
        verdicts.append(meeting.promoted is not None)
    assert sum(verdicts) <= 3


@pytest.mark.parametrize("game", ["rock_paper_scissors", "kuhn_poker"])
def test_games_of_mixed_play_are_tested_too(game: str) -> None:
    one = learner(game, promotion__most_pairs=20)
    versions = promotion_of(one)
    assert versions.meet(one).promoted is not None
    meeting = versions.meet(one)
    assert 0.0 <= meeting.metrics["promotion/share"] <= 1.0


def promoting(name: str, **settings: Any) -> TrainConfig:
    said = {"name": name, "promote": True, "promotion.seconds": 1e-9, "promotion.elo1": 100, "steps": 8_000}
    quiet = {"probe_seconds": 1000, "duel_seconds": 1000, "final_matches": 2}
    return configure(load_game("tic_tac_toe"), SMALL | said | quiet | settings)


def test_a_run_publishes_versions_while_it_trains_and_sends_word_to_the_arena(sparring_home: Path) -> None:
    result = train(promoting("ada"))
    refs = [str(ref) for ref in Registry().list("tic_tac_toe")]
    assert len(refs) >= 2
    assert str(result.model) == refs[-1]
    words = list(word_of_promotions())
    assert [promoted.model for _, promoted in words] == refs
    assert {promoted.agent for _, promoted in words} == {"ada"}
    assert f"Published {refs[0]}." in (result.folder / "log.txt").read_text()


def test_word_that_is_damaged_is_thrown_away(sparring_home: Path) -> None:
    folder = sparring_home / "promotions"
    folder.mkdir(parents=True)
    (folder / "1-ada.json").write_text("{")
    (folder / "2-ada.json").write_text('{"agent": "ada"}')
    assert list(word_of_promotions()) == []
    assert list(folder.iterdir()) == []


def test_games_without_duels_can_not_promote() -> None:
    with pytest.raises(BadOption, match="promote works in games for two"):
        train(configure(load_game("nh_fight"), {"promote": True, "algorithm": "ppo"}))
