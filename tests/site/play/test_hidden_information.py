"""A person who plays cards sees their own, and everything once the match is over."""

from __future__ import annotations

import pytest

from sparring.errors import AgentFault
from sparring.site.play import sitting
from sparring.site.play.models import PersonMatch
from sparring.site.play.sitting import Table, agent_begins, person_acts

PASS, BET = 0, 1
CARD, BACK = 'class="card"', 'class="card-back"'


@pytest.fixture
def sit_down(enter):
    def sit_down_at(game="kuhn_poker", seat=0):
        return PersonMatch.objects.begin(enter(game, "random"), seat, None, {})

    return sit_down_at


def cards_on(svg):
    """Cards face up (the winner's has a rim instead of the name), and cards face down."""
    return svg.count(CARD) + svg.count('class="win"'), svg.count(BACK)


def test_the_opponents_card_lies_face_down_while_the_match_is_on(client, sit_down):
    match = sit_down()
    page = client.get(match.get_absolute_url()).content.decode()
    assert cards_on(page) == (1, 1)
    match.refresh_from_db()
    assert match.state == "open"


@pytest.mark.parametrize("seat", [0, 1])
def test_all_cards_are_shown_once_the_match_is_over(client, sit_down, seat):
    table = agent_begins(sit_down(seat=seat))
    while table.match.state == "open":
        assert cards_on(table.drawing(len(table.positions) - 1)) == (1, 1)
        table = person_acts(table.match, BET, table.match.ply)
    assert cards_on(table.drawing(len(table.positions) - 1)) == (2, 0)
    assert cards_on(client.get(table.match.get_absolute_url()).content.decode()) == (2, 0)


def test_what_a_script_gets_hides_as_much(client, sit_down):
    match = sit_down("leduc_poker")
    address = f"{match.get_absolute_url()}act/"
    answer = client.post(address, {"action": 1, "ply": 0}, headers={"accept": "application/json"}).json()
    assert answer["over"] is False
    for frame in answer["frames"]:
        assert cards_on(frame)[1] >= 1


def test_a_match_that_a_fault_has_ended_shows_all(sit_down, monkeypatch):
    def crash(*_):
        raise AgentFault("crash", "It fell over.")

    monkeypatch.setattr(sitting, "opponent_in", crash)
    table = person_acts(sit_down(), PASS, 0)
    assert "fault" in table.match.sentence
    assert cards_on(Table.of(table.match).drawing(0)) == (2, 0)
