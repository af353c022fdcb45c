"""The clock of a ladder: what its duels are played under, and what an organiser may set."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError

from sparring.site.ladders import clock
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel, Match
from sparring.site.work import worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def ladder(enter) -> Ladder:
    enter("tic_tac_toe", "random")
    return Ladder.objects.get(game="tic_tac_toe")


def test_a_ladder_of_simulations_holds_searchers_to_them(ladder, enter, play):
    searcher = enter("tic_tac_toe", "mcts:simulations=50000", name="searcher")
    ladder.budget, ladder.simulations = "simulations", 20
    ladder.save()
    duel = play(searcher, enter("tic_tac_toe", "random"), matches=2)
    record = Match.objects.filter(duel=duel).first().decoded()
    assert record.agents == ("mcts:simulations=50000", "random")
    assert record.cpu_seconds.max() < 0.5


def test_the_page_of_a_ladder_says_its_clock(client, ladder):
    assert (
        "Clock: 2 s a move on the wall, 10 s for the first, 30 s in the bank."
        in client.get(ladder.get_absolute_url()).content.decode()
    )
    Ladder.objects.filter(pk=ladder.pk).update(budget="cpu", move_seconds=0.5, first_move_seconds=4)
    page = client.get(ladder.get_absolute_url()).content.decode()
    assert "Clock: 0.5 s a move of processor time, 4 s for the first, 30 s in the bank." in page


def test_an_organiser_can_set_no_budget_that_this_host_cannot_count(ladder, monkeypatch):
    monkeypatch.setattr("sparring.sandbox.budgets.why_uncountable", lambda: "Instructions can't be counted here.")
    ladder.budget = "instructions"
    with pytest.raises(ValidationError, match="can't be counted here"):
        ladder.clean()
    ladder.budget = "cpu"
    ladder.clean()


def test_an_organiser_sets_the_clock_on_the_page_of_the_admin(admin_client, ladder):
    page = f"/desk/ladders/ladder/{ladder.pk}/change/"
    shown = admin_client.get(page).context["adminform"].form
    form = {name: shown[name].value() for name in shown.fields if shown[name].value() is not None}
    form |= {"budget": "cpu", "move_seconds": "0.5", "first_move_seconds": "3", "bank_seconds": "10"}
    assert admin_client.post(page, form).status_code == 302
    ladder.refresh_from_db()
    assert (ladder.budget, ladder.limits.move_seconds, ladder.limits.first_move) == ("cpu", 0.5, 3.0)


def test_a_duel_that_this_host_cannot_count_waits_for_one_that_can(ladder, queue, enter, monkeypatch):
    monkeypatch.setattr(clock, "why_uncountable", lambda: "Instructions can't be counted here.")
    Ladder.objects.filter(pk=ladder.pk).update(budget="instructions")
    somebody = enter("tic_tac_toe", "random", name="somebody")
    type(somebody).objects.filter(pk=somebody.pk).update(artefact="x.py")
    duel = queue(somebody, enter("tic_tac_toe", "random"))
    monkeypatch.setattr("sparring.site.work.duels.missing_sandbox", lambda: None)
    worker._play(Duel.objects.lease("w", pk=duel.pk), threading.Event())
    duel.refresh_from_db()
    assert (duel.state, duel.failure) == ("waiting", "Instructions can't be counted here.")
