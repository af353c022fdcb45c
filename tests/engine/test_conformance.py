"""A game that breaks what is asked of games is found out, by the check that asks for it."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sparring.engine.skeleton
from sparring.engine import Game, load_game
from sparring.engine.conformance import check_game, check_named
from sparring.engine.new_game import new_game
from sparring.engine.skeleton import rules as sound

PACKAGE = sparring.engine.skeleton.__name__
HIDDEN = {"PERFECT_INFORMATION": False}


def variant(**changes) -> Game:
    """The skeleton's game with some of its rules replaced, interpreted."""
    rules = ModuleType(sound.__name__)
    rules.__dict__.update({**vars(sound), **changes})
    return Game("variant", PACKAGE, {}, compiled=False, rules=rules)


def failed(game: Game, plies: int = 60) -> dict[str, str]:
    return {finding.name: finding.detail for finding in check_game(game, plies) if not finding.passed}


def nothing_is_legal(state, seat, mask):
    if state.stones > 2:
        sound.legal(state, seat, mask)


def never_ends(state, action):
    state.seat = 1 - state.seat


def gives_the_move_to_a_third(state, action):
    sound.play(state, action)
    state.seat = 2 if state.ply == 1 and not state.over else state.seat % 2


def counts_plies_itself(state, action):
    sound.play(state, action)
    state.ply += 1


def pays_nobody(state, rewards):
    pass


def pays_nan(state, rewards):
    rewards[0] = np.nan if state.over else 0


def pays_much(state, rewards):
    sound.reward(state, rewards)
    rewards *= 5


def looks_and_changes(state, seat, observation):
    sound.observe(state, seat, observation)
    state.stones -= 1


def looks_different_each_time(state, seat, observation):
    observation[0] = TIMES.pop() % 100


def remembers_in_a_global(state, action):
    sound.play(state, action)
    TIMES.append(1)
    state.winner = -2 - len(TIMES) % 50 if not state.over else state.winner


def draws_from_the_wall(state):
    sound.start(state)
    state.stones -= TIMES.pop() % 7


def redeals_what_is_seen(state, seat):
    state.stones = 1 + state.random[0] % 5


def redeals_nothing(state, seat):
    pass


def lists_one_too_few(state, actions):
    actions[: min(2, state.stones - 1)] = [0, 1][: min(2, state.stones - 1)]
    return min(2, state.stones - 1)


def is_the_same_backwards(observation, actions, options):
    return [(observation[::-1], actions[::-1])]


def is_the_same_in_a_circle(observation, actions, options):
    return [(observation, np.roll(actions, 1))]


def forgets_an_action(observation, actions, options):
    return [(observation, actions[[0, 0, 1]])]


TIMES: list[int] = []
BROKEN = {
    "nothing legal": ({"legal": nothing_is_legal}, "random play", "`legal` allows nothing and the match is not over"),
    "no end": ({"play": never_ends}, "the end", "after 32000 plies"),
    "wrong seat": ({"play": gives_the_move_to_a_third}, "records", "must be one of 0..1"),
    "own plies": ({"play": counts_plies_itself}, "records", "the engine counts it"),
    "bad list": ({"list_legal": lists_one_too_few}, "listed actions", "lists others than `legal` allows"),
    "no reward": ({"reward": pays_nobody}, "rewards", "Nobody is ever paid"),
    "NaN": ({"reward": pays_nan}, "rewards", "NaN or infinite"),
    "cheap fault": ({"reward": pays_much}, "forfeit", '"forfeit": 5 or more'),
    "observe writes": ({"observe": looks_and_changes}, "looking", "`observe` changes the record"),
    "observe varies": ({"observe": looks_different_each_time}, "looking", "differently when asked twice"),
    "global": ({"play": remembers_in_a_global}, "copies", "nothing in globals"),
    "foreign chance": ({"start": draws_from_the_wall}, "same seed, same match", "`start` gives another record: stones"),
    "no symmetry": ({"symmetries": is_the_same_backwards}, "symmetries", "sees something else at ply 0"),
    "no group": ({"symmetries": is_the_same_in_a_circle}, "symmetries", "is a way that `symmetries` doesn't declare"),
    "no permutation": (
        {"symmetries": forgets_an_action},
        "symmetries",
        "actions of symmetry 1 must hold each number",
    ),
    "redeal seen": ({**HIDDEN, "redeal": redeals_what_is_seen}, "hidden information", "shows too much"),
    "redeal nothing": ({**HIDDEN, "redeal": redeals_nothing}, "hidden information", "never changed anything"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_out(name):
    TIMES[:] = list(range(100_000))
    changes, check, said = BROKEN[name]
    assert said in failed(variant(**changes)).get(check, "")


def test_the_game_that_the_others_are_made_of_is_sound():
    assert failed(variant()) == {}


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="64"'
DRAWN = {
    "<svg": "no well-formed XML",
    "<p/>": "no <svg",
    f"{SVG}/>": "no viewBox",
    f'{SVG} viewBox="0 0 1 1"/>': "no <title>",
    f'{SVG} viewBox="0 0 1 1"><title>t</title><style/></svg>': "<style>",
    f'{SVG} viewBox="0 0 1 1"><title>t</title><g onload="x"/></svg>': "onload",
    f'{SVG} viewBox="0 0 1 1"><title>t</title><g data-action="9"/></svg>': "[9]",
}


@pytest.mark.parametrize("svg", DRAWN)
def test_an_unsound_drawing_is_found_out(svg):
    game = variant()
    game.drawing = ModuleType("drawing")
    game.drawing.draw = lambda view, size, last_action: svg
    game.drawing.action_name = lambda action, options: "the same"
    findings = failed(game)
    assert DRAWN[svg] in findings["drawing"]
    assert "Several legal actions" in findings["action names"]


@pytest.fixture
def project(tmp_path, request):
    """A new game of its own in a folder; its name is that of the test, so that no two tests import the same package."""
    return new_game(re.sub("[^a-z]+", "_", request.node.name.lower())[:40], tmp_path)


def edit(project: Path, old: str, new: str, file: str = "rules.py") -> None:
    path = project / project.name / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_new_game_in_a_folder_is_sound(project):
    title, findings = check_named(str(project), {"stones": "9"}, plies=60)
    assert title == load_game(str(project)).title
    assert [finding for finding in findings if not finding.passed] == []


def test_rules_that_the_compiler_runs_differently_are_found_out(project):
    edit(project, "observation[state.stones] = 1", "observation[0] = (state.stones + 120) // 2")
    findings = {finding.name: finding for finding in check_named(str(project), plies=60)[1]}
    assert not findings["interpreted and compiled"].passed


def test_a_page_that_leaves_out_an_option_is_found_out(project):
    edit(project, "`stones`", "stones", file="README.md")
    findings = {finding.name: finding for finding in check_named(str(project), plies=60)[1]}
    assert "`stones`" in findings["README"].detail
    assert not findings["README"].passed
