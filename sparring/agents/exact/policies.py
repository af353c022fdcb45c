"""What the solvers speak of: policies that mix, and which game has a solver."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.errors import MissingExtra, SparringError

Policy: TypeAlias = Callable[[NDArray[Any], NDArray[np.bool_]], NDArray[np.float64]]
"""Observations dtype [B, *shape] and masks bool [B, A] in, a probability for each action out: float64 [B, A]."""

KNOWN = "connect_four (6 rows, 7 columns, connect 4), kuhn_poker and leduc_poker (2 seats), tic_tac_toe"

LEDUC_ITERATIONS = 500
"""Of CFR+: about a second, and then nobody wins 0.001 chips a match from it."""


def uniform(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:  # noqa: ARG001
    """The policy that takes every legal action as often as the others."""
    return shared(masks)


def shared(chosen: NDArray[Any]) -> NDArray[np.float64]:
    """Probabilities that are equal among the actions chosen: bool or zeros and ones [B, A] -> float64 [B, A]."""
    chances: NDArray[np.float64] = chosen / chosen.sum(axis=1, keepdims=True)
    return chances


def why_not_solved(game: Game) -> str | None:
    """What keeps the solver from a game, in a sentence; None if there is a solver for it."""
    if not _is_solved(game):
        return f"There is no solver for {game.name}{_with_options(game)}. There is one for {KNOWN}."
    if game.name == "connect_four" and importlib.util.find_spec("bitbully") is None:
        return str(MissingExtra("bitbully", "solver", "Perfect play of Connect Four"))
    return None


def solution(game: Game) -> Policy:
    """Perfect play. Raises SparringError with ``why_not_solved``."""
    obstacle = why_not_solved(game)
    if obstacle:
        raise SparringError(obstacle)
    if game.name == "connect_four":
        from sparring.agents.exact.connect_four import ConnectFourSolution

        return ConnectFourSolution()
    if game.name == "tic_tac_toe":
        from sparring.agents.exact.exhaustive import ExhaustiveSolution

        return ExhaustiveSolution.of(game)
    if game.name == "leduc_poker":
        return _leduc_equilibrium()
    from sparring.agents.exact.kuhn import equilibrium

    return equilibrium()


@cache
def _leduc_equilibrium() -> Policy:
    from sparring.agents.exact.cfr import CfrPlus
    from sparring.engine import load_game

    learner = CfrPlus(load_game("leduc_poker"))
    learner.iterate(LEDUC_ITERATIONS)
    return learner.average()


def _is_solved(game: Game) -> bool:
    if game.name == "connect_four":
        return game.options == {"rows": 6, "columns": 7, "connect": 4}
    return game.name == "tic_tac_toe" or (game.name in ("kuhn_poker", "leduc_poker") and game.seats == 2)


def _with_options(game: Game) -> str:
    if not game.options:
        return ""
    return f" with {', '.join(f'{name}={value}' for name, value in game.options.items())}"
