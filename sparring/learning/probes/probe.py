"""What a probe is, and which game has which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.exhaustive import ILLEGAL
from sparring.engine import Game

Policy: TypeAlias = Callable[[NDArray[Any], NDArray[np.bool_]], NDArray[np.int64]]
"""Observations dtype [B, *shape] and masks bool [B, A] in, an action int64 [B] for each out."""


@dataclass(frozen=True)
class ProbeResult:
    """What a probe found."""

    share: float
    """Share of the positions in which the chosen move keeps the result that perfect play would bring."""
    positions: int
    """How many positions were asked."""
    details: dict[str, float] = field(default_factory=dict)
    """More numbers by name; which ones depends on the probe."""


class Probe(Protocol):
    """Positions with known answers for one game."""

    baseline: float
    """The share that a uniform choice among the legal moves keeps on average."""

    def measure(self, policy: Policy) -> ProbeResult:
        """Ask the policy in every position."""
        ...


def probe_for(game: Game) -> Probe | None:
    """The probe of a game with these options, or None if there is none."""
    if game.name == "connect_four" and game.options == {"rows": 6, "columns": 7, "connect": 4}:
        from sparring.learning.probes.connect_four import ConnectFourProbe

        return ConnectFourProbe(game)
    if game.name == "tic_tac_toe":
        from sparring.learning.probes.exhaustive import ExhaustiveProbe

        return ExhaustiveProbe(game)
    return None


def preserving(values: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which moves keep the best result, bool [N, A]; ``values: int8 [N, A]`` holds 1, 0, -1, or ``ILLEGAL``."""
    best: NDArray[np.bool_] = values == values.max(axis=1, keepdims=True)
    return best


def uniform_share(values: NDArray[np.int8]) -> float:
    """The share of result-preserving moves among the legal ones, averaged over the positions."""
    return float((preserving(values).sum(axis=1) / (values > ILLEGAL).sum(axis=1)).mean())
