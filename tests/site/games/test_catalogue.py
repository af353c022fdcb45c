"""The catalogue: every installed game, with its rules and a picture."""

from __future__ import annotations

import pytest

from sparring.engine import game_names
from sparring.site.games.catalogue import picture, rendered, summary

pytestmark = pytest.mark.django_db


def test_every_game_is_on_the_shelf(client):
    page = client.get("/games/").content.decode()
    assert all(f"/games/{name}/" in page for name in game_names())


@pytest.mark.parametrize("name", game_names())
def test_a_game_explains_its_rules_and_shows_a_position(client, name):
    page = client.get(f"/games/{name}/").content.decode()
    assert "<h2>" in page
    assert "<svg" in page
    assert client.get(f"/games/{name}/picture.svg")["Content-Type"] == "image/svg+xml"


def test_the_picture_of_a_game_is_the_same_every_time():
    first = picture("connect_four")
    picture.cache_clear()
    assert picture("connect_four") == first


def test_an_unknown_game_is_answered_with_the_nearest_name(client):
    answer = client.get("/games/conect_four/")
    assert answer.status_code == 404
    assert "Did you mean &#x27;connect_four&#x27;?" in answer.content.decode()


def test_html_in_a_readme_stays_text():
    assert "<script>" not in rendered("<script>alert(1)</script>\n\n| a |\n| --- |\n| b |\n")
    assert "<table>" in rendered("| a |\n| --- |\n| b |\n")


def test_the_first_paragraph_is_the_summary():
    assert summary("Four in\na `row` **wins**.\n\nMore.") == "Four in a row wins."
