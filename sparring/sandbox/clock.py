"""The clock of an agent: what each of its matches may still take.

A move may take so much, the first of a match more, and all moves of a match together a bank beyond that. What counts
is the agent's own work, by the budget of the league:

==============  =====================================================================================================
wall            seconds on the wall while the agent was asked, without those that the sandbox took
cpu             seconds of processor time of all its processes, at whatever moment they used it
instructions    instructions that its processes executed, ``INSTRUCTIONS_A_SECOND`` of them standing for a second
simulations     nothing: agents of the house search with a fixed number of simulations, and nobody else plays
==============  =====================================================================================================

What the runner says and what the arena sees are compared (``Work``), and the larger counts. A call for many positions
at once is charged evenly: nobody outside can know which of them took how long. So an agent that answers a hundred
positions in a call gets a hundred times the time of a move for it, as if they had been asked one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparring.sandbox.limits import INSTRUCTIONS_A_SECOND, Limits

CALL_SECONDS = 160.0
"""What a call for many positions may take at most, so that an agent that hangs is found. See ``Clock.rows_at_once``."""
SLACK = 4.0
"""The positions of a call may take so many times longer than those of the last call before ``CALL_SECONDS`` are up."""
GROWTH = 8
HIDDEN_SECONDS = 0.005
HIDDEN_SECONDS_A_ROW = 2e-5
"""Processor time beyond what the runner says that may be the sandbox's own, to read and write frames."""
UNEXPLAINED_SECONDS = 1.0
"""A call may take this much longer on the wall than anybody's work explains, before the agent is charged for it."""


@dataclass(frozen=True)
class Work:
    """A call as the runner describes it, and as the arena has seen it."""

    wall: NDArray[np.float64]
    """float64 [B]: seconds that each row took, says the runner."""
    cpu: NDArray[np.float64]
    """float64 [B]: processor time, says the runner."""
    seen_wall: float
    """From question to answer."""
    seen_cpu: float | None
    """Of all processes in the sandbox since the answer before; None where it can't be seen."""
    seen_instructions: float | None = None

    def true_cpu(self) -> NDArray[np.float64]:
        """float64 [B]: processor time of each row. What the runner does not tell of is spread evenly."""
        said = float(self.cpu.sum())
        if self.seen_cpu is None:
            return self.cpu
        hidden = self.seen_cpu - said
        if hidden > HIDDEN_SECONDS + HIDDEN_SECONDS_A_ROW * len(self.cpu):
            return np.asarray(self.cpu + hidden / len(self.cpu), np.float64)
        return np.asarray(self.cpu * (self.seen_cpu / said), np.float64) if said > self.seen_cpu else self.cpu

    def true_wall(self) -> NDArray[np.float64]:
        """float64 [B]: seconds of each row: what the runner says, more where work was hidden, never more than seen."""
        said = float(self.wall.sum())
        worked = min(self.seen_wall, float(self.true_cpu().sum()))
        wall = self.wall + max(0.0, worked - said) / len(self.wall)
        unexplained = self.seen_wall - float(wall.sum())
        if unexplained > UNEXPLAINED_SECONDS:
            wall = wall + unexplained / len(wall)
        return np.asarray(wall * (self.seen_wall / float(wall.sum())) if unexplained < 0 else wall, np.float64)

    def spent(self, budget: str) -> NDArray[np.float64]:
        """float64 [B]: seconds that count under ``budget``."""
        if budget == "cpu":
            return self.true_cpu()
        if budget == "instructions" and self.seen_instructions is not None:
            return _shares(self.true_cpu()) * (self.seen_instructions / INSTRUCTIONS_A_SECOND)
        return self.true_wall()


class Clock:
    """The time that is left to every match of one agent."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._banks: dict[int, float] = {}
        """Lane -> seconds that are left for long moves."""
        self._moved: set[int] = set()
        self._row_seconds: float | None = None
        self._rows = 0

    def begin(self, lanes: list[int]) -> None:
        """Matches begin."""
        self._banks.update(dict.fromkeys(lanes, self.limits.bank_seconds))
        self._moved.difference_update(lanes)

    def end(self, lane: int) -> bool:
        """A match is over; whether it was being played."""
        self._moved.discard(lane)
        return self._banks.pop(lane, None) is not None

    @property
    def playing(self) -> list[int]:
        """The lanes of the matches that are being played."""
        return list(self._banks)

    def allowed(self, lanes: list[int]) -> NDArray[np.float64]:
        """float64 [B]: seconds that a call may take for each row: a move and the bank."""
        return self._moves(lanes) + [self._banks.get(lane, 0.0) for lane in lanes]

    def allowed_together(self, lanes: list[int]) -> float:
        """Seconds for one call for all these rows."""
        return min(float(self.allowed(lanes).sum()), max(CALL_SECONDS, float(self.allowed(lanes[:1]).sum())))

    def rows_at_once(self) -> int:
        """How many positions one call may carry. At first so few that each could use up its whole bank in it; then as
        many as would, if they took ``SLACK`` times as long as those before them, still be through in time.
        """
        if self._row_seconds is None:
            move = max(self.limits.move_seconds, self.limits.first_move)
            return max(1, int(CALL_SECONDS / max(1e-9, move + self.limits.bank_seconds)))
        bearable = CALL_SECONDS / (SLACK * max(self._row_seconds, 1e-9))
        return max(1, int(min(bearable, GROWTH * self._rows)))

    def charge(self, lanes: list[int], spent: NDArray[np.float64]) -> list[int]:
        """Take what was beyond a move's time from the banks. Returns the rows that have nothing left."""
        over = spent - self._moves(lanes)
        late = []
        for row in np.flatnonzero(over > 0).tolist():
            left = self._banks.get(lanes[row], 0.0) - float(over[row])
            self._banks[lanes[row]] = left
            if left < 0:
                late.append(row)
        self._moved.update(lanes)
        self._row_seconds, self._rows = float(spent.mean()), max(self._rows, len(lanes))
        return late

    def too_slow(self) -> str:
        """What an author is told."""
        limits = self.limits
        unit = {"cpu": "s of processor time", "instructions": "thousand million instructions"}.get(limits.budget, "s")
        return (
            f"It ran out of time: a move may take {limits.move_seconds:g} {unit}, the first of a match "
            f"{limits.first_move:g}, and all moves of a match {limits.bank_seconds:g} more."
        )

    def _moves(self, lanes: list[int]) -> NDArray[np.float64]:
        first, later = self.limits.first_move, self.limits.move_seconds
        return np.array([later if lane in self._moved else first for lane in lanes])


def _shares(work: NDArray[np.float64]) -> NDArray[np.float64]:
    total = float(work.sum())
    return work / total if total > 0 else np.full(len(work), 1.0 / len(work))
