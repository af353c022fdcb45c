"""Seasons end with a table that stays, a soft reset, and moves between divisions."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from sparring.site.ladders.models import Ladder, PairResult, RatingPoint, Standing
from sparring.site.ladders.publishing import behind, refit
from sparring.site.matches.ledger import replay_all
from sparring.site.matches.models import Duel
from sparring.site.seasons.models import Season, SeasonRow
from sparring.site.seasons.turning import KEPT, end_season, hold_seasons
from sparring.site.work.duels import play_leased_duel
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(enter, play):
    """A ladder after some matches: a searcher, and three that play by lot."""
    best = enter("tic_tac_toe", "minimax:depth=4", name="best")
    others = [enter("tic_tac_toe", "random", name=f"other-{number}") for number in range(3)]
    for other in others:
        play(best, other, matches=20)
    play(others[0], others[1], matches=20)
    ladder = Ladder.objects.get()
    refit(ladder)
    return Ladder.objects.get()


def standing(name):
    return Standing.objects.get(version__agent__name=name, current=True)


def test_the_table_of_a_season_stays_while_counters_begin_anew(season, client):
    before = standing("best")
    ended = end_season(season)
    row = SeasonRow.objects.get(season=ended, position=1)
    assert (row.version.agent.name, row.rating, row.wins, row.matches) == ("best", before.rating, before.wins, 60)
    assert (ended.number, ended.matches, Ladder.objects.get().season) == (1, 80, 2)
    assert (standing("best").matches, standing("best").wins) == (0, 0)
    page = client.get(ended.get_absolute_url()).content.decode()
    assert f"{row.wins}</td>" in page
    assert "best</a>" in client.get("/ladders/tic_tac_toe/seasons/").content.decode()
    assert "Season 2" in client.get("/ladders/tic_tac_toe/").content.decode()
    assert client.get("/ladders/tic_tac_toe/seasons/7/").status_code == 404
    assert [each["number"] for each in client.get("/api/ladders/tic_tac_toe/seasons").json()] == [1]
    rows = client.get("/api/ladders/tic_tac_toe/seasons/1").json()
    assert (rows[0]["version"]["name"], rows[0]["wins"]) == ("best", before.wins)


def test_the_reset_is_soft(season):
    before, sigma = standing("best"), standing("best").sigma
    end_season(season)
    assert behind() == [season]
    assert refit(Ladder.objects.get())
    after = standing("best")
    assert 1500 < after.rating < before.rating
    assert after.half_width > before.half_width
    assert 25 < after.mu < before.mu
    assert after.sigma == pytest.approx(min(25 / 3, 2 * sigma))
    assert sum(pair.past_games for pair in PairResult.objects.all()) == pytest.approx(KEPT * 80)
    assert sum(pair.matches for pair in PairResult.objects.all()) == 0


def test_the_next_season_is_played_and_its_curve_is_its_own(season, client):
    end_season(season)
    schedule_duels()
    while (duel := Duel.objects.lease("test")) is not None:
        play_leased_duel(duel, threading.Event())
    refit(Ladder.objects.get())
    assert set(RatingPoint.objects.values_list("season", flat=True)) == {1, 2}
    assert client.get(standing("best").version.get_absolute_url()).status_code == 200
    assert all(each.same for each in replay_all(season))


def test_a_season_ends_by_itself_when_its_days_are_over_and_once(season):
    Ladder.objects.update(season_days=30)
    assert not hold_seasons()
    Ladder.objects.update(season_began=timezone.now() - timedelta(days=31))
    old = Ladder.objects.get()
    assert hold_seasons()
    assert not hold_seasons()
    assert end_season(old) is None
    assert Season.objects.count() == 1


def test_divisions_are_given_by_rating_and_the_best_rise(season, client, django_assert_max_num_queries):
    Ladder.objects.update(divisions=2, division_moves=1)
    Standing.objects.update(matches=60)
    assert hold_seasons()
    assert not hold_seasons()
    assert standing("best").division == 1
    assert sorted(Standing.objects.values_list("division", flat=True)) == [1, 1, 2, 2]
    lower = Standing.objects.filter(division=2).order_by("pk").first()
    Standing.objects.filter(pk=lower.pk).update(rating=9999.0)
    with django_assert_max_num_queries(8):
        page = client.get("/ladders/tic_tac_toe/seasons/").content.decode()
    assert "would rise" in page
    assert "would fall" in page
    ended = end_season(Ladder.objects.get())
    row = SeasonRow.objects.get(season=ended, version=lower.version_id)
    assert (row.division, row.next_division, row.moved) == (2, 1, "rises")
    assert Standing.objects.get(pk=lower.pk).division == 1
    assert "rises to division 1" in client.get(ended.get_absolute_url()).content.decode()
    assert ">D1</span>" in client.get("/ladders/tic_tac_toe/").content.decode()


def test_newcomers_enter_the_lowest_division_and_a_new_version_its_agent_s(season, enter):
    Ladder.objects.update(divisions=2)
    Standing.objects.update(matches=60)
    hold_seasons()
    newcomer = enter("tic_tac_toe", "random", name="newcomer")
    assert not hold_seasons()
    Standing.objects.filter(version=newcomer).update(matches=60)
    assert hold_seasons()
    assert Standing.objects.get(version=newcomer).division == 2
    held = standing("best").division
    enter("tic_tac_toe", "minimax:depth=3", name="best")
    assert standing("best").division == held == 1


def test_nothing_ends_where_nothing_was_played(enter, admin_client):
    enter("tic_tac_toe", "random")
    ladder = Ladder.objects.get()
    assert end_season(ladder) is None
    chosen = {"action": "end_the_season", "_selected_action": [ladder.pk]}
    told = admin_client.post("/desk/ladders/ladder/", chosen, follow=True).content.decode()
    assert "nothing has been played this season" in told
