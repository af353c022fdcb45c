"""``sparring sprt``: play until it is clear whether one agent is stronger than another."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparring.cli.clock import BankOption, BudgetOption, FirstMoveOption, MoveOption, SimulationsOption, limits_of
from sparring.cli.duel import AGENT_HELP
from sparring.cli.options import GameArgument, SeedOption, SetOption, key_values
from sparring.errors import BadOption

if TYPE_CHECKING:
    from sparring.matches import Duel
    from sparring.ratings.sprt import Sprt

AT_A_TIME = 20
ANSWERS = {"stronger": ("Yes", 0), "not stronger": ("No", 1), None: ("Still open", 3)}
"""What is said to each verdict, and the exit status."""


def sprt(
    game: GameArgument,
    player_1: Annotated[str, typer.Argument(metavar="A", help=AGENT_HELP)],
    player_2: Annotated[
        str | None,
        typer.Argument(metavar="B", help="The other agent, named likewise. A model's game goes without saying: A B."),
    ] = None,
    elo0: Annotated[float, typer.Option(help="A is at most so much stronger: the answer no.")] = 0.0,
    elo1: Annotated[float, typer.Option(help="A is at least so much stronger: the answer yes.")] = 20.0,
    alpha: Annotated[float, typer.Option(help="How often a yes may be wrong.")] = 0.05,
    beta: Annotated[float, typer.Option(help="How often a no may be wrong.")] = 0.05,
    at_most: Annotated[int, typer.Option(min=2, help="Matches after which it stays open.")] = 20_000,
    seed: SeedOption = 0,
    options: SetOption = None,
    budget: BudgetOption = None,
    move_seconds: MoveOption = None,
    first_move_seconds: FirstMoveOption = None,
    bank_seconds: BankOption = None,
    simulations: SimulationsOption = None,
    sandbox: Annotated[
        str, typer.Option(help="Where agents' code runs: trusted, bubblewrap, docker or docker:runsc.")
    ] = "trusted",
) -> None:
    """Is A stronger than B? Play pairs of matches until it is clear. Exit status 0: yes; 1: no; 3: still open.

    Example: [bold]sparring sprt connect_four mcts:simulations=100 mcts:simulations=50 --elo1 30[/bold]
    """
    from sparring.engine import load_game
    from sparring.matches import play_duel
    from sparring.ratings.sprt import Sprt, count_pairs
    from sparring.sandbox import load_player

    if player_2 is None:
        game, player_1, player_2 = _game_of(game, player_1), game, player_1
    try:
        test = Sprt(elo0, elo1, alpha, beta)
    except ValueError as error:
        raise BadOption(str(error)) from None
    rules = load_game(game, dict(key_values(options)))
    limits = limits_of(budget, move_seconds, first_move_seconds, bank_seconds, simulations)
    pairs, verdict, played = [0] * 5, None, 0
    with ExitStack() as open_players, _line() as tell:
        players = []
        for index, spec in enumerate((player_1, player_2)):
            players.append(load_player(spec, rules, seed=seed + index, driver=sandbox, limits=limits))
            open_players.callback(players[-1].close)
        while verdict is None and played < at_most:
            count = min(AT_A_TIME, at_most - played + (at_most - played) % 2)
            duel = play_duel(rules, players, [player_1, player_2], count, seed + played)
            pairs = [sum(both) for both in zip(pairs, count_pairs(_points(duel)), strict=True)]
            played += count
            verdict = test.verdict(pairs)
            tell(_told(test, pairs, played))
    answer, status = ANSWERS[verdict]
    typer.echo(f"Is {player_1} {elo1:g} points stronger than {player_2}, rather than {elo0:g}? {answer}.")
    typer.echo(_told(test, pairs, played))
    raise typer.Exit(status)


def _game_of(*specs: str) -> str:
    """The game that models among the agents play. Raises BadOption where there are none, or of several games."""
    parted = [spec.partition(":") for spec in specs]
    games = {name.partition(",")[0].rpartition("/")[0] for kind, _, name in parted if kind in ("model", "search")}
    games.discard("")
    if len(games) != 1:
        raise BadOption(f"Say which game {' and '.join(specs)} are to play: sparring sprt GAME A B")
    return games.pop()


def _told(test: Sprt, pairs: list[int], played: int) -> str:
    low, high = test.bounds
    counts = ", ".join(map(str, pairs))
    ratio = f"log-likelihood ratio {test.llr(pairs):+.2f}; no from {low:.2f}, yes from {high:.2f}"
    return f"{played:,} matches; pairs of 0 to 2 points: {counts}\n{ratio}"


def _points(duel: Duel) -> list[float]:
    """What A took of each match: a fault costs it, and a match in which both are guilty of one counts as drawn."""
    counted = [bout for bout in duel.bouts if not bout.void]  # both of a pair are void, or none
    winners = [1 - bout.guilty[0] if len(bout.guilty) == 1 else bout.winner for bout in counted]
    return [0.5 if winner is None else float(winner == 0) for winner in winners]


def _line() -> Any:
    """A context whose value shows how it stands: in one line on a terminal, not at all elsewhere."""
    from contextlib import contextmanager

    from rich.console import Console

    console = Console(stderr=True)

    @contextmanager
    def line() -> Any:
        if not console.is_terminal:
            yield lambda _: None
            return
        with console.status("getting ready") as status:
            yield status.update

    return line()
