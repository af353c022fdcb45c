"""Which duel comes next, how often, and why."""

from __future__ import annotations

import time

import pytest

from sparring.matches.matchmaking import FIRST_MATCHES, MATCHES_A_DUEL, worth
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Agent, Version
from sparring.site.work import scheduler
from sparring.site.work.scheduler import IDLE_PAUSE, OPEN_DUELS, choose, pause, schedule_duels

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(enter):
    """A ladder of versions with ratings: ``settled(1500, 1510, 1900)``."""

    def settle(*ratings, half_width=60.0):
        rows = []
        for number, rating in enumerate(ratings):
            version = enter("tic_tac_toe", "random", name=f"agent-{number}")
            fields = {"rating": rating, "low": rating - half_width, "high": rating + half_width, "matches": 500}
            Standing.objects.filter(version=version).update(**fields)
            rows.append(Standing.objects.get(version=version))
        return rows

    return settle


def test_a_newcomer_plays_first(settled, enter):
    settled(1500, 1510)
    newcomer = enter("tic_tac_toe", "random", name="newcomer")
    (duel,) = schedule_duels()
    assert duel.first == newcomer
    assert duel.reason == f"First matches of newcomer: it has played 0 of {FIRST_MATCHES}."


def test_first_matches_of_what_somebody_entered_are_played_before_all_else(settled, enter):
    settled(1500, 1510)
    (usual,) = schedule_duels()
    enter("tic_tac_toe", "random", name="newcomer", kind="learner")
    (urgent,) = schedule_duels()
    assert [Duel.objects.lease("w") for _ in range(2)] == [urgent, usual]


def test_on_a_new_ladder_everyone_has_played_after_half_as_many_short_duels(enter):
    for number in range(6):
        enter("tic_tac_toe", "random", name=f"agent-{number}", kind="house")
    for _ in range(3):
        (duel,) = schedule_duels()
        assert duel.matches < MATCHES_A_DUEL
        Standing.objects.filter(version__in=[duel.first, duel.second]).update(matches=duel.matches)
        Duel.objects.filter(pk=duel.pk).update(state="done")
    assert not Standing.objects.filter(matches=0).exists()


def test_the_pair_that_is_least_known_and_closest_plays(settled):
    settled(1500, 1505, 2400, 3300)
    pairing = choose(Ladder.objects.get(), 1)
    assert {row.rating for row in pairing.standings} == {1500, 1505}
    assert pairing.reason == "5 points apart, known to \u00b160 and \u00b160: a result that tells much."


def test_two_who_have_met_often_make_room_for_two_who_have_not(settled):
    one, other, third = settled(1500, 1500, 1560)
    PairResult.objects.create(
        ladder=one.ladder, first=one.version, second=other.version, wins=400, losses=400, courses=list("abc")
    )
    pairing = choose(one.ladder, 1)
    assert third in pairing.standings


def test_matches_that_only_repeat_are_worth_next_to_nothing(settled):
    one, other, third = settled(1500, 1500, 1900)
    sides = {"ladder": one.ladder, "first": one.version, "second": other.version}
    PairResult.objects.create(**sides, wins=4, courses=["0a", "1b"])
    pairing = choose(one.ladder, 1)
    assert third in pairing.standings


def test_a_match_between_equals_is_worth_most_and_one_between_old_acquaintances_little():
    values = worth([0, 400, 0, 0], [0.1, 0.1, 0.1, 0.4], [0, 0, 1000, 0], [False] * 4)
    assert values[3] > values[0] > values[1] > values[2] == 1 / 1000


@pytest.mark.quiet
def test_choosing_among_five_hundred_is_quick(settled):
    ladder = settled(1500)[0].ladder
    names = [f"crowd-{number}" for number in range(500)]
    agents = Agent.objects.bulk_create([Agent(game=ladder.game, name=name, kind="house") for name in names])
    on_ladder = {"number": 1, "spec": "random", "state": Version.State.ON_LADDER}
    versions = Version.objects.bulk_create([Version(agent=agent, **on_ladder) for agent in agents])
    known = {"mu": 25.0, "sigma": 1.0, "rating": 1500.0, "low": 1400.0, "high": 1600.0, "matches": 500}
    Standing.objects.bulk_create([Standing(ladder=ladder, version=version, **known) for version in versions])
    began = time.process_time()
    assert choose(ladder, 1) is not None
    assert time.process_time() - began < 0.3


def test_a_ladder_has_few_open_duels(settled):
    settled(1500, 1510, half_width=400.0)
    for _ in range(5):
        schedule_duels()
    assert Duel.objects.open().count() <= OPEN_DUELS


def test_the_pause_grows_as_intervals_narrow(settled):
    pauses = [pause(settled(1500, 1510, half_width=width)) for width in (200.0, 90.0, 50.0, 10.0)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 2.0
    assert pauses[-1] == IDLE_PAUSE


def test_nothing_is_queued_before_the_pause_is_over(settled):
    settled(1500, 1510, half_width=10.0)
    (duel,) = schedule_duels()
    Duel.objects.filter(pk=duel.pk).update(state="done")
    assert schedule_duels() == []


def test_nobody_plays_alone(enter):
    enter("tic_tac_toe", "random")
    assert schedule_duels() == []


def test_an_older_version_plays_no_more_once_it_is_known(settled, enter):
    settled(1500, 1510)
    old = enter("tic_tac_toe", "random", name="climber", kind="learner")
    Standing.objects.filter(version=old).update(matches=FIRST_MATCHES)
    new = enter("tic_tac_toe", "minimax:depth=1", name="climber", kind="learner")
    Standing.objects.filter(version=new).update(matches=FIRST_MATCHES)
    for seed in range(20):
        pairing = choose(Ladder.objects.get(), seed)
        assert old not in [row.version for row in pairing.standings]


def test_without_a_sandbox_no_submission_plays(settled, alice, monkeypatch):
    rows = settled(1500, 1510)
    agent = Agent.objects.of_person(alice, "tic_tac_toe", "Mine")
    version = agent.add_version(artefact="a.py", state=Version.State.ON_LADDER)
    rows[0].ladder.enter(version)
    monkeypatch.setattr(scheduler, "missing_sandbox", lambda: "Install bubblewrap.")
    pairing = choose(rows[0].ladder, 1)
    assert version not in [row.version for row in pairing.standings]


def test_a_newcomer_is_through_its_first_matches_after_a_few_duels(settled, enter):
    settled(1500, 1510, 1520)
    newcomer = enter("tic_tac_toe", "random", name="newcomer")
    needed = -(-FIRST_MATCHES // MATCHES_A_DUEL)
    for _ in range(needed):
        (duel,) = schedule_duels()
        assert newcomer in (duel.first, duel.second)
        Standing.objects.filter(version=newcomer).update(
            matches=Standing.objects.get(version=newcomer).matches + MATCHES_A_DUEL
        )
        Duel.objects.filter(pk=duel.pk).update(state="done")
    assert Standing.objects.get(version=newcomer).matches >= FIRST_MATCHES
