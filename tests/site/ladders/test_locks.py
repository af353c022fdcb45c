"""Who writes to a ladder takes its row first and its standings then, so that no two wait for each other."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sparring.site.ladders.models import Ladder, Standing
from sparring.site.ladders.publishing import refit

pytestmark = pytest.mark.django_db
WRITES = re.compile(r'UPDATE "(ladders_ladder|ladders_standing)"|FROM "(ladders_standing)".* FOR UPDATE')


@pytest.fixture
def pair(enter):
    return enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1")


def locked_by(act) -> list[str]:
    """The tables whose existing rows ``act`` locks, in order."""
    with CaptureQueriesContext(connection) as queries:
        act()
    found = [WRITES.search(query["sql"]) for query in queries.captured_queries]
    return [match[1] or match[2] for match in found if match]


@pytest.mark.parametrize("act", ["record", "refit", "enter", "withdraw"])
def test_the_ladder_is_locked_before_its_standings(pair, enter, play, act):
    ladder = Ladder.objects.get()
    if act == "refit":
        play(*pair)
    acts = {
        "record": lambda: play(*pair),
        "refit": lambda: refit(ladder),
        "enter": lambda: enter("tic_tac_toe", "minimax:depth=2", name="random"),
        "withdraw": lambda: Standing.objects.withdraw(pair[0], "It is gone."),
    }
    tables = locked_by(acts[act])
    assert "ladders_standing" in tables
    assert tables[0] == "ladders_ladder"
