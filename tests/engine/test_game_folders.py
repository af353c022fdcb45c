"""Games in folders of their own: found where they are, or a sentence says why not; new ones harm nothing."""

from __future__ import annotations

import pytest

from sparring.engine import load_game
from sparring.engine.new_game import new_game
from sparring.errors import SparringError


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for folder in ("empty", "taken", "two/json", "two/other", "my-game", "bare_folder"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("two/json", "two/other", "my-game", "bare_folder"):
        (tmp_path / folder / "rules.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("./nowhere", "sparring games new my_game"),
        ("./empty", "There is no rules.py"),
        ("two/", "several games"),
        ("./two/json", "another package called 'json'"),
        ("./my-game", "letters, digits and _"),
        ("./bare_folder", "__init__.py"),
    ],
)
def test_a_folder_without_a_game_is_told_what_it_lacks(folders, folder, said):
    with pytest.raises(SparringError, match=said):
        load_game(folder)


@pytest.mark.parametrize(
    ("name", "folder", "said"),
    [
        ("My Game", None, "e.g. my_game"),
        ("4", None, "a letter first"),
        ("class", None, "can't be the name"),
        ("../escape", None, "e.g. escape"),
        ("quarto", None, "a game called quarto already"),
        ("numpy", None, "a Python package called numpy already"),
        ("taken", None, "is there already"),
        ("fine_name", "nowhere", "There is no folder nowhere"),
    ],
)
def test_a_new_game_that_can_not_be_writes_nothing(folders, name, folder, said):
    before = sorted(folders.rglob("*"))
    with pytest.raises(SparringError, match=said):
        new_game(name, None if folder is None else folders.relative_to(folders) / folder)
    assert sorted(folders.rglob("*")) == before


def test_a_game_in_a_folder_is_found_by_its_project_and_by_its_package(folders):
    project = new_game("found_twice", folders)
    assert load_game(str(project)).name == load_game(f"{project}/found_twice").name == "found_twice"
    assert load_game("./found_twice", {"stones": 5}).options == {"stones": 5}
