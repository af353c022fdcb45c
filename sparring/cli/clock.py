"""The options of commands that put agents on a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sparring.sandbox import Limits

BudgetOption = Annotated[
    str | None,
    typer.Option(
        metavar="wall|cpu|simulations|instructions",
        help="What a move's time is counted in: seconds on the wall or of processor time, simulations of agents that "
        "search, or instructions, a thousand million for a second.",
    ),
]
MoveOption = Annotated[float | None, typer.Option(help="Seconds for a move.  [default: 2 in a sandbox, else no clock]")]
FirstMoveOption = Annotated[
    float | None, typer.Option(help="Seconds for the first move of a match.  [default: 5 moves]")
]
BankOption = Annotated[
    float | None, typer.Option(help="Seconds for all long moves of a match together.  [default: 30]")
]
SimulationsOption = Annotated[int | None, typer.Option(help="At most so many a move, with --budget simulations.")]


def limits_of(
    budget: str | None, move: float | None, first_move: float | None, bank: float | None, simulations: int | None
) -> Limits | None:
    """The limits that were asked for; None if nobody asked for any. Raises BadOption, or SparringError of this host."""
    from sparring.sandbox import Limits
    from sparring.sandbox.budgets import check_limits

    given = {
        "budget": budget or ("simulations" if simulations is not None else None),
        "move_seconds": move,
        "first_move_seconds": first_move,
        "bank_seconds": bank,
        "simulations": simulations,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    return check_limits(Limits(**chosen)) if chosen else None  # type: ignore[arg-type]
