"""``sparring doctor``: what this machine can do, and what it can promise."""

from __future__ import annotations

import platform
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from sparring.sandbox import Finding

EXTRAS = {"torch": "learn", "onnxruntime": "network", "django": "site", "openskill": "ratings", "psycopg": "postgres"}


def doctor(
    attack: Annotated[bool, typer.Option(help="Attack each sandbox driver for real, half a minute each.")] = True,
    driver: Annotated[str | None, typer.Option(help="Look at this sandbox driver only.")] = None,
    all_attacks: Annotated[bool, typer.Option("--list", help="List every attack and what became of it.")] = False,
) -> None:
    """Check this machine: Python, optional parts, and what its sandboxes can promise.

    Example: [bold]sparring doctor --driver bubblewrap --list[/bold]
    """
    from rich.console import Console

    from sparring.sandbox import available_drivers
    from sparring.sandbox.drivers import require_driver

    console = Console(highlight=False)
    _about_machine(console)
    if driver is not None:
        require_driver(driver)
    verdicts = {}
    for name, obstacle in available_drivers().items():
        if name != "trusted" and driver in (None, name):
            console.print()
            if obstacle is not None:
                console.print(f"[bold]{name}[/bold] can't be used. {obstacle}")
            elif attack:
                verdicts[name] = _attack(console, name, all_attacks)
            else:
                console.print(f"[bold]{name}[/bold] can be used; it was not attacked.")
    if verdicts or attack:
        console.print(f"\n{_conclusion(verdicts)}")
    if not all(verdicts.values()):
        sys.exit(1)


def _about_machine(console: Console) -> None:
    from sparring import __version__
    from sparring.engine import cache_home, home
    from sparring.sandbox.instructions import why_uncountable

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


def _attack(console: Console, driver: str, all_attacks: bool) -> bool:
    """Attack one driver and say what it can promise; whether it held."""
    from sparring.sandbox.attacks.suite import ATTACKS, PROMISES
    from sparring.sandbox.attacks.verdicts import examine

    with console.status(f"Attacking {driver} ...") as status:
        done: list[Finding] = []

        def tell(finding: Finding) -> None:
            done.append(finding)
            status.update(f"Attacking {driver}: {len(done)} of {len(ATTACKS)}, last {finding.name}")

        findings = examine(driver, tell)
    held = sum(finding.passed for finding in findings)
    console.print(f"[bold]{driver}[/bold] held off {held} of {len(findings)} attacks.")
    for promise, sentence in PROMISES.items():
        mine = [finding for finding in findings if finding.promise == promise]
        kept = all(finding.passed for finding in mine)
        console.print(f"  {_mark(kept)} {sentence if kept else f'[red]Not true here:[/red] {sentence}'}")
        for finding in mine:
            if all_attacks or not finding.passed:
                console.print(f"      {_mark(finding.passed)} {finding.name}: {finding.detail}", style="dim")
    console.print(f"  {_mark(True)} {_memory_sentence(driver)}")
    return held == len(findings)


def _memory_sentence(driver: str) -> str:
    from sparring.sandbox import Limits
    from sparring.sandbox.isolation.cgroup import group_limits_work

    if driver != "bubblewrap" or group_limits_work():
        return "Its limits on memory, processor and processes count all its processes together."
    return (
        f"But its limits on memory and processor count for each of at most {Limits().processes} processes: "
        "this user may make no control groups."
    )


def _conclusion(verdicts: dict[str, bool]) -> str:
    good = [name for name, held in verdicts.items() if held]
    bad = [name for name, held in verdicts.items() if not held]
    if bad:
        return (
            f"[red]{' and '.join(bad)} let an attack through, and must not be given code of strangers.[/red] "
            "Workers on this machine give it none."
        )
    if good:
        return f"[green]This machine can run code of strangers, by {' or '.join(good)}.[/green]"
    return (
        "[red]This machine has no sandbox that can be used.[/red] It plays the house's own agents and what learners "
        "make; submissions wait until a worker comes that has one."
    )


def _mark(good: bool) -> str:
    return "[green]✓[/green]" if good else "[red]✗[/red]"
