"""What stands beside a ladder: computed by workers when it is due, shown by pages that compute nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from sparring.site.analysis.computing import analyse
from sparring.site.analysis.models import Analysis
from sparring.site.analysis.pictures import disc_picture
from sparring.site.ladders.models import Ladder, PairResult, Standing
from sparring.site.submissions.models import Agent, Version
from sparring.site.work.worker import Analyst

pytestmark = pytest.mark.django_db


@pytest.fixture
def ladder(enter, alice):
    """Six agents of alice's and the house; ``results(lead)`` stores pairs of matches with that chance for the first."""
    versions = [enter("tic_tac_toe", "random", name=f"house-{number}") for number in range(3)]
    found = Ladder.objects.for_game("tic_tac_toe")
    for number in range(3):
        agent = Agent.objects.of_person(alice, "tic_tac_toe", f"Hers {number}")
        versions.append(agent.add_version(spec="random", state=Version.State.ON_LADDER))
        found.enter(versions[-1])

    def results(lead) -> Ladder:
        chance = np.random.default_rng(1)
        for i, first in enumerate(versions):
            for j, second in enumerate(versions[i + 1 :], start=i + 1):
                points = chance.binomial(2, lead(i, j), size=40)
                pairs = np.bincount(2 * points, minlength=5).tolist()
                low, high = sorted([first.pk, second.pk])
                assert (low, high) == (first.pk, second.pk)
                counts = {"wins": int(points.sum()), "losses": 80 - int(points.sum()), "pairs": pairs}
                PairResult.objects.create(
                    ladder=found, first=first, second=second, courses=["0a", "1b", "1c"], **counts
                )
        Standing.objects.update(matches=400)
        Ladder.objects.update(matches=1200, fitted_matches=1200)
        return Ladder.objects.get()

    return results


def by_line(i, j):
    return 1 / (1 + np.exp(-(j - i) / 3))


def in_a_circle(i, j):
    return 0.9 if (j - i) % 3 == 1 else 0.1 if (j - i) % 3 == 2 else 0.5


def test_where_there_is_a_line_the_best_has_it_all_and_no_disc_is_drawn(ladder, client):
    found = analyse(ladder(by_line))
    best = max(found.agents, key=lambda row: row["rating"])
    assert best["nash"] > 0.9
    assert best["alpha"] > 0.9
    assert found.gain < 2 * found.error < 0.01
    page = client.get("/ladders/tic_tac_toe/beside/").content.decode()
    assert "None worth showing" in page
    assert 'class="disc"' not in page


def test_where_they_beat_each_other_in_a_circle_it_is_drawn(ladder, client):
    found = analyse(ladder(in_a_circle))
    assert found.gain > 0.1
    assert max(row["nash"] for row in found.agents) < 0.5
    page = client.get("/ladders/tic_tac_toe/beside/").content.decode()
    assert page.count('class="disc-dot"') == 6
    document = client.get("/api/ladders/tic_tac_toe/analysis").json()
    assert document["gain"] == found.gain
    rows = {row["version"]["name"]: row for row in document["agents"]}
    one, other = rows["house-0"], rows["house-1"]
    assert one["x"] * other["y"] - one["y"] * other["x"] > 0.5


def test_authors_stand_by_their_best_version(ladder, client):
    analyse(ladder(by_line))
    page = client.get("/ladders/tic_tac_toe/authors/").content.decode()
    assert re.search(r"house</td><td><a [^>]*>house-0", page)
    rows = client.get("/api/ladders/tic_tac_toe/authors").json()
    assert [(row["author"], row["versions"]) for row in rows] == [("house", 3), ("alice", 3)]
    assert rows[1]["version"]["name"] == "Hers 0"
    assert rows[0]["low"] < rows[0]["rating"] < rows[0]["high"]


def test_pages_need_few_queries_however_many_rows(ladder, client, django_assert_max_num_queries):
    analyse(ladder(by_line))
    for page in ("beside", "authors"):
        with django_assert_max_num_queries(5):
            assert client.get(f"/ladders/tic_tac_toe/{page}/").status_code == 200


def test_workers_analyse_when_it_is_due_and_not_before(ladder):
    ladder(by_line)
    assert Analyst().analyse()
    assert not Analyst().analyse()
    Ladder.objects.update(fitted_matches=1400)
    assert not Analyst().analyse()
    Analysis.objects.update(computed=timezone.now() - timedelta(minutes=2))
    assert Analyst().analyse()
    Ladder.objects.update(fitted_matches=1401)
    Analysis.objects.update(computed=timezone.now() - timedelta(minutes=2))
    assert not Analyst().analyse()


def test_a_ladder_that_grows_fast_keeps_no_other_from_its_turn():
    busy, quiet, alone = (
        Ladder.objects.create(slug=slug, game="tic_tac_toe", fitted_matches=400, seats=seats)
        for slug, seats in (("a-busy-one", 2), ("quiet", 2), ("alone", 1))
    )
    Analysis.objects.create(ladder=busy, matches=100, computed=timezone.now() - timedelta(minutes=2))
    assert Analysis.objects.due() == [quiet, busy]
    Analysis.objects.create(ladder=quiet, matches=100, computed=timezone.now() - timedelta(minutes=3))
    assert Analysis.objects.due() == [quiet, busy]
    assert alone not in Analysis.objects.due()


def test_before_there_are_matches_pages_say_so(enter, client):
    enter("tic_tac_toe", "random")
    for page in ("beside", "authors"):
        assert "computed from 40 matches on" in client.get(f"/ladders/tic_tac_toe/{page}/").content.decode()
    assert client.get("/api/ladders/tic_tac_toe/analysis").status_code == 404
    assert client.get("/api/ladders/tic_tac_toe/authors").json() == []
    assert Analysis.objects.due() == []


def test_each_beats_those_ahead_of_it_the_way_the_arrow_goes():
    picture = disc_picture([("rock", 1.0, 0.0), ("scissors", -0.5, 0.866), ("paper", -0.5, -0.866)])
    dots = re.findall(r'class="disc-dot" cx="([\d.]+)" cy="([\d.]+)" r="5"><title>(\w+)', picture)
    placed = {name: (float(x), float(y)) for x, y, name in dots}
    assert placed["rock"][0] > 300
    assert placed["scissors"][1] < 100 < 300 < placed["paper"][1]
    assert "<script" not in disc_picture([("<script>", 1.0, 0.0)])
    assert disc_picture([("alone", 0.0, 0.0)]) == ""
