"""``sparring games``: what can be played, and how to add to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparring.cli.options import GameArgument, SeedOption, SetOption, key_values

if TYPE_CHECKING:
    from sparring.engine import Game

app = typer.Typer(help="List the games, read the rules of one, or make your own.", invoke_without_command=True)


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
    from sparring.errors import SparringError

    problems: list[str] = []
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0))
    for column in ("game", "seats", "turns", "actions", "observes", "options"):
        right = column in ("seats", "actions")
        wraps = column in ("actions", "options")
        table.add_column(column, no_wrap=not wraps, justify="right" if right else "left")
    for name in game_names():
        try:
            game = load_game(name)
        except SparringError as error:
            problems.append(f"{name}: {error}")
            continue
        table.add_row(
            name,
            str(game.seats),
            "at once" if game.simultaneous else "in turn",
            _actions(game),
            "x".join(map(str, game.observation_shape)),
            ", ".join(game.options),
        )
    console = Console()
    console.print(table)
    console.print(
        "[dim]sparring games show NAME tells a game's rules, options and house agents.[/dim]", highlight=False
    )
    for problem in problems:
        console.print(problem, markup=False, highlight=False)


def _actions(game: Game) -> str:
    """How many there are, or of how many parts one is made."""
    if game.low is not None:
        return f"{len(game.low)} reals"
    return f"{len(game.heads)} heads" if len(game.heads) > 1 else str(game.num_actions)


@app.command()
def show(
    game: GameArgument,
    options: SetOption = None,
    svg: Annotated[Path | None, typer.Option(help="Write the opening position to this SVG file.")] = None,
) -> None:
    """The rules of a game in a minute, and its opening position.

    Example: [bold]sparring games show connect_four --set rows=7[/bold]
    """
    from rich.console import Console
    from rich.markdown import Markdown

    from sparring.engine import load_game
    from sparring.errors import SparringError

    rules = load_game(game, dict(key_values(options)))
    state = rules.new_states([0])[0]
    console = Console()
    console.print(Markdown(rules.readme))
    console.print()
    console.print(rules.text(state), highlight=False)
    if svg is not None:
        try:
            svg.write_text(rules.draw(state), encoding="utf-8")
        except OSError as error:
            raise SparringError(f"Can't write {svg}: {error.strerror}.") from error


@app.command()
def check(
    game: Annotated[str, typer.Argument(metavar="GAME", help="A game, or the folder of one, e.g. ./my_game.")],
    options: SetOption = None,
    plies: Annotated[int, typer.Option(min=1, max=1_000_000, help="About how many plies to play at random.")] = 300,
    seed: SeedOption = 1,
) -> None:
    """Check that a game does all that is asked of games. Exit status 1 if it doesn't.

    Example: [bold]sparring games check ./my_game[/bold]
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sparring.engine.conformance import check_named

    title, findings = check_named(game, dict(key_values(options)), plies, seed)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark = "[green]✓[/green]" if finding.passed else "[red]✗[/red]"
        table.add_row(mark, finding.name, escape(finding.detail))
    console = Console(highlight=False)
    console.print(table)
    failed = sum(not finding.passed for finding in findings)
    if failed:
        checks = "one check fails" if failed == 1 else f"{failed} checks fail"
        console.print(f"[red]{escape(title)}: {checks}.[/red]")
        sys.exit(1)
    console.print(f"{escape(title)}: all {len(findings)} checks pass.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: small letters, digits and _.")],
    folder: Annotated[Path | None, typer.Option(help="Where to put its folder; by default here.")] = None,
) -> None:
    """Write a small complete game, to be changed into your own.

    Example: [bold]sparring games new my_game[/bold], then [bold]sparring games check ./my_game[/bold]
    """
    from sparring.engine.new_game import new_game

    project = new_game(name, folder)
    shown = project if project.is_absolute() else f"./{project}"
    typer.echo(f"Wrote {shown}: the rules are in {shown}/{name}/rules.py.")
    typer.echo(f"Check it:  sparring games check {shown}")
    typer.echo(f"Play it:   sparring duel {shown} mcts:simulations=50 random")
