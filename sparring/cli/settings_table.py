"""Tables of settings: those of one run, and all that there are."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from sparring.learning.configuration.configure import Resolved
    from sparring.learning.configuration.described import Setting


def configuration_table(resolved: Resolved) -> Table:
    """Every setting of a run with its value and who said it; what nobody said is dim."""
    from sparring.learning.configuration.described import as_text, values_of

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", no_wrap=True)
    for setting, value in values_of(resolved.config):
        source = resolved.draft.source_of(setting.path)
        style = None if source else "dim"
        table.add_row(setting.path, escape(as_text(value)), escape(_short(source)), style=style)
    return table


def settings_table(settings: list[Setting]) -> Table:
    """Settings by section, with default, range and sentence."""
    from sparring.learning.configuration.described import as_text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("setting", overflow="fold", max_width=26)
    table.add_column("default", overflow="fold", max_width=16)
    table.add_column("what it does, and what it may be", overflow="fold")
    for section, group in groupby(settings, key=lambda setting: setting.section):
        table.add_row(f"[bold]{section}[/bold]", "", "")
        for setting in group:
            name = setting.path.rpartition(".")[2]
            told = f"{escape(setting.sentence)} [dim]{escape(setting.may_be)}[/dim]"
            table.add_row(f"  {name}", escape(as_text(setting.default)), told)
    return table


def _short(source: str) -> str:
    """A preset by the last two steps to its file.

    >>> _short("arena/presets/connect_four/mine.yaml"), _short("command line"), _short("")
    ('connect_four/mine', 'command line', 'default')
    """
    return "/".join(Path(source).with_suffix("").parts[-2:]) if "/" in source else source or "default"
