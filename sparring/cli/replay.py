"""``sparring replay``: look at recorded matches again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparring.errors import SparringError

if TYPE_CHECKING:
    from sparring.matches import MatchRecord, Replay


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|ID",
            help="Match records, from `sparring duel … --records FILE`; or the number of a match of this arena.",
        ),
    ],
    match: Annotated[int | None, typer.Option(min=1, help="Show this match, ply by ply.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Play every match again and compare the outcome.")] = False,
    svg: Annotated[
        Path | None, typer.Option(help="Write the positions of --match to this folder as SVG files.")
    ] = None,
) -> None:
    """List recorded matches, show one, or verify all of them.

    Examples: [bold]sparring replay fight.matches --match 3[/bold] and [bold]sparring replay 1234 --verify[/bold]
    """
    from sparring.matches import replay as play_again

    records, stored = _records(file)
    match = 1 if stored else match
    if verify:
        _verify(records)
    elif match is None:
        _list(records)
    elif match > len(records):
        raise SparringError(f"{file} holds {len(records)} matches; there is no match {match}.")
    else:
        _show(play_again(records[match - 1]), svg)


def _records(file: Path) -> tuple[list[MatchRecord], bool]:
    """The records of a file, or the one of a match of the arena; whether it is that."""
    from sparring.matches import read_records

    if file.exists() or not file.name.isdecimal() or file.parent != Path():
        return list(read_records(file)), False
    from sparring import site

    site.setup()
    from sparring.site.matches.stored import record_of

    return [record_of(int(file.name))], True


def _verify(records: list[MatchRecord]) -> None:
    from sparring.matches import verify

    for number, record in enumerate(records, start=1):
        try:
            verify(record)
        except SparringError as error:
            raise SparringError(f"Match {number}: {error}") from error
    what = "The match replays to its" if len(records) == 1 else f"All {len(records):,} matches replay to their"
    typer.echo(f"{what} recorded outcome.")


def _list(records: list[MatchRecord]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for column in ("match", "first seat", "second seat", "result", "plies"):
        table.add_column(column, justify="right" if column in ("match", "plies") else "left")
    for number, record in enumerate(records, start=1):
        result = "draw" if record.winner is None else f"{record.players[record.winner]} wins"
        result = "void" if record.result == "void" else result
        table.add_row(
            str(number), *record.players[:2], f"{result}{' by fault' if record.fault else ''}", str(record.plies)
        )
    Console().print(table)


def _show(shown: Replay, folder: Path | None) -> None:
    from rich.console import Console

    console = Console()
    record, game = shown.record, shown.game
    for ply, state in enumerate(shown.states):
        if ply:
            console.print(f"\n[bold]{ply}.[/bold] {_said(shown, ply - 1)}", highlight=False)
        console.print(game.text(state), highlight=False)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            last = None if ply == 0 or game.simultaneous else record.actions[ply - 1].tolist()
            (folder / f"{ply:03d}.svg").write_text(game.draw(state, last_action=last), encoding="utf-8")
    if record.fault is not None:
        console.print(f"\n[red]{record.fault.message}[/red]", highlight=False)
    if record.void:
        console.print(f"\n[yellow]Void[/yellow] {record.void}", highlight=False)
        return
    console.print("\nA draw." if record.winner is None else f"\n{record.players[record.winner]} wins.", highlight=False)


def _said(shown: Replay, ply: int) -> str:
    record, game = shown.record, shown.game
    if game.simultaneous:
        pairs = zip(record.players, record.actions[ply], strict=True)
        return ", ".join(f"{name}: {game.action_name(action)}" for name, action in pairs)
    state = shown.states[ply]
    return f"{record.players[int(state.seat)]}: {game.action_name(record.actions[ply], state)}"
