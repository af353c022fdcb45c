"""``sparring doctor``: what this machine can do, and what it can promise."""

from __future__ import annotations

import platform
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

EXTRAS = {"torch": "learn", "onnxruntime": "network", "django": "site", "openskill": "ratings", "psycopg": "postgres"}


def doctor(
    attack: Annotated[bool, typer.Option(help="Attack each sandbox driver for real, a few seconds.")] = True,
) -> None:
    """Check this machine: Python, optional parts, sandbox drivers.

    Example: [bold]sparring doctor[/bold]
    """
    from rich.console import Console

    from sparring import __version__
    from sparring.engine import cache_home, home
    from sparring.sandbox import available_drivers, probe_driver
    from sparring.sandbox.instructions import why_uncountable

    console = Console(highlight=False)
    console.print(
        f"sparring {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    console.print(f"data     {home()}\nkernels  {cache_home()}")
    for package, extra in EXTRAS.items():
        present = find_spec(package) is not None
        how = "" if present else f"  pip install 'sparring[{extra}]'"
        console.print(f"{_mark(present)} {package}{how}")
    obstacle = why_uncountable()
    console.print(f"{_mark(obstacle is None)} budget of instructions{'' if obstacle is None else f': {obstacle}'}")
    healthy = True
    for driver, obstacle in available_drivers().items():
        if obstacle is not None:
            console.print(f"{_mark(False)} sandbox {driver}: {obstacle}")
            continue
        console.print(f"{_mark(True)} sandbox {driver}")
        if attack and driver == "bubblewrap":
            for finding in probe_driver(driver):
                healthy &= finding.passed
                console.print(f"  {_mark(finding.passed)} {finding.name}: {finding.detail}")
    if not healthy:
        console.print("[red]A driver let an attack through: it must not be given untrusted code.[/red]")
        sys.exit(1)


def _mark(good: bool) -> str:
    return "[green]✓[/green]" if good else "[red]✗[/red]"
