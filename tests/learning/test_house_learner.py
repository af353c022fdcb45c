"""The house learner: climbs, tells the arena, and goes on after a restart."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.learning import house
from sparring.learning.house import run_house_learner
from sparring.learning.runs.records import record_of
from sparring.matches import play_duel
from sparring.models import ModelRef, Registry


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"environments": 128, "rollout": 16, "batch": 256, "network.hidden": "64"}
    monkeypatch.setattr(house, "SETTINGS", house.SETTINGS | small)
    monkeypatch.setattr(house, "FIRST_PROMOTION_SECONDS", 0.0)
    monkeypatch.setattr(house, "NICENESS", 0)


def climb(promotions: int) -> list[tuple[ModelRef, dict[str, float]]]:
    """Run the learner of tic-tac-toe until so many versions were promoted."""
    seen: list[tuple[ModelRef, dict[str, float]]] = []
    stop = Event()

    def watch(reference: ModelRef, metrics: dict[str, float]) -> None:
        seen.append((reference, metrics))
        if len(seen) == promotions:
            stop.set()

    run_house_learner(stop, watch, game="tic_tac_toe", minutes_between=0.005)
    return seen


def test_versions_that_are_promoted_beat_the_last_one_and_the_first_loses_to_the_third() -> None:
    seen = climb(3)
    assert [str(reference) for reference, _ in seen] == [f"tic_tac_toe/house@{n}" for n in (1, 2, 3)]
    assert all(metrics["against/last_version"] > 0.5 for _, metrics in seen[1:])
    assert seen[-1][1]["probe/share"] > seen[0][1]["probe/share"]
    assert Registry().manifest("tic_tac_toe/house@3").parent == "tic_tac_toe/house@2"
    game = load_game("tic_tac_toe")
    players: list[Any] = [load(f"model:tic_tac_toe/house@{n},temperature=0.5", game) for n in (3, 1)]
    tally = play_duel(game, players, ["third", "first"], matches=200, seed=1).tally()
    assert tally.points[0] > tally.points[1]


def test_after_a_restart_it_goes_on_where_it_was() -> None:
    first = climb(1)
    trained = Registry().manifest(first[0][0]).data["last_step"]
    again = climb(1)
    assert str(again[0][0]) == "tic_tac_toe/house@2"
    manifest = Registry().manifest(again[0][0])
    assert manifest.parent == "tic_tac_toe/house@1"
    assert manifest.data["last_step"] > trained


def test_a_house_learner_that_was_stopped_has_not_crashed() -> None:
    climb(1)
    assert record_of("house-tic_tac_toe").state == "stopped"


def test_a_run_of_another_release_that_can_not_be_read_is_put_aside(sparring_home: Path) -> None:
    climb(1)
    config = sparring_home / "runs" / "house-tic_tac_toe" / "config.json"
    config.write_text(config.read_text().replace('"threads"', '"strings"'))
    climb(1)
    assert len(list((sparring_home / "runs").glob("house-tic_tac_toe*/checkpoints"))) == 2
    assert record_of("house-tic_tac_toe").state == "stopped"


def test_a_champion_that_cannot_be_read_starts_a_new_line() -> None:
    reference = climb(1)[0][0]
    (Registry().resolve(reference) / "model.safetensors").write_bytes(b"rubbish")
    again = climb(1)
    assert str(again[0][0]) == "tic_tac_toe/house@2"
    assert Registry().manifest(again[0][0]).parent is None
