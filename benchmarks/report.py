"""What came out: a table for the terminal, a JSON document, and the table in docs/benchmarks.md."""

from __future__ import annotations

import datetime
import json
import platform
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contest import Measured
from part import Part, Target
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
LATEST = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: written by make bench -->\n", "<!-- end of results -->\n"


@dataclass
class Outcome:
    """A part with what was measured, or why it could not be."""

    part: Part
    measured: list[Measured]
    failure: str = ""


def check(target: Target, measured: list[Measured]) -> tuple[float, bool]:
    """Return the ratio (or the value, without a peer) and whether it keeps the promise.

    The ratio is the median of the rounds' ratios: both sides of a round were measured within the same seconds.
    """
    found = {result.contestant.label: result for result in measured}
    ours = found[target.label]
    if target.peer is None:
        return ours.median, ours.median >= target.bound if target.least else ours.median <= target.bound
    ratio = statistics.median(one / other for one, other in zip(ours.values, found[target.peer].values, strict=True))
    return ratio, ratio >= target.bound


def describe(target: Target, value: float) -> tuple[str, str]:
    """Return what was measured and what was promised, for people."""
    if target.peer is None:
        return number(value), f"at {'least' if target.least else 'most'} {number(target.bound)}"
    if target.bound == 0:
        return f"{value:.1f}x {target.peer}", "compared"
    if target.bound < 1:
        return f"1/{1 / value:.2f} of {target.peer}", f"at least 1/{1 / target.bound:g}"
    return f"{value:.1f}x {target.peer}", f"at least {target.bound:g}x"


def document(outcomes: list[Outcome], quick: bool) -> dict[str, Any]:
    return {
        "quick": quick,
        "machine": machine(),
        "parts": [part_document(outcome) for outcome in outcomes],
    }


def part_document(outcome: Outcome) -> dict[str, Any]:
    part = outcome.part
    found: dict[str, Any] = {
        "name": part.name,
        "title": part.title,
        "unit": part.unit,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        "commit": commit(),
    }
    if outcome.failure:
        return found | {"failure": outcome.failure}
    found["contestants"] = [
        {
            "label": result.contestant.label,
            "median": result.median,
            "values": result.values,
            "seconds_to_get_ready": result.ready,
            "cores": result.contestant.cores,
            "versions": result.versions,
            "details": result.details,
        }
        for result in outcome.measured
    ]
    found["targets"] = []
    for target in part.targets:
        value, met = check(target, outcome.measured)
        found["targets"].append(
            {
                "label": target.label,
                "peer": target.peer,
                "bound": target.bound,
                "least": target.least,
                "value": value,
                "met": met,
            }
        )
    return found


def machine() -> dict[str, Any]:
    names = [line.partition(":")[2].strip() for line in read_lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((line.split()[1] for line in read_lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(names),
        "memory_gib": round(int(memory) / 2**20),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def read_lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def commit() -> str:
    shown = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()


def print_tables(outcomes: list[Outcome]) -> None:
    console = Console()
    facts = machine()
    console.print(
        f"\n{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['system']}, "
        f"Python {facts['python']}\n"
    )
    for outcome in outcomes:
        console.print(f"[bold]{outcome.part.title}[/bold] ({outcome.part.unit})")
        if outcome.failure:
            console.print(f"  [red]not measured:[/red] {outcome.failure}\n", highlight=False)
            continue
        table = Table("", box=None)
        for column in ("median", "lowest to highest", "ready in"):
            table.add_column(column, justify="right", no_wrap=True)
        for result in outcome.measured:
            table.add_row(*row(result))
        console.print(table)
        for line in time_lines([(result.contestant.label, result.details) for result in outcome.measured]):
            console.print(f"  {line}", highlight=False)
        console.print(f"  [dim]{', '.join(versions(outcome.measured))}[/dim]", highlight=False)
        for target in outcome.part.targets:
            value, met = check(target, outcome.measured)
            got, wanted = describe(target, value)
            style = "green" if met else "red"
            word = verdict(target.bound, met).strip("*")
            console.print(f"  [{style}]{word:6}[/{style}]  {target.label}: {got} ({wanted})")
        console.print()


def verdict(bound: float, met: bool) -> str:
    if bound == 0:
        return ""
    return "met" if met else "**missed**"


def versions(measured: list[Measured]) -> list[str]:
    found = {name: version for result in measured for name, version in result.versions.items()}
    return [f"{name} {version}" for name, version in sorted(found.items())]


def row(result: Measured) -> tuple[str, str, str, str]:
    spread = f"{number(min(result.values))} - {number(max(result.values))}"
    return result.contestant.label, number(result.median), spread, f"{result.ready:.1f} s"


def time_lines(contestants: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Where the time of each contestant went, for those that tell: ``details["phases"]``, seconds by name.

    ``details["processor_ms_a_duel"]``: processor time of a duel, by kind of process.
    """
    lines = []
    for label, details in contestants:
        phases = details.get("phases", {})
        whole = sum(phases.values())
        shares = ", ".join(f"{name} {100 * seconds / whole:.1f}%" for name, seconds in phases.items() if whole)
        if shares:
            lines.append(f"{label}: {shares}")
        spent = details.get("processor_ms_a_duel", {})
        if spent:
            parts = ", ".join(f"{name} {number(milliseconds)} ms" for name, milliseconds in spent.items())
            lines.append(f"{label}, processor time of a duel: {parts}")
    return lines


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def publish(found: dict[str, Any]) -> None:
    """Write the JSON document, and the table between its marks in docs/benchmarks.md.

    Parts that were not measured this time keep what they had, if it comes from the same machine.
    """
    LATEST.parent.mkdir(exist_ok=True)
    before = json.loads(LATEST.read_text()) if LATEST.exists() else {"machine": None, "parts": []}
    if before["machine"] == found["machine"]:
        new = {part["name"]: part for part in found["parts"]}
        kept = [new.pop(part["name"], part) for part in before["parts"]]
        found = found | {"parts": [*kept, *new.values()]}
    LATEST.write_text(json.dumps(found, indent=1) + "\n")
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + markdown(found) + END + after)


def markdown(found: dict[str, Any]) -> str:
    facts = found["machine"]
    lines = [
        "",
        f"Measured on {facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['system']}, "
        f"Python {facts['python']}. Each part names its day and commit.",
    ]
    for part in found["parts"]:
        lines += ["", f"### {part['title']}", "", f"{part['date'][:10]}, commit {part['commit']}", ""]
        if "failure" in part:
            lines += [f"Not measured: {part['failure']}"]
            continue
        lines += [
            f"| | median, {part['unit']} | lowest to highest | ready in | versions |",
            "| --- | ---: | ---: | ---: | --- |",
        ]
        for each in part["contestants"]:
            versions = ", ".join(f"{name} {version}" for name, version in each["versions"].items())
            spread = f"{number(min(each['values']))} - {number(max(each['values']))}"
            ready = f"{each['seconds_to_get_ready']:.1f} s"
            lines.append(f"| {each['label']} | {number(each['median'])} | {spread} | {ready} | {versions} |")
        times = time_lines([(each["label"], each["details"]) for each in part["contestants"]])
        lines += ["", "Where the time goes:", "", *(f"- {line}" for line in times)] if times else []
        lines += ["", "| promised | measured | |", "| --- | --- | --- |"]
        for each in part["targets"]:
            got, wanted = describe(Target(each["label"], each["bound"], each["peer"], each["least"]), each["value"])
            lines.append(f"| {each['label']}: {wanted} | {got} | {verdict(each['bound'], each['met'])} |")
    return "\n".join([*lines, ""]) + "\n"
