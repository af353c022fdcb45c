"""``sparring eval``: how strong a model is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sparring.cli.clock import BankOption, BudgetOption, FirstMoveOption, MoveOption, SimulationsOption, limits_of
from sparring.cli.duel import AGENT_HELP
from sparring.cli.options import SeedOption
from sparring.cli.train import require_learning
from sparring.errors import BadOption

if TYPE_CHECKING:
    from sparring.learning.evaluation.report import Report

USUAL = ["random"]
"""Whom a model meets where nobody is named."""


def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model: GAME/NAME or GAME/NAME@VERSION.")],
    against: Annotated[
        list[str] | None, typer.Option("--against", "-a", metavar="SPEC", help=f"May be repeated. {AGENT_HELP}")
    ] = None,
    matches: Annotated[int, typer.Option("--matches", "-n", min=2, help="With each; in pairs, seats swapped.")] = 100,
    seed: SeedOption = 0,
    budget: BudgetOption = None,
    move_seconds: MoveOption = None,
    first_move_seconds: FirstMoveOption = None,
    bank_seconds: BankOption = None,
    simulations: SimulationsOption = None,
) -> None:
    """Let a model fight reference agents, and ask the probe of its game, if there is one.

    Example: [bold]sparring eval connect_four/ada --against random --against minimax:depth=4 -n 200[/bold]
    """
    if matches % 2:
        raise BadOption(f"Matches come in pairs with swapped seats: ask for an even number of them, not {matches}.")
    require_learning("Evaluation")
    from rich.console import Console

    from sparring.learning.evaluation.report import evaluate_model

    limits = limits_of(budget, move_seconds, first_move_seconds, bank_seconds, simulations)
    errors = Console(stderr=True)
    if errors.is_terminal:
        with errors.status("getting ready") as status:
            report = evaluate_model(model, _agents(against), matches, seed, status.update, limits)
    else:
        report = evaluate_model(model, _agents(against), matches, seed, limits=limits)
    _print(report, matches)


def _agents(against: list[str] | None) -> list[str]:
    return against if against is not None else USUAL


def _print(report: Report, matches: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    if report.duels:
        title = f"{report.model}: {matches:,} matches with each"
        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", padding=(0, 1, 0, 0))
        table.add_column("against", overflow="fold")
        for column in ("points", "95% interval", "won", "drawn", "lost", "faults"):
            table.add_column(column, justify="right", no_wrap=True)
        for duel in report.duels:
            low, high = max(0.0, duel.share - duel.margin), min(1.0, duel.share + duel.margin)
            numbers = (duel.wins, duel.draws, duel.losses, duel.faults)
            interval = f"{low:.1%} to {high:.1%}"
            table.add_row(escape(duel.agent), f"{duel.share:.1%}", interval, *(f"{number:,}" for number in numbers))
        console.print(table)
    if report.probe is not None:
        console.print(f"Probe: {report.probe}, of {report.probe.positions:,} asked.")
