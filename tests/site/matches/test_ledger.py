"""The ledger of matchmaking: each pairing comes out again, whatever the ladder has become."""

from __future__ import annotations

import threading
import zlib

import pytest
from typer.testing import CliRunner

from sparring.cli.app import app
from sparring.errors import SparringError
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.ladders.publishing import refit
from sparring.site.matches.ledger import replay, replay_all
from sparring.site.matches.models import Duel, LedgerEntry
from sparring.site.work.duels import play_leased_duel
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(enter):
    """A ladder on which a few versions were paired and have played, newcomers and known ones."""
    for number in range(4):
        enter("tic_tac_toe", "random", name=f"agent-{number}")
    for number in range(12):
        schedule_duels()
        while (duel := Duel.objects.lease("test")) is not None:
            play_leased_duel(duel, threading.Event())
        refit(Ladder.objects.get())
        Duel.objects.update(created="2026-01-01T00:00Z")
        if number == 8:
            enter("tic_tac_toe", "random", name="newcomer")
            Standing.objects.exclude(version__agent__name="newcomer").update(matches=60)
    return Ladder.objects.get()


def test_every_pairing_comes_out_again_though_ratings_have_moved_on(played):
    Standing.objects.update(rating=0.0, matches=9999)
    replayed = list(replay_all(played))
    assert len(replayed) >= 12
    assert all(each.same for each in replayed)
    assert len({each.entry.duel.reason for each in replayed}) > 5


def test_a_pairing_that_was_tampered_with_does_not(played):
    entry = LedgerEntry.objects.last()
    Duel.objects.filter(pk=entry.duel_id).update(first=entry.duel.second_id, second=entry.duel.first_id)
    assert not replay(LedgerEntry.objects.get(pk=entry.pk)).same
    LedgerEntry.objects.filter(pk=entry.pk).update(inputs=zlib.compress(b"nonsense"))
    with pytest.raises(SparringError, match="is damaged"):
        replay(LedgerEntry.objects.get(pk=entry.pk))
    LedgerEntry.objects.filter(pk=entry.pk).update(method=0)
    with pytest.raises(SparringError, match="made by method 0 of matchmaking"):
        replay(LedgerEntry.objects.get(pk=entry.pk))


def test_the_command_replays_them_all(played):
    told = CliRunner().invoke(app, ["ledger"])
    assert told.exit_code == 0
    assert f"{LedgerEntry.objects.count()} pairings replayed, 0 came out otherwise" in told.output
    entry = LedgerEntry.objects.last()
    Duel.objects.filter(pk=entry.duel_id).update(matches=3)
    told = CliRunner().invoke(app, ["ledger", "tic_tac_toe"])
    assert told.exit_code == 1
    assert f"duel {entry.duel_id} was made because" in told.output
    assert "no ladder 'checkers'" in str(CliRunner().invoke(app, ["ledger", "checkers"]).exception)


def test_page_and_api_list_pairings_with_their_reasons(played, client, django_assert_max_num_queries):
    latest = LedgerEntry.objects.last().duel
    with django_assert_max_num_queries(4):
        page = client.get("/ladders/tic_tac_toe/pairings/").content.decode()
    assert str(latest) in page
    assert "First matches of newcomer" in page
    rows = client.get("/api/ladders/tic_tac_toe/pairings").json()
    assert (rows[0]["id"], rows[0]["reason"]) == (latest.pk, latest.reason)
    assert client.get("/api/ladders/checkers/pairings").status_code == 404


def test_an_entry_is_small(played):
    assert max(len(entry.inputs) for entry in LedgerEntry.objects.all()) < 400
