"""What is wrong with a rules file is told in its author's terms: the file, the line, and what to write instead."""

from __future__ import annotations

import inspect
import itertools
from pathlib import Path

import pytest

from sparring.engine import load_game
from sparring.engine.conformance import check_named
from sparring.engine.new_game import new_game
from sparring.engine.skeleton import rules as skeleton
from sparring.errors import RulesError

TAKE = "    state.stones -= action + 1\n"
LEGAL = inspect.getsource(skeleton.legal)
LAYOUT = "def layout(stones):"
STATE = '"state": [("stones", np.int8), ("winner", np.int8)],'
OPTION = '    "stones": (21, range(1, 101), "Stones in the heap at the start."),\n'

# What is replaced, by what (the line to be named ends with `# HERE`; line 1 where there is none), and what is said.
AT_THE_TOP = {
    "no legal": (LEGAL, "", "def legal(state, seat, mask): Set mask[a] = True"),
    "wrong signature": (
        "def legal(state, seat, mask):",
        "def legal(state, mask):  # HERE",
        "def legal(state, seat, mask):",
    ),
    "layout without its option": (LAYOUT, "def layout():  # HERE", "names of the options"),
    "option without sentence": (
        "OPTIONS = {\n" + OPTION,
        'OPTIONS = {  # HERE\n    "stones": (21, range(1, 101)),\n',
        "(default, allowed, sentence)",
    ),
    "default not allowed": (
        "OPTIONS = {\n" + OPTION,
        'OPTIONS = {  # HERE\n    "stones": (21, range(1, 9), "Stones."),\n',
        "Allow it",
    ),
    "no seats": ("SEATS = 2\n", "", "SEATS = 2, the number of players"),
    "seats no number": ("SEATS = 2\n", 'SEATS = "two"  # HERE\n', "not of type int"),
    "no Python": ("SEATS = 2\n", "SEATS = = 2  # HERE\n", "no Python"),
    "breaks on import": (
        "MOST = 3  # stones that one may take at a time\n",
        "MOST = THREE  # HERE\n",
        "name 'THREE' is not defined",
    ),
}
# These are told at `def layout`.
LAID_OUT = {
    "layout is no dict": ("    return {\n", "    return 3\n    return {\n", "not a dict"),
    "no observation": ('        "observation": (stones + 1,),\n', "", "the shape of what a seat sees"),
    "misspelt key": ('"dtype": np.int8,\n', '"dtype": np.int8,\n        "forfiet": 2.0,\n', "Did you mean `forfeit`?"),
    "empty observation": ('"observation": (stones + 1,)', '"observation": (0,)', "shape of the observation is (0,)"),
    "no actions": ('"actions": MOST,', '"actions": 0,', '"actions": 9'),
    "text in the record": (
        STATE,
        '"state": [("stones", np.int8), ("winner", "U8")],',
        "a word is the number of its place",
    ),
    "array of bool": (
        STATE,
        '"state": [("stones", np.int8), ("seen", np.bool_, (3,)), ("winner", np.int8)],',
        '("seen", np.int8, (3,))',
    ),
    "field of the engine": (
        STATE,
        '"state": [("stones", np.int8), ("seat", np.int8)],',
        "The engine adds the field `seat` itself",
    ),
    "field twice": (STATE, '"state": [("stones", np.int8), ("stones", np.int8)],', "two fields called `stones`"),
}
WHILE_RUNNING = {
    "unknown field": (TAKE, "    state.stone -= action + 1  # HERE\n", "Did you mean `stones`?"),
    "outside the array": (
        "observation[state.stones] = 1",
        "observation[state.stones + 1] = 1  # HERE",
        "keep the index inside the array",
    ),
    "unknown name": (TAKE, "    state.stones -= move + 1  # HERE\n", "imported at its top"),
    "too large for its field": ("    state.winner = -1\n", "    state.winner = 300  # HERE\n", "np.int16 or np.int32"),
    "text into a number": ("    state.winner = -1\n", '    state.winner = "nobody"  # HERE\n', "numbers and arrays"),
    "never over": ("def play(state, action):", "def play(state, action):  # HERE", "state.over = True"),
}
NOT_COMPILED = {
    "list of lists": (
        TAKE,
        "    rows = [[1], [2, 2], []]  # HERE\n    state.stones -= action + len(rows[0])\n",
        "np.zeros array",
    ),
    "global dict": (TAKE, "    state.stones -= TABLE[action]  # HERE\n", "indexed by number"),
    "class": (TAKE, "    state.stones -= Taking().take(action)  # HERE\n", "functions that take the record"),
    "NumPy's chance": (
        TAKE,
        "    state.stones -= action + int(np.random.default_rng(1).integers(1, 2))  # HERE\n",
        "draw(state.random, n)",
    ),
    "import inside": (
        TAKE,
        "    import math  # HERE\n\n    state.stones -= action + math.floor(1.5)\n",
        "at the top of the file",
    ),
    "exceptions": (
        TAKE,
        "    try:\n        state.stones -= action + 1\n    except ValueError:  # HERE\n        pass\n",
        "Test with if before",
    ),
    "calls itself": (TAKE, "    state.stones -= steps(action)\n", "as a loop"),
    "generator": (TAKE, "    state.stones -= sum(ones(action))  # HERE\n", "Write the loop out"),
    "NumPy too far": (
        TAKE,
        "    state.stones -= action + np.unique(np.ones((2, 2)), axis=0).shape[0]  # HERE\n",
        "Write the loop out",
    ),
    "two types": (
        TAKE,
        "    last = 1\n    if action > 5:\n        last = np.zeros(3)\n    state.stones -= action + last  # HERE\n",
        "`last` is once an integer and once an array. A variable has one type",
    ),
}
MORE = """
TABLE = {0: 1, 1: 2, 2: 3}


class Taking:
    def take(self, action):
        return action + 1


def steps(action):
    if action == 0:
        return 1
    return 1 + steps(action - 1)  RECURSION


def ones(action):
    for _ in range(action + 1):
        yield 1
"""
numbers = itertools.count()


