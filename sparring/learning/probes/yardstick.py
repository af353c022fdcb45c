"""What probes measure: its name, its unit, which way is better, and how a person reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Yardstick:
    """One kind of measurement.

    >>> SHARE.sentence(0.82), EXPLOITABILITY.sentence(0.0312), MEAN_RETURN.sentence(487.4)
    ('keeps the result 82.0%', 'exploitability 0.031', 'mean return 487')
    """

    name: str
    """The metric is ``probe/NAME``."""
    title: str
    """For people."""
    unit: str
    """``share`` (0 to 1, shown in percent), or in what the number counts."""
    larger_is_better: bool
    blank: str
    """Who gets the baseline: a player that has learned nothing."""

    @property
    def metric(self) -> str:
        """The stable name under which it is logged."""
        return f"probe/{self.name}"

    def text(self, value: float) -> str:
        """The number alone."""
        if self.unit == "share":
            return f"{value:.1%}"
        if abs(value) >= 100:
            return f"{value:,.0f}"
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}" if abs(value) >= 0.001 else f"{value:.1g}"

    def sentence(self, value: float) -> str:
        """The number with what it is."""
        return f"{self.title} {self.text(value)}"

    def behind(self, value: float, best: float) -> float:
        """By how much ``value`` is worse than ``best``; negative when it is better."""
        return best - value if self.larger_is_better else value - best


SHARE = Yardstick("share", "keeps the result", "share", larger_is_better=True, blank="a random move")
EXPLOITABILITY = Yardstick(
    "exploitability", "exploitability", "reward a match", larger_is_better=False, blank="uniform play"
)
NASH_DISTANCE = Yardstick(
    "nash_distance", "distance from Nash", "reward a round", larger_is_better=False, blank="uniform play"
)
MEAN_RETURN = Yardstick("mean_return", "mean return", "reward a match", larger_is_better=True, blank="random play")

YARDSTICKS = {yardstick.metric: yardstick for yardstick in (SHARE, EXPLOITABILITY, NASH_DISTANCE, MEAN_RETURN)}
"""By the name of the metric."""
