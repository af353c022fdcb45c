"""What was proved: a table for the terminal, a JSON document, and the table in docs/strength.md."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from proofs.row import Row
from report import commit, machine
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
LATEST = ROOT / "benchmarks" / "results" / "strength.json"
PAGE = ROOT / "docs" / "strength.md"
BEGIN, END = "<!-- results: written by make strength -->\n", "<!-- end of results -->\n"


def document(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """``runs`` as they go into the JSON document, each with its day, its commit and how many cores it might use."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes")
    stamp = {"date": now, "commit": commit(), "cores": len(os.sched_getaffinity(0))}
    return {"machine": machine(), "runs": [run | stamp for run in runs]}


def print_table(rows: Sequence[Row], runs: list[dict[str, Any]]) -> None:
    table = Table("", "seed", "minutes", "measured", "promised", "", box=None)
    for row in rows:
        for run in runs:
            if run["row"] == row.name:
                verdict = "met" if run["met"] else "[red]short[/red]"
                table.add_row(
                    row.title, str(run["seed"]), f"{run['minutes']:g}", row.said(run), f"[dim]{row.promised}", verdict
                )
    Console().print(table)


def publish(found: dict[str, Any], tables: Mapping[str, Sequence[Row]]) -> None:
    """Write the JSON document, and the tables between the marks in docs/strength.md; ``tables``: heading and rows.

    A run replaces the one of the same row and seed; runs of another machine are dropped.
    """
    LATEST.parent.mkdir(exist_ok=True)
    before = json.loads(LATEST.read_text()) if LATEST.exists() else {"machine": None, "runs": []}
    kept = before["runs"] if before["machine"] == found["machine"] else []
    latest = {(run["row"], run["seed"]): run for run in [*kept, *found["runs"]]}
    found = found | {"runs": list(latest.values())}
    LATEST.write_text(json.dumps(found, indent=1) + "\n")
    page = PAGE.read_text()
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(head + BEGIN + markdown(found, tables) + END + tail)


def markdown(found: dict[str, Any], tables: Mapping[str, Sequence[Row]]) -> str:
    """The tables under their headings, and where and when all of it was measured."""
    facts = found["machine"]
    lines = [
        "",
        f"Measured on {facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['system']}, "
        f"Python {facts['python']}.",
    ]
    for heading, rows in tables.items():
        lines += ["", *([f"### {heading}", ""] if heading else []), *table_of(found["runs"], rows, facts["cores"])]
    return "\n".join([*lines, "", *days(found["runs"])]) + "\n"


def table_of(runs: list[dict[str, Any]], rows: Sequence[Row], cores: int) -> list[str]:
    """A line a row, the seeds' results one below the other."""
    lines = ["| what | training | promised | seed: measured | |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        own = sorted((run for run in runs if run["row"] == row.name), key=lambda run: int(run["seed"]))
        said = "<br>".join(f"{run['seed']}: {row.said(run)}{fewer_cores(run, cores)}" for run in own)
        measured = said or "not yet measured"
        lines.append(f"| {row.title} | {row.minutes:g} min | {row.promised} | {measured} | {verdict(own)} |")
    return lines


def fewer_cores(run: dict[str, Any], cores: int) -> str:
    """What is said of a run that was held to some of the machine's cores, which makes its result the harder one."""
    used = run.get("cores", cores)
    return f" (on {used} of {cores} cores)" if used < cores else ""


def verdict(runs: list[dict[str, Any]]) -> str:
    if not runs:
        return ""
    return "met" if all(run["met"] for run in runs) else "**falls short**"


def days(runs: list[dict[str, Any]]) -> list[str]:
    """When the rows were measured, and from which commit."""
    known = sorted({(run["date"][:10], run["commit"]) for run in runs})
    return [f"Measured {', '.join(f'on {day} (commit {commit})' for day, commit in known)}.", ""] if known else []
