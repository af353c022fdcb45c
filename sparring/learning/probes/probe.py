"""What a probe is, and which game has which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.exact.exhaustive import ILLEGAL
from sparring.agents.exact.exploitability import why_no_tree
from sparring.agents.exact.matrix import is_repeated_matrix
from sparring.agents.exact.policies import Policy as MixedPolicy
from sparring.engine import Game
from sparring.learning.probes.yardstick import SHARE, Yardstick

Policy: TypeAlias = Callable[[NDArray[Any], NDArray[np.bool_]], NDArray[np.int64]]
"""Observations dtype [B, *shape] and masks bool [B, A] in, an action int64 [B] for each out."""
Probabilities: TypeAlias = MixedPolicy
"""Observations and masks in, probabilities float64 [B, A] out."""


@dataclass(frozen=True)
class ProbeResult:
    """What a probe found."""

    value: float
    """In the unit of the yardstick."""
    positions: int
    """How many positions, or matches, were asked."""
    details: dict[str, float] = field(default_factory=dict)
    """More numbers by name; which ones depends on the probe."""
    yardstick: Yardstick = SHARE
    margin: float = 0.05
    """A later result that is worse by more than this means that the learner has forgotten something."""

    @property
    def metrics(self) -> dict[str, float]:
        """The value and all details by the names under which they are logged."""
        return {self.yardstick.metric: self.value} | {f"probe/{name}": value for name, value in self.details.items()}

    def is_better_than(self, other: ProbeResult) -> bool:
        """Whether it is the better one of two results of one probe."""
        return self.yardstick.behind(self.value, other.value) < 0

    def has_fallen_from(self, best: ProbeResult) -> bool:
        """Whether it is so much worse than ``best`` that somebody should know."""
        return self.yardstick.behind(self.value, best.value) > best.margin

    def __str__(self) -> str:
        return self.yardstick.sentence(self.value)


class Probe(Protocol):
    """A measurement of how well a game is played that needs no opponent."""

    yardstick: Yardstick
    baseline: float
    """What a uniform choice among the legal moves reaches."""

    def measure(
        self, policy: Policy, probabilities: Probabilities | None = None, thorough: bool = False
    ) -> ProbeResult:
        """Ask the policy, or where mixing is part of good play its probabilities; ``thorough``: with less noise."""
        ...


def probe_for(game: Game) -> Probe | None:
    """The probe of a game with these options, or None if there is none."""
    if game.name == "connect_four" and game.options == {"rows": 6, "columns": 7, "connect": 4}:
        from sparring.learning.probes.connect_four import ConnectFourProbe

        return ConnectFourProbe(game)
    if game.name == "tic_tac_toe":
        from sparring.learning.probes.exhaustive import ExhaustiveProbe

        return ExhaustiveProbe(game)
    if why_no_tree(game) is None:
        from sparring.learning.probes.exploitability import ExploitabilityProbe

        return ExploitabilityProbe(game)
    if is_repeated_matrix(game):
        from sparring.learning.probes.nash import NashProbe

        return NashProbe(game)
    if game.seats == 1:
        from sparring.learning.probes.returns import ReturnProbe

        return ReturnProbe(game)
    return None


def as_probabilities(policy: Policy, probabilities: Probabilities | None) -> Probabilities:
    """What to ask a learner that may mix: its probabilities, or certainty where it has none."""
    if probabilities is not None:
        return probabilities

    def certain(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        chosen = np.zeros(masks.shape)
        chosen[np.arange(len(masks)), policy(observations, masks)] = 1.0
        return chosen

    return certain


def preserving(values: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which moves keep the best result, bool [N, A]; ``values: int8 [N, A]`` holds 1, 0, -1, or ``ILLEGAL``."""
    best: NDArray[np.bool_] = values == values.max(axis=1, keepdims=True)
    return best


def uniform_share(values: NDArray[np.int8]) -> float:
    """The share of result-preserving moves among the legal ones, averaged over the positions."""
    return float((preserving(values).sum(axis=1) / (values > ILLEGAL).sum(axis=1)).mean())
