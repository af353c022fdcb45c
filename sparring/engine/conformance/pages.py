"""Checks of what people see: pictures, names of actions, and the page for players."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import numpy as np

from sparring.engine.conformance.finding import Fails, require
from sparring.engine.conformance.trial import Trial, one, seats_to_move
from sparring.engine.game import Game

SVG = "{http://www.w3.org/2000/svg}"
FORBIDDEN = {f"{SVG}{tag}" for tag in ("style", "script", "foreignObject", "use", "a")}
SIZES = (64, 480, 800)
LONGEST_NAME = 80


def drawings_are_sound(trial: Trial) -> str:
    """Well-formed SVG of the size asked for, with a title, without style or script; a hit area is a legal action."""
    game, drawn = trial.game, 0
    for line in trial.lines[:5]:
        for ply in np.unique(np.linspace(0, len(line.actions), 4).astype(int)).tolist():
            state = line.states[ply]
            last = _as_told(line.actions[ply - 1]) if ply else None
            for size in SIZES:
                _require_sound(game, state, game.draw(state, size=size, last_action=last), size)
                drawn += 1
            require(game.draw(state) == game.draw(state), "The same position drawn twice gives two pictures.")
            json.dumps(game.view(state), allow_nan=False)
    return f"{drawn} pictures of {SIZES[0]} to {SIZES[-1]} pixels"


def _as_told(action: Any) -> Any:
    return action.tolist() if isinstance(action, np.ndarray) else int(action)


def _require_sound(game: Game, state: Any, svg: str, size: int) -> None:
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise Fails(f"The drawing is no well-formed XML: {error}.") from error
    require(root.tag == f"{SVG}svg", 'The drawing is no <svg xmlns="http://www.w3.org/2000/svg">: see games/svg.py.')
    require(root.get("width") == str(size), f'The drawing asked for at {size} pixels says width="{root.get("width")}".')
    require(root.get("viewBox"), "The drawing has no viewBox, so it can't be shown at another size.")
    title = root.find(f"{SVG}title")
    require(title is not None and (title.text or "").strip(), "The drawing has no <title> for who can't see it.")
    for node in root.iter():
        tag = str(node.tag).removeprefix(SVG)
        require(node.tag not in FORBIDDEN, f"The drawing holds <{tag}>, which strict pages don't show.")
        if tag == "image":
            embedded = (node.get("href") or "").startswith("data:image/png;base64,")
            require(embedded, "The drawing holds an <image> from elsewhere: strict pages show embedded PNG only.")
        for key, value in node.attrib.items():
            fine = key != "style" and not key.startswith("on") and not re.search(r"url\(|javascript:", value)
            require(fine, f'<{tag} {key}="{value[:40]}"> is not shown by strict pages: use presentation attributes.')
    _require_legal_hits(game, state, root)


def _require_legal_hits(game: Game, state: Any, root: ElementTree.Element) -> None:
    if game.action_kind != "discrete":
        return
    hits = {int(value) for node in root.iter() if (value := node.get("data-action"))}
    allowed: set[int] = set()
    for seat in seats_to_move(game, state):
        allowed |= set(np.flatnonzero(game.legal(one(state), [seat])[0]).tolist())
    wrong = sorted(hits - allowed)
    require(not wrong, f"The drawing lets one click on {wrong[:5]}, which is not legal in that position.")


def actions_have_names(trial: Trial) -> str:
    """Every legal action has a short name, and those of one position have different ones."""
    game, named = trial.game, set()
    for state in trial.positions:
        for seat in seats_to_move(game, state):
            names = [
                _action_name(game, action, state) for action in _some_legal(trial, game.legal(one(state), [seat])[0])
            ]
            if game.action_kind == "discrete":
                twice = {name for name in names if names.count(name) > 1}
                require(not twice, f"Several legal actions of one position are called {sorted(twice)[:3]}.")
            named |= set(names)
    return f"{len(named)} names, such as {sorted(named)[0]!r}"


def _some_legal(trial: Trial, mask: Any) -> list[Any]:
    if trial.game.action_kind == "discrete":
        return list(np.flatnonzero(mask).tolist())
    return list(trial.game.random_actions(np.repeat(mask[None], 3, axis=0), trial.random))


def _action_name(game: Game, action: Any, state: Any) -> str:
    name = game.action_name(action, state)
    fine = isinstance(name, str) and len(name.strip()) > 0 and len(name) <= LONGEST_NAME and "\n" not in name
    require(fine, f"action_name({action}) gives {name!r:.60}: it must be a text of 1 to {LONGEST_NAME} characters.")
    return name


def there_is_a_readme(trial: Trial) -> str:
    """A page for players: rules, observation, actions, and each option by its name."""
    if not trial.game.package:
        return "the page is that of the family"
    page = files(trial.game.package) / "README.md"
    require(page.is_file(), "There is no README.md beside rules.py: the rules in a minute, observation, actions.")
    text = page.read_text(encoding="utf-8")
    for heading in ("## Rules", "## Observation", "## Actions"):
        require(heading in text, f"README.md has no section {heading!r}.")
    for option in trial.game.options:
        require(f"`{option}`" in text, f"README.md doesn't tell what the option `{option}` does.")
    return f"{len(text.splitlines())} lines"
