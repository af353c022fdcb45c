"""A training run as one sees it in a terminal: a live view, or plain lines where nobody looks."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sparring.learning.configuration import TrainConfig, game_of
from sparring.learning.probes import YARDSTICKS
from sparring.learning.runs.progress import Progress, RunResult

REFRESH_SECONDS = 0.25
LINE_SECONDS = 10.0
LOSSES = {
    "policy loss": "loss/policy",
    "value loss": "loss/value",
    "entropy": "policy/entropy",
    "change (KL)": "policy/kl",
    "clipped": "policy/clip_share",
    "explained": "value/explained_variance",
}
ELSEWHERE = ("probe/", "against/", "rating/", "promotion/", "time/", "speed/", "schedule/")
"""Metrics that have a place of their own in the view, or none."""
GETTING_READY = "Getting ready. The first run of a game compiles its rules for this machine."
MOST_NUMBERS = 12
SPARKS = "▁▂▃▄▅▆▇█"


class TrainingView:
    """Shows the progress of a run; a context manager, whose ``update`` is called after each update."""

    def __init__(self, config: TrainConfig, console: Console | None = None) -> None:
        self.config = config
        self.console = console or Console(file=sys.stderr)
        self._live = Live(console=self.console, auto_refresh=False) if self.console.is_terminal else None
        self._shown = -1e9
        self._notes = 0
        self._probe_history: list[float] = []

    def __enter__(self) -> TrainingView:
        if self._live is not None:
            self._live.start()
            ready = self._panel([Text(GETTING_READY, style="dim")], game_of(self.config).title, self.config.name)
            self._live.update(ready, refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, progress: Progress) -> None:
        """Show the progress, a few times a second in a terminal and every ten seconds elsewhere."""
        if progress.probe is not None and (not self._probe_history or progress.probe.value != self._probe_history[-1]):
            self._probe_history.append(progress.probe.value)
        pause = REFRESH_SECONDS if self._live is not None else LINE_SECONDS
        if time.monotonic() - self._shown < pause:
            return
        self._shown = time.monotonic()
        if self._live is not None:
            self._live.update(self.render(progress), refresh=True)
        else:
            self._print_line(progress)

    def finish(self, result: RunResult) -> None:
        """Say how the run ended."""
        if self._live is not None:
            self._live.stop()
        for sentence in ending(result):
            self.console.print(sentence, highlight=False, soft_wrap=self._live is None)

    def _print_line(self, progress: Progress) -> None:
        for note in progress.notes[self._notes :]:
            self.console.print(note, highlight=False, soft_wrap=True)
        self._notes = len(progress.notes)
        share = progress.share(self.config)
        parts = [f"{duration(progress.seconds)}", f"{share:.0%}"] if share else [duration(progress.seconds)]
        parts += [f"{progress.steps:,} steps", f"{progress.steps_per_second:,.0f} steps/s"]
        if progress.probe is not None:
            parts.append(str(progress.probe))
        parts += [f"vs {agent} {points:.1%}" for agent, points in progress.results.items()]
        parts += [f"{label} {text}" for label, text in _metrics(progress) if label in ("entropy", "return")]
        self.console.print("  ".join(parts), highlight=False, soft_wrap=True)

    def render(self, progress: Progress) -> RenderableType:
        """The live view."""
        rows: list[RenderableType] = [self._head(progress), Text(), self._strength(progress), Text()]
        rows.append(_numbers(progress))
        rows += [Text(f"! {note}", style="yellow") for note in progress.notes[-2:]]
        return self._panel(rows, progress.title, progress.run)

    def _panel(self, rows: list[RenderableType], game: str, run: str) -> RenderableType:
        named = f" · run [bold]{run}[/bold]" if run else ""
        title = f"[bold]{game}[/bold]{named} · seed {self.config.seed}"
        return Panel(Group(*rows), title=title, title_align="left", border_style="cyan", padding=(1, 2), width=78)

    def _head(self, progress: Progress) -> RenderableType:
        share = progress.share(self.config)
        head = Table.grid(padding=(0, 2), expand=True)
        head.add_column(ratio=1)
        head.add_column(justify="right", no_wrap=True)
        numbers = (
            f"{duration(progress.seconds)} · {progress.steps:,} steps · [bold]{progress.steps_per_second:,.0f}[/bold]/s"
        )
        head.add_row(ProgressBar(total=1.0, completed=share, complete_style="cyan", finished_style="green"), numbers)
        return head

    def _strength(self, progress: Progress) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", width=22, no_wrap=True, overflow="ellipsis")
        table.add_column(width=24)
        table.add_column(justify="right", width=7)
        table.add_column()
        if progress.probe is not None:
            yardstick, value, blank = progress.probe.yardstick, progress.probe.value, progress.probe_baseline
            known = [0.0, value, blank, *self._probe_history]
            low, high = (0.0, 1.0) if yardstick.unit == "share" else (min(known), max(known))
            for title, number, colour, history in (
                (yardstick.title, value, "magenta", _spark(self._probe_history[-14:])),
                (f"  {yardstick.blank}", blank, "grey50", ""),
            ):
                bar = _bar((number - low) / (high - low) if high > low else 0.0, colour)
                table.add_row(title, bar, yardstick.text(number), history)
        for agent, points in progress.results.items():
            table.add_row(f"vs {agent}", _bar(points, "green"), f"{points:.1%}")
        if progress.rating is not None:
            rating, error = progress.rating.value, progress.rating.error
            table.add_row("rating among these", f"{rating:+.0f} \u00b1 {1.96 * error:.0f}")
        return table


def ending(result: RunResult) -> list[str]:
    """What to tell a person about the end of a run."""
    if result.status == "stopped":
        return [f"Stopped after {result.steps:,} steps. Go on with: sparring runs resume {result.name}"]
    if result.status == "collapsed":
        return [
            f"Stopped after {result.steps:,} steps, because the probe fell: see {result.folder / 'log.txt'}",
            f"Go on all the same with: sparring runs resume {result.name}; `evaluation.alarm` says what an alarm does.",
        ]
    if result.status == "diverged":
        return [
            f"The loss was no number any more after {result.steps:,} steps.",
            f"The last checkpoint is good: {result.folder / 'checkpoints'}",
            f"Go on from it with sparring runs resume {result.name}, or start another run with a lower learning_rate.",
        ]
    measured = ", ".join(filter(None, (_measured(name, value) for name, value in result.metrics.items())))
    return [
        f"Trained {result.steps:,} steps in {duration(result.seconds)}: {measured}.",
        f"Published as {result.model}. Measure it: sparring eval {result.model}",
    ]


def duration(seconds: float) -> str:
    """Minutes and seconds: ``3:07``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _measured(name: str, value: float) -> str:
    """A final measurement for people; empty for details."""
    if name in YARDSTICKS:
        return YARDSTICKS[name].sentence(value)
    return f"vs {name.removeprefix('against/')} {value:.1%}" if name.startswith("against/") else ""


