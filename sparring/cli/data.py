"""``sparring data``: data sets of decisions, to learn from without playing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparring.cli.options import GameArgument, SeedOption, SetOption, key_values
from sparring.errors import SparringError

if TYPE_CHECKING:
    from sparring.learning.memories.datasets import DataSet

app = typer.Typer(help="Make data sets of decisions from duels or match records, or look at one.", no_args_is_help=True)

OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the data set goes.")]


@app.command()
def record(
    game: GameArgument,
    agents: Annotated[list[str], typer.Argument(metavar="AGENT...", help="Specs of who plays; one plays itself.")],
    out: OutOption,
    matches: Annotated[int, typer.Option(min=2, help="Matches of each pair of agents.")] = 1000,
    of: Annotated[list[str] | None, typer.Option(metavar="AGENT", help="Keep only this agent's; repeatable.")] = None,
    seed: SeedOption = 0,
    options: SetOption = None,
) -> None:
    """Let agents play, and keep what they did.

    Example: [bold]sparring data record tic_tac_toe minimax:depth=9 random --out expert.safetensors[/bold]
    """
    from sparring.engine import load_game
    from sparring.learning.memories.datasets import record_duels

    _require_folder(out)
    _write(record_duels(load_game(game, key_values(options)), agents, matches, seed, of or []), out)


@app.command()
def convert(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Match records, from `sparring duel … --records FILE`.")
    ],
    out: OutOption,
    of: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Keep only this player's; repeatable.")] = None,
) -> None:
    """Make a data set of recorded matches, all of one game with the same options.

    Example: [bold]sparring data convert fight.matches --of solver --out solver.safetensors[/bold]
    """
    from sparring.engine import load_game
    from sparring.learning.memories.datasets import from_records
    from sparring.matches import read_records

    _require_folder(out)
    records = [record for file in files for record in read_records(file)]
    if not records:
        raise SparringError("There is no match in these files.")
    game = load_game(records[0].game, records[0].options)
    _write(from_records(game, records, f"matches of {', '.join(file.name for file in files)}", of or []), out)


@app.command()
def show(file: Annotated[Path, typer.Argument(metavar="FILE", help="A data set.")]) -> None:
    """What a data set holds.

    Example: [bold]sparring data show expert.safetensors[/bold]
    """
    from sparring.learning.memories.datasets import game_of_data_set, read_data_set

    _tell(read_data_set(file, game_of_data_set(file)))


def _require_folder(out: Path) -> None:
    """Before an hour of play, not after it."""
    if not out.absolute().parent.is_dir():
        raise SparringError(f"There is no folder {out.parent}. Make it first, or name another place.")


def _write(data: DataSet, out: Path) -> None:
    data.write(out)
    _tell(data)
    where = f"--set algorithm.data={out}"
    typer.echo(f"Learn from it: sparring train {data.game.name} --set algorithm=behaviour_cloning {where}")


def _tell(data: DataSet) -> None:
    sides, returns = int(data.over.sum()), float(data.rewards.sum())
    options = ", ".join(f"{key}={value}" for key, value in data.game.options.items())
    typer.echo(f"{data.game.title} ({options})" if options else data.game.title)
    typer.echo(f"{len(data):,} decisions in {sides:,} matches of one seat each; {data.source}")
    typer.echo(f"mean return {returns / max(sides, 1):+.3f}, SHA-256 {data.digest[:16]}…")
