"""What can be played in the browser, and what is said where it can't."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_a_game_of_many_choices_is_not_offered_and_says_why(client, enter):
    fighter, mover = enter("nh_fight", "random"), enter("tic_tac_toe", "random")
    page = client.get("/play/").content.decode()
    assert f"/play/against/{mover.pk}/" in page
    assert f"/play/against/{fighter.pk}/" not in page
    rules = client.get("/games/nh_fight/").content.decode()
    assert "is a list of 12 choices, more than a click can say" in rules
    assert ">Play</a>" not in rules.split("<aside>")[1].split("</aside>")[0]
    for method in (client.get, client.post):
        answer = method(f"/play/against/{fighter.pk}/")
        assert answer.status_code == 400
        assert "more than a click can say" in answer.content.decode()


def test_rounds_are_played_at_once_in_the_browser(client, enter):
    opponent = enter("rock_paper_scissors", "scripted:always-rock")
    room = client.post(f"/play/against/{opponent.pk}/", {"seat": "first"})["Location"]
    for ply in range(10):
        answer = client.post(f"{room}act/", {"action": 1, "ply": ply}, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.content
    assert answer.json()["message"] == "You win."
    assert len(answer.json()["moves"]) == 10
