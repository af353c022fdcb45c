"""Ladder pages, and how they keep themselves fresh."""

from __future__ import annotations

import pytest

from sparring.site.ladders.models import PAGE, Ladder, Standing
from sparring.site.ladders.publishing import refit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ladder(enter, play):
    weak, strong = enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4")
    play(weak, strong, matches=10)
    found = Ladder.objects.get()
    refit(found)
    return Ladder.objects.get()


def test_a_ladder_shows_rank_name_rating_interval_and_counts(client, ladder):
    page = client.get("/ladders/tic_tac_toe/").content.decode()
    row = Standing.objects.order_by("-rating").first()
    assert page.index("minimax:depth-4") < page.index(">random<")
    assert f"{row.rating:.0f} <small>\u00b1{row.half_width:.0f}</small>" in page
    assert f'aria-label="{row.low:.0f} to {row.high:.0f}"' in page
    assert f'<td class="num wide">{row.wins}</td>' in page


def test_a_page_that_is_up_to_date_gets_an_empty_answer(client, ladder):
    address = f"/ladders/tic_tac_toe/table/?seen={ladder.revision}"
    assert client.get(address).status_code == 204
    ladder.touch()
    fresh = client.get(address)
    assert fresh.status_code == 200
    assert f"seen={ladder.revision + 1}" in fresh.content.decode()


def test_asking_whether_anything_changed_costs_one_query(client, ladder, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(f"/ladders/tic_tac_toe/table/?seen={ladder.revision}")


def test_a_page_that_somebody_has_seen_is_not_computed_again(client, ladder, django_assert_max_num_queries):
    client.get("/ladders/tic_tac_toe/")
    with django_assert_max_num_queries(1):
        client.get("/ladders/tic_tac_toe/")


def test_a_long_ladder_has_pages(client, enter, django_assert_max_num_queries):
    for number in range(PAGE + 5):
        enter("tic_tac_toe", "random", name=f"agent-{number}")
    with django_assert_max_num_queries(10):
        first = client.get("/ladders/tic_tac_toe/").content.decode()
    second = client.get("/ladders/tic_tac_toe/?page=2").content.decode()
    assert first.count('class="agent"') == PAGE
    assert second.count('class="agent"') == 5
    assert "page 2 of 2" in second


def test_older_versions_are_shown_on_request(client, enter):
    enter("tic_tac_toe", "random", name="climber", kind="learner")
    enter("tic_tac_toe", "minimax:depth=1", name="climber", kind="learner")
    assert "climber v1" not in client.get("/ladders/tic_tac_toe/").content.decode()
    assert "climber v1" in client.get("/ladders/tic_tac_toe/?versions=all").content.decode()


def test_an_unknown_ladder_is_a_sentence(client, ladder):
    answer = client.get("/ladders/tic_tac_to/")
    assert answer.status_code == 404
    assert "There is no ladder &#x27;tic_tac_to&#x27;. Ladders: tic_tac_toe." in answer.content.decode()


def test_the_learners_climb_is_drawn_with_its_intervals(client, enter, play):
    opponent = enter("tic_tac_toe", "minimax:depth=1")
    for depth in (1, 2, 4):
        play(enter("tic_tac_toe", f"minimax:depth={depth}", name="climber", kind="learner"), opponent)
    refit(Ladder.objects.get())
    page = client.get("/ladders/tic_tac_toe/").content.decode()
    assert page.count("<title>climber v") == 2 * 3
    assert 'class="curve-band"' in page


def test_the_first_screen_shows_the_ladders_and_what_was_just_played(client, ladder):
    page = client.get("/").content.decode()
    assert "10 matches" in page
    assert 'hx-get="/live/?seen=' in page
    assert "/board.svg" in page


def test_the_first_screen_asks_only_for_news(client, ladder):
    assert client.get(f"/live/?seen={Ladder.objects.revision()}").status_code == 204
    assert client.get("/live/?seen=0").status_code == 200


def test_an_empty_arena_has_a_first_screen(client):
    assert client.get("/").status_code == 200
