"""Work that goes wrong again and again: tried with growing pauses, then parked with its reason, while others go on."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db.models import F

from sparring.errors import HostTrouble
from sparring.site.ladders.models import Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.submissions.models import Build, Version
from sparring.site.work import duels, lease_clock, worker
from sparring.site.work.keep_alive import guarded
from sparring.site.work.models import MOST_LOSSES, LateAnswer, back_off, lease_time
from sparring.site.work.scheduler import schedule_duels

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(enter):
    return enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")


@pytest.fixture
def clock(monkeypatch):
    """A clock for leases that goes when it is told to."""
    passed = [timedelta(0)]
    true_moment = lease_clock.moment
    monkeypatch.setattr(lease_clock, "moment", lambda later=timedelta(0): true_moment(later + passed[0]))

    def pass_by(time):
        passed[0] += time

    return pass_by


def lose_workers(model, clock, **conditions):
    """Let one worker after the other take an item and vanish, until nobody gets it; the rest between each."""
    rests = []
    while (item := model.objects.lease("lost", **conditions)) is not None:
        clock(lease_time() + timedelta(seconds=1))
        taken = model.objects.lease("looks", **conditions)
        rested = timedelta(0)
        while taken is None and model.objects.get(pk=item.pk).state == "waiting":
            clock(lease_time())
            rested += lease_time()
            taken = model.objects.lease("looks", **conditions)
        if taken is not None:
            rests.append(rested)
            taken.put_back(taken.attempt, timedelta(0), "")
    return rests


def fail_always(monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(duels, "play_duel", fails)


def play_next():
    """Do what a worker does with a duel."""
    duel = Duel.objects.lease("w")
    guarded(duel, lambda: duels.play_leased_duel(duel, threading.Event()))


def test_what_kills_its_workers_rests_longer_and_longer_and_is_parked_with_its_reason(pair, queue, clock):
    victim = queue(*pair)
    rests = lose_workers(Duel, clock)
    assert rests == [lease_time() * rest for rest in (0, 1, 3, 7)]
    victim.refresh_from_db()
    assert victim.state == "parked"
    assert f"{MOST_LOSSES} workers were lost" in victim.failure


def test_what_always_raises_is_tried_after_pauses_that_double_and_then_parked_with_what_it_raised(
    pair, queue, clock, monkeypatch
):
    fail_always(monkeypatch)
    victim = queue(*pair)
    for time in range(1, MOST_LOSSES + 1):
        play_next()
        victim.refresh_from_db()
        assert victim.losses == time
        if time < MOST_LOSSES:
            assert victim.state == "waiting"
            clock(back_off(time) - timedelta(seconds=5))
            assert Duel.objects.lease("w") is None
            clock(timedelta(seconds=6))
    assert victim.state == "parked"
    assert "ZeroDivisionError: a bug" in victim.failure


def test_others_are_played_while_one_is_poisoned(pair, queue, clock, monkeypatch):
    poisoned, sound = queue(*pair), queue(*pair)
    play = duels._play

    def fails_for_one(duel, lease):
        if duel.pk == poisoned.pk:
            raise ZeroDivisionError("a bug")
        return play(duel, lease)

    monkeypatch.setattr(duels, "_play", fails_for_one)
    monkeypatch.setattr(worker, "schedule_duels", list)
    for _ in range(2):
        worker.work_once("w", threading.Event(), worker.Publisher())
    states = dict(Duel.objects.values_list("pk", "state"))
    assert (states[poisoned.pk], states[sound.pk]) == ("waiting", "done")


def test_trouble_of_the_machine_fails_no_duel_and_withdraws_nobody(pair, queue, monkeypatch):
    def no_sandbox(*_, **__):
        raise HostTrouble("The sandbox did not start.")

    monkeypatch.setattr("sparring.site.work.players.sandbox.load_player", no_sandbox)
    queue(*pair)
    play_next()
    duel = Duel.objects.get()
    assert (duel.state, duel.losses, duel.failure) == ("waiting", 1, "The sandbox did not start.")
    assert set(Version.objects.values_list("state", flat=True)) == {"on ladder"}


def test_a_late_answer_of_what_was_set_aside_is_refused(pair, queue, clock):
    queue(*pair)
    late = Duel.objects.lease("late")
    clock(lease_time() + timedelta(seconds=1))
    lose_workers(Duel, clock)
    with pytest.raises(LateAnswer):
        late.finish(late.attempt)
    with pytest.raises(LateAnswer):
        late.go_wrong(late.attempt, "")
    assert not late.heartbeat()


def test_what_is_parked_is_played_after_all_when_the_organiser_says_so(pair, queue, clock):
    victim = queue(*pair)
    lose_workers(Duel, clock)
    assert not Match.objects.exists()
    assert victim.try_again()
    assert not victim.try_again(), "it is not parked any more"
    duels.play_leased_duel(Duel.objects.lease("w"), threading.Event())
    victim.refresh_from_db()
    assert (victim.state, victim.losses, victim.failure) == ("done", 0, "")
    assert Match.objects.count() == victim.matches


def test_a_build_that_is_parked_fails_its_submission_and_a_second_chance_takes_it_up_where_it_was(alice, clock):
    version = Version.objects.submit(alice, "tic_tac_toe", "Killer", "a.py", b"class Agent: pass")
    lose_workers(Build, clock)
    version.refresh_from_db()
    assert (version.state, version.failed_step) == ("failed", "built")
    assert Build.objects.get().try_again()
    version.refresh_from_db()
    assert (version.state, version.failed_step, version.sentence) == ("uploaded", "", "")
    assert Build.objects.lease("w").version == version


def test_the_ladder_goes_on_without_the_pair_and_without_who_fails_with_everybody(enter, monkeypatch):
    poison = enter("tic_tac_toe", "random", name="poison")
    sound = [enter("tic_tac_toe", "minimax:depth=1", name=name) for name in ("left", "middle", "right")]
    monkeypatch.setattr("sparring.site.work.scheduler.IDLE_PAUSE", 0.0)
    paired = []
    for _ in range(40):
        for duel in schedule_duels():
            players = {duel.first, duel.second}
            paired.append(players)
            if poison in players:
                Duel.objects.filter(pk=duel.pk).update(losses=1)
            else:
                Duel.objects.filter(pk=duel.pk).update(state="done")
                Standing.objects.filter(version__in=players).update(matches=F("matches") + duel.matches)
    with_poison = [players for players in paired if poison in players]
    assert len(with_poison) == 2
    assert with_poison[0] != with_poison[1]
    assert len(paired) > 20
    assert set().union(*paired[-10:]) == set(sound)
