"""The page for players of a game from outside: what can be known of it without knowing the game."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparring.games.outside.simulation import Shape, SimulatedRules


def page(rules: SimulatedRules, about: str) -> str:
    """Markdown: ``about`` in the words of the environment's author, then options, observation and actions."""
    options = [f"| `{name}` | {default} | {sentence} |" for name, (default, _, sentence) in rules.OPTIONS.items()]
    shape = rules.shape
    return "\n".join(
        [
            f"# {rules.TITLE}",
            "",
            about,
            "",
            "## Rules",
            "",
            f"An environment from outside, played as it comes, by {_seats(shape)}. Its rewards add up to the score.",
            "",
            "| option | default | |",
            "| --- | --- | --- |",
            *options,
            "",
            "## Observation",
            "",
            f"`{shape.dtype} {list(shape.observation)}`; what isn't a box of numbers is flattened to one row.",
            "",
            "## Actions",
            "",
            _actions(shape),
            "",
        ]
    )


def _seats(shape: Shape) -> str:
    if shape.seats == 1:
        return "one player; a duel compares two runs from the same seed"
    return f"{shape.seats} players, {'all at once' if shape.simultaneous else 'one after the other'}"


def _actions(shape: Shape) -> str:
    if isinstance(shape.actions, dict):
        bounds = zip(shape.actions["low"], shape.actions["high"], strict=True)
        return "A point in a box: " + ", ".join(f"{low:g}..{high:g}" for low, high in bounds) + "."
    if isinstance(shape.actions, tuple):
        return f"One choice for each of {len(shape.actions)} heads, of {', '.join(map(str, shape.actions))}."
    return f"One of {shape.actions}, counted from 0."
