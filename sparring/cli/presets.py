"""``sparring presets``: what a run can be started with."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from sparring.cli.train import require_learning
from sparring.errors import BadOption

if TYPE_CHECKING:
    from rich.table import Table


def presets(
    game: Annotated[str, typer.Argument(metavar="[GAME]", help="Only presets for this game.", show_default=False)] = "",
    show: Annotated[str, typer.Option(metavar="NAME", help="Print the file of a preset.")] = "",
    settings: Annotated[
        str, typer.Option(metavar="ALGORITHM", help="List all settings of a run with this algorithm.")
    ] = "",
    algorithms: Annotated[bool, typer.Option("--algorithms", help="List the algorithms.")] = False,
) -> None:
    """List presets, print one, or list all settings.

    Example: [bold]sparring presets connect_four[/bold], then [bold]sparring presets --settings ppo[/bold]
    """
    require_learning("Presets")
    from rich.console import Console

    console = Console(highlight=False)
    if algorithms:
        console.print(_algorithms())
    elif settings:
        from sparring.cli.settings_table import settings_table
        from sparring.learning.algorithms import algorithm
        from sparring.learning.configuration.described import settings_of_a_run, settings_of_an_algorithm

        console.print(settings_table(settings_of_an_algorithm(algorithm(settings).Settings) + settings_of_a_run()))
        console.print("[dim]A schedule is a number, a formula in t and done, or e.g. {linear: {start: 1, end: 0}}.[/]")
    elif show:
        console.print(_text_of(show, game), markup=False)
    else:
        console.print(_presets(game))
        console.print(
            "[dim]sparring presets GAME --show NAME prints one; sparring train GAME --preset NAME uses it.[/]"
        )


def _presets(game: str) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from sparring.engine import load_game
    from sparring.learning.configuration.presets import find_presets

    name = load_game(game).name if game else ""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0))
    table.add_column("preset", no_wrap=True)
    table.add_column("what it is for", overflow="fold")
    for of_game, group in groupby(find_presets(name), key=lambda preset: preset.game):
        table.add_row(f"[bold]{escape(of_game or 'any game')}[/]", "")
        for preset in group:
            imports = f" [dim]imports {', '.join(preset.imports)}[/]" if preset.imports else ""
            table.add_row(f"  {escape(preset.name)}", escape(preset.description) + imports)
    return table


def _algorithms() -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from sparring.learning.algorithms import algorithm, algorithm_names

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0))
    table.add_column("algorithm", no_wrap=True)
    table.add_column("what it is")
    for name in algorithm_names():
        told = algorithm(name).Settings.model_fields["name"].description or ""
        table.add_row(name, escape(told))
    return table


def _text_of(name: str, game: str) -> str:
    """The file of a preset, with its path. Raises UnknownName, or BadOption where several games have one."""
    from sparring.engine import load_game
    from sparring.learning.configuration.presets import find_presets, preset_named

    if not game and not name.endswith((".yaml", ".yml")):
        games = sorted({preset.game for preset in find_presets() if preset.name == name and preset.game})
        if len(games) > 1:
            raise BadOption(
                f"Several games have a preset {name}: {', '.join(games)}. Say which: sparring presets GAME."
            )
        game = games[0] if games else ""
    preset = preset_named(name, load_game(game).name if game else "")
    return f"# {preset.path}\n{preset.path.read_text(encoding='utf-8').rstrip()}"
