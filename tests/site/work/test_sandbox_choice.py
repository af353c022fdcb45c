"""Which sandbox a worker takes for submissions, and what it does when none is to be trusted."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from sparring import sandbox
from sparring.sandbox.attacks import verdicts
from sparring.sandbox.attacks.probe import probe_driver
from sparring.sandbox.attacks.suite import ATTACKS
from sparring.sandbox.isolation import controls
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Version
from sparring.site.work import players, worker
from sparring.site.work.builds import build_once
from tests.site.conftest import PLAYS_FIRST

CAME_THROUGH = "bubblewrap let attacks through on this machine: reading secrets."


@pytest.fixture
def told(monkeypatch):
    """Driver -> why it is unsafe; those that were looked at."""
    reasons = {"bubblewrap": None, "docker": None}
    asked: list[str] = []

    def why_unsafe(driver, attack=True):
        asked.append(driver)
        return reasons[driver]

    monkeypatch.setattr(sandbox, "why_unsafe", why_unsafe, raising=False)
    monkeypatch.setattr(players, "_looked", {})
    return reasons, asked


def test_the_first_driver_is_taken_where_it_holds_all_attacks_off(told, settings):
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]
    assert players.missing_sandbox() is None
    assert players.sandbox_driver() == "bubblewrap"
    assert told[1] == ["bubblewrap"]  # asked once; and the second not at all


def test_the_second_is_taken_where_the_first_let_an_attack_through(told, settings):
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]
    told[0]["bubblewrap"] = CAME_THROUGH
    assert players.missing_sandbox() is None
    assert players.sandbox_driver() == "docker"


def test_a_worker_whose_sandboxes_let_attacks_through_has_none(told, settings):
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]
    told[0].update(bubblewrap=CAME_THROUGH, docker="Docker is not installed.")
    assert players.missing_sandbox() == CAME_THROUGH


@pytest.fixture
def leaking_sandbox(monkeypatch, tmp_path, settings):
    """A sandbox with a hole in its network, and nobody who has attacked it yet; the one attack that will be tried."""
    attack = next(attack for attack in ATTACKS if attack.name == "a connection to the host")
    monkeypatch.setattr(controls, "_off", frozenset([controls.NETWORK]))
    monkeypatch.setattr(verdicts, "probe_driver", partial(probe_driver, attacks=[attack]))
    monkeypatch.setattr(verdicts, "cache_home", lambda: tmp_path / "cache")
    monkeypatch.setattr(players, "_looked", {})
    settings.SANDBOX_DRIVERS = ["bubblewrap"]
    return attack.name


@pytest.mark.django_db
def test_a_worker_whose_sandbox_fails_the_suite_takes_only_trusted_work(leaking_sandbox, alice, enter, queue):
    house = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")
    stranger = Version.objects.submit(alice, "tic_tac_toe", "Mine", "agent.py", PLAYS_FIRST.encode())
    assert build_once("w", threading.Event())
    stranger.refresh_from_db()
    sentence = f"Waiting for a sandbox. bubblewrap let attacks through on this machine: {leaking_sandbox}."
    assert (stranger.state, stranger.sentence.partition(" See:")[0]) == ("uploaded", sentence)
    Version.objects.filter(pk=stranger.pk).update(state="on ladder")
    Ladder.objects.get().enter(stranger)
    untrusted, trusted = queue(stranger, house[0]), queue(*house)
    for _ in (untrusted, trusted):
        worker.work_once("w", threading.Event(), worker.Publisher())
    states = dict(Duel.objects.filter(pk__in=[untrusted.pk, trusted.pk]).values_list("pk", "state"))
    assert states == {untrusted.pk: "waiting", trusted.pk: "done"}