def _bar(share: float, colour: str) -> Bar:
    return Bar(size=1.0, begin=0.0, end=share, width=24, color=colour, bgcolor="grey23")


def _spark(values: list[float]) -> str:
    if not values:
        return ""
    low, high = min(values), max(values)
    scale = (len(SPARKS) - 1) / (high - low) if high > low else 0.0
    return "".join(SPARKS[round((value - low) * scale)] for value in values)


def _numbers(progress: Progress) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(style="dim", width=12, no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", width=8, no_wrap=True)
    cells = _metrics(progress)[:MOST_NUMBERS]
    total = sum(progress.phases.values()) or 1.0
    cells += [(phase, f"{seconds / total:.0%}") for phase, seconds in progress.phases.items()]
    for first in range(0, len(cells), 3):
        table.add_row(*(text for cell in cells[first : first + 3] for text in cell))
    return table


def _metrics(progress: Progress) -> list[tuple[str, str]]:
    """Labels and latest values: those that most algorithms have, then whatever else this one says."""
    known = {name: label for label, name in LOSSES.items()}
    mine = [name for name in LOSSES.values() if name in progress.metrics]
    mine += [name for name in progress.metrics if name not in known and not name.startswith(ELSEWHERE)]
    return [
        (known.get(name, name.rpartition("/")[2].replace("_", " ")), _short(progress.metrics[name])) for name in mine
    ]


def _short(value: float) -> str:
    """A number in eight places.

    >>> _short(0.12345), _short(-45.678), _short(123456.0), _short(3e9)
    ('0.123', '-45.68', '123,456', '3e+09')
    """
    if abs(value) >= 1e7:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) >= 10 else f"{value:.3f}"
