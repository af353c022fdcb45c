"""Games in other people's packages: found by their entry points, listed, played; a broken one breaks nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sparring.agents import load
from sparring.cli.app import app
from sparring.engine import game_names, load_game
from sparring.engine.conformance import check_game
from sparring.engine.new_game import new_game
from sparring.errors import SparringError
from sparring.matches import play_duel, verify


@pytest.fixture
def project(tmp_path) -> Iterator[Path]:
    """A stranger's project with the game ``pebbles``; afterwards nothing of it stays imported."""
    imported = set(sys.modules)
    yield new_game("pebbles", tmp_path)
    for name in set(sys.modules) - imported:
        if name.partition(".")[0] in ("pebbles", "broken", "piles"):
            del sys.modules[name]


@pytest.fixture
def install(project, monkeypatch):
    """Install the project: what pip writes down of its entry points, by group."""

    def installed(**groups: dict[str, str]) -> None:
        folder = project / "strange-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
        blocks = [
            f"[sparring.{group}]\n" + "".join(f"{name} = {where}\n" for name, where in points.items())
            for group, points in groups.items()
        ]
        (folder / "entry_points.txt").write_text("\n".join(blocks))
        monkeypatch.syspath_prepend(project)

    return installed


def package(project: Path, name: str, rules: str) -> None:
    (project / name).mkdir()
    (project / name / "__init__.py").touch()
    (project / name / "rules.py").write_text(rules)


def listing() -> str:
    answer = CliRunner().invoke(app, ["games"], terminal_width=200)
    assert answer.exit_code == 0, answer.exception
    return answer.output


def test_a_strangers_game_is_found_listed_and_played(install):
    install(games={"pebbles": "pebbles"})
    assert "pebbles" in game_names()
    assert "pebbles" in listing()
    game = load_game("pebbles")
    assert not [finding for finding in check_game(game, plies=60) if not finding.passed]
    duel = play_duel(game, [load("random", game), load("random", game)], ["a", "b"], matches=6, seed=1)
    assert duel.tally().matches == 6
    for record in duel.records:
        verify(record)


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("def start(state:\n", r"'\(' was never closed"),
        ("import a_module_that_nobody_has\n", "No module named 'a_module_that_nobody_has'"),
        ("1 / 0\n", "ZeroDivisionError"),
        ('TITLE = "Half a game"\n', "VERSION"),
    ],
)
def test_a_broken_game_gets_a_sentence_and_leaves_the_others_alone(install, project, rules, sentence):
    package(project, "broken", rules)
    install(games={"broken": "broken", "pebbles": "pebbles", "gone": "a_package_that_was_removed"})
    with pytest.raises(SparringError, match=sentence):
        load_game("broken")
    output = listing()
    assert "\nbroken: " in output
    assert "gone: The game gone of the package a_package_that_was_removed can't be opened" in output
    assert all(f" {name} " in output for name in ("pebbles", "connect_four", "tic_tac_toe"))


def test_a_stranger_can_not_take_the_name_of_a_game_of_the_house(install):
    install(games={"connect_four": "pebbles"})
    assert load_game("connect_four").title == "Connect Four"


def test_a_strangers_family_makes_games_of_its_members(install, project):
    (project / "piles.py").write_text(
        "from pebbles import rules, drawing\n"
        "class Rules:\n"
        "    def __init__(self, name):\n"
        "        self.__dict__.update(vars(rules), TITLE=name.title(), drawing=drawing, README='# A pile')\n"
        "rules_for = Rules\n"
    )
    install(game_families={"piles": "piles:rules_for", "lost": "nowhere:rules_for"})
    game = load_game("piles:high", compiled=False)
    assert (game.name, game.title, game.readme) == ("piles:high", "High", "# A pile")
    assert "<svg" in game.draw(game.new_states([1])[0])
    with pytest.raises(SparringError, match=r"The family of games lost can't be opened: .*No module named 'nowhere'"):
        load_game("lost:any")
