"""A part of the bench: what is measured, who takes part, and what has been promised."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from contest import Contestant

OURS = Path(sys.executable)


@dataclass(frozen=True)
class Target:
    """``label`` against ``peer``: at least so many times its value; without a peer: at most, or ``least``, so much.

    A bound of 0 promises nothing: the ratio is shown.
    """

    label: str
    bound: float
    peer: str | None = None
    least: bool = False


@dataclass(frozen=True)
class Part:
    """``seconds``: of one measurement, in a full and in a quick run."""

    name: str
    title: str
    unit: str
    contestants: list[Contestant]
    targets: list[Target]
    seconds: tuple[float, float] = (2.0, 0.5)
    rounds: tuple[int, int] = (7, 2)
