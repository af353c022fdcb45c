"""What a worker does with its items, and how it stops."""

from __future__ import annotations

import threading

import pytest

from sparring.matches import verify
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.submissions.models import Version
from sparring.site.work import duels, worker
from sparring.site.work.duels import play_leased_duel

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(enter):
    return enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4")


def test_every_match_of_a_duel_is_recorded_and_replays(two, play):
    duel = play(*two, matches=6)
    matches = list(Match.objects.filter(duel=duel).order_by("index"))
    assert [match.index for match in matches] == list(range(6))
    for match in matches:
        verify(match.decoded())


def test_seats_are_swapped_within_each_pair(two, play):
    duel = play(*two, matches=4)
    matches = Match.objects.filter(duel=duel).order_by("index")
    assert [match.by_first_seat_id for match in matches] == [two[0].pk, two[1].pk] * 2


def test_a_duel_counts_in_the_standings_of_both(two, play):
    duel = play(*two, matches=6)
    weak, strong = (Standing.objects.get(version=version) for version in two)
    assert (weak.matches, strong.matches) == (6, 6)
    assert (weak.wins, weak.draws, weak.losses) == (duel.wins_first, duel.draws, duel.wins_second)
    assert (strong.wins, strong.draws, strong.losses) == (duel.wins_second, duel.draws, duel.wins_first)
    assert strong.mu > weak.mu


def test_the_results_of_a_pair_add_up_over_duels(two, play):
    play(*two, matches=4)
    play(two[1], two[0], matches=4)
    pair = PairResult.objects.get()
    strong = Standing.objects.get(version=two[1])
    assert (pair.first_id, pair.matches, sum(pair.pairs)) == (two[0].pk, 8, 4)
    assert (pair.wins, pair.draws, pair.losses) == (strong.losses, strong.draws, strong.wins)


def test_a_worker_plays_and_publishes(two, queue):
    queue(*two)
    publisher = worker.Publisher()
    assert worker.work_once("w", threading.Event(), publisher)
    ladder = Ladder.objects.get()
    assert ladder.fitted_matches == ladder.matches > 0
    assert Standing.objects.filter(low__isnull=False).count() == 2


def test_a_worker_that_is_stopped_puts_its_duel_back(two, queue):
    queue(*two)
    leased, stop = Duel.objects.lease("w"), threading.Event()
    stop.set()
    play_leased_duel(leased, stop)
    leased.refresh_from_db()
    assert (leased.state, leased.losses) == ("waiting", 0)
    assert not Match.objects.exists()


def test_a_duel_with_a_player_that_cannot_be_loaded_fails_with_a_sentence(two, enter, queue):
    queue(two[0], enter("tic_tac_toe", "model:tic_tac_toe/nobody@3", name="ghost"))
    play_leased_duel(Duel.objects.lease("w"), threading.Event())
    duel = Duel.objects.get()
    assert duel.state == "failed"
    assert "nobody" in duel.failure


def test_a_version_that_cannot_be_loaded_plays_no_more(two, enter, queue):
    ghost = enter("tic_tac_toe", "model:tic_tac_toe/nobody@3", name="ghost")
    queue(two[0], ghost)
    play_leased_duel(Duel.objects.lease("w"), threading.Event())
    assert Version.objects.get(pk=ghost.pk).state == "failed"
    assert not Standing.objects.get(version=ghost).current


def test_a_bug_costs_the_item_and_not_the_worker(two, queue, monkeypatch):
    queue(*two)

    def fails(*_, **__):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(duels, "play_duel", fails)
    worker.work_once("w", threading.Event(), worker.Publisher())
    assert "a bug" in Duel.objects.order_by("pk")[0].failure
    monkeypatch.undo()
    later = queue(*two)
    worker.work_once("w", threading.Event(), worker.Publisher())
    assert Duel.objects.filter(state="done").exists() or Duel.objects.get(pk=later.pk).state == "done"


def test_a_chore_that_goes_wrong_keeps_the_worker_from_nothing_else(two, queue, monkeypatch, caplog):
    duel = queue(*two)

    def fails(*_):
        raise ZeroDivisionError("a bug")

    for chore in ("enter_promoted", "schedule_duels", "hold_tournaments", "hold_seasons", "analyse"):
        monkeypatch.setattr(worker, chore, fails)
    monkeypatch.setattr(worker.publishing, "refit", fails)
    assert worker.work_once("w", threading.Event(), worker.Publisher())
    duel.refresh_from_db()
    assert duel.state == "done"
    assert caplog.text.count("ZeroDivisionError: a bug") == 5
    Ladder.objects.update(fitted_matches=400)
    analyst = worker.Analyst()
    with pytest.raises(ZeroDivisionError):
        analyst.analyse()
    assert not analyst.analyse(), "a ladder whose analysis has failed would have been tried again"


@pytest.mark.django_db(transaction=True)
def test_a_worker_works_until_it_is_told_to_stop(two, queue):
    duel, stop = queue(*two), threading.Event()
    thread = threading.Thread(target=worker.run_worker, args=(stop, "w"))
    thread.start()
    try:
        pause = threading.Event()
        for _ in range(600):
            if Duel.objects.get(pk=duel.pk).state == "done":
                break
            pause.wait(0.05)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert Duel.objects.get(pk=duel.pk).state == "done"
    assert not Duel.objects.filter(state="running").exists()
