"""``sparring train``: a network learns a game by playing against itself."""

from __future__ import annotations

from typing import Annotated

import typer

from sparring.cli.options import GameArgument, key_values


def train(
    game: GameArgument,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after this time.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after this many steps of the game.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random in the run.")] = 1,
    name: Annotated[str, typer.Option(help="Name of the run and of the model that it publishes.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run of that --name.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the run, e.g. --set epochs=3. May be repeated."),
    ] = None,
) -> None:
    """Train a network by self-play. It is checkpointed every minute; --resume goes on after any kind of end.

    Example: [bold]sparring train connect_four --minutes 4 --seed 1[/bold]
    """
    from importlib.util import find_spec

    from sparring.errors import MissingExtra

    if find_spec("torch") is None:
        raise MissingExtra("torch", "learn", "Training")
    from sparring.learning.command import train_in_terminal

    train_in_terminal(
        game, minutes=minutes, steps=steps, seed=seed, name=name, resume=resume, settings=key_values(settings)
    )
