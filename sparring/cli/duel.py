"""``sparring duel``: two agents, many matches."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparring.cli.clock import BankOption, BudgetOption, FirstMoveOption, MoveOption, SimulationsOption, limits_of
from sparring.cli.options import GameArgument, SeedOption, SetOption, key_values
from sparring.errors import SparringError

if TYPE_CHECKING:
    from sparring.matches import Duel

AGENT_HELP = (
    "random, minimax:depth=4, mcts:simulations=200, model:GAME/NAME, path/to/agent.py, path/to/player.zip, http://…"
)


def duel(
    game: GameArgument,
    player_1: Annotated[str, typer.Argument(metavar="A", help=AGENT_HELP)],
    player_2: Annotated[str, typer.Argument(metavar="B", help="The other agent, named likewise.")],
    matches: Annotated[
        int, typer.Option("--matches", "-n", min=1, help="How many; in pairs with swapped seats.")
    ] = 100,
    seed: SeedOption = 0,
    options: SetOption = None,
    as_json: Annotated[
        str | None,
        typer.Option("--json", metavar="[FILE]", help="Print the duel as JSON, or write it to a FILE ending in .json."),
    ] = None,
    states: Annotated[bool, typer.Option(help="Put the positions of every match into the JSON.")] = True,
    records: Annotated[
        Path | None, typer.Option(help="Keep the match records in this file, for `sparring replay`.")
    ] = None,
    budget: BudgetOption = None,
    move_seconds: MoveOption = None,
    first_move_seconds: FirstMoveOption = None,
    bank_seconds: BankOption = None,
    simulations: SimulationsOption = None,
    sandbox: Annotated[
        str, typer.Option(help="Where agents' code runs: trusted (your own), bubblewrap, docker or docker:runsc.")
    ] = "trusted",
) -> None:
    """Let two agents fight.

    Example: [bold]sparring duel connect_four mcts:simulations=50 minimax:depth=4 --matches 20 --seed 1[/bold]
    """
    began = time.perf_counter()
    from sparring.engine import load_game
    from sparring.matches import play_duel, write_records
    from sparring.sandbox import load_player

    rules = load_game(game, dict(key_values(options)))
    limits = limits_of(budget, move_seconds, first_move_seconds, bank_seconds, simulations)
    with ExitStack() as open_players:
        players = []
        for index, spec in enumerate((player_1, player_2)):
            players.append(load_player(spec, rules, seed=seed + index, driver=sandbox, limits=limits))
            open_players.callback(players[-1].close)
        rules.warm_up()
        ready = time.perf_counter()
        with _progress(matches, quiet=as_json is not None) as advance:
            result = play_duel(rules, players, _names(player_1, player_2), matches, seed, advance)
        done = time.perf_counter()
    if records is not None:
        write_records(records, [*result.records, *result.voided])
    if as_json is None:
        _print_table(result, start_up=ready - began, playing=done - ready)
    else:
        _write_json(result, as_json, states, {"startup_seconds": ready - began, "play_seconds": done - ready})


def complete_json_option(arguments: list[str]) -> list[str]:
    """Give a bare ``--json`` its value: a following word that ends in .json, or ``-`` for standard output.

    >>> complete_json_option(["duel", "--json", "quarto", "random", "random"])
    ['duel', '--json=-', 'quarto', 'random', 'random']
    >>> complete_json_option(["duel", "--json", "out.json"])
    ['duel', '--json=out.json']
    """
    if "--json" not in arguments or arguments[:1] != ["duel"]:
        return arguments
    at = arguments.index("--json")
    after = arguments[at + 1 : at + 2]
    has_file = bool(after) and (after[0].endswith(".json") or after[0] == "-")
    return [*arguments[:at], f"--json={after[0] if has_file else '-'}", *arguments[at + 1 + has_file :]]


def _names(first: str, second: str) -> list[str]:
    return [first, second] if first != second else [f"{first} (1)", f"{second} (2)"]


def _progress(matches: int, quiet: bool) -> Any:
    """A context whose value is the referee's progress callback: a bar on a terminal, silence elsewhere."""
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)

    @contextmanager
    def bar() -> Any:
        if quiet or not console.is_terminal:
            yield None
            return
        columns = (TextColumn("fighting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("matches", total=matches)
            yield lambda done, _total: progress.update(task, completed=done)

    return bar()


def _print_table(duel: Duel, start_up: float, playing: float) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    tally = duel.tally()
    table = Table(box=box.SIMPLE_HEAD, title=f"{duel.game.title}: {tally.matches:,} matches", title_justify="left")
    table.add_column("agent")
    for column in ("points", "wins", "draws", "losses", "faults", "score"):
        table.add_column(column, justify="right")
    for index, name in enumerate(duel.names):
        winning = tally.result == f"PLAYER_{index + 1}_WIN"
        table.add_row(
            name,
            f"{tally.points[index]:,}",
            f"{tally.wins[index]:,}",
            f"{tally.draws:,}",
            f"{tally.wins[1 - index]:,}",
            f"{tally.errors[index]:,}",
            f"{tally.scores[index]:+,.0f}",
            style="bold green" if winning else None,
        )
    console = Console()
    console.print(table)
    for message in sorted({record.fault.message for record in duel.records if record.fault})[:5]:
        console.print(f"[red]fault[/red] {message}", highlight=False)
    rate = tally.matches / max(playing, 1e-9)
    if tally.matches % 2 and duel.game.seats > 1:
        console.print("[dim]An odd number: the last match has no twin with swapped seats.[/dim]", highlight=False)
    void = sum(bool(bout.void) for bout in duel.bouts)
    if duel.voided or void:
        console.print(_voids(len(duel.voided), void), highlight=False)
    console.print(f"[dim]{playing:.2f} s of play ({rate:,.0f} matches a second), {start_up:.2f} s to start.[/dim]")


def _voids(played_again: int, void: int) -> str:
    left = f" {void} stayed void after all tries, and count for nobody." if void else ""
    return f"[yellow]host[/yellow] This machine was too busy for {played_again} matches, which were played again.{left}"


def _write_json(duel: Duel, target: str, states: bool, times: dict[str, float]) -> None:
    document = duel.document(states)
    document["sparring"] |= times
    text = json.dumps(document)
    if target == "-":
        typer.echo(text)
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SparringError(f"Can't write {target}: {error.strerror}.") from error
