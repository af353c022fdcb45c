"""Matches that fail their audit leave the tournaments that counted them: what hung on them is played again."""

from __future__ import annotations

import threading

import pytest

from sparring.site.audits.auditing import condemn
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.tournaments.models import Edition, Tournament
from sparring.site.tournaments.running import hold_tournaments
from sparring.site.work.duels import play_leased_duel

pytestmark = pytest.mark.django_db
CONDEMNED = "It does not replay."


def hold(enter, kind: str, entries: int, game: str = "tic_tac_toe", matches: int = 2, **options) -> Edition:
    """An edition that has begun, with its first duels queued."""
    for number in range(entries):
        version = enter(game, "random", name=f"agent-{number}", options=options)
        Standing.objects.filter(version=version).update(rating=1000 - number, matches=10)
    ladder = Ladder.objects.for_game(game, options)
    cup = Tournament.objects.create(slug="cup", title="Cup", ladder=ladder, kind=kind, matches=matches)
    edition = cup.begin()
    hold_tournaments()
    return edition


def decide(edition: Edition, *winners: int) -> None:
    """The duels that wait are over, and these seeds have won them."""
    for bout in edition.bouts.filter(duel__state="waiting").select_related("duel"):
        side = "wins_first" if bout.first in winners else "wins_second"
        Duel.objects.filter(pk=bout.duel_id).update(state="done", **{side: 2})


def play() -> None:
    while (duel := Duel.objects.lease("test")) is not None:
        play_leased_duel(duel, threading.Event())


def pairs(edition: Edition, **which) -> list[tuple[int, ...]]:
    return [bout.players for bout in edition.bouts.filter(**which).order_by("pk")]


def test_a_semi_final_is_played_again_and_the_final_it_led_to_is_set_aside(enter, client):
    edition = hold(enter, "knock_out", 4)
    decide(edition, 0, 1)
    hold_tournaments()
    assert pairs(edition, duel__state="waiting") == [(0, 1)]
    edition.bouts.filter(first=0, second=3).update(bad=1)
    assert hold_tournaments()
    assert not hold_tournaments()
    assert pairs(edition, struck=True) == [(0, 3)]
    assert pairs(edition, duel__state="waiting") == [(0, 1), (0, 3)]
    decide(edition, 3)
    hold_tournaments()
    page = client.get(edition.get_absolute_url()).content.decode()
    document = client.get("/api/tournaments/cup/1").json()
    assert (document["state"], document["entries"][3]["seed"], document["entries"][3]["place"]) == ("running", 4, None)
    assert (document["bouts"][0]["seeds"], document["bouts"][0]["counts"]) == ([1, 4], False)
    assert client.get("/api/tournaments").json()[0]["editions"] == 1
    assert "Tournaments: cup." in client.get("/api/tournaments/mug/1").json()["detail"]
    assert "1 match failed the audit: it counts no more" in page
    assert "set aside: what it followed from is played again" in page
    assert pairs(edition, duel__state="waiting") == [(3, 1)]
    decide(edition, 3)
    hold_tournaments()
    edition.refresh_from_db()
    assert (edition.state, edition.entries.get(place=1).seed) == ("done", 3)
    assert client.get("/api/tournaments/cup/1").json()["entries"][0]["seed"] == 4


def test_a_final_stands_where_the_semi_final_comes_out_as_before(enter):
    edition = hold(enter, "knock_out", 4)
    decide(edition, 0, 1)
    hold_tournaments()
    edition.bouts.filter(first=0, second=3).update(bad=1)
    hold_tournaments()
    decide(edition, 0)
    hold_tournaments()
    edition.refresh_from_db()
    assert (edition.state, edition.bouts.count()) == ("done", 4)


def test_a_table_with_a_bad_match_is_played_again(enter):
    edition = hold(enter, "round_robin", 3, "liars_dice", matches=3, seats=3)
    play()
    match = Match.objects.first()
    assert condemn(match, CONDEMNED)
    hold_tournaments()
    assert edition.bouts.get(struck=True).duel == match.duel
    assert set(edition.entries.values_list("mean", flat=True)) == {None}
    play()
    hold_tournaments()
    edition.refresh_from_db()
    assert edition.state == "done"
    (result,) = edition.results()
    assert sum(result.points) == pytest.approx(1.5)
    assert edition.entries.order_by("place").first().mean < 3


def test_an_edition_that_is_over_says_so_and_is_taken_up_by_the_organiser(enter, client, admin_client):
    edition = hold(enter, "round_robin", 2)
    play()
    hold_tournaments()
    places = dict(edition.entries.values_list("seed", "place"))
    for match in Match.objects.all():
        condemn(match, CONDEMNED)
    assert not hold_tournaments()
    where = edition.get_absolute_url()
    page, theirs = (each.get(where).content.decode() for each in (client, admin_client))
    assert "2 matches failed the audit" in page
    assert "Play those duels again" not in page
    assert "Play those duels again" in theirs
    assert dict(edition.entries.values_list("seed", "place")) == places
    assert client.post(f"{where}again/").status_code == 302
    assert not hold_tournaments()
    assert admin_client.post(f"{where}again/").url == where
    play_on = hold_tournaments()
    play()
    hold_tournaments()
    edition.refresh_from_db()
    assert (play_on, edition.state, edition.bouts.filter(struck=False).count()) == (True, "done", 1)
    assert "after this edition was over" not in client.get(where).content.decode()
    assert "Play those" not in admin_client.post(f"{where}again/", follow=True).content.decode()


def test_no_later_edition_takes_a_duel_over_that_failed_its_audit(enter):
    edition = hold(enter, "round_robin", 2)
    play()
    hold_tournaments()
    condemn(Match.objects.first(), CONDEMNED)
    again = edition.tournament.begin()
    hold_tournaments()
    assert again.bouts.get().reused is False
