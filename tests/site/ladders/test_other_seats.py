"""Ladders of games for one seat, by returns over common seeds, and of games for more than two, by places."""

from __future__ import annotations

import threading

import pytest

from sparring.matches.table import places
from sparring.site.audits.auditing import condemn
from sparring.site.audits.skills import Skills
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.ladders.publishing import refit
from sparring.site.matches.ledger import replay_all
from sparring.site.matches.models import Duel, Match
from sparring.site.work.duels import play_leased_duel
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db
ALONE = "gym:FrozenLake-v1"


def play_on(rounds: int) -> list[Duel]:
    """Schedule and play; what was played."""
    played = []
    for _ in range(rounds):
        schedule_duels()
        while (duel := Duel.objects.lease("test")) is not None:
            play_leased_duel(duel, threading.Event())
            duel.refresh_from_db()
            assert duel.state == "done", duel.failure
            played.append(duel)
        Duel.objects.update(created="2026-01-01T00:00Z")
    return played


@pytest.fixture
def alone(enter):
    """Two agents who go over the ice alone."""
    for name in ("one", "other"):
        enter(ALONE, "random", name=name)
    return Ladder.objects.get()


@pytest.fixture
def three(enter):
    """Liars for three: two that choose by lot, two that search."""
    for name, spec in (("a", "random"), ("b", "random"), ("c", "mcts:simulations=20"), ("d", "mcts:simulations=20")):
        enter("liars_dice", spec, name=name, options={"seats": 3})
    return Ladder.objects.get()


def test_alone_everybody_plays_the_same_hundred_seeds_and_then_rests(alone):
    assert (alone.slug, alone.seats) == ("gym-frozenlake-v1", 1)
    assert len(play_on(12)) == 10
    assert schedule_duels() == []
    seeds = {
        name: list(Match.objects.filter(by_first_seat__agent__name=name).order_by("pk")) for name in ("one", "other")
    }
    assert [match.decoded().seed for match in seeds["one"]] == [match.decoded().seed for match in seeds["other"]]
    assert len({match.decoded().seed for match in seeds["one"]}) == 100
    assert all(each.same for each in replay_all(alone))


def test_the_ladder_s_number_is_the_mean_return_with_its_deviation(alone, client):
    play_on(6)
    refit(alone)
    row = Standing.objects.order_by("pk").first()
    assert (len(row.returns), row.matches) == (60, 60)
    assert row.rating == pytest.approx(sum(row.returns) / 60)
    assert row.low <= row.rating <= row.high
    assert row.deviation is not None
    assert not PairResult.objects.exists()
    page = client.get("/ladders/gym-frozenlake-v1/").content.decode()
    assert "Mean return" in page
    assert "Deviation" in page
    assert "Beside the ladder" not in page
    duel = client.get(Duel.objects.first().get_absolute_url()).content.decode()
    assert "Seeds 1 to 20 of the 100 that everybody here plays." in duel
    assert "returned" in duel
    match = Match.objects.first()
    assert client.get(match.get_absolute_url()).status_code == 200
    assert client.get(row.version.get_absolute_url()).status_code == 200
    assert client.get("/api/ladders/gym-frozenlake-v1/standings").json()[0]["deviation"] is not None


def test_three_at_a_table_are_rated_by_their_places(three, client):
    duels = play_on(12)
    assert {len(duel.versions) for duel in duels} == {3}
    refit(Ladder.objects.get())
    rows = {row.version.agent.name: row for row in Standing.objects.select_related("version__agent")}
    assert min(rows["c"].rating, rows["d"].rating) > max(rows["a"].rating, rows["b"].rating)
    assert min(rows["c"].mu, rows["d"].mu) > max(rows["a"].mu, rows["b"].mu)
    assert max(rows["c"].mean_place, rows["d"].mean_place) < min(rows["a"].mean_place, rows["b"].mean_place)
    matches = Match.objects.count()
    assert sum(row.matches for row in rows.values()) == 3 * matches
    assert sum(row.place_sum for row in rows.values()) == pytest.approx(6 * matches)
    assert sum(pair.matches for pair in PairResult.objects.all()) == 3 * matches
    assert all(each.same for each in replay_all(three))
    stored = [value for row in rows.values() for value in (row.mu, row.sigma)]
    Skills(three, (), lambda: None).write()
    again = [Standing.objects.get(pk=row.pk) for row in rows.values()]
    assert [value for row in again for value in (row.mu, row.sigma)] == pytest.approx(stored)


def test_pages_name_all_three(three, client, django_assert_max_num_queries):
    (duel,) = play_on(1)
    match = Match.objects.last()
    for page in (duel.get_absolute_url(), match.get_absolute_url(), "/matches/"):
        shown = client.get(page).content.decode()
        assert all(version.label in shown for version in duel.versions)
        assert "seat-3" in shown
    with django_assert_max_num_queries(9):
        client.get("/matches/")
    document = client.get(f"/api/matches/{match.pk}").json()
    assert (len(document["players"]), len(document["scores"])) == (3, 3)
    third = match.players[2]
    assert match in Match.objects.of_versions([third.pk])
    assert "Mean place" in client.get(three.get_absolute_url()).content.decode()
    assert client.get(f"/challenges/{three.slug}/").status_code in (302, 404)


def test_a_bad_match_at_a_table_counts_no_more(three):
    play_on(2)
    match = Match.objects.order_by("pk").last()
    before = {row.version_id: row for row in Standing.objects.all()}
    assert condemn(match, "It was tampered with.")
    for version, place in zip(match.players, places(match.scores), strict=True):
        row = Standing.objects.get(version=version)
        assert row.matches == before[version.pk].matches - 1
        assert row.place_sum == pytest.approx(before[version.pk].place_sum - place)
        counts = (row.wins + row.draws + row.losses + row.faults, row.matches)
        assert counts[0] == counts[1]
    assert sum(pair.matches for pair in PairResult.objects.all()) == 3 * (Match.objects.count() - 1)
    for other in Match.objects.filter(complaint=""):
        assert condemn(other, "It was tampered with, too.")
    left = Duel.objects.values_list("wins_first", "wins_second", "draws", "faults_first", "faults_second")
    assert set(left) == {(0, 0, 0, 0, 0)}


def test_alone_the_block_of_a_bad_match_is_played_again(alone):
    play_on(4)
    match = Match.objects.filter(duel__seed=2).first()
    assert condemn(match, "It was tampered with.")
    row = Standing.objects.get(version=match.by_first_seat)
    assert (len(row.returns), row.matches) == (20, 20)
    (duel,) = play_on(1)[:1]
    assert (duel.first_id, duel.seed) == (match.by_first_seat_id, 2)


def test_too_few_for_a_table_wait(enter):
    for name in ("a", "b"):
        enter("liars_dice", "random", name=name, options={"seats": 3})
    assert schedule_duels() == []
