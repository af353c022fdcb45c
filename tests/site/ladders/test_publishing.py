"""Published ratings: fitted to all matches, stored ready for the pages."""

from __future__ import annotations

import pytest

from sparring.site.ladders import publishing
from sparring.site.ladders.models import Ladder, PairResult, RatingPoint, Standing
from sparring.site.ladders.publishing import refit

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(enter):
    """Three versions and their results: a beats b, b beats c."""
    a, b, c = (enter("tic_tac_toe", "random", name=name) for name in "abc")
    ladder = Ladder.objects.get()
    for first, second in ((a, b), (b, c)):
        counts = {"wins": 30, "draws": 2, "losses": 8, "pairs": [1, 2, 4, 4, 9], "courses": ["0a", "1b", "1c"]}
        PairResult.objects.create(ladder=ladder, first=first, second=second, **counts)
    Ladder.objects.update(matches=80)
    Standing.objects.update(matches=40)
    return ladder


def rows():
    return {row.version.agent.name: row for row in Standing.objects.select_related("version__agent")}


def test_who_wins_is_rated_higher_and_the_average_is_1500(pool):
    refit(pool)
    ratings = {name: row.rating for name, row in rows().items()}
    assert ratings["a"] > ratings["b"] > ratings["c"]
    assert sum(ratings.values()) / 3 == pytest.approx(1500)


def test_every_rating_lies_in_its_interval_and_has_a_rank_range(pool):
    refit(pool)
    for row in rows().values():
        assert row.low < row.rating < row.high
        assert row.best_rank <= row.position <= row.worst_rank


def test_matches_that_only_repeat_count_once(pool):
    refit(pool)
    before = rows()
    PairResult.objects.update(courses=["0a", "1b"])
    Ladder.objects.update(matches=81)
    refit(pool)
    assert rows()["a"].half_width > 1.5 * before["a"].half_width


def test_pairs_of_matches_that_repeat_each_other_widen_the_intervals(pool):
    refit(pool)
    before = rows()["a"].half_width
    PairResult.objects.update(pairs=[5, 0, 0, 0, 15])
    Ladder.objects.update(matches=81)
    refit(pool)
    assert rows()["a"].half_width > 1.15 * before


def test_an_older_fit_never_overwrites_a_newer_one(pool):
    assert refit(pool)
    assert not refit(pool)


def test_a_fit_shows_as_a_new_revision(pool):
    before = Ladder.objects.get().revision
    refit(pool)
    assert Ladder.objects.get().revision == before + 1
    assert publishing.behind() == []


def test_superseded_versions_are_rated_but_not_ranked(pool, enter):
    enter("tic_tac_toe", "minimax:depth=1", name="a")
    refit(pool)
    old = Standing.objects.get(version__agent__name="a", current=False)
    assert old.low is not None
    assert (old.position, old.best_rank) == (None, None)
    assert sorted(Standing.objects.filter(current=True).values_list("position", flat=True)) == [1, 2, 3]


def test_a_curve_gets_points_more_and_more_rarely(pool):
    for total in range(40, 400, 4):
        Standing.objects.update(matches=total)
        Ladder.objects.update(matches=2 * total + 1)
        refit(pool)
    counts = list(RatingPoint.objects.filter(standing__version__agent__name="a").values_list("matches", flat=True))
    assert 12 <= len(counts) <= 25
    assert counts[-1] - counts[-2] > counts[1] - counts[0]


def test_a_newcomer_without_matches_is_not_hidden(pool, enter):
    enter("tic_tac_toe", "random", name="new")
    refit(pool)
    assert rows()["new"].half_width > 2 * rows()["b"].half_width
