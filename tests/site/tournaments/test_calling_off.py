"""Editions that the organiser calls off: what was played stays, what was not is withdrawn, and all can read why."""

from __future__ import annotations

import secrets
import threading

import pytest

from sparring.site.accounts.models import ApiToken
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.tournaments.models import Edition, Tournament
from sparring.site.tournaments.running import call_off, hold_tournaments
from sparring.site.work.duels import play_leased_duel

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(enter):
    """An edition whose first duels wait."""

    def make(entries, game="tic_tac_toe", matches=2, kind="round_robin", **options) -> Edition:
        for number in range(entries):
            version = enter(game, "random", name=f"agent-{number}", options=options)
            Standing.objects.filter(version=version).update(rating=1000 - number, matches=10)
        ladder = Ladder.objects.for_game(game, options)
        edition = Tournament.objects.create(slug="cup", title="Cup", ladder=ladder, kind=kind, matches=matches).begin()
        hold_tournaments()
        return edition

    return make


@pytest.fixture
def organiser(django_user_model):
    return django_user_model.objects.create_superuser("olga", password=secrets.token_hex(8))


def play_one() -> Duel:
    duel = Duel.objects.lease("test")
    play_leased_duel(duel, threading.Event())
    duel.refresh_from_db()
    return duel


def post(client, edition: Edition, user, body: dict[str, str]):
    _, token = ApiToken.objects.issue(user, "a test")
    where = f"/api/tournaments/{edition.tournament.slug}/{edition.number}/call-off"
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    return client.post(where, body, content_type="application/json", **bearer)


def test_what_was_played_stays_and_what_was_not_is_withdrawn(begun, organiser, client):
    edition = begun(4)
    played = play_one()
    Duel.objects.filter(pk=Duel.objects.open().last().pk).update(state="parked", failure="It went wrong 5 times.")
    assert call_off(edition.pk, organiser, "The rules <have> changed.")
    edition.refresh_from_db()
    assert (edition.state, edition.called_off_by) == ("called off", organiser)
    assert not Duel.objects.filter(state__in=Duel.UNDECIDED).exists()
    assert {bout.duel_id for bout in edition.counted()} == {played.pk}
    assert not hold_tournaments()
    assert edition.bouts.count() == 4
    page = client.get(edition.get_absolute_url()).content.decode()
    assert "by olga" in page
    assert "The rules &lt;have&gt; changed." in page
    assert "3 duels were withdrawn" in page
    assert page.count('class="soft">withdrawn<') == 3
    assert "every 2s" not in page
    assert "called off" in client.get("/tournaments/").content.decode()
    withdrawn = edition.bouts.exclude(duel=played).first().duel
    assert "Withdrawn: Cup 1 was called off." in client.get(withdrawn.get_absolute_url()).content.decode()


def test_a_duel_that_is_being_played_brings_nothing_any_more(begun, organiser):
    edition = begun(2)
    leased = Duel.objects.lease("a worker")
    assert leased.heartbeat()
    call_off(edition.pk, organiser)
    assert not leased.heartbeat()
    play_leased_duel(leased, threading.Event())
    assert not Match.objects.exists()
    assert set(edition.entries.values_list("place", flat=True)) == {None}


def test_the_next_edition_takes_over_what_was_played(begun, organiser):
    edition = begun(3)
    played = play_one()
    call_off(edition.pk, organiser)
    again = edition.tournament.begin()
    hold_tournaments()
    assert again.number == 2
    assert [bout.duel for bout in again.bouts.filter(reused=True)] == [played]
    assert again.bouts.filter(reused=False).count() == 2


def test_at_tables_what_ended_just_before_counts(begun, organiser, client):
    edition = begun(5, "liars_dice", matches=3, seats=3)
    play_one()
    call_off(edition.pk, organiser)
    assert edition.entries.exclude(mean=None).count() == 3
    page = client.get(edition.get_absolute_url()).content.decode()
    assert page.count('class="soft">withdrawn<') == edition.bouts.count() - 1


def test_only_the_organiser_calls_off_on_the_page_and_by_the_api(begun, organiser, as_alice, alice, client):
    edition = begun(2)
    where = f"{edition.get_absolute_url()}call-off/"
    assert "Call this edition off" not in as_alice.get(edition.get_absolute_url()).content.decode()
    assert as_alice.post(where, {"why": "I lose."}).status_code == 403
    refused = post(client, edition, alice, {"why": "I lose."})
    assert (refused.status_code, refused.json()["detail"].partition(",")[0]) == (
        403,
        "An edition is called off by the organiser",
    )
    assert post(client, edition, organiser, {"why": "w" * 301}).status_code == 422
    edition.refresh_from_db()
    assert edition.state == "running"
    client.force_login(organiser)
    assert "Call this edition off" in client.get(edition.get_absolute_url()).content.decode()
    page = client.post(where, {"why": " Too few. "}, follow=True).content.decode()
    assert "Cup 1 is called off." in page
    assert "Call this edition off" not in page
    assert "can&#x27;t be called off: it is over" in client.post(where, follow=True).content.decode()
    assert post(client, edition, organiser, {}).status_code == 400
    document = client.get("/api/tournaments/cup/1").json()
    assert (document["state"], document["called_off_by"], document["called_off_because"]) == (
        "called off",
        "olga",
        "Too few.",
    )
    assert document["bouts"][0]["counts"] is False


def test_the_organiser_calls_off_by_the_api_and_at_the_desk(begun, organiser, client):
    edition = begun(2)
    answer = post(client, edition, organiser, {"why": "Rain."})
    assert (answer.status_code, answer.json()["called_off_because"]) == (200, "Rain.")
    edition.tournament.begin()
    client.force_login(organiser)
    chosen = {"action": "call_off", "_selected_action": edition.tournament_id}
    assert "Cup 2 is called off." in client.post("/desk/tournaments/tournament/", chosen, follow=True).content.decode()
    again = client.post("/desk/tournaments/tournament/", chosen, follow=True).content.decode()
    assert "No edition of Cup goes on." in again
