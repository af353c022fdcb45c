"""The organiser sees what went wrong and decides about it; nobody else does."""

from __future__ import annotations

import pytest

from sparring.site.accounts.models import organiser
from sparring.site.matches.models import Duel

pytestmark = pytest.mark.django_db
REASON = "ZeroDivisionError: a bug"


@pytest.fixture
def parked(enter, queue):
    """A duel that went wrong too often."""
    duel = queue(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1"))
    leased = Duel.objects.lease("w")
    leased.park(REASON)
    return duel


@pytest.fixture
def as_organiser(client):
    client.force_login(organiser())
    return client


def decide(client, duel, decision):
    return client.post(f"/desk/work/duel/{duel.pk}/", {"decision": decision}, follow=True)


def test_what_is_parked_is_shown_with_its_reason_and_what_can_be_done(as_organiser, parked):
    page = as_organiser.get("/desk/work/").text
    assert "random against minimax" in page
    assert REASON in page
    assert "Try again" in page
    assert "Give it up" in page


def test_the_button_has_it_played_again(as_organiser, parked):
    assert "is tried again" in decide(as_organiser, parked, "again").text
    assert Duel.objects.lease("w").pk == parked.pk


def test_the_other_button_gives_it_up_for_good(as_organiser, parked):
    assert "has been given up" in decide(as_organiser, parked, "give up").text
    parked.refresh_from_db()
    assert (parked.state, parked.failure) == ("failed", REASON)
    assert "is not parked any more" in decide(as_organiser, parked, "again").text


def test_the_page_and_its_buttons_are_for_the_organiser(client, as_alice, parked):
    assert as_alice.get("/desk/work/").status_code == 403
    assert decide(as_alice, parked, "again").status_code == 403
    client.logout()
    assert client.get("/desk/work/").status_code == 302
    parked.refresh_from_db()
    assert parked.state == "parked"


def test_the_duels_own_page_says_that_it_waits_and_not_why(client, parked):
    page = client.get(parked.get_absolute_url()).text
    assert "organiser" in page
    assert REASON not in page


def test_every_page_of_the_organiser_tells_that_something_is_parked(as_organiser, as_alice, parked, client):
    assert "1 parked" not in as_alice.get("/ladders/").text
    client.force_login(organiser())
    assert "1 parked" in client.get("/ladders/").text
