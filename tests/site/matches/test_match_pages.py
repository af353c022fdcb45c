"""Watching matches: the replay, the list, the duel."""

from __future__ import annotations

import re

import pytest

from sparring.matches import read_records
from sparring.site.matches.frames import frames
from sparring.site.matches.models import Match

pytestmark = pytest.mark.django_db


@pytest.fixture
def duel(enter, play):
    return play(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4"), matches=6)


def test_a_replay_shows_every_position_without_a_script(client, duel):
    match = Match.objects.first()
    page = client.get(match.get_absolute_url()).content.decode()
    assert page.count('class="frame"') == match.plies + 1
    assert page.count('role="img"') == match.plies + 1


def test_a_replay_says_who_moved_what_and_how_it_ended(client, duel):
    match = Match.objects.filter(winner_seat__isnull=False).first()
    page = client.get(match.get_absolute_url()).content.decode()
    assert re.search(r"(random|minimax:depth-4): [abc][123]", page)
    assert f"{match.players[match.winner_seat].label} won after {match.plies} plies." in page
    assert duel.reason in page


def test_the_movers_of_a_replay_alternate(duel):
    seats = [frame.seat for frame in frames(Match.objects.first())]
    assert seats[:4] == [None, 0, 1, 0]


def test_a_simultaneous_game_replays_both_actions_of_a_round(client, enter, play):
    play(enter("rock_paper_scissors", "random"), enter("rock_paper_scissors", "scripted:always-rock"), matches=2)
    shown = frames(Match.objects.first())
    assert len(shown) == 11
    assert all(re.fullmatch(r"\w+ against \w+", frame.action) for frame in shown[1:])


@pytest.mark.parametrize("game", ["nh_fight", "robosumo"])
def test_actions_of_many_numbers_are_named_in_a_replay(client, enter, play, game):
    play(enter(game, "random"), enter(game, "random", name="other"), matches=1)
    match = Match.objects.first()
    shown = frames(match)
    assert len(shown) == match.plies + 1
    assert all(" against " in frame.action and len(frame.action) < 500 for frame in shown[1:])
    assert client.get(f"/matches/{match.pk}/board.svg").content.startswith(b"<svg")


def test_a_downloaded_record_is_read_by_the_command_line(client, duel, tmp_path):
    match = Match.objects.first()
    path = tmp_path / "match"
    path.write_bytes(client.get(f"/matches/{match.pk}/record").content)
    (record,) = read_records(path)
    assert record.plies == match.plies


def test_the_last_position_is_a_picture_that_may_be_kept_for_ever(client, duel):
    answer = client.get(f"/matches/{Match.objects.first().pk}/board.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer["Cache-Control"]
    assert answer.content.startswith(b"<svg")


def test_a_damaged_record_is_a_sentence(client, duel):
    match = Match.objects.first()
    Match.objects.filter(pk=match.pk).update(record=b"nonsense")
    page = client.get(match.get_absolute_url())
    assert page.status_code == 200
    assert "damaged" in page.content.decode()


def listed(client, query):
    return client.get(f"/matches/{query}").content.decode().count('class="pairing"')


def test_the_list_is_filtered_by_its_query(client, duel, enter, play):
    play(enter("quarto", "random"), enter("quarto", "random", name="other"), matches=2)
    draws = Match.objects.filter(result="draw").count()
    assert listed(client, "") == 8
    assert listed(client, "?ladder=quarto") == 2
    assert listed(client, "?agent=other") == 2
    assert listed(client, "?agent=MINIMAX:depth-4&ladder=tic_tac_toe") == 6
    assert listed(client, "?result=draw") == draws
    assert listed(client, "?agent=nobody") == 0


def test_a_filter_that_makes_no_sense_is_said_and_narrows_nothing(client, duel):
    page = client.get("/matches/?ladder=chess").content.decode()
    assert "Select a valid choice" in page
    assert listed(client, "?ladder=chess") == 6


def test_the_list_has_pages_that_keep_the_filter(client, enter, play):
    play(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "random", name="other"), matches=44)
    page = client.get("/matches/?agent=other").content.decode()
    assert "page 1 of 2" in page
    assert "?agent=other&amp;page=2" in page


def test_a_duel_shows_its_score_its_reason_and_its_matches(client, duel):
    page = client.get(duel.get_absolute_url()).content.decode()
    assert f"{duel.points[0]} : {duel.points[1]}" in page
    assert page.count('class="pairing"') == 6


def test_a_fault_is_said_in_the_replay(client, enter, play, alice):
    from sparring.site.ladders.models import Ladder
    from sparring.site.submissions.models import Version

    opponent = enter("tic_tac_toe", "random")
    source = b"class Agent:\n    def act(self, observation, legal_actions):\n        return 99\n"
    version = Version.objects.submit(alice, "tic_tac_toe", "Wild", "a.py", source)
    Ladder.objects.get().enter(version)
    play(version, opponent, matches=2)
    page = client.get(Match.objects.filter(result="fault").first().get_absolute_url()).content.decode()
    assert "Wild v1 failed (illegal action) and lost: Action 99 is outside 0..8." in page
