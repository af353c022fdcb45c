"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from sparring.errors import BadOption

GameArgument = Annotated[
    str, typer.Argument(metavar="GAME", help="A game, e.g. connect_four. `sparring games` lists them.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="An option of the game, e.g. --set variant=classic. May be repeated."
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed plays the same matches.")]


def key_values(items: list[str] | None) -> dict[str, str]:
    """``["a=1"]`` -> ``{"a": "1"}``. Raises BadOption for an item without ``=``."""
    pairs = {}
    for item in items or []:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise BadOption(f"'{item}' is no KEY=VALUE pair; write e.g. --set rows=5.")
        pairs[key.strip()] = value.strip()
    return pairs
