"""Challenges: anybody may let two agents meet, not too often, and no rating moves."""

from __future__ import annotations

import threading

import pytest

from sparring.site.accounts.models import ApiToken
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches import challenges
from sparring.site.matches.models import Duel, Match
from sparring.site.work.duels import play_leased_duel
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db
PAGE = "/challenges/tic_tac_toe/"


@pytest.fixture
def two(enter):
    return enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1", name="deep")


def ask(client, **more):
    return client.post(PAGE, {"first": "random", "second": "deep", "count": 2} | more)


def play_next():
    play_leased_duel(Duel.objects.lease("test"), threading.Event())


def test_a_challenge_is_played_and_moves_no_rating(as_alice, two):
    before = list(Standing.objects.values())
    answer = ask(as_alice)
    duel = Duel.objects.get()
    assert answer["Location"] == duel.get_absolute_url()
    assert "every 2s" in as_alice.get(duel.get_absolute_url()).content.decode()
    play_next()
    duel.refresh_from_db()
    assert (duel.state, sum(duel.points), Match.objects.count()) == ("done", 2, 2)
    assert list(Standing.objects.values()) == before
    assert not PairResult.objects.exists()
    assert Ladder.objects.get().matches == 0
    page = as_alice.get(duel.get_absolute_url()).content.decode()
    assert "A challenge by alice; it is not rated." in page
    assert "unrated" in page
    assert "every 2s" not in page


def test_challenges_go_first_and_keep_no_ladder_waiting(as_alice, two):
    (rated,) = schedule_duels()
    ask(as_alice)
    assert not Duel.objects.lease("w").rated
    assert Duel.objects.lease("w") == rated


def test_only_two_may_be_open_and_so_many_asked_for_within_an_hour(as_alice, two, monkeypatch):
    assert [ask(as_alice).status_code for _ in range(3)] == [302, 302, 429]
    Duel.objects.update(state="done")
    monkeypatch.setattr(challenges, "MOST_AN_HOUR", 3)
    assert [ask(as_alice).status_code for _ in range(2)] == [302, 429]
    assert "which is as many as one may" in ask(as_alice).content.decode()
    Duel.objects.update(created="2026-01-01T00:00Z")
    assert Duel.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"second": "nobody"}, "No agent &#x27;nobody&#x27; plays on Tic-tac-toe."),
        ({"second": "Random"}, "An agent can&#x27;t challenge itself"),
        ({"count": 1000}, "2, 10 or 20 matches, not 1000"),
        ({"second": "dep"}, "plays on Tic-tac-toe. Did you mean &#x27;deep&#x27;?"),
        ({"first": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_in_the_form(as_alice, two, fields, sentence):
    answer = ask(as_alice, **fields)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Duel.objects.exists()


def test_the_page_knows_the_agents_and_who_was_clicked_and_asks_to_sign_in(client, as_alice, two):
    page = as_alice.get(PAGE + "?first=deep").content.decode()
    assert 'value="deep"' in page
    assert page.count("<option value=") == 2 + len(challenges.MATCHES)
    assert "?first=deep" in as_alice.get(two[1].get_absolute_url()).content.decode()
    as_alice.logout()
    assert "sign-in" in client.get(PAGE)["Location"]


def test_a_token_challenges_too(client, alice, two):
    token = ApiToken.objects.issue(alice, "tests")[1]
    asked = {"ladder": "tic_tac_toe", "first": "random", "second": "deep", "matches": 2}

    def post(document):
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/api/challenges", document, content_type="application/json", headers=headers)

    queued = post(asked)
    assert queued.status_code == 201
    assert (queued.json()["rated"], queued.json()["state"]) == (False, "waiting")
    play_next()
    found = client.get(f"/api/duels/{queued.json()['id']}").json()
    assert (found["state"], sum(found["points"])) == ("done", 2)
    assert [player["name"] for player in found["players"]] == ["random", "deep"]
    assert "There is no ladder" in post(asked | {"ladder": "checkers"}).json()["detail"]
    assert client.post("/api/challenges", asked, content_type="application/json").status_code == 401
