"""Every duel that the arena queues is of whole pairs, and is played as such."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError

from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.challenges import MATCHES, challenge
from sparring.site.matches.models import Duel, Match
from sparring.site.tournaments.models import Tournament
from sparring.site.tournaments.running import hold_tournaments
from sparring.site.work.checks import VALIDATION_MATCHES
from sparring.site.work.duels import play_leased_duel
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db


@pytest.fixture
def ladder(enter) -> Ladder:
    for depth in (1, 2, 3):
        enter("tic_tac_toe", f"minimax:depth={depth}")
    return Ladder.objects.get(game="tic_tac_toe")


def by_the_ladder(_ladder, _person):
    schedule_duels()


def by_a_tournament(ladder, _person):
    Standing.objects.update(matches=10)
    Tournament.objects.create(slug="cup", title="Cup", ladder=ladder, matches=2).begin()
    hold_tournaments()


def by_a_challenge(ladder, person):
    versions = [standing.version for standing in ladder.standings.all()[:2]]
    challenge(person, ladder, (versions[0], versions[1]), MATCHES[0])


@pytest.mark.parametrize("queued", [by_the_ladder, by_a_tournament, by_a_challenge])
def test_a_duel_is_played_in_pairs(ladder, alice, queued):
    queued(ladder, alice)
    duels = list(Duel.objects.all())
    assert duels
    leased = Duel.objects.lease("test")
    play_leased_duel(leased, threading.Event())
    records = [match.decoded() for match in Match.objects.filter(duel=leased).order_by("index")]
    assert len(records) == leased.matches
    for first, second in zip(records[::2], records[1::2], strict=True):
        assert first.seed == second.seed
        assert first.players == tuple(reversed(second.players))
    assert all(duel.matches % 2 == 0 for duel in duels)


def test_validation_and_challenges_are_of_whole_pairs():
    assert [matches % 2 for matches in (*MATCHES, VALIDATION_MATCHES)] == [0] * (len(MATCHES) + 1)


def test_a_tournament_of_half_pairs_is_refused(ladder):
    with pytest.raises(ValidationError, match="in pairs"):
        Tournament(slug="odd", title="Odd", ladder=ladder, matches=5).clean()
