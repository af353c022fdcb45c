"""Write docs/settings.md: every setting of a training run with its default, what it may be, and its sentence.

python scripts/list_settings.py            # a test says when it is due
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from sparring.learning.algorithms import OURS, algorithm
from sparring.learning.configuration.described import (
    RUN,
    Setting,
    as_text,
    sections,
    settings_of_a_run,
    settings_of_an_algorithm,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """\
# Settings of a training run

<!-- Made by scripts/list_settings.py from the settings themselves; don't edit. -->

A setting is named by its path, `play.environments`, or by its last word where only one path ends in it:

    sparring train connect_four --set environments=256 --set algorithm.clip=0.1 --set "hidden=[64, 64]"
    sparring train connect_four --set algorithm=dqn --check

Values are YAML. In a [preset](learning-runs.md#presets) the same stands in sections. `--check` shows what a run would
be told, and by whom; `sparring train GAME --help` prints this page for what it would train.

A **schedule** is a number, or what changes while the run goes on:

| written | means |
| --- | --- |
| `0.2` | always the same |
| `{linear: {start: 0.3, end: 0.1}}` | on a line over the whole run; with `over: 200` over so many updates |
| `{logarithmic: {start: 3e-3, end: 1e-4}}` | on a line between the logarithms |
| `{step: {0: 0.3, 100: 0.1}}` | from update 100 on the second; each may be a schedule, whose time begins there |
| `max(0.1, 0.3 - t / 1000) if done < 0.5 else 0.1` | a formula |

Formulas know `t`, the updates so far, and `done`, the share of the run that is over, 0 to 1; `+ - * / // % **`,
comparisons, `and`, `or`, `not`, `a if b else c`, and the functions `min`, `max`, `round`, `abs`, `sin`, `cos`, `log`,
`exp`, `sqrt`, `random()` and `normal()`. What is drawn by chance follows from the run's seed and the update.
"""


def page() -> str:
    """The text of the page."""
    parts = [HEAD, "## The run\n"]
    told = sections()
    for section, group in groupby(settings_of_a_run(), key=lambda setting: setting.section):
        if section != RUN:
            parts.append(f"## `{section}`\n\n{told[section]}\n")
        parts.append(_table(list(group)))
    parts.append("## `algorithm`\n\nEach algorithm has its own; `algorithm=dqn`, or `name` in its section, names it.\n")
    for name in sorted(OURS):
        settings = settings_of_an_algorithm(algorithm(name).Settings)
        (own,) = [setting for setting in settings if setting.path == "algorithm.name"]
        parts.append(f"### `{name}`\n\n{own.sentence}\n")
        parts.append(_table([setting for setting in settings if setting is not own]))
    return "\n".join(parts)


def _table(settings: list[Setting]) -> str:
    rows = ["| setting | default | may be | what it does |", "| --- | --- | --- | --- |"]
    for setting in settings:
        name, default = setting.path.rpartition(".")[2], as_text(setting.default)
        cells = [f"`{name}`", f"`{default}`", setting.may_be, setting.sentence]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
