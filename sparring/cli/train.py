"""``sparring train``: a learner teaches itself a game."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from sparring.cli.options import GameArgument, key_values
from sparring.errors import BadOption


def train(
    game: GameArgument,
    preset: Annotated[
        str, typer.Option(help="A preset, or the path of one's own; `sparring presets GAME` lists them.")
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting, e.g. --set epochs=3. May be repeated. `sparring train GAME --help` lists them all.",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the run and of the model that it publishes.")] = "",
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of everything random in the run; 1 if not said.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after this time; 4 if nothing is said.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after this many steps of the game.")] = None,
    updates: Annotated[int | None, typer.Option(min=1, help="Stop after this many updates.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Train in a process of its own.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Start TensorBoard beside it.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only show the settings that it would have.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run of that --name.")] = False,
) -> None:
    """Train by self-play. Every run is checkpointed each minute; --resume goes on after any kind of end.

    Example: [bold]sparring train connect_four --minutes 4 --seed 1[/bold]
    """
    require_learning("Training")
    from sparring.learning import command

    said: dict[str, Any] = {"name": name or None, "seed": seed, "minutes": minutes, "steps": steps, "updates": updates}
    wanted = {key: value for key, value in said.items() if value is not None} | key_values(settings)
    if check:
        _show_configuration(game, wanted, preset)
        return
    if background and resume:
        raise BadOption(f"A run goes on in the background by: sparring runs resume {name or 'NAME'}")
    if tensorboard:
        from sparring.cli.tensorboard import start_beside

        if not resume:
            command.checked(game, wanted, preset)
        typer.echo(start_beside())
    if background:
        run = command.train_in_background(game, wanted, preset)
        typer.echo(f"The run {run.name} trains in the background{_by(run.holder)}.")
        typer.echo(f"Watch it: sparring runs logs {run.name} -f\nStop it:  sparring runs stop {run.name}")
    else:
        command.train_in_terminal(game, wanted, preset, resume)


def require_learning(purpose: str) -> None:
    """Raise MissingExtra where PyTorch is not installed."""
    from importlib.util import find_spec

    from sparring.errors import MissingExtra

    if find_spec("torch") is None:
        raise MissingExtra("torch", "learn", purpose)


def _by(holder: Any) -> str:
    return f" (process {holder.pid})" if holder is not None else ""


def _show_configuration(game: str, settings: dict[str, Any], preset: str) -> None:
    from rich.console import Console

    from sparring.cli.settings_table import configuration_table
    from sparring.learning.command import checked

    resolved = checked(game, settings, preset)
    console = Console(highlight=False)
    options = "".join(f", {name} {value}" for name, value in resolved.config.options.items())
    console.print(f"{resolved.config.game}{options}", markup=False)
    console.print(configuration_table(resolved))
    console.print("This run can be started.", style="green")
