"""``sparring runs``: training runs of this machine, those that go on and those that have ended."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparring.cli.train import require_learning
from sparring.errors import BadOption

if TYPE_CHECKING:
    from sparring.learning.runs.records import RunRecord

app = typer.Typer(help="List training runs, look at one, stop it, go on with it.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A run; `sparring runs list` lists them.")]
COLOURS = {"running": "green", "starting": "green", "done": "cyan", "stopped": "yellow"}
PATIENCE_SECONDS = 120.0
LOOK_EVERY_SECONDS = 0.5


@app.command("list")
def list_runs(
    everything: Annotated[bool, typer.Option("--all", help="All of them, not only the latest 20.")] = False,
) -> None:
    """List the runs: those that go on first, then the latest.

    Example: [bold]sparring runs list[/bold]
    """
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sparring.learning.runs.records import records

    found = records()
    if not found:
        typer.echo("No run yet. Start one: sparring train connect_four --minutes 4 --background")
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("run", overflow="fold")
    table.add_column("game", overflow="fold")
    table.add_column("state", no_wrap=True)
    for column in ("steps", "steps/s", "time", "probe", "pid"):
        table.add_column(column, justify="right", no_wrap=True)
    for run in found if everything else found[:20]:
        pid = str(run.holder.pid) if run.holder else ""
        cells = (_many(run.steps), _speed(run), _time(run.seconds), _probe(run), pid)
        table.add_row(escape(run.name), escape(run.game), _state(run), *cells)
    console = Console(highlight=False)
    console.print(table)
    for run in found:
        if run.alarm:
            console.print(f"! {run.name}: {run.alarm}", style="yellow", markup=False)
    if len(found) > 20 and not everything:
        console.print(f"[dim]{len(found) - 20} more with --all.[/]")


@app.command()
def show(name: NameArgument) -> None:
    """A run: how it stands, what it has reached, and the settings that differ from the defaults.

    Example: [bold]sparring runs show run-1[/bold]
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sparring.learning.runs.records import record_of

    run = record_of(name)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for label, value in _facts(run):
        table.add_row(label, value)
    console = Console(highlight=False)
    console.print(table)
    config = Table.grid(padding=(0, 2))
    config.add_column(style="dim", no_wrap=True)
    config.add_column(overflow="fold")
    for row in run.settings:
        if row["changed"]:
            config.add_row(row["path"], escape(row["value"]))
    console.print("\nSettings that differ from the defaults", style="bold")
    console.print(config)


@app.command()
def logs(
    name: NameArgument,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as the run does; Ctrl-C ends it.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 20,
) -> None:
    """What a run has said.

    Example: [bold]sparring runs logs run-1 -f[/bold]
    """
    from sparring.learning.runs.records import LOG, log_lines, record_of

    run = record_of(name)
    for line in log_lines(run.folder, lines):
        typer.echo(line)
    if not follow:
        return
    pause = threading.Event()
    log = run.folder / LOG
    while not log.exists() and record_of(name).lives:
        pause.wait(LOOK_EVERY_SECONDS)
    if not log.exists():
        return
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, 2)
        while True:
            lives = record_of(name).lives  # asked before reading, so that the last lines are read, too
            typer.echo(file.read(), nl=False)
            if not lives:
                return
            pause.wait(LOOK_EVERY_SECONDS)


@app.command()
def stop(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Runs that shall stop.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Stop all runs of this machine.")] = False,
    kill: Annotated[bool, typer.Option("--kill", help="At once, without another checkpoint.")] = False,
) -> None:
    """Stop runs after their update, with a checkpoint from which they can go on.

    Example: [bold]sparring runs stop run-1[/bold], or [bold]sparring runs stop --all[/bold]
    """
    from sparring.learning.runs.jobs import stop as stop_run
    from sparring.learning.runs.records import record_of, records

    if bool(names) == everything:
        raise BadOption("Name the runs that shall stop, or say --all.")
    chosen = [run for run in records() if run.lives] if everything else [record_of(name) for name in names or []]
    if not chosen:
        typer.echo("No run goes on.")
    late = 0
    for run in chosen:
        if not run.lives:
            typer.echo(f"{run.name} doesn't go on; it is {run.state}.")
            continue
        now = stop_run(run, PATIENCE_SECONDS, kill)
        late += now.lives
        typer.echo(_said_of_stop(now))
    if late:
        raise typer.Exit(1)


