"""Which sandbox a worker takes for submissions, and what it does when none is to be trusted."""

from __future__ import annotations

import pytest

from sparring import sandbox
from sparring.site.work import players

CAME_THROUGH = "bubblewrap let attacks through on this machine: reading secrets."


@pytest.fixture
def verdicts(monkeypatch):
    """Driver -> why it is unsafe; those that were looked at."""
    told = {"bubblewrap": None, "docker": None}
    asked: list[str] = []

    def why_unsafe(driver, attack=True):
        asked.append(driver)
        return told[driver]

    monkeypatch.setattr(sandbox, "why_unsafe", why_unsafe, raising=False)
    monkeypatch.setattr(players, "_looked", {})
    return told, asked


def test_the_first_driver_is_taken_where_it_holds_all_attacks_off(verdicts, settings):
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]
    assert players.missing_sandbox() is None
    assert players.sandbox_driver() == "bubblewrap"
    assert verdicts[1] == ["bubblewrap"]  # asked once; and the second not at all


def test_the_second_is_taken_where_the_first_let_an_attack_through(verdicts, settings):
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]
    verdicts[0]["bubblewrap"] = CAME_THROUGH
    assert players.missing_sandbox() is None
    assert players.sandbox_driver() == "docker"


def test_a_worker_whose_sandboxes_let_attacks_through_has_none(verdicts, settings):
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]
    verdicts[0].update(bubblewrap=CAME_THROUGH, docker="Docker is not installed.")
    assert players.missing_sandbox() == CAME_THROUGH
