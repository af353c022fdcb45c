"""``sparring play``: a person against an agent, in the terminal."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from sparring.agents.player import Faults, Reply, Turn
from sparring.cli.options import GameArgument, SeedOption, SetOption, key_values

if TYPE_CHECKING:
    from rich.console import Console

    from sparring.engine import Game, States


class Seat(StrEnum):
    """Who begins."""

    first = "first"
    second = "second"


def play(
    game: GameArgument,
    against: Annotated[str, typer.Option(help="The agent to play against.")] = "mcts:simulations=200",
    seat: Annotated[Seat, typer.Option(help="Whether you begin.")] = Seat.first,
    seed: SeedOption = 0,
    options: SetOption = None,
) -> None:
    """Play against an agent in the terminal.

    Example: [bold]sparring play connect_four --against minimax:depth=4 --seat second[/bold]
    """
    from rich.console import Console

    from sparring.agents import load
    from sparring.agents.one_choice import require_one_choice
    from sparring.engine import load_game
    from sparring.matches import play_duel

    rules = load_game(game, dict(key_values(options)))
    require_one_choice(rules, "A person in the terminal")
    console = Console()
    person = Person(rules, console)
    opponent = load(against, rules, seed=seed)
    try:
        first = seat is Seat.first
        players = [person, opponent] if first else [opponent, person]
        names = ["you", against] if first else [against, "you"]
        record = play_duel(rules, players, names, 1, seed).records[0]
    finally:
        opponent.close()
    if record.fault is not None:
        console.print(f"[red]{record.fault.message}[/red]")
    winner = None if record.winner is None else record.players[record.winner]
    console.print("A draw." if winner is None else "[bold green]You win.[/]" if winner == "you" else f"{winner} wins.")


class Person:
    """A player whose actions are typed in."""

    lanes: int | None = 1
    needs_states = True

    def __init__(self, game: Game, console: Console) -> None:
        self.game, self.console = game, console

    def begin(self, *_: object) -> Faults:
        return {}

    def act(self, turn: Turn) -> Reply:
        self.show(turn.states[0])
        return Reply([self.ask(np.flatnonzero(turn.masks[0]).tolist(), turn.states[0])], np.zeros(1))

    def show(self, state: States) -> None:
        self.console.print()
        self.console.print(self.game.text(state), highlight=False)

    def ask(self, legal: list[int], state: States) -> int:
        """Read an action by number or by name until it is a legal one."""
        names = {self.game.action_name(action, state).lower(): action for action in legal}
        shown = ", ".join(f"{action} ({name})" for name, action in list(names.items())[:16])
        more = f" … {len(legal)} in all" if len(legal) > 16 else ""
        while True:
            answer = self.console.input(f"[bold]Your move[/bold] [dim]{shown}{more}[/dim]: ").strip().lower()
            if answer.isdecimal() and int(answer) in legal:
                return int(answer)
            if answer in names:
                return names[answer]
            self.console.print(f"'{answer}' is not one of them.", style="red", markup=False)

    def end(self, _lanes: NDArray[np.int64], _scores: NDArray[np.float32], states: States) -> None:
        self.show(states[0])

    def close(self) -> None:
        """Nothing to give back."""
