"""Who stands on each ladder from the start."""

from __future__ import annotations

import re

import pytest

from sparring.agents import house_agents
from sparring.engine import game_names, load_game


@pytest.mark.parametrize("name", game_names())
def test_the_page_of_a_game_introduces_its_house_agents(name):
    game = load_game(name, compiled=False)
    section = game.readme.partition("## House agents")[2]
    for _, spec in house_agents(game):
        kind, _, number = spec.partition("=")
        assert kind in section, spec
        assert re.search(rf"\b{number}`", section), spec


@pytest.mark.parametrize("game", ["pong", "nh_fight"])
def test_no_house_agent_plays_through_more_than_is_bearable(game):
    names = [name for name, _ in house_agents(load_game(game, compiled=False))]
    assert [name for name in names if name.startswith("mcts")] == ["mcts-50"]
