"""Checks of the rules file as it is written."""

from __future__ import annotations

import ast
from pathlib import Path

from sparring.engine.conformance.finding import require
from sparring.engine.conformance.trial import Trial
from sparring.engine.rules_checks import file_of, refuse, source_of


def the_match_is_ended_somewhere(trial: Trial) -> str:
    """Some function sets ``state.over``; all else that a rules file must have was asked when it was loaded."""
    rules = trial.game.rules
    file = Path(file_of(rules))
    if not file.is_file() or trial.game.batched:
        return "complete"
    beside = [path for path in file.parent.glob("*.py") if path.name not in ("drawing.py", "evaluation.py")]
    if not any(_sets_over(path) for path in {file, *beside}):
        refuse(rules, "play", "Nothing sets state.over.", "When the match ends `play` must set state.over = True.")
    require(rules.__doc__, "The rules file doesn't begin with a sentence that says what the game is.")
    return f"{len(file.read_text(encoding='utf-8').splitlines())} lines, version {trial.game.version}"


def _sets_over(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "over" and isinstance(node.ctx, ast.Store)
        for node in ast.walk(source_of(str(path)))
    )
