"""``sparring games``: what can be played."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sparring.cli.options import GameArgument, SetOption, key_values

app = typer.Typer(help="List the games, or read the rules of one.", invoke_without_command=True)


@app.callback(invoke_without_command=True)
def games(context: typer.Context) -> None:
    """List the games.

    Example: [bold]sparring games[/bold], then [bold]sparring games show quarto[/bold]
    """
    if context.invoked_subcommand is not None:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from sparring.engine import game_names, load_game

    table = Table(box=box.SIMPLE_HEAD)
    for column in ("game", "seats", "turns", "actions", "observation", "options"):
        right = column in ("seats", "actions")
        table.add_column(column, no_wrap=column != "options", justify="right" if right else "left")
    for name in game_names():
        game = load_game(name)
        table.add_row(
            name,
            str(game.seats),
            "at once" if game.simultaneous else "in turn",
            str(game.num_actions),
            "x".join(map(str, game.observation_shape)),
            ", ".join(f"{option}={value}" for option, value in game.options.items()),
        )
    Console().print(table)


@app.command()
def show(
    game: GameArgument,
    options: SetOption = None,
    svg: Annotated[Path | None, typer.Option(help="Write the opening position to this SVG file.")] = None,
) -> None:
    """The rules of a game in a minute, and its opening position.

    Example: [bold]sparring games show connect_four --set rows=7[/bold]
    """
    from importlib.resources import files

    from rich.console import Console
    from rich.markdown import Markdown

    from sparring.engine import load_game
    from sparring.errors import SparringError

    rules = load_game(game, dict(key_values(options)))
    state = rules.new_states([0])[0]
    console = Console()
    console.print(Markdown((files(rules.package) / "README.md").read_text(encoding="utf-8")))
    console.print()
    console.print(rules.text(state), highlight=False)
    if svg is not None:
        try:
            svg.write_text(rules.draw(state), encoding="utf-8")
        except OSError as error:
            raise SparringError(f"Can't write {svg}: {error.strerror}.") from error