def bad_rules(folder: Path, old: str, new: str, more: str = "", mark: str = "") -> tuple[Path, int]:
    """A new game whose rules were spoilt, and the line that is marked in them or ends with ``mark``."""
    project = new_game(f"bad_rules_{next(numbers)}", folder)
    path = project / project.name / "rules.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1) + more)
    marked = [number for number, line in enumerate(path.read_text().splitlines(), 1) if line.endswith(mark or "# HERE")]
    return project, marked[0] if marked else 1


def assert_told(said: str, project: Path, line: int, hint: str) -> None:
    assert said.startswith(f"{project / project.name / 'rules.py'}:{line}: "), said
    assert hint in said
    assert "\n" not in said
    assert len(said) < len(str(project)) * 2 + 400


@pytest.mark.parametrize("name", AT_THE_TOP)
def test_what_is_missing_or_malformed_is_told_when_the_game_is_loaded(name, tmp_path):
    old, new, hint = AT_THE_TOP[name]
    project, line = bad_rules(tmp_path, old, new)
    with pytest.raises(RulesError) as told:
        load_game(str(project))
    assert_told(str(told.value), project, line, hint)


@pytest.mark.parametrize("name", LAID_OUT)
def test_what_layout_returns_is_told_at_its_line(name, tmp_path):
    old, new, hint = LAID_OUT[name]
    project, line = bad_rules(tmp_path, old, new, mark=LAYOUT)
    with pytest.raises(RulesError) as told:
        load_game(str(project))
    assert_told(str(told.value), project, line, hint)


@pytest.mark.parametrize("name", WHILE_RUNNING)
def test_what_breaks_while_it_runs_is_told_by_the_check(name, tmp_path):
    old, new, hint = WHILE_RUNNING[name]
    project, line = bad_rules(tmp_path, old, new)
    if name == "never over":
        path = project / project.name / "rules.py"
        path.write_text(path.read_text().replace("state.over = True", "pass"))
    findings = check_named(str(project), plies=60)[1]
    assert not findings[-1].passed
    assert_told(findings[-1].detail, project, line, hint)


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_what_can_not_be_compiled_is_told_by_the_first_match(name, tmp_path):
    old, new, hint = NOT_COMPILED[name]
    more = MORE.replace("RECURSION", "# HERE" if name == "calls itself" else "")
    project, line = bad_rules(tmp_path, old, new, more)
    with pytest.raises(RulesError) as told:
        load_game(str(project)).warm_up()
    assert_told(str(told.value), project, line, hint)


def test_a_plain_mistake_is_told_even_where_only_the_compiler_met_it(tmp_path):
    project, line = bad_rules(tmp_path, *WHILE_RUNNING["unknown field"][:2])
    with pytest.raises(RulesError, match="Did you mean `stones`") as told:
        load_game(str(project)).warm_up()
    assert told.value.line == line
