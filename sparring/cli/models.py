"""``sparring models``: what has been trained."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="List trained models, or show one with its lineage.", invoke_without_command=True)


@app.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    game: Annotated[str | None, typer.Option(help="Only models of this game.")] = None,
) -> None:
    """List the models of the registry.

    Example: [bold]sparring models[/bold], then [bold]sparring models show connect_four/house[/bold]
    """
    if context.invoked_subcommand is not None:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from sparring.models import Registry

    references = Registry().list(game)
    if not references:
        typer.echo("No model yet. Train one: sparring train connect_four --minutes 4 --seed 1")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("model", "made", "use it as"):
        table.add_column(column)
    for reference in references:
        manifest = Registry().manifest(reference)
        table.add_row(str(reference), manifest.created[:16].replace("T", " "), f"model:{reference}")
    Console().print(table)


@app.command()
def show(reference: Annotated[str, typer.Argument(metavar="MODEL", help="GAME/NAME or GAME/NAME@VERSION.")]) -> None:
    """A model's manifest: where it comes from, and how it was trained.

    Example: [bold]sparring models show connect_four/house@3[/bold]
    """
    from rich.console import Console

    from sparring.models import Registry

    registry = Registry()
    folder = registry.resolve(reference)
    Console().print_json((folder / "manifest.json").read_text(encoding="utf-8"))
    typer.echo(str(folder))
