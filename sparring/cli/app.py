"""The command ``sparring``: which commands there are, and what becomes of an error."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sparring import __version__
from sparring.cli import (
    backup,
    data,
    doctor,
    duel,
    evaluate,
    games,
    ledger,
    models,
    play,
    presets,
    replay,
    runs,
    sprt,
    submit,
    tensorboard,
    train,
    up,
    warm,
)
from sparring.cli.train_help import TrainCommand
from sparring.errors import SparringError

app = typer.Typer(
    name="sparring",
    help="An arena for game-playing agents: train them, let them fight, watch and rate every match.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up.up)
app.add_typer(games.app, name="games")
app.command()(play.play)
app.command()(duel.duel)
app.command()(sprt.sprt)
app.command()(replay.replay)
app.command(cls=TrainCommand)(train.train)
app.command()(presets.presets)
app.add_typer(runs.app, name="runs")
app.command()(tensorboard.tensorboard)
app.command("eval")(evaluate.evaluate)
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")
app.command()(submit.submit)
app.command()(doctor.doctor)
app.command()(ledger.ledger)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(warm.warm)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sparring {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the command itself; they act through their callbacks."""


def main() -> None:
    """Run the command line. A SparringError becomes a sentence on stderr and exit status 2."""
    try:
        app(args=duel.complete_json_option(sys.argv[1:]))
    except SparringError as error:
        typer.secho(f"sparring: {error}", err=True, fg=typer.colors.RED)
        sys.exit(2)
    except (KeyboardInterrupt, EOFError):
        typer.echo("", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
