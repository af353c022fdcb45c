"""What the pages say about a game. All of it comes from the game itself: rules, README, drawing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from sparring.engine import Game, game_names, load_game
from sparring.errors import SparringError

log = logging.getLogger(__name__)

PICTURE_SEED = 3
PICTURE_SHARE = 0.45
MOST_PLIES = 200


@dataclass(frozen=True)
class Entry:
    """One game of the catalogue."""

    name: str
    title: str
    tags: tuple[str, ...]
    summary: str


def catalogue() -> list[Entry]:
    """Every game that is installed and can be opened, by title."""
    entries = []
    for name in game_names():
        try:
            entries.append(entry(name))
        except SparringError as error:
            log.warning("%s is not shown: %s", name, error)
    return sorted(entries, key=lambda found: found.title)


@lru_cache(maxsize=256)
def entry(name: str) -> Entry:
    game = plain_game(name)
    tags = (
        f"{game.seats} players",
        "simultaneous" if game.simultaneous else "in turns",
        "perfect information" if game.perfect_information else "hidden information",
        "continuous actions" if game.action_kind == "box" else f"{game.num_actions} actions",
    )
    return Entry(game.name, game.title, tags, summary(readme(game)))


@lru_cache(maxsize=256)
def plain_game(name: str) -> Game:
    """The game, interpreted: pages need no compiled rules. Raises UnknownName."""
    return load_game(name, compiled=False)


def readme(game: Game) -> str:
    """The game's page for players without its title; empty when there is none."""
    head, _, rest = game.readme.partition("\n")
    return rest.strip() if head.startswith("# ") else game.readme.strip()


def summary(text: str) -> str:
    """The first paragraph, as plain text."""
    inline = next((token for token in MarkdownIt("commonmark").parse(text) if token.type == "inline"), None)
    words = [" " if part.type == "softbreak" else part.content for part in (inline and inline.children) or []]
    return " ".join("".join(words).split())


def rendered(text: str) -> SafeString:
    """Markdown as HTML. Raw HTML in it stays text."""
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return mark_safe(html)


@lru_cache(maxsize=64)
def picture(name: str, size: int = 360) -> str:
    """A position from the middle of a match, the same every time, as SVG."""
    game = plain_game(name)
    chance = np.random.default_rng(PICTURE_SEED)
    states = [game.new_states([PICTURE_SEED])]
    actions: list[Any] = [None]
    while not states[-1][0]["over"] and len(states) < MOST_PLIES:
        state = states[-1].copy()
        action = game.random_actions(game.masks(state), chance)
        game.play(state, action)
        states.append(state)
        actions.append(None if game.simultaneous else action[0].tolist())
    middle = round(PICTURE_SHARE * (len(states) - 1))
    return game.draw(states[middle][0], size=size, last_action=actions[middle])
