"""How the arena's own versions come onto a ladder."""

from __future__ import annotations

import pytest

from sparring.engine import game_names
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.site.ladders.entry import enter_version, seed_house_agents
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.submissions.models import Agent, Version

pytestmark = pytest.mark.django_db


def test_a_checkpoint_enters_as_the_next_version_and_takes_the_place_of_the_last():
    first = enter_version("Climber", "tic_tac_toe", "model:tic_tac_toe/house@1", metrics={"probe": 0.6})
    second = enter_version("Climber", "tic_tac_toe", "model:tic_tac_toe/house@2")
    assert [first.number, second.number] == [1, 2]
    assert first.metrics == {"probe": 0.6}
    assert list(Standing.objects.filter(current=True).values_list("version", flat=True)) == [second.pk]


def test_entering_the_same_checkpoint_twice_changes_nothing():
    first = enter_version("Climber", "tic_tac_toe", "model:tic_tac_toe/house@1")
    assert enter_version("Climber", "tic_tac_toe", "model:tic_tac_toe/house@1") == first
    assert Version.objects.count() == 1


def test_an_unknown_game_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match="Did you mean 'connect_four'"):
        enter_version("Climber", "conect_four", "random")


def test_submissions_cannot_be_entered_past_their_checks():
    with pytest.raises(BadOption, match="house or learner"):
        enter_version("Climber", "tic_tac_toe", "random", kind="user")


def test_the_name_of_a_persons_agent_is_theirs(alice):
    Agent.objects.of_person(alice, "tic_tac_toe", "Climber")
    with pytest.raises(SparringError, match="belongs to an agent of alice"):
        enter_version("Climber", "tic_tac_toe", "random")
    assert not Standing.objects.exists()


def test_another_set_of_options_is_another_ladder():
    enter_version("random", "quarto", "random", kind="house")
    enter_version("random-classic", "quarto", "random", kind="house", options={"variant": "classic"})
    assert sorted(Ladder.objects.values_list("slug", flat=True)) == ["quarto", "quarto-variant-classic"]


def test_every_game_is_seeded_once_with_house_agents():
    seed_house_agents()
    count = Version.objects.count()
    assert set(Ladder.objects.values_list("game", flat=True)) == set(game_names())
    assert Version.objects.filter(agent__name="random").count() == len(game_names())
    seed_house_agents()
    seed_house_agents(force=True)
    assert Version.objects.count() == count


def test_a_ladder_carries_the_title_of_its_game():
    seed_house_agents()
    assert str(Ladder.objects.get(slug="connect_four")) == "Connect Four"


def test_a_ladder_made_at_the_desk_gets_its_address_its_seats_and_house_agents(admin_client, monkeypatch):
    add = "/desk/ladders/ladder/add/"
    form = admin_client.get(add).context["adminform"].form
    filled = {field.name: field.value() for field in form if field.value() not in (None, False)}
    wanted = filled | {"game": "liars_dice", "options": '{"seats": 3}'}
    assert admin_client.post(add, wanted).status_code == 302
    ladder = Ladder.objects.get()
    assert (ladder.slug, ladder.seats, ladder.options) == ("liars_dice-seats-3", 3, {"seats": 3})
    assert str(ladder) == "Liar's dice (seats 3)"
    assert ladder.standings.filter(version__agent__name="random").exists()
    assert "already: liars_dice-seats-3" in admin_client.post(add, wanted).content.decode()
    refused = admin_client.post(add, wanted | {"options": '{"seats": 99}'}).content.decode()
    assert "seats" in refused
    assert Ladder.objects.count() == 1
    page = admin_client.get(f"/desk/ladders/ladder/{ladder.pk}/change/").content.decode()
    assert 'name="options"' not in page
    Ladder.objects.update(seeded_with="an older release")
    ladder.standings.all().delete()
    monkeypatch.setattr("sparring.site.ladders.entry.game_names", list)
    seed_house_agents()
    assert Ladder.objects.get(pk=ladder.pk).standings.exists()
