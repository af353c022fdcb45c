"""Matches that the host has spoiled: kept for everybody to see, counted for nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sparring.matches import MatchRecord, verify, voiding
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel, Match

pytestmark = pytest.mark.django_db
REASON = "Of 2.00 s the host lost 0.90 s stolen from this machine."


@pytest.fixture
def spoiled(monkeypatch, enter, play) -> Duel:
    """A duel of 6 matches whose first pair was spoiled once."""
    tried: list[int] = []

    def why_void(record: MatchRecord) -> str:
        tried.append(record.seed)
        return REASON if record.seed == tried[0] and tried.count(record.seed) <= 2 else ""

    monkeypatch.setattr(voiding, "why_void", why_void)
    monkeypatch.setattr(voiding, "PAUSE_SECONDS", 0.001)
    return play(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4"), matches=6)


def test_a_void_pair_stays_visible_beside_the_one_that_replaced_it(spoiled):
    rows = list(Match.objects.filter(duel=spoiled).order_by("index"))
    assert [row.result == "void" for row in rows] == [False] * 6 + [True] * 2
    assert [row.index for row in rows] == list(range(8))
    assert {row.decoded().void for row in rows[6:]} == {REASON}
    assert [row.decoded().tries for row in rows[:3]] == [2, 2, 1]
    for row in rows:
        verify(row.decoded())


def test_a_void_match_counts_nowhere(spoiled):
    assert sum(spoiled.points) == 6
    assert [standing.matches for standing in Standing.objects.all()] == [6, 6]
    pair = PairResult.objects.get()
    assert (pair.matches, sum(pair.pairs)) == (6, 3)
    assert Ladder.objects.get(game="tic_tac_toe").matches == 6


def test_pages_say_that_it_is_void_and_why(client, spoiled):
    void = Match.objects.filter(duel=spoiled, result="void").first()
    assert REASON in client.get(void.get_absolute_url()).content.decode()
    assert "void" in client.get(spoiled.get_absolute_url()).content.decode()
    assert client.get("/matches/?result=void").content.decode().count('class="pairing"') == 2


def test_a_page_says_under_what_circumstances_its_match_was_played(client, enter, play):
    duel = play(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=2"), matches=2)
    match = Match.objects.get(duel=duel, index=0)
    record = match.decoded()
    Match.objects.filter(pk=match.pk).update(
        record=replace(record, terms={"budget": "cpu", "move": 2.0, "first": 10.0, "bank": 30.0}).encode()
    )
    page = client.get(match.get_absolute_url()).content.decode()
    assert "2 s a move of processor time, 10 s for the first, 30 s in the bank" in page
    assert "of processor)" in page
    assert f"version 1, Sparring {record.engine}" in page
