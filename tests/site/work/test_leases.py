"""Work items: each is done by one worker at a time, and by another one when that is lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from sparring.site.matches.models import Duel, Match
from sparring.site.work import lease_clock
from sparring.site.work.models import LateAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture
def duels(enter, queue):
    """Three waiting duels."""
    first, second = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")
    return [queue(first, second) for _ in range(3)]


def expire(item):
    """Let the lease of an item run out."""
    over = lease_clock.moment(timedelta(seconds=-1))
    type(item).objects.filter(pk=item.pk).update(lease_expires=over, not_before=over)


def test_the_oldest_waiting_item_is_leased_first(duels):
    assert [Duel.objects.lease("w").pk for _ in duels] == [duel.pk for duel in duels]


def test_what_is_leased_is_not_leased_again(duels):
    assert all(Duel.objects.lease("w") for _ in duels)
    assert Duel.objects.lease("another") is None


def test_a_lease_says_whose_it_is_and_which_attempt(duels):
    leased = Duel.objects.lease("host:17")
    assert (leased.state, leased.lease_owner, leased.attempt) == ("running", "host:17", 1)


def test_an_expired_lease_is_taken_over_as_a_new_attempt(duels):
    lost = Duel.objects.lease("lost")
    expire(lost)
    taken = Duel.objects.lease("next")
    assert (taken.pk, taken.attempt, taken.lease_owner) == (lost.pk, 2, "next")


def test_a_heartbeat_keeps_the_lease(duels):
    leased = Duel.objects.lease("w")
    expire(leased)
    assert leased.heartbeat()
    assert Duel.objects.lease("another").pk != leased.pk


def test_the_heartbeat_of_a_lost_lease_says_so(duels):
    lost = Duel.objects.lease("lost")
    expire(lost)
    Duel.objects.lease("next")
    assert not lost.heartbeat()


def test_a_late_answer_of_an_old_attempt_is_refused_and_leaves_nothing(duels):
    late = Duel.objects.lease("late")
    expire(late)
    current = Duel.objects.lease("current")

    @transaction.atomic
    def answer():
        late.faults_first = 7
        late.save(update_fields=["faults_first"])
        late.finish(late.attempt)

    with pytest.raises(LateAnswer):
        answer()
    current.refresh_from_db()
    assert (current.state, current.faults_first) == ("running", 0)


def test_an_item_is_finished_once(duels):
    leased = Duel.objects.lease("w")
    leased.finish(leased.attempt)
    with pytest.raises(LateAnswer):
        leased.finish(leased.attempt)
    assert leased.state == "done"


def test_what_is_put_back_is_tried_again_and_counts_as_no_loss(duels):
    leased = Duel.objects.lease("w")
    leased.put_back(leased.attempt, timedelta(0), "stopped")
    again = Duel.objects.lease("w")
    assert (again.pk, again.losses) == (leased.pk, 0)


def test_what_is_put_back_with_a_pause_waits(duels):
    leased = Duel.objects.lease("w")
    leased.put_back(leased.attempt, timedelta(minutes=5), "no sandbox")
    assert Duel.objects.lease("w").pk != leased.pk


@pytest.mark.django_db(transaction=True)
def test_workers_that_ask_at_once_never_get_the_same_item(enter, queue):
    first, second = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")
    for _ in range(24):
        queue(first, second)
    got: list[int] = []
    together = threading.Barrier(6)

    def lease_until_none(name):
        try:
            together.wait()
            while (item := Duel.objects.lease(name)) is not None:
                got.append(item.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=lease_until_none, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(Duel.objects.values_list("pk", flat=True))


def test_the_results_of_a_duel_and_its_end_are_stored_together(duels, monkeypatch):
    from sparring.site.matches import recording
    from sparring.site.work.duels import play_leased_duel

    def fails(*_):
        raise RuntimeError("the power goes")

    leased = Duel.objects.lease("w")
    monkeypatch.setattr(recording, "_update_pair", fails)
    with pytest.raises(RuntimeError):
        play_leased_duel(leased, threading.Event())
    leased.refresh_from_db()
    assert leased.state == "running"
    assert not Match.objects.exists()
