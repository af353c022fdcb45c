"""Agents that fail too often leave play until a new version comes; their owners are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.matches import Fault, MatchRecord, play_duel
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel
from sparring.site.matches.recording import record_duel
from sparring.site.submissions.models import Agent, Version
from sparring.site.tournaments.models import Tournament
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing(enter, alice):
    """Alice's agent, and a function that records so many of its matches, so many of them faults of its own."""
    agent = Agent.objects.of_person(alice, "tic_tac_toe", "Shaky")
    version = agent.add_version(spec="random", state=Version.State.ON_LADDER)
    other = enter("tic_tac_toe", "random")
    ladder = Ladder.objects.for_game("tic_tac_toe")
    ladder.enter(version)
    game = load_game("tic_tac_toe")
    records = play_duel(game, [load("random", game)] * 2, ["a", "b"], matches=20, seed=1).records

    def record(faults: int) -> Standing:
        duel = Duel.objects.queue(ladder, version, other, 20, "a test")
        leased = Duel.objects.lease("w", pk=duel.pk)
        record_duel(leased, leased.attempt, [faulty(each) if n < faults else each for n, each in enumerate(records)])
        return Standing.objects.get(version=version)

    return record


def faulty(record: MatchRecord) -> MatchRecord:
    """The same match, lost by a crash of the duel's first player."""
    seat = 0 if record.first_player == 0 else 1
    scores = (-1.0, 1.0) if seat == 0 else (1.0, -1.0)
    return replace(record, result="fault", winner=1 - seat, scores=scores, fault=Fault(seat, "crash", "1 // 0 failed"))


def test_two_faults_in_twenty_matches_are_borne_and_three_are_not(failing, client, as_alice):
    assert failing(2).benched == ""
    row = failing(3)
    assert row.benched.startswith("Benched: it lost 5 of 40 matches by a fault, more than one in ten")
    assert row.benched.endswith("The latest fault: 1 // 0 failed")
    page = client.get(row.version.get_absolute_url()).content.decode()
    assert "submit a new version, which starts afresh" in page
    assert "Benched: it lost 5 of 40" in as_alice.get("/submissions/").content.decode()
    assert "benched</span>" in client.get("/ladders/tic_tac_toe/").content.decode()
    benched = {
        row["version"]["name"]: row["benched"] for row in client.get("/api/ladders/tic_tac_toe/standings").json()
    }
    assert benched == {"Shaky": row.benched, "random": ""}


def test_who_is_benched_is_paired_no_more_until_a_new_version_comes(failing, enter):
    row = failing(20)
    enter("tic_tac_toe", "minimax:depth=1", name="third")
    cup = Tournament.objects.create(slug="cup", title="Cup", ladder=row.ladder)
    assert row.version not in [standing.version for standing in cup.strongest()]
    for _ in range(2):
        (duel,) = schedule_duels()
        assert row.version not in (duel.first, duel.second)
        Duel.objects.filter(pk=duel.pk).update(state="done", created="2026-01-01T00:00Z")
    newer = row.version.agent.add_version(spec="random", state=Version.State.ON_LADDER)
    row.ladder.enter(newer)
    (duel,) = schedule_duels()
    assert newer in (duel.first, duel.second)


def test_a_few_matches_bench_nobody(failing, monkeypatch):
    monkeypatch.setattr("sparring.site.ladders.models.FAULTS_COUNT_FROM", 21)
    assert failing(20).benched == ""
    assert failing(0).benched != ""
