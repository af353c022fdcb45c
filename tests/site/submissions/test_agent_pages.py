"""The page of an agent: how it stands, whom it met, what it played."""

from __future__ import annotations

import pytest

from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.ladders.publishing import refit
from sparring.site.submissions.report import opponents

pytestmark = pytest.mark.django_db


def test_the_page_shows_rating_curve_opponents_and_matches(client, enter, play):
    weak, strong = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4")
    pages = []
    for _ in range(2):
        play(weak, strong, matches=6)
        refit(Ladder.objects.get())
        pages.append(client.get(strong.agent.get_absolute_url()).content.decode())
    assert "Opponents" in pages[0]
    assert ['class="curve ' in page for page in pages] == [False, True], "one point is no curve"
    assert [page.count('class="pairing"') for page in pages] == [6, 12]
    online = Standing.objects.get(version=strong)
    assert online.mu > 25
    assert f"Online</dt><dd>{online.mu:.1f} <small" in pages[1]
    assert f" {online.sigma:.1f}</small>" in pages[1]


def test_opponents_are_counted_from_the_own_side(enter):
    a, b = enter("tic_tac_toe", "random", name="a"), enter("tic_tac_toe", "random", name="b")
    PairResult.objects.create(ladder=Ladder.objects.get(), first=a, second=b, wins=5, draws=2, losses=1)
    (row,) = opponents(b)
    assert (row.version, row.wins, row.draws, row.losses, row.percent) == (a, 1, 2, 5, "25%")


def test_the_page_of_an_agent_is_that_of_its_latest_version(client, enter):
    enter("tic_tac_toe", "minimax:depth=1", name="climber", kind="learner")
    second = enter("tic_tac_toe", "minimax:depth=2", name="climber", kind="learner")
    page = client.get(second.agent.get_absolute_url()).content.decode()
    assert "<h1>climber v2</h1>" in page
    assert "climber v1" in client.get(f"{second.agent.get_absolute_url()}1/").content.decode()


def test_an_unknown_agent_is_not_found(client):
    assert client.get("/agents/4711/").status_code == 404


def test_the_runs_page_lists_checkpoints_with_their_probes(client, enter):
    enter("tic_tac_toe", "minimax:depth=1", name="climber", kind="learner", metrics={"probe": 0.75, "steps": 1200000})
    page = client.get("/runs/").content.decode()
    assert "climber" in page
    assert "75.0%" in page
    assert "1\u202f200\u202f000" in page