@app.command()
def resume(
    name: NameArgument,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after this time, in all.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after this many steps, in all.")] = None,
    updates: Annotated[int | None, typer.Option(min=1, help="Stop after this many updates, in all.")] = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Here, with the live view.")] = False,
) -> None:
    """Go on with a run from its last checkpoint, in the background.

    Example: [bold]sparring runs resume run-1 --minutes 30[/bold]
    """
    require_learning("Training")
    from sparring.learning.runs.jobs import resume_in_background
    from sparring.learning.runs.records import record_of

    run = record_of(name)
    limits: dict[str, Any] = {"minutes": minutes, "steps": steps, "updates": updates}
    if foreground:
        from sparring.learning.command import train_in_terminal

        said = {key: value for key, value in limits.items() if value is not None}
        train_in_terminal(run.game, {"name": name} | said, resume=True)
        return
    run = resume_in_background(run, limits)
    typer.echo(f"The run {run.name} goes on in the background. Watch it: sparring runs logs {run.name} -f")


def _said_of_stop(run: RunRecord) -> str:
    if run.lives:
        asked = f"{run.name} has been asked, and stops after its update."
        return f"{asked} To end it at once: sparring runs stop {run.name} --kill"
    ended = f"{run.name} is {run.state} after {run.steps:,} steps."
    return f"{ended} Go on: sparring runs resume {run.name}" if run.state == "stopped" else ended


def _facts(run: RunRecord) -> list[tuple[str, str]]:
    from rich.markup import escape

    facts = [("run", f"[bold]{escape(run.name)}[/]"), ("state", _state(run))]
    if run.holder:
        facts.append(("process", str(run.holder.pid)))
    if run.config.get("description"):
        facts.append(("description", escape(str(run.config["description"]))))
    options = "".join(f", {name} {value}" for name, value in run.config.get("options", {}).items())
    facts += [("game", escape(run.game + options)), ("algorithm", run.algorithm)]
    facts += [("trained", f"{run.steps:,} steps in {_time(run.seconds)}, {_speed(run) or '0'} a second")]
    if probe := _probe(run):
        facts.append(("probe", probe))
    facts += [
        (f"vs {escape(name.removeprefix('against/'))}", f"{value:.1%}")
        for name, value in run.latest.items()
        if name.startswith("against/")
    ]
    if run.model:
        facts.append(("model", f"model:{run.model}"))
    if run.alarm:
        facts.append(("alarm", f"[yellow]{escape(run.alarm)}[/]"))
    return [*facts, ("folder", escape(str(run.folder)))]


def _state(run: RunRecord) -> str:
    share = f" {run.share:.0%}" if run.lives and run.share is not None else ""
    flag = " [yellow]![/]" if run.alarm else ""
    return f"[{COLOURS.get(run.state, 'red')}]{run.state}{share}[/]{flag}"


def _speed(run: RunRecord) -> str:
    """While it goes on the latest speed, after that the mean."""
    mean = run.steps / run.seconds if run.seconds else 0.0
    speed = run.latest.get("speed/steps_per_second", mean) if run.lives else mean
    return _many(round(speed)) if speed else ""


def _probe(run: RunRecord) -> str:
    from sparring.learning.probes import YARDSTICKS

    found = [yardstick.text(run.latest[name]) for name, yardstick in YARDSTICKS.items() if name in run.latest]
    return found[0] if found else ""


def _many(number: int) -> str:
    """
    >>> [_many(number) for number in (950, 12_340, 3_450_000, 2_100_000_000)]
    ['950', '12.3k', '3.45M', '2.1G']
    """
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return str(number)


def _time(seconds: float) -> str:
    """
    >>> _time(187), _time(7_500)
    ('3:07', '2:05:00')
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
