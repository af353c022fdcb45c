"""``sparring up``: the arena on this machine."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sparring.site.processes import Arena


def up(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for everybody in the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    learner: Annotated[bool, typer.Option(help="Train the house learner in the background.")] = True,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes that play duels and check submissions.")] = 1,
) -> None:
    """Start the arena: site, ladders, a worker, and a learner that climbs. Ctrl-C stops it.

    Example: [bold]sparring up --port 8000[/bold]
    """
    from importlib.util import find_spec

    from sparring.errors import MissingExtra

    if find_spec("django") is None:
        raise MissingExtra("django", "arena", "The arena's site")
    from sparring.site.processes import Arena, Supervisor, check_port, sole_arena

    arena = Arena(host, port, learner, workers)
    with sole_arena():
        check_port(host, port)
        link = _prepare(arena)
        supervisor = Supervisor(arena)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        try:
            supervisor.start()
            supervisor.wait_until_up()
            _welcome(arena, link)
            while not stop.wait(0.5):
                supervisor.restart_ended()
            typer.echo("\nStopping …")
        finally:
            supervisor.stop()
        typer.echo("Stopped. Everything is kept; start again to go on.")


def _prepare(arena: Arena) -> str:
    """Bring the database up to date; the organiser's sign-in link."""
    import sparring.site

    sparring.site.setup()
    sparring.site.prepare()
    from sparring.site.accounts.links import organiser_link

    return organiser_link(arena.url)


def _welcome(arena: Arena, link: str) -> None:
    """Print the addresses, each on a line of its own that no border cuts, so that terminals make them clickable."""
    from rich.console import Console

    from sparring.engine import home

    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"\n  [bold red]●[/][bold yellow]◆[/] [bold]Sparring[/]   the arena stands at [bold cyan]{arena.url}[/]\n"
    )
    console.print("  Sign in as its organiser (once, within a day):")
    console.print(f"  [cyan]{link}[/]\n")
    console.print(f"  [dim]Data and logs   {home()}[/]")
    console.print("  [dim]Stop            Ctrl-C[/]\n")
