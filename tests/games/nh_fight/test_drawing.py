"""The picture of the NH fight: what it shows, and that what a seat does not know is not in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.engine import Batch, load_game
from sparring.games.nh_fight.drawing import action_name, draw, seen_by, text
from sparring.games.nh_fight.formulas import RANGED
from sparring.games.nh_fight.upkeep import FROZEN
from tests.games.nh_fight.ring import choice, fight, hit_now, play


def marked(svg, name):
    return [node for node in ElementTree.fromstring(svg).iter() if name in node.get("class", "").split()]


def words(svg):
    return [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), ticks=st.integers(0, 80), size=st.sampled_from([64, 800]))
def test_pictures_are_sound_for_watchers_and_for_either_seat(seed, ticks, size):
    batch = Batch(load_game("nh_fight", {"random_builds": True, "random_gear": True}), 2, seed)
    for _ in range(ticks):
        batch.step(batch.random_actions())
    view = batch.game.view(batch.states[0])
    for shown in (view, seen_by(view, 0), seen_by(view, 1)):
        svg = draw(shown, size=size)
        root = ElementTree.fromstring(svg)
        assert (root.get("role"), root.get("width")) == ("img", str(size))
        assert root[0].text.startswith("NH fight")
        assert not re.search(r"style=|url\(|<script|<image|nan|None", svg)
        assert "None" not in text(shown)


def test_hits_ice_and_the_winner_are_marked():
    game, states = fight(distance=3, fight="arena")
    hit_now(states, 1, 0, 12)
    states.timers[0, 0, FROZEN] = 7
    play(game, states)
    svg = game.draw(states[0])
    assert len(marked(svg, "hit-mark")) == 2
    assert {"0", "12"} <= set(words(svg))
    assert len(marked(svg, "ice")) == 1
    assert not marked(svg, "win")
    hit_now(states, 1, 99)
    play(game, states)
    assert len(marked(game.draw(states[0]), "win")) == 1


def test_bars_are_as_long_as_what_is_left():
    game, states = fight()
    states.hitpoints[0] = [33, 99]
    bars = marked(game.draw(states[0]), "bar-hitpoints")
    first, second = (float(bar.get("width")) for bar in bars)
    assert first == pytest.approx(second / 3, abs=0.1)


@pytest.mark.parametrize("seat", [0, 1])
def test_a_seat_is_not_shown_what_it_does_not_know(seat):
    game, states = fight()
    other = 1 - seat
    hidden = states.copy()
    hidden.hitpoints[0, other] = 51
    hidden.prayer[0, other] = 7
    hidden.supplies[0, other] = 1
    hidden.timers[0, other, 1:5] = 2
    hidden.weapons[0, other, :, 1] = -1
    hidden.levels[0, other] = 5
    hidden.bases[0, other, :6] = 50
    hidden.hits[0, seat] = 1
    hidden.flying[0, seat, 0, 0] = 30
    assert seen_by(game.view(states[0]), seat) == seen_by(game.view(hidden[0]), seat)
    assert draw(game.view(states[0])) != draw(game.view(hidden[0]))
    assert words(draw(seen_by(game.view(states[0]), seat))).count("prayer ?") == 1


def test_actions_are_named_by_what_they_do():
    assert action_name(choice(melee=2, karambwan=1), {}) == "melee special, karambwan, protect from magic"
    assert action_name(choice(mage=1, potion=2, pray=RANGED), {}) == "ice, restore, protect from ranged"
    assert action_name(choice(mage=3, avenge=1, pray=4), {}) == "magic special, vengeance, smite"
    assert action_name(choice(move=2, eat=1, gear=1, pray=5), {}) == "food, tank gear, step under, redemption"
    assert action_name(np.array(choice(move=3, far=6, pray=0)), {}) == "farcast 7 tiles"
    assert action_name([0] * 12, {}) == "nothing"
