"""What runs publish comes onto the ladders by itself."""

from __future__ import annotations

import pytest

from sparring.learning.runs.promotions import Promoted, send_word
from sparring.site.ladders.models import Standing
from sparring.site.runs.entering import enter_promoted

pytestmark = pytest.mark.django_db


def word(model: str, agent: str = "ada", game: str = "tic_tac_toe") -> Promoted:
    return Promoted(agent, game, {}, model, {"probe/share": 0.75})


def test_versions_enter_in_the_order_in_which_they_were_published(data_folder, client):
    for number in (1, 2):
        send_word(word(f"tic_tac_toe/ada@{number}"))
    assert enter_promoted() == 2
    versions = [row.version for row in Standing.objects.order_by("version__number")]
    assert [(v.spec, v.note, v.metrics) for v in versions] == [
        (f"model:tic_tac_toe/ada@{n}", "run ada", {"probe/share": 0.75}) for n in (1, 2)
    ]
    assert enter_promoted() == 0
    assert "75.0%" in client.get("/runs/").content.decode()


def test_what_can_not_enter_is_logged_and_does_not_stand_in_the_way(data_folder, caplog):
    send_word(word("chess960/ada@1", game="chess960"))
    send_word(word("tic_tac_toe/ada@1"))
    assert enter_promoted() == 1
    assert "chess960/ada@1 can't enter a ladder" in caplog.text
    assert list((data_folder / "promotions").iterdir()) == []


def test_a_worker_enters_them(data_folder):
    import threading

    from sparring.site.work.worker import Publisher, work_once

    send_word(word("tic_tac_toe/ada@1"))
    assert work_once("me", threading.Event(), Publisher())
    assert Standing.objects.count() == 1
